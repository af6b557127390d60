"""The events of a file, one at a time: JSON 2.0 and XML 1.2 or 2.0 become the same dictionaries. Memory is bounded.

A file is refused by name when it is too large, of another kind, cut, or carries a document type: entities are never
expanded and nothing is fetched (CWE-611, CWE-776).
"""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from lxml import etree

from cases.custody.epcis.errors import EpcisRefused
from cases.custody.epcis.words import EVENTS, FIELDS, URNS

MOST_BYTES: Final = 50_000_000
MOST_EVENTS: Final = 100_000
# One event, or the header: so much of a document is held at a time.
MOST_IN_ONE: Final = 4_000_000
MOST_ELEMENTS: Final = 50_000
_WINDOW: Final = 262_144
_BODY: Final = ("epcisBody", "queryResults", "resultsBody")
_DECODER: Final = json.JSONDecoder()
_BLANKS: Final = " \t\r\n"


def events_in(path: Path) -> Iterator[dict[str, Any]]:
    """Each event of the file, in its order; what is wrong with the file is found on the way.

    :raises EpcisRefused: with the number of the last whole event.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise EpcisRefused(
            "too_large", f"The file has {size / 1e6:.1f} MB; at most {MOST_BYTES // 1_000_000} MB are taken. Ask for "
            "it in parts.",
        )  # fmt: skip
    with path.open("rb") as file:
        begins = file.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n")
    if begins.startswith(b"{"):
        yield from _counted(_of_json(path))
    elif begins.startswith(b"<"):
        yield from _counted(_of_xml(path))
    elif not begins:
        raise EpcisRefused("empty", "The file is empty.")
    else:
        raise EpcisRefused(
            "other_kind", "The file is neither JSON nor XML. EPCIS 2.0 JSON and EPCIS 1.2 XML are taken."
        )


def _counted(events: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    number = 0
    for number, event in enumerate(events, start=1):
        if number > MOST_EVENTS:
            raise EpcisRefused(
                "too_many", f"The file has more than {MOST_EVENTS:,} events. Ask for it in parts.", event=number
            )
        yield event
    if number == 0:
        raise EpcisRefused("no_events", "The file has no events.")


# -- JSON: the document is walked, its list of events is decoded one by one.


def _of_json(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        walk = _Walk(file)
        try:
            yield from walk.through()
        except (json.JSONDecodeError, IndexError, RecursionError):
            raise EpcisRefused(
                "cut", f"The file ends or breaks off at character {walk.gone + walk.place:,}, after {walk.events:,} "
                "whole events. Ask for it again.",
            ) from None  # fmt: skip
    if walk.header.get("type") not in ("EPCISDocument", "EPCISQueryDocument"):
        raise EpcisRefused("other_kind", f"The document is a {walk.header.get('type')!r}, not an EPCISDocument.")
    version = str(walk.header.get("schemaVersion", ""))
    if not version.startswith("2."):
        raise EpcisRefused("other_version", f"schemaVersion is {version!r}; as JSON, version 2.0 is taken.")


class _Walk:
    """A place in one document, of which a window is held; its header, and how many events were read.

    ``gone`` is the number of characters before the window, ``place`` the place within it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.decoder = file, codecs.getincrementaldecoder("utf-8-sig")()
        self.text, self.place, self.gone, self.octets, self.ended = "", 0, 0, 0, False
        self.events = 0
        self.header: dict[str, Any] = {}
        self._skip()

    def through(self) -> Iterator[dict[str, Any]]:
        """One object: its members into the header, its events given."""
        self._take("{")
        while self._peek() != "}":
            name = self._value()
            self._take(":")
            if name in _BODY and self._peek() == "{":
                yield from self.through()
            elif name == "eventList" and self._peek() == "[":
                yield from self._list()
            elif name == "event":
                self.events += 1
                yield self._value()
            else:
                self.header[str(name)] = self._value()
            if self._peek() == ",":
                self._take(",")
        self._take("}")

    def _list(self) -> Iterator[dict[str, Any]]:
        self._take("[")
        while self._peek() != "]":
            event = self._value()
            self.events += 1
            yield event
            if self._peek() == ",":
                self._take(",")
        self._take("]")

    def _value(self) -> Any:
        """The next value; the window grows while it is not whole, up to what one value may have."""
        before: tuple[str, int] | None = None
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.place)
            except json.JSONDecodeError as fault:
                told = (fault.msg, fault.pos - self.place)
                # A fault that more text does not move is none of the window's end; a long string is.
                broken = told == before and not fault.msg.startswith("Unterminated string")
                if self.ended or broken:
                    raise
                before = told
                self._widen()
                continue
            # A number at the end of the window may go on behind it.
            if end < len(self.text) or self.ended:
                self.place = end
                self._skip()
                return value
            self._widen()

    def _widen(self) -> None:
        """Hold more of the document, twice as much each time.

        :raises EpcisRefused: when one value has more than is taken.
        """
        if len(self.text) - self.place > MOST_IN_ONE:
            raise _too_large(self.events + 1)
        self._more(max(_WINDOW, len(self.text) - self.place))

    def _more(self, octets: int = 0) -> bool:
        """Drop what was read and take in so many bytes; false at the end of the file."""
        chunk = self.file.read(octets or _WINDOW)
        pending = len(self.decoder.getstate()[0])
        try:
            text = self.decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as fault:
            at = self.octets - pending + fault.start
            raise EpcisRefused("not_utf8", f"The file is not UTF-8 at byte {at}.") from None
        self.octets += len(chunk)
        self.text, self.gone, self.place = self.text[self.place :] + text, self.gone + self.place, 0
        self.ended = not chunk
        return bool(chunk)

    def _peek(self) -> str:
        return self.text[self.place]

    def _take(self, sign: str) -> None:
        if self.text[self.place] != sign:
            raise json.JSONDecodeError(f"{sign} expected", self.text, self.place)
        self.place += 1
        self._skip()

    def _skip(self) -> None:
        """To the next sign that is no blank; there is one in the window then, unless the file ends."""
        while True:
            text, place, end = self.text, self.place, len(self.text)
            while place < end and text[place] in _BLANKS:
                place += 1
            self.place = place
            if place < end or self.ended or not self._more():
                return


