"""Planning notices, and what a person does about those that did not arrive."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django_fsm import TransitionNotAllowed

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.lifecycle.guard import edges
from cases.notices.models import Notice
from cases.notices.services import (
    NoticeRefused,
    close_notice,
    database_now,
    dead_letters,
    mark_read,
    message_id_of,
    notice_of,
    notices_about,
    notices_of,
    plan_notice,
    record_bounce,
    record_delivery,
    retry_notice,
    withdraw_notices,
)
from tests.cases.deadlines.ground import START, Ground, lay_ground

EDGES = {
    ("planned", "claimed"),
    ("planned", "withdrawn"),
    ("claimed", "planned"),
    ("claimed", "sent"),
    ("claimed", "delivered"),
    ("claimed", "bounced"),
    ("claimed", "failed"),
    ("claimed", "withdrawn"),
    ("sent", "delivered"),
    ("sent", "bounced"),
    ("failed", "planned"),
    ("failed", "closed"),
    ("bounced", "planned"),
    ("bounced", "closed"),
}


def planned(ground: Ground, key: str = "tests.note:1", **more) -> Notice:
    plan_notice(
        **{
            "key": key,
            "kind": "tests.plain",
            "by": ground.coordinator,
            "now": START,
            "recipient": ground.prescriber.user,
            "case": ground.case,
            **more,
        }
    )
    return notice_of(key)


def the(notice: Notice) -> Notice:
    return Notice.objects.get(pk=notice.pk)


def in_state(ground: Ground, state: str, key: str = "tests.note:1", **more) -> Notice:
    """A notice led to that state along its machine."""
    notice = planned(ground, key, **more)
    with acting(by=ground.pic, verb="tests.led"):
        if state != "planned":
            notice.claim(lease_until=database_now() + timedelta(minutes=1))
            notice.subject = "Subject"
            notice.save()
        for step, values in {
            "sent": ("hand_over", {"at": START}),
            "delivered": ("deliver", {"at": START}),
            "bounced": ("bounce", {"at": START, "fault": "SMTP 550"}),
            "failed": ("fail", {"at": START, "fault": "TimeoutError"}),
        }.items():
            if step == state:
                getattr(notice, values[0])(**values[1])
                notice.save()
    return the(notice)


def test_the_machine_has_exactly_these_edges():
    assert set(edges(Notice, "state")) == EDGES


@pytest.mark.parametrize(("state", "move"), [("sent", "claim"), ("delivered", "bounce"), ("planned", "close")])
def test_the_machine_refuses_other_moves(state, move):
    values = {
        "claim": {"lease_until": START},
        "bounce": {"at": START, "fault": ""},
        "close": {"by": None, "at": START, "reason": "x"},
    }
    with pytest.raises(TransitionNotAllowed):
        getattr(Notice(state=state), move)(**values[move])


def test_the_database_refuses_them_too(ground: Ground):
    notice = planned(ground)

    with (
        acting(by=ground.pic, verb="tests.touched"),
        pytest.raises(DatabaseError, match='cannot go from "planned" to "failed"'),
        transaction.atomic(),
    ):
        Notice.objects.filter(pk=notice.pk).update(state="failed", next_attempt_at=None)


class TestPlanning:
    def test_the_same_key_is_one_notice(self, ground: Ground):
        first = planned(ground)
        second = planned(ground, facts={"other": True})

        assert first.pk == second.pk
        assert Notice.objects.get().facts == {}

    def test_the_message_id_follows_from_the_key(self, ground: Ground):
        assert planned(ground).message_id == message_id_of("tests.note:1")
        assert message_id_of("tests.note:1") == message_id_of("tests.note:1") != message_id_of("tests.note:2")
        assert message_id_of("x").startswith("<")
        assert message_id_of("x").endswith("@pharmacy.invalid>")

    @pytest.mark.parametrize(
        "reader", [{"recipient": None}, {"address": "desk@authority.invalid"}], ids=["nobody", "two"]
    )
    def test_needs_exactly_one_reader(self, ground: Ground, reader):
        with pytest.raises(ValueError, match="has one reader"):
            planned(ground, **reader)
        assert not Notice.objects.exists()

    def test_stands_in_the_evidence_of_its_case(self, ground: Ground):
        notice = planned(ground)

        entry = AuditEntry.objects.get(table_name="notices_notice", row_pk=str(notice.pk))
        assert (entry.actor, entry.verb) == (ground.coordinator.code, "notices.notice.planned")
        assert entry.chain == f"case:{ground.case.pk}"


class TestDeadLetters:
    @pytest.mark.parametrize("state", ["failed", "bounced"])
    def test_are_seen_by_the_pharmacy_and_no_other(self, ground: Ground, state):
        notice = in_state(ground, state)

        assert list(dead_letters(ground.pic)) == [notice]
        assert list(dead_letters(lay_ground().pic)) == []

    @pytest.mark.parametrize("state", ["planned", "claimed", "sent", "delivered"])
    def test_are_only_those_that_did_not_arrive(self, ground: Ground, state):
        in_state(ground, state)

        assert list(dead_letters(ground.pic)) == []

    def test_are_sent_again_with_all_attempts(self, ground: Ground):
        notice = in_state(ground, "failed")

        retry_notice(notice, by=ground.pic, now=START, reason="address corrected")

        again = the(notice)
        assert (again.state, again.attempts, again.settled_at) == ("planned", 0, None)
        assert again.message_id == notice.message_id

    def test_are_closed_by_a_person_with_a_reason(self, ground: Ground):
        notice = in_state(ground, "bounced")

        close_notice(notice, by=ground.pic, now=START, reason=" called the ward ")

        closed = the(notice)
        assert (closed.state, closed.settled_by, closed.settled_reason) == ("closed", ground.pic, "called the ward")
        assert list(dead_letters(ground.pic)) == []

    @pytest.mark.parametrize("act", [retry_notice, close_notice])
    def test_are_not_touched_without_a_reason(self, ground: Ground, act):
        notice = in_state(ground, "failed")

        with pytest.raises(NoticeRefused, match="A reason is missing"):
            act(notice, by=ground.pic, now=START, reason=" ")
        assert the(notice).state == "failed"

    @pytest.mark.parametrize("act", [retry_notice, close_notice])
    @pytest.mark.parametrize("state", ["planned", "claimed", "sent", "delivered"])
    def test_other_notices_are_left_alone(self, ground: Ground, act, state):
        notice = in_state(ground, state)

        with pytest.raises(NoticeRefused, match="only one that failed or bounced"):
            act(notice, by=ground.pic, now=START, reason="again")
        assert the(notice).state == state


class TestBouncing:
    def test_a_mail_that_came_back_is_a_dead_letter(self, ground: Ground):
        notice = in_state(ground, "sent")

        record_bounce(message_id=notice.message_id, fault="mailbox full", by=ground.pic, now=START)

        assert (the(notice).state, the(notice).last_fault) == ("bounced", "mailbox full")
        assert [line.outcome for line in notice.deliveries.all()] == ["bounced"]

    def test_an_unknown_one_changes_nothing(self, ground: Ground):
        notice = in_state(ground, "sent")

        assert record_bounce(message_id="<stranger@tests.invalid>", fault="?", by=ground.pic, now=START) is None
        assert the(notice).state == "sent"


class TestArriving:
    def test_a_mail_that_is_known_to_have_come_is_delivered(self, ground: Ground):
        notice = in_state(ground, "sent")

        record_delivery(message_id=notice.message_id, by=ground.pic, now=START + timedelta(minutes=5))

        assert (the(notice).state, the(notice).sent_at) == ("delivered", START)
        assert the(notice).settled_at == START + timedelta(minutes=5)
        assert [line.outcome for line in notice.deliveries.all()] == ["delivered"]

    @pytest.mark.parametrize("state", ["planned", "bounced", "delivered"])
    def test_one_that_is_not_out_changes_nothing(self, ground: Ground, state):
        notice = in_state(ground, state)

        assert record_delivery(message_id=notice.message_id, by=ground.pic, now=START) is None
        assert the(notice).state == state
        assert not notice.deliveries.exists()


def test_what_is_not_sent_yet_is_taken_back(ground: Ground):
    waiting, sent = planned(ground), in_state(ground, "sent", "tests.note:2")

    taken = withdraw_notices(Notice.objects.filter(case=ground.case), by=ground.pic, now=START, reason="a death")

    assert taken == 1
    assert (the(waiting).state, the(waiting).settled_reason) == ("withdrawn", "a death")
    assert the(sent).state == "sent"


class TestReadingInTheProduct:
    def test_counts_the_first_time(self, ground: Ground):
        notice = in_state(ground, "delivered", channel="in_product")
        reader = ground.prescriber.user
        assert list(notices_of(reader)) == [notice]

        mark_read(notice, by=reader, now=START)
        mark_read(notice, by=reader, now=START + timedelta(hours=1))

        assert the(notice).read_at == START

    def test_is_for_its_reader_alone(self, ground: Ground):
        notice = in_state(ground, "delivered", channel="in_product")

        with pytest.raises(NoticeRefused, match="is for another person"):
            mark_read(notice, by=ground.pic, now=START)
        assert the(notice).read_at is None
        assert list(notices_of(ground.pic)) == []


def test_the_messages_of_a_case_are_two_queries(ground: Ground, django_assert_num_queries):
    for number in range(5):
        in_state(ground, "bounced", f"tests.note:{number}")

    with django_assert_num_queries(2):
        found = [
            (notice.recipient.display_name, len(notice.deliveries.all())) for notice in notices_about([ground.case])
        ]
    assert len(found) == 5
