"""Each needed element, deleted from what FDA published at the place that FDA gives, is found: no path of ours helps."""

import copy
from pathlib import Path

import pytest
from lxml import etree

from pharmacovigilance.e2b.elements import table
from pharmacovigilance.e2b.places import NAMESPACES
from pharmacovigilance.e2b.validating import check_root
from tests.pharmacovigilance.e2b.messages import NOW
from tests.pharmacovigilance.e2b.published import fda_places

PREFIXES = NAMESPACES | {"xsi": "http://www.w3.org/2001/XMLSchema-instance"}


def _delete(root: etree._Element, place: str) -> bool:
    """Take away what stands at the place, or the node of its null flavour; whether anything did."""
    hits = root.xpath(place, namespaces=PREFIXES)
    if not hits and place.rpartition("/")[2].startswith("@"):
        hits = root.xpath(f"{place.rpartition('/')[0]}[@nullFlavor]", namespaces=PREFIXES)
    for hit in hits:
        node = hit if isinstance(hit, etree._Element) else hit.getparent()
        if getattr(hit, "is_attribute", False):
            del node.attrib[hit.attrname]
        elif getattr(hit, "is_text", False):
            node.text = None
        else:
            node.getparent().remove(node)
    return bool(hits)


def _told(root: etree._Element) -> set[tuple[str, str]]:
    findings = check_root(root, profile="ich", now=NOW, schemas=None).findings
    return {(one.rule, one.element) for one in findings if one.rule in ("ICH-MISSING", "ICH-EMPTY")}


@pytest.mark.standards
@pytest.mark.parametrize("number", [1, 2, 3, 4, 6])
def test_is_found(number: int, e2b: Path) -> None:
    root = etree.parse(e2b / f"fda/instances/FAERS2022Scenario{number}.xml").getroot()
    places = fda_places(e2b / "fda" / "icsr_data_elements.csv")
    assert _told(root) == set()

    deleted, silent = set(), set()
    for element in table().needed():
        cut = copy.deepcopy(root)
        if _delete(cut, places[element.id]):
            deleted.add(element.id)
            silent |= {element.id} - {found for _, found in _told(cut)}

    assert silent == set()
    # FDA's table names the drug of a role by a placeholder (see test_drug_and_reaction.py).
    assert {element.id for element in table().needed()} - deleted == {"G.k.1"}
