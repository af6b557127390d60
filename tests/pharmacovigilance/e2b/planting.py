"""Puts a value, a null flavour or nothing at one element of a message, by the table's own paths."""

import re

from lxml import etree

from pharmacovigilance.e2b.elements import Element, table
from pharmacovigilance.e2b.places import HL7, spelled_out
from pharmacovigilance.e2b.reading import Part, parts_of

NOTHING = None
_VALUES = {
    "text": "x", "number": "1", "meddra": "19999999", "meddra_version": "29.0", "date": "2026", "day": "20260320",
    "bool": "true", "true": "true", "language": "eng", "unit": "mg", "country": "GB", "b64": "eA==",
}  # fmt: skip
_ATTRIBUTE = re.compile(r"\[@(\w+)='([^']*)'\]")
_CHILD = re.compile(r"\[(code|id)((?:\[@\w+='[^']*'\])+)\]")


def some_value(element: Element) -> str:
    """A value that fits the element."""
    return next(iter(table().codes[element.codes])) if element.codes else _VALUES[element.kind]


def plant(root: etree._Element, element: str, value: str | None, *, anew: bool = False) -> None:
    """Let the element say this in its first part (made when there is none), or nothing.

    :param value: ``null:NA`` puts a null flavour; ``None`` takes the element away wherever it stands.
    :param anew: in a further part of its own, at its end.
    """
    entry = table().elements[element]
    standing = [one for part in parts_of(root).walk() for one in part.values.get(element, ())]
    if value is NOTHING:
        for one in standing:
            _clear(one.node, entry.path)
        return
    if standing and not anew:
        for one in standing:
            _say(one.node, entry.path, value)
        return
    _say(_down(_part_node(root, entry.scope, anew=anew), _nodes(entry.path)), entry.path, value)


def _nodes(path: str) -> str:
    first = spelled_out(path.split(" | ")[0])
    nodes, _, _ = first.rpartition("/@")
    return nodes or first


def _attribute(path: str) -> str:
    nodes, _, attribute = path.split(" | ")[0].rpartition("/@")
    return attribute if nodes else ""


def _clear(node: etree._Element, path: str) -> None:
    node.attrib.pop("nullFlavor", None)
    if attribute := _attribute(path):
        node.attrib.pop(attribute, None)
    elif node.getparent() is not None:
        node.getparent().remove(node)


def _say(node: etree._Element, path: str, value: str) -> None:
    attribute = _attribute(path)
    if value.startswith("null:"):
        if attribute:
            node.attrib.pop(attribute, None)
        node.set("nullFlavor", value.removeprefix("null:"))
        return
    node.attrib.pop("nullFlavor", None)
    if attribute:
        node.set(attribute, value)
    else:
        node.text = value


def _part_node(root: etree._Element, scope: str, *, anew: bool) -> etree._Element:
    entry = table().scopes[scope]
    standing: list[Part] = [
        part for part in parts_of(root).walk() if part.scope.name == scope and part.node is not None
    ]
    if standing and not anew:
        node: etree._Element = standing[0].node
        return node
    return _down(_part_node(root, entry.within, anew=False), spelled_out(entry.path), anew=True)


def _down(node: etree._Element, path: str, *, anew: bool = False) -> etree._Element:
    """Follow the path, making what is not there; the first step always anew when asked."""
    steps = [
        step for step in re.findall(r"(?:\[(?:[^\[\]]|\[[^\]]*\])*\]|[^/\[])+", path) if "descendant-or" not in step
    ]
    for index, step in enumerate(steps):
        node = _step(node, step, anew=anew and index == 0)
    return node


def _step(node: etree._Element, step: str, *, anew: bool) -> etree._Element:
    name = step.partition("[")[0]
    wanted = dict(_ATTRIBUTE.findall(_CHILD.sub("", step)))
    child = _CHILD.search(step)
    count = int(found[1]) if (found := re.search(r"\[(\d)\]$", step)) else 1
    same = [
        one for one in node.findall(f"{{{HL7}}}{name}")
        if all(one.get(key) == value for key, value in wanted.items()) and (not child or _has_child(one, child))
    ]  # fmt: skip
    if len(same) >= count and not anew:
        return same[count - 1]
    made = etree.SubElement(node, f"{{{HL7}}}{name}", wanted)
    if child:
        etree.SubElement(made, f"{{{HL7}}}{child[1]}", dict(_ATTRIBUTE.findall(child[2])))
    return made


def _has_child(node: etree._Element, child: re.Match[str]) -> bool:
    own = node.find(f"{{{HL7}}}{child[1]}")
    return own is not None and all(own.get(key) == value for key, value in _ATTRIBUTE.findall(child[2]))
