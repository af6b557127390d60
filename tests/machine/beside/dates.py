"""Dates of the walk's own are promised, paused, extended, met, cancelled, reinstated and handed over."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cases.deadlines.dates import Promise
from cases.deadlines.models import Deadline
from cases.deadlines.services import Ball, cancel, extend, hand_over, meet, open_deadline, pause, reinstate, resume
from tests.machine.beside.bench import Act, Bench

OWN = "tests.walk:"
URGENT = "custody.quarantine_decision"


def promise(bench: Bench, days: float) -> Deadline:
    """One more date on some case."""
    return open_deadline(
        case=bench.a_case(),
        key=f"{OWN}{bench.next_number()}",
        kind=URGENT,
        due=Promise((bench.now + timedelta(days=days)).date(), "Europe/London", "promised in the walk"),
        ball=Ball(user=bench.world.house.coordinator.pk),
        by=bench.clerk,
        now=bench.now,
    )


def _moved(how: Callable[..., Deadline], *states: str, **more: Callable[[Bench, Deadline], Any]) -> Act:
    """A service on one of the walk's own dates that stands in one of these states (in any without them)."""

    def act(bench: Bench) -> Any:
        rows = Deadline.objects.filter(key__startswith=OWN)
        deadline = bench.one(rows.filter(state__in=states) if states else rows)
        if deadline is None:
            return None
        given = {name: made(bench, deadline) for name, made in more.items()}
        return how(deadline=deadline, by=bench.clerk, now=bench.now, **given)

    return act


def _at(bench: Bench, deadline: Deadline) -> Any:
    now = bench.now
    return bench.rng.choice((now, now - timedelta(hours=1), min(now, deadline.due_at - timedelta(hours=1))))


def _because(bench: Bench, deadline: Deadline) -> str:
    return bench.rng.choice(("The authority asked.", "The authority asked.", "Typed by mistake.", ""))


def _asked(bench: Bench, deadline: Deadline) -> str:
    return "The authority asked."


def _later(bench: Bench, deadline: Deadline) -> Promise:
    return Promise((bench.now + timedelta(days=bench.rng.choice((-3, 4, 20)))).date(), "Europe/London", "given")


def _outside(bench: Bench, deadline: Deadline) -> Ball:
    return Ball(party="MHRA")


def pause_one(bench: Bench) -> Any:
    return pause(deadline=promise(bench, 20), at=bench.now, because="Asked.", by=bench.clerk, now=bench.now)


ACTS: dict[str, Act] = {
    "a date is promised": lambda bench: promise(bench, bench.rng.choice((-1, 0, 1, 5, 30))),
    "a date is paused": _moved(pause, at=_at, because=_asked),
    "a running date is paused": pause_one,
    "a date goes on": _moved(resume, "paused", at=_at),
    "a running date is met": _moved(meet, "running", on=_at),
    "a paused date is met": _moved(meet, "paused", on=_at),
    "a missed date is met": _moved(meet, "missed", on=_at),
    "a running date is cancelled": _moved(cancel, "running", reason=_because),
    "a paused date is cancelled": _moved(cancel, "paused", reason=_because),
    "a missed date is cancelled": _moved(cancel, "missed", reason=_because),
    "a met date is reinstated": _moved(reinstate, "met", reason=_because),
    "a date met late is reinstated": _moved(reinstate, "met_late", reason=_because),
    "a missed date is reinstated": _moved(reinstate, "missed", reason=_because),
    "a cancelled date is reinstated": _moved(reinstate, "cancelled", reason=_because),
    "a date is extended": _moved(extend, because=_because, to=_later),
    "a date is handed over": _moved(hand_over, ball=_outside),
}
