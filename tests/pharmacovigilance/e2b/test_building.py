"""A content becomes XML."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import e2br3
import pytest
from lxml import etree

from pharmacovigilance.e2b.building import build
from pharmacovigilance.e2b.content import Drug, Null, Reaction, Report, Term, stamp
from pharmacovigilance.e2b.places import NAMESPACES
from pharmacovigilance.e2b.reading import parts_of, root_of
from pharmacovigilance.e2b.validating import check_bytes
from tests.pharmacovigilance.e2b.messages import NOW, batch, died, minimal, report
from tests.pharmacovigilance.e2b.published import fda_places

SHAPES: dict[str, Callable[[], Any]] = {
    "whole": report,
    "fatal": lambda: died(report()),
    "minimal": lambda: minimal(report()),
    "nullified": lambda: replace(report(), nullification="1", nullification_reason="Invented duplicate."),
}


@pytest.mark.standards
@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("profile", ["ich", "eu"])
def test_that_the_published_schema_and_ichs_rules_accept(shape: str, profile: str, e2b: Path) -> None:
    checked = check_bytes(build(batch(SHAPES[shape]())), profile=profile, now=NOW, schemas=e2b / "xsd")

    assert (checked.schema, checked.findings) == ("checked", ())


@pytest.mark.standards
@pytest.mark.parametrize("shape", ["whole", "fatal", "nullified"])
def test_that_fda_would_accept(shape: str, e2b: Path) -> None:
    checked = check_bytes(build(batch(SHAPES[shape]())), profile="fda", now=NOW, schemas=e2b / "xsd")

    assert (checked.schema, checked.findings) == ("checked", ())


def test_of_the_same_bytes_each_time() -> None:
    first, second = build(batch()), build(batch(report()))

    assert hashlib.sha256(first).hexdigest() == hashlib.sha256(second).hexdigest()
    assert first.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<MCCI_IN200100UV01 ")


def test_with_two_lots_on_two_dosage_lines() -> None:
    lines = [
        (dosage.text("G.k.4.r.7"), dosage.text("G.k.4.r.4"))
        for dosage in parts_of(root_of(build(batch()))).parts("dosage")
    ]

    assert lines == [("LOT-A1", "20260302"), ("LOT-B2", "20260316"), ("", "")]


def test_marked_as_a_draft_while_a_reaction_has_no_code() -> None:
    first, second = report().reactions
    words = Term("invented words", language="eng")
    uncoded = replace(report(), reactions=(replace(first, term=words), second))
    document = build(batch(uncoded))

    assert b"<!-- DRAFT, NOT FOR TRANSMISSION: a reaction of this message has no MedDRA code. -->" in document
    assert root_of(document).xpath("string(//h:processingCode/@code)", namespaces=NAMESPACES) == "T"
    found = {finding.element for finding in check_bytes(document, profile="ich", now=NOW).findings}
    assert found == {"E.i.2.1a", "E.i.2.1b"}
    assert b"DRAFT" not in build(batch())


def test_in_which_what_is_withheld_is_masked_and_what_is_unknown_is_not_said() -> None:
    root = root_of(build(batch(minimal(report()))))
    patient = next(parts_of(root).parts("patient"))

    assert (patient.text("D.1"), patient.null("D.1")) == ("", "MSK")
    assert [patient.has(element) for element in ("D.2.1", "D.5", "D.2.3")] == [False, False, False]


def test_whose_seriousness_is_true_or_not_known_and_never_false() -> None:
    reaction = next(parts_of(root_of(build(batch()))).parts("reaction"))
    said = {
        letter: reaction.text(f"E.i.3.2{letter}") or reaction.null(f"E.i.3.2{letter}") for letter in "abcdef"
    }  # fmt: skip

    assert said == {"a": "NI", "b": "NI", "c": "true", "d": "NI", "e": "NI", "f": "NI"}


def test_refuses_a_moment_without_a_zone() -> None:
    assert stamp(datetime(2026, 3, 22, 9, 0, tzinfo=UTC)) == "20260322090000+0000"
    with pytest.raises(ValueError, match="has no zone"):
        stamp(datetime(2026, 3, 22))  # noqa: DTZ001 - what is refused here


# -- An independent reader reads it back.


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_that_an_independent_reader_reads_back_field_by_field(shape: str) -> None:
    """Every field that this reader knows. It has none for lot, holder, country obtained, type of study (facts,
    pharmacovigilance P1), nor for recurrence (G.k.9.i.4): those are held to FDA's places alone.
    """
    written = SHAPES[shape]()
    outer = batch(written)

    read = e2br3.parse(build(outer))

    assert (read.batch_number, read.sender, read.receiver, read.transmission_date.raw) == (
        outer.number, outer.sender, outer.receiver, outer.sent,
    )  # fmt: skip
    (message,) = read.messages
    assert (message.message_id, message.sender, message.receiver) == (written.identifier, "000000000", "CDER")
    assert _report_read(message.icsr) == _report_written(written)
    assert [_reaction_read(one) for one in message.icsr.reactions] == [
        _reaction_written(one) for one in written.reactions
    ]
    assert [_drug_read(one) for one in message.icsr.drugs] == [_drug_written(one) for one in written.drugs]


def _bare(value: Any) -> Any:
    """A value of the reader's as a plain word: the code, the raw date, the null flavour."""
    for name in ("code", "raw", "null_flavor"):
        if (found := getattr(value, name, None)) is not None:
            return getattr(found, "value", found)
    return value


