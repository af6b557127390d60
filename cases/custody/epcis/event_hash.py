"""The hash of an event that may be its identifier: ``ni:///sha-256;…?ver=CBV2.0``. Pure.

Source: Core Business Vocabulary 2.0, section 8.9: what an event says, in one order and one spelling, is joined to one
string and hashed. When it was recorded, its identifier and an error declaration are no part of it, so that the same
event has the same hash in JSON and in XML, and an erroneous event that of its declaration.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cases.custody.epcis.links import constrained
from cases.custody.epcis.words import URNS

BEGINS: Final = "ni:///"
VERSION: Final = "CBV2.0"
_ALGORITHMS: Final = {"sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512", "sha3-256": "sha3_256"}
_FORM: Final = re.compile(r"ni:///([a-z0-9-]+);([0-9a-f]+)\?ver=([A-Za-z0-9.]+)")
_CBV: Final = "https://ref.gs1.org/cbv/"
_VOC: Final = "https://gs1.org/voc/"
CURIES: Final = {"gs1": _VOC, "cbv": _CBV, "epcis": "https://ref.gs1.org/epcis/"}
_KINDS: Final = {"bizStep": "BizStep-", "disposition": "Disp-", "bizTransaction": "BTT-", "party": "SDT-"}
_IGNORED: Final = frozenset(("@context", "type", "eventID", "recordTime", "errorDeclaration", "rdfs:comment"))
_PAIRS: Final = {"bizTransactionList": "bizTransaction", "sourceList": "party", "destinationList": "party"}
_WORDY: Final = frozenset(("bizStep", "disposition", "set", "unset"))
_QUANTITY: Final = (("quantityElement", (("epcClass", ()), ("quantity", ()), ("uom", ()))),)
_EPCS: Final = (("epc", ()),)
_METADATA: Final = "time startTime endTime deviceID deviceMetadata rawData dataProcessingMethod bizRules"
_REPORT: Final = (
    "type exception deviceID deviceMetadata rawData dataProcessingMethod time microorganism chemicalSubstance "
    "value component stringValue booleanValue hexBinaryValue uriValue minValue maxValue meanValue sDev percRank "
    "percValue uom coordinateReferenceSystem"
)
_Order = tuple[tuple[str, Any], ...]


def _named(names: str) -> _Order:
    return tuple((name, ()) for name in names.split())


# What stands in an order of its own; the rest follows by its own spelling.
_ORDER: Final[_Order] = (
    *_named("eventTime eventTimeZoneOffset certificationInfo parentID"),
    ("epcList", _EPCS),
    ("inputEPCList", _EPCS),
    ("childEPCs", _EPCS),
    ("quantityList", _QUANTITY),
    ("childQuantityList", _QUANTITY),
    ("inputQuantityList", _QUANTITY),
    ("outputEPCList", _EPCS),
    ("outputQuantityList", _QUANTITY),
    *_named("action transformationID bizStep disposition"),
    ("persistentDisposition", _named("set unset")),
    ("readPoint", _named("id")),
    ("bizLocation", _named("id")),
    (
        "sensorElementList",
        (("sensorElement", (("sensorMetadata", _named(_METADATA)), ("sensorReport", _named(_REPORT)))),),
    ),
)


@dataclass(frozen=True, slots=True)
class Names:
    """What the prefixes of a document stand for: before the names of fields, and before values in short."""

    fields: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Node:
    name: str
    text: str = ""
    parts: "list[_Node]" = field(default_factory=list)


def hash_of(event: Mapping[str, Any], names: Names, algorithm: str = "sha-256") -> str:
    """The identifier that the event has by its content.

    :raises KeyError: for an algorithm that is not known.
    """
    digest = hashlib.new(_ALGORITHMS[algorithm], prehash_of(event, names).encode()).hexdigest()
    return f"{BEGINS}{algorithm};{digest}?ver={VERSION}"


def fault_of_hash(event: Mapping[str, Any], names: Names) -> str:
    """What is wrong with an identifier that says it is a hash, as a sentence; empty where it is the event's own.

    A hash of a later version of the vocabulary cannot be reckoned here and is taken as any identifier.
    """
    given = str(event["eventID"])
    found = _FORM.fullmatch(given)
    if found is None:
        return f"{given[:100]!r} is no event hash: one is ni:///sha-256; with 64 hexadecimal signs and ?ver={VERSION}."
    if found[3] != VERSION and not found[3].startswith(f"{VERSION}."):
        return ""
    if found[1] not in _ALGORITHMS:
        return f"{found[1]!r} is no algorithm that is known: {', '.join(_ALGORITHMS)} are."
    wanted = hash_of(event, names, found[1])
    if found[2] == _FORM.fullmatch(wanted)[2]:  # type: ignore[index]
        return ""
    return (
        f"It says {given[:80]}, and the event's own hash is {wanted[:80]}: the event was changed after it was "
        "identified, or hashed by other rules. Ask its sender for the event as it was made."
    )


def prehash_of(event: Mapping[str, Any], names: Names) -> str:
    """The one string that is hashed."""
    parts = [
        node
        for name, value in event.items()
        if name not in _IGNORED
        for node in _nodes(_full(name, names), value, names)
    ]
    ordered = _ordered(parts, _ORDER, is_event=True)
    return f"eventType={event['type']}{ordered}{_by_spelling(parts)}"


# -- The event as nodes.


def _nodes(name: str, value: Any, names: Names) -> Iterator[_Node]:
    """One node a value; a list that has a name of its own for its members holds them."""
    if name in _PAIRS:
        yield _Node(name, parts=[_pair(entry, _PAIRS[name], names) for entry in value])
    elif name in ("epcList", "inputEPCList", "childEPCs", "outputEPCList"):
        yield _Node(name, parts=[_Node("epc", str(one)) for one in value])
    elif name.endswith("QuantityList") or name == "quantityList":
        yield _Node(name, parts=[_Node("quantityElement", parts=_members(one, names)) for one in value])
    elif name == "sensorElementList":
        yield _Node(name, parts=[_Node("sensorElement", parts=_sensor(one, names)) for one in value])
    elif isinstance(value, list):
        for one in value:
            yield from _nodes(name, one, names)
    elif isinstance(value, Mapping):
        yield _Node(name, _text(value.get("#text"), names), _members(value, names))
    else:
        text = _text(value, names)
        kind = "bizStep" if name == "bizStep" else "disposition"
        yield _Node(name, _word(text, kind) if name in _WORDY else text)


def _members(value: Mapping[str, Any], names: Names) -> list[_Node]:
    return [node for name, one in value.items() if name != "#text" for node in _nodes(_full(name, names), one, names)]


def _pair(entry: Mapping[str, Any], kind: str, names: Names) -> _Node:
    typed = [_Node("type", _word(_text(entry["type"], names), kind))] if "type" in entry else []
    rest = [(name, one) for name, one in entry.items() if name != "type"]
    return _Node("", parts=[*typed, *(_Node(name, _text(one, names)) for name, one in rest)])


def _sensor(element: Mapping[str, Any], names: Names) -> list[_Node]:
    found = _members(element, names)
    for node in found:
        if node.name == "sensorReport":
            for part in node.parts:
                if part.name in ("type", "exception") and part.text and ":" not in part.text:
                    part.text = _VOC + part.text
                elif part.name == "component" and part.text and ":" not in part.text:
                    part.text = f"{_CBV}Comp-{part.text}"
    return found


def _word(text: str, kind: str) -> str:
    bare = text.removeprefix(URNS[kind])
    return bare if ":" in bare or not bare else f"{_CBV}{_KINDS[kind]}{bare}"


def _full(name: str, names: Names) -> str:
    prefix, colon, local = name.partition(":")
    return f"{{{names.fields[prefix]}}}{local}" if colon and prefix in names.fields else name


def _text(value: Any, names: Names) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value).strip()
    prefix, colon, rest = text.partition(":")
    if not colon or rest.startswith("//"):
        return text
    known = names.values.get(prefix) or CURIES.get(prefix)
    return f"{known}{rest}" if known else text


# -- The nodes as text. What was put in order is taken out of the list; what is left follows by its spelling.


def _ordered(parts: list[_Node], order: _Order, *, is_event: bool = False) -> str:
    own = [] if is_event else [node for node in parts if node.name.startswith("{")]
    parts[:] = [node for node in parts if node not in own]
    told = ""
    for name, inner in order:
        there = [node for node in parts if node.name == name]
        told += "".join(sorted(_line(node, inner) for node in there))
        parts[:] = [node for node in parts if node.name != name or node.parts]
    return told + _by_spelling(own)


def _line(node: _Node, inner: _Order) -> str:
    below = _ordered(node.parts, inner) if inner else ""
    text = (_instant(node.text) if _is_time(node.name) else _spelled(node.text)) if node.text else ""
    return f"{node.name}{'=' if text else ''}{text}{below}" if text or below else ""


def _by_spelling(parts: list[_Node]) -> str:
    lines = [
        # Of a business transaction, a source or a destination the kind stands first.
        f"{node.name}{f'={_spelled(node.text)}' if node.text else ''}{_by_spelling(node.parts)}"
        if node.name
        else "".join(_by_spelling([part]) for part in node.parts)
        for node in parts
    ]
    return "".join(sorted(lines))


def _is_time(name: str) -> bool:
    return "time" in name.lower() and "offset" not in name.lower()


def _instant(text: str) -> str:
    """In UTC, to the millisecond; half of one is rounded up."""
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return text
    at = at + timedelta(microseconds=500)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def _spelled(text: str) -> str:
    """A number without noughts that say nothing; a GS1 key as its link."""
    for kind, ending in _KINDS.items():
        if text.startswith(URNS[kind]):
            return f"{_CBV}{ending}{text.removeprefix(URNS[kind])}"
    try:
        number = float(text)
        return str(int(number)) if int(number) == number else str(number)
    except (ValueError, OverflowError):
        return constrained(text)
