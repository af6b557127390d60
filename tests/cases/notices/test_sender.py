"""The sender: what goes out, what is tried again, what becomes a dead letter. Only the mail server is a fake."""

import smtplib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import ClassVar

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from cases.audit.context import acting
from cases.deadlines.services import Promise, cancel, extend, meet, pause
from cases.deadlines.sweep import sweep
from cases.notices.letters import compose_with
from cases.notices.models import DeliveryAttempt, MailboxMessage, Notice
from cases.notices.sender import MOST_ATTEMPTS, send_due, waiting_time
from cases.notices.services import database_now, message_id_of, notice_of, plan_notice
from tests.cases.deadlines.ground import START, URGENT, Ground

DUE_ON = date(2026, 3, 20)
WEEK_BEFORE = datetime.fromisoformat("2026-03-13T23:59:59.999999+00:00")


class Server(BaseEmailBackend):
    """A mail server that does what a test tells it to."""

    taken: ClassVar[list[EmailMessage]] = []
    trouble: ClassVar[Callable[[], Exception] | None] = None

    def send_messages(self, email_messages):
        if Server.trouble is not None:
            raise Server.trouble()
        Server.taken.extend(email_messages)
        return len(email_messages)


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    Server.taken, Server.trouble = [], None
    return Server


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


def make_due(notice: Notice) -> None:
    """The back-off is over."""
    with acting(by=notice.recipient, verb="tests.waited"):
        Notice.objects.filter(pk=notice.pk).update(next_attempt_at=database_now() - timedelta(seconds=1))


def outcomes(notice: Notice) -> list[tuple[int, str]]:
    return list(notice.deliveries.values_list("attempt", "outcome"))


class TestSending:
    def test_lies_in_the_demonstration_mailbox(self, ground: Ground, settings):
        settings.EMAIL_BACKEND = "cases.notices.backends.MailboxBackend"
        notice = planned(ground)

        assert send_due(now=START)["delivered"] == 1

        mail = MailboxMessage.objects.get()
        assert mail.message_id == notice.message_id
        assert mail.to_address == ground.prescriber.user.email
        assert mail.subject == f"Case {ground.case.reference}: something new"
        assert mail.body == the(notice).body
        assert (the(notice).state, the(notice).settled_at) == ("delivered", START)
        assert outcomes(notice) == [(1, "delivered")]

    def test_is_sent_when_a_mail_server_took_it(self, ground: Ground, server):
        notice = planned(ground)

        assert send_due(now=START)["handed_over"] == 1

        (mail,) = server.taken
        assert mail.to == [ground.prescriber.user.email]
        assert mail.extra_headers["Message-ID"] == message_id_of("tests.note:1")
        assert mail.extra_headers["Auto-Submitted"] == "auto-generated"
        assert (the(notice).state, the(notice).sent_at, the(notice).settled_at) == ("sent", START, None)

    def test_is_done_once(self, ground: Ground, server):
        planned(ground)
        planned(ground)

        send_due(now=START)
        send_due(now=START)

        assert len(server.taken) == 1

    def test_in_the_product_needs_no_mail_server(self, ground: Ground, server):
        notice = planned(ground, channel="in_product")

        send_due(now=START)

        assert server.taken == []
        assert the(notice).state == "delivered"

    def test_to_an_outside_address(self, ground: Ground, server):
        planned(ground, recipient=None, address="desk@authority.invalid")

        send_due(now=START)

        assert server.taken[0].to == ["desk@authority.invalid"]

    def test_urgent_ones_go_first(self, ground: Ground, server):
        planned(ground, "tests.note:1")
        planned(ground, "tests.note:2", is_urgent=True)

        send_due(now=START)

        assert [mail.extra_headers["Message-ID"] for mail in server.taken] == [
            message_id_of("tests.note:2"),
            message_id_of("tests.note:1"),
        ]

    def test_names_neither_patient_nor_medicine(self, ground: Ground, server):
        planned(ground, kind="cases.determination_asked")
        ground.promise(DUE_ON)
        sweep(now=WEEK_BEFORE)

        send_due(now=WEEK_BEFORE)

        text = "\n".join(f"{mail.subject}\n{mail.body}" for mail in server.taken)
        assert len(server.taken) == 2
        assert ground.case.reference in text
        for secret in (
            ground.case.patient.initials,
            ground.case.patient.reference,
            ground.medicine.name,
            "1980",
            ground.case.indication,
        ):
            assert secret not in text

    def test_stops_at_its_limit_and_goes_on_next_time(self, ground: Ground, server):
        for number in range(3):
            planned(ground, f"tests.note:{number}")

        assert send_due(now=START, most=2)["handed_over"] == 2
        assert send_due(now=START)["handed_over"] == 1


