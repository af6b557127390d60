"""A message from bytes: first safely as XML, then as what it says, element by element, in the table's scopes.

Foreign XML is untrusted: no document type, no entities, nothing fetched, a bounded size (CWE-611, CWE-776).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from math import ceil
from pathlib import Path
from typing import Final

from lxml import etree

from pharmacovigilance.e2b.elements import Element, Scope, Table, table
from pharmacovigilance.e2b.findings import Unreadable
from pharmacovigilance.e2b.places import HL7, place_of, spelled_out

MOST_BYTES: Final = 25_000_000
# Of a tree and of its parts the memory is many times that of the text; a report has some hundreds of either.
MOST_MARKS: Final = 600_000
MOST_PARTS: Final = 5_000
BATCH, ACKNOWLEDGEMENT = "MCCI_IN200100UV01", "MCCI_IN200101UV01"
_DECLARED: Final = re.compile(rb"<\?xml[^>]*\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_BEFORE_ROOT: Final = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_OTHER_BOMS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


@dataclass(frozen=True)
class Value:
    """What stands at one element: a text, or a null flavour in its stead, or neither (``is_given`` is false).

    :param stands: whether the place of the value is there at all: its attribute, or the node for a text.
    """

    text: str
    null: str
    node: etree._Element
    stands: bool

    @property
    def is_given(self) -> bool:
        return bool(self.text or self.null)


@dataclass
class Part:
    """One occurrence of a scope: the values of its elements, and the parts inside it.

    :param number: which of its scope within the part above, from 1.
    """

    scope: Scope
    number: int
    above: "Part | None"
    node: etree._Element | None
    values: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    inner: dict[str, list["Part"]] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The XPath of this part; of one that is not there, where it should stand."""
        if self.node is not None:
            return place_of(self.node)
        above = f"{self.above.place}/" if self.above else ""
        return above + spelled_out(self.scope.path)

    def all(self, element: str) -> tuple[Value, ...]:
        """Every occurrence of an element, looked for in this part and then in those above it."""
        at: Part | None = self
        while at is not None:
            if element in at.values:
                return at.values[element]
            at = at.above
        return ()

    def text(self, element: str) -> str:
        """The value of an element; empty when a null flavour or nothing stands there."""
        return next((value.text for value in self.all(element) if value.text), "")

    def null(self, element: str) -> str:
        return next((value.null for value in self.all(element) if value.null), "")

    def has(self, element: str) -> bool:
        """Whether the element is provided, by a value or by a null flavour."""
        return any(value.is_given for value in self.all(element))

    def parts(self, scope: str) -> Iterator["Part"]:
        """Every part of that scope inside this one, at any depth."""
        for name, parts in self.inner.items():
            for part in parts:
                if name == scope:
                    yield part
                yield from part.parts(scope)

    def walk(self) -> Iterator["Part"]:
        """This part and all inside it, in the standard's order."""
        yield self
        for parts in self.inner.values():
            for part in parts:
                yield from part.walk()

    def where(self, element: str) -> str:
        """The XPath of an element in this part: of its node, or of the place where it should stand."""
        for value in self.all(element):
            return place_of(value.node)
        at: Part | None = self
        path = table().elements[element].path
        while at is not None and element not in at.values:
            at = at.above
        return f"{(at or self).place}/{spelled_out(path.split(' | ')[0])}"


def document_of(path: Path, *, roots: tuple[str, ...] = (BATCH,)) -> etree._Element:
    """The root of a file.

    :raises OSError: when the file cannot be opened.
    :raises Unreadable: when it is not a message.
    """
    refuse_too_large(path.stat().st_size)
    return root_of(path.read_bytes(), roots=roots)


def root_of(data: bytes, *, roots: tuple[str, ...] = (BATCH,)) -> etree._Element:
    """The root of a message, read without entities, document types or the network.

    :param roots: the names of the roots that are taken.
    :raises Unreadable: naming what is wrong with the file.
    """
    refuse_too_large(len(data))
    if (marks := data.count(b"<")) > MOST_MARKS:
        raise Unreadable("SIZE", f"The file has {marks:,} marks; at most {MOST_MARKS:,} are read. Send it in parts.")
    _refuse_other_encodings(data)
    _refuse_document_types(data)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        raise _not_xml(fault) from None
    name = etree.QName(root)
    if name.namespace != HL7 or name.localname not in roots:
        wanted = " or ".join(roots)
        raise Unreadable(
            "ROOT",
            f"The root of the file is “{name.localname}” of {name.namespace or 'no namespace'}, not {wanted} of {HL7}.",
        )
    return root


