"""Opening, moving and ending deadlines. Every move is a line of the ledger, every date says who has the ball.

Each service joins the deed that runs (its verb is the cause) or begins one, locks the case first and the deadline
after it, as the engine does, and keeps the case's ``next_due_at`` in the same transaction.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from django.db import models

from cases.deadlines.arithmetic import Anchor, Computation, Rule
from cases.deadlines.clocks import kind_of
from cases.deadlines.dates import (
    DeadlineRefused,
    Due,
    Promise,
    dated_of,
    image_of,
    judged,
    moment,
    recomputed,
    redate,
    set_date,
)
from cases.deadlines.ledger import (
    State,
    What,
    dates_of,
    held_in,
    lock_case,
    locked,
    move_of,
    moved,
    project,
    refuse_unless,
    turn,
)
from cases.deadlines.models import Deadline, Force
from cases.deadlines.queries import next_deadlines, why
from cases.notices.deeds import deed
from cases.notices.heartbeat import heartbeat
from cases.people.models import User

__all__ = [
    "Ball",
    "DeadlineRefused",
    "Due",
    "Promise",
    "cancel",
    "extend",
    "hand_over",
    "heartbeat",
    "meet",
    "next_deadlines",
    "open_deadline",
    "pause",
    "recompute",
    "reinstate",
    "resume",
    "turn",
    "why",
]


@dataclass(frozen=True, slots=True)
class Ball:
    """Who has the ball: a person by key, an outside party by name ("MHRA"), or whoever has a role."""

    user: int | None = None
    party: str = ""
    role: str = ""


def open_deadline(
    *,
    case: models.Model,
    key: str,
    kind: str,
    due: Due,
    ball: Ball,
    by: User,
    now: datetime,
    label: str = "",
    subject: str = "",
    fact: str = "",
    confidence: str = "",
    occurrence: int = 1,
    lead: timedelta | None = None,
    force: str = "",
    reason: str = "",
) -> Deadline:
    """Open a deadline once; the same key with the same date gives the one there is, with another date moves it.

    :param key: unique in the case, kind and record ("regulatory.objection_window:F-2").
    :param due: a computation of cases.deadlines.arithmetic, or a `Promise`. One that is not computable is opened as a
        house target where it has one.
    :param lead: time the work still needs before the date; the kind's own when left out. On a date that stands another
        one moves the day to begin.
    :raises UnknownKind: for a kind nobody declared.
    :raises DeadlineRefused: when no date follows, nobody has the ball, or the key was met on another date.
    """
    declared = kind_of(kind)
    if not (ball.user or ball.party or ball.role):
        raise DeadlineRefused(f"{key} has no holder: say who has the ball. Nothing was changed.")
    dated, is_target = dated_of(due, key)
    with deed(by=by, verb="deadlines.deadline.opened", now=now, reason=reason):
        lock_case(case.pk)
        there = Deadline.objects.select_for_update(of=("self",)).filter(case_id=case.pk, key=key).first()
        if there is not None:
            return _opened_again(there, dated, lead, by=by, now=now, reason=reason)
        deadline = Deadline(
            case_id=case.pk,
            key=key,
            kind=kind,
            subject=subject,
            label=label or declared.label,
            force=force or (Force.HOUSE_TARGET if is_target else declared.force),
            harm=declared.harm,
            fact=fact,
            confidence=confidence,
            occurrence=occurrence,
            lead=declared.lead if lead is None else lead,
            holder_id=ball.user,
            holder_party=ball.party,
            holder_role=ball.role,
            opened_at=now,
        )
        set_date(deadline, dated, now=now)
        deadline.save(force_insert=True)
        move_of(deadline, What.OPENED, 1, by=by, now=now, reason=reason).save(force_insert=True)
        project(deadline)
        return deadline


def pause(*, deadline: Deadline, at: datetime, because: str, by: User, now: datetime) -> Deadline:
    """Stop the clock from ``at`` on (an authority's question); the date is computed anew when it goes on.

    :raises DeadlineRefused: unless it is running, or for a lead or an expiry, whose clock never stops.
    """
    with deed(by=by, verb="deadlines.deadline.paused", now=now, reason=because):
        held = held_in(deadline, "paused", State.RUNNING)
        _refuse_unstoppable(held)
        if held.pauses and at < moment(held.pauses[-1]["until"]):
            raise DeadlineRefused(f"{held.label} was paused until {held.pauses[-1]['until']}: pauses cannot overlap.")
        held.pause(at=at, because=because)
        return moved(held, What.PAUSED, by=by, now=now, reason=because, facts={"from": at.isoformat()})


def resume(*, deadline: Deadline, at: datetime, by: User, now: datetime, reason: str = "") -> Deadline:
    """Let the clock go on at ``at``; exactly the paused time is added, counted in the deadline's own calendar.

    :raises DeadlineRefused: unless it is paused and ``at`` is not before the pause began.
    """
    with deed(by=by, verb="deadlines.deadline.resumed", now=now, reason=reason):
        held = held_in(deadline, "resumed", State.PAUSED)
        stopped = cast(datetime, held.paused_at)
        if at < stopped:
            raise DeadlineRefused(f"{held.label} was paused at {stopped.isoformat()}: it cannot go on before that.")
        before = dates_of(held)
        held.resume(until=at)
        redate(held, recomputed(held, longer=at - stopped), now=now)
        facts = {"from": stopped.isoformat(), "until": at.isoformat()}
        return moved(held, What.RESUMED, by=by, now=now, reason=reason, before=before, facts=facts)


def extend(
    *,
    deadline: Deadline,
    because: str,
    by: User,
    now: datetime,
    amount: int | None = None,
    to: Promise | None = None,
) -> Deadline:
    """Give more time: ``amount`` more of the rule's own unit, or a date that somebody who may has set (``to``).

    :raises DeadlineRefused: for an expiry or a lead (they are replaced, not extended), without exactly one of both, or
        when the new date is not later.
    """
    if (amount is None) == (to is None):
        raise DeadlineRefused("Say either by how much the deadline is extended or to which date.")
    with deed(by=by, verb="deadlines.deadline.extended", now=now, reason=because):
        held = held_in(deadline, "extended", State.RUNNING, State.MISSED)
        before = dates_of(held)
        if to is not None:
            dated: Computation | Promise = to
        else:
            _refuse_unstoppable(held)
            if not held.rule:
                raise DeadlineRefused(f"{held.label} has no rule to count on: give the new date.")
            held.extensions = [*held.extensions, {"amount": amount, "because": because}]
            dated = recomputed(held, longer=timedelta(0))
        if dated.due_at <= held.due_at:
            raise DeadlineRefused(
                f"{held.label} is due {held.due_on}; an extension must end later. Nothing was changed."
            )
        redate(held, dated, now=now)
        return moved(held, What.EXTENDED, by=by, now=now, reason=because, before=before)


def recompute(
    *,
    deadline: Deadline,
    because: str,
    by: User,
    now: datetime,
    anchor: Anchor | None = None,
    rule: Rule | None = None,
    due: Computation | Promise | None = None,
    lead: timedelta | None = None,
) -> Deadline:
    """Compute the date anew because a fact, the rule or a calendar changed; pauses and extensions stay.

    With neither anchor, rule nor due it is the same rule over today's calendars. Without a change nothing is written.

    :param lead: the time that the work needs from now on; as it stands when left out.

    :raises DeadlineRefused: when it has ended, is paused, or no date follows.
    """
    with deed(by=by, verb="deadlines.deadline.recomputed", now=now, reason=because):
        held = held_in(deadline, "computed anew", State.RUNNING, State.MISSED)
        before = dates_of(held)
        dated = due or recomputed(held, longer=timedelta(0), anchor=anchor, rule=rule)
        needs = held.lead if lead is None else lead
        if dated.due_at == held.due_at and image_of(dated) == held.computation and needs == held.lead:
            return held
        held.lead = needs
        redate(held, dated, now=now)
        return moved(held, What.RECOMPUTED, by=by, now=now, reason=because, before=before)


def meet(*, deadline: Deadline, on: date | datetime, by: User, now: datetime, reason: str = "") -> Deadline:
    """Record that what was due happened ``on`` that instant or local day: met, or met late, by the time of the fact.

    A day without its hour counts to its end. Recording the same fact again changes nothing.

    :raises DeadlineRefused: for a fact in the future, or when it ended otherwise.
    """
    with deed(by=by, verb="deadlines.deadline.met", now=now, reason=reason):
        held = locked(deadline)
        happened, in_time = judged(held, on, now)
        if held.state in (State.MET, State.MET_LATE) and held.met_at == happened:
            return held
        refuse_unless(held, "met", State.RUNNING, State.PAUSED, State.MISSED)
        if held.state == State.PAUSED:
            held.pauses = [*held.pauses[:-1], held.pauses[-1] | {"until": max(happened, _paused_at(held)).isoformat()}]
        if in_time:
            held.meet(on=happened, at=now)
        else:
            held.meet_late(on=happened, at=now)
        what = What.MET if in_time else What.MET_LATE
        return moved(held, what, by=by, now=now, reason=reason, facts={"on": happened.isoformat()})


def cancel(*, deadline: Deadline, reason: str, by: User, now: datetime) -> Deadline:
    """Say that a date no longer matters, and why. Cancelling again changes nothing.

    :raises DeadlineRefused: without a reason, or when it was met.
    """
    if not reason.strip():
        raise DeadlineRefused("A reason is missing: say why this date no longer matters. Nothing was changed.")
    with deed(by=by, verb="deadlines.deadline.cancelled", now=now, reason=reason):
        held = locked(deadline)
        if held.state == State.CANCELLED:
            return held
        refuse_unless(held, "cancelled", State.RUNNING, State.PAUSED, State.MISSED)
        held.cancel(at=now)
        return moved(held, What.CANCELLED, by=by, now=now, reason=reason)


def reinstate(
    *, deadline: Deadline, reason: str, by: User, now: datetime, due: Computation | Promise | None = None
) -> Deadline:
    """Let a date stand again that was ended by mistake, with its old date or a new one.

    :raises DeadlineRefused: without a reason, or while it stands.
    """
    if not reason.strip():
        raise DeadlineRefused("A reason is missing: say why this date stands again. Nothing was changed.")
    with deed(by=by, verb="deadlines.deadline.reinstated", now=now, reason=reason):
        held = held_in(deadline, "reinstated", State.MISSED, State.MET, State.MET_LATE, State.CANCELLED)
        return _stands_again(held, due, by=by, now=now, reason=reason)


def hand_over(*, deadline: Deadline, ball: Ball, by: User, now: datetime, reason: str = "") -> Deadline:
    """Give the ball to somebody else; who hears the next rung follows.

    :raises DeadlineRefused: when nobody is named, or it has ended.
    """
    if not (ball.user or ball.party or ball.role):
        raise DeadlineRefused("Nobody is named: say who has the ball now. Nothing was changed.")
    with deed(by=by, verb="deadlines.deadline.handed_over", now=now, reason=reason):
        held = held_in(deadline, "handed over", State.RUNNING, State.PAUSED, State.MISSED)
        facts = {"from": held.ball if held.holder_party else _code_of(held), "to": ball.party or _code(ball)}
        held.holder_id, held.holder_party, held.holder_role = ball.user, ball.party, ball.role
        return moved(held, What.HANDED_OVER, by=by, now=now, reason=reason, facts=facts)


def _refuse_unstoppable(deadline: Deadline) -> None:
    if kind_of(deadline.kind).never_stops:
        raise DeadlineRefused(f"{deadline.label}: this clock is neither paused nor extended. Nothing was changed.")
    counted = deadline.rule.get("kind", "")
    if counted in ("expiry", "notice_lead"):
        raise DeadlineRefused(
            f"{deadline.label} is {'an expiry' if counted == 'expiry' else 'a notice lead'}: its clock does not stop "
            "and is not extended; a new fact replaces it. Nothing was changed."
        )


def _opened_again(
    deadline: Deadline, dated: Computation | Promise, lead: timedelta | None, *, by: User, now: datetime, reason: str
) -> Deadline:
    is_same = deadline.due_at == dated.due_at and deadline.computation.get("rule") == image_of(dated)["rule"]
    if lead is not None and lead != deadline.lead and (deadline.is_open or deadline.state == State.CANCELLED):
        is_same, deadline.lead = False, lead
    if deadline.state == State.CANCELLED:
        return _stands_again(deadline, dated, by=by, now=now, reason=reason)
    if is_same or deadline.state == State.PAUSED or deadline.pauses or deadline.extensions:
        # Pauses and extensions were counted in since: the caller's plain computation does not undo them.
        return deadline
    if not deadline.is_open:
        raise DeadlineRefused(
            f"{deadline.key} is {deadline.get_state_display()} with the date {deadline.due_on}; "
            "a new date needs a new key. Nothing was changed."
        )
    before = dates_of(deadline)
    redate(deadline, dated, now=now)
    return moved(deadline, What.RECOMPUTED, by=by, now=now, reason=reason, before=before)


def _stands_again(
    deadline: Deadline, dated: Computation | Promise | None, *, by: User, now: datetime, reason: str
) -> Deadline:
    before = dates_of(deadline)
    deadline.reinstate()
    if deadline.pauses and deadline.pauses[-1]["until"] is None:
        deadline.pauses = deadline.pauses[:-1]
    redate(deadline, dated or recomputed(deadline, longer=timedelta(0)), now=now)
    return moved(deadline, What.REINSTATED, by=by, now=now, reason=reason, before=before)


def _paused_at(deadline: Deadline) -> datetime:
    return cast(datetime, deadline.paused_at)


def _code_of(deadline: Deadline) -> str:
    return deadline.holder.code if deadline.holder else deadline.holder_role


def _code(ball: Ball) -> str:
    return User.objects.get(pk=ball.user).code if ball.user else ball.role
