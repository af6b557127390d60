"""An event is named by the hash of what it says: as its standard reckons it, given out, and held against what came."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from cases.custody.epcis.errors import EpcisRefused
from cases.custody.epcis.event_hash import Names, fault_of_hash, hash_of, prehash_of
from cases.custody.epcis.giving import document_of
from cases.custody.epcis.links import constrained
from cases.custody.epcis.reading import Prefixes, events_in
from cases.custody.epcis.taking import rows_of
from cases.custody.models import CustodyEvent, EpcisEvent, EpcisFile
from tests.cases.custody.builders import DECIDED, Supply
from tests.cases.custody.epcis.conftest import PACK, event
from tests.laid import laid

NOW = datetime(2026, 11, 25, tzinfo=UTC)
Write = Callable[..., Path]
VECTORS = {
    "ReferenceEventHashAlgorithm.jsonld": 1,
    "ReferenceEventHashAlgorithm.xml": 1,
    "SensorDataExamples.xml": 12,
    "epcisDocWithAllGS1Keys.jsonld": 1,
}


def identified(path: Path, hashes: list[str], into: Path) -> Path:
    """The same document, each event named by one of these."""
    if path.suffix == ".xml":
        tree = etree.parse(str(path))
        found = [one for one in tree.iter() if str(one.tag).endswith("Event") and one.find("eventTime") is not None]
        for element, given in zip(found, hashes, strict=True):
            named = etree.Element("eventID")
            named.text = given
            element.insert(1, named)
        tree.write(str(into))
    else:
        document = json.loads(path.read_text())
        for one, given in zip(document["epcisBody"]["eventList"], hashes, strict=True):
            one["eventID"] = given
        into.write_text(json.dumps(document))
    return into


def hashes_of(path: Path, into: Path) -> list[str]:
    """What each event of a document hashes to, read from a copy in which each claims a hash."""
    count = sum(1 for _ in events_in(path))
    copy, prefixes = identified(path, ["ni:///sha-256;0?ver=CBV2.0"] * count, into), Prefixes()
    return [hash_of(one, Names(prefixes.fields, prefixes.values)) for one in events_in(copy, prefixes)]


@pytest.mark.standards
@pytest.mark.parametrize("name", VECTORS)
def test_is_the_published_one_and_is_taken_as_such(name: str, standards: Path, tmp_path: Path) -> None:
    path = standards / "epcis/hash" / name
    published = path.with_suffix(".hashes").read_text().split()

    assert hashes_of(path, tmp_path / name) == published
    assert len(list(rows_of(identified(path, published, tmp_path / name), NOW))) == len(published) == VECTORS[name]


@pytest.mark.standards
@pytest.mark.parametrize("name", ["ReferenceEventHashAlgorithm.jsonld", "SensorDataExamples.xml"])
def test_is_made_of_the_published_string(name: str, standards: Path, tmp_path: Path) -> None:
    path = standards / "epcis/hash" / name
    count, prefixes = VECTORS[name], Prefixes()
    copy = identified(path, ["ni:///sha-256;0?ver=CBV2.0"] * count, tmp_path / name)

    strings = [prehash_of(one, Names(prefixes.fields, prefixes.values)) for one in events_in(copy, prefixes)]

    assert strings == path.with_suffix(".prehashes").read_text().split("\n")[:count]


@pytest.mark.standards
def test_events_that_say_the_same_have_one_hash(standards: Path, tmp_path: Path) -> None:
    """A list in another order and the type of a value said aloud change nothing; another zone of the event does."""
    found = {}
    for number in (2, 4, 6):
        name = f"event_with_identical_hash_id_{number}.xml"
        source = tmp_path / f"whole-{name}"
        # As published they declare a document type, for which a file is refused.
        source.write_text((standards / "epcis/examples/xml-2.0" / name).read_text().replace("<!DOCTYPE project>", ""))
        (found[number],) = hashes_of(source, tmp_path / name)

    assert found[4] == found[6]
    assert found[2] != found[4]


SHIPPED = event()
SAID = (
    "eventType=ObjectEventeventTime=2026-03-01T14:00:00.000ZeventTimeZoneOffset=-05:00epcList"
    f"epc={PACK}action=OBSERVEbizStep=https://ref.gs1.org/cbv/BizStep-shipping"
    "disposition=https://ref.gs1.org/cbv/Disp-in_transit"
)


@pytest.mark.parametrize(
    "more",
    [
        {}, {"recordTime": "2026-03-01T15:00:00Z"}, {"eventID": "urn:uuid:x"},
        {"errorDeclaration": {"declarationTime": "2026-03-01T15:00:00Z"}},
        {"eventTime": "2026-03-01T14:00:00.0000Z"},
        {"eventTime": "2026-03-01T15:00:00.0004+01:00"},
        {"epcList": ["urn:epc:id:sgtin:0312345.067890.SN0001"]},
        {"epcList": ["https://example.org/some/path/01/00312345678906/21/SN0001?17=270101"]},
        {"bizStep": "urn:epcglobal:cbv:bizstep:shipping"},
        {"bizStep": "cbv:BizStep-shipping"},
    ],
)  # fmt: skip
def test_leaves_out_what_is_not_of_the_event_and_how_it_was_spelled(more: dict[str, Any]) -> None:
    assert prehash_of(SHIPPED | more, Names()) == SAID


@pytest.mark.parametrize(
    ("given", "link"),
    [
        ("urn:epc:id:pgln:4012345.00000", "417/4012345000009"),
        ("urn:epc:id:sgln:4012345.00011.0", "414/4012345000115"),
        ("urn:epc:id:sgtin:0312345.067890.A+B", "01/00312345678906/21/A%2BB"),
        ("https://id.gs1.org/01/00312345678906/22/2A/10/LOT/21/SN", "01/00312345678906/21/SN"),
        ("https://shop.example/gtin/0312345678906/lot/L1", "01/00312345678906/10/L1"),
        ("https://id.gs1.org/414/4012345000115/254/7?x=1", "414/4012345000115/254/7"),
    ],
)
def test_every_spelling_of_a_key_is_one_link(given: str, link: str) -> None:
    assert constrained(given) == f"https://id.gs1.org/{link}"


@pytest.mark.parametrize(
    "text",
    ["urn:epc:id:sgtin:x", "urn:epc:id:sgtin:0312345.06A890.S", "urn:uuid:1", "https://example.org/a", "geo:1,2"],
)
def test_what_is_no_key_stays_as_it_is(text: str) -> None:
    assert constrained(text) == text


# -- Held against what came.


def claimed(**other: Any) -> dict[str, Any]:
    return SHIPPED | {"eventID": hash_of(SHIPPED, Names())} | other


@pytest.mark.django_db
def test_an_event_that_its_hash_names_is_taken(supply: Supply, written: Write) -> None:
    call_command("epcis_import", str(written(claimed(), event(action="ADD"))), stdout=StringIO())
    assert EpcisEvent.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [{"disposition": "damaged"}, {"epcList": ["https://id.gs1.org/01/00312345678906/21/SN0002"]},
     {"eventTime": "2026-03-01T09:00:01-05:00"}, {"example:temperature": "9"}, {"action": "ADD"}],
)  # fmt: skip
def test_an_event_that_was_changed_after_it_was_named_is_refused_whole(
    change: dict[str, Any], supply: Supply, written: Write
) -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as status:
        call_command("epcis_import", str(written(event(), claimed(**change))), "--json", stdout=out)

    said = json.loads(out.getvalue())
    assert (status.value.code, said["error"], said["event"], said["field"]) == (1, "other_hash", 2, "eventID")
    assert "the event was changed after it was identified" in out.getvalue()
    assert (EpcisFile.objects.count(), EpcisEvent.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("ni:///sha-256;abc?ver=CBV2.0", "the event's own hash is ni:///sha-256;"),
        ("ni:///sha-256;XYZ?ver=CBV2.0", "is no event hash"),
        ("ni:sha-256", "is no event hash"),
        ("ni:///md5;abc?ver=CBV2.0", "'md5' is no algorithm that is known"),
        ("ni:///sha-256;abc?ver=CBV3.0", ""),
    ],
)
def test_says_what_is_wrong_with_the_name(given: str, words: str) -> None:
    told = fault_of_hash(SHIPPED | {"eventID": given}, Names())
    assert words in told
    assert bool(told) == bool(words)


@pytest.mark.parametrize("algorithm", ["sha-256", "sha-384", "sha-512", "sha3-256"])
def test_each_algorithm_of_the_registry_is_reckoned(algorithm: str) -> None:
    assert fault_of_hash(SHIPPED | {"eventID": hash_of(SHIPPED, Names(), algorithm)}, Names()) == ""


def test_a_fault_of_the_event_itself_is_named_before_its_hash(written: Write) -> None:
    with pytest.raises(EpcisRefused) as refused:
        list(rows_of(written(claimed(bizStep="dispensingg")), NOW))
    assert refused.value.code == "unknown_word"


# -- Given out.


@laid
def told(supply: Supply) -> Supply:
    """A case whose custody has gone all the way, with one line put right."""
    supply.bring_to("dispensed")
    supply.do("correct_event", by=supply.house.coordinator, now=DECIDED, reason="Another van.", what="incorrect_data",
              line=CustodyEvent.objects.get(biz_step="shipping"), holder="Skyline, second van")  # fmt: skip
    return supply


def test_our_document_names_each_event_by_its_hash_and_is_taken_back(told: Supply, tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_bytes(document_of(told.case, form="json", now=NOW, company_prefixes=[], by_hash=True))
    events = json.loads(path.read_text())["epcisBody"]["eventList"]

    assert len(list(rows_of(path, NOW))) == len(events) == 11
    assert all(one["eventID"].startswith("ni:///sha-256;") for one in events)
    (declared,) = [one for one in events if "errorDeclaration" in one]
    twins = [one for one in events if one["eventID"] == declared["eventID"]]
    (corrective,) = declared["errorDeclaration"]["correctiveEventIDs"]
    assert len(twins) == 2
    assert sum(one["eventID"] == corrective for one in events) == 1


def test_the_command_offers_both_names_and_refuses_a_hash_in_xml(told: Supply, tmp_path: Path) -> None:
    path = tmp_path / "out"
    call_command("epcis_export", told.case.reference, "--out", str(path), "--event-ids", "hash", stdout=StringIO())
    assert '"eventID": "ni:///sha-256;' in path.read_text()
    call_command("epcis_export", told.case.reference, "--out", str(path), stdout=StringIO())
    assert "ni:///" not in path.read_text()
    with pytest.raises(CommandError, match=r"--format xml12 was given\. Use --format json\."):
        call_command(
            "epcis_export", told.case.reference, "--out", str(path), "--format", "xml12", "--event-ids", "hash"
        )
