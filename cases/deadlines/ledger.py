"""One row under lock, its ledger, and the case's first date."""

from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Max, OuterRef, Subquery

from cases.deadlines.dates import DeadlineRefused
from cases.deadlines.models import Deadline, DeadlineMove, Force
from cases.locks import held_case
from cases.people.models import User

State = Deadline.State
What = DeadlineMove.What
DATED = frozenset({State.RUNNING, State.MISSED})


def lock_case(case_id: int) -> None:
    """Lock the case before anything of it, as the engine does, so that two deeds never wait in a ring."""
    if held_case(case_id) is None:
        list(cases().select_for_update(of=("self",), no_key=True).filter(pk=case_id).values_list("pk"))


def locked(deadline: Deadline) -> Deadline:
    """The deadline as it stands, locked after its case."""
    lock_case(deadline.case_id)
    return Deadline.objects.select_for_update(of=("self",)).select_related("holder").get(pk=deadline.pk)


def held_in(deadline: Deadline, done: str, *states: str) -> Deadline:
    """The locked deadline, refused unless it is in one of these states; ``done`` is what was wanted, in words."""
    held = locked(deadline)
    refuse_unless(held, done, *states)
    return held


def refuse_unless(deadline: Deadline, done: str, *states: str) -> None:
    """:raises DeadlineRefused: unless the deadline is in one of these states."""
    if deadline.state not in states:
        raise DeadlineRefused(
            f"{deadline.label} is {deadline.get_state_display()} and cannot be {done}. Nothing was changed."
        )


def dates_of(deadline: Deadline) -> tuple[datetime, date]:
    """Instant and day, to be kept as the old ones of a move."""
    return deadline.due_at, deadline.due_on


def moved(
    deadline: Deadline,
    what: str,
    *,
    by: User,
    now: datetime,
    reason: str,
    before: tuple[datetime, date] | None = None,
    facts: dict[str, Any] | None = None,
) -> Deadline:
    deadline.save()
    write(deadline, what, by=by, now=now, reason=reason, before=before, facts=facts)
    project(deadline)
    return deadline


def write(
    deadline: Deadline,
    what: str,
    *,
    by: User,
    now: datetime,
    reason: str,
    before: tuple[datetime, date] | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    last = DeadlineMove.objects.filter(deadline=deadline).aggregate(last=Max("number"))["last"] or 0
    move_of(deadline, what, last + 1, by=by, now=now, reason=reason, before=before, facts=facts).save(force_insert=True)


def move_of(
    deadline: Deadline,
    what: str,
    number: int,
    *,
    by: User,
    now: datetime,
    reason: str,
    before: tuple[datetime, date] | None = None,
    facts: dict[str, Any] | None = None,
) -> DeadlineMove:
    redated = what == What.OPENED or before is not None
    return DeadlineMove(
        deadline=deadline,
        case_id=deadline.case_id,
        number=number,
        version=deadline.version,
        what=what,
        old_due_at=before[0] if before else None,
        old_due_on=before[1] if before else None,
        new_due_at=deadline.due_at if redated else None,
        new_due_on=deadline.due_on if redated else None,
        ledger=deadline.computation.get("ledger", []) if redated else [],
        facts=facts or {},
        by=by,
        reason=reason,
        at=now,
    )


def project(deadline: Deadline) -> None:
    project_case(deadline.case_id)


def project_case(case_id: int) -> None:
    dated = Deadline.objects.filter(case_id=OuterRef("pk"), state__in=DATED).order_by("due_at").values("due_at")[:1]
    # Also where nothing changes: one statement, and the trail keeps no line of a projection.
    cases().filter(pk=case_id).update(next_due_at=Subquery(dated))


def cases() -> models.QuerySet[Any]:
    """All cases, reached through the deadline's own key, since this app knows the trunk's model by name only."""
    every: models.QuerySet[Any] = case_model()._default_manager.all()
    return every


def case_model() -> Any:
    """The model that a deadline's case is a row of."""
    return Deadline._meta.get_field("case").related_model


def turn(deadlines: list[Deadline], *, by: User, now: datetime) -> None:
    """The sweep's part: the date of each passed. A waiting window ran out (met at its date), any other is missed.

    The caller holds the locks and runs the deed. Four queries and one per case with a window, however many.
    """
    if not deadlines:
        return
    last = dict(
        DeadlineMove.objects.filter(deadline__in=deadlines)
        .values_list("deadline")
        .annotate(last=Max("number"))
        .values_list("deadline", "last")
    )
    moves = []
    for deadline in deadlines:
        if deadline.force == Force.WAITING_WINDOW:
            deadline.meet(on=deadline.due_at, at=now)
            moves.append(
                move_of(deadline, What.MET, last[deadline.pk] + 1, by=by, now=now, reason="The window ran out.")
            )
        else:
            deadline.miss(at=now)
            moves.append(move_of(deadline, What.MISSED, last[deadline.pk] + 1, by=by, now=now, reason=""))
    Deadline.objects.bulk_update(
        deadlines, ["state", "met_at", "missed_at", "settled_at", "paused_at", "next_rung_at"], batch_size=1_000
    )
    DeadlineMove.objects.bulk_create(moves, batch_size=1_000)
    for case_id in sorted({deadline.case_id for deadline in deadlines if deadline.state == State.MET}):
        project_case(case_id)
