"""The sweep: who hears what, once; what is missed; what an outage leaves behind."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.deadlines.models import Deadline, Reminder
from cases.deadlines.services import Ball, Promise, cancel, extend, hand_over, meet, pause
from cases.deadlines.sweep import COUNTS, DIGEST, sweep
from cases.models import Case
from cases.notices.models import Notice
from cases.people.models import User
from cases.people.roles import Role
from tests.cases.deadlines.ground import START, URGENT, WINDOW, Ground, person, ruled

DUE_ON = date(2026, 3, 20)
DUE_AT = datetime(2026, 3, 20, 23, 59, 59, 999999, tzinfo=UTC)
DAY = timedelta(days=1)


def before(days: float) -> datetime:
    return DUE_AT - days * DAY


def after(days: float) -> datetime:
    return DUE_AT + days * DAY


def did(**counts: int) -> Counter[str]:
    return Counter(dict.fromkeys(COUNTS, 0) | counts)


def heard() -> list[tuple[str, int]]:
    return list(Reminder.objects.order_by("id").values_list("rung", "recipient_id"))


def test_finds_nothing_before_the_first_rung(ground: Ground):
    ground.promise(DUE_ON)

    assert sweep(now=before(7.01)) == did()
    assert not Notice.objects.exists()


def test_says_a_rung_once_however_often_it_runs(ground: Ground):
    ground.promise(DUE_ON)

    assert sweep(now=before(7)) == did(claimed=1, reminders=1, notices=1)
    assert sweep(now=before(7)) == did()
    assert sweep(now=before(6.9)) == did()
    assert heard() == [("-7d", ground.coordinator.pk)]


def test_writes_reminder_and_notice_of_the_same_date(ground: Ground):
    deadline = ground.promise(DUE_ON)

    sweep(now=before(3) + timedelta(seconds=10))

    reminder = Reminder.objects.get()
    assert (reminder.deadline_id, reminder.case_id, reminder.version) == (deadline.pk, ground.case.pk, 1)
    assert (reminder.rung, reminder.rung_at, reminder.collapsed) == ("-3d", before(3), 1)
    assert (reminder.is_late, reminder.is_urgent, reminder.channel) == (False, False, "mail")
    notice = Notice.objects.get()
    assert reminder.notice == notice
    assert (notice.kind, notice.state, notice.recipient, notice.case) == (DIGEST, "planned", ground.coordinator, None)


def test_climbs_the_whole_ladder(ground: Ground):
    ground.promise(DUE_ON, ball=Ball(user=ground.prescriber.user_id))

    for moment in (before(7), before(3), before(1), after(0.1), after(1)):
        sweep(now=moment)

    doctor, coordinator, pic = ground.prescriber.user.pk, ground.coordinator.pk, ground.pic.pk
    assert heard() == [
        ("-7d", doctor),
        ("-3d", doctor),
        ("-1d", doctor),
        ("+0d", doctor),
        ("+0d", coordinator),
        ("+1d", doctor),
        ("+1d", coordinator),
        ("+1d", pic),
    ]
    assert Deadline.objects.get().next_rung_at is None


@pytest.mark.parametrize(
    ("ball", "hears"),
    [
        (lambda ground: Ball(user=ground.prescriber.user_id), "prescriber"),
        (lambda ground: Ball(role=Role.PRESCRIBER), "prescriber"),
        (lambda ground: Ball(role=Role.PHARMACIST_IN_CHARGE), "pic"),
        (lambda ground: Ball(role=Role.COORDINATING_PHARMACIST), "coordinator"),
        (lambda ground: Ball(party="MHRA"), "coordinator"),
    ],
    ids=["person", "prescriber by role", "in charge by role", "coordinator by role", "outside party"],
)
def test_the_holder_hears_first(ground: Ground, ball, hears):
    ground.promise(DUE_ON, ball=ball(ground))

    sweep(now=before(7))

    expected = {"prescriber": ground.prescriber.user, "pic": ground.pic, "coordinator": ground.coordinator}[hears]
    assert heard() == [("-7d", expected.pk)]


def _leaves(user: User) -> None:
    with acting(by=user, verb="people.user.ended"):
        User.objects.filter(pk=user.pk).update(is_active=False)


def test_the_coordinator_hears_for_a_holder_who_left(ground: Ground):
    ground.promise(DUE_ON, ball=Ball(user=ground.prescriber.user_id))
    _leaves(ground.prescriber.user)

    sweep(now=before(7))

    assert heard() == [("-7d", ground.coordinator.pk)]


def test_who_is_in_charge_hears_for_a_coordinator_who_left(ground: Ground):
    ground.promise(DUE_ON)
    _leaves(ground.coordinator)

    sweep(now=before(7))

    assert heard() == [("-7d", ground.pic.pk)]


def test_a_pharmacy_without_one_in_charge_is_not_silent(ground: Ground):
    ground.promise(DUE_ON)
    with acting(by=ground.pic, verb="people.user.entered"):
        stays = person("Stays", 9001, Role.COORDINATING_PHARMACIST, pharmacy=ground.pharmacy)
    _leaves(ground.coordinator)
    _leaves(ground.pic)

    sweep(now=before(7))

    assert heard() == [("-7d", stays.pk)]


def test_nobody_left_to_hear_is_counted(ground: Ground):
    ground.promise(DUE_ON)
    _leaves(ground.coordinator)
    _leaves(ground.pic)

    assert sweep(now=before(7)) == did(claimed=1, unheard=1)


def test_the_first_instant_after_the_date_is_missed(ground: Ground):
    deadline = ground.promise(DUE_ON)

    assert sweep(now=DUE_AT)["missed"] == 0
    swept = DUE_AT + timedelta(microseconds=1)
    assert sweep(now=swept)["missed"] == 1

    deadline = Deadline.objects.get()
    assert (deadline.state, deadline.missed_at, deadline.next_rung_at) == ("missed", swept, after(1))
    move = deadline.moves.get(what="missed")
    assert (move.number, move.at, move.by.code) == (2, swept, "S-SWEEP")
    assert Case.objects.get(pk=ground.case.pk).next_due_at == DUE_AT


def test_a_window_runs_out_and_nobody_missed_it(ground: Ground):
    deadline = ground.promise(
        DUE_ON,
        kind=WINDOW.code,
        due=ruled(28, date(2026, 3, 2), kind="waiting_window"),
        ball=Ball(party="MHRA"),
    )

    counts = sweep(now=deadline.due_at + timedelta(seconds=5))

    assert counts == did(claimed=1, reminders=1, collapsed=1, notices=1, windows_ended=1)
    assert Deadline.objects.get().state == "met"
    assert heard() == [("+0d", ground.coordinator.pk)]
    assert Case.objects.get(pk=ground.case.pk).next_due_at is None


def test_one_message_carries_all_of_one_person(ground: Ground):
    for number in range(5):
        ground.promise(DUE_ON, case=ground.another_case(), key=f"tests.routine:{number}")

    assert sweep(now=before(7), batch=2) == did(claimed=5, reminders=5, notices=1)
    assert Notice.objects.get().reminders.count() == 5


def test_catches_up_once_after_an_outage(ground: Ground):
    """Ten dates with five rungs gone by each: every person gets one message, every date is said once, late."""
    for number in range(10):
        ground.promise(DUE_ON + number * DAY, case=ground.another_case(), key=f"tests.routine:{number}")

    counts = sweep(now=after(12), batch=3)

    assert counts == did(claimed=10, reminders=20, late=20, collapsed=40, missed=10, notices=2)
    assert {notice.recipient: notice.reminders.count() for notice in Notice.objects.all()} == {
        ground.coordinator: 10,
        ground.pic: 10,
    }
    assert set(Reminder.objects.values_list("rung", "is_late", "collapsed")) == {("+1d", True, 4)}


def test_what_harms_is_told_alone_and_at_once(ground: Ground):
    ground.promise(DUE_ON, kind=URGENT.code)
    ground.promise(DUE_ON + 6 * DAY)

    sweep(now=before(1))

    assert sorted(Notice.objects.values_list("kind", "is_urgent", "case_id")) == [
        ("deadlines.reminders", False, None),
        ("deadlines.urgent_reminder", True, ground.case.pk),
    ]


def test_many_urgent_ones_of_one_person_are_no_storm(ground: Ground):
    for number in range(4):
        ground.promise(DUE_ON, kind=URGENT.code, case=ground.another_case(), key=f"tests.urgent:{number}")

    sweep(now=before(1))

    assert Notice.objects.get().kind == DIGEST
    assert Reminder.objects.count() == 4


def test_urgent_ones_after_an_outage_come_in_one_message(ground: Ground):
    for number in range(2):
        ground.promise(DUE_ON, kind=URGENT.code, case=ground.another_case(), key=f"tests.urgent:{number}")

    sweep(now=before(0.5))

    assert list(Notice.objects.values_list("kind", flat=True)) == [DIGEST]


def test_a_moved_date_is_reminded_of_anew(ground: Ground):
    deadline = ground.promise(DUE_ON)
    sweep(now=before(7))
    extend(
        deadline=deadline,
        to=Promise(DUE_ON + 10 * DAY, "UTC", "letter"),
        because="letter",
        by=ground.pic,
        now=before(6),
    )

    sweep(now=before(6))
    sweep(now=after(3))

    assert list(Reminder.objects.values_list("version", "rung")) == [(1, "-7d"), (2, "-7d")]


@pytest.mark.parametrize("end", ["met", "cancelled", "paused"])
def test_what_stands_no_longer_is_not_reminded_of(ground: Ground, end):
    deadline = ground.promise(DUE_ON)
    if end == "met":
        meet(deadline=deadline, on=START, by=ground.pic, now=START)
    elif end == "cancelled":
        cancel(deadline=deadline, reason="withdrawn", by=ground.pic, now=START)
    else:
        pause(deadline=deadline, at=START, because="question", by=ground.pic, now=START)

    assert sweep(now=after(30)) == did()


def test_the_next_rung_is_heard_by_the_new_holder(ground: Ground):
    deadline = ground.promise(DUE_ON)
    sweep(now=before(7))
    hand_over(deadline=deadline, ball=Ball(user=ground.pic.pk), by=ground.coordinator, now=before(5))

    sweep(now=before(3))

    assert heard() == [("-7d", ground.coordinator.pk), ("-3d", ground.pic.pk)]


def test_one_opened_after_its_date_is_missed_and_said(ground: Ground):
    ground.promise(DUE_ON, now=after(2))

    assert sweep(now=after(2)) == did(claimed=1, reminders=2, late=2, collapsed=1, missed=1, notices=2)


def test_a_clock_that_goes_back_harms_nothing(ground: Ground):
    ground.promise(DUE_ON)
    sweep(now=before(3))

    assert sweep(now=before(7)) == did()
    assert sweep(now=before(1)) == did(claimed=1, reminders=1, notices=1)


def test_every_write_names_the_sweep(ground: Ground):
    ground.promise(DUE_ON)
    started = AuditEntry.objects.count()

    sweep(now=after(2))

    entries = AuditEntry.objects.order_by("id")[started:]
    assert {entry.actor for entry in entries} == {"S-SWEEP"}
    assert {entry.table_name for entry in entries} == {
        "deadlines_deadline",
        "deadlines_deadlinemove",
        "deadlines_reminder",
        "notices_notice",
    }


def test_a_sweep_with_nothing_due_is_one_query(ground: Ground, django_assert_num_queries):
    ground.promise(DUE_ON)

    with django_assert_num_queries(1):
        sweep(now=before(30))


def test_the_number_of_queries_does_not_grow_with_what_is_due(ground: Ground, django_assert_max_num_queries):
    cases = [ground.another_case() for _ in range(30)]
    for number, case in enumerate(cases):
        ground.promise(DUE_ON, case=case, key=f"tests.routine:{number}")

    with django_assert_max_num_queries(32):
        assert sweep(now=after(2))["claimed"] == 30


def test_the_index_finds_what_is_due(ground: Ground):
    ground.promise(DUE_ON)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM deadlines_deadline WHERE next_rung_at <= now() ORDER BY next_rung_at, id LIMIT 10"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "deadline_next_rung" in plan
