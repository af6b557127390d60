"""The application pack: one file with every paper, nothing blank, nobody named against the pathway, kept as sent."""

import io
import json
import os
from contextlib import suppress
from datetime import date
from pathlib import Path

import pikepdf
import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.audit.context import acting
from cases.documents.media import TEXT
from cases.documents.models import Document
from cases.documents.services import read_bytes, store_written
from cases.documents.storage import path_of
from cases.lifecycle.errors import NotPossible, RequirementsUnmet
from cases.models import Medicine
from cases.people.identity import Identity, correct_identity, reveal_identity
from cases.people.models import IdentityAccess
from cases.print.bind import page_count
from cases.print.typeset import NotPrintable, spoken, typeset
from regulatory.pack.fields import FIELDS
from regulatory.pack.library import HERE, order_for
from regulatory.pack.making import PLAIN, as_addressed
from regulatory.profiles.loader import load
from regulatory.progress import progress_of, report
from tests.laid import laid
from tests.printed import printed
from tests.regulatory.ground import Ground, at, build_ground

MAKE = "regulatory.filing.make_pack"
NOW = at("2026-02-26 09:00")
ORDERS = json.loads((HERE / "orders.json").read_text())


@laid
def specials(db: None) -> Ground:
    ground = build_ground("UK-SPECIALS", now=NOW, country="GB", zone="Europe/London")
    ground.paper("prescription", uploaded=True)
    ground.paper("gmp_evidence", issued_on=NOW.date())
    ground.take("regulatory.filing.open", kind="notification", authority="MHRA", quantity="6")
    return ground


def made(ground: Ground, **facts: str) -> Document:
    given = {"language": "en", "naming": "initials"} | facts
    ground.take(MAKE, subject=ground.filing, **given)
    assert ground.filing.pack is not None
    return ground.filing.pack


def text_of(pack: Document, tmp_path: Path) -> str:
    """What a reader can copy out of the file."""
    content = read_bytes(pack.file)
    if keep := os.environ.get("NPP_KEEP_PACKS"):
        (Path(keep) / f"{pack.case.reference}-{pack.label}.pdf").write_bytes(content)
    return printed(content, tmp_path)


@pytest.mark.parametrize(
    ("authority", "addressed"),
    [
        ("Emirates Drug Establishment (took over 44 services from MOHAP in phases)", "Emirates Drug Establishment"),
        ("Regional Bureau of Health and Welfare (MHLW)", "Regional Bureau of Health and Welfare (MHLW)"),
        ("MHRA", "MHRA"),
    ],
)
def test_a_letter_names_its_authority_without_the_remark_of_the_fact(authority: str, addressed: str) -> None:
    assert as_addressed(authority) == addressed


def test_one_step_makes_one_file_with_every_paper(specials: Ground, tmp_path: Path) -> None:
    pack = made(specials)
    assert (pack.title, pack.doc_type, pack.state, pack.media_type, pack.holds_identity) == (
        "Application pack of F-1", "application_pack", "accepted", "application/pdf", True,
    )  # fmt: skip
    text = text_of(pack, tmp_path)
    pages = text.split("\f")[:-1]
    assert (pack.pages, len(pages)) == (6, 6)
    foot = f"{specials.case.reference} F-1"
    assert [page.rstrip().splitlines()[-1].split("page ")[-1] for page in pages] == [f"{n} of 6" for n in range(1, 7)]
    assert all(foot in page for page in pages)
    assert "Notification for one named patient" in pages[0]
    assert "Quantity asked for: 6 × vial." in pages[0]
    assert "2 enclosures: 6 pages" in pages[0]
    assert "high confidence, not reviewed by a pharmacist" in " ".join(pages[1].split())
    assert "Draft, not signed." in pages[2]
    assert "Enclosure 1: D-" in pages[4]
    assert "Enclosure 2: D-" in pages[5]


