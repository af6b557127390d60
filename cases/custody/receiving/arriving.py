"""The arrival as who takes the box in records it: when, and how the box looks before anything is opened."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from cases.custody.gs1 import NotReadable
from cases.custody.models import Condition, Consignment
from cases.custody.receiving.inspecting import AHEAD_S
from cases.lifecycle.engine import advance
from cases.models import CaseEvent
from cases.people.models import User

ARRIVE: Final = "custody.consignment.arrive"
# What is asked at the door; "not looked at" is for who records it later from a paper.
LOOKS: Final = (
    (Condition.SOUND, "Sound"),
    (Condition.DAMAGED, "Damaged: dented, torn or crushed"),
    (Condition.WET, "Wet or stained"),
    (Condition.OPENED, "Opened, or its seal is broken"),
)


def moment_there(consignment: Consignment, text: str, *, now: datetime) -> datetime:
    """When the box was handed over, typed in the time of the institution; a phone's clock that runs ahead a little is
    taken for now.

    :raises NotReadable: when it is no time, is still to come, or lies before the dispatch; in the time there.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotReadable(f"“{text[:20]}” is no time. Say when the box was handed over, as day and time.") from None
    zone = ZoneInfo(consignment.institution.time_zone)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    here, left = moment.astimezone(zone), consignment.dispatched_at
    if (moment - now).total_seconds() > AHEAD_S:
        raise NotReadable(f"{here:%H:%M on %Y-%m-%d} is still to come. Say when the box was handed over.")
    if left is not None and moment < left:
        left_at = left.astimezone(zone)
        raise NotReadable(f"{here:%H:%M on %Y-%m-%d} is before it was sent: it left at {left_at:%H:%M on %Y-%m-%d}.")
    return now if 0 < (moment - now).total_seconds() <= AHEAD_S else moment


def record_arrival(
    consignment: Consignment,
    *,
    arrived_at: datetime,
    condition: str,
    seal_number: str = "",
    remarks: str = "",
    by: User,
    now: datetime,
    reason: str = "",
    form_key: str | None = None,
    request_id: str = "",
) -> CaseEvent:
    """Record it; the same form a second time is the arrival it was.

    :raises cases.lifecycle.errors.Refused: by the verb.
    """
    facts = {
        "arrived_at": arrived_at.isoformat(),
        "condition": condition,
        "seal_number": seal_number,
        "remarks": remarks,
        "reason": reason,
    }
    return advance(
        consignment.case,
        ARRIVE,
        by=by,
        now=now,
        subject=consignment,
        facts={name: value for name, value in facts.items() if value},
        form_key=form_key,
        request_id=request_id,
    )
