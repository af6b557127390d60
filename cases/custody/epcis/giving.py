"""A case's custody events gathered for an EPCIS document."""

import uuid
from datetime import datetime
from typing import Final

from cases.custody.epcis.writing import NAMESPACE, Correction, Line, as_json, as_xml12
from cases.custody.fold import DID_NOT_OCCUR
from cases.custody.models import CustodyEvent
from cases.models import Case

FORMATS: Final = ("json", "xml12")


def document_of(case: Case, *, form: str, now: datetime, company_prefixes: list[str], by_hash: bool = False) -> bytes:
    """All custody events of the case as one document, without any person.

    :param company_prefixes: GS1 company prefixes; a GTIN's digits after the first begin with its own.
    :param by_hash: in JSON, name each event by the hash of what it says.
    :raises PrefixUnknown: for XML of a GTIN whose company prefix is not known.
    """
    lines = lines_of(case)
    owner = case.pharmacy.code
    if form == "json":
        return as_json(lines, owner=owner, made_at=now, by_hash=by_hash)
    gtins = {gtin for line in lines for gtin, _ in line.packs}
    prefixes = {gtin: prefix for gtin in gtins for prefix in company_prefixes if gtin[1:13].startswith(prefix)}
    return as_xml12(lines, owner=owner, made_at=now, prefixes=prefixes)


def lines_of(case: Case) -> list[Line]:
    """Every custody event of the case in the order it was recorded; three queries."""
    events = list(
        case.custody_events.select_related("consignment").prefetch_related("units", "corrections").order_by("id")
    )
    return [
        Line(
            key=_key(event),
            action=event.action,
            biz_step=event.biz_step,
            disposition=event.disposition,
            event_at=event.event_at,
            offset=event.zone_offset,
            recorded_at=event.recorded_at,
            place=event.place,
            holder=event.holder,
            packs=tuple(sorted((unit.gtin, unit.serial) for unit in event.units.all())),
            references=tuple(_references(case, event)),
            correction=_correction(event),
        )
        for event in events
        # That it did not happen is said by the declaration; nothing takes its place.
        if event.error_reason != DID_NOT_OCCUR
    ]


def _key(event: CustodyEvent) -> str:
    return f"urn:uuid:{uuid.uuid5(NAMESPACE, event.capture_sha256 or f'event {event.pk}')}"


def _references(case: Case, event: CustodyEvent) -> list[tuple[str, str]]:
    found = [("upevt", f"urn:npp:case:{case.reference}:{event.consignment.label}")]
    if number := event.consignment.order_number:
        found.append(("po", f"urn:npp:po:{''.join(sign if sign.isalnum() else '-' for sign in number)}"))
    return found


def _correction(event: CustodyEvent) -> Correction | None:
    correction = next(iter(event.corrections.all()), None)
    if correction is None:
        return None
    by = "" if correction.error_reason == DID_NOT_OCCUR else _key(correction)
    return Correction(correction.recorded_at, correction.error_reason, by)
