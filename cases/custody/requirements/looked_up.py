"""The facts that several requirements of a consignment look at, fetched once a situation."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from cases.custody.assessing import standing
from cases.custody.fold import DID_NOT_OCCUR
from cases.custody.models import Consignment, CustodyEvent, Disposition, ExposureAssessment, Inspection, Unit
from cases.lifecycle.verbs import Situation

Looked = TypeVar("Looked")

DECISION = "holding"
FINDINGS = ("receiving", "inspecting", "sensor_reporting")


def consignment(situation: Situation) -> Consignment | None:
    """The consignment in question; ``None`` before one exists."""
    return situation.subject if isinstance(situation.subject, Consignment) else None


def once(situation: Situation, name: str, look: Callable[[], Looked]) -> Looked:
    """The looked-up value, kept with the situation."""
    key = f"custody.{name}"
    if key not in situation.cache:
        situation.cache[key] = look()
    kept: Looked = situation.cache[key]
    return kept


def units(situation: Situation) -> list[Unit]:
    subject = consignment(situation)
    return once(situation, "units", lambda: list(subject.units.select_related("lot").order_by("id")) if subject else [])


def received_as_of(situation: Situation) -> list[int]:
    """The consignments whose receiving speaks for the one in question: its own, and the stock it was drawn from."""
    subject = consignment(situation)
    return [key for key in (subject.pk, subject.drawn_from_id) if key is not None] if subject else []


def last_inspection(situation: Situation) -> Inspection | None:
    rows = Inspection.objects.filter(consignment__in=received_as_of(situation))
    return once(
        situation,
        "inspection",
        lambda: rows.select_related("inspected_by", "consignment__institution").order_by("id").last(),
    )


def standing_exposures(situation: Situation) -> list[ExposureAssessment]:
    """The assessments that count, the worst first; empty when no temperature is on record."""
    rows = ExposureAssessment.objects.filter(consignment__in=received_as_of(situation))
    return once(situation, "exposures", lambda: standing(rows.select_related("assessed_by").defer("figures")))


def last_disposition(situation: Situation) -> Disposition | None:
    rows = Disposition.objects.filter(consignment__in=received_as_of(situation))
    return once(
        situation,
        "disposition",
        lambda: rows.select_related("decided_by", "manufacturer_answer").order_by("id").last(),
    )


def events(situation: Situation) -> list[CustodyEvent]:
    """The custody events of the consignment in the order they were recorded, with who recorded them."""
    rows = CustodyEvent.objects.filter(consignment__in=received_as_of(situation))
    return once(situation, "events", lambda: list(rows.select_related("recorded_by").order_by("id")))


def found_after_decision(situation: Situation) -> CustodyEvent | None:
    """The first arrival, inspection or reading recorded after the last decision; ``None`` when nothing was.

    Order of record decides, not the clock: two entries of one minute have an order too. What never happened is neither
    a finding nor a decision, and a correction of a line is not another one.
    """
    taken_back = {event.corrects_id for event in events(situation) if event.error_reason == DID_NOT_OCCUR}
    since: CustodyEvent | None = None
    for event in events(situation):
        if event.corrects_id is not None or event.pk in taken_back:
            continue
        if event.biz_step == DECISION:
            since = None
        elif event.biz_step in FINDINGS:
            since = since or event
    return since


def day_at_the_institution(situation: Situation, moment: datetime) -> date:
    """The local day of a moment where the consignment is received."""
    subject = consignment(situation)
    zone = subject.institution.time_zone if subject else situation.case.institution.time_zone
    return moment.astimezone(ZoneInfo(zone)).date()


def day_at_the_pharmacy(situation: Situation, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(situation.case.pharmacy.time_zone)).date()
