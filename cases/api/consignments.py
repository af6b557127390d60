"""One consignment: packing, milestones, hand-overs, checks before its dispatch, inspections, contents of its packs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from cases import clock
from cases.api.auth import caller
from cases.api.problems import RequirementLine
from cases.api.taking import found
from cases.custody.contents import KINDS, PLACES
from cases.custody.contents_book import accounts_of
from cases.custody.dispatch_gate import VERB, group_of, mark_of
from cases.custody.models import CheckResult, Consignment, ContentEntry, Inspection
from cases.custody.receiving.protocol import version_named
from cases.lifecycle.engine import consider, subject_named
from cases.lifecycle.verbs import VERBS
from cases.models import Case
from cases.people.roles import READ_WHOLE

router = Router(tags=["Consignments"])


class MilestoneLine(Schema):
    """One point of the journey."""

    label: str = Field(examples=["M-1"])
    kind: str
    place: str
    planned_at: datetime
    reached_at: datetime | None
    state: str


class HandOverLine(Schema):
    """One change of hands."""

    at: datetime
    place: str
    gave: str
    took: str
    condition: str
    seal_number: str
    remarks: str


class PackingLine(Schema):
    """How it is packed; hours are counted from dispatch."""

    shipper_name: str
    shipper_number: str
    shipper_hours: int
    logger_number: str
    seal_number: str
    constraints: list[str]
    dry_ice_kg: Decimal | None
    hours_from_dispatch: int | None
    packed_by: str
    packed_at: datetime


class ConsignmentDetail(Schema):
    label: str = Field(examples=["C-1"])
    state: str
    supplier: str | None
    carrier: str | None
    institution: str
    planned_dispatch_on: date
    planned_arrival_on: date
    ordered_at: datetime | None
    dispatched_at: datetime | None
    arrived_at: datetime | None
    packing: PackingLine | None
    milestones: list[MilestoneLine]
    hand_overs: list[HandOverLine]
    papers: list[str] = Field(description="labels of the papers that were made for it")


class DispatchCheckLine(RequirementLine):
    """One check: the requirement as the page, the refusal and the event have it, with its heading and its mark."""

    group: str
    mark: str = Field(
        description="met, unmet, not_known, overridable (by two people), overridden, or asked (in the form)"
    )


class DispatchChecks(Schema):
    may_leave: bool
    checks: list[DispatchCheckLine] = Field(description="the whole list, the met ones too")


class ItemFound(Schema):
    """One item of the receiving protocol, as it was found."""

    item: str = Field(examples=["carton"])
    question: str
    answer: str = Field(description="yes, no or not_applicable")
    note: str
    photo: str | None = Field(description="the paper of the case that shows it", examples=["D-7"])


class SecondCheckLine(Schema):
    """What the second person found."""

    checked_by: str
    checked_at: datetime
    units_counted: Decimal
    agrees: bool
    remarks: str
    record: str = Field(description="the text that was signed", examples=["D-9"])


class InspectionLine(Schema):
    """One receiving inspection; ``protocol_version`` is empty for one from before protocols were kept."""

    inspected_by: str
    inspected_at: datetime
    protocol_version: str
    protocol: str = Field(description="the protocol with its standing: a draft nobody has reviewed says so")
    logger_stopped_at: datetime | None
    stored_at: datetime | None
    units_received: Decimal
    result: str = Field(description="accept, accept_part, quarantine or reject")
    remarks: str
    record: str | None = Field(description="the text that was signed", examples=["D-8"])
    items: list[ItemFound]
    second_check: SecondCheckLine | None


class Inspections(Schema):
    inspections: list[InspectionLine] = Field(description="in order of record; the last one counts")


class ContentLine(Schema):
    """One entry in the account of a pack."""

    kind: str = Field(description="one of " + ", ".join(KINDS))
    amount: int = Field(description="in the smallest counted unit")
    at: datetime
    reason: str
    witness: str | None
    recorded_by: str
    recorded_at: datetime


class PackContents(Schema):
    """Where what was in one pack is now; the places sum up to the content."""

    gtin: str
    serial: str
    content: int = Field(description="what a full pack holds, in its smallest counted unit")
    where: dict[str, int] = Field(description="by place: " + ", ".join(PLACES))
    entries: list[ContentLine]


class Contents(Schema):
    packs: list[PackContents]


@router.get("/cases/{reference}/consignments/{label}", response=ConsignmentDetail, summary="One consignment")
def read_consignment(request: HttpRequest, reference: str, label: str) -> dict[str, Any]:
    """Its plan, packing, milestones, hand-overs and papers."""
    _, box = _named(request, reference, label)
    packing = box.packings.select_related("packed_by").last()
    return {
        "label": box.label,
        "state": box.state,
        "supplier": box.supplier.name if box.supplier else None,
        "carrier": box.carrier.name if box.carrier else None,
        "institution": box.institution.name,
        "planned_dispatch_on": box.planned_dispatch_on,
        "planned_arrival_on": box.planned_arrival_on,
        "ordered_at": box.ordered_at,
        "dispatched_at": box.dispatched_at,
        "arrived_at": box.arrived_at,
        "packing": {
            **{name: getattr(packing, name) for name in PackingLine.model_fields if name != "packed_by"},
            "packed_by": packing.packed_by.display_name,
        }
        if packing is not None
        else None,
        "milestones": [
            {name: getattr(one, name) for name in MilestoneLine.model_fields} for one in box.milestones.all()
        ],
        "hand_overs": [
            {
                "at": one.event.event_at,
                "place": one.event.place,
                **{name: getattr(one, name) for name in ("gave", "took", "condition", "seal_number", "remarks")},
            }
            for one in box.hand_overs.select_related("event")
        ],
        "papers": [one.document.label for one in box.papers.select_related("document").order_by("document__number")],
    }


@router.get(
    "/cases/{reference}/consignments/{label}/dispatch-checks", response=DispatchChecks, summary="Checks before dispatch"
)
def read_dispatch_checks(request: HttpRequest, reference: str, label: str) -> dict[str, Any]:
    """Judged now, as the page shows them. A refused dispatch answers the same list, and a taken one keeps it."""
    case, box = _named(request, reference, label)
    person = caller(request)
    lines = consider(case, VERB, by=person, now=clock.now(), subject=box)
    return {
        "may_leave": box.state == Consignment.State.RELEASED and not any(line.blocks for line in lines),
        "checks": [line.as_json() | {"group": group_of(line), "mark": mark_of(line)} for line in lines],
    }


@router.get(
    "/cases/{reference}/consignments/{label}/inspections", response=Inspections, summary="Receiving inspections"
)
def read_inspections(request: HttpRequest, reference: str, label: str) -> dict[str, Any]:
    """Every inspection with what was found of each item of its protocol, and the second person's check."""
    _, box = _named(request, reference, label)
    rows = box.inspections.select_related("inspected_by", "record", "second_check__checked_by", "second_check__record")
    rows = rows.prefetch_related(Prefetch("results", CheckResult.objects.select_related("photo").order_by("place")))
    return {"inspections": [_inspection(one) for one in rows.order_by("pk")]}