class TestTrouble:
    @pytest.mark.parametrize(
        ("trouble", "fault"),
        [
            (lambda: ConnectionRefusedError("mail.pharmacy.invalid"), "ConnectionRefusedError"),
            (lambda: smtplib.SMTPServerDisconnected("bye"), "SMTPServerDisconnected"),
            (lambda: smtplib.SMTPSenderRefused(451, b"busy", "x"), "SMTP 451"),
            (lambda: smtplib.SMTPAuthenticationError(535, b"no"), "SMTP 535"),
            (lambda: smtplib.SMTPRecipientsRefused({"x@tests.invalid": (450, b"later")}), "SMTPRecipientsRefused"),
            (lambda: TimeoutError("slow"), "TimeoutError"),
        ],
        ids=["refused connection", "hung up", "busy", "not let in", "grey-listed", "slow"],
    )
    def test_is_tried_again_after_a_while(self, ground: Ground, server, trouble, fault):
        notice = planned(ground)
        server.trouble = trouble

        assert send_due(now=START)["postponed"] == 1
        assert send_due(now=START)["postponed"] == 0

        waits = the(notice)
        assert (waits.state, waits.attempts, waits.last_fault) == ("planned", 1, fault)
        assert timedelta(seconds=20) < waits.next_attempt_at - database_now() < timedelta(seconds=40)
        server.trouble = None
        make_due(notice)
        assert send_due(now=START)["handed_over"] == 1
        assert outcomes(notice) == [(1, "postponed"), (2, "handed_over")]

    def test_an_address_refused_for_good_is_a_dead_letter_at_once(self, ground: Ground, server):
        notice = planned(ground)
        server.trouble = lambda: smtplib.SMTPRecipientsRefused({"x@tests.invalid": (550, b"no such person")})

        assert send_due(now=START)["bounced"] == 1

        assert (the(notice).state, the(notice).last_fault) == ("bounced", "SMTP 550")

    def test_after_its_last_attempt_is_a_dead_letter(self, ground: Ground, server):
        notice = planned(ground)
        server.trouble = lambda: ConnectionRefusedError()
        for _ in range(MOST_ATTEMPTS):
            make_due(notice)
            send_due(now=START)

        assert the(notice).state == "failed"
        assert outcomes(notice)[-1] == (MOST_ATTEMPTS, "failed")

    def test_never_writes_the_address_into_the_ledger(self, ground: Ground, server):
        notice = planned(ground)
        server.trouble = lambda: smtplib.SMTPRecipientsRefused(
            {ground.prescriber.user.email: (550, ground.prescriber.user.email.encode())}
        )

        send_due(now=START)

        assert ground.prescriber.user.email not in the(notice).last_fault + notice.deliveries.get().detail

    def test_of_one_letter_does_not_hold_up_the_others(self, ground: Ground, server):
        @compose_with("tests.broken")
        def broken(notice, now):
            raise KeyError("gone")

        bad = planned(ground, "tests.note:1", kind="tests.broken")
        good = planned(ground, "tests.note:2")

        counts = send_due(now=START)

        assert (counts["postponed"], counts["handed_over"]) == (1, 1)
        assert the(bad).last_fault == "The letter could not be written: KeyError"
        assert the(good).state == "sent"

    def test_a_sender_that_died_leaves_its_notice_to_the_next(self, ground: Ground, server):
        """Killed between handing over and writing down: the same Message-ID goes out once more, never another one."""
        notice = planned(ground)
        with acting(by=ground.pic, verb="tests.died"):
            dying = the(notice)
            dying.claim(lease_until=database_now() + timedelta(seconds=60))
            dying.save()
        assert send_due(now=START)["handed_over"] == 0

        with acting(by=ground.pic, verb="tests.waited"):
            Notice.objects.update(lease_until=database_now() - timedelta(seconds=1))
        assert send_due(now=START)["handed_over"] == 1

        assert (the(notice).state, the(notice).attempts) == ("sent", 2)
        assert [mail.extra_headers["Message-ID"] for mail in server.taken] == [notice.message_id]

    def test_a_sender_that_was_overtaken_writes_nothing(self, ground: Ground, server):
        notice = planned(ground)

        def overtake():
            with acting(by=ground.pic, verb="tests.overtaken"):
                Notice.objects.filter(pk=notice.pk).update(attempts=2)
            return ConnectionResetError()

        server.trouble = overtake
        send_due(now=START, most=1)

        assert (the(notice).state, the(notice).attempts) == ("claimed", 2)
        assert outcomes(notice) == []


