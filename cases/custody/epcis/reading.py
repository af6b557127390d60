"""The events of a file, one at a time: JSON 2.0 and XML 1.2 or 2.0 become the same dictionaries. Memory is bounded.

A file is refused by name when it is too large, of another kind, cut, or carries a document type: entities are never
expanded and nothing is fetched (CWE-611, CWE-776).
"""

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from lxml import etree

from cases.custody.epcis.errors import EpcisRefused
from cases.custody.epcis.words import EVENTS
from cases.custody.epcis.xml_events import event_of, spaces_of

MOST_BYTES: Final = 50_000_000
MOST_EVENTS: Final = 100_000
# One event, or the header: so much of a document is held at a time.
MOST_IN_ONE: Final = 4_000_000
MOST_ELEMENTS: Final = 50_000
_WINDOW: Final = 262_144
_BODY: Final = ("epcisBody", "queryResults", "resultsBody")
_DECODER: Final = json.JSONDecoder()
_BLANKS: Final = " \t\r\n"


@dataclass(slots=True)
class Prefixes:
    """What the prefixes stand for at the event that was read last: of fields, and of values in JSON."""

    fields: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)


def events_in(path: Path, prefixes: Prefixes | None = None) -> Iterator[dict[str, Any]]:
    """Each event of the file, in its order; what is wrong with the file is found on the way.

    :param prefixes: is kept up to date with each event that says a hash is its identifier.
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
        yield from _counted(_of_json(path, prefixes or Prefixes()))
    elif begins.startswith(b"<"):
        yield from _counted(_of_xml(path, prefixes or Prefixes()))
    elif not begins:
        raise EpcisRefused("empty", "The file is empty.")
    else:
        raise EpcisRefused(
            "other_kind", "The file is neither a JSON object nor XML. EPCIS 2.0 JSON and EPCIS 1.2 XML are taken."
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


def _of_json(path: Path, prefixes: Prefixes) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        walk = _Walk(file)
        try:
            for event in walk.through():
                if says_hash(event):
                    known = _contexts(walk.header.get("@context")) | _contexts(event.get("@context"))
                    prefixes.fields = prefixes.values = known
                yield event
        except (json.JSONDecodeError, IndexError, RecursionError):
            raise EpcisRefused(
                "cut", f"The file ends or breaks off at character {walk.gone + walk.place:,}, after {walk.events:,} "
                "whole events. Ask for it again.",
            ) from None  # fmt: skip
        if walk.place < len(walk.text):
            raise EpcisRefused(
                "goes_on", f"The document ends at character {walk.gone + walk.place:,} and the file goes on: two files "
                "may have run together. Ask for it again.",
            )  # fmt: skip
    if walk.header.get("type") not in ("EPCISDocument", "EPCISQueryDocument"):
        raise EpcisRefused("other_kind", f"The document is a {walk.header.get('type')!r}, not an EPCISDocument.")
    version = str(walk.header.get("schemaVersion", ""))
    if not version.startswith("2."):
        raise EpcisRefused("other_version", f"schemaVersion is {version!r}; as JSON, version 2.0 is taken.")


def says_hash(event: Any) -> bool:
    """Whether the event says that its identifier is a hash of what it says."""
    return isinstance(event, dict) and str(event.get("eventID", "")).startswith("ni:")


def _contexts(told: Any) -> dict[str, str]:
    """The prefixes of a JSON-LD context, as far as it states them itself."""
    entries = told if isinstance(told, list) else [told]
    return {
        str(name): value
        for entry in entries
        if isinstance(entry, dict)
        for name, value in entry.items()
        if isinstance(value, str)
    }


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
        goes_on = self._peek() != "}"
        while goes_on:
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
            goes_on = self._goes_on("}")
        self._take("}")

    def _list(self) -> Iterator[dict[str, Any]]:
        self._take("[")
        goes_on = self._peek() != "]"
        while goes_on:
            event = self._value()
            self.events += 1
            yield event
            goes_on = self._goes_on("]")
        self._take("]")

    def _goes_on(self, end: str) -> bool:
        """Whether another one follows. Between two stands a comma, and after a comma no end."""
        if self._peek() == end:
            return False
        self._take(",")
        if self._peek() == end:
            raise json.JSONDecodeError("another one expected", self.text, self.place)
        return True

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


def _of_xml(path: Path, prefixes: Prefixes) -> Iterator[dict[str, Any]]:
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
                event = event_of(element)
                if says_hash(event):
                    prefixes.fields, prefixes.values = spaces_of(element), {}
                yield event
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
