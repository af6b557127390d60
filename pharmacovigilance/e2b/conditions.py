"""Elements that become needed by others of the same part: ICH's conditional elements, with FDA's number for each.

Source: ICH E2B(R3) data elements, conformance "conditional"; FDA rejection and warning rules. One table for both: where
the recipient is FDA, a fault is told by FDA's number, else by ICH-CONDITION.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pharmacovigilance.e2b.elements import MANDATORY, table
from pharmacovigilance.e2b.findings import Finding
from pharmacovigilance.e2b.reading import Part


@dataclass(frozen=True)
class Condition:
    """``needed`` must be provided where one of ``given`` is, and each of ``unless`` is not.

    :param value: the value that ``given`` must have; empty for any.
    :param scope: the part in which both are looked for, when it is not that of ``needed``.
    """

    fda: str
    needed: str
    given: tuple[str, ...]
    value: str = ""
    unless: tuple[str, ...] = ()
    scope: str = ""

    @property
    def words(self) -> str:
        when = " or ".join(self.given) + (f" is {self.value}" if self.value else " is provided")
        return when + (f" and {', '.join(self.unless)} not" if self.unless else "")

    def holds(self, part: Part) -> bool:
        """Whether it asks for the element in this part."""
        if any(part.has(other) for other in self.unless):
            return False
        return any(part.text(g) == self.value if self.value else part.has(g) for g in self.given)


@dataclass(frozen=True)
class Need:
    """``needed`` must be provided somewhere in a part of ``scope`` for which ``holds`` is true."""

    fda: str
    needed: str
    scope: str
    words: str
    holds: Callable[[Part], bool]


def _both(first: str, a: str, second: str, b: str) -> tuple[Condition, Condition]:
    """Two elements that only say something together: number and unit, code and version."""
    return Condition(first, a, (b,)), Condition(second, b, (a,))


def _of(prefix: str, *ends: str) -> tuple[str, ...]:
    return tuple(prefix + end for end in ends)


CONDITIONS: Final = (
    Condition("R0018", "C.1.9.1.r.2", ("C.1.9.1.r.1",)),
    Condition("", "C.1.9.1.r.1", ("C.1.9.1.r.2",)),
    Condition("", "C.1.11.2", ("C.1.11.1",)),
    Condition("R0019", "C.2.r.3", ("C.2.r.5",), "1"),
    Condition("R0020", "C.2.r.4", ("C.2.r.5",), "1"),
    Condition("R0023", "C.5.4", ("C.1.3",), "2", scope="report"),
    *_both("R0029", "D.2.2a", "R0030", "D.2.2b"),
    *_both("R0031", "D.2.2.1a", "R0032", "D.2.2.1b"),
    *_both("R0033", "D.7.1.r.1a", "R0034", "D.7.1.r.1b"),
    Condition("R0036", "D.8.r.1", _of("D.8.r.", "2a", "2b", "4", "5", "6a", "6b", "7a", "7b")),
    *_both("R0037", "D.8.r.6a", "R0038", "D.8.r.6b"),
    *_both("R0039", "D.8.r.7a", "R0040", "D.8.r.7b"),
    *_both("R0042", "D.9.2.r.1a", "R0043", "D.9.2.r.1b"),
    Condition("R0044", "D.9.2.r.2", ("D.9.2.r.1a", "D.9.2.r.1b")),
    Condition("R0045", "D.9.3", ("D.9.1",)),
    *_both("R0046", "D.9.4.r.1a", "R0047", "D.9.4.r.1b"),
    Condition("R0048", "D.9.4.r.2", ("D.9.4.r.1a", "D.9.4.r.1b")),
    *_both("R0049", "D.10.2.2a", "R0050", "D.10.2.2b"),
    *_both("R0052", "D.10.7.1.r.1a", "R0053", "D.10.7.1.r.1b"),
    *_both("R0054", "D.10.8.r.6a", "R0055", "D.10.8.r.6b"),
    *_both("R0056", "D.10.8.r.7a", "R0057", "D.10.8.r.7b"),
    Condition("R0058", "E.i.1.1b", ("E.i.1.1a",)),
    *_both("R0059", "E.i.6a", "R0060", "E.i.6b"),
    Condition("R0061", "F.r.1", ("F.r.2.1", "F.r.2.2a", "F.r.2.2b")),
    Condition("R0062", "F.r.2.1", ("F.r.1",), unless=("F.r.2.2b",)),
    Condition("R0063", "F.r.2.2a", ("F.r.2.2b",)),
    Condition("R0064", "F.r.2.2b", ("F.r.1",), unless=("F.r.2.1",)),
    Condition("R0065", "F.r.3.1", ("F.r.2.2b",), unless=("F.r.3.2", "F.r.3.4")),
    Condition("R0066", "F.r.3.2", ("F.r.2.2b",), unless=("F.r.3.1", "F.r.3.4")),
    Condition("R0067", "F.r.3.3", ("F.r.3.2",)),
    Condition("R0068", "F.r.3.4", ("F.r.2.2b",), unless=("F.r.3.1", "F.r.3.2")),
    Condition("R0073", "G.k.2.3.r.3b", ("G.k.2.3.r.3a",)),
    Condition("R0074", "G.k.3.2", ("G.k.3.1",)),
    Condition("R0075", "G.k.4.r.1b", ("G.k.4.r.1a",)),
    Condition("R0076", "G.k.4.r.3", ("G.k.4.r.2",)),
    *_both("R0077", "G.k.4.r.6a", "R0078", "G.k.4.r.6b"),
    *_both("R0079", "G.k.5a", "R0080", "G.k.5b"),
    *_both("R0081", "G.k.6a", "R0082", "G.k.6b"),
    *_both("R0083", "G.k.7.r.2a", "R0084", "G.k.7.r.2b"),
    *_both("R0088", "G.k.9.i.3.1a", "R0089", "G.k.9.i.3.1b"),
    *_both("R0090", "G.k.9.i.3.2a", "R0091", "G.k.9.i.3.2b"),
    *_both("R0097", "H.3.r.1a", "R0098", "H.3.r.1b"),
    Condition("R0099", "H.5.r.1b", ("H.5.r.1a",)),
)


def _says_nothing_else(part: Part, scopes: tuple[str, ...]) -> bool:
    return not any(inner.has(e.id) for scope in scopes for inner in part.parts(scope) for e in table().of_scope[scope])


def _parent_is_described(parent: Part) -> bool:
    return not _says_nothing_else(parent, ("parent_history", "parent_drug")) or any(
        parent.has(element.id) for element in table().of_scope["parent"]
    )


NEEDS: Final = (
    Need("R0009", "C.1.6.1.r.1", "report", "C.1.6.1 is true", lambda part: part.text("C.1.6.1") == "true"),
    Need("R0017", "C.1.9.1.r.1", "report", "C.1.9.1 is true", lambda part: part.text("C.1.9.1") == "true"),
    Need("R0022", "C.3.2", "sender", "C.3.1 is not 7", lambda part: part.text("C.3.1") not in ("", "7")),
    Need(
        "R0035", "D.7.2", "patient", "no coded history (D.7.1) is provided",
        lambda part: _says_nothing_else(part, ("history",)),
    ),
    Need("R0051", "D.10.6", "parent", "anything of the parent (D.10) is provided", _parent_is_described),
)  # fmt: skip


def check(batch: Part, *, for_fda: bool) -> Iterator[Finding]:
    """Every conditional element that is missing, by FDA's number where FDA is the recipient and has one."""
    elements = table().elements
    for condition in (*CONDITIONS, *NEEDS):
        element = elements[condition.needed]
        for part in batch.parts(condition.scope or element.scope):
            if not condition.holds(part) or _provided(condition.needed, part):
                continue
            by_fda = for_fda and condition.fda
            if not by_fda and element.need == MANDATORY:  # told as missing already
                continue
            yield Finding(
                "recipient" if by_fda else "ich", condition.needed, condition.fda if by_fda else "ICH-CONDITION",
                part.where(condition.needed),
                f"{condition.needed} ({element.label}) is missing; it is needed when {condition.words}.",
            )  # fmt: skip


def _provided(element: str, part: Part) -> bool:
    return part.has(element) or any(
        inner.has(element) for inner in part.parts(table().elements[element].scope)
    )  # fmt: skip
