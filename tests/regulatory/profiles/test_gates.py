"""Gates of the pathways whose dates are known by heart, and the three-valued logic under them."""

import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from cases.deadlines.arithmetic import Pause
from regulatory.profiles.facts import Facts
from regulatory.profiles.gates import GateResult, evaluate_gates
from regulatory.profiles.loader import Profile
from tests.regulatory.profiles.ground import (
    CALENDARS,
    LIBRARY,
    NOW,
    authorization,
    day,
    event,
    facts,
    listed,
    lot,
    paper,
    signed,
)

UK = LIBRARY.profile("UK-SPECIALS")
SAS_B = LIBRARY.profile("AU-SAS-B")
MARCH = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def gate(name: str, profile: Profile, known: Facts, *, now: datetime = NOW, on: str | None = None) -> GateResult:
    results = evaluate_gates(profile, known, calendars=CALENDARS, now=now, on=day(on) if on else None)
    return next(result for result in results if result.gate == name)


def uk(*more: Any, on: str, **other: Any) -> GateResult:
    """The British import gate after an acknowledgement on Mon 2 March 2026."""
    known = facts(event("submitted", "2026-02-27"), event("acknowledged", "2026-03-02"), *more, **other)
    return gate("may_import", UK, known, now=MARCH, on=on)


def sentences(result: GateResult) -> list[str]:
    return [item.sentence for item in result.missing]


# -- United Kingdom: silence for 28 days


@pytest.mark.parametrize(
    ("on", "state"), [("2026-03-02", "shut"), ("2026-03-30", "shut"), ("2026-03-31", "open"), ("2026-04-30", "open")]
)
def test_uk_import_opens_on_the_day_after_day_28(on: str, state: str) -> None:
    assert uk(on=on).state == state


def test_uk_says_when_it_will_open_and_why_it_is_shut() -> None:
    result = uk(on="2026-03-30")
    assert result.opens_on == day("2026-03-31")
    assert result.because == ("UK-SPECIALS.gates.1",)
    assert sentences(result) == [
        "28 calendar days since the authority's acknowledgement are not over: first open day Tue 31 Mar 2026.",
        "Not recorded: a waiver of the waiting window.",
    ]
    assert [(item.choice, item.kind, item.who) for item in result.missing] == [
        ("1a", "time", "regulator"),
        ("1b", "event", "regulator"),
    ]
    assert (result.sources, result.confidence) == (("UK1", "UK3", "UK4"), "high")
    assert {part.expr_basis for part in result.parts} == {"derived"}


def test_uk_import_is_shut_again_by_an_objection() -> None:
    result = uk(event("objection_received", "2026-04-02"), on="2026-04-03")
    assert (result.state, result.opens_on) == ("shut", None)
    assert "An objection of the authority is recorded on Thu 2 Apr 2026." in sentences(result)


def test_uk_import_opens_early_by_a_waiver() -> None:
    assert uk(event("objection_window_waived", "2026-03-05"), on="2026-03-04").state == "shut"
    result = uk(event("objection_window_waived", "2026-03-05"), on="2026-03-05")
    assert (result.state, result.missing) == ("open", ())


def test_uk_import_is_shut_by_an_objection_after_the_waiver_until_it_is_waived_anew() -> None:
    waived, objected = event("objection_window_waived", "2026-03-05"), event("objection_received", "2026-03-09")
    assert uk(waived, objected, on="2026-03-08").state == "open"
    result = uk(waived, objected, on="2026-04-03")
    assert (result.state, result.opens_on) == ("shut", None)
    assert sentences(result) == [
        "An objection of the authority is recorded on Mon 9 Mar 2026.",
        "Not recorded: a waiver of the waiting window.",
    ]
    assert uk(waived, objected, event("objection_window_waived", "2026-03-12"), on="2026-04-03").state == "open"


def test_uk_lead_counts_back_from_the_planned_import_day() -> None:
    known = facts(
        event("submitted", "2026-03-10"), event("acknowledged", "2026-03-02"), planned={"import_day": day("2026-04-06")}
    )
    result = gate("may_import", UK, known, now=MARCH, on="2026-04-01")
    assert result.state == "shut"
    assert result.opens_on == day("2026-04-07")
    assert sentences(result)[0] == (
        "The submission of Tue 10 Mar 2026 is less than 28 calendar days before the import on Mon 6 Apr 2026; "
        "the first day it allows is Tue 7 Apr 2026."
    )


