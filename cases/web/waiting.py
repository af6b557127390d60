"""What others owe, and what goes to them by itself and when: the band "Waiting on others"."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cases.deadlines.clocks import Hearer, Rung, kind_or_usual
from cases.deadlines.models import Deadline, Force
from cases.notices.models import Notice
from cases.notices.services import DEAD
from cases.people.roles import Role
from cases.web import words


@dataclass(frozen=True)
class Waiting:
    """One open date whose ball is outside the house, with the next thing that happens by itself."""

    deadline: Deadline
    next_step: str
    stopped: str = ""


def waiting_rows(deadlines: Collection[Deadline], *, now: datetime) -> list[Waiting]:
    """Each with its next automatic step; where a message to its holder did not arrive, that instead. One query."""
    people = {one.holder_id for one in deadlines if one.holder_id}
    dead: dict[tuple[int | None, int | None], Notice] = {}
    for notice in Notice.objects.filter(recipient__in=people, state__in=DEAD).order_by("id") if people else ():
        dead[notice.recipient_id, notice.case_id] = notice
    rows = []
    for one in deadlines:
        failed = dead.get((one.holder_id, one.case_id)) or dead.get((one.holder_id, None))
        told = f"A message to {one.ball} did not arrive. You: give another address, or call." if failed else ""
        rows.append(Waiting(one, next_automatic_step(one, now=now), told))
    return rows


def next_automatic_step(deadline: Deadline, *, now: datetime) -> str:
    """What the sweep does next about this date, in a sentence: ``Nudge 2 of 3 goes Fri 4 Dec 08:00 London.``

    A person abroad is nudged on the rungs that the holder hears; an authority or a carrier has no account here and is
    never nudged: then the sentence says whom the house reminds instead, or that a window ends by itself.
    """
    kind = kind_or_usual(deadline.kind, force=deadline.force)
    at = deadline.next_rung_at
    rung = next((one for one in kind.ladder if at is not None and deadline.due_at + one.offset == at), None)
    if deadline.state == Deadline.State.PAUSED:
        return "None while the clock is stopped."
    if deadline.holder is not None and Role(deadline.holder.role) != Role.SYSTEM:
        heard = [one for one in kind.ladder if Hearer.HOLDER in one.to]
        if rung in heard:
            return f"Nudge {heard.index(rung) + 1} of {len(heard)} goes {_when(at, deadline, now)}."
    aside = "" if deadline.holder else f"{words.without_remark(deadline.ball)} is not nudged"
    if rung is None:
        rest = "the window ends by itself" if deadline.force == Force.WAITING_WINDOW else "no reminder is left"
    else:
        rest = f"{_hearers(rung, deadline)} reminded {_when(at, deadline, now)}"
    return f"{aside}; {rest}." if aside else f"{words.capital(rest)}."


def _hearers(rung: Rung, deadline: Deadline) -> str:
    coordinator: str = deadline.case.coordinator.display_name
    # An outside holder has no account: the case's coordinator hears in its place (cases.deadlines.clocks).
    named = {Hearer.HOLDER: coordinator, Hearer.COORDINATOR: coordinator, Hearer.PIC: "the pharmacist in charge"}
    who = list(dict.fromkeys(named[hearer] for hearer in rung.to))
    return f"{words.joined(who)} {'is' if len(who) == 1 else 'are'}"


def _when(at: datetime | None, deadline: Deadline, now: datetime) -> str:
    if at is None or at <= now:
        return "with the next sweep"
    today = now.astimezone(words.zone_of(deadline.zone)).date()
    said = words.until(words.local_day(at, zone=deadline.zone), today=today)
    if said not in ("today", "tomorrow"):
        return words.moment(at, zone=deadline.zone, today=today)
    return f"{said} {words.hour(at, zone=deadline.zone)} {words.place(deadline.zone)}"
