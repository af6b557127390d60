"""EPCIS documents from a case's custody events, as JSON 2.0 and as XML 1.2: the same events in both. Pure.

Pseudonymous: a case reference, opaque names of places and holders, no person. Places and holders get their UUID from
the pharmacy and the name, so that two documents of one pharmacy agree and nobody reads a name out of them.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lxml import etree

from cases.custody.epcis.event_hash import Names, hash_of
from cases.custody.epcis.identifiers import link_of, urn_of
from cases.custody.epcis.words import URNS

NAMESPACE: Final = uuid.UUID("5f2b8a52-6f0f-5d0c-9c53-1a7b5b3f3a10")
_EPCIS: Final = "urn:epcglobal:epcis:xsd:1"
_NPP: Final = "urn:npp:epcis:"
CONTEXT: Final = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"npp": _NPP}]


class PrefixUnknown(ValueError):
    """XML of EPCIS 1.2 splits a GTIN after its company prefix, which the digits do not show."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Why a line does not count any more, and the line that takes its place, when one does."""

    declared_at: datetime
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One custody event to be written. ``packs`` are pairs of GTIN and serial; instants carry a zone."""

    key: str
    action: str
    biz_step: str
    disposition: str
    event_at: datetime
    offset: str
    recorded_at: datetime
    place: str
    holder: str
    packs: tuple[tuple[str, str], ...]
    references: tuple[tuple[str, str], ...] = ()
    correction: Correction | None = None


def opaque(owner: str, name: str) -> str:
    """An identifier of a place or a holder that does not give its name away."""
    return f"urn:uuid:{uuid.uuid5(NAMESPACE, f'{owner}|{name}')}"


def events_of(lines: list[Line], owner: str) -> list[dict[str, Any]]:
    """The events as EPCIS 2.0 says them; an erroneous one is followed by itself with its error declaration."""
    events = []
    for line in lines:
        if not line.packs:
            continue
        events.append(_event(line, owner))
        if line.correction is not None:
            events.append(_event(line, owner) | {"errorDeclaration": _declared(line.correction)})
    return events


def identified_by_hash(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same events, each named by the hash of what it says (CBV 2.0, 8.9), also where a correction names one."""
    names = Names(fields={"npp": _NPP}, values={"npp": _NPP})
    known = {event["eventID"]: hash_of(event, names) for event in events}
    named = []
    for event in events:
        event = event | {"eventID": known[event["eventID"]]}
        if corrective := event.get("errorDeclaration", {}).get("correctiveEventIDs"):
            told = {"correctiveEventIDs": [known.get(key, key) for key in corrective]}
            event["errorDeclaration"] = event["errorDeclaration"] | told
        named.append(event)
    return named


def as_json(lines: list[Line], *, owner: str, made_at: datetime, by_hash: bool = False) -> bytes:
    """An EPCIS 2.0 document; the same case at the same moment gives the same bytes.

    :param by_hash: name each event by the hash of what it says, which its reader can reckon again.
    """
    events = events_of(lines, owner)
    document = {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": made_at.isoformat(),
        "epcisBody": {"eventList": identified_by_hash(events) if by_hash else events},
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def as_xml12(lines: list[Line], *, owner: str, made_at: datetime, prefixes: dict[str, str]) -> bytes:
    """An EPCIS 1.2 document.

    :param prefixes: the company prefix of each GTIN.
    :raises PrefixUnknown: for a GTIN without one: a guess would name another product.
    """
    root = etree.Element(
        f"{{{_EPCIS}}}EPCISDocument",
        nsmap={"epcis": _EPCIS, "npp": _NPP},
        schemaVersion="1.2",
        creationDate=made_at.isoformat(),
    )
    events = etree.SubElement(etree.SubElement(root, "EPCISBody"), "EventList")
    urns = {link_of(gtin, serial): _urn(gtin, serial, prefixes) for line in lines for gtin, serial in line.packs}
    for event in events_of(lines, owner):
        _element(events, event, urns)
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return text


def _urn(gtin: str, serial: str, prefixes: dict[str, str]) -> str:
    if gtin not in prefixes:
        raise PrefixUnknown(
            f"The company prefix of GTIN {gtin} is not known. Give it with --company-prefix, as the labeller states it."
        )
    return urn_of(gtin, serial, prefixes[gtin])


def _event(line: Line, owner: str) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventID": line.key,
        "eventTime": line.event_at.isoformat(),
        "recordTime": line.recorded_at.isoformat(),
        "eventTimeZoneOffset": line.offset,
        "epcList": sorted(link_of(*pack) for pack in line.packs),
        "action": line.action,
        "bizStep": line.biz_step,
        "disposition": line.disposition,
        "readPoint": {"id": opaque(owner, line.place)},
        "bizTransactionList": [{"type": kind, "bizTransaction": reference} for kind, reference in line.references],
        "npp:holder": opaque(owner, line.holder),
    }


def _declared(correction: Correction) -> dict[str, Any]:
    declared: dict[str, Any] = {"declarationTime": correction.declared_at.isoformat(), "reason": correction.reason}
    return declared | ({"correctiveEventIDs": [correction.by]} if correction.by else {})


def _element(parent: Any, event: dict[str, Any], urns: dict[str, str]) -> None:
    """One event in the order that the schema of 1.2 asks for."""
    element = etree.SubElement(parent, "ObjectEvent")
    _put(element, "eventTime", event["eventTime"])
    _put(element, "recordTime", event["recordTime"])
    _put(element, "eventTimeZoneOffset", event["eventTimeZoneOffset"])
    base = etree.SubElement(element, "baseExtension")
    _put(base, "eventID", event["eventID"])
    if declared := event.get("errorDeclaration"):
        declaration = etree.SubElement(base, "errorDeclaration")
        _put(declaration, "declarationTime", declared["declarationTime"])
        _put(declaration, "reason", URNS["error"] + declared["reason"])
        if corrective := declared.get("correctiveEventIDs"):
            listed = etree.SubElement(declaration, "correctiveEventIDs")
            for key in corrective:
                _put(listed, "correctiveEventID", key)
    packs = etree.SubElement(element, "epcList")
    for link in event["epcList"]:
        _put(packs, "epc", urns[link])
    _put(element, "action", event["action"])
    _put(element, "bizStep", URNS["bizStep"] + event["bizStep"])
    _put(element, "disposition", URNS["disposition"] + event["disposition"])
    _put(etree.SubElement(element, "readPoint"), "id", event["readPoint"]["id"])
    if event["bizTransactionList"]:
        transactions = etree.SubElement(element, "bizTransactionList")
        for one in event["bizTransactionList"]:
            entry = _put(transactions, "bizTransaction", one["bizTransaction"])
            entry.set("type", URNS["bizTransaction"] + one["type"])
    _put(element, f"{{{_NPP}}}holder", event["npp:holder"])


def _put(parent: Any, name: str, text: str) -> Any:
    child = etree.SubElement(parent, name)
    child.text = text
    return child