def test_uk_never_opens_without_the_acknowledgement() -> None:
    known = facts(event("submitted", "2026-01-05"))
    result = gate("may_import", UK, known, now=MARCH)
    assert (result.state, result.opens_on) == ("shut", None)
    assert (
        sentences(result)[0]
        == "Not recorded: the authority's acknowledgement; it starts the count of 28 calendar days."
    )
    assert result.missing[0].who == "regulator"


def test_the_latest_acknowledgement_counts() -> None:
    assert uk(event("acknowledged", "2026-03-06"), on="2026-04-03").opens_on == day("2026-04-04")


def test_a_clock_stop_moves_the_opening_and_an_open_one_leaves_it_unknown_when() -> None:
    ended = {"acknowledged": (Pause(day("2026-03-10"), day("2026-03-13")),)}
    assert uk(on="2026-03-31", pauses=ended).opens_on == day("2026-04-03")
    running = {"acknowledged": (Pause(day("2026-03-10"), None),)}
    result = uk(on="2026-04-20", pauses=running)
    assert (result.state, result.opens_on) == ("shut", None)
    assert "is stopped by a question of the authority" in sentences(result)[0]


def test_an_event_after_the_instant_asked_about_has_not_happened() -> None:
    now = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
    later = event("objection_window_waived")
    later = type(later)("objection_window_waived", datetime(2026, 3, 5, 9, 1, tzinfo=UTC))
    known = facts(event("acknowledged", "2026-03-02"), event("submitted", "2026-03-02"), later)
    assert gate("may_import", UK, known, now=now).state == "shut"
    assert gate("may_import", UK, known, now=datetime(2026, 3, 5, 9, 2, tzinfo=UTC)).state == "open"


# -- Australia B: an authorization in force, for this case


def sas_b(**terms: Any) -> GateResult:
    held = authorization("patient", "prescriber", "product", "indication", **terms)
    return gate("may_supply", SAS_B, facts(held))


def test_sas_b_is_shut_without_an_authorization() -> None:
    result = gate("may_supply", SAS_B, facts())
    assert (result.state, result.opens_on) == ("shut", None)
    assert sentences(result) == ["There is no authorization that covers patient, prescriber, product, indication."]
    assert result.missing[0].who == "treating_prescriber"


def test_sas_b_is_open_within_window_and_coverage_and_says_until_when() -> None:
    result = sas_b(valid_until=day("2026-06-15"))
    assert (result.state, result.closes_on) == ("open", day("2026-06-16"))


SHUT = [
    ({"valid_until": day("2026-06-14")}, "Authorization A-1 expired on Sun 14 Jun 2026."),
    ({"uses_left": 0}, "Authorization A-1 is used up."),
    ({"state": "revoked"}, "Authorization A-1 is revoked."),
    ({"valid_from": day("2026-06-20")}, "Authorization A-1 is valid from Sat 20 Jun 2026."),
    (
        {
            "covers": {
                "patient": ("patient-1",),
                "prescriber": ("prescriber-2",),
                "product": ("product-1",),
                "indication": ("indication-1",),
            }
        },
        "Authorization A-1 covers another prescriber.",
    ),
]


@pytest.mark.parametrize(("terms", "sentence"), SHUT)
def test_sas_b_is_shut_when_the_authorization_does_not_hold(terms: dict[str, Any], sentence: str) -> None:
    result = sas_b(**terms)
    assert result.state == "shut"
    assert sentences(result) == [sentence]


def test_sas_b_says_from_when_a_future_authorization_opens_it() -> None:
    assert sas_b(valid_from=day("2026-06-20")).opens_on == day("2026-06-20")


def test_sas_b_is_not_known_where_the_letter_is_silent() -> None:
    result = sas_b(covers={"patient": ("patient-1",), "product": ("product-1",), "indication": ("indication-1",)})
    assert result.state == "not_known"
    assert sentences(result) == ["Authorization A-1 does not say which prescriber it covers."]


def test_an_authorization_without_an_end_is_not_trusted_beyond_the_usual_period() -> None:
    assert sas_b(valid_from=day("2025-06-15"), valid_until=None).state == "open"
    result = sas_b(valid_from=day("2025-06-14"), valid_until=None)
    assert result.state == "not_known"
    assert sentences(result) == ["Authorization A-1 states no end, and the usual period ended on Sun 14 Jun 2026."]


def test_the_best_of_several_authorizations_counts() -> None:
    expired = authorization(
        "patient", "prescriber", "product", "indication", reference="A-0", valid_until=day("2026-06-01")
    )
    current = authorization("patient", "prescriber", "product", "indication")
    assert gate("may_supply", SAS_B, facts(expired, current)).state == "open"


