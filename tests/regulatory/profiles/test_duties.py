"""Duties: golden dates of three pathways, then every behaviour that a wrong date could come from."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from cases.deadlines.arithmetic import NotComputable, Pause
from regulatory.profiles.duties import duties
from regulatory.profiles.duty import Duty, condition_key, house_target
from regulatory.profiles.facts import Facts
from regulatory.profiles.periods import period_end, period_ends
from regulatory.profiles.words import ROLE_WORDS
from tests.regulatory.profiles.ground import CALENDARS, LIBRARY, authorization, day, event, facts

NOVEMBER = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)


def duties_of(profile: str, known: Facts, *, now: datetime = NOVEMBER) -> dict[str, Duty]:
    """Every clock by its own key."""
    found = duties(LIBRARY.profile(profile), known, calendars=CALENDARS, now=now, house_targets=LIBRARY.house_targets)
    return {duty.key: duty for duty in found}


def of(profile: str, known: Facts, *, now: datetime = NOVEMBER) -> dict[str, Duty]:
    found = duties(LIBRARY.profile(profile), known, calendars=CALENDARS, now=now, house_targets=LIBRARY.house_targets)
    assert len({duty.key for duty in found}) == len(found)
    alone = [duty.fact for duty in found]
    # A fact with one clock is looked up by the fact; one with several by its key.
    return {duty.fact if alone.count(duty.fact) == 1 else duty.key: duty for duty in found}


def test_uk_window_and_lead() -> None:
    found = of("UK-SPECIALS", facts(event("acknowledged", "2026-03-02"), planned={"import_day": day("2026-03-31")}))
    window = found["UK-SPECIALS.deadlines.2"]
    assert (window.kind, window.holder, window.holder_outside) == ("waiting_window", "regulator", True)
    assert window.due_on == day("2026-03-30")
    assert window.due is not None
    assert window.due.to_json()["opens_on"] == "2026-03-31"
    lead = found["UK-SPECIALS.deadlines.1"]
    assert (lead.kind, lead.due_on, lead.holder) == ("notice_lead", day("2026-03-03"), "licensed_importer")


def test_uk_window_is_stated_once_although_two_facts_name_it() -> None:
    found = of("UK-SPECIALS", facts(event("acknowledged", "2026-03-02")))
    assert [duty.fact for duty in found.values() if duty.kind == "waiting_window" and duty.state == "open"] == [
        "UK-SPECIALS.deadlines.2"
    ]


@pytest.mark.parametrize("name", ["objection_received", "objection_window_waived"])
def test_uk_window_ends_with_an_answer(name: str) -> None:
    found = of("UK-SPECIALS", facts(event("acknowledged", "2026-03-02"), event(name, "2026-03-09")))
    assert found["UK-SPECIALS.deadlines.2"].state == "ended"


def test_uk_window_is_lengthened_by_a_clock_stop() -> None:
    pauses = {"acknowledged": (Pause(day("2026-03-10"), day("2026-03-12"), "a question"),)}
    found = of("UK-SPECIALS", facts(event("acknowledged", "2026-03-02"), pauses=pauses))
    assert found["UK-SPECIALS.deadlines.2"].due_on == day("2026-04-01")


def test_uk_records_are_kept_five_years_and_the_window_is_not_ended_by_anything() -> None:
    found = of("UK-SPECIALS", facts(event("dispensed_or_supplied", "2026-11-02")))
    kept = found["UK-SPECIALS.deadlines.4"]
    assert (kept.kind, kept.due_on, kept.state) == ("waiting_window", day("2031-11-02"), "open")


def test_sas_a_notification_rolls_and_shows_the_earlier_date_of_its_note() -> None:
    known = facts(event("statement_completed", "2026-10-26"), event("dispensed_or_supplied", "2026-10-31"))
    duty = of("AU-SAS-A", known)["AU-SAS-A.deadlines.1"]
    assert duty.due_on == day("2026-11-30")
    assert [(other.label, other.due.to_json()["due_on"]) for other in duty.also] == [
        ("28 calendar days after the completed statement", "2026-11-23")
    ]
    assert duty.target_on == day("2026-11-23")
    assert any("show the earlier of statement + 28" in remark for remark in duty.remarks)
    assert any(remark.startswith("Derived reading: ") for remark in duty.remarks)
    assert duty.holder_outside is True


def test_sas_a_notification_before_the_supply_has_not_begun_but_shows_the_other_date() -> None:
    duty = of("AU-SAS-A", facts(event("statement_completed", "2026-10-26")))["AU-SAS-A.deadlines.1"]
    assert (duty.state, duty.due, duty.due_on, duty.target_on) == ("not_begun", None, None, day("2026-11-23"))


def test_sas_a_sponsor_report_falls_due_after_the_half_year() -> None:
    duty = of("AU-SAS-A", facts(event("dispensed_or_supplied", "2026-10-31")))["AU-SAS-A.deadlines.2"]
    assert (duty.target_on, duty.due_on) == (day("2027-01-31"), day("2027-02-01"))


def test_sas_b_forecast_validity_and_refusal_of_promises() -> None:
    found = of("AU-SAS-B", facts(event("submitted", "2026-11-06"), event("decided_granted", "2026-11-09")))
    forecast = found["AU-SAS-B.decision_times.1"]
    assert (forecast.kind, forecast.due_on, forecast.state) == ("forecast", day("2026-11-13"), "ended")
    assert forecast.also[0].due.to_json()["due_on"] == "2026-11-10"
    assert forecast.target_on == day("2026-11-13")
    expiry = found["AU-SAS-B.validity.1"]
    assert (expiry.kind, expiry.due_on) == ("expiry", day("2027-11-09"))
    assert expiry.remarks[-1] == "The period stated in the letter goes before this one."


def test_a_forecast_waits_while_the_authority_s_clock_is_stopped() -> None:
    stopped = {"submitted": (Pause(day("2026-11-10"), day("2026-11-12")),)}
    assert of("AU-SAS-B", facts(event("submitted", "2026-11-06"), pauses=stopped))[
        "AU-SAS-B.decision_times.1"
    ].due_on == day("2026-11-17")


def test_each_supply_opens_its_own_notification_under_a_key_that_stays() -> None:
    late, early = (
        event("dispensed_or_supplied", "2026-10-31"),
        event("dispensed_or_supplied", "2026-10-05", reference="S-1"),
    )
    one = duties_of("AU-SAS-A", facts(late))
    both = duties_of("AU-SAS-A", facts(late, early))
    assert one["AU-SAS-A.deadlines.1@2026-10-31"] == both["AU-SAS-A.deadlines.1@2026-10-31"]
    assert both["AU-SAS-A.deadlines.1@2026-10-31"].due_on == day("2026-11-30")
    assert both["AU-SAS-A.deadlines.1#S-1"].due_on == day("2026-11-02")
    twice = duties_of("AU-SAS-A", facts(late, late))
    assert "AU-SAS-A.deadlines.1@2026-10-31~2" in twice


def test_a_corrected_acknowledgement_moves_the_same_window() -> None:
    keys = [
        next(
            duty.key
            for duty in duties_of("UK-SPECIALS", facts(event("acknowledged", on))).values()
            if duty.kind == "waiting_window" and duty.state == "open"
        )
        for on in ("2026-11-06", "2026-11-09")
    ]
    assert keys == ["UK-SPECIALS.deadlines.2", "UK-SPECIALS.deadlines.2"]


def test_ie_notification_counts_two_working_days_from_receipt() -> None:
    known = facts(event("received_by_consignee", "2026-10-23"))
    assert of("IE-EMP", known)["IE-EMP.deadlines.1"].due_on == day("2026-10-28")


def test_us_emergency_shows_fifteen_working_days_and_the_earlier_fifteen_calendar_days() -> None:
    duty = of("US-EIND", facts(event("decided_granted", "2026-11-09")))["US-EIND.deadlines.1"]
    # Veterans Day (11 November) and Thanksgiving (26 November) are not counted.
    assert (duty.due_on, duty.target_on) == (day("2026-12-02"), day("2026-11-24"))


def test_us_ethics_notice_counts_from_use() -> None:
    now = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)
    assert of("US-EIND", facts(event("first_dose", "2026-11-13")), now=now)["US-EIND.deadlines.2"].due_on == day(
        "2026-11-20"
    )


def test_za_reports_repeat_from_first_use_without_drift_and_stop_with_treatment() -> None:
    found = of("ZA-S21-NAMED", facts(event("first_dose", "2025-08-31")))
    days = [duty.target_on for key, duty in found.items() if key.startswith("ZA-S21-NAMED.deadlines.1#")]
    assert days == [day("2026-02-28"), day("2026-08-31"), day("2027-02-28")]
    ended = of("ZA-S21-NAMED", facts(event("first_dose", "2025-08-31"), event("treatment_ended", "2026-10-01")))
    days = [duty.target_on for key, duty in ended.items() if key.startswith("ZA-S21-NAMED.deadlines.1#")]
    assert days == [day("2026-02-28"), day("2026-08-31")]
    on_the_day = of("ZA-S21-NAMED", facts(event("first_dose", "2025-08-31"), event("treatment_ended", "2026-08-31")))
    assert on_the_day["ZA-S21-NAMED.deadlines.1#2"].target_on == day("2026-08-31")
    last = ended["ZA-S21-NAMED.deadlines.3"]
    assert last.due_on == day("2026-10-31")
    assert last.due is not None
    assert last.due.to_json()["flags"]["day_kind_assumed"] == "calendar_day"


def test_the_standing_authority_reports_each_half_year_also_without_a_supply() -> None:
    held = authorization("prescriber", level="standing", valid_from=day("2025-09-01"))
    found = of("AU-AP", facts(held))
    reports = [(duty.target_on, duty.due_on) for key, duty in found.items() if key.startswith("AU-AP.deadlines.1")]
    assert reports == [
        (day("2026-01-31"), day("2026-02-02")),
        (day("2026-07-31"), day("2026-07-31")),
        (day("2027-01-31"), day("2027-02-01")),
    ]


def test_nz_month_end_report_is_a_house_target_and_says_so() -> None:
    duty = of("NZ-S29", facts(event("dispensed_or_supplied", "2026-11-05")))["NZ-S29.deadlines.1"]
    assert (duty.computable, duty.due_on, duty.target_on) == (False, None, day("2026-12-07"))
    assert isinstance(duty.due, NotComputable)
    assert duty.due.why == "the source says “as soon as practicable”, which cannot be counted"
    assert duty.due.house_target is not None
    assert duty.due.house_target.is_house_target is True


def test_a_period_without_a_number_of_days_after_it_is_not_computable() -> None:
    duty = of("IT-L648", facts(event("dispensed_or_supplied", "2026-11-05")))["IT-L648.deadlines.1"]
    assert isinstance(duty.due, NotComputable)
    assert duty.due.why == "the source names the period (3 month) but not how long after its end"


def test_a_renewal_lead_counts_back_from_the_end_of_the_authorization() -> None:
    held = authorization("product", level="standing", valid_until=day("2027-05-31"))
    assert of("FR-AAP", facts(held))["FR-AAP.deadlines.1"].due_on == day("2027-02-28")


def test_a_wind_down_ends_and_never_rolls() -> None:
    duty = of("FR-AAC", facts(event("marketing_authorisation_granted", "2026-09-28")))["FR-AAC.deadlines.2"]
    assert (duty.kind, duty.due_on) == ("expiry", day("2026-12-28"))
    assert of("FR-AAC", facts(event("marketing_authorisation_granted", "2026-09-27")))[
        "FR-AAC.deadlines.2"
    ].due_on == day("2026-12-27")


def test_a_waiting_decision_is_a_window_where_no_deadline_states_it() -> None:
    duty = of("US-SPIND", facts(event("received_by_regulator", "2026-11-09")))["US-SPIND.decision_times.1"]
    assert (duty.kind, duty.due_on) == ("waiting_window", day("2026-12-09"))


def test_days_of_no_stated_kind_forecast_the_later_result() -> None:
    duty = of("MY-REG15-6", facts(event("documents_complete", "2026-11-09")))["MY-REG15-6.decision_times.1"]
    assert duty.due_on == day("2026-11-27")
    assert duty.due is not None
    assert duty.due.to_json()["flags"]["day_kind_assumed"] == "working_day"


def test_a_condition_without_an_answer_is_kept_open() -> None:
    seven = "AU-AP.deadlines.3"
    known = event("adverse_event_aware", "2026-11-09")
    assert condition_key("fatal or life-threatening") == "fatal_or_life_threatening"
    assert of("AU-AP", facts(known))[seven].applies is None
    assert of("AU-AP", facts(known, conditions={"fatal_or_life_threatening": False}))[seven].applies is False
    assert of("AU-AP", facts(known, conditions={"fatal_or_life_threatening": True}))[seven].applies is True


def test_an_urgent_target_applies_to_urgent_cases_only() -> None:
    found = of("UK-SPECIALS", facts(event("submitted", "2026-11-09")))["UK-SPECIALS.decision_times.2"]
    assert (found.applies_if, found.applies, found.due_on) == ("urgent case", None, day("2026-11-11"))


def test_an_event_that_lies_ahead_opens_nothing() -> None:
    found = of(
        "AU-SAS-A", facts(event("dispensed_or_supplied", "2026-11-11")), now=datetime(2026, 11, 10, 10, 0, tzinfo=UTC)
    )
    assert found["AU-SAS-A.deadlines.1"].state == "not_begun"


def test_duties_come_by_date_then_uncountable_then_not_begun() -> None:
    known = facts(event("dispensed_or_supplied", "2026-10-31"), event("adverse_event_aware", "2026-11-05"))
    order = list(of("AU-SAS-A", known))
    assert order == [
        "AU-SAS-A.deadlines.3", "AU-SAS-A.deadlines.4", "AU-SAS-A.deadlines.1", "AU-SAS-A.deadlines.2",
        "AU-SAS-A.validity.1",
    ]  # fmt: skip


def test_every_clock_of_every_pathway_is_dated_or_says_why_not() -> None:
    names = LIBRARY.vocabularies["event"]
    happened = tuple(event(name, "2025-11-02" if name == "first_dose" else "2026-11-02") for name in names)
    held = authorization("product", valid_until=day("2027-05-31"))
    seen: set[str] = set()
    for profile in LIBRARY.profiles.values():
        known = facts(*happened, held, planned={"import_day": day("2026-12-10"), "shipped": day("2026-12-10")})
        for duty in of(profile.key, known).values():
            seen.add(duty.fact)
            assert duty.holder in ROLE_WORDS
            assert duty.state in ("open", "ended")
            assert duty.due is not None
            assert duty.computable or (isinstance(duty.due, NotComputable) and duty.due.why)
            plain: dict[str, Any] = json.loads(json.dumps(duty.to_json()))
            assert (plain["fact"], plain["computable"]) == (duty.fact, duty.computable)
            assert bool(plain["ledger"]) is duty.computable
    expected = {
        fact["id"] for p in LIBRARY.profiles.values() for fact in (*p.section("deadlines"), *p.section("validity"))
    }
    assert expected <= seen


def test_the_first_house_target_that_fits_is_used() -> None:
    table = LIBRARY.house_targets
    assert house_target(table, "record_retention", "unspecified") is None
    found = house_target(table, "ae_serious", "immediately")
    assert found is not None
    assert (found.amount, found.unit) == (1, "calendar_day")
    assert all(
        entry["because"].startswith("house target: ") for entry in table["targets"] if entry["amount"] is not None
    )


@pytest.mark.parametrize(
    ("period", "on", "end"),
    [
        ("month", "2028-02-03", "2028-02-29"),
        ("quarter", "2026-11-05", "2026-12-31"),
        ("half_year", "2026-06-30", "2026-06-30"),
        ("half_year", "2026-07-01", "2026-12-31"),
        ("year", "2026-01-01", "2026-12-31"),
    ],
)
def test_calendar_periods_end_where_they_should(period: str, on: str, end: str) -> None:
    assert period_end(period, day(on)) == day(end)


def test_periods_since_a_day_run_up_to_today() -> None:
    ends = period_ends("quarter", [date(2026, 1, 15)], [date(2026, 5, 1)], date(2026, 10, 2))
    assert ends == (date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30), date(2026, 12, 31))
    assert period_ends("quarter", [], [date(2026, 5, 1)], date(2026, 6, 30)) == (date(2026, 6, 30),)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="without its zone"):
        of("UK-SPECIALS", facts(), now=datetime(2026, 3, 10))  # noqa: DTZ001 (the point of the test)
