"""The impact list: what a draft changes for real cases, and in which order."""

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case
from regulatory.enquiries import answer_enquiry, receive_enquiry
from regulatory.impact.listing import Impact, Line, impact_of
from regulatory.models import Enquiry
from regulatory.profiles.files import written
from regulatory.profiles.loader import Profile
from tests.factories import build_case, signed_profile
from tests.laid import laid
from tests.regulatory.changes.ground import UK, raw_of
from tests.regulatory.ground import Ground, at, build_ground

# Acknowledged on Tue 10 Mar 2026: import is allowed from Wed 8 Apr; with 32 days from Sun 12 Apr.
SENT, ACKNOWLEDGED, NOW = at("2026-03-09 10:00"), at("2026-03-10 10:00"), at("2026-03-12 10:00")


@laid
def ground(db: None) -> Ground:
    """One case on the UK pathway, its notice acknowledged, a consignment planned for Thu 9 April."""
    made = build_ground(UK, now=at("2026-03-02 10:00"), country="GB", zone="Europe/London")
    made.ready()
    made.submit(SENT)
    made.acknowledge(ACKNOWLEDGED)
    made.take("cases.case.note_run_out", now=NOW, runs_out_on="2026-04-20")
    made.plan("2026-04-07", "2026-04-09")
    return made


def window(days: int, **transition: str) -> Any:
    """A change: the waiting window takes that many days, in the gate and in the clock."""

    def change(raw: dict[str, Any]) -> None:
        raw["gates"][0]["expr"]["all"][0]["elapsed_since"]["amount"] = days
        raw["deadlines"][1]["amount"] = days
        if transition:
            raw["transition"] = [
                {
                    "id": "UK-SPECIALS.transition.1",
                    "basis": "recalled",
                    "source": [],
                    "confidence": "low",
                    "running_deadlines": "keep",
                    "running_filings": "keep",
                    **transition,
                }
            ]

    return change


def impact(change: Any, *, now: Any = NOW) -> Impact:
    draft = Profile.from_raw(raw_of(change=change))
    return impact_of(draft, cases=Case.objects.all(), enquiries=Enquiry.objects.all(), now=now)


def told(change: Any, **more: Any) -> list[tuple[str, str, str]]:
    (line,) = impact(change, **more).lines
    return [(effect.harm, effect.record, effect.says) for effect in line.effects]


def test_a_shipment_that_would_arrive_too_soon_comes_first_and_the_window_keeps_its_version(ground: Ground) -> None:
    assert told(window(32)) == [
        (
            "shipment",
            "C-1",
            "C-1 is planned to arrive on Thu 9 Apr 2026; under 1.1.0 the first day of import is Sun 12 Apr 2026.",
        ),
        (
            "keeps",
            "F-1",
            "MHRA may object until then (F-1) stays Tue 7 Apr 2026 as it began; by 1.1.0 it would be Sat 11 Apr 2026.",
        ),
    ]


def test_a_date_moves_where_the_version_says_so(ground: Ground) -> None:
    assert told(window(32, running_deadlines="move"))[1] == (
        "gate_later",
        "F-1",
        "MHRA may object until then (F-1) moves from Tue 7 Apr 2026 to Sat 11 Apr 2026, 4 days later.",
    )


def test_a_patient_who_would_run_out_is_named_with_the_days_without(ground: Ground) -> None:
    harms = told(window(60))
    assert harms[0] == (
        "without_medicine",
        "",
        "The first day of import moves from Wed 8 Apr 2026 to Sun 10 May 2026; "
        "the medicine lasts until Mon 20 Apr 2026: at least 20 days without.",
    )
    assert harms[1][:2] == ("shipment", "C-1")


def test_a_shorter_window_eases(ground: Ground) -> None:
    assert [harm for harm, _, _ in told(window(20))] == ["keeps", "eased"]


def test_a_notice_that_was_given_in_time_can_become_late_by_a_longer_lead(ground: Ground) -> None:
    assert told(lambda raw: raw["deadlines"][0].update(amount=35)) == [
        (
            "overdue",
            "C-1",
            "Notice to MHRA before the planned import (C-1) was given on Mon 9 Mar 2026; "
            "1.1.0 asks for it by Thu 5 Mar 2026.",
        )
    ]