def test_the_quantity_of_this_supply_must_be_left() -> None:
    canada = LIBRARY.profile("CA-SAP-PATIENT")
    held = authorization("prescriber", "product", "indication", quantity_left=Decimal(3))
    agreed = paper("manufacturer_supply_agreement", "complete")
    assert gate("may_ship", canada, facts(held, agreed, quantity=Decimal(3))).state == "open"
    result = gate("may_ship", canada, facts(held, agreed, quantity=Decimal(4)))
    assert sentences(result) == ["Authorization A-1 has 3 left, 4 are planned."]


# -- papers inside gates


PAPER_STATES = [
    ({"states": ("signed", "superseded")}, "The patient's consent is superseded."),
    ({"states": ("complete",)}, "The patient's consent is not signed."),
    (
        {"states": ("signed",), "valid_until": day("2026-06-14")},
        "The patient's consent could be used until Sun 14 Jun 2026 only.",
    ),
    ({"states": ("signed",), "issued_on": day("2026-06-16")}, "The patient's consent is dated Tue 16 Jun 2026."),
]


@pytest.mark.parametrize(("terms", "sentence"), PAPER_STATES)
def test_a_paper_must_be_usable_on_the_day(terms: dict[str, Any], sentence: str) -> None:
    consent = paper("patient_consent", "signed")
    changed = type(consent)(**{**{name: getattr(consent, name) for name in consent.__dataclass_fields__}, **terms})
    known = facts(paper("regulator_form", "signed"), paper("prescription", "valid"), changed)
    result = gate("may_supply", LIBRARY.profile("AU-SAS-A"), known)
    assert (result.state, sentences(result)) == ("shut", [sentence])
    assert "AU-SAS-A.documents.2" in result.because


def test_a_paper_ages_while_the_case_waits() -> None:
    israel = LIBRARY.profile("IL-29-PHARMACY")
    form = paper("regulator_form", "valid", issued="2026-01-31")
    result = gate("may_dispense", israel, facts(authorization("patient", "product", "indication"), form))
    assert (result.state, result.closes_on) == ("open", day("2026-08-01"))
    undated = facts(authorization("patient", "product", "indication"), paper("regulator_form", "valid", issued=None))
    assert gate("may_dispense", israel, undated).state == "not_known"


# -- the emergency that opens a duty


def test_an_emergency_gate_names_the_duties_it_opens() -> None:
    known = facts(event("decided_granted", channel="telephone"), paper("patient_consent", "signed"))
    result = gate("may_administer", LIBRARY.profile("US-EIND"), known)
    assert (result.state, result.creates_duties) == ("open", ("emergency_regularisation", "ethics_notification"))
    assert gate("may_administer", LIBRARY.profile("US-EIND"), facts()).creates_duties == ()


def test_the_french_emergency_needs_a_closed_office_and_two_signatures() -> None:
    sunday = datetime(2026, 6, 14, 10, 0, tzinfo=UTC)
    france = LIBRARY.profile("FR-AAC")
    one = "the criteria for compassionate access are met and treatment cannot wait for office hours"
    both = facts(
        signed("treating_prescriber", one),
        signed("hospital_pharmacist", "the criteria for compassionate access are met"),
    )
    result = gate("may_dispense", france, both, now=sunday)
    assert (result.state, result.creates_duties) == ("open", ("emergency_regularisation",))
    assert gate("may_dispense", france, facts(signed("treating_prescriber", one)), now=sunday).state == "shut"
    monday = gate("may_dispense", france, both)
    assert monday.state == "not_known"
    assert "The office hours of the authority in France are not recorded." in sentences(monday)
    # The next closed day is Saturday; the Sunday's permission ends on Monday.
    assert (monday.opens_on, result.closes_on) == (day("2026-06-20"), day("2026-06-15"))


# -- dates that come by themselves


def test_the_us_window_opens_by_itself_unless_held() -> None:
    papers = (paper("ethics_opinion", "favourable"), paper("patient_consent", "signed"))
    result = gate(
        "may_administer", LIBRARY.profile("US-SPIND"), facts(event("received_by_regulator", "2026-06-10"), *papers)
    )
    assert (result.state, result.opens_on) == ("shut", day("2026-07-11"))
    without = gate(
        "may_administer", LIBRARY.profile("US-SPIND"), facts(event("received_by_regulator", "2026-06-10"), papers[0])
    )
    assert without.opens_on is None


