"""As days go by: the work before each run-out day is counted anew, and who begins it hears of it in time.

What happens to a case counts its day to begin anew at once (``running_out``). A day that merely passes does so here: an
authorization no longer reaches the next supply, a filing that went out has less of its time left, a shipment of
another case took longer. The ladder of the run-out day begins four weeks before it; where the work needs longer, a
letter is sent a week before the day to begin, on that day, and each fortnight after it until the ladder begins.
"""

import logging
from collections.abc import MutableMapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from cases.custody.next_supply import continuity_of
from cases.custody.running_out import RUN_OUT, what_it_needs_is_counted_anew
from cases.deadlines.models import Deadline
from cases.models import Case, Stage
from cases.notices.deeds import deed
from cases.notices.models import Notice
from cases.notices.services import plan_notice
from cases.people.models import User
from cases.people.roles import Role

logger = logging.getLogger(__name__)

KIND: Final = "custody.next_supply_begins"
LADDER_BEGINS: Final = -RUN_OUT.ladder[0].offset
AHEAD, AGAIN = 7, 14


def count_anew(*, by: User, now: datetime, counted: MutableMapping[int, date]) -> int:
    """Look at each run-out day once a local day; returns how many letters are new. Safe to run twice.

    :param counted: the day on which each was looked at last, by primary key; it may be forgotten.
    """
    told = 0
    standing = Deadline.objects.filter(kind=RUN_OUT.code, state=Deadline.State.RUNNING)
    for pk, zone, case_id in standing.exclude(case__stage=Stage.CLOSED).values_list("pk", "zone", "case_id"):
        today = now.astimezone(ZoneInfo(zone)).date()
        if counted.get(pk) == today:
            continue
        try:
            told += _count_one(pk, case_id, today, by=by, now=now)
            counted[pk] = today
        except Exception:  # one case that cannot be counted keeps no other from it; the next round tries again
            logger.exception("the work before run-out day %s could not be counted anew", pk)
    return told


def _count_one(deadline: int, case_id: int, today: date, *, by: User, now: datetime) -> int:
    with deed(by=by, verb="custody.next_supply.counted", now=now, reason="A day went by."):
        case = Case.objects.select_related("pharmacy", "institution", "coordinator", "medicine").get(pk=case_id)
        what_it_needs_is_counted_anew(case, by=by, now=now, reason="A day went by.")
        return _tell(Deadline.objects.get(pk=deadline), case, today, by=by, now=now)


def rung_reached(begin_on: date, today: date) -> int | None:
    """How many days before the day to begin it is told of today: 7, 0, then -14, -28 ...; None while it is far off."""
    before = (begin_on - today).days
    if before > AHEAD:
        return None
    return AHEAD if before > 0 else -AGAIN * (-before // AGAIN)


def _tell(deadline: Deadline, case: Case, today: date, *, by: User, now: datetime) -> int:
    rung = rung_reached(deadline.act_on, today)
    if rung is None or deadline.state != Deadline.State.RUNNING or today >= deadline.due_on - LADDER_BEGINS:
        return 0
    people = {
        person.pk: f"{KIND}:{deadline.pk}:{deadline.due_on}:{rung}:{person.code}" for person in _hearers(case, rung)
    }
    said = set(Notice.objects.filter(key__in=people.values()).values_list("key", flat=True))
    missing = [pk for pk, key in people.items() if key not in said]
    if not missing:
        return 0
    found = continuity_of(case, lasts_to=deadline.due_on, now=now)
    parts = [] if found is None else [[part.label, part.days, part.basis] for part in found[1].parts]
    facts = {
        "begin_on": deadline.act_on.isoformat(),
        "due_on": deadline.due_on.isoformat(),
        "days": deadline.lead.days,
        "is_past": deadline.act_on < today,
        "parts": parts,
    }
    for person in User.objects.filter(pk__in=missing).order_by("pk"):
        plan_notice(key=people[person.pk], kind=KIND, by=by, now=now, recipient=person, case=case, facts=facts)
    return len(missing)


def _hearers(case: Case, rung: int) -> list[User]:
    """The coordinator; from the day to begin on, and where the coordinator left, the pharmacists in charge too."""
    mine = [case.coordinator] if case.coordinator.is_active else []
    if mine and rung > 0:
        return mine
    heads = User.objects.filter(is_active=True, pharmacy_id=case.pharmacy_id, role=Role.PHARMACIST_IN_CHARGE)
    return mine + [one for one in heads.order_by("pk") if one not in mine]
