"""UK-SPECIALS: silence for 28 days after the acknowledgement opens import; an objection shuts it again."""

from datetime import datetime

import pytest

from cases.lifecycle.errors import RequirementsUnmet
from cases.models import Hold
from cases.notices.letters import Letter, compose
from cases.notices.models import Notice
from regulatory.clocks import TOLD
from regulatory.models import Authorization, PathwayEvent
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

SUBMITTED, ACKNOWLEDGED = at("2026-02-26 11:00"), at("2026-03-02 10:04")
DAY_29 = at("2026-03-31 08:00")


@laid
def acknowledged(db: None) -> Ground:
    ground = build_ground("UK-SPECIALS", now=at("2026-02-26 09:00"), country="GB", zone="Europe/London")
    ground.ready(quantity="6")
    ground.submit(SUBMITTED)
    ground.acknowledge(ACKNOWLEDGED)
    return ground


def test_the_window_ends_on_its_28th_day(acknowledged: Ground) -> None:
    window = acknowledged.deadline("objection_window")
    assert (window.due_on.isoformat(), window.force, window.holder_party) == ("2026-03-30", "waiting_window", "MHRA")


def test_the_ledger_of_the_window_can_be_followed_with_a_finger(acknowledged: Ground) -> None:
    ledger = acknowledged.deadline("objection_window").computation["ledger"]
    assert [(step["label"], step["on"]) for step in ledger] == [
        ("Event: acknowledged", "2026-03-02"),
        ("Day 1: the day after", "2026-03-03"),
        ("+ 28 calendar days: day 28", "2026-03-30"),
        ("Paused", None),
        ("Rolled", None),
        ("First open day", "2026-03-31"),
    ]


def test_the_watch_for_the_acknowledgement_is_met_by_it(acknowledged: Ground) -> None:
    watch = acknowledged.deadline("acknowledgement")
    assert (watch.state, watch.due_on.isoformat(), watch.met_at) == ("met", "2026-03-03", ACKNOWLEDGED)


@pytest.mark.parametrize(
    ("now", "state", "fact"),
    [
        # Midnight in London on 31 March 2026 is 23:00 UTC on the 30th: summer time began on the 29th.
        (at("2026-03-30 22:59"), "unmet", "It opens on Tue 31 Mar 2026"),
        (at("2026-03-30 23:00"), "met", "Open on Tue 31 Mar 2026."),
        (DAY_29, "met", "Open on Tue 31 Mar 2026."),
    ],
    ids=["last minute of day 28", "first minute of day 29", "day 29"],
)
def test_sourcing_waits_for_the_first_import_day(acknowledged: Ground, now: datetime, state: str, fact: str) -> None:
    line = acknowledged.line("GateOpen:may_import", "cases.case.begin_sourcing", now=now)
    assert (line.state, fact in line.fact) == (state, True), line.fact


def test_a_refused_step_changes_nothing(acknowledged: Ground) -> None:
    before = acknowledged.written()
    with pytest.raises(RequirementsUnmet) as refused:
        acknowledged.take("cases.case.begin_sourcing", now=at("2026-03-30 12:00"))
    assert [line.code for line in refused.value.unmet] == ["GateOpen:may_import"]
    assert (acknowledged.case.stage, acknowledged.written()) == ("determination", before)


def test_the_gate_names_its_facts_its_version_and_who_opens_it(acknowledged: Ground) -> None:
    line = acknowledged.line("GateOpen:may_import", "cases.case.begin_sourcing", now=at("2026-03-30 12:00"))
    assert line.rule == ("UK-SPECIALS 1.0.0-demo (demonstration copy), may import [UK1, UK3, UK4], high confidence")
    assert line.sources == ("UK-SPECIALS.gates.1",)
    assert line.satisfied_by == "the authority"
    assert line.overridable is False


def test_a_silent_window_is_recorded_as_silence(acknowledged: Ground) -> None:
    acknowledged.take("regulatory.filing.lapse", subject=acknowledged.filing, now=DAY_29)
    authorization = acknowledged.authorization
    assert (acknowledged.filing.state, authorization.ground, authorization.quantity) == ("no_objection", "lapse", 6)
    assert authorization.valid_from.isoformat() == "2026-03-31"
    window = acknowledged.deadline("objection_window")
    assert (window.state, window.met_at == window.due_at) == ("met", True)


def test_silence_is_not_recorded_before_it_is_over(acknowledged: Ground) -> None:
    before = acknowledged.written()
    with pytest.raises(RequirementsUnmet) as refused:
        acknowledged.take("regulatory.filing.lapse", subject=acknowledged.filing, now=at("2026-03-30 12:00"))
    assert [line.code for line in refused.value.unmet] == ["ObjectionWindowPassed"]
    assert "It ends before Tue 31 Mar 2026." in refused.value.unmet[0].fact
    assert (acknowledged.filing.state, acknowledged.written()) == ("acknowledged", before)