def test_a_gate_without_an_expression_is_attested_by_a_named_person() -> None:
    raw = json.loads(json.dumps(SAS_B.raw))
    del raw["gates"][0]["expr"], raw["gates"][0]["expr_basis"]
    profile = Profile.from_raw(raw)
    result = gate("may_supply", profile, facts())
    assert (result.state, result.missing[0].kind, result.parts[0].expr_basis) == ("shut", "attestation", "attested")
    assert (
        gate("may_supply", profile, facts(signed("coordinating_pharmacy", "TGA approval letter received"))).state
        == "open"
    )


def test_route_choice_gives_its_route() -> None:
    lists = listed("gb_approved_country_for_import", "FR", "DE")
    name = "gb_approved_country_for_import"
    from_france = gate("route_choice", UK, facts(lists=lists, list_keys={name: "FR"}))
    from_the_usa = gate("route_choice", UK, facts(lists=lists, list_keys={name: "US"}))
    assert (from_france.route, from_the_usa.route) == (
        "wholesale_dealer_licence",
        "manufacturer_specials_licence_covering_import",
    )


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="without its zone"):
        evaluate_gates(UK, facts(), calendars=CALENDARS, now=datetime(2026, 3, 10))  # noqa: DTZ001 (the point of the test)


def test_the_day_is_the_authority_s_own() -> None:
    # 23:30 in London on 30 March is 31 March there only after midnight: summer time, so 22:30 UTC is still day 28.
    known = facts(event("submitted", "2026-02-27"), event("acknowledged", "2026-03-02"))
    assert gate("may_import", UK, known, now=datetime(2026, 3, 30, 22, 30, tzinfo=UTC)).state == "shut"
    assert gate("may_import", UK, known, now=datetime(2026, 3, 30, 23, 0, tzinfo=UTC)).state == "open"


def test_results_and_facts_are_json() -> None:
    known = facts(
        event("acknowledged", "2026-03-02"),
        authorization("patient"),
        paper("prescription", "valid"),
        quantity=Decimal("2.5"),
        pauses={"acknowledged": (Pause(day("2026-03-10"), None),)},
        planned={"import_day": date(2026, 4, 1)},
    )
    assert Facts.from_json(json.loads(json.dumps(known.to_json()))) == known
    result = uk(on="2026-03-30").to_json()
    assert json.loads(json.dumps(result)) == result
    assert (result["open"], result["opens_on"], result["profile"], result["version"]) == (
        False,
        "2026-03-31",
        "UK-SPECIALS",
        "0.2.0-draft",
    )


def test_facts_name_a_field_they_do_not_know() -> None:
    with pytest.raises(ValueError, match="Facts has no field surprises; known: "):
        Facts.from_json({"surprises": []})


def test_all_48_are_evaluated_within_50_milliseconds() -> None:
    known = facts(event("submitted"), event("acknowledged"), authorization("patient", "product"))
    best = min(_seconds(known) for _ in range(5))
    assert best < 0.05


def _seconds(known: Facts) -> float:
    """Processor time, because other work on the machine is not ours to measure."""
    started = time.process_time()
    for profile in LIBRARY.profiles.values():
        evaluate_gates(profile, known, calendars=CALENDARS, now=NOW)
    return time.process_time() - started


def test_an_opening_into_not_known_is_no_opening() -> None:
    named = {"patient": ("patient-1",), "product": ("product-1",), "indication": ("indication-1",)}
    result = sas_b(valid_from=day("2026-06-20"), covers=named)
    assert (result.state, result.opens_on) == ("shut", None)


def test_an_open_gate_that_becomes_not_known_says_from_when() -> None:
    assert sas_b(valid_from=day("2026-01-10"), valid_until=None).closes_on == day("2027-01-11")


def test_exactly_two_thirds_of_shelf_life_is_enough_for_that_day_only() -> None:
    # 900 days in all, of which 600 are left on 15 June 2026.
    held, exact = authorization("patient", "product"), lot("2025-08-19", "2028-02-05")
    result = gate("may_import", LIBRARY.profile("KE-UHPT"), facts(held, exact))
    assert (result.state, result.closes_on) == ("open", day("2026-06-16"))
    later = gate("may_import", LIBRARY.profile("KE-UHPT"), facts(held, exact), on="2026-06-16")
    assert sentences(later) == [
        "Lot LOT-1 would have 599 of 900 days left on Tue 16 Jun 2026; "
        "at least 2/3 is needed, so until Mon 15 Jun 2026."
    ]