def _too_large(event: int) -> EpcisRefused:
    return EpcisRefused(
        "event_too_large",
        f"It has more than {MOST_IN_ONE:,} characters, or {MOST_ELEMENTS:,} elements. Ask for it in several events.",
        event=event,
    )


# -- XML: each event is turned into what JSON would say, then forgotten.


def _of_xml(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        if b"<!DOCTYPE" in file.read(65_536).upper():
            raise _DOCTYPE
    parser = etree.iterparse(
        str(path), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    events = elements = 0
    try:
        for step, element in parser:
            if step == "start":
                elements += 1
                if elements > MOST_ELEMENTS:
                    raise _too_large(events + 1)
                if element.getparent() is None:
                    _refuse_other_root(element)
                continue
            if etree.QName(element).localname in EVENTS:
                events, elements = events + 1, 0
                yield _event(element)
                _forget(element)
    except etree.XMLSyntaxError as fault:
        line, column = fault.position if fault.position else (0, 0)
        raise EpcisRefused(
            "cut", f"The file ends or breaks off at line {line:,}, column {column}. Ask for it again.",
        ) from None  # fmt: skip


_DOCTYPE: Final = EpcisRefused(
    "doctype", "The file declares a document type, through which it could read other files. Ask for it without one."
)


def _refuse_other_root(root: Any) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise _DOCTYPE
    name = etree.QName(root)
    if name.localname not in ("EPCISDocument", "EPCISQueryDocument"):
        raise EpcisRefused("other_kind", f"The document is a {name.localname}, not an EPCISDocument.")
    version = root.get("schemaVersion", "")
    if version not in ("1.2", "2.0"):
        raise EpcisRefused("other_version", f"schemaVersion is {version!r}; as XML, versions 1.2 and 2.0 are taken.")


def _forget(element: Any) -> None:
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_NUMBERS: Final = frozenset(("quantity", "value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"))
_EPC_LISTS: Final = frozenset(("epcList", "childEPCs", "inputEPCList", "outputEPCList"))
_QUANTITIES: Final = frozenset(("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"))
_FLAT: Final = frozenset(("baseExtension", "extension"))
_PAIRS: Final = {
    "bizTransactionList": ("bizTransaction", "bizTransaction"),
    "sourceList": ("source", "party"),
    "destinationList": ("destination", "party"),
}


def _event(element: Any) -> dict[str, Any]:
    event: dict[str, Any] = {"type": etree.QName(element).localname}
    _members(element, event)
    return event


def _members(element: Any, event: dict[str, Any], depth: int = 0) -> None:
    """Every member into the event; the points of extension are laid flat, and below the first anything may stand."""
    for child in element:
        name = etree.QName(child)
        if name.namespace:
            event[f"{child.prefix or 'ns'}:{name.localname}"] = _foreign(child)
        elif name.localname in _FLAT:
            _members(child, event, depth + 1)
        elif depth > 1 and name.localname not in FIELDS:
            event[f"ext:{name.localname}"] = _foreign(child)
        else:
            event[name.localname] = _member(name.localname, child)


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
        told = {name.rpartition("}")[2]: _as_number(name, value) for name, value in part.attrib.items()}
        if etree.QName(part).localname == "sensorReport":
            found.setdefault("sensorReport", []).append(told)
        else:
            found[etree.QName(part).localname] = told
    return found


def _foreign(element: Any) -> Any:
    if not len(element):
        return _text(element)
    return {f"{child.prefix or 'ns'}:{etree.QName(child).localname}": _foreign(child) for child in element}


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