@router.get(
    "/cases/{reference}/consignments/{label}/contents", response=Contents, summary="What became of the packs' contents"
)
def read_contents(request: HttpRequest, reference: str, label: str) -> dict[str, Any]:
    """The account of each pack: dispensed, given, brought back, wasted, returned, destroyed, and what is left."""
    _, box = _named(request, reference, label)
    units = list(box.units.order_by("gtin", "serial"))
    held = accounts_of(units)
    lines: dict[int, list[ContentEntry]] = {unit.pk: [] for unit in units}
    for entry in ContentEntry.objects.filter(unit__in=units).select_related("witness", "recorded_by").order_by("pk"):
        lines[entry.unit_id].append(entry)
    return {
        "packs": [
            {
                **{name: getattr(unit, name) for name in ("gtin", "serial", "content")},
                "where": held[unit.pk],
                "entries": [
                    {
                        **{name: getattr(one, name) for name in ("kind", "amount", "at", "reason", "recorded_at")},
                        "witness": one.witness.display_name if one.witness else None,
                        "recorded_by": one.recorded_by.display_name,
                    }
                    for one in lines[unit.pk]
                ],
            }
            for unit in units
        ]
    }


def _inspection(one: Inspection) -> dict[str, Any]:
    protocol, check = version_named(one.protocol_version), getattr(one, "second_check", None)
    told = ("inspected_at", "protocol_version", "logger_stopped_at", "stored_at", "units_received", "result", "remarks")
    return {
        **{name: getattr(one, name) for name in told},
        "inspected_by": one.inspected_by.display_name,
        "protocol": protocol.said if protocol is not None else "from before protocols were kept",
        "record": one.record.label if one.record else None,
        "items": [
            {
                **{name: getattr(row, name) for name in ("item", "question", "answer", "note")},
                "photo": row.photo.label if row.photo else None,
            }
            for row in one.results.all()
        ],
        "second_check": {
            **{name: getattr(check, name) for name in ("checked_at", "units_counted", "agrees", "remarks")},
            "checked_by": check.checked_by.display_name,
            "record": check.record.label,
        }
        if check is not None
        else None,
    }


def _named(request: HttpRequest, reference: str, label: str) -> tuple[Case, Consignment]:
    case = found(request, reference)
    if caller(request).role not in READ_WHOLE:
        raise PermissionDenied("A consignment is read whole by the pharmacy and its auditors.", "the pharmacy")
    try:
        box = subject_named(case, VERBS[VERB], label)
    except LookupError as missing:
        raise Http404(str(missing)) from missing
    if not isinstance(box, Consignment):
        raise Http404("There is no such consignment.")
    return case, box