def _null_or(value: Any) -> Any:
    return value.value if isinstance(value, Null) else (value or None)


def _report_read(read: Any) -> dict[str, Any]:
    return {
        "C.1.1": read.safety_report_id, "C.1.2": _bare(read.creation_date), "C.1.3": _bare(read.report_type),
        "C.1.4": _bare(read.first_received_date), "C.1.5": _bare(read.most_recent_date),
        "C.1.8.1": read.worldwide_case_id, "C.1.11.1": _bare(read.nullification_amendment),
        "C.1.11.2": read.nullification_reason,
        "C.2.r": [(_bare(source.country), _bare(source.qualification)) for source in read.primary_sources],
        "C.4.r.1": [entry.reference for entry in read.literature],
        "D.1": _bare(read.patient.name), "D.5": _bare(read.patient.sex),
        "D.2.2": read.patient.age and (str(read.patient.age.value), read.patient.age.unit),
        "H.1": read.narrative,
    }  # fmt: skip


def _report_written(written: Report) -> dict[str, Any]:
    age = written.patient.age
    return {
        "C.1.1": written.identifier, "C.1.2": written.created, "C.1.3": written.kind, "C.1.4": written.first_received,
        "C.1.5": written.most_recent, "C.1.8.1": written.worldwide, "C.1.11.1": written.nullification or None,
        "C.1.11.2": written.nullification_reason or None,
        "C.2.r": [(source.country, source.qualification) for source in written.sources],
        "C.4.r.1": list(written.literature), "D.1": _null_or(written.patient.initials),
        "D.5": _null_or(written.patient.sex), "D.2.2": age and (age.value, age.unit), "H.1": written.narrative,
    }  # fmt: skip


def _reaction_read(read: Any) -> dict[str, Any]:
    return {
        "E.i.1.1a": read.native_term, "E.i.1.1b": read.native_language, "E.i.1.2": read.translated_term,
        "E.i.2.1": (read.meddra.code, read.meddra.code_system_version),
        "E.i.3.2": [
            _bare(criterion) for criterion in (
                read.results_in_death, read.life_threatening, read.hospitalisation, read.disabling,
                read.congenital_anomaly, read.other_medically_important,
            )
        ],
        "E.i.4": _bare(read.start_date), "E.i.5": _bare(read.end_date), "E.i.7": _bare(read.outcome),
    }  # fmt: skip


def _reaction_written(written: Reaction) -> dict[str, Any]:
    met = written.seriousness
    return {
        "E.i.1.1a": written.term.text, "E.i.1.1b": written.term.language, "E.i.1.2": written.translation or None,
        "E.i.2.1": (written.term.code, written.term.version),
        "E.i.3.2": [
            True if criterion else "NI" for criterion in (
                met.death, met.life_threatening, met.hospitalisation, met.disability, met.congenital_anomaly,
                met.other_medically_important,
            )
        ],
        "E.i.4": _null_or(written.started), "E.i.5": _null_or(written.ended), "E.i.7": written.outcome,
    }  # fmt: skip