def test_an_objection_shuts_the_gate_and_holds_the_supply(acknowledged: Ground) -> None:
    acknowledged.take("regulatory.filing.lapse", subject=acknowledged.filing, now=DAY_29)
    acknowledged.take(
        "regulatory.filing.record_objection",
        subject=acknowledged.filing,
        now=at("2026-04-01 10:00"),
        happened_at=at("2026-04-01 09:00"),
        reason="The authority objects on grounds of quality.",
    )
    assert acknowledged.filing.state == "refused"
    assert acknowledged.authorization.state == "revoked"
    assert PathwayEvent.objects.filter(case=acknowledged.case, name="objection_received").count() == 1
    line = acknowledged.line("GateOpen:may_import", "cases.case.begin_sourcing")
    assert (line.state, line.fact) == (
        "unmet",
        "An objection of the authority is recorded on Wed 1 Apr 2026. Not recorded: a waiver of the waiting window.",
    )
    hold = Hold.objects.get(case=acknowledged.case)
    assert (hold.kind, hold.lifted_at) == ("regulatory", None)
    assert "NoHold:regulatory" in [line.code for line in acknowledged.ask("cases.case.begin_sourcing") if line.blocks]


def test_nothing_is_ordered_on_a_filing_that_was_objected_to(acknowledged: Ground) -> None:
    acknowledged.take("regulatory.filing.lapse", subject=acknowledged.filing, now=DAY_29)
    acknowledged.take("cases.case.begin_sourcing")
    acknowledged.plan("2026-04-02", "2026-04-06")
    acknowledged.take(
        "regulatory.filing.record_objection",
        subject=acknowledged.filing,
        now=at("2026-04-01 10:00"),
        happened_at=at("2026-04-01 09:00"),
        reason="The authority objects on grounds of quality.",
    )
    acknowledged.take("cases.hold.lift", subject=acknowledged.case.holds.get(), reason="A second notice follows.")
    before = acknowledged.written()
    with pytest.raises(RequirementsUnmet) as refused:
        acknowledged.order()
    assert [(line.code, line.fact, line.remedy) for line in refused.value.unmet] == [
        ("QuantityWithinAuthorization", "F-1 is refused: it allows no quantity.", ("File again", "cases.case.refile"))
    ]
    assert (acknowledged.consignment.state, acknowledged.written()) == ("planned", before)


def test_an_objection_within_the_window_ends_its_date(acknowledged: Ground) -> None:
    acknowledged.take(
        "regulatory.filing.record_objection",
        subject=acknowledged.filing,
        now=at("2026-03-12 10:00"),
        happened_at=at("2026-03-12 09:00"),
        reason="The authority objects.",
    )
    assert acknowledged.deadline("objection_window").state == "cancelled"
    assert not Authorization.objects.filter(case=acknowledged.case).exists()


def test_a_waiver_opens_the_gate_before_the_window_ends(acknowledged: Ground) -> None:
    acknowledged.take(
        "regulatory.filing.waive_window",
        subject=acknowledged.filing,
        now=at("2026-03-10 10:00"),
        happened_at=at("2026-03-10 09:00"),
        letter=acknowledged.paper("waiver"),
    )
    line = acknowledged.line("GateOpen:may_import", "cases.case.begin_sourcing")
    assert (line.state, acknowledged.deadline("objection_window").state) == ("met", "cancelled")


def test_a_corrected_acknowledgement_moves_the_window_and_keeps_the_old_date(acknowledged: Ground) -> None:
    acknowledged.take(
        "regulatory.filing.correct_acknowledgement",
        subject=acknowledged.filing,
        now=at("2026-03-06 10:00"),
        happened_at=at("2026-03-05 10:00"),
        reason="The mail of 2 March was an automatic reply.",
    )
    window = acknowledged.deadline("objection_window")
    assert window.due_on.isoformat() == "2026-04-02"
    moved = window.moves.latest("number")
    assert (moved.old_due_on.isoformat(), moved.new_due_on.isoformat()) == ("2026-03-30", "2026-04-02")
    assert moved.reason == "The mail of 2 March was an automatic reply."
    events = PathwayEvent.objects.filter(case=acknowledged.case, name="acknowledged").order_by("id")
    assert [event.withdrawn_at is None for event in events] == [False, True]