def test_others_see_how_far_it_is_while_it_is_made_and_nothing_afterwards(specials: Ground) -> None:
    filing = specials.filing
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.autocommit = True

        def seen() -> list[tuple[str]]:
            told = f"npp filing {filing.pk} %"
            return other.execute("SELECT application_name FROM pg_stat_activity WHERE application_name LIKE %s", [told]
                                 ).fetchall()  # fmt: skip

        with transaction.atomic():
            report(filing, 3, 8)
            assert seen() == [(f"npp filing {filing.pk} 3/8",)]
            assert progress_of(filing) == (3, 8)
            transaction.set_rollback(True)
        assert seen() == []


def test_what_is_filed_names_nobody_unless_the_name_is_chosen(specials: Ground, tmp_path: Path) -> None:
    identity = Identity(family_name="Zzyzx", given_names="Quillon", birth_date=NOW.date().replace(year=1990))
    correct_identity(
        specials.case.patient, identity=identity, by=specials.house.coordinator, now=NOW, reason="A name that is rare."
    )
    assert "Zzyzx" not in text_of(made(specials), tmp_path)
    named = text_of(made(specials, naming="name"), tmp_path)
    assert named.count("Quillon Zzyzx") == 1  # UK-SPECIALS' sheet has no patient; the letter's draft has
    seen = IdentityAccess.objects.filter(patient=specials.case.patient, kind="revealed")
    assert [(access.purpose, access.fields) for access in seen] == [("application pack of F-1", ["full_name"])]


def test_a_form_that_asks_for_the_sex_waits_for_it_and_no_event_tells_it(db: None, tmp_path: Path) -> None:
    ground = build_ground("AU-SAS-A", now=NOW, country="AU", zone="Australia/Sydney")
    identity = Identity(family_name="Example1", given_names="Ada", birth_date=NOW.date().replace(year=1990))
    correct_identity(
        ground.case.patient, identity=identity, by=ground.house.coordinator, now=NOW, reason="No sex was known."
    )
    ground.take("regulatory.filing.open", kind="notification", authority="TGA", quantity="6")
    with pytest.raises(RequirementsUnmet) as refused:
        made(ground)
    assert [(line.fact, line.remedy) for line in refused.value.unmet] == [
        ("Patient's sex is empty. Record the patient's sex.", ("Record the patient's sex", "cases.patient.record_sex"))
    ]
    event = ground.take("cases.patient.record_sex", sex="other")
    assert (event.facts, reveal_identity(ground.case.patient, by=ground.house.pic, purpose="test", now=NOW).sex) == (
        {}, "other",
    )  # fmt: skip
    text = " ".join(text_of(made(ground), tmp_path).split())
    assert "Patient's sex another, or not determined" in text
    seen = IdentityAccess.objects.filter(patient=ground.case.patient, kind="revealed").latest("pk")
    assert seen.fields == ["birth_date", "record_number", "sex"]


def test_a_birth_date_that_is_not_known_blocks_a_form_that_asks_for_it(db: None) -> None:
    ground = build_ground("AU-SAS-A", now=NOW, country="AU", zone="Australia/Sydney")
    identity = Identity(family_name="Example1", given_names="Ada", sex="female")
    correct_identity(ground.case.patient, identity=identity, by=ground.house.coordinator, now=NOW, reason="Not known.")
    ground.take("regulatory.filing.open", kind="notification", authority="TGA", quantity="6")
    with pytest.raises(RequirementsUnmet) as refused:
        made(ground)
    assert [line.code for line in refused.value.unmet] == ["PackHasNoBlank:patient_birth_date"]


@pytest.mark.parametrize("key", sorted(set(ORDERS) - {"general"}))
def test_an_order_of_lines_names_known_fields_once_and_a_source_of_its_pathway(key: str) -> None:
    profile = load().profiles[key]
    order = order_for(profile)
    codes = [code for _, codes in order["sections"] for code in codes]
    assert len(codes) == len(set(codes)) == len([code for code in codes if code in FIELDS])
    told = json.dumps(profile.raw)
    assert [source for source in order["source"] if f'"{source}"' not in told] == []
    if order["basis"] == "sourced":
        assert (order["reviewed"], order["address"].startswith("https://")) == (False, True)
        assert (order["confidence"] in ("high", "medium"), date.fromisoformat(order["read_on"]).year) == (True, 2026)
    else:
        assert (order["basis"], order["confidence"]) == ("recalled", "medium")