class TestWhatStandsNoLonger:
    @pytest.mark.parametrize("end", ["met", "cancelled", "paused", "moved"])
    def test_is_not_sent(self, ground: Ground, server, end):
        deadline = ground.promise(DUE_ON)
        sweep(now=WEEK_BEFORE)
        later = WEEK_BEFORE + timedelta(seconds=1)
        if end == "met":
            meet(deadline=deadline, on=later, by=ground.pic, now=later)
        elif end == "cancelled":
            cancel(deadline=deadline, reason="withdrawn", by=ground.pic, now=later)
        elif end == "paused":
            pause(deadline=deadline, at=later, because="question", by=ground.pic, now=later)
        else:
            extend(
                deadline=deadline,
                to=Promise(date(2026, 4, 2), "UTC", "letter"),
                because="letter",
                by=ground.pic,
                now=later,
            )

        assert send_due(now=later)["withdrawn"] == 1

        assert server.taken == []
        notice = Notice.objects.get()
        assert (notice.state, notice.settled_reason) == ("withdrawn", "None of its dates stands any more.")
        assert outcomes(notice) == [(1, "withdrawn")]

    def test_is_left_out_of_a_message_with_others(self, ground: Ground, server):
        gone = ground.promise(DUE_ON, label="Gone paper")
        ground.promise(DUE_ON, label="Standing paper")
        sweep(now=WEEK_BEFORE)
        cancel(deadline=gone, reason="withdrawn", by=ground.pic, now=WEEK_BEFORE)

        send_due(now=WEEK_BEFORE)

        (mail,) = server.taken
        assert mail.subject == f"Case {ground.case.reference}: Standing paper"
        assert "Gone paper" not in mail.body


class TestWords:
    def test_of_one_date(self, ground: Ground, server):
        ground.promise(DUE_ON, zone="Australia/Sydney", label="Notify the authority", subject="F-1")
        sweep(now=datetime.fromisoformat("2026-03-13T13:00:00+00:00"))

        send_due(now=START)

        (mail,) = server.taken
        assert mail.subject == f"Case {ground.case.reference}: Notify the authority"
        assert mail.body.splitlines()[:2] == [
            "Due Fri 20 Mar 2026, 23:59 (Australia/Sydney)",
            "  Notify the authority, F-1",
        ]
        assert f"http://127.0.0.1:8000/cases/{ground.case.reference}/" in mail.body

    def test_of_several_dates_after_an_outage(self, ground: Ground, server):
        for number in range(2):
            ground.promise(DUE_ON, key=f"tests.routine:{number}")
        sweep(now=datetime.fromisoformat("2026-03-21T12:00:00+00:00"))

        send_due(now=datetime.fromisoformat("2026-03-21T12:00:00+00:00"))

        (mail,) = server.taken
        assert mail.subject == "2 dates on your cases, 2 overdue"
        assert mail.body.startswith("Some of these reminders are late")
        assert mail.body.count("OVERDUE Fri 20 Mar 2026, 23:59 (UTC)") == 2

    def test_of_what_harms(self, ground: Ground, server):
        ground.promise(DUE_ON, kind=URGENT.code, label="Patient runs out")
        sweep(now=datetime.fromisoformat("2026-03-20T00:00:00+00:00"))

        send_due(now=datetime.fromisoformat("2026-03-20T00:00:00+00:00"))

        (mail,) = server.taken
        assert mail.subject == f"Act now, case {ground.case.reference}: Patient runs out"
        assert mail.body.startswith("Due Fri 20 Mar 2026, 23:59 (UTC).")


def test_waiting_doubles_to_an_hour_and_is_spread_by_the_key():
    waits = [waiting_time("tests.note:1", attempt) for attempt in range(1, 13)]

    for attempt, wait in enumerate(waits, start=1):
        middle = min(30 * 2 ** (attempt - 1), 3600)
        assert 0.75 * middle <= wait.total_seconds() <= 1.25 * middle
    assert waits == [waiting_time("tests.note:1", attempt) for attempt in range(1, 13)]
    assert waiting_time("tests.note:2", 1) != waiting_time("tests.note:1", 1)


def test_the_ledger_of_deliveries_is_only_added_to(ground: Ground, server):
    from django.db import DatabaseError, transaction

    notice = planned(ground)
    send_due(now=START)

    with (
        acting(by=ground.pic, verb="tests.touched"),
        pytest.raises(DatabaseError, match="Cannot"),
        transaction.atomic(),
    ):
        DeliveryAttempt.objects.update(outcome="bounced")
    assert outcomes(notice) == [(1, "handed_over")]
