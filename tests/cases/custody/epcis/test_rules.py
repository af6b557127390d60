"""An event that is not whole, well-formed and past is refused by name, with the number of the event and the field."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cases.custody.epcis.errors import EpcisRefused
from cases.custody.epcis.identifiers import canonical, fault_of, link_of, pack_of, urn_of
from cases.custody.epcis.reading import MOST_BYTES, _counted, events_in
from cases.custody.epcis.rules import judge
from tests.cases.custody.epcis.conftest import PACK, event

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
Write = Callable[..., Path]


def read(path: Path) -> int:
    number = 0
    for number, found in enumerate(events_in(path), start=1):
        judge(found, number, NOW)
    return number


@pytest.mark.parametrize(
    ("wrong", "code", "field", "words"),
    [
        ({"eventTime": "yesterday"}, "bad_time", "eventTime",
         "'yesterday' is no time that can be read; such as 2026-03-02T09:00:00-05:00 is."),
        ({"eventTime": "2026-03-01T09:00:00"}, "bad_time", "eventTime", "is no time that can be read"),
        ({"eventTimeZoneOffset": "EST"}, "bad_time", "eventTimeZoneOffset", "an offset such as -05:00 is."),
        ({"eventTime": "2026-03-02T15:00:01Z"}, "future_time", "eventTime", "is still to come"),
        ({"recordTime": "2027-01-01T00:00:00Z"}, "future_time", "recordTime", "is still to come"),
        ({"bizStep": "dispensingg"}, "unknown_word", "bizStep",
         "'dispensingg' is no word of the Core Business Vocabulary and no URI of your own. For example: dispensing."),
        ({"disposition": "in_transport"}, "unknown_word", "disposition", "For example: in_transit."),
        ({"epcList": ["urn:epc:id:sgtin:0312345.06789.SN1"]}, "malformed_identifier", "epcList.1",
         "is malformed: an SGTIN has another number of digits or parts."),
        ({"epcList": [PACK, "https://id.gs1.org/01/00312345678905/21/SN1"]}, "malformed_identifier", "epcList.2",
         "The check digit of (01) 00312345678905 is 5 and should be 6."),
        ({"epcList": ["urn:epc:id:sgtinn:0312345.067890.SN1"]}, "malformed_identifier", "epcList.1",
         "names no kind of identifier that GS1 knows."),
        ({"epcList": ["a pack"]}, "bad_field", "epcList.1", '"a pack" is not a "uri".'),
        ({"readPoint": {"id": "urn:epc:id:sgln:0614141.0734.1234"}}, "malformed_identifier", "readPoint.id",
         "an SGLN has another number"),
        ({"epcList": None}, "missing_field", "", "One of the lists that name what the event is about is missing"),
        ({"action": None}, "missing_field", "", '"action" is a required property.'),
        ({"action": "LOOK"}, "bad_field", "action", ""),
        ({"madeUp": 1}, "bad_field", "", "'madeUp' was unexpected"),
        ({"type": "NopeEvent"}, "unknown_event", "type", "'NopeEvent' is no kind of event."),
        ({"epcList": [PACK, PACK]}, "bad_field", "epcList", "non-unique"),
    ],
)  # fmt: skip
def test_names_event_and_field(written: Write, wrong: dict[str, Any], code: str, field: str, words: str) -> None:
    with pytest.raises(EpcisRefused) as refused:
        read(written(event(), event(**wrong)))

    assert (refused.value.code, refused.value.event, refused.value.field) == (code, 2, field)
    assert words in refused.value.sentence
    assert str(refused.value).endswith("Nothing of the file was kept.")


def xml(body: str, *, head: str = "", version: str = "1.2") -> str:
    return (
        f'<?xml version="1.0"?>{head}<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" '
        f'schemaVersion="{version}" creationDate="2026-03-01T10:00:00Z"><EPCISBody><EventList>{body}'
        "</EventList></EPCISBody></epcis:EPCISDocument>"
    )


ONE = (
    "<ObjectEvent><eventTime>2026-03-01T09:00:00-05:00</eventTime><eventTimeZoneOffset>-05:00</eventTimeZoneOffset>"
    "<epcList><epc>urn:epc:id:sgtin:0312345.067890.SN0001</epc></epcList><action>OBSERVE</action>"
    "<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep><disposition>urn:epcglobal:cbv:disp:in_transit</disposition>"
    "</ObjectEvent>"
)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty", "The file is empty."),
        (b"%PDF-1.7 not events", "other_kind", "The file is neither a JSON object nor XML."),
        (b'{"type": "Invoice", "schemaVersion": "2.0"}', "other_kind", "The document is a 'Invoice'"),
        (b'{"type": "EPCISDocument", "schemaVersion": "1.2"}', "other_version", "schemaVersion is '1.2'"),
        (b'{"type": "EPCISDocument", "x": "\xff"}', "not_utf8", "The file is not UTF-8 at byte 32."),
        (b'{"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": []}}', "no_events",
         "The file has no events."),
        (b"{" + b'"a":{' * 5_000, "cut", "The file ends or breaks off"),
        (xml(ONE)[:-60].encode(), "cut", "The file ends or breaks off at line 1"),
        (xml(ONE, head="<!DOCTYPE x SYSTEM 'file:///etc/passwd'>").encode(), "doctype", "declares a document type"),
        (xml(ONE, head='<!DOCTYPE x [<!ENTITY a "aaaa">]>').encode(), "doctype", "declares a document type"),
        (xml(ONE, version="1.0").encode(), "other_version", "schemaVersion is '1.0'"),
        (b"<html/>", "other_kind", "The document is a html, not an EPCISDocument."),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_by_name(written: Write, content: bytes, code: str, words: str) -> None:
    with pytest.raises(EpcisRefused) as refused:
        read(written(content))
    assert (refused.value.code, refused.value.event) == (code, 0)
    assert words in refused.value.sentence


def test_a_file_cut_in_the_middle_says_how_many_events_were_whole(written: Write) -> None:
    whole = written(event(), event(action="ADD")).read_text()
    with pytest.raises(EpcisRefused, match="after 1 whole events") as refused:
        read(written(whole[: whole.index('"ADD"')]))
    assert refused.value.code == "cut"


def test_a_file_beyond_the_limits_is_refused_before_it_is_read(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(EpcisRefused, match=r"The file has 50\.0 MB; at most 50 MB are taken"):
        read(large)
    with pytest.raises(EpcisRefused) as refused:
        list(_counted(iter([{}] * 100_001)))
    assert (refused.value.code, refused.value.event) == ("too_many", 100_001)


def test_json_and_xml_of_one_event_say_the_same(written: Write) -> None:
    (from_json,) = events_in(written(event()))
    (from_xml,) = events_in(written(xml(ONE)))

    assert from_xml | {"epcList": [canonical(one) for one in from_xml["epcList"]]} == from_json


@pytest.mark.parametrize(
    ("gtin", "serial", "prefix", "urn"),
    [
        ("00312345678906", "SN0001", "0312345", "urn:epc:id:sgtin:0312345.067890.SN0001"),
        ("00312345678906", "A/1", "0312345", "urn:epc:id:sgtin:0312345.067890.A%2F1"),
    ],
)
def test_a_pack_has_two_spellings(gtin: str, serial: str, prefix: str, urn: str) -> None:
    assert urn_of(gtin, serial, prefix) == urn
    assert pack_of(urn) == pack_of(link_of(gtin, serial)) == (gtin, serial)
    assert canonical(urn) == link_of(gtin, serial)
    assert fault_of(urn) == fault_of(link_of(gtin, serial)) == ""
    with pytest.raises(ValueError, match="is not of the company prefix 999999"):
        urn_of(gtin, serial, "999999")
