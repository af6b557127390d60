"""``manage.py sweep`` and the two tasks."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cases.deadlines.models import Reminder
from cases.deadlines.tasks import sweep_deadlines
from cases.notices.heartbeat import heartbeat
from cases.notices.models import MailboxMessage, Notice
from cases.notices.tasks import send_notices
from tests.cases.deadlines.ground import Ground

WEEK_BEFORE = "2026-03-13T23:59:59.999999+00:00"


@pytest.fixture(autouse=True)
def mailbox(settings) -> None:
    """The test runner puts a mail backend of its own in place; here the product's is meant."""
    settings.EMAIL_BACKEND = "cases.notices.backends.MailboxBackend"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("sweep", *arguments, stdout=out)
    return out.getvalue()


def test_prints_its_documented_json(ground: Ground):
    ground.promise(date(2026, 3, 20))

    assert json.loads(run("--at", WEEK_BEFORE, "--json")) == {
        "at": WEEK_BEFORE,
        "sweep": {
            "claimed": 1,
            "reminders": 1,
            "late": 0,
            "collapsed": 0,
            "missed": 0,
            "windows_ended": 0,
            "notices": 1,
            "unheard": 0,
            "left_locked": 0,
        },
        "sent": {"handed_over": 0, "delivered": 1, "postponed": 0, "bounced": 0, "failed": 0, "withdrawn": 0},
    }
    assert MailboxMessage.objects.count() == 1
    assert heartbeat().state == "fresh"


def test_leaves_the_outbox_alone_when_told_so(ground: Ground):
    ground.promise(date(2026, 3, 20))

    assert json.loads(run("--at", WEEK_BEFORE, "--json", "--no-send"))["sent"] is None
    assert Notice.objects.get().state == "planned"


def test_says_it_in_words(ground: Ground):
    ground.promise(date(2026, 3, 20))

    assert run("--at", WEEK_BEFORE) == (
        f"Swept at {WEEK_BEFORE}: 1 claimed, 1 reminders, 1 notices.\nSent: 1 delivered.\n"
    )


@pytest.mark.parametrize(
    ("instant", "sentence"),
    [
        ("tomorrow", "is no instant"),
        ("2026-03-13T09:00:00", "has no zone"),
        ("2026-13-01T00:00:00+00:00", "is no instant"),
    ],
)
def test_refuses_what_is_no_instant(db: None, instant, sentence):
    with pytest.raises(CommandError, match=sentence) as refusal:
        run("--at", instant)
    assert refusal.value.returncode == 2
    assert heartbeat().state == "never"


def test_the_tasks_do_the_same_by_the_business_clock(ground: Ground):
    """Today is long after March 2026: the date is caught up with in one message per person."""
    ground.promise(date(2026, 3, 20))

    sweep_deadlines()
    sweep_deadlines()
    send_notices()
    send_notices()

    assert Reminder.objects.count() == 2
    assert sorted(MailboxMessage.objects.values_list("to_address", flat=True)) == sorted(
        [ground.coordinator.email, ground.pic.email]
    )
