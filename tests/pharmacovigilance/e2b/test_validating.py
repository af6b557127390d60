"""A message against ICH's rules: what the schema does not know is found."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from pharmacovigilance.e2b.elements import table
from pharmacovigilance.e2b.forms import earliest
from pharmacovigilance.e2b.places import NAMESPACES
from pharmacovigilance.e2b.validating import NOT_CHECKED, check_file, check_root
from tests.pharmacovigilance.e2b.conftest import Findings, one, values_in
from tests.pharmacovigilance.e2b.messages import NOW

NEEDED = [element.id for element in table().needed()]


def test_of_a_whole_message_finds_nothing(tree: etree._Element, found: Findings) -> None:
    assert (found(tree), found(tree, "fda"), found(tree, "eu")) == ([], [], [])


def test_knows_the_34_elements_that_are_mandatory_or_required() -> None:
    assert NEEDED == [
        "N.1.1", "N.1.2", "N.1.3", "N.1.4", "N.1.5", "N.2.r.1", "N.2.r.2", "N.2.r.3", "N.2.r.4",
        "C.1.1", "C.1.2", "C.1.3", "C.1.4", "C.1.5", "C.1.6.1", "C.1.7", "C.1.8.1", "C.1.8.2", "C.1.9.1",
        "C.2.r.4", "C.3.1", "D.1", "E.i.2.1a", "E.i.2.1b",
        "E.i.3.2a", "E.i.3.2b", "E.i.3.2c", "E.i.3.2d", "E.i.3.2e", "E.i.3.2f", "E.i.7", "G.k.1", "G.k.2.2", "H.1",
    ]  # fmt: skip


def _cut_value(tree: etree._Element, element: str) -> None:
    """The value goes, the node stays."""
    for value in values_in(tree, element):
        for attribute in ("code", "value", "extension", "nullFlavor", "codeSystemVersion", "assigningAuthorityName"):
            if element.endswith("2.1a") and attribute == "code":
                continue
            if element.endswith("2.1b") and attribute == "codeSystemVersion":
                continue
            value.node.attrib.pop(attribute, None)
        value.node.text = None


def _cut_node(tree: etree._Element, element: str) -> None:
    """The node goes, what is around it stays."""
    for value in list(values_in(tree, element)):
        value.node.getparent().remove(value.node)


@pytest.mark.parametrize("cut", [_cut_value, _cut_node], ids=["value", "node"])
@pytest.mark.parametrize("element", NEEDED)
def test_finds_each_needed_element_that_was_deleted(
    element: str, cut: Callable[[etree._Element, str], None], tree: etree._Element, found: Findings
) -> None:
    cut(tree, element)

    told = [finding for finding in found(tree) if finding.element == element]

    assert told
    assert {finding.rule for finding in told} <= {"ICH-MISSING", "ICH-EMPTY"}
    assert told[0].sentence.startswith(f"{element} ({table().elements[element].label}) is ")
    assert told[0].xpath.startswith("/MCCI_IN200100UV01")


def test_finds_what_is_needed_when_whole_parts_are_gone(tree: etree._Element, found: Findings) -> None:
    for path in ("//h:observation[h:code/@code='29']", "//h:organizer[h:code/@code='4']", "//h:primaryRole/h:player1"):
        node = one(tree, path)
        node.getparent().remove(node)
    second = one(tree, "//h:observation[h:code/@code='29']")
    second.getparent().remove(second)

    missing = {finding.element for finding in found(tree) if finding.rule == "ICH-MISSING"}

    assert missing == {
        "D.1", "E.i.2.1a", "E.i.2.1b", "E.i.3.2a", "E.i.3.2b", "E.i.3.2c", "E.i.3.2d", "E.i.3.2e", "E.i.3.2f", "E.i.7",
        "G.k.1", "G.k.2.2",
    }  # fmt: skip


def test_finds_all_of_a_report_that_has_nothing(found: Findings) -> None:
    empty = etree.fromstring(f'<MCCI_IN200100UV01 xmlns="{NAMESPACES["h"]}"/>')

    assert {finding.element for finding in found(empty) if finding.rule == "ICH-MISSING"} == set(NEEDED)


def _attribute(path: str, name: str, value: str) -> Callable[[etree._Element], None]:
    return lambda tree: one(tree, path).set(name, value)


def _text(path: str, value: str) -> Callable[[etree._Element], None]:
    def change(tree: etree._Element) -> None:
        one(tree, path).text = value

    return change


_REACTION = "//h:observation[h:code/@code='29']"
_ABOUT = _REACTION + "/h:outboundRelationship2/h:observation[h:code/@code='{}']/h:value"
# What to change in the whole message, and the one finding that must come of it.
FAULTS: list[tuple[Callable[[etree._Element], None], str, str]] = [
    (_attribute(_ABOUT.format(27), "code", "77"), "ICH-CODE", "E.i.7"),
    (_attribute("//h:value[contains(@codeSystem, '1.1.2')]", "code", "9"), "ICH-CODE", "C.1.3"),
    (_attribute("//h:asLocatedEntity/h:location/h:code", "code", "GBR"), "ICH-COUNTRY", "C.2.r.3"),
    (_attribute("//h:locatedPlace/h:code", "code", "gb"), "ICH-COUNTRY", "E.i.9"),
    (_attribute("//h:locatedPlace/h:code", "code", "XX"), "ICH-COUNTRY", "E.i.9"),
    (_text("//h:addr/h:country", "USA"), "ICH-COUNTRY", "G.k.2.4"),
    (_attribute("//h:availabilityTime", "value", "20990101"), "ICH-FUTURE", "C.1.5"),
    (_attribute(_REACTION + "/h:effectiveTime/h:high", "value", "2026070112"), "ICH-FUTURE", "E.i.5"),
    (_attribute("//h:deceasedTime | //h:investigationEvent/h:effectiveTime/h:low", "value", "202603"),
     "ICH-PRECISION", "C.1.4"),
    (_attribute("//h:investigationEvent/h:effectiveTime/h:low", "value", "2026-03-20"), "ICH-DATE", "C.1.4"),
    (_attribute("//h:investigationEvent/h:effectiveTime/h:low", "value", "20260230"), "ICH-DATE", "C.1.4"),
    (_attribute("/*/h:creationTime", "value", "20260322"), "ICH-PRECISION", "N.1.5"),
    (_attribute("/*/h:creationTime", "value", "20260322090000"), "ICH-ZONE", "N.1.5"),
    (_text("//h:lotNumberText", "L" * 36), "ICH-LENGTH", "G.k.4.r.7"),
    (_text("//h:investigationEvent/h:text", ""), "ICH-EMPTY", "H.1"),
    (_text("//h:investigationEvent/h:text", " \n\t "), "ICH-EMPTY", "H.1"),
    (_text("//h:lotNumberText", " "), "ICH-EMPTY", "G.k.4.r.7"),
    (_attribute(_ABOUT.format(33), "value", "false"), "ICH-TRUE", "E.i.3.2c"),
    (_attribute("//h:investigationCharacteristic[h:code/@code='2']/h:value", "value", "false"),
     "ICH-TRUE", "C.1.9.1"),
    (_attribute("//h:observationEvent[h:code/@code='23']/h:value", "value", "yes"), "ICH-BOOLEAN", "C.1.7"),
    (_attribute("//h:investigationEvent/h:id[2]", "extension", "GB-HARROW"), "ICH-IDENTIFIER", "C.1.8.1"),
    (_attribute("//h:investigationEvent/h:id[2]", "extension", "XX-HARROW-1"), "ICH-IDENTIFIER", "C.1.8.1"),
    (_attribute("//h:PORR_IN049016UV/h:id", "extension", "OTHER"), "ICH-SAME-ID", "N.2.r.1"),
    (_attribute("//h:PORR_IN049016UV/h:creationTime", "value", "20260323090000+0000"), "ICH-SAME-TIME", "N.2.r.4"),
    (_attribute(_REACTION + "/h:value", "code", "fever"), "ICH-MEDDRA", "E.i.2.1b"),
    (_attribute(_REACTION + "[2]/h:value | (" + _REACTION + "/h:value)[2]", "codeSystemVersion", "28.1"),
     "ICH-ONE-MEDDRA", "E.i.2.1a"),
    (_attribute(_REACTION + "/h:value/h:originalText", "language", "en"), "ICH-LANGUAGE", "E.i.1.1b"),
    (_attribute("//h:doseQuantity", "unit", "mcg"), "ICH-UNIT", "G.k.4.r.1b"),
    (_attribute("//h:doseQuantity", "value", "one"), "ICH-NUMBER", "G.k.4.r.1a"),
    (_attribute("//h:availabilityTime", "value", "20260301"), "ICH-ORDER", "C.1.5"),
    (_attribute("//h:causalityAssessment/h:subject1//h:id", "root", "unknown"), "ICH-REACTION", "G.k.9.i.1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "rule", "element"), FAULTS, ids=[f"{r}-{e}-{i}" for i, (_, r, e) in enumerate(FAULTS)]
)
def test_finds_a_fault_that_the_schema_lets_through(
    change: Callable[[etree._Element], None], rule: str, element: str, tree: etree._Element, found: Findings
) -> None:
    change(tree)

    assert [(finding.rule, finding.element) for finding in found(tree)] == [(rule, element)]


def test_finds_a_second_primary_source_and_none(tree: etree._Element, found: Findings) -> None:
    outer = tree.xpath("//h:outboundRelationship[h:relatedInvestigation/h:code/@code='2']", namespaces=NAMESPACES)
    outer[1].insert(0, etree.fromstring(f'<priorityNumber xmlns="{NAMESPACES["h"]}" value="1"/>'))
    two = [(finding.rule, finding.element) for finding in found(tree)]
    for source in outer:
        source.remove(source[0])

    assert two == [("ICH-PRIMARY-SOURCE", "C.2.r.5")]
    assert [(finding.rule, finding.element) for finding in found(tree)] == [("ICH-PRIMARY-SOURCE", "C.2.r.5")]


def test_finds_a_null_flavour_that_is_not_allowed(tree: etree._Element, found: Findings) -> None:
    value = one(tree, "//h:player1/h:name")
    value.set("nullFlavor", "NI")

    assert [(finding.rule, finding.element, finding.sentence) for finding in found(tree)] == [
        (
            "ICH-NULL", "D.1",
            "D.1 (Patient (initials)) has the null flavour NI; allowed are: ASKU, MSK, NA, NASK, UNK.",
        )
    ]  # fmt: skip


def test_finds_no_suspected_drug(tree: etree._Element, found: Findings) -> None:
    for role in tree.xpath("//h:causalityAssessment[h:code/@code='20']/h:value", namespaces=NAMESPACES):
        role.set("code", "2")

    assert [(finding.rule, finding.element) for finding in found(tree)] == [("ICH-SUSPECTED-DRUG", "G.k.1")]


def test_warns_of_a_fatal_outcome_without_death_and_accepts_it(tree: etree._Element) -> None:
    one(tree, _ABOUT.format(27)).set("code", "5")

    checked = check_root(tree, profile="ich", now=NOW, schemas=None)

    assert checked.is_accepted
    assert [(finding.rule, finding.element, finding.severity) for finding in checked.findings] == [
        ("ICH-FATAL", "E.i.3.2a", "warning")
    ]


def test_finds_a_birth_after_the_reaction_began(tree: etree._Element, found: Findings) -> None:
    birth = one(tree, "//h:birthTime")
    birth.attrib.clear()
    birth.set("value", "20260319")

    assert [(finding.rule, finding.element) for finding in found(tree)] == [("ICH-ORDER", "E.i.4")]


def test_names_the_study_pairing_of_the_eu(tree: etree._Element, found: Findings) -> None:
    one(tree, "//h:researchStudy/h:code").set("code", "1")

    assert [(finding.rule, finding.element) for finding in found(tree, "eu")] == [("EU-STUDY", "C.5.4")]
    assert found(tree) == []


def test_says_that_the_schema_was_not_looked_at(tree: etree._Element) -> None:
    assert check_root(tree, profile="ich", now=NOW, schemas=None).schema == NOT_CHECKED


@pytest.mark.standards
def test_tells_the_schemas_faults_with_the_element_at_their_place(tree: etree._Element, e2b: Path) -> None:
    one(tree, "//h:availabilityTime").set("value", "2026-03-21")

    checked = check_root(tree, profile="ich", now=NOW, schemas=e2b / "xsd")

    told = {(finding.layer, finding.rule, finding.element) for finding in checked.findings}
    assert told == {("schema", "XSD", "C.1.5"), ("ich", "ICH-DATE", "C.1.5")}


@pytest.mark.standards
@pytest.mark.parametrize("name", [
    *(f"fda/instances/FAERS2022Scenario{number}.xml" for number in (1, 2, 3, 4, 6)), "fhir/VAERS_EXAMPLE.xml",
])  # fmt: skip
def test_calls_nothing_missing_in_what_others_published(name: str, e2b: Path) -> None:
    checked = check_file(e2b / name, profile="ich", now=NOW, schemas=e2b / "xsd")

    assert checked.schema == "checked"
    wrong = ("ICH-MISSING", "ICH-EMPTY", "ICH-CONDITION", "XSD")
    assert [finding for finding in checked.findings if finding.rule in wrong] == []


@pytest.mark.standards
@pytest.mark.parametrize("number", [1, 2, 3, 4, 6])
def test_finds_no_rule_of_fdas_broken_in_fdas_own_samples(number: int, e2b: Path) -> None:
    """FDA's samples break ICH's N.2.r.1 = C.1.1 (facts, pharmacovigilance P4); by FDA's own rules they are clean."""
    path = e2b / f"fda/instances/FAERS2022Scenario{number}.xml"
    checked = check_file(path, profile="fda", now=NOW, schemas=None)

    assert [finding for finding in checked.findings if finding.layer == "recipient"] == []


def test_reads_a_date_without_a_zone_as_the_earliest_it_can_mean() -> None:
    moments = [earliest(text) for text in ("20260601", "20260601120000+0200", "202613", "2026060112")]

    assert [moment and f"{moment:%Y-%m-%d %H:%M}" for moment in moments] == [
        "2026-05-31 10:00", "2026-06-01 10:00", None, "2026-05-31 22:00",
    ]  # fmt: skip
