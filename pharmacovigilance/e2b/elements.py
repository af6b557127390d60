"""The table of data elements and code lists: facts of ICH E2B(R3) and of FDA's regional elements, in our words.

Sources: ICH E2B(R3) implementation guide, data elements and code lists; FDA core and regional data elements. What is
mandatory: facts, pharmacovigilance 1.2.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

from pharmacovigilance.e2b.places import compiled

_DATA: Final = Path(__file__).parent / "data"
MANDATORY, REQUIRED, CONDITIONAL, OPTIONAL, BY_FDA = "M", "R", "C", "O", "F"


@dataclass(frozen=True)
class Element:
    """One data element: where it stands below its scope, and what may stand there.

    :param path: in the spelling of ``places``; alternatives are parted by a vertical bar.
    :param kind: how the value is judged, a key of ``forms.KINDS``.
    :param length: most characters; 0 where the standard sets none.
    :param codes: the code list by its name in ``codes.json``.
    :param nulls: the null flavours that may stand instead of a value.
    :param need: mandatory, required, conditional, optional, or required by FDA.
    """

    id: str
    scope: str
    path: str
    kind: str
    length: int
    codes: str
    nulls: frozenset[str]
    need: str
    label: str

    @cached_property
    def finders(self) -> tuple[tuple[etree.XPath, str], ...]:
        """For each alternative: the nodes, and the attribute that holds the value (empty: the text of the node)."""
        found = []
        for way in self.path.split(" | "):
            nodes, _, attribute = way.rpartition("/@")
            found.append((compiled(nodes or way), attribute if nodes else ""))
        return tuple(found)


@dataclass(frozen=True)
class Scope:
    """What repeats as a whole: a message, a reaction, a drug, a dosage line.

    :param times: ``one`` is read even when it is not there; of ``some`` at least one is needed; ``many`` may be none.
    """

    name: str
    section: str
    label: str
    within: str
    path: str
    times: str

    @cached_property
    def finder(self) -> etree.XPath:
        return compiled(self.path)


@dataclass(frozen=True)
class Table:
    scopes: Mapping[str, Scope]
    elements: Mapping[str, Element]
    codes: Mapping[str, Mapping[str, str]]
    countries: frozenset[str]

    def inside(self, scope: str) -> list[Scope]:
        """The scopes directly below one, in the standard's order."""
        return [entry for entry in self.scopes.values() if entry.within == scope]

    @cached_property
    def of_scope(self) -> Mapping[str, tuple[Element, ...]]:
        """The elements of each scope, in the standard's order."""
        return {name: tuple(e for e in self.elements.values() if e.scope == name) for name in self.scopes}

    def needed(self) -> list[Element]:
        """The mandatory and required elements of ICH: 34."""
        return [element for element in self.elements.values() if element.need in (MANDATORY, REQUIRED)]

    def words(self, element: Element, code: str) -> str:
        """What a code means; empty when it is in no list."""
        return self.codes.get(element.codes, {}).get(code, "")


@lru_cache(maxsize=1)
def table() -> Table:
    """The table as it is installed with this system."""
    rows, codes = _read("elements.json"), _read("codes.json")
    scopes = [Scope(*row) for row in rows["scopes"]]
    elements = [
        Element(id, scope, path, kind, length, listed, frozenset(nulls.split()), need, label)
        for id, scope, path, kind, length, listed, nulls, need, label in rows["elements"]
    ]
    return Table(
        scopes={scope.name: scope for scope in scopes},
        elements={element.id: element for element in elements},
        codes=codes["lists"],
        countries=frozenset(codes["countries"].split()),
    )


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_DATA / name).read_text(encoding="utf-8"))
    return found
