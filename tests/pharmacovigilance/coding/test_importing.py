"""A licensee imports own files: whole or nothing, for one pharmacy, by a page or a command."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import Client

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.lifecycle.errors import FactsInvalid, NotPermitted
from cases.people.models import User
from config.commands import needs_database
from pharmacovigilance.coding.importing import import_dictionary
from pharmacovigilance.coding.services import Kind, look_up, versions_of
from pharmacovigilance.models import CodingDictionary, CodingTerm
from pharmacovigilance.refusing import ListRefused
from pharmacovigilance.tasks import import_dictionaries
from tests.factories import NOW, House, build_house
from tests.laid import laid
from tests.pharmacovigilance.builders import BACKEND
from tests.pharmacovigilance.coding.builders import CHILLS, EDQM_FILE, FEVER, LLT_FILE, OLD, PT_FILE
from tests.written import refused_and_nothing_written


@laid
def house(db: None) -> House:
    return build_house()


def imported(by: User, version: str = "29.0", **more: object) -> CodingDictionary:
    given = {"version": version, "licensee_confirms": True} | more
    return import_dictionary(Kind.MEDDRA, [LLT_FILE, PT_FILE], by=by, now=NOW, **given)  # type: ignore[arg-type]


def test_keeps_every_term_for_the_pharmacy_and_who_confirmed_the_licence(house: House) -> None:
    told: list[tuple[int, int]] = []

    held = imported(house.administrator, progress=lambda done, of: told.append((done, of)))

    assert (held.pharmacy, held.size, held.confirmed_by) == (house.pharmacy, 3, house.administrator)
    assert list(held.terms.order_by("code").values_list("code", "is_current")) == [
        (FEVER, True), (CHILLS, True), (OLD, False),
    ]  # fmt: skip
    assert told == [(3, 3)]


def test_no_term_is_in_the_trail(house: House) -> None:
    imported(house.pic)

    assert AuditEntry.objects.filter(verb="pharmacovigilance.dictionary.imported").count() == 1
    assert not AuditEntry.objects.filter(body__contains="Invented label").exists()


def test_a_faulty_file_keeps_nothing(house: House) -> None:
    with pytest.raises(ListRefused):
        import_dictionary(
            Kind.MEDDRA, [LLT_FILE + b"x$y\r\n", PT_FILE], version="29.0", licensee_confirms=True, by=house.pic, now=NOW
        )
    assert not CodingDictionary.objects.exists()
    assert not CodingTerm.objects.exists()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"version": ""}, ["version"]),
        ({"version": "29"}, ["version"]),
        ({"licensee_confirms": False}, ["licensee_confirms"]),
        ({"version": "latest", "licensee_confirms": False}, ["version", "licensee_confirms"]),
    ],
)
def test_names_a_missing_version_and_an_unconfirmed_licence(
    house: House, given: dict[str, object], named: list[str]
) -> None:
    with refused_and_nothing_written(FactsInvalid) as refusal:
        imported(house.pic, **given)  # type: ignore[arg-type]
    assert list(refusal.value.errors) == named  # type: ignore[attr-defined]


def test_a_version_is_imported_once(house: House) -> None:
    imported(house.pic)
    with refused_and_nothing_written(FactsInvalid) as refusal:
        imported(house.pic)
    assert refusal.value.errors == {  # type: ignore[attr-defined]
        "version": ["Version 29.0 is held already. Give the version of these files."]
    }


def test_is_for_the_pharmacy_alone(house: House) -> None:
    with refused_and_nothing_written(NotPermitted):
        imported(house.doctor)


def test_the_newest_version_comes_first(house: House) -> None:
    for version in ("28.1", "9.1", "29.0"):
        imported(house.pic, version)
    assert [row.version for row in versions_of(house.pharmacy)] == ["29.0", "28.1", "9.1"]


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("label", [FEVER, CHILLS, OLD]),  # current ones first, the shortest first
        ("ALPHA beta", [CHILLS]),
        (OLD, [OLD]),
        ("1000", []),
        ("delta", []),
        ("100%", []),
    ],
)
def test_finds_by_words_or_code(house: House, words: str, codes: list[str]) -> None:
    assert [term.code for term in look_up(imported(house.pic), words)] == codes


def test_a_term_is_not_rewritten(house: House) -> None:
    imported(house.pic)
    with (
        acting(by=house.pic, verb="tests.tampered", business_at=NOW),
        pytest.raises(DatabaseError),
        transaction.atomic(),
    ):
        CodingTerm.objects.update(words="Other")


def test_the_command_imports_a_folder(house: House, tmp_path: Path) -> None:
    (tmp_path / "llt.asc").write_bytes(LLT_FILE)
    (tmp_path / "pt.asc").write_bytes(PT_FILE)
    told = StringIO()

    call_command(
        "import_meddra", str(tmp_path), "--version", "29.0", "--licensee-confirms", "--by", house.pic.email, stdout=told
    )

    assert told.getvalue() == "  3 of 3 terms\nMedDRA 29.0: 3 terms are kept for Harrow Street Pharmacy.\n"


@pytest.mark.parametrize(
    ("files", "more", "sentence"),
    [
        ({}, ["--version", "29.0", "--licensee-confirms"], "llt.asc cannot be read: No such file or directory"),
        ({"llt.asc": LLT_FILE, "pt.asc": PT_FILE}, ["--licensee-confirms"], "No version was given"),
        ({"llt.asc": LLT_FILE, "pt.asc": PT_FILE}, ["--version", "29.0"], "the licence is the pharmacy's own"),
        (
            {"llt.asc": b"", "pt.asc": PT_FILE},
            ["--version", "29.0", "--licensee-confirms"],
            "llt.asc line 0: The file is empty",
        ),
    ],
)
def test_the_command_names_what_is_wrong(
    house: House, tmp_path: Path, files: dict[str, bytes], more: list[str], sentence: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CommandError, match=sentence):
        call_command("import_meddra", str(tmp_path), *more, "--by", house.pic.email)
    assert not CodingDictionary.objects.exists()


def test_the_commands_version_is_the_dictionarys_and_djangos_is_still_asked_for_alone() -> None:
    assert needs_database(["manage.py", "import_meddra", "folder", "--version", "29.0"])
    assert not needs_database(["manage.py", "migrate", "--version"])


@pytest.fixture
def desk(house: House, client: Client) -> Client:
    client.force_login(house.pic, backend=BACKEND)
    return client


def test_the_page_says_that_nothing_is_held_and_what_that_means(desk: Client) -> None:
    page = desk.get("/safety/coding/").text
    assert "No copy of MedDRA is held." in page
    assert "No dictionary is held" in page


def sent(**changed: object) -> dict[str, object]:
    files = {
        "terms": SimpleUploadedFile("llt.asc", LLT_FILE),
        "preferred": SimpleUploadedFile("pt.asc", PT_FILE),
    }
    return files | {"kind": "meddra", "version": "29.0", "licensee_confirms": "on"} | changed


def test_the_page_imports_and_finds(house: House, desk: Client) -> None:
    answer = desk.post("/safety/coding/", sent())

    assert answer.status_code == 302
    import_dictionaries()
    page = desk.get("/safety/coding/?q=gamma").text
    assert "No copy of MedDRA is held." not in page
    assert OLD in page
    assert "Not current" in page
    assert "has “delta”" in desk.get("/safety/coding/?q=delta").text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"version": ""}, "Nothing was entered. Fill it in."),
        ({"version": "29"}, "“29” is no version."),
        ({"licensee_confirms": ""}, "This is not ticked."),
        ({"preferred": ""}, "MedDRA needs pt.asc as well."),
        ({"terms": ""}, "No file was chosen."),
        ({"terms": SimpleUploadedFile("llt.asc", b"10000001;x")}, "The fields are not parted by “$”."),
    ],
)
def test_the_page_names_what_is_wrong_and_keeps_nothing(
    desk: Client, changed: dict[str, object], sentence: str
) -> None:
    page = desk.post("/safety/coding/", sent(**changed))
    assert page.status_code == 422
    assert sentence in page.text
    assert not CodingDictionary.objects.exists()


def test_the_page_takes_a_list_of_edqm(house: House, desk: Client) -> None:
    form = SimpleUploadedFile("forms.csv", EDQM_FILE)
    assert (
        desk.post("/safety/coding/", sent(kind="edqm_form", version="4.0", terms=form, preferred="")).status_code == 302
    )
    assert str(CodingDictionary.objects.get()) == "EDQM dose forms 4.0"


def test_a_copy_is_shown_to_no_other_pharmacy(house: House, client: Client) -> None:
    imported(house.pic)
    client.force_login(house.auditor, backend=BACKEND)
    assert "Invented label" not in client.get("/safety/coding/?q=label").text
