"""The four criteria of a report, day 0 in words, and what in it does not fit; nothing of it stops anything."""

from datetime import date, timedelta
from typing import Any

import pytest

from cases.audit.context import acting
from cases.lifecycle.verbs import VERBS, Situation
from cases.people.identity import Identity, correct_identity
from cases.people.patients import Patient, PatientKey
from pharmacovigilance.checks import contradictions_in, criteria_of, day0_explained, is_kept_without_icsr, missing_of
from pharmacovigilance.models import CaseVersion, SafetyReport
from tests.cases.custody.builders import build_supply
from tests.pharmacovigilance.builders import DAY, HEARD, READ, Safety


def test_holds_all_four_with_the_lot_of_the_dose(safety: Safety) -> None:
    report = safety.receive(dose=safety.dose())

    assert [(one.code, one.held, one.fact) for one in criteria_of(report)] == [
        ("reporter", True, "Physician, prescriber's page."),
        ("patient", True, f"The patient of {safety.supply.case.reference}, unless the words say otherwise."),
        ("reaction", True, "Said: hospitalisation."),
        ("product", True, "Lot 7K04B8, of Northway Invented Wholesale."),
    ]
    assert day0_explained(report) == (
        "20 Mar 2026: the day at the pharmacy on which all four were first held, whenever the event began. Weekends "
        "and holidays count; the day after it is day 1."
    )


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"channel": "telephone"}, ["reporter", "product"]),
        ({"channel": "telephone", "qualification": "5"}, ["product"]),
        ({"channel": "family"}, ["product"]),
        ({"lot_said": "7K04B8"}, []),
        ({"had_reaction": "no", "lot_said": "x"}, ["reaction"]),
        ({"verbatim": "", "seriousness": "", "lot_said": "x"}, ["reaction"]),
        ({"verbatim": "", "seriousness": "", "lot_said": "x", "outcome": "3"}, []),
    ],
)
def test_names_the_criterion_that_is_missing(unsupplied: Safety, facts: dict[str, str], missing: list[str]) -> None:
    report = unsupplied.receive(by=unsupplied.coordinator, **facts)

    assert missing_of(report) == missing


def test_leaves_words_without_a_tick_to_be_read(unsupplied: Safety) -> None:
    reaction = criteria_of(unsupplied.receive(seriousness=""))[2]

    assert (reaction.held, reaction.fact) == (None, "To be read in the words; nothing was ticked.")


def test_has_no_day_0_until_a_later_report_brings_what_is_missing(unsupplied: Safety) -> None:
    first = unsupplied.receive(had_reaction="no", seriousness="", lot_said="7K04B8")
    assert day0_explained(first).startswith("No day 0 yet: reaction is missing.")
    unsupplied.take("report.triage", now=READ, subject=first)
    unsupplied.take(
        "report.judge_not_valid", now=READ, subject=first, reason="No reaction.", missing_criterion="reaction"
    )

    later = unsupplied.receive(now=HEARD + 5 * DAY, received_at=HEARD + 5 * DAY, had_reaction="yes", adds_to=first)
    unsupplied.attach(later, now=HEARD + 5 * DAY)

    version = CaseVersion.objects.get()
    assert (version.day0.isoformat(), version.aware_at) == ("2026-03-25", HEARD + 5 * DAY)
    assert (SafetyReport.objects.get(number=1).state, later.adds_to) == ("not_valid", first)


