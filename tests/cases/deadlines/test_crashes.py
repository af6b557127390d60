"""Sweep, outbox and lease under crashes at any query: nothing is lost, nothing is said twice under one key.

A crash is a ``Killed`` raised in place of a query, or by the mail server before or after it took the mail: what had
been committed stays, what had not is gone, and nobody gets to clean up. Time passes, dates are met, cancelled and moved
in between. The invariants hold after every step; in the end one undisturbed pass says all that is still to be said.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Max
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from cases.audit.context import acting
from cases.deadlines.clocks import kind_of
from cases.deadlines.models import Deadline, Reminder
from cases.deadlines.services import DeadlineRefused, Promise, cancel, extend, meet
from cases.deadlines.sweep import sweep
from cases.notices.backends import MailboxBackend
from cases.notices.models import DeliveryAttempt, MailboxMessage, Notice
from cases.notices.sender import send_due
from cases.notices.services import database_now
from tests.cases.deadlines.ground import ROUTINE, START, URGENT, WINDOW, lay_ground


class Killed(BaseException):
    """SIGKILL, as near as one process can come: nothing of ours may catch it."""


@contextmanager
def killed_at_query(number: int) -> Iterator[None]:
    """Die in place of that query; survive when there are fewer.

    The server rolls back for a dead client: once dead, only what takes a savepoint back still gets through.
    """
    left = [number]

    def count(execute: Any, sql: str, *arguments: Any) -> Any:
        left[0] -= 1
        if left[0] < 0 and not (left[0] < -1 and sql.startswith(("ROLLBACK", "RELEASE"))):
            raise Killed
        return execute(sql, *arguments)

    with suppress(Killed), connection.execute_wrapper(count):
        yield


class Post(MailboxBackend):
    """The mailbox, with a death before or after it takes a mail."""

    dies: ClassVar[str] = ""

    def send_messages(self, email_messages):
        if Post.dies == "before":
            raise Killed
        taken = super().send_messages(email_messages)
        if Post.dies == "after":
            raise Killed
        return taken


class Machine(RuleBasedStateMachine):
    """The model is small: which dates there are and what time it is; the truth is in the tables."""

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.ground = lay_ground()
        self.now = START
        self.said: dict[str, str] = {}

    def teardown(self) -> None:
        try:
            self.drain()
        finally:
            transaction.set_rollback(True)
            self.frame.__exit__(None, None, None)

    # -- what people do

    @rule(kind=st.sampled_from([ROUTINE, URGENT, WINDOW]), days=st.integers(-2, 9))
    def a_date_is_opened(self, kind, days):
        self.ground.promise((self.now + timedelta(days=days)).date(), kind=kind.code, now=self.now)

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @rule(pick=st.integers(0, 99), act=st.sampled_from(["meet", "cancel", "extend"]))
    def a_date_is_ended_or_moved(self, pick, act):
        there = list(Deadline.objects.order_by("id"))
        if not there:
            return
        deadline, common = there[pick % len(there)], {"by": self.ground.pic, "now": self.now}
        with suppress(DeadlineRefused):
            if act == "meet":
                meet(deadline=deadline, on=self.now, **common)
            elif act == "cancel":
                cancel(deadline=deadline, reason="withdrawn", **common)
            else:
                later = Promise((deadline.due_at + timedelta(days=3)).date(), "UTC", "letter")
                extend(deadline=deadline, to=later, because="letter", **common)

    # -- what machines do, whole or killed

    @rule(batch=st.integers(1, 3))
    def a_sweep(self, batch):
        sweep(now=self.now, batch=batch)

    @rule(batch=st.integers(1, 2), query=st.integers(0, 60))
    def a_sweep_is_killed(self, batch, query):
        with killed_at_query(query), transaction.atomic():
            sweep(now=self.now, batch=batch)

    @rule(batch=st.integers(1, 2), query=st.integers(0, 60))
    def a_sweep_is_killed_between_commits(self, batch, query):
        with killed_at_query(query):
            sweep(now=self.now, batch=batch)

    @rule()
    def a_sender(self):
        send_due(now=self.now)

    @rule(query=st.integers(0, 40))
    def a_sender_is_killed(self, query):
        with killed_at_query(query):
            send_due(now=self.now)

    @rule(dies=st.sampled_from(["before", "after"]))
    def a_sender_is_killed_at_the_mail_server(self, dies):
        Post.dies = dies
        try:
            with suppress(Killed):
                send_due(now=self.now)
        finally:
            Post.dies = ""

    @rule()
    def leases_run_out(self):
        with acting(by=self.ground.pic, verb="tests.waited"):
            past = database_now() - timedelta(seconds=1)
            Notice.objects.filter(state="claimed").update(lease_until=past)
            Notice.objects.filter(state="planned").update(next_attempt_at=past)

    # -- what always holds

    @invariant()
    def a_reminder_is_said_once(self):
        keys = Reminder.objects.values("deadline", "version", "rung", "recipient").annotate(times=Count("pk"))
        assert not keys.filter(times__gt=1).exists()

    @invariant()
    def one_key_is_one_mail(self):
        assert MailboxMessage.objects.exclude(message_id__in=Notice.objects.values("message_id")).count() == 0
        assert (
            DeliveryAttempt.objects.filter(outcome="delivered")
            .values("notice")
            .annotate(times=Count("pk"))
            .filter(times__gt=1)
            .count()
            == 0
        )

    @invariant()
    def what_was_delivered_was_handed_over(self):
        delivered = Notice.objects.filter(state="delivered")
        assert delivered.exclude(message_id__in=MailboxMessage.objects.values("message_id")).count() == 0

    @invariant()
    def a_mail_that_went_out_keeps_its_words(self):
        for message_id, body in MailboxMessage.objects.values_list("message_id", "body"):
            assert self.said.setdefault(message_id, body) == body

    @invariant()
    def ledgers_have_no_gaps(self):
        counted = Deadline.objects.annotate(moved=Count("moves"), last=Max("moves__number"))
        assert not counted.exclude(moved=F("last")).exists()

    def drain(self) -> None:
        """Everything comes back: all that is due is said, all that stands is delivered, nothing waits."""
        sweep(now=self.now)
        self.leases_run_out()
        send_due(now=self.now)

        assert not Notice.objects.filter(state__in=("planned", "claimed")).exists()
        assert not Deadline.objects.filter(next_rung_at__lte=self.now).exists()
        assert not Deadline.objects.filter(state="running", due_at__lt=self.now).exists()
        assert not Deadline.objects.filter(force="waiting_window", state="missed").exists()
        for deadline in Deadline.objects.filter(state__in=("running", "missed")):
            passed = [
                rung.code
                for rung in kind_of(deadline.kind).ladder
                if self._opened(deadline) < deadline.due_at + rung.offset <= self.now
            ]
            said = Reminder.objects.filter(deadline=deadline, version=deadline.version)
            assert not passed or passed[-1] in set(said.values_list("rung", flat=True)), (deadline, passed)
            unsent = said.exclude(notice__state="delivered")
            assert not unsent.exists(), list(unsent.values_list("rung", "notice__state"))

    @staticmethod
    def _opened(deadline: Deadline) -> Any:
        """When this version of the date began to count."""
        return deadline.moves.filter(version=deadline.version).order_by("number").first().at


RUNS = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.django_db
def test_nothing_is_lost_and_nothing_is_said_twice(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Post"
    run_state_machine_as_test(Machine, settings=RUNS)