def test_a_paper_that_becomes_required_is_missing_only_before_a_filing(ground: Ground) -> None:
    def more(raw: dict[str, Any]) -> None:
        raw["documents"].append({**raw["documents"][0], "id": "UK-SPECIALS.documents.8", "doc_type": "waiver"})

    assert told(more)[0][:2] == ("paper_missing", "")
    ground.take("regulatory.filing.open", now=NOW, kind="notification", authority="MHRA")
    assert told(more)[0] == ("paper_missing", "F-2", "The waiver becomes required. There is no waiver.")
    ground.paper("waiver")
    assert told(more) == [("later", "F-2", "The waiver becomes required; D-10 is on file.")]


def test_a_limit_of_days_that_falls_is_compared_and_any_other_is_to_be_checked(ground: Ground) -> None:
    def days(raw: dict[str, Any]) -> None:
        raw["quantity_limits"][0].update(basis_of_limit="days_of_therapy", amount=14, unit="calendar_day")

    assert told(days) == [
        (
            "limit_exceeded",
            "C-1",
            "The limit becomes 14 calendar days for each notification instead of 25 administrations or courses for "
            "each notification; C-1 is planned for 28 days of therapy.",
        )
    ]
    assert told(lambda raw: raw["quantity_limits"][0].update(amount=10))[0][:2] == ("limit_check", "C-1")
    assert told(lambda raw: raw["quantity_limits"][0].update(amount=30))[0][0] == "later"


def test_a_route_that_closes_names_what_would_arrive_after_it(ground: Ground) -> None:
    assert told(lambda raw: raw.update(effective_to="2026-03-31")) == [
        ("route_closes", "", "The route ends on Tue 31 Mar 2026; C-1 would arrive after it.")
    ]


def test_filings_under_way_are_made_again_where_the_version_says_so(ground: Ground) -> None:
    assert ("refile", "F-1", "F-1 must be made again under 1.1.0.") in told(window(28, running_filings="refile"))


def test_a_better_source_touches_nobody(ground: Ground) -> None:
    assert told(lambda raw: raw["deadlines"][1].update(confidence="low")) == [
        ("later", "", "The rule is the same; only what is known about it changed.")
    ]


def test_lines_stand_in_order_of_harm_with_the_untouched_and_the_answered_at_the_end(ground: Ground) -> None:
    build_case(ground.house, UK, number=2, now=NOW)
    enquiry = receive_enquiry(
        pharmacy=ground.house.pharmacy,
        asked_by="family",
        country="GB",
        product="orvelumab",
        indication="invented",
        by=ground.house.coordinator,
        now=NOW,
    )
    answer_enquiry(
        enquiry,
        outcome="NPP_POSSIBLE",
        answer="About 30 days.",
        profile_version=ground.case.profile_version,
        by=ground.house.coordinator,
        now=NOW,
    )
    found = impact(window(32))
    assert [(line.harm.code, line.is_enquiry) for line in found.lines] == [
        ("shipment", False),
        ("enquiry", True),
        ("later", False),
    ]
    assert found.counts == {"shipment": 1, "enquiry": 1, "later": 1}
    assert [line.reference for line in found.shown] == [ground.case.reference]
    assert found.lines[2].effects[0].says == "Nothing is submitted yet: 1.1.0 counts when it is."


def test_a_closed_case_is_not_touched(ground: Ground) -> None:
    ground.take("cases.case.close", now=NOW, outcome="withdrawn", reason="The patient moved.")
    assert impact(window(32)).lines == ()


def test_the_queries_do_not_grow_with_the_cases(ground: Ground) -> None:
    with CaptureQueriesContext(connection) as one:
        impact(window(32, running_deadlines="move"))
    for number in range(2, 6):
        build_case(ground.house, UK, number=number, now=NOW)
    with CaptureQueriesContext(connection) as many:
        lines: tuple[Line, ...] = impact(window(32, running_deadlines="move")).lines
    assert len(lines) == 5
    assert len(many.captured_queries) == len(one.captured_queries)


def test_the_command_prints_the_list_and_publishes_nothing(ground: Ground, tmp_path: Path) -> None:
    file, said = tmp_path / "draft.json", StringIO()
    file.write_bytes(written(raw_of(change=window(32))))
    call_command("impact", UK, "--draft", str(file), "--json", stdout=said)
    found = json.loads(said.getvalue())
    assert (found["profile"], found["version"], list(found["compared_with"])) == (UK, "1.1.0", ["1.0.0-demo"])
    assert [(line["rank"], line["reference"]) for line in found["lines"]] == [(1, ground.case.reference)]
    call_command("impact", UK, "--draft", str(file), stdout=said)
    assert "without" not in said.getvalue()
    ground.case = Case.objects.get(pk=ground.case.pk)
    assert ground.case.profile_version.version == "1.0.0-demo"


