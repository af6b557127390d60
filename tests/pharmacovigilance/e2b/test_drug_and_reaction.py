"""What hangs on one drug and one reaction (G.k.9.i) stands where FDA's table puts it, and reads as FDA's sample does.

The independent reader e2br3 does not read G.k.9.i.4. Here the places are FDA's own, with the identifiers that the
message gives its drugs and reactions put in where the table says "UUID of i-th reaction". Left out of them is in
which file the schema lies, which FDA's own samples do not say as the table does.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from pharmacovigilance.e2b.building import build
from pharmacovigilance.e2b.content import Recurrence, Relation
from pharmacovigilance.e2b.places import NAMESPACES
from pharmacovigilance.e2b.reading import parts_of, root_of
from pharmacovigilance.e2b.validating import check_bytes
from tests.pharmacovigilance.e2b.messages import NOW, batch, report
from tests.pharmacovigilance.e2b.published import fda_places

pytestmark = pytest.mark.standards
REACTION = "//h:subjectOf2/h:observation[h:code[@code='29'][@codeSystem='2.16.840.1.113883.3.989.2.1.1.19']]/h:id/@root"
DRUG = "//h:organizer[h:code[@code='4']]/h:component/h:substanceAdministration/h:id/@root"
K_TH = "h:component[@typeCode='COMP'][h:substanceAdministration/h:id]"
SCHEMA_FILE = "[@xsi:schemaLocation='urn:hl7-org:v3 MCCI_IN200100UV01.xsd']"
Told = dict[tuple[int, int], list[str]]


@pytest.fixture
def places(e2b: Path) -> dict[str, str]:
    return fda_places(e2b / "fda" / "icsr_data_elements.csv")


@pytest.fixture
def sample(e2b: Path) -> etree._Element:
    """FDA's instance with all elements."""
    return root_of((e2b / "fda" / "instances" / "FAERS2022Scenario6.xml").read_bytes())


def told_at(root: etree._Element, place: str) -> Told:
    """What stands at the place of each drug and each reaction, both counted from 0; of other pairs nothing is said."""
    place = place.replace(SCHEMA_FILE, "")
    found: Told = {}
    for k, drug in enumerate(root.xpath(DRUG, namespaces=NAMESPACES)):
        for i, reaction in enumerate(root.xpath(REACTION, namespaces=NAMESPACES)):
            named = place.replace(K_TH, f"{K_TH}[{k + 1}]").replace("UUID of i-th reaction", reaction)
            named = named.replace("UUID of k-th drug", drug).replace("UUID of k-th drag", drug)
            if said := root.xpath(named, namespaces=NAMESPACES):
                found[k, i] = said
    return found


def told_by_our_reader(root: etree._Element) -> Told:
    ids = root.xpath(REACTION, namespaces=NAMESPACES)
    found: Told = {}
    for k, drug in enumerate(parts_of(root).parts("drug")):
        for again in drug.parts("rechallenge"):
            (of,) = again.node.xpath("h:outboundRelationship1/h:actReference/h:id/@root", namespaces=NAMESPACES)
            found.setdefault((k, ids.index(of)), []).append(again.text("G.k.9.i.4"))
    return found


def two_drugs(first: dict[int, str], second: dict[int, str]) -> bytes:
    whole = report()
    ours, beside = (
        replace(drug, recurrences=tuple(Recurrence(*one) for one in said.items()))
        for drug, said in zip(whole.drugs, (first, second), strict=True)
    )
    return build(batch(replace(whole, drugs=(ours, beside))))


@pytest.mark.parametrize("first", [{0: "1", 1: "2"}, {0: "2", 1: "1"}, {1: "3"}, {}])
@pytest.mark.parametrize("second", [{0: "4", 1: "4"}, {0: "1"}, {}])
def test_given_again_stands_at_fdas_place_of_its_drug_and_reaction(
    first: dict[int, str], second: dict[int, str], places: dict[str, str], e2b: Path
) -> None:
    message = two_drugs(first, second)
    written = {(k, i): [code] for k, said in enumerate((first, second)) for i, code in said.items()}

    assert told_at(root_of(message), places["G.k.9.i.4"]) == written
    assert told_by_our_reader(root_of(message)) == written
    checked = check_bytes(message, profile="fda", now=NOW, schemas=e2b / "xsd")
    assert (checked.schema, checked.findings) == ("checked", ())


def test_fdas_own_sample_reads_the_same_by_fdas_place_and_by_our_reader(
    sample: etree._Element, places: dict[str, str]
) -> None:
    """Its comments say: drug 1, reaction 1 did not recur; drug 1, reaction 2 recurred."""
    expected = {(0, 0): ["2"], (0, 1): ["1"]}

    assert (told_at(sample, places["G.k.9.i.4"]), told_by_our_reader(sample)) == (expected, expected)


def test_it_is_written_element_for_element_as_in_fdas_sample(sample: etree._Element) -> None:
    ours = root_of(two_drugs({0: "2"}, {}))

    assert shape_of(ours) == shape_of(sample)
    assert shape_of(ours)[0] == ("outboundRelationship2", {"typeCode": "PERT"})


def shape_of(root: etree._Element) -> list[tuple[str, dict[str, str]]]:
    """Names and attributes of the first G.k.9.i.4, without what only people read and without the identifier's value."""
    relation = root.xpath("//h:outboundRelationship2[h:observation/h:code/@code='31']", namespaces=NAMESPACES)[0]
    return [
        (
            etree.QName(node).localname,
            {name: "…" if name == "root" else value for name, value in node.attrib.items() if name != "displayName"},
        )
        for node in relation.iter(etree.Element)
    ]


@pytest.mark.parametrize(
    ("element", "of_pair"),
    [
        ("G.k.9.i.2.r.1", {(0, 0): ["Reporter", "Pharmacist"], (0, 1): ["Pharmacist"], (1, 1): ["Reporter"]}),
        ("G.k.9.i.2.r.2", {(0, 0): ["WHO-UMC", "Naranjo"], (0, 1): ["WHO-UMC"], (1, 1): ["Global"]}),
        ("G.k.9.i.2.r.3", {(0, 0): ["Probable", "Possible"], (0, 1): ["Unlikely"], (1, 1): ["Not related"]}),
    ],
)
def test_each_judgement_stands_at_fdas_place_of_its_drug_and_reaction(
    element: str, of_pair: Told, places: dict[str, str]
) -> None:
    whole = report()
    beside = replace(whole.drugs[1], relations=(Relation(1, "Reporter", "Global", "Not related"),))
    root = root_of(build(batch(replace(whole, drugs=(whole.drugs[0], beside)))))

    assert told_at(root, places[element]) == of_pair


def test_the_role_stands_at_fdas_place_of_its_drug(places: dict[str, str]) -> None:
    root = root_of(build(batch()))

    assert told_at(root, places["G.k.1"]) == {(0, 0): ["1"], (0, 1): ["1"], (1, 0): ["2"], (1, 1): ["2"]}
