"""Opening, moving and ending deadlines."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cases.audit.models import AuditEntry
from cases.deadlines.arithmetic import HouseTarget, Rule, compute
from cases.deadlines.calendars import installed
from cases.deadlines.clocks import UnknownKind
from cases.deadlines.models import Deadline, DeadlineMove
from cases.deadlines.services import (
    Ball,
    DeadlineRefused,
    Promise,
    cancel,
    extend,
    hand_over,
    meet,
    open_deadline,
    pause,
    recompute,
    reinstate,
    resume,
    turn,
)
from cases.models import Case
from cases.notices.deeds import deed
from tests.cases.deadlines.ground import START, TARGET, WINDOW, Ground, ruled

ACKNOWLEDGED = date(2026, 3, 2)


def at(day: int, hour: int = 12, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def window(ground: Ground, **more) -> Deadline:
    return ground.promise(
        ACKNOWLEDGED,
        **{
            "key": "regulatory.objection_window:F-1",
            "kind": WINDOW.code,
            "due": ruled(28, ACKNOWLEDGED, kind="waiting_window"),
            "ball": Ball(party="MHRA"),
            "fact": "UK-SPECIALS/objection_window",
            "confidence": "high",
            **more,
        },
    )


def first_due(ground: Ground) -> datetime | None:
    return Case.objects.values_list("next_due_at", flat=True).get(pk=ground.case.pk)


def ledger(deadline: Deadline) -> list[tuple]:
    return list(deadline.moves.values_list("number", "what", "version", "old_due_on", "new_due_on", "reason"))


class TestOpening:
    def test_keeps_the_rule_the_date_and_who_has_the_ball(self, ground: Ground):
        deadline = window(ground, subject="F-1", reason="acknowledged by mail")

        assert deadline.state == "running"
        assert deadline.due_on == date(2026, 3, 30)
        # 30 March is summer time in London: the day ends at 23:00 UTC.
        assert deadline.due_at == datetime(2026, 3, 30, 22, 59, 59, 999999, tzinfo=UTC)
        assert deadline.zone == "Europe/London"
        assert deadline.rule["amount"] == 28
        assert deadline.rule_version == "TEST-PATHWAY 1.0.0"
        assert (deadline.fact, deadline.confidence) == ("UK-SPECIALS/objection_window", "high")
        assert deadline.ball == "MHRA"
        assert deadline.force == "waiting_window"
        assert deadline.next_rung_at == datetime(2026, 3, 29, 22, 59, 59, 999999, tzinfo=UTC)
        assert ledger(deadline) == [(1, "opened", 1, None, date(2026, 3, 30), "acknowledged by mail")]
        assert deadline.moves.get().ledger[-1]["label"] == "First open day"

    def test_twice_with_the_same_key_is_one_deadline(self, ground: Ground):
        first, second = window(ground), window(ground)

        assert first.pk == second.pk
        assert ledger(second) == [(1, "opened", 1, None, date(2026, 3, 30), "")]

    def test_again_with_another_date_moves_it(self, ground: Ground):
        window(ground)

        moved = window(ground, due=ruled(28, date(2026, 3, 4), kind="waiting_window"), reason="acknowledged later")

        assert (moved.version, moved.due_on) == (2, date(2026, 4, 1))
        assert ledger(moved)[1] == (2, "recomputed", 2, date(2026, 3, 30), date(2026, 4, 1), "acknowledged later")

    def test_again_with_another_lead_moves_the_day_to_begin_and_no_date(self, ground: Ground):
        first = ground.promise(date(2026, 3, 30), key="tests.routine:lead", lead=timedelta(days=21))
        again = ground.promise(
            date(2026, 3, 30), key="tests.routine:lead", lead=timedelta(days=27), reason="Leave ended."
        )
        assert (again.pk, again.due_at, again.lead) == (first.pk, first.due_at, timedelta(days=27))
        assert (first.act_on, again.act_on) == (date(2026, 3, 9), date(2026, 3, 3))
        assert [(line[1], line[3], line[4]) for line in ledger(again)] == [
            ("opened", None, date(2026, 3, 30)),
            ("recomputed", date(2026, 3, 30), date(2026, 3, 30)),
        ]

    def test_a_promised_date_keeps_its_words_when_only_the_work_before_it_is_counted_anew(self, ground: Ground):
        first = ground.promise(date(2026, 3, 30), key="tests.routine:lead", lead=timedelta(days=21))
        words = first.computation["ledger"]

        same = recompute(deadline=first, because="Nothing.", by=ground.pic, now=at(5))
        assert (same.version, len(ledger(same))) == (1, 1)

        again = recompute(deadline=first, lead=timedelta(days=27), because="Leave ended.", by=ground.pic, now=at(5))
        assert (again.due_at, again.lead, again.act_on) == (first.due_at, timedelta(days=27), date(2026, 3, 3))
        assert (again.computation["ledger"], words[0]["detail"] != "") == (words, True)

    def test_what_was_met_keeps_its_lead(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 30), key="tests.routine:lead", lead=timedelta(days=21))
        meet(deadline=deadline, on=START, by=ground.coordinator, now=START)
        again = ground.promise(date(2026, 3, 30), key="tests.routine:lead", lead=timedelta(days=27))
        assert (again.state, Deadline.objects.get(pk=deadline.pk).lead) == ("met", timedelta(days=21))

    def test_again_after_it_was_met_on_another_date_is_refused(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10), key="tests.routine:once")
        meet(deadline=deadline, on=START, by=ground.pic, now=START)

        with pytest.raises(DeadlineRefused, match="is met with the date 2026-03-10; a new date needs a new key"):
            ground.promise(date(2026, 3, 11), key="tests.routine:once")
        assert Deadline.objects.get(pk=deadline.pk).due_on == date(2026, 3, 10)

    def test_the_same_key_in_another_case_is_another_deadline(self, ground: Ground):
        other = ground.another_case()

        assert window(ground).pk != window(ground, case=other).pk

    def test_is_refused_for_a_kind_that_nobody_declared(self, ground: Ground):
        with pytest.raises(UnknownKind, match=r"tests\.nobody"):
            ground.promise(date(2026, 3, 10), kind="tests.nobody")
        assert not Deadline.objects.exists()

    def test_is_refused_without_a_holder(self, ground: Ground):
        with pytest.raises(DeadlineRefused, match="has no holder"):
            ground.promise(date(2026, 3, 10), ball=Ball())
        assert not DeadlineMove.objects.exists()

    def test_of_what_cannot_be_computed_is_refused_without_a_house_target(self, ground: Ground):
        rule = Rule("reported", None, "as_soon_as_possible", "GB", "Europe/London")

        with pytest.raises(DeadlineRefused, match=r"as soon as possible.*Give a house target"):
            ground.promise(START.date(), due=compute(rule, anchor=ACKNOWLEDGED, calendar=installed()["GB"]))
        assert not Deadline.objects.exists()

    def test_of_what_cannot_be_computed_takes_the_house_target_and_says_so(self, ground: Ground):
        rule = Rule("reported", None, "as_soon_as_possible", "GB", "Europe/London")
        target = HouseTarget(2, "working_day", "house rule K-09")
        due = compute(rule, anchor=ACKNOWLEDGED, calendar=installed()["GB"], house_target=target)

        deadline = ground.promise(START.date(), due=due)

        assert (deadline.force, deadline.due_on) == ("house_target", date(2026, 3, 4))

    def test_keeps_the_first_date_on_the_case(self, ground: Ground):
        later = ground.promise(date(2026, 3, 20))
        first = ground.promise(date(2026, 3, 10))
        assert first_due(ground) == first.due_at

        cancel(deadline=first, reason="not needed", by=ground.pic, now=START)
        assert first_due(ground) == later.due_at

        cancel(deadline=later, reason="not needed", by=ground.pic, now=START)
        assert first_due(ground) is None

    def test_inside_a_running_deed_keeps_its_verb_as_the_cause(self, ground: Ground):
        with deed(by=ground.pic, verb="regulatory.filing.acknowledged", now=START, reason="mail of the authority"):
            deadline = window(ground)

        entries = AuditEntry.objects.filter(table_name="deadlines_deadline", row_pk=str(deadline.pk))
        assert set(entries.values_list("actor", "verb", "reason")) == {
            (ground.pic.code, "regulatory.filing.acknowledged", "mail of the authority")
        }

    def test_alone_is_its_own_deed(self, ground: Ground):
        deadline = window(ground)

        entry = AuditEntry.objects.filter(table_name="deadlines_deadline", row_pk=str(deadline.pk)).get()
        assert (entry.actor, entry.verb) == (ground.coordinator.code, "deadlines.deadline.opened")

    def test_counts_back_the_time_the_work_still_needs(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 20), lead=timedelta(days=5))

        assert deadline.act_by == deadline.due_at - timedelta(days=5)
        assert deadline.act_on == date(2026, 3, 15)


class TestPausing:
    def test_adds_exactly_the_paused_days_when_it_goes_on(self, ground: Ground):
        deadline = window(ground)

        paused = pause(deadline=deadline, at=at(10), because="question of the authority", by=ground.pic, now=at(10))
        assert (paused.state, paused.next_rung_at) == ("paused", None)

        resumed = resume(deadline=deadline, at=at(17), by=ground.pic, now=at(17), reason="answered")

        assert (resumed.state, resumed.version, resumed.due_on) == ("running", 2, date(2026, 4, 6))
        assert ledger(resumed) == [
            (1, "opened", 1, None, date(2026, 3, 30), ""),
            (2, "paused", 1, None, None, "question of the authority"),
            (3, "resumed", 2, date(2026, 3, 30), date(2026, 4, 6), "answered"),
        ]
        assert resumed.moves.get(number=3).facts == {"from": at(10).isoformat(), "until": at(17).isoformat()}

    def test_a_second_time_adds_both_pauses(self, ground: Ground):
        deadline = window(ground)
        for began, until in ((5, 7), (20, 23)):
            pause(deadline=deadline, at=at(began), because="question", by=ground.pic, now=at(began))
            deadline = resume(deadline=deadline, at=at(until), by=ground.pic, now=at(until))

        assert deadline.due_on == date(2026, 4, 4)
        assert deadline.version == 3

    def test_of_a_promise_moves_it_by_the_paused_time(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))
        pause(deadline=deadline, at=at(5), because="waiting", by=ground.pic, now=at(5))

        assert resume(deadline=deadline, at=at(7, 18), by=ground.pic, now=at(7, 18)).due_at == datetime(
            2026, 3, 13, 5, 59, 59, 999999, tzinfo=UTC
        )

    def test_twice_is_refused(self, ground: Ground):
        deadline = window(ground)
        pause(deadline=deadline, at=at(5), because="question", by=ground.pic, now=at(5))

        with pytest.raises(DeadlineRefused, match="is paused and cannot be paused"):
            pause(deadline=deadline, at=at(6), because="question", by=ground.pic, now=at(6))
        assert deadline.moves.count() == 2

    def test_into_an_earlier_pause_is_refused(self, ground: Ground):
        deadline = window(ground)
        pause(deadline=deadline, at=at(5), because="question", by=ground.pic, now=at(5))
        resume(deadline=deadline, at=at(9), by=ground.pic, now=at(9))

        with pytest.raises(DeadlineRefused, match="pauses cannot overlap"):
            pause(deadline=deadline, at=at(8), because="question", by=ground.pic, now=at(9))

    def test_of_an_expiry_is_refused(self, ground: Ground):
        deadline = ground.promise(START.date(), due=ruled(1, ACKNOWLEDGED, unit="year", kind="expiry"))

        with pytest.raises(DeadlineRefused, match="is an expiry: its clock does not stop"):
            pause(deadline=deadline, at=at(5), because="question", by=ground.pic, now=at(5))
        assert Deadline.objects.get(pk=deadline.pk).state == "running"

    def test_does_not_go_on_before_it_stopped(self, ground: Ground):
        deadline = window(ground)
        pause(deadline=deadline, at=at(5), because="question", by=ground.pic, now=at(5))

        with pytest.raises(DeadlineRefused, match="cannot go on before that"):
            resume(deadline=deadline, at=at(4), by=ground.pic, now=at(6))
        assert Deadline.objects.get(pk=deadline.pk).state == "paused"


class TestMoving:
    def test_an_extension_counts_on_in_the_rule_s_own_unit(self, ground: Ground):
        deadline = ground.promise(START.date(), due=ruled(10, ACKNOWLEDGED, unit="working_day"))
        assert deadline.due_on == date(2026, 3, 16)

        extended = extend(deadline=deadline, amount=5, because="letter D-31", by=ground.pic, now=at(10))

        assert (extended.due_on, extended.version) == (date(2026, 3, 23), 2)
        assert ledger(extended)[1] == (2, "extended", 2, date(2026, 3, 16), date(2026, 3, 23), "letter D-31")

    def test_an_extension_to_an_earlier_day_is_refused(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))

        with pytest.raises(DeadlineRefused, match="must end later"):
            extend(
                deadline=deadline,
                to=Promise(date(2026, 3, 9), "UTC", "letter"),
                because="letter",
                by=ground.pic,
                now=START,
            )
        assert Deadline.objects.get(pk=deadline.pk).version == 1

    def test_a_corrected_event_moves_the_date_and_keeps_the_pause(self, ground: Ground):
        deadline = window(ground)
        pause(deadline=deadline, at=at(10), because="question", by=ground.pic, now=at(10))
        resume(deadline=deadline, at=at(17), by=ground.pic, now=at(17))

        moved = recompute(
            deadline=deadline, anchor=date(2026, 3, 5), because="acknowledged on 5 March", by=ground.pic, now=at(18)
        )

        assert (moved.due_on, moved.version) == (date(2026, 4, 9), 3)

    def test_computing_anew_without_a_change_writes_nothing(self, ground: Ground):
        deadline = window(ground)

        same = recompute(deadline=deadline, because="calendar of 2026 checked", by=ground.pic, now=at(3))

        assert (same.version, same.moves.count()) == (1, 1)

    def test_a_missed_date_that_is_extended_stands_again(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))
        with deed(by=ground.pic, verb="tests.swept", now=at(11)):
            turn([Deadline.objects.get(pk=deadline.pk)], by=ground.pic, now=at(11))
        assert Deadline.objects.get(pk=deadline.pk).state == "missed"

        extended = extend(
            deadline=deadline,
            to=Promise(date(2026, 3, 20), "UTC", "letter"),
            because="letter",
            by=ground.pic,
            now=at(11),
        )

        assert (extended.state, extended.missed_at, extended.version) == ("running", None, 2)

    def test_the_ball_goes_to_somebody_else(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))

        handed = hand_over(
            deadline=deadline, ball=Ball(user=ground.pic.pk), by=ground.coordinator, now=START, reason="leave"
        )

        assert handed.ball == ground.pic.display_name
        assert handed.moves.get(number=2).facts == {"from": ground.coordinator.code, "to": ground.pic.code}


class TestMeeting:
    @pytest.mark.parametrize(
        ("on", "now", "state"),
        [
            (datetime(2026, 3, 10, 23, 59, 59, 999999, tzinfo=UTC), at(11), "met"),
            (datetime(2026, 3, 11, tzinfo=UTC), at(11), "met_late"),
            (date(2026, 3, 10), at(12), "met"),
            (date(2026, 3, 11), at(12), "met_late"),
            (at(9), at(30), "met"),
        ],
        ids=["last instant", "first instant after", "last day", "day after", "recorded long after"],
    )
    def test_is_judged_by_the_time_of_the_fact(self, ground: Ground, on, now, state):
        deadline = ground.promise(date(2026, 3, 10))

        met = meet(deadline=deadline, on=on, by=ground.pic, now=now)

        assert met.state == state
        assert met.settled_at == now
        assert met.next_rung_at is None
        assert [move.what for move in met.moves.all()] == ["opened", state]

    @pytest.mark.parametrize(("day", "state"), [(10, "met"), (11, "met_late")])
    def test_after_the_sweep_called_it_missed(self, ground: Ground, day, state):
        deadline = ground.promise(date(2026, 3, 10))
        with deed(by=ground.pic, verb="tests.swept", now=at(12)):
            turn([Deadline.objects.get(pk=deadline.pk)], by=ground.pic, now=at(12))

        assert meet(deadline=deadline, on=at(day), by=ground.pic, now=at(13)).state == state

    def test_of_a_paused_one_is_in_time(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))
        pause(deadline=deadline, at=at(5), because="question", by=ground.pic, now=at(5))

        met = meet(deadline=deadline, on=at(20), by=ground.pic, now=at(20))

        assert met.state == "met"
        assert met.pauses == [{"began": at(5).isoformat(), "until": at(20).isoformat(), "because": "question"}]

    def test_again_with_the_same_fact_changes_nothing(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))
        meet(deadline=deadline, on=at(9), by=ground.pic, now=at(10))

        meet(deadline=deadline, on=at(9), by=ground.coordinator, now=at(12))

        assert deadline.moves.count() == 2

    def test_with_another_fact_is_refused(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))
        meet(deadline=deadline, on=at(9), by=ground.pic, now=at(10))

        with pytest.raises(DeadlineRefused, match="is met and cannot be met"):
            meet(deadline=deadline, on=at(8), by=ground.pic, now=at(12))
        assert Deadline.objects.get(pk=deadline.pk).met_at == at(9)

    def test_by_a_fact_in_the_future_is_refused(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))

        with pytest.raises(DeadlineRefused, match="is still to come"):
            meet(deadline=deadline, on=at(9), by=ground.pic, now=at(8))
        assert Deadline.objects.get(pk=deadline.pk).state == "running"

    def test_today_by_its_day_alone_is_recorded_at_once(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))

        assert meet(deadline=deadline, on=date(2026, 3, 9), by=ground.pic, now=at(9)).met_at == at(9)


class TestEnding:
    def test_cancelling_needs_a_reason(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))

        with pytest.raises(DeadlineRefused, match="A reason is missing"):
            cancel(deadline=deadline, reason=" ", by=ground.pic, now=START)
        assert Deadline.objects.get(pk=deadline.pk).state == "running"

    def test_cancelling_twice_is_once(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))
        for _ in range(2):
            cancel(deadline=deadline, reason="withdrawn", by=ground.pic, now=START)

        assert [move.what for move in deadline.moves.all()] == ["opened", "cancelled"]

    def test_one_that_was_met_is_not_cancelled(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))
        meet(deadline=deadline, on=START, by=ground.pic, now=START)

        with pytest.raises(DeadlineRefused, match="is met and cannot be cancelled"):
            cancel(deadline=deadline, reason="withdrawn", by=ground.pic, now=START)

    def test_a_wrong_end_is_taken_back_with_a_reason(self, ground: Ground):
        deadline = ground.promise(date(2026, 3, 10))
        meet(deadline=deadline, on=START, by=ground.coordinator, now=START)

        again = reinstate(deadline=deadline, reason="another case was meant", by=ground.pic, now=at(3))

        assert (again.state, again.met_at, again.version, again.due_on) == ("running", None, 2, date(2026, 3, 10))
        assert again.next_rung_at == datetime(2026, 3, 3, 23, 59, 59, 999999, tzinfo=UTC)

    def test_opening_a_cancelled_one_again_lets_it_stand_again(self, ground: Ground):
        deadline = window(ground)
        cancel(deadline=deadline, reason="withdrawn by mistake", by=ground.pic, now=START)

        assert window(ground).state == "running"
        assert [move.what for move in deadline.moves.all()] == ["opened", "cancelled", "reinstated"]


def test_a_window_that_ran_out_is_met_at_its_own_date(ground: Ground):
    deadline = window(ground)
    after = deadline.due_at + timedelta(hours=9)

    with deed(by=ground.pic, verb="tests.swept", now=after):
        turn([Deadline.objects.get(pk=deadline.pk)], by=ground.pic, now=after)

    deadline = Deadline.objects.get(pk=deadline.pk)
    assert (deadline.state, deadline.met_at, deadline.settled_at) == ("met", deadline.due_at, after)
    assert deadline.moves.get(number=2).reason == "The window ran out."
    assert first_due(ground) is None


def test_a_kind_may_be_softer_than_the_case_at_hand(ground: Ground):
    deadline = open_deadline(
        case=ground.case,
        key="tests.target:1",
        kind=TARGET.code,
        due=Promise(date(2026, 3, 4), "UTC", "asked by phone"),
        ball=Ball(role="coordinating_pharmacist"),
        by=ground.coordinator,
        now=START,
        force="promise",
        label="Call the ward back",
    )

    assert (deadline.force, deadline.label, deadline.ball) == (
        "promise",
        "Call the ward back",
        "coordinating pharmacist",
    )
