"""One event of an XML document as JSON of EPCIS 2.0 says the same. Pure."""

from typing import Any, Final

from lxml import etree

from cases.custody.epcis.words import FIELDS, URNS

_INSTANCE: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_NIL: Final = f"{_INSTANCE}nil"
_NUMBERS: Final = frozenset(("quantity", "value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"))
_EPC_LISTS: Final = frozenset(("epcList", "childEPCs", "inputEPCList", "outputEPCList"))
_QUANTITIES: Final = frozenset(("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"))
_FLAT: Final = frozenset(("baseExtension", "extension"))
_PAIRS: Final = {
    "bizTransactionList": ("bizTransaction", "bizTransaction"),
    "sourceList": ("source", "party"),
    "destinationList": ("destination", "party"),
}


def event_of(element: Any) -> dict[str, Any]:
    """The event as JSON would say it."""
    event: dict[str, Any] = {"type": etree.QName(element).localname}
    _members(element, event)
    return event


def spaces_of(element: Any) -> dict[str, str]:
    """Every prefix that is declared at the event, above it or below."""
    found: dict[str, str] = {}
    for one in element.iter():
        found |= {prefix or "ns": space for prefix, space in one.nsmap.items()}
    return found


def _members(element: Any, event: dict[str, Any], depth: int = 0) -> None:
    """Every member into the event; the points of extension are laid flat, and below the first anything may stand."""
    for child in element:
        name = etree.QName(child)
        if name.namespace:
            _add(event, _prefixed(child), _foreign(child))
        elif name.localname in _FLAT:
            _members(child, event, depth + 1)
        elif depth > 1 and name.localname not in FIELDS:
            event[f"ext:{name.localname}"] = _foreign(child)
        else:
            event[name.localname] = _member(name.localname, child)


def _add(members: dict[str, Any], name: str, value: Any) -> None:
    """A member that stands several times is a list, as in JSON."""
    if name in members:
        there = members[name]
        members[name] = [*there, value] if isinstance(there, list) else [there, value]
    else:
        members[name] = value


def _prefixed(element: Any) -> str:
    name = etree.QName(element)
    return f"{element.prefix or 'ns'}:{name.localname}" if name.namespace else name.localname


def _member(name: str, element: Any) -> Any:
    if name in _EPC_LISTS:
        return [_text(epc) for epc in element]
    if name in _QUANTITIES:
        return [
            {etree.QName(part).localname: _number(part) for part in entry if part.get(_NIL) != "true"}
            for entry in element
        ]
    if name in ("readPoint", "bizLocation"):
        place: dict[str, Any] = {}
        _members(element, place)
        return place
    if name in _PAIRS:
        key, kind = _PAIRS[name]
        return [_typed(entry, key, kind) for entry in element]
    if name in ("bizStep", "disposition"):
        return _bare(_text(element), name)
    if name == "persistentDisposition":
        found: dict[str, list[str]] = {}
        for part in element:
            found.setdefault(etree.QName(part).localname, []).append(_bare(_text(part), "disposition"))
        return found
    if name == "errorDeclaration":
        told: dict[str, Any] = {}
        _members(element, told)
        if "reason" in told:
            told["reason"] = _bare(told["reason"], "error")
        return told
    if name == "correctiveEventIDs":
        return [_text(part) for part in element]
    if name == "ilmd":
        own: dict[str, Any] = {}
        _members(element, own)
        return own
    if name == "sensorElementList":
        return [_sensor(part) for part in element]
    if name == "certificationInfo" or not len(element):
        return _text(element)
    return _foreign(element)


def _typed(entry: Any, key: str, kind: str) -> dict[str, str]:
    told = {key: _text(entry)}
    return told | ({"type": _bare(entry.get("type"), kind)} if entry.get("type") else {})


def _sensor(element: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in element:
        if etree.QName(part).namespace:
            _add(found, _prefixed(part), _foreign(part))
            continue
        spaces = {space: prefix for prefix, space in part.nsmap.items() if prefix}
        told = {_attribute(name, spaces): _as_number(name, value) for name, value in part.attrib.items()}
        if etree.QName(part).localname == "sensorReport":
            found.setdefault("sensorReport", []).append(told)
        else:
            found[etree.QName(part).localname] = told
    return found


def _foreign(element: Any) -> Any:
    spaces = {space: prefix for prefix, space in element.nsmap.items() if prefix}
    found: dict[str, Any] = {
        _attribute(name, spaces): value for name, value in element.attrib.items() if not name.startswith(_INSTANCE)
    }
    if not len(element):
        return found | ({"#text": _text(element)} if _text(element) else {}) if found else _text(element)
    for child in element:
        _add(found, _prefixed(child), _foreign(child))
    return found


def _attribute(name: str, spaces: dict[str, str]) -> str:
    """Its name, with its prefix where it is somebody else's."""
    told = etree.QName(name)
    return f"{spaces[told.namespace]}:{told.localname}" if told.namespace in spaces else told.localname


def _bare(text: str, kind: str) -> str:
    return text.removeprefix(URNS[kind])


def _text(element: Any) -> str:
    return (element.text or "").strip()


def _number(element: Any) -> Any:
    return _as_number(etree.QName(element).localname, _text(element))


def _as_number(name: str, text: str) -> Any:
    if name not in _NUMBERS:
        return text
    try:
        return float(text)
    except ValueError:
        return text
