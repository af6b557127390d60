"""The guided inspection: each answer is kept as it comes, each pack recorded as it is read, and all of it signed."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from cases.audit.context import acting
from cases.custody.dscsa.papers import packs_of_text
from cases.custody.gs1 import NotReadable
from cases.custody.models import InspectionDraft, PackReading
from cases.custody.receiving.round import Round
from cases.custody.scanning.packs import expected_of, readings_of
from cases.custody.scanning.reading import Scan, read_against, read_fields
from cases.documents import services as papers
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import Refused
from cases.models import CaseEvent
from cases.people.models import User

INSPECT: Final = "custody.consignment.inspect"
READ: Final = "custody.consignment.read_pack"
TEMPERATURE: Final = "custody.consignment.record_temperature"
How = PackReading.EntryMethod
# On a phone a minute's difference between its clock and the server's is no fault of the person.
AHEAD_S: Final = 120


def keep_answer(round_: Round, step: str, answer: dict[str, Any], *, by: User, now: datetime) -> None:
    """Keep one answer, so that nothing is lost between two steps.

    :raises NotReadable: when it is not the time for that step yet.
    """
    if fault := round_.why_not_yet(step):
        raise NotReadable(fault)
    round_.answers[step] = answer
    InspectionDraft.objects.update_or_create(
        consignment=round_.consignment, by=by, defaults={"answers": round_.answers, "saved_at": now}
    )


def read_pack(round_: Round, text: str, how: str, *, by: User, now: datetime, request_id: str = "") -> dict[str, Any]:
    """Record one pack as it was read, once, and give it as it is kept; a lost separator only against what is expected.

    :raises NotReadable: with a sentence.
    :raises Refused: by the verb that records it.
    """
    if fault := round_.why_not_yet("pack-1"):
        raise NotReadable(fault)
    scan = read_against(text, [expected_of(unit) for unit in round_.units])
    if not _is_recorded(round_, scan, how, by):
        facts = {"text": text, "entry_method": how}
        _take(round_, READ, facts, by, now, None, request_id)
    told = "typed" if how == How.TYPED else "scanned"
    return {"gtin": scan.gtin, "serial": scan.serial, "lot": scan.lot, "expiry": scan.printed, "how": told}


def typed_text(gtin: str, serial: str, lot: str, expiry: str) -> str:
    """The line of one pack from its four fields as typed; the day of expiry as YYMMDD or as year-month-day.

    :raises NotReadable: with a sentence.
    """
    digits = "".join(letter for letter in expiry if letter.isdigit())
    if len(digits) not in (6, 8):
        raise NotReadable(f"“{expiry}” is no day of expiry. Type it as printed, for example 270831 or 2027-08-31.")
    read_fields(gtin=gtin, expiry=digits[-6:], lot=lot, serial=serial)
    return f"(01){gtin}(17){digits[-6:]}(10){lot}(21){serial}"


def counted(text: str) -> str:
    """A count as it is kept.

    :raises NotReadable: with a sentence.
    """
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or not 0 <= number <= 100_000:
        raise NotReadable(f"“{text[:20]}” is no number of units. Type the number that you counted.")
    return f"{number.normalize():f}"


def not_sent(text: str) -> str:
    """Packs that nobody sent, one a line, as they are kept.

    :raises NotReadable: for a line that is no pack.
    """
    packs_of_text(text)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def local_moment(round_: Round, text: str, what: str, *, now: datetime) -> str:
    """A moment typed in the time of the institution, as ISO with its offset.

    :raises NotReadable: when it is none, is still to come, or lies before the arrival.
    """
    zone = ZoneInfo(round_.consignment.institution.time_zone)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotReadable(f"“{text[:20]}” is no time. Say when {what}, as day and time.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    arrived = round_.consignment.arrived_at
    if (moment - now).total_seconds() > AHEAD_S:
        raise NotReadable(f"{moment:%H:%M on %Y-%m-%d} is still to come. Say when {what}.")
    if arrived is not None and moment < arrived.replace(second=0, microsecond=0):
        here = arrived.astimezone(zone)
        raise NotReadable(f"It arrived at {here:%H:%M on %Y-%m-%d}. Say when {what}, after that.")
    return min(moment, now).astimezone(zone).isoformat()


def record_inspection(
    round_: Round,
    *,
    result: str,
    proof: papers.Proof,
    by: User,
    now: datetime,
    form_key: str | None = None,
    request_id: str = "",
) -> CaseEvent:
    """Record and sign the inspection, judge the readings when there are some: all of it or nothing.

    :raises cases.lifecycle.errors.Refused: by the verbs, such as accepting what differs; a wrong password is counted.
    """
    case = round_.consignment.case
    taken = CaseEvent.objects.filter(case=case, by=by, form_key=form_key).first() if form_key else None
    if taken is not None:
        return taken
    facts = round_.facts(result, now) | {"password": proof.password, "code": proof.code}
    try:
        with acting(by=by, verb="custody.consignment.inspected", business_at=now, request_id=request_id):
            event = _take(round_, INSPECT, facts, by, now, form_key, request_id)
            if readings := round_.readings():
                _take(round_, TEMPERATURE, readings, by, now, None, request_id)
            InspectionDraft.objects.filter(consignment=round_.consignment, by=by).delete()
    except Refused as refusal:
        # Rolled back with all of it; what counts all the same is written now.
        if refusal.on_record is not None:
            refusal.on_record()
        raise
    return event


def _is_recorded(round_: Round, scan: Scan, how: str, by: User) -> bool:
    """Whether the same reading stands at this end: anybody's scan, or this person's own typing."""
    same = readings_of(round_.consignment).filter(gtin=scan.gtin, serial=scan.serial, lot=scan.lot, expiry=scan.printed)
    if how == How.TYPED:
        return bool(same.filter(entry_method=How.TYPED, read_by=by).exists())
    return bool(same.exclude(entry_method=How.TYPED).exists())


def _take(
    round_: Round,
    verb: str,
    facts: dict[str, Any],
    by: User,
    now: datetime,
    form_key: str | None,
    request_id: str,
) -> CaseEvent:
    return advance(
        round_.consignment.case,
        verb,
        by=by,
        now=now,
        subject=round_.consignment,
        facts=facts,
        form_key=form_key,
        request_id=request_id,
    )