@pytest.mark.parametrize(
    ("profile", "content", "says"),
    [
        ("XX-NO", b"{}", "There is no pathway 'XX-NO'. Known here: "),
        (UK, b"{", "UK-SPECIALS at line 1, column 2: "),
        ("AU-SAS-A", written(raw_of()), "UK-SPECIALS at /profile_key: this file is of another pathway than AU-SAS-A"),
        (UK, None, "--draft "),
    ],
)
def test_the_command_says_what_cannot_be_used(
    db: None, tmp_path: Path, profile: str, content: bytes | None, says: str
) -> None:
    file = tmp_path / "draft.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        call_command("impact", profile, "--draft", str(file), "--json")
    assert (refused.value.returncode, str(refused.value)[: len(says)]) == (2, says)


def test_a_route_that_closes_shows_stock_days_and_the_fastest_other_route(db: None) -> None:
    made = build_ground("AU-SAS-B", now=at("2026-03-02 10:00"), country="AU", zone="Australia/Sydney")
    made.take("cases.case.note_run_out", now=NOW, runs_out_on="2026-03-20")
    signed_profile(made.house, "AU-SAS-A")
    draft = Profile.from_raw(raw_of("AU-SAS-B", change=lambda raw: raw.update(effective_to="2026-03-31")))
    found = impact_of(draft, cases=Case.objects.all(), enquiries=Enquiry.objects.all(), now=NOW)
    (line,) = found.lines
    assert line.bridge is not None
    assert line.harm.code == "route_closes"
    assert (line.bridge.on_hand_days, line.bridge.gap_days) == (9, 0)
    assert line.bridge.in_words() == (
        "In hand: 9 days of therapy, until Fri 20 Mar 2026. Fastest: AU-SAS-A, from Thu 12 Mar 2026 at best, in time."
    )
    assert [(route.key, route.first_on) for route in found.routes] == [("AU-SAS-A", date(2026, 3, 12))]


def test_an_authorization_is_named_where_its_gate_shuts_or_its_route_ends(db: None) -> None:
    made = build_ground("AU-SAS-B", now=at("2026-03-02 10:00"), country="AU", zone="Australia/Sydney")
    made.ready(kind="application", authority="TGA")
    made.submit(at("2026-03-03 10:00"), recipient="regulator")
    made.grant(at("2026-03-05 10:00"), valid_until="2026-09-01")

    def port(raw: dict[str, Any]) -> None:
        raw["gates"][0]["expr"]["authorisation"]["covers"].append("port")

    def told_of(change: Any) -> list[tuple[str, str]]:
        draft = Profile.from_raw(raw_of("AU-SAS-B", change=change))
        found = impact_of(draft, cases=Case.objects.all(), enquiries=Enquiry.objects.all(), now=NOW)
        return [(effect.harm, effect.record) for effect in found.lines[0].effects]

    assert told_of(port) == [("gate_shuts", "A-1")]
    assert told_of(lambda raw: raw.update(effective_to="2026-03-31")) == [("route_closes", ""), ("read", "A-1")]


def test_a_route_that_closes_without_another_says_so(ground: Ground) -> None:
    (line,) = impact(lambda raw: raw.update(effective_to="2026-04-30")).lines
    assert line.bridge is not None
    assert line.bridge.in_words() == (
        "In hand: 40 days of therapy, until Mon 20 Apr 2026. Still coming: C-1, 28 days, on Thu 9 Apr 2026. "
        "No other signed route of this country is open here."
    )


def test_a_consignment_is_judged_by_the_notice_it_travels_under(ground: Ground) -> None:
    """A later notice governs the case; the window of the earlier one still carries what was ordered under it."""
    ground.take("regulatory.filing.lapse", subject=ground.filing, now=at("2026-04-08 09:00"))
    ground.take("cases.case.begin_sourcing")
    first = ground.authorization
    ground.order(authorization=first)
    ground.take("cases.case.refile", reason="The next supply.")
    ground.take("regulatory.filing.open", kind="notification", authority="MHRA")
    ground.take("regulatory.filing.make_ready", subject=ground.filing)
    ground.submit(at("2026-04-08 10:00"))
    ground.acknowledge(at("2026-04-08 11:00"))
    found = {record: harm for harm, record, _ in told(window(32), now=at("2026-04-08 12:00")) if record}
    assert found["C-1"] == "shipment"
