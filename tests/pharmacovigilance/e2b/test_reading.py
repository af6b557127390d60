"""A file that is no message is named as what it is, and nothing of it is read."""

import tracemalloc
from pathlib import Path

import pytest

from pharmacovigilance.e2b.building import build
from pharmacovigilance.e2b.findings import Unreadable
from pharmacovigilance.e2b.reading import MOST_BYTES, document_of, parts_of, root_of
from tests.pharmacovigilance.e2b.messages import batch

MESSAGE = build(batch())
ROOT = '<MCCI_IN200100UV01 xmlns="urn:hl7-org:v3"/>'
BOMB = "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;&b;&b;'>]>"
SHOWS_FILES = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>'
REFUSED = [
    (b"", "FILE-EMPTY", "The file is empty."),
    (b" \n", "FILE-EMPTY", "The file is empty."),
    (BOMB.encode() + ROOT.encode(), "FILE-DOCTYPE", "document type"),
    (b"<!-- a --> " + SHOWS_FILES.encode() + ROOT.encode(), "FILE-DOCTYPE", "document type"),
    (b"<!doctype html><html/>", "FILE-DOCTYPE", "document type"),
    (MESSAGE.replace(b"&amp;", b"&own;"), "FILE-ENTITY", "uses an entity at line 33, column 85"),
    (MESSAGE[:3000], "FILE-XML", "breaks off at line"),
    (ROOT[:-2].encode() + b">" + b"<a>" * 3000 + b"</a>" * 3000, "FILE-DEPTH", "more elements within one another"),
    (b"no message at all", "FILE-XML", "no whole XML document"),
    (b'{"json": true}', "FILE-XML", "no whole XML document"),
    (b"<html/>", "FILE-ROOT", "is “html” of no namespace, not MCCI_IN200100UV01"),
    (ROOT.replace("200100", "200101").encode(), "FILE-ROOT", "is “MCCI_IN200101UV01”"),
    (ROOT.replace("urn:hl7-org:v3", "urn:other").encode(), "FILE-ROOT", "of urn:other"),
    (ROOT.encode("utf-16"), "FILE-ENCODING", "UTF-16"),
    (('<?xml version="1.0" encoding="ISO-8859-1"?>' + ROOT).encode("latin-1"), "FILE-ENCODING", "is in ISO-8859-1"),
    (MESSAGE.replace(b"invented patient", b"inv\xe9nted patient"), "FILE-ENCODING", "is not UTF-8 at byte"),
]


@pytest.mark.parametrize(("data", "rule", "words"), REFUSED, ids=[f"{row[1]}-{i}" for i, row in enumerate(REFUSED)])
def test_is_refused_by_name(data: bytes, rule: str, words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        root_of(data)

    finding = refused.value.finding
    assert (finding.layer, finding.rule, finding.severity, finding.xpath) == ("file", rule, "rejection", "/")
    assert words in finding.sentence


def test_of_fifty_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    large = tmp_path / "large.xml"
    with large.open("wb") as file:
        file.truncate(50_000_000)

    tracemalloc.start()
    with pytest.raises(Unreadable) as refused:
        document_of(large)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert refused.value.finding.sentence == "The file has 50.0 MB; at most 25 MB are read. Send it in parts."
    assert most < 1_000_000
    assert MOST_BYTES == 25_000_000


@pytest.mark.parametrize(
    ("inner", "words"),
    [("<a/>" * 600_001, "600,003 marks; at most 600,000"), ("<PORR_IN049016UV/>" * 1_000, "more than 5,000 parts")],
    ids=["marks", "parts"],
)
def test_of_far_too_many_parts_is_refused(inner: str, words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parts_of(root_of(ROOT.replace("/>", f">{inner}</MCCI_IN200100UV01>").encode()))

    assert refused.value.finding.rule == "FILE-SIZE"
    assert words in refused.value.finding.sentence


def test_takes_the_words_of_a_document_type_in_a_narrative_as_words() -> None:
    told = MESSAGE.replace(b"An invented patient", b"<![CDATA[<!DOCTYPE and &entity;]]> An invented patient")

    narrative = next(parts_of(root_of(told)).parts("report")).text("H.1")

    assert narrative.startswith("<!DOCTYPE and &entity; An invented patient")


def test_takes_a_byte_order_mark_and_remarks_before_the_root() -> None:
    told = MESSAGE.replace(b"<MCCI", b"<!-- one --><?two?>\n<MCCI", 1)

    assert next(parts_of(root_of(b"\xef\xbb\xbf" + told)).parts("report")).text("C.1.1") == "GB-HARROW-SC0001"


def test_reads_each_value_null_flavour_and_absence_as_what_it_is() -> None:
    patient = next(parts_of(root_of(MESSAGE)).parts("patient"))

    assert (patient.text("D.2.2a"), patient.null("D.2.2a")) == ("48", "")
    assert (patient.text("D.2.1"), patient.null("D.2.1")) == ("", "MSK")
    assert (patient.text("D.9.1"), patient.null("D.9.1"), patient.has("D.9.1")) == ("", "", False)