def test_a_pathway_that_forbids_the_name_is_obeyed(db: None) -> None:
    ground = build_ground("AU-SAS-A", now=NOW, country="AU", zone="Australia/Sydney")
    ground.take("regulatory.filing.open", kind="notification", authority="TGA", quantity="6")
    before = ground.written()
    with pytest.raises(RequirementsUnmet) as refused:
        made(ground, naming="name")
    (line,) = refused.value.unmet
    assert (line.code, line.fact) == (
        "PackNamesAsAllowed",
        "The pathway forbids the patient's name on what is filed. Chosen: the full name.",
    )
    assert (ground.filing.pack, ground.written()) == (None, before)


def test_a_missing_line_blocks_and_names_itself(specials: Ground) -> None:
    with acting(by=specials.house.pic, verb="tests.medicine.emptied", business_at=NOW):
        Medicine.objects.filter(pk=specials.case.medicine_id).update(manufacturer="")
    with pytest.raises(RequirementsUnmet) as refused:
        made(specials)
    assert [(line.code, line.sentence, line.fact) for line in refused.value.unmet] == [
        (
            "PackHasNoBlank:manufacturer",
            "Manufacturer is known",
            "Manufacturer is empty. Ask an administrator to complete the medicine.",
        )
    ]


def test_a_quantity_is_asked_once_and_kept_with_the_filing(specials: Ground) -> None:
    specials.take("regulatory.filing.open", kind="notification", authority="MHRA")
    with pytest.raises(RequirementsUnmet) as refused:
        made(specials)
    assert [line.code for line in refused.value.unmet] == ["PackHasNoBlank:quantity"]
    made(specials, quantity="12.5")
    assert str(specials.filing.quantity) == "12.500"


def test_the_same_ground_gives_the_same_bytes(specials: Ground) -> None:
    first = made(specials)
    assert made(specials).pk == first.pk


def test_a_later_pack_takes_the_place_of_the_earlier(specials: Ground) -> None:
    first = made(specials)
    second = made(specials, language="fr")
    first = Document.objects.get(pk=first.pk)
    assert (first.state, second.version, specials.filing.pack) == ("superseded", 2, second)


def test_a_pack_that_is_out_of_date_is_not_sent(specials: Ground) -> None:
    for doc_type in ("regulator_form", "gdp_evidence", "medical_necessity_letter"):
        specials.paper(doc_type)
    specials.answer("UK-SPECIALS.documents.5", "no")
    specials.take("regulatory.filing.make_ready", subject=specials.filing)
    pack = made(specials)
    late = specials.paper("regulator_form", uploaded=True)
    line = specials.line("PackIsCurrent", "regulatory.filing.submit", subject=specials.filing)
    assert (line.state, line.fact) == ("unmet", f"Since {pack.label} was made, this changed: {late.label}.")
    again = made(specials)
    for kind in ("clinical", "regulatory"):
        specials.review(kind)
    specials.submit(at("2026-02-26 11:00"))
    sent = read_bytes(again.file)
    with pytest.raises(NotPossible):
        made(specials)
    assert (specials.filing.pack, read_bytes(specials.filing.pack.file)) == (again, sent)