def refuse_too_large(size: int) -> None:
    """:raises Unreadable: when a file of so many bytes is not read."""
    if size > MOST_BYTES:
        megabytes = f"{ceil(size / 1e5) / 10:.1f} MB; at most {MOST_BYTES // 1_000_000} MB"
        raise Unreadable("SIZE", f"The file has {megabytes} are read. Send it in parts.")


def _refuse_other_encodings(data: bytes) -> None:
    if not data.strip():
        raise Unreadable("EMPTY", "The file is empty.")
    declared = _DECLARED.search(data[:1024])
    named = declared[1].decode("ascii") if declared else "utf-8"
    if data.startswith(_OTHER_BOMS) or named.lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        said = named if declared else "UTF-16 or UTF-32"
        raise Unreadable("ENCODING", f"The file is in {said}; a message is in UTF-8. Save it in UTF-8.")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Unreadable(
            "ENCODING",
            f"The file is not UTF-8 at byte {fault.start + 1:,}{', though it says so' if declared else ''}. "
            "Save it in UTF-8.",
        ) from None


def _refuse_document_types(data: bytes) -> None:
    """A document type stands before the root and nowhere else; the same words in a narrative are only words."""
    at = len(b"\xef\xbb\xbf") if data.startswith(b"\xef\xbb\xbf") else 0
    while found := _BEFORE_ROOT.match(data, at):
        at = found.end()
    if data[at : at + 9].upper() == b"<!DOCTYPE":
        raise Unreadable(
            "DOCTYPE",
            "The file declares a document type, through which it could read other files. Send it without one.",
        )


def _not_xml(fault: etree.XMLSyntaxError) -> Unreadable:
    line, column = fault.position if fault.position else (0, 0)
    where = f"at line {line:,}, column {column}"
    if "entity" in str(fault).lower():
        return Unreadable("ENTITY", f"The file uses an entity {where}. Write the character itself.")
    if "depth" in str(fault).lower():
        return Unreadable("DEPTH", f"The file has more elements within one another than any message, {where}.")
    return Unreadable("XML", f"The file is no whole XML document: it breaks off {where}. Send it again.")


def parts_of(root: etree._Element) -> Part:
    """The batch with everything in it.

    :raises Unreadable: when it has more parts than any message has.
    """
    listed = table()
    return _part(listed, listed.scopes["batch"], 1, None, root, count())


def _part(
    listed: Table, scope: Scope, number: int, above: Part | None, node: etree._Element | None, made: Iterator[int]
) -> Part:
    if next(made) > MOST_PARTS:
        raise Unreadable("SIZE", f"The file has more than {MOST_PARTS:,} parts. Send its reports in several files.")
    part = Part(scope, number, above, node)
    key = _identifier(node)
    part.values = {element.id: _values(element, node, key) for element in listed.of_scope[scope.name]}
    for inner in listed.inside(scope.name):
        nodes = [] if node is None else list(inner.finder(node, id=key))
        if not nodes and inner.times != "many":
            nodes = [None]
        part.inner[inner.name] = [
            _part(listed, inner, index, part, found, made) for index, found in enumerate(nodes, start=1)
        ]
    return part


def _identifier(node: etree._Element | None) -> str:
    """How others in the message name this drug: root and extension of its identifier."""
    own = None if node is None else node.find(f"{{{HL7}}}id")
    return "" if own is None else f"{own.get('root', '')}|{own.get('extension', '')}"


def _values(element: Element, node: etree._Element | None, key: str) -> tuple[Value, ...]:
    if node is None:
        return ()
    for nodes, attribute in element.finders:
        if found := nodes(node, id=key):
            return tuple(_value(element, at, attribute) for at in found)
    return ()


def _value(element: Element, node: etree._Element, attribute: str) -> Value:
    null = node.get("nullFlavor", "")
    text = (node.get(attribute, "") if attribute else "".join(node.itertext())).strip()
    if element.kind == "telecom":
        text = "" if null else text.partition(":")[2]
    return Value(text, null, node, not attribute or attribute in node.attrib)
