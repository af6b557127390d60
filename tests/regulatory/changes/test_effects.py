"""What a change does to one case: the pure core, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from regulatory.impact.change import RuleChange
from regulatory.impact.gate_effects import THIS
from regulatory.impact.harm import HARMS, RANK, Effect
from regulatory.impact.standing import AHEAD, OUT, THERE, UNDER_WAY, Filed, Running, Shipment, Standing
from regulatory.profiles.facts import AuthorizationHeld, Event
from regulatory.profiles.loader import Profile
from tests.regulatory.changes.ground import UK, raw_of
from tests.regulatory.profiles.ground import LIBRARY

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
# Acknowledged on Tue 10 Mar 2026: import is allowed from Wed 8 Apr; with 32 days from Sun 12 Apr.
SENT = Event("submitted", datetime(2026, 3, 9, 10, 0, tzinfo=UTC))
ACKNOWLEDGED = Event("acknowledged", datetime(2026, 3, 10, 10, 0, tzinfo=UTC))
LATER = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
CASE = Standing("NP-1", "authorization", events=(SENT, ACKNOWLEDGED), filings=(Filed("F-1", "MHRA", OUT),))
WINDOW = Running(
    "Window",
    "F-1",
    "UK-SPECIALS.deadlines.2",
    date(2026, 4, 7),
    "waiting_window",
    {
        "event": "acknowledged",
        "amount": 28,
        "unit": "calendar_day",
        "calendar": "GB",
        "zone": "Europe/London",
        "kind": "waiting_window",
        "direction": "after",
        "rule_version": "UK-SPECIALS 1.0.0",
        "first_counted_day": "day_after_event",
        "opens": "day_after_last_counted_day",
    },
    "2026-03-10T10:00:00+00:00",
)


def longer(raw: dict[str, Any]) -> None:
    raw["gates"][0]["expr"]["all"][0]["elapsed_since"]["amount"] = 32


def rule_change(change: Any, key: str = UK) -> RuleChange:
    after = Profile.from_raw(raw_of(key, change=change), readings=LIBRARY.readings)
    return RuleChange(LIBRARY.profile(key), after, LIBRARY.calendars, NOW)


def harms(standing: Standing, change: Any, key: str = UK) -> list[str]:
    return [effect.harm for effect in rule_change(change, key).effects(standing)]


def shipment(where: str, arrives: date) -> Shipment:
    return Shipment("C-1", where, date(2026, 4, 6), arrives, 28)


@pytest.mark.parametrize(
    ("where", "arrives", "harm"),
    [
        (UNDER_WAY, date(2026, 4, 9), "in_transit"),
        (AHEAD, date(2026, 4, 9), "shipment"),
        (AHEAD, date(2026, 4, 7), "gate_later"),  # too soon under both rules: nothing new about the consignment
        (AHEAD, date(2026, 4, 12), "gate_later"),  # in time under both
        (THERE, date(2026, 4, 9), "gate_later"),  # past this gate
    ],
)
def test_a_consignment_is_judged_on_the_day_it_arrives(where: str, arrives: date, harm: str) -> None:
    assert harms(replace(CASE, shipments=(shipment(where, arrives),)), longer) == [harm]


@pytest.mark.parametrize(
    ("runs_out_on", "expected"),
    [(date(2026, 4, 7), "gate_later"), (date(2026, 4, 8), "without_medicine"), (date(2026, 4, 12), "gate_later")],
)
def test_a_patient_is_without_where_the_old_rule_was_in_time_and_the_new_is_not(
    runs_out_on: date, expected: str
) -> None:
    assert harms(replace(CASE, runs_out_on=runs_out_on), longer) == [expected]


def test_what_is_with_the_institution_already_counts_as_in_hand() -> None:
    there = replace(CASE, runs_out_on=date(2026, 4, 8), shipments=(shipment(THERE, date(2026, 3, 1)),))
    assert harms(there, longer) == ["gate_later"]


def test_an_open_gate_that_shuts_says_what_it_then_asks_for() -> None:
    def consent(raw: dict[str, Any]) -> None:
        raw["gates"][0]["expr"]["all"].append({"document": {"type": "patient_consent", "state": "signed"}})
        raw["gates"][0]["expr"].pop("or")

    waited = replace(CASE, events=tuple(Event(one.name, one.at.replace(month=1)) for one in CASE.events))
    (effect,) = rule_change(consent).effects(waited)
    assert (effect.harm, effect.says) == (
        "gate_shuts",
        "Import is allowed today; under 1.1.0 import is not allowed: there is no signed patient's consent.",
    )


def test_an_authorization_that_no_longer_covers_enough_shuts_the_gate() -> None:
    def port(raw: dict[str, Any]) -> None:
        raw["gates"][0]["expr"]["authorisation"]["covers"].append("port")

    covers = dict.fromkeys(["patient", "prescriber", "product", "indication"], ("this case",))
    held = AuthorizationHeld("of this case", covers=covers, document="authorisation_letter")
    case = Standing("NP-2", "sourcing", authorizations=(held,), filings=(Filed("F-1", "TGA", "decided"),))
    (effect,) = rule_change(port, "AU-SAS-B").effects(case)
    assert (effect.harm, effect.says) == (
        "gate_shuts",
        "Supply is allowed today; under 1.1.0 supply is not allowed: "
        "authorization of this case does not say which port it covers.",
    )


def test_a_running_date_keeps_its_version_and_moves_only_where_the_new_one_says_so() -> None:
    def moved(raw: dict[str, Any], **transition: str) -> None:
        raw["deadlines"][1]["amount"] = 32
        known = {"id": "UK-SPECIALS.transition.1", "basis": "recalled", "source": [], "confidence": "low"}
        raw["transition"] = [{**known, "running_deadlines": "move", "running_filings": "keep"}]

    standing = replace(CASE, running=(WINDOW,))
    (kept,) = rule_change(lambda raw: raw["deadlines"][1].update(amount=32)).effects(standing)
    (changed,) = rule_change(moved).effects(standing)
    assert (kept.harm, kept.was, kept.becomes) == ("keeps", date(2026, 4, 7), date(2026, 4, 11))
    assert (changed.harm, changed.was, changed.becomes) == ("gate_later", date(2026, 4, 7), date(2026, 4, 11))


def test_a_date_that_the_new_version_cannot_count_is_to_be_asked() -> None:
    def as_soon(raw: dict[str, Any]) -> None:
        raw["deadlines"][1].update(amount=None, unit="unspecified")

    (effect,) = rule_change(as_soon).effects(replace(CASE, running=(WINDOW,)))
    assert effect.says == "Window (F-1) is due Tue 7 Apr 2026; 1.1.0 gives no number of days: ask the authority."


def test_a_new_notice_before_a_planned_import_gets_its_day() -> None:
    def notice(raw: dict[str, Any]) -> None:
        raw["deadlines"].append({**raw["deadlines"][0], "id": "UK-SPECIALS.deadlines.6", "amount": 10})

    (effect,) = rule_change(notice).effects(replace(CASE, shipments=(shipment(AHEAD, date(2026, 4, 9)),)))
    assert (effect.harm, effect.becomes) == ("date_sooner", date(2026, 3, 30))


def test_cases_that_a_gate_cannot_tell_apart_are_answered_once() -> None:
    change = rule_change(longer)
    for number in range(50):
        change.effects(replace(CASE, reference=f"NP-{number}", runs_out_on=date(2026, 5, number % 28 + 1)))
    assert len(change.lookers[0].answers) == 1


def test_every_harm_has_a_rank_and_what_is_under_way_comes_first() -> None:
    assert list(RANK)[:3] == ["in_transit", "without_medicine", "shipment"]
    worst = sorted(
        [Effect("later", "", ""), Effect("shipment", "C-2", "", on=date(2026, 4, 9)), Effect("in_transit", "C-1", "")],
        key=Effect.order,
    )
    assert [effect.harm for effect in worst] == ["in_transit", "shipment", "later"]
    assert all(harm.words and harm.why and harm.proposed for harm in HARMS.values())


def test_a_paper_that_may_be_less_old_shuts_the_gate_that_looks_at_it() -> None:
    def fresher(raw: dict[str, Any]) -> None:
        paper = next(one for one in raw["documents"] if one["doc_type"] == "patient_consent")
        paper.update(max_age=1, max_age_unit="month", max_age_from="signature")

    assert [looker.gate for looker in rule_change(fresher, "US-SPIND").lookers] == ["may_administer"]


def test_each_consignment_is_judged_by_what_speaks_for_it() -> None:
    """C-2 travels under another notice, acknowledged on 12 March: its 28 days end on 9 April, its 32 on the 13th."""
    later = (replace(SENT, at=datetime(2026, 3, 10, 12, 0, tzinfo=UTC)), replace(ACKNOWLEDGED, at=LATER))
    both = (
        Shipment("C-1", UNDER_WAY, date(2026, 4, 6), date(2026, 4, 12), 28),
        Shipment("C-2", UNDER_WAY, date(2026, 4, 6), date(2026, 4, 12), 28, events=later),
    )
    found = rule_change(longer).effects(replace(CASE, shipments=both))
    assert [(one.harm, one.record, one.becomes) for one in found if one.record] == [
        ("in_transit", "C-2", date(2026, 4, 14))
    ]


def test_a_permit_of_another_consignment_carries_none_but_its_own() -> None:
    """Both are under way; only what the permit of C-1 names is held by a rule that asks for more of a permit."""

    def narrower(raw: dict[str, Any]) -> None:
        for gate in raw["gates"]:
            for node in gate["expr"].get("all", [gate["expr"]]):
                if "authorisation" in node:
                    node["authorisation"]["covers"] = [*node["authorisation"]["covers"], "port"]

    covers = dict.fromkeys(("patient", "prescriber", "product", "indication"), (THIS,))
    mine = AuthorizationHeld("A-1", covers=covers, document="authorisation_letter")
    named = replace(mine, reference="A-2", covers={**mine.covers, "port": (THIS,)})
    boxes = (
        Shipment("C-1", UNDER_WAY, date(2026, 3, 10), date(2026, 3, 20), 28, authorizations=(mine,)),
        Shipment("C-2", UNDER_WAY, date(2026, 3, 10), date(2026, 3, 20), 28, authorizations=(named,)),
    )
    standing = Standing("NP-1", "shipment", authorizations=(mine, named), shipments=boxes)
    change = rule_change(narrower, "AU-SAS-B")
    found = change.effects(standing)
    assert change.lookers
    assert {one.record for one in found if one.harm in ("in_transit", "gate_shuts")} == {"C-1"}


def test_a_paper_that_travels_is_judged_for_each_consignment_on_its_day() -> None:
    def asks(raw: dict[str, Any]) -> None:
        paper = dict(raw["documents"][0])
        raw["documents"] += [
            {**paper, "id": "UK-SPECIALS.documents.90", "doc_type": "airway_bill", "required": "always"},
            {**paper, "id": "UK-SPECIALS.documents.91", "doc_type": "proforma_invoice", "required": "at_customs"},
        ]

    boxes = (
        Shipment("C-1", UNDER_WAY, date(2026, 3, 10), date(2026, 3, 20), 28),
        Shipment("C-2", AHEAD, date(2026, 4, 6), date(2026, 4, 9), 28),
    )
    found = rule_change(asks).effects(replace(CASE, shipments=boxes))
    assert [(one.harm, one.record, one.says) for one in found if one.record] == [
        (
            "in_transit",
            "C-1",
            "C-1 is under way and arrives on Fri 20 Mar 2026; the pro forma invoice is asked for at customs. "
            "There is no pro forma invoice.",
        ),
        ("paper_missing", "C-2", "The air waybill becomes required. There is no air waybill."),
    ]
