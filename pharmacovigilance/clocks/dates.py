"""Opening, meeting and ending the date of one safety record by its kind and label."""

from datetime import date, datetime

from cases.deadlines.arithmetic import HouseTarget, Rule, compute
from cases.deadlines.calendars import installed
from cases.deadlines.models import OPEN_STATES, Deadline
from cases.deadlines.services import Ball, Due, cancel, meet, open_deadline
from cases.lifecycle.verbs import Situation
from cases.models import Case
from cases.people.models import User
from pharmacovigilance.knowledge import HOUSE_CALENDAR


def open_for(situation: Situation, kind: str, record: str, due: Due, holder: User, *, label: str) -> None:
    open_deadline(
        case=situation.case,
        key=f"{kind}:{record}",
        kind=kind,
        due=due,
        ball=Ball(user=holder.pk),
        by=situation.by,
        now=situation.now,
        label=label[:200],
        subject=record.partition(":")[0],
    )


def meet_for(situation: Situation, on: date | datetime, kind: str, record: str) -> None:
    for deadline in _standing(situation, kind, record):
        meet(deadline=deadline, on=on, by=situation.by, now=situation.now)


def cancel_for(situation: Situation, reason: str, kind: str, record: str) -> None:
    for deadline in _standing(situation, kind, record):
        cancel(deadline=deadline, reason=reason, by=situation.by, now=situation.now)


def working_days(case: Case, since: datetime, amount: int, because: str) -> Due:
    rule = Rule(
        event="receipt",
        amount=None,
        unit="working_day",
        calendar=HOUSE_CALENDAR,
        zone=case.pharmacy.time_zone,
        rule_version="house rule, version 1",
    )
    target = HouseTarget(amount, "working_day", because)
    return compute(rule, anchor=since, calendar=installed()[HOUSE_CALENDAR], house_target=target)


def _standing(situation: Situation, kind: str, record: str) -> list[Deadline]:
    return list(Deadline.objects.filter(case=situation.case, key=f"{kind}:{record}", state__in=OPEN_STATES))