def test_a_signed_letter_on_file_takes_the_place_of_the_draft(specials: Ground, tmp_path: Path) -> None:
    specials.paper("medical_necessity_letter")
    text = text_of(made(specials), tmp_path)
    assert "Draft, not signed." not in text
    assert "Invented medical_necessity_letter" in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Pourquoi il est nécessaire"),
        ("es", "Por qué es necesario"),
        ("ja", "必要とする理由"),
        ("ar", ""),
    ],
)
def test_is_made_in_every_language(specials: Ground, tmp_path: Path, language: str, words: str) -> None:
    pack = made(specials, language=language)
    with pikepdf.open(io.BytesIO(read_bytes(pack.file))) as file:
        assert str(file.Root.Lang) == language
    # Arabic is looked at, not read: what is copied out of it may double letters (ADR 13).
    assert words in text_of(pack, tmp_path)


def test_letters_of_other_scripts_are_printed_or_named(specials: Ground, tmp_path: Path) -> None:
    with acting(by=specials.house.pic, verb="tests.medicine.renamed", business_at=NOW):
        Medicine.objects.filter(pk=specials.case.medicine_id).update(name="架空薬", manufacturer="Вымышленный завод")
    assert "架空薬" in text_of(made(specials), tmp_path)
    with acting(by=specials.house.pic, verb="tests.medicine.renamed", business_at=NOW):
        Medicine.objects.filter(pk=specials.case.medicine_id).update(manufacturer="가상 제약")
    with pytest.raises(NotPossible) as refused:
        made(specials, language="fr")
    assert refused.value.sentence.startswith("Fabricant: “가")


def test_a_locked_paper_is_named(specials: Ground) -> None:
    store_written(
        case=specials.case, doc_type="gdp_evidence", content=b"%PDF-1.7 broken", media_type="application/pdf",
        by=specials.house.coordinator, now=NOW,
    )  # fmt: skip
    with pytest.raises(NotPossible) as refused:
        made(specials)
    assert "GDP evidence cannot be bound: it is locked or damaged." in refused.value.sentence
    assert specials.filing.pack is None


def test_a_paper_in_letters_that_no_font_holds_is_named(specials: Ground) -> None:
    store_written(
        case=specials.case, doc_type="gdp_evidence", content="가상".encode(), media_type=TEXT,
        by=specials.house.coordinator, now=NOW,
    )  # fmt: skip
    with pytest.raises(NotPossible) as refused:
        made(specials)
    assert refused.value.sentence.startswith("D-4 GDP evidence: “가")
    assert refused.value.sentence.endswith("Send that paper as a PDF. Nothing was made.")


def test_a_paper_whose_file_is_gone_is_named(specials: Ground) -> None:
    stored = specials.case.documents.get(doc_type="gmp_evidence").file
    path_of(stored.storage_name).unlink()
    with pytest.raises(NotPossible) as refused:
        made(specials)
    assert f"The file {stored.sha256[:8]} of {specials.case.reference} is missing." in refused.value.sentence


def test_an_erased_patient_has_no_pack(specials: Ground) -> None:
    with acting(by=specials.house.pic, verb="tests.key.destroyed", business_at=NOW):
        for key in specials.case.patient.keys.all():
            key.erase(by=specials.house.pic, erased_at=NOW, ground="The patient asked for it.")
            key.save()
    with pytest.raises(RequirementsUnmet) as refused:
        made(specials)
    assert [line.code for line in refused.value.unmet] == ["PatientIsKept"]


# What may stand in a field: anything but NUL, which PostgreSQL does not keep, and half a surrogate pair.
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=40)


@settings(max_examples=150, deadline=None)
@given(text=ANY_TEXT)
def test_whatever_people_wrote_is_printed_or_refused_in_words(text: str) -> None:
    about = {"title": "Any", "lang": "en", "rtl": False, "printed_on": "2026-02-26"}
    with suppress(NotPrintable):
        assert page_count(typeset(PLAIN, {**about, "lines": [spoken(text)]})) >= 1


def test_the_medicine_and_its_strength_are_one_name_from_right_to_left() -> None:
    for words in sorted((HERE / "words").glob("*.json")):
        assert "{medicine} {strength}" not in words.read_text(), words.name
    arabic = json.loads((HERE / "words" / "ar.json").read_text())
    assert "{product}" in arabic["opening"]
