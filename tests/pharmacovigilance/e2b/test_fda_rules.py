"""FDA's coded rules: each that a message alone can break is broken once, and named by its number."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from lxml import etree

from pharmacovigilance.e2b.building import build
from pharmacovigilance.e2b.conditions import CONDITIONS, Condition
from pharmacovigilance.e2b.content import Study
from pharmacovigilance.e2b.elements import table
from pharmacovigilance.e2b.fda import UNCHECKED, checked_numbers
from pharmacovigilance.e2b.reading import root_of
from tests.pharmacovigilance.e2b.conftest import Findings
from tests.pharmacovigilance.e2b.messages import batch, minimal, report
from tests.pharmacovigilance.e2b.planting import NOTHING, plant, some_value
from tests.pharmacovigilance.e2b.published import fda_rules

Changes = dict[str, str | None]
TO_IND: Changes = {"N.1.4": "ZZFDA_PREMKT", "N.2.r.3": "CDER_IND", "FDA.C.5.5a": "123456", "FDA.C.5.6.r": "null:NA"}
EXEMPT: Changes = {"N.1.4": "ZZFDA_PREMKT", "N.2.r.3": "CDER_IND_EXEMPT_BA_BE", "FDA.C.5.5b": "234567"}
DEVICE: Changes = {"FDA.C.1.12": "true", "FDA.G.k.12.r.1": "true", "FDA.G.k.12.r.3.r": "4001", "FDA.G.k.12.r.4": "x"}
# What is changed in a report that FDA would accept, so that the rule is broken.
BROKEN: dict[str, Changes] = {
    "R0004": {"N.1.4": "ZZOTHER"},
    "R0005": TO_IND | {"N.1.4": "ZZFDA"},
    "R0100": {"N.2.r.2": "111111111"},
    "R0006": {"N.2.r.3": "CBER"},
    "R0007": {"N.1.4": "ZZFDA_PREMKT"},
    "R0008": TO_IND | {"C.1.3": "1"},
    "R0110": TO_IND | {"C.5.4": NOTHING},
    "R0111": EXEMPT | {"C.1.3": "1"},
    "R0112": TO_IND | {"C.1.3": "3"},
    "R0009": {"C.1.6.1.r.1": NOTHING},
    "R0010": {"C.1.6.1.r.2": "compressed"},
    "R0011": {"C.1.7": "null:NI"},
    "R0012": {"FDA.C.1.12": "true", "FDA.C.1.7.1": "2"},
    "R0013": {"FDA.C.1.12": "true", "C.1.7": "false"},
    "R0014": {"FDA.C.1.7.1": "4"},
    "R0015": {"C.1.7": "false", "FDA.C.1.7.1": "5"},
    "R0016": TO_IND | {"FDA.C.1.7.1": "2"},
    "R0017": {"C.1.9.1.r.1": NOTHING},
    "W0001": {"D.1": "AGGREGATE", "C.1.10.r": NOTHING},
    "R0021": {"C.2.r.5": NOTHING},
    "R0022": {"C.3.2": NOTHING},
    "R0102": TO_IND | {"C.5.4": "9"},
    "R0103": {"C.1.3": "1"},
    "R0104": {"C.5.4": "9"},
    "R0113": TO_IND | {"C.1.3": "1"},
    "W0002": {"D.1": "AGGREGATE"},
    "R0024": TO_IND | {"FDA.C.5.5a": NOTHING},
    "R0107": {"FDA.C.5.5a": "123456"},
    "R0025": EXEMPT | {"FDA.C.5.5b": NOTHING},
    "R0108": {"FDA.C.5.5b": "234567"},
    "R0026": TO_IND | {"FDA.C.5.6.r": NOTHING},
    "R0109": {"FDA.C.5.6.r": "222222"},
    "R0027": DEVICE | {"E.i.2.1b": "10067482"},
    "W0010": TO_IND,
    "R0035": {"D.7.2": NOTHING, "D.7.1.r.1b": NOTHING, "D.7.1.r.1a": NOTHING, "D.7.1.r.2": NOTHING,
              "D.7.1.r.3": NOTHING, "D.7.1.r.5": NOTHING},
    "R0041": TO_IND | {"E.i.3.2a": "true"},
    "R0051": {"D.10.1": "null:MSK"},
    "W0003": {"D.1": "null:NA"},
    "W0004": {"D.1": "SUMMARY"},
    "W0005": {"G.k.1": "2"},
    "R0069": {"G.k.1": "2"},
    "R0070": TO_IND | {"G.k.1": "4"},
    "R0071": EXEMPT | {"G.k.1": "2"},
    "R0114": {"G.k.3.1": "IND123456"},
    "R0085": TO_IND | {"G.k.9.i.2.r.1": NOTHING},
    "R0086": TO_IND | {"G.k.9.i.2.r.2": NOTHING},
    "R0087": TO_IND | {"G.k.9.i.2.r.3": NOTHING},
    "W0006": EXEMPT,
    "R0092": {"FDA.C.1.7.1": "5"},
    "R0093": DEVICE | {"FDA.G.k.12.r.3.r": NOTHING},
    "R0094": DEVICE | {"FDA.G.k.12.r.4": "null:NI"},
    "R0095": DEVICE | {"FDA.G.k.12.r.4": "null:NI"},
    "R0096": DEVICE | {"FDA.G.k.12.r.4": "null:NI"},
    "W0007": DEVICE | {"FDA.C.1.7.1": "4"},
    "R0101": {"C.1.11.1": "1", "C.1.11.2": "Invented reason."},
}  # fmt: skip


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_is_named_when_it_is_broken(rule: str, tree: etree._Element, found: Findings) -> None:
    assert rule not in {finding.rule for finding in found(tree, "fda", is_initial=True)}
    for element, value in BROKEN[rule].items():
        plant(tree, element, value)
    if rule == "R0010":
        node = tree.find(".//{*}reference/{*}document/{*}text")
        node.set("compression", "DF")

    told = [finding for finding in found(tree, "fda", is_initial=True) if finding.rule == rule]

    assert told
    assert told[0].severity == ("warning" if rule.startswith("W") else "rejection")
    assert told[0].layer == "recipient"
    assert told[0].sentence.startswith(f"{told[0].element} ({table().elements[told[0].element].label}) ")
    assert told[0].xpath.startswith("/MCCI_IN200100UV01/")


@pytest.mark.parametrize("condition", [one for one in CONDITIONS if one.fda], ids=lambda one: one.fda)
def test_is_named_when_an_element_lacks_the_one_it_needs(condition: Condition, found: Findings) -> None:
    tree = root_of(build(batch(replace(minimal(report()), study=None))))
    given = condition.given[0]
    value = condition.value or some_value(table().elements[given])
    scope = table().elements[given].scope
    anew = table().scopes[scope].times == "many" and scope != "source"
    plant(tree, given, value, anew=anew)
    plant(tree, condition.needed, NOTHING)

    told = [finding for finding in found(tree, "fda") if finding.rule == condition.fda]
    plant(tree, condition.needed, some_value(table().elements[condition.needed]))
    after = [finding for finding in found(tree, "fda") if finding.rule == condition.fda]

    assert [finding.element for finding in told] == [condition.needed]
    assert after == []


def test_is_told_by_ichs_own_name_to_another_recipient(tree: etree._Element, found: Findings) -> None:
    plant(tree, "G.k.3.2", NOTHING)

    assert [(finding.layer, finding.rule, finding.element) for finding in found(tree)] == [
        ("ich", "ICH-CONDITION", "G.k.3.2")
    ]
    assert [(finding.layer, finding.rule) for finding in found(tree, "fda")] == [("recipient", "R0074")]


def test_asks_no_initial_report_of_a_follow_up(tree: etree._Element, found: Findings) -> None:
    plant(tree, "C.1.7", "null:NI")
    plant(tree, "FDA.C.1.7.1", "2")

    assert found(tree, "fda", is_initial=False) == []
    assert [finding.rule for finding in found(tree, "fda")] == ["R0011"]


def test_asks_fdas_own_elements(found: Findings) -> None:
    tree = root_of(build(batch(minimal(report()))))

    missing = {finding.element for finding in found(tree, "fda") if finding.rule == "FDA-REQUIRED"}

    assert missing == {
        "FDA.C.1.7.1", "FDA.C.1.12", "FDA.C.2.r.2.8", "FDA.D.11.r.1", "FDA.D.12", "FDA.E.i.3.2h",
        "C.3.3.1", "C.3.3.2", "C.3.3.3", "C.3.3.5", "C.3.4.1", "C.3.4.2", "C.3.4.3", "C.3.4.4", "C.3.4.5", "C.3.4.6",
        "C.3.4.7", "C.3.4.8",
    }  # fmt: skip


def test_has_a_broken_message_for_each_rule_that_is_checked() -> None:
    assert BROKEN.keys() | {one.fda for one in CONDITIONS if one.fda} == checked_numbers()


@pytest.mark.standards
def test_is_checked_or_has_its_reason_for_all_121(e2b: Path) -> None:
    published = fda_rules(e2b / "fda" / "rejection_warning_rules.csv")

    assert len(published) == 121
    assert checked_numbers() | UNCHECKED.keys() == published.keys()
    assert not checked_numbers() & UNCHECKED.keys()


@pytest.mark.standards
def test_stands_in_the_document_under_its_element(e2b: Path) -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "e2b-rules.md").read_text(encoding="utf-8")
    rows = {cells[1]: cells for line in text.splitlines() if (cells := [cell.strip() for cell in line.split("|")])[1:]}

    for rule, element in fda_rules(e2b / "fda" / "rejection_warning_rules.csv").items():
        assert rows[rule][2] == {"FDA.D.11.r": "FDA.D.11.r.1"}.get(element, element), rule
        assert (rows[rule][3] == "not checked") == (rule in UNCHECKED), rule
    assert all(reason in text for reason in UNCHECKED.values())


def test_leaves_a_study_out_where_there_is_none() -> None:
    assert b"researchStudy" not in build(batch(replace(report(), study=None)))
    assert b"researchStudy" in build(batch(replace(report(), study=Study(kind="1"))))