CONTRADICTIONS = {
    "onset after receipt": ({"began": "2026-03-22"}, ["OnsetAfterReceipt"]),
    "onset in a later month": ({"began": "2026-04"}, ["OnsetAfterReceipt"]),
    "onset on the day of receipt": ({"began": "2026-03-20"}, []),
    "onset in the year of receipt": ({"began": "2026"}, []),
    "birth after onset": ({"began": "1990-01"}, ["BirthAfterOnset"]),
    "fatal without death": ({"outcome": "5", "seriousness": "hospitalisation"}, ["FatalWithoutDeath"]),
    "fatal and not serious": ({"outcome": "5", "seriousness": "not_serious"}, ["FatalWithoutDeath", "SeriousAndNot"]),
    "death and recovered": ({"outcome": "1", "seriousness": "death"}, ["DeathWithAnotherOutcome"]),
    "death and fatal": ({"outcome": "5", "seriousness": "death"}, []),
    "sequelae and not serious": ({"outcome": "4", "seriousness": "not_serious"}, ["SeriousAndNot"]),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_finds_what_does_not_fit_by_name_and_loses_nothing(unsupplied: Safety, what: str) -> None:
    facts, found = CONTRADICTIONS[what]
    patient = unsupplied.supply.case.patient
    with acting(by=unsupplied.coordinator, verb="tests.born", business_at=HEARD):
        Patient.objects.filter(pk=patient.pk).update(birth_year=1991)

    report = unsupplied.receive(**facts)

    assert [one.code for one in contradictions_in(SafetyReport.objects.get(pk=report.pk))] == found
    assert report.verbatim == "Fever since yesterday."
    unsupplied.attach(report)


@pytest.mark.parametrize(
    ("began", "found"),
    [
        ("1990", True), ("1991", False), ("1991-04", True), ("1991-05", False), ("1991-05-16", True),
        ("1991-05-17", False), ("1991-05-18", False), ("1992-01-01", False),
    ],
)  # fmt: skip
def test_birth_after_onset_is_found_as_exactly_as_both_are_known(unsupplied: Safety, began: str, found: bool) -> None:
    patient, by = unsupplied.supply.case.patient, unsupplied.coordinator
    identity = Identity(family_name="Example", given_names="Ada", birth_date=date(1991, 5, 17))
    correct_identity(patient, identity=identity, by=by, now=HEARD, reason="Read in the passport.")

    report = unsupplied.receive(began=began)

    told, when = contradictions_in(SafetyReport.objects.get(pk=report.pk)), "on" if len(began) == 10 else "in"
    assert [(one.code, one.fact) for one in told] == (
        [("BirthAfterOnset", f"It began {when} {began}, before the patient was born.")] if found else []
    )
    assert not any("1991-05-17" in f"{one.fact} {one.remedy}" for one in told)


def test_birth_after_onset_goes_by_the_year_where_the_key_does_not_open(unsupplied: Safety) -> None:
    patient = unsupplied.supply.case.patient
    with acting(by=unsupplied.coordinator, verb="tests.another_key", business_at=HEARD):
        Patient.objects.filter(pk=patient.pk).update(birth_year=1991, birth_date=b"sealed")
        PatientKey.objects.filter(patient=patient).update(key_id="0123abcd")

    assert not contradictions_in(unsupplied.receive(began="1991-01-01"))
    assert [one.code for one in contradictions_in(unsupplied.receive(began="1990-12-31"))] == ["BirthAfterOnset"]


@pytest.mark.parametrize(
    ("facts", "kept"),
    [
        ({"situations": ["overdose"], "had_reaction": "no"}, True),
        ({"situations": ["overdose"], "had_reaction": "yes"}, False),
        ({"situations": ["overdose"]}, False),
        ({"situations": ["lack_of_effect"], "had_reaction": "no"}, False),
    ],
)
def test_an_overdose_without_a_reaction_is_no_icsr(unsupplied: Safety, facts: dict[str, Any], kept: bool) -> None:
    assert is_kept_without_icsr(unsupplied.receive(**facts)) is kept


@pytest.mark.parametrize(("began", "found"), [("2026-03-21", []), ("2026-03-22", ["OnsetAfterReceipt"])])
def test_where_it_is_the_next_day_already_an_event_of_that_day_is_no_contradiction(
    db: None, began: str, found: list[str]
) -> None:
    """20 March, 20:00 UTC: the afternoon of the 20th at the pharmacy, the morning of the 21st in Sydney."""
    safety = Safety(build_supply(country="AU", zone="Australia/Sydney"))
    heard = HEARD + timedelta(hours=10)

    report = safety.receive(now=heard, received_at=heard, began=began)

    assert [one.code for one in contradictions_in(report)] == found


def test_says_that_a_report_attached_without_all_four_counts_from_its_own_receipt(safety: Safety) -> None:
    """Never a later day than it might be: the page of the report and that of the safety case say the same day."""
    report = safety.receive(by=safety.coordinator, channel="telephone", dose=safety.dose())
    before = day0_explained(report)
    safety_case = safety.attach(report)

    after = day0_explained(SafetyReport.objects.get(pk=report.pk))

    assert before == (
        "No day 0 yet: reporter is missing. A later report that brings it has its own day 0, the day of its own "
        "receipt. Attached before that, it counts from this receipt: earlier than it needs to, never later."
    )
    assert after == (
        "20 Mar 2026, though reporter is missing: it was attached all the same, so the clocks count from this receipt. "
        "That is earlier than they need to, never later."
    )
    assert safety_case.versions.get().day0 == date(2026, 3, 20)


@pytest.mark.parametrize(
    ("said", "suggested"),
    [
        ({"seriousness": "not_serious", "outcome": "5"}, ("yes", "death")),
        ({"seriousness": "hospitalisation", "outcome": "5"}, ("yes", "death")),
        ({"seriousness": "not_serious", "outcome": "4"}, ("yes", "")),
        ({"seriousness": "not_serious", "outcome": "1"}, ("no", "")),
        ({"seriousness": "hospitalisation", "outcome": "1"}, ("yes", "hospitalisation")),
        ({"seriousness": "", "outcome": ""}, ("yes", "")),
    ],
)
def test_how_it_ended_counts_before_what_was_ticked_where_seriousness_is_suggested(
    safety: Safety, said: dict[str, str], suggested: tuple[str, str]
) -> None:
    """The days of a fatal event are half of the others: nobody gets there by pressing a button."""
    report = safety.receive(**said)
    safety.take("report.triage", now=HEARD, subject=report)
    verb = VERBS["pharmacovigilance.report.attach"]
    situation = Situation(safety.supply.case, verb, report, safety.coordinator, HEARD)
    asks = {ask.name: ask for ask in verb.asks}

    assert tuple(asks[name].initial(situation) for name in ("serious", "seriousness_criterion")) == suggested  # type: ignore[misc]
