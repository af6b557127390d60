"""The day on which the medicine runs out: counted from dispensing or by hand, with the work needed before it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cases.custody.contents_book import days_dispensed
from cases.custody.continuity import runs_out_after
from cases.custody.models import Consignment
from cases.custody.next_supply import LEAST_DAYS, days_of_work
from cases.custody.verbs.common import consignment_of
from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.models import Deadline, Force, Harm
from cases.deadlines.services import Ball, Promise, open_deadline, recompute
from cases.lifecycle.verbs import Situation, after
from cases.models import Case, CaseEvent
from cases.people.models import User

RUN_OUT = declare(
    DeadlineKind(
        "custody.run_out",
        "Runs out",
        Force.EXPIRY,
        ladder(
            "-28d",
            "-21d",
            "-14d:coordinator+pic",
            "-7d:coordinator+pic",
            "-3d:coordinator+pic",
            "-1d:coordinator+pic",
            "+0d:coordinator+pic",
        ),
        harm=Harm.PATIENT,
        is_urgent=True,
        lead=timedelta(days=LEAST_DAYS),
    )
)


@after("custody.consignment.dispense", "custody.consignment.dispense_part")
def run_out_moves_with_dispensing(situation: Situation, event: CaseEvent) -> None:
    """The last day with medicine in hand is counted from what was dispensed, not from what was prescribed."""
    consignment, case = consignment_of(situation), situation.case
    days = days_dispensed(consignment, event_seq=event.seq)
    if days == 0:
        return
    zone = ZoneInfo(consignment.institution.time_zone)
    case.runs_out_on = runs_out_after(
        dispensed_on=situation.facts["dispensed_at"].astimezone(zone).date(),
        days_of_therapy=days,
        runs_out_on=case.runs_out_on,
    )
    case.save(update_fields=["runs_out_on"])
    what = consignment.label if consignment.state == Consignment.State.DISPENSED else f"A part of {consignment.label}"
    _open_run_out(situation, f"{what} was dispensed with {days} days of therapy")


@after("cases.case.note_run_out")
def run_out_was_counted(situation: Situation, event: CaseEvent) -> None:
    _open_run_out(situation, f"counted by the institution or the prescriber; event {event.seq}")


@after(
    "custody.consignment.order",
    *(f"custody.consignment.{word}" for word in ("give_back", "destroy", "lose", "reject", "cancel")),
)
def a_supply_began_or_came_to_nothing(situation: Situation, event: CaseEvent) -> None:
    """What is under way needs no leave any more; where it comes to nothing, the next one begins from the start."""
    what_it_needs_is_counted_anew(
        situation.case, by=situation.by, now=situation.now, reason="A supply began or came to nothing."
    )


def _open_run_out(situation: Situation, because: str) -> None:
    case = situation.case
    if case.runs_out_on is None:
        return
    open_deadline(
        case=case,
        key=RUN_OUT.code,
        kind=RUN_OUT.code,
        due=Promise(case.runs_out_on, case.institution.time_zone, because),
        ball=Ball(user=case.coordinator_id),
        by=situation.by,
        now=situation.now,
        reason=because,
        lead=_time_needed(case, situation.now),
    )


def _time_needed(case: Case, now: datetime) -> timedelta:
    return timedelta(days=days_of_work(case, now=now))


def what_it_needs_is_counted_anew(case: Case, *, by: User, now: datetime, reason: str) -> None:
    """Leave came or ended: the work before the run-out day is counted anew. One query where nothing runs out."""
    if case.runs_out_on is None:
        return
    counted = (Deadline.State.RUNNING, Deadline.State.MISSED)
    standing = Deadline.objects.filter(case_id=case.pk, kind=RUN_OUT.code, state__in=counted).first()
    if standing is not None:
        recompute(deadline=standing, lead=_time_needed(case, now), because=reason, by=by, now=now)
