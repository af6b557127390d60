"""What the tests of messages share: the published set, a whole message as a tree that can be cut."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from pharmacovigilance.e2b.building import build
from pharmacovigilance.e2b.findings import Finding
from pharmacovigilance.e2b.places import NAMESPACES
from pharmacovigilance.e2b.reading import Value, parts_of, root_of
from pharmacovigilance.e2b.validating import check_root
from tests.pharmacovigilance.e2b.messages import NOW, batch

Findings = Callable[..., list[Finding]]


@pytest.fixture(scope="session")
def e2b(standards: Path) -> Path:
    """The published schemas, examples and tables of E2B(R3)."""
    return standards / "e2b"


@pytest.fixture
def tree() -> etree._Element:
    """A whole valid message."""
    return root_of(build(batch()))


@pytest.fixture
def found() -> Findings:
    """What is found in a tree, by profile."""

    def look(root: etree._Element, profile: str = "ich", *, is_initial: bool | None = None) -> list[Finding]:
        checked = check_root(root, profile=profile, now=NOW, schemas=None, is_initial=is_initial)
        return list(checked.findings)

    return look


def values_in(root: etree._Element, element: str) -> Iterator[Value]:
    """Every value of an element in a message."""
    for part in parts_of(root).walk():
        yield from part.values.get(element, ())


def one(root: etree._Element, path: str) -> etree._Element:
    """The first node of a path whose names carry the prefix h."""
    found: list[etree._Element] = root.xpath(path, namespaces=NAMESPACES)
    return found[0]
