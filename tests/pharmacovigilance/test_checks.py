"""The four criteria of a report, day 0 in words, and what in it does not fit; nothing of it stops anything."""

from typing import Any

import pytest

from cases.audit.context import acting
from cases.people.patients import Patient
from pharmacovigilance.checks import contradictions_in, criteria_of, day0_explained, is_kept_without_icsr, missing_of
from pharmacovigilance.models import CaseVersion, SafetyReport
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