def test_a_question_holds_the_supply_until_the_clock_is_known(acknowledged: Ground) -> None:
    acknowledged.take(
        "regulatory.filing.receive_question",
        subject=acknowledged.filing,
        now=at("2026-03-09 10:00"),
        happened_at=at("2026-03-09 09:00"),
        text="Which site releases the lot?",
        answer_due_on="2026-03-16",
    )
    hold = Hold.objects.get(case=acknowledged.case)
    assert "does not say whether that restarts the waiting window" in hold.reason
    question = acknowledged.deadline("question")
    assert (question.due_on.isoformat(), question.force, question.holder) == (
        "2026-03-16",
        "statutory",
        acknowledged.house.coordinator,
    )
    assert acknowledged.deadline("objection_window").state == "paused"
    codes = [line.code for line in acknowledged.ask("cases.case.begin_sourcing", now=DAY_29) if line.blocks]
    assert codes == ["QuestionsAnswered", "GateOpen:may_import", "NoHold:regulatory"]


def test_the_filing_is_answered_when_every_question_is(acknowledged: Ground) -> None:
    for number in (1, 2):
        acknowledged.take(
            "regulatory.filing.receive_question",
            subject=acknowledged.filing,
            now=at("2026-03-09 10:00"),
            happened_at=at(f"2026-03-09 0{number}:00"),
            text=f"Question {number}?",
        )
    states = []
    for question in acknowledged.filing.questions.order_by("number"):
        acknowledged.take(
            "regulatory.filing.answer_question",
            subject=acknowledged.filing,
            now=at("2026-03-10 10:00"),
            happened_at=at("2026-03-10 09:00"),
            question=question,
            answer="The site named in the notice.",
        )
        states.append(acknowledged.filing.state)
    assert states == ["question", "answered"]


def test_a_notice_less_than_28_days_before_the_import_is_too_late(acknowledged: Ground) -> None:
    acknowledged.plan("2026-03-20", "2026-03-24")
    lead = acknowledged.deadline("pre_import_notice_lead")
    assert (lead.due_on.isoformat(), lead.state) == ("2026-02-24", "met_late")


def test_a_later_filing_is_not_cleared_by_the_silence_of_an_earlier_one(acknowledged: Ground) -> None:
    first = acknowledged.filing
    acknowledged.take("regulatory.filing.lapse", subject=first, now=DAY_29)
    acknowledged.take("regulatory.filing.renew", renews=first, quantity="6", now=at("2026-05-04 09:00"))
    acknowledged.take("regulatory.filing.make_ready", subject=acknowledged.filing)
    acknowledged.submit(at("2026-05-04 10:00"))
    acknowledged.acknowledge(at("2026-05-05 10:00"))
    line = acknowledged.line("GateOpen:may_import", "cases.case.begin_sourcing")
    assert (line.state, "It opens on Wed 3 Jun 2026" in line.fact) == ("unmet", True)


def test_a_later_import_day_makes_the_same_notice_early_enough(acknowledged: Ground) -> None:
    acknowledged.plan("2026-03-20", "2026-03-24")
    acknowledged.take(
        "custody.consignment.replan",
        subject=acknowledged.consignment,
        planned_dispatch_on="2026-03-27",
        planned_arrival_on="2026-03-31",
        days_of_therapy=28,
        reason="The notice was too late for the first day.",
    )
    lead = acknowledged.deadline("pre_import_notice_lead")
    assert (lead.due_on.isoformat(), lead.state, lead.met_at) == ("2026-03-03", "met", SUBMITTED)


def test_a_decision_makes_an_open_question_idle(acknowledged: Ground) -> None:
    acknowledged.take(
        "regulatory.filing.receive_question",
        subject=acknowledged.filing,
        now=at("2026-03-09 10:00"),
        happened_at=at("2026-03-09 09:00"),
        text="Which site releases the lot?",
    )
    acknowledged.grant(at("2026-03-11 09:00"))
    assert (acknowledged.deadline("question").state, acknowledged.deadline("objection_window").state) == (
        "cancelled",
        "cancelled",
    )
    assert acknowledged.line("QuestionsAnswered", "cases.case.begin_sourcing").state == "met"


def test_every_letter_of_the_branch_can_be_written(acknowledged: Ground) -> None:
    for kind in sorted({*TOLD.values(), "regulatory.review_requested"}):
        notice = Notice(
            kind=kind,
            case=acknowledged.case,
            recipient=acknowledged.house.pic,
            facts={"subject_label": "F-1", "what": "refused"},
        )
        letter = compose(notice, now=acknowledged.now)
        assert isinstance(letter, Letter), kind
        assert letter.subject.startswith(f"Case {acknowledged.case.reference}: "), kind
        assert "orvelumab" not in letter.subject + letter.body
