"""Held to schemas and examples that nobody here wrote: valid files are taken, invalid refused, ours validate."""

import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import pytest
from lxml import etree

from cases.custody.epcis.errors import EpcisRefused
from cases.custody.epcis.giving import document_of
from cases.custody.epcis.reading import events_in
from cases.custody.epcis.rules import judge
from cases.custody.models import CustodyEvent
from tests.cases.custody.builders import DECIDED, GTIN, Supply
from tests.laid import laid

pytestmark = pytest.mark.standards
NOW = datetime(2026, 11, 25, tzinfo=UTC)
VALID = {"examples/json": 24, "examples/xml-1.2": 3, "examples/xml-2.0": 10, "openepcis/json-valid": 19}
# Not events of a document: master data, reports of a capture; and those that declare a document type.
OTHER = {"other_kind", "doctype"}
INVALID = {
    "json-invalid/Combination_of_events_with_missing_mandatory_fields.json": "missing_field",
    "json-invalid/Combination_of_non_standard_bizStep_and_disposition.json": "unknown_word",
    "json-invalid/ObjectEvent_with_ilmd_field_without_namespace.json": "bad_field",
    "json-invalid/ObjectEvent_with_invalid_certificationInfo.json": "bad_field",
    "json-invalid/ObjectEvent_with_non_standard_bizStep.json": "unknown_word",
    "json-invalid/ObjectEvent_with_non_standard_disposition.json": "unknown_word",
    "json-invalid/ObjectEvent_with_unknown_field_in_quantityList.json": "bad_field",
    "json-invalid/ObjectEvent_without_identifier_list.json": "missing_field",
    "xml-invalid/ObjectEvent_bare_event_without_action.xml": "other_kind",
    "xml-invalid/ObjectEvent_with_invalid_eventTime_format.xml": "bad_time",
    "xml-invalid/ObjectEvent_with_unknown_element.xml": "bad_field",
    "xml-invalid/ObjectEvent_without_eventTime.xml": "missing_field",
}


def outcome(path: Path) -> str:
    try:
        for number, event in enumerate(events_in(path), start=1):
            judge(event, number, NOW)
    except EpcisRefused as refusal:
        return refusal.code
    return "taken"


@pytest.mark.parametrize("folder", VALID)
def test_every_valid_example_is_taken(standards: Path, folder: str) -> None:
    told = {path.name: outcome(path) for path in (standards / "epcis" / folder).iterdir()}

    assert {name: code for name, code in told.items() if code not in ("taken", *OTHER)} == {}
    assert sum(code == "taken" for code in told.values()) == VALID[folder]


def test_every_invalid_example_is_refused_by_name(standards: Path) -> None:
    root = standards / "epcis/openepcis"
    found = [*root.glob("json-invalid/*"), *root.glob("xml-invalid/*")]

    assert {str(path.relative_to(root)): outcome(path) for path in found} == INVALID


@laid
def told(supply: Supply) -> Supply:
    """A case whose custody has gone all the way, with one line put right."""
    supply.bring_to("dispensed")
    supply.do("correct_event", by=supply.house.coordinator, now=DECIDED, reason="Another van.", what="incorrect_data",
              line=CustodyEvent.objects.get(biz_step="shipping"), holder="Skyline, second van")  # fmt: skip
    return supply


def test_the_exported_json_validates_with_formats(standards: Path, told: Supply) -> None:
    schema = json.loads((standards / "epcis/schema/json/EPCIS-JSON-Schema.json").read_text())
    document = json.loads(document_of(told.case, form="json", now=NOW, company_prefixes=[]))

    errors = [
        error.message for error in jsonschema_rs.Draft7Validator(schema, validate_formats=True).iter_errors(document)
    ]

    assert errors == []
    assert len(document["epcisBody"]["eventList"]) == 11


def test_the_exported_xml_validates_against_the_schema_of_1_2(standards: Path, told: Supply) -> None:
    schema = etree.XMLSchema(etree.parse(str(standards / "epcis/schema/xsd-1.2/EPCglobal-epcis-1_2.xsd")))
    document = document_of(told.case, form="xml12", now=NOW, company_prefixes=[GTIN[1:8]])

    root = etree.fromstring(document)

    assert [error.message for error in schema.error_log] == []
    assert schema.validate(root), schema.error_log
    assert root.findtext(".//epc") == f"urn:epc:id:sgtin:{GTIN[1:8]}.0{GTIN[8:13]}.SN-1-1"
