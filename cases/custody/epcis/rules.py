"""What an event must be, as our own JSON Schema of EPCIS 2.0 events and the checks that no schema makes.

The published schema is not ours to ship (docs/adr/0016-epcis.md); the tests hold these rules to it and to its examples.
jsonschema-rs checks formats: plain libraries let ``"yesterday"`` pass as a time.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import jsonschema_rs

from cases.custody.epcis.errors import EpcisRefused
from cases.custody.epcis.identifiers import fault_of, respell
from cases.custody.epcis.words import (
    ACTIONS,
    BIZ_STEPS,
    DISPOSITIONS,
    ERRORS,
    EVENTS,
    PARTIES,
    TRANSACTIONS,
)  # fmt: skip

Event = dict[str, Any]
_URI: Final = {"type": "string", "format": "uri"}
_TIME: Final = {"type": "string", "format": "date-time"}
# A field of somebody else's carries the prefix of its namespace.
_FOREIGN: Final = {"^[A-Za-z][A-Za-z0-9_.+-]*:": True}


def _word(words: frozenset[str]) -> dict[str, Any]:
    """A word of the vocabulary, or a URI outside of it."""
    outside = {**_URI, "pattern": r"^(?!urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/)"}
    return {"anyOf": [{"enum": sorted(words)}, outside]}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _open(required: list[str], **properties: Any) -> dict[str, Any]:
    return _object(required, **properties) | {"patternProperties": _FOREIGN}


def _list(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


_EPCS: Final = _list(_URI) | {"uniqueItems": True}
_QUANTITIES: Final = _list(
    _object(
        ["epcClass"],
        epcClass=_URI,
        quantity={"type": "number"},
        uom={"type": "string", "pattern": "^[A-Z0-9]{2,3}$"},
    )
)
_PLACE: Final = _open(["id"], id=_URI)
_TRANSACTIONS: Final = _object(["bizTransaction"], type=_word(TRANSACTIONS), bizTransaction=_URI)
_DISPOSITION: Final = _word(DISPOSITIONS)
_SENSOR: Final = {
    "type": "object",
    "required": ["sensorReport"],
    "properties": {"sensorReport": {"type": "array", "minItems": 1, "items": {"type": "object"}},
                   "sensorMetadata": {"type": "object"}},
}  # fmt: skip
_COMMON: Final[dict[str, Any]] = {
    "@context": True,
    "type": {"type": "string"},
    "eventTime": _TIME,
    "recordTime": _TIME,
    "eventTimeZoneOffset": {"type": "string", "pattern": r"^[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)$"},
    "eventID": _URI,
    "certificationInfo": {"anyOf": [_URI, _list(_URI)]},
    "errorDeclaration": _open(
        ["declarationTime"], declarationTime=_TIME, reason=_word(ERRORS), correctiveEventIDs=_list(_URI)
    ),
    "bizStep": _word(BIZ_STEPS),
    "disposition": _DISPOSITION,
    "persistentDisposition": _object([], set=_list(_DISPOSITION, 1), unset=_list(_DISPOSITION, 1)),
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "bizTransactionList": _list(_TRANSACTIONS),
    "sourceList": _list(_object(["type", "source"], type=_word(PARTIES), source=_URI)),
    "destinationList": _list(_object(["type", "destination"], type=_word(PARTIES), destination=_URI)),
    "sensorElementList": _list(_SENSOR, 1),
}
_ACTION: Final = {"action": {"enum": sorted(ACTIONS)}}
_ILMD: Final = {"ilmd": {"type": "object", "propertyNames": {"pattern": ":"}}}
_OWN: Final[dict[str, tuple[list[str], dict[str, Any], list[list[str]]]]] = {
    # required, further fields, and sets of which one field at least must be there
    "ObjectEvent": (["action"], _ACTION | _ILMD | {"epcList": _EPCS, "quantityList": _QUANTITIES},
                    [["epcList", "quantityList", "sensorElementList"]]),
    "AggregationEvent": (["action"], _ACTION | {"parentID": _URI, "childEPCs": _EPCS,
                                                "childQuantityList": _QUANTITIES}, []),
    "AssociationEvent": (["action", "parentID"], _ACTION | {"parentID": _URI, "childEPCs": _EPCS,
                                                            "childQuantityList": _QUANTITIES}, []),
    "TransactionEvent": (["action", "bizTransactionList"], _ACTION | {"parentID": _URI, "epcList": _EPCS,
                                                                      "quantityList": _QUANTITIES}, []),
    "TransformationEvent": ([], _ILMD | {"inputEPCList": _EPCS, "inputQuantityList": _QUANTITIES,
                                         "outputEPCList": _EPCS, "outputQuantityList": _QUANTITIES,
                                         "transformationID": _URI},
                            [["transformationID", "inputEPCList", "inputQuantityList"],
                             ["transformationID", "outputEPCList", "outputQuantityList"]]),
}  # fmt: skip


def _schema(kind: str) -> dict[str, Any]:
    required, own, one_of = _OWN[kind]
    return {
        "type": "object",
        "required": ["eventTime", "eventTimeZoneOffset", *required],
        "properties": _COMMON | own,
        "patternProperties": _FOREIGN,
        "additionalProperties": False,
        "allOf": [{}, *({"anyOf": [{"required": [name]} for name in names]} for names in one_of)],
    }


_VALIDATORS: Final = {kind: jsonschema_rs.Draft7Validator(_schema(kind), validate_formats=True) for kind in EVENTS}
_LISTS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITY_LISTS: Final = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")


def judge(event: Any, number: int, now: datetime) -> tuple[datetime, list[str]]:
    """Refuse an event that is not whole, well-formed and past; gives its instant and the packs it names.

    Every pack in it is then written in one spelling, so that JSON and XML of one event are one event.

    :raises EpcisRefused: naming the event, the field, what was given and what is wanted.
    """
    kind = event.get("type") if isinstance(event, dict) else None
    validator = _VALIDATORS.get(kind) if isinstance(kind, str) else None
    if validator is None:
        raise EpcisRefused(
            "unknown_event", f"{kind!r} is no kind of event. Known are {', '.join(EVENTS)}.", event=number, field="type"
        )
    if not validator.is_valid(event):
        raise _broken(validator, event, number)
    at = _past(event["eventTime"], number, "eventTime", now)
    if "recordTime" in event:
        _past(event["recordTime"], number, "recordTime", now)
    packs: list[str] = []
    for name in _LISTS:
        if identifiers := event.get(name):
            spelled: list[str] = []
            for identifier in identifiers:
                if fault := respell(identifier, spelled, packs):
                    field = f"{name}.{len(spelled) + 1}"
                    raise EpcisRefused("malformed_identifier", fault, event=number, field=field)
            spelled.sort()
            event[name] = spelled
    for field, identifier in _lone(event):
        if fault := fault_of(identifier):
            raise EpcisRefused("malformed_identifier", fault, event=number, field=field)
    return at, packs


def _lone(event: Event) -> Iterator[tuple[str, str]]:
    if "parentID" in event:
        yield "parentID", event["parentID"]
    for name in ("readPoint", "bizLocation"):
        if name in event:
            yield f"{name}.id", event[name]["id"]
    for name, key in (("sourceList", "source"), ("destinationList", "destination")):
        for place, entry in enumerate(event.get(name, ())):
            yield f"{name}.{place + 1}.{key}", entry[key]
    for name in _QUANTITY_LISTS:
        for place, entry in enumerate(event.get(name, ())):
            yield f"{name}.{place + 1}.epcClass", entry["epcClass"]


def _past(text: str, number: int, field: str, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        ahead = at > now
    except (ValueError, TypeError):
        raise EpcisRefused("bad_time", f"{text!r} is no instant with a zone.", event=number, field=field) from None
    if ahead:
        raise EpcisRefused("future_time", f"{text} is still to come; it is {now:%Y-%m-%dT%H:%M:%S%z} now.",
                           event=number, field=field)  # fmt: skip
    return at


def _broken(validator: Any, event: Event, number: int) -> EpcisRefused:
    error = min(validator.iter_errors(event), key=lambda one: len(list(one.instance_path)))
    path = [part + 1 if isinstance(part, int) else part for part in error.instance_path]
    field = ".".join(str(part) for part in path)
    first = str(path[0]) if path else ""
    value = _at(event, list(error.instance_path))
    if first in ("bizStep", "disposition", "persistentDisposition"):
        words = BIZ_STEPS if first == "bizStep" else DISPOSITIONS
        near = ", ".join(sorted(word for word in words if str(value)[:4] in word)[:4]) or ", ".join(sorted(words)[:4])
        return EpcisRefused(
            "unknown_word",
            f"{value!r} is no word of the Core Business Vocabulary and no URI of your own. For example: {near}.",
            event=number,
            field=field,
        )
    if first in ("eventTime", "recordTime", "eventTimeZoneOffset") or field.endswith("declarationTime"):
        wanted = "an offset such as -05:00" if first == "eventTimeZoneOffset" else "such as 2026-03-02T09:00:00-05:00"
        return EpcisRefused(
            "bad_time", f"{value!r} is no time that can be read; {wanted} is.", event=number, field=field
        )
    missing = "is a required property" in error.message
    lists = not path and "under any of the schemas" in error.message
    code = "missing_field" if missing or lists else "bad_field"
    return EpcisRefused(code, _plain(error.message), event=number, field=field)


def _at(event: Any, path: list[Any]) -> Any:
    for part in path:
        event = event[part]
    return event


def _plain(message: str) -> str:
    """The library's words, short enough to read: it repeats the whole value first."""
    if "is not valid under any of the schemas" in message:
        return "One of the lists that name what the event is about is missing, or its value is not of the right form."
    return f"{message[-200:].strip()}."