def _drug_read(read: Any) -> dict[str, Any]:
    return {
        "G.k.1": _bare(read.role), "G.k.2.2": read.product_name, "G.k.2.3.r.1": read.substances,
        "G.k.4.r": [(_bare(line.text), _bare(line.route_text)) for line in read.dosages],
        "G.k.8": _bare(read.action_taken),
        "G.k.9.i": sorted(
            (entry.reaction_index, one.source.original_text, one.method.original_text, one.result)
            for entry in read.relatedness
            for one in entry.assessments
        ),
    }  # fmt: skip


def _drug_written(written: Drug) -> dict[str, Any]:
    return {
        "G.k.1": written.role, "G.k.2.2": written.name, "G.k.2.3.r.1": [one.name for one in written.substances],
        "G.k.4.r": [(_null_or(line.text), _null_or(line.route)) for line in written.dosages],
        "G.k.8": written.action or None,
        "G.k.9.i": sorted((one.reaction, one.source, one.method, one.result) for one in written.relations),
    }  # fmt: skip


# -- Every element stands where FDA says it stands.

# Where FDA's table gives another place than all of FDA's own samples, or one that no message can have.
ELSEWHERE = {
    "FDA.C.1.7.1": "the samples write it as an observation C54588 of the report",
    "FDA.C.1.12": "the samples write it as an observation C156384 of the report",
    "FDA.D.11.r.1": "the samples write it as an observation C17049 of the patient",
    "FDA.E.i.3.2h": "the table runs two code systems together",
    "E.i.5": "the table knows only an end inside an expression",
    "G.k.1": "the table names the drug by a placeholder; see test_drug_and_reaction.py",
    "G.k.2.1.1a": "the table's path lacks a stroke before the attribute",
    "G.k.2.1.1b": "the table's path lacks a stroke before the attribute",
    "G.k.4.r.9.1": "the table leaves the list of dose forms open",
    "G.k.4.r.10.1": "the table writes another list of routes than EDQM's",
    "G.k.9.i.1": "the table names reaction and drug by placeholders; see test_drug_and_reaction.py",
    "G.k.9.i.4": "the table names the reaction by a placeholder; see test_drug_and_reaction.py",
    "G.k.9.i.2.r.1": "the table names reaction and drug by placeholders; see test_drug_and_reaction.py",
    "G.k.9.i.2.r.2": "the table names reaction and drug by placeholders; see test_drug_and_reaction.py",
    "G.k.9.i.2.r.3": "the table names reaction and drug by placeholders; see test_drug_and_reaction.py",
}


# The table refers to a drawing for these, or leaves its cell empty; the samples show their place.
UNPLACED = {
    "F.r.3.2", "F.r.3.3", "G.k.4.r.1a", "G.k.4.r.1b", "G.k.4.r.2", "G.k.4.r.3", "G.k.4.r.4", "G.k.4.r.5",
    "G.k.4.r.6a", "G.k.4.r.6b", "G.k.11",
}  # fmt: skip


@pytest.mark.standards
def test_where_every_element_stands_at_fdas_place(e2b: Path) -> None:
    root = root_of(build(batch(died(report()))))
    written = {
        element for part in parts_of(root).walk() for element, values in part.values.items()
        if any(value.is_given for value in values)
    }  # fmt: skip
    places = fda_places(e2b / "fda" / "icsr_data_elements.csv")

    found, elsewhere = set(), set()
    for element in written:
        if element in ELSEWHERE or element not in places:
            continue
        (found if _says(root, places[element]) else elsewhere).add(element)

    assert elsewhere == set()
    assert written - places.keys() == UNPLACED
    assert len(found) == 127


def _says(root: etree._Element, place: str) -> bool:
    """Whether a value stands at the place, or a null flavour on its node."""
    if root.xpath(place, namespaces=NAMESPACES):
        return True
    node = place.rpartition("/")[0]
    return bool(root.xpath(f"{node}/@nullFlavor", namespaces=NAMESPACES))
