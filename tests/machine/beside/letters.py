"""Letters are planned, sent, refused, given up, returned, withdrawn and settled."""

import smtplib
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

from django.core.mail.backends.base import BaseEmailBackend
from django.db.models.functions import Now

from cases.audit.context import acting
from cases.deadlines.models import Deadline
from cases.deadlines.services import cancel
from cases.deadlines.sweep import sweep
from cases.notices.models import Notice
from cases.notices.sender import MOST_ATTEMPTS, send_due
from cases.notices.services import (
    close_notice,
    notice_of,
    plan_notice,
    record_bounce,
    record_delivery,
    retry_notice,
    withdraw_notices,
)
from tests.machine.beside.bench import Act, Bench
from tests.machine.beside.dates import promise


class Died(Exception):
    """The sender's process is killed while it speaks to the mail server."""


class Post(BaseEmailBackend):
    """A mail server that does what the walk tells it to."""

    mood: ClassVar[str] = "takes"
    delivers: ClassVar[bool] = False

    def send_messages(self, email_messages: Any) -> int:
        if Post.mood == "dies":
            raise Died
        if Post.mood == "down":
            raise smtplib.SMTPServerDisconnected("gone")
        if Post.mood == "refuses":
            raise smtplib.SMTPRecipientsRefused({"nobody@example.org": (550, b"no such mailbox")})
        return len(email_messages)


def send(bench: Bench, mood: str, *, delivers: bool = False, most: int = 0) -> Any:
    Post.mood, Post.delivers = mood, delivers
    # The back-off runs on the database's own clock, which no test can move: it is over.
    with acting(by=bench.clerk, verb="tests.waited"):
        Notice.objects.filter(state="planned").update(next_attempt_at=Now() - timedelta(seconds=1))
    return send_due(now=bench.now, most=most or bench.rng.choice((1, 3, 10)))


def give_up(bench: Bench) -> Any:
    with acting(by=bench.clerk, verb="tests.tried"):
        Notice.objects.filter(state="planned").update(attempts=MOST_ATTEMPTS - 1)
    return send(bench, "down")


def plan(bench: Bench) -> Any:
    key = f"tests.walk:{bench.next_number()}"
    plan_notice(
        key=key,
        kind="cases.determination_asked",
        by=bench.clerk,
        now=bench.now,
        recipient=bench.world.house.coordinator,
        case=bench.a_case(),
        facts={"due_on": "2026-03-09"},
    )
    return notice_of(key)


def come_back(bench: Bench) -> Any:
    notice = bench.one(Notice.objects.filter(state="sent"))
    return notice and record_bounce(
        message_id=notice.message_id, fault="no such mailbox", by=bench.clerk, now=bench.now
    )


def arrive(bench: Bench) -> Any:
    notice = bench.one(Notice.objects.filter(state="sent"))
    return notice and record_delivery(message_id=notice.message_id, by=bench.clerk, now=bench.now)


def settle(how: Callable[..., Any], *states: str) -> Act:
    """Retry or close a letter; without states any letter, to be refused mostly."""

    def act(bench: Bench) -> Any:
        rows = Notice.objects.filter(state__in=states) if states else Notice.objects.all()
        notice = bench.one(rows)
        reason = "The ward was called." if states else bench.rng.choice(("The ward was called.", ""))
        return notice and how(notice, by=bench.clerk, now=bench.now, reason=reason)

    return act


def withdraw(bench: Bench) -> Any:
    notice = bench.one(Notice.objects.filter(state="planned"))
    return notice and withdraw_notices(
        Notice.objects.filter(pk=notice.pk), by=bench.clerk, now=bench.now, reason="No longer wanted."
    )


def remind_of_nothing(bench: Bench) -> Any:
    """The sender dies with a reminder in its hands, and the date ends before another takes it up: it is withdrawn."""
    taken = set(Deadline.objects.filter(state="running").values_list("due_on", flat=True))
    days = next(n for n in range(1, 1000) if (bench.now + timedelta(days=n)).date() not in taken)
    deadline = promise(bench, days=days)
    # Whatever else was due by then is swept and sent first: two dates of one minute would share a letter.
    for moment in (timedelta(seconds=-1), timedelta(seconds=1)):
        send(bench, "takes", most=500)
        bench.world.now = deadline.due_at + moment
        sweep(now=bench.now)
    with suppress(Died):
        send(bench, "dies")
    cancel(deadline=deadline, reason="It was settled by telephone.", by=bench.clerk, now=bench.now)
    with acting(by=bench.clerk, verb="tests.waited"):
        Notice.objects.filter(state="claimed").update(lease_until=Now() - timedelta(seconds=1))
    return send(bench, "takes", most=500)


ACTS: dict[str, Act] = {
    "letters are sent": lambda bench: send(bench, "takes"),
    "letters are delivered": lambda bench: send(bench, "takes", delivers=True),
    "the mail server is down": lambda bench: send(bench, "down"),
    "addresses are refused": lambda bench: send(bench, "refuses"),
    "the last attempt of many fails": give_up,
    "a letter is planned": plan,
    "a letter comes back": come_back,
    "a letter is known to have come": arrive,
    "a letter is sent again": settle(retry_notice),
    "a letter is closed": settle(close_notice),
    "a failed letter is sent again": settle(retry_notice, "failed"),
    "a returned letter is sent again": settle(retry_notice, "bounced"),
    "a failed letter is closed": settle(close_notice, "failed"),
    "a returned letter is closed": settle(close_notice, "bounced"),
    "a letter is withdrawn": withdraw,
    "a reminder has become idle": remind_of_nothing,
}
