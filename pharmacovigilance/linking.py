"""From a reported product to its lots: dosage lines, the copy kept beside the keys, and what speaks against one.

A lot is linked only where a pack was recorded, never inferred (custody invariant I20). A link that the supply speaks
against is warned of and never refused: the reporter may know better.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Min

from cases.custody.assessing import standing
from cases.custody.models import DoseAdministered, Lot, Unit
from cases.lifecycle.verbs import next_number
from pharmacovigilance.models import AdverseEvent, DosageLine, ReportedProduct, SafetyCase
from pharmacovigilance.terms import LINKED

LOT_NOT_CONFIRMED: Final = "lot not confirmed"


def lot_of(dose: DoseAdministered | None) -> tuple[Lot | None, str]:
    """The lot that a dose came from, and the remark that stands where no scan confirms one. Never a guess."""
    if dose is None:
        return None, f"{LOT_NOT_CONFIRMED}: no dose was named"
    if dose.unit is None:
        return None, f"{LOT_NOT_CONFIRMED}: the dose was recorded without its pack"
    return dose.unit.lot, ""


def link(
    product: ReportedProduct,
    *,
    lot: Lot | None,
    dose: DoseAdministered | None = None,
    pack: Unit | None = None,
    reason: str = "",
    status: str = "not_asked",
    **said: Any,
) -> DosageLine:
    """The line of this lot; made when the product has none yet, and the dose is counted to it.

    Without a lot a line carries the reason, and a line that only said so before is taken over by the first lot. What a
    person answered to a doubt about this lot stays when the lot is named once more.

    :param pack: the pack that was named where no dose from it is on record.
    """
    origin = origin_of(lot, dose, pack) if lot else None
    day = _day_of(dose)
    lines = list(product.lines.order_by("number"))
    line = next((one for one in lines if one.lot_id == (lot.pk if lot else None)), None)
    if line is None and lot is not None:
        line = next((one for one in lines if one.lot_id is None and not one.lot_said), None)
    if line is None:
        number = next_number(product.case.dosage_lines)
        line = DosageLine(case=product.case, safety_case=product.safety_case, product=product, number=number)
    if lot is not None and origin is not None:
        answered = line.reason if line.lot_id == lot.pk else ""
        line.lot, line.lot_status = lot, LINKED
        serials = sorted({*(line.origin or {}).get("serials", []), *origin["serials"]})
        line.origin = {**origin, **{name: one for name, one in (line.origin or {}).items() if one}, "serials": serials}
        line.reason = reason or answered
    elif line.lot_id is None:
        line.lot_status, line.reason = status, reason or line.reason or LOT_NOT_CONFIRMED
    if dose is not None:
        line.dose = line.dose or dose
        line.amount = line.amount or dose.amount
        line.started = min(filter(None, (line.started, day)), default="")
        line.last = max(line.last, day)
    for name, value in said.items():
        setattr(line, name, value)
    line.save()
    return line


def origin_of(lot: Lot, dose: DoseAdministered | None, pack: Unit | None = None) -> dict[str, Any]:
    """What stands on record of a lot and, where a dose or a pack is named, of its journey: the copy that is kept."""
    pack = dose.unit if dose and dose.unit else pack
    consignment = dose.consignment if dose else pack.consignment if pack else None
    judged = consignment and next(iter(standing(consignment.exposure_assessments.defer("figures"))), None)
    return {
        "number": lot.number,
        "gtin": lot.gtin,
        "expires_on": lot.expires_on.isoformat(),
        "supplier": lot.supplier.name,
        "supplier_country": lot.supplier.country,
        "consignment": consignment.label if consignment else "",
        "serials": [pack.serial] if pack else [],
        "temperature": judged.finding if judged else "",
    }


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a linked lot can hardly be the one, in a sentence; ``reason`` is what a person said to it."""

    line: DosageLine
    sentence: str

    @property
    def reason(self) -> str:
        return self.line.reason


def doubts_of(safety_case: SafetyCase) -> list[Doubt]:
    """The lines of this programme's products whose lot was not in the patient's reach before the first event."""
    lines = safety_case.dosage_lines.filter(lot__isnull=False, product__is_ours=True).select_related("lot", "product")
    return doubts_about(safety_case, lines.order_by("number"), safety_case.events.all())


def doubts_about(safety_case: SafetyCase, linked: Iterable[DosageLine], events: Iterable[AdverseEvent]) -> list[Doubt]:
    """The same of lines and events that were read before; one query, and none without a line.

    :param linked: lines of this programme's products that have a lot.
    """
    lines = list(linked)
    if not lines:
        return []
    onset = first_onset(events)
    since = _in_reach_since(safety_case, [line.lot_id for line in lines if line.lot_id])
    found = []
    for line in lines:
        reached = since.get(line.lot_id or 0)
        number = line.lot.number if line.lot else ""
        if reached is None:
            found.append(Doubt(line, f"Lot {number} was never dispensed in this case."))
        elif onset and reached.isoformat() > _latest(onset):
            found.append(Doubt(line, f"Lot {number} was dispensed on {reached}, after the event began ({onset})."))
    return found


def first_onset(events: Iterable[AdverseEvent]) -> str:
    """When the first of these events began, as far as it is known; empty when nobody said."""
    return min((event.started for event in events if event.started), key=_latest, default="")


def _in_reach_since(safety_case: SafetyCase, lots: list[int]) -> Mapping[int, date]:
    """The local day on which each lot was first dispensed or given in the case."""
    case = safety_case.case
    zone = ZoneInfo(case.institution.time_zone)
    rows = (
        Unit.objects.filter(case=case, lot__in=lots)
        .values("lot")
        .annotate(dispensed=Min("consignment__dispensed_at"), given=Min("doses__given_at"))
    )
    moments = {row["lot"]: [at for at in (row["dispensed"], row["given"]) if at] for row in rows}
    return {lot: min(found).astimezone(zone).date() for lot, found in moments.items() if found}


def _latest(known_part: str) -> str:
    """The last day that a date may mean, for comparison as text: "2026-03" ends with "2026-03-31"."""
    return known_part if len(known_part) == 10 else known_part + "-99"


def _day_of(dose: DoseAdministered | None) -> str:
    if dose is None:
        return ""
    return dose.given_at.astimezone(ZoneInfo(dose.case.institution.time_zone)).date().isoformat()
