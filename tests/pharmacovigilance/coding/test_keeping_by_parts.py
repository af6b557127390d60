"""A worker keeps the terms of an import in parts; a dictionary that nothing rests on is removed."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.lifecycle.errors import FactsInvalid, NotPermitted, NotPossible
from pharmacovigilance.coding import importing
from pharmacovigilance.coding.importing import (
    carry_on_imports,
    import_dictionary,
    keep_terms,
    order_import,
    remove_dictionary,
    rests_on,
)
from pharmacovigilance.coding.services import Kind, versions_of
from pharmacovigilance.models import AdverseEvent, CodingDictionary, CodingTerm, DictionaryFile
from tests.factories import NOW, House, build_house
from tests.laid import laid
from tests.pharmacovigilance.builders import READ, Safety, signed_in
from tests.pharmacovigilance.coding.builders import CHILLS, EDQM_FILE, FEVER, LLT_FILE, OLD, PT_FILE
from tests.written import refused_and_nothing_written


@laid
def house(db: None) -> House:
    return build_house()


def ordered(house: House) -> CodingDictionary:
    files = [LLT_FILE, PT_FILE]
    return order_import(Kind.MEDDRA, files, version="29.0", licensee_confirms=True, by=house.pic, now=NOW)


def imported(house: House, kind: str = Kind.MEDDRA, version: str = "29.0") -> CodingDictionary:
    files = [LLT_FILE, PT_FILE] if kind == Kind.MEDDRA else [EDQM_FILE]
    return import_dictionary(kind, files, version=version, licensee_confirms=True, by=house.pic, now=NOW)


def removed(dictionary: CodingDictionary, by: Any, reason: str = "The licence has ended.") -> None:
    remove_dictionary(dictionary, reason=reason, by=by, now=NOW)


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part is one term, so that an import of three has three parts."""
    monkeypatch.setattr(importing, "BATCH", 1)


def test_is_held_once_the_worker_kept_every_term(house: House) -> None:
    ordered(house)
    assert versions_of(house.pharmacy) == []
    assert CodingTerm.objects.count() == 0

    carry_on_imports(now=NOW)
    carry_on_imports(now=NOW)

    (held,) = versions_of(house.pharmacy)
    assert (held.kept, held.size, held.is_whole) == (3, 3, True)
    assert {term.code for term in held.terms.all()} == {FEVER, CHILLS, OLD}
    assert not DictionaryFile.objects.exists()


def test_is_carried_on_where_a_worker_was_cut_off(house: House, one_by_one: None) -> None:
    class CutOff(Exception):
        pass

    def cut_off(done: int, of: int) -> None:
        if done == 2:
            raise CutOff

    dictionary = ordered(house)
    with pytest.raises(CutOff):
        keep_terms(dictionary, now=NOW, progress=cut_off)
    dictionary.refresh_from_db()
    assert (dictionary.kept, dictionary.is_whole, dictionary.terms.count()) == (2, False, 2)

    told: list[tuple[int, int]] = []
    keep_terms(dictionary, now=NOW, progress=lambda done, of: told.append((done, of)))

    assert told == [(3, 3)]
    assert dictionary.terms.count() == 3


def test_stops_where_somebody_removes_it_meanwhile(house: House, one_by_one: None) -> None:
    dictionary = ordered(house)

    keep_terms(dictionary, now=NOW, progress=lambda done, of: removed(dictionary, house.administrator))

    dictionary.refresh_from_db()
    assert (dictionary.kept, dictionary.is_whole, dictionary.removed_by) == (1, False, house.administrator)
    assert not CodingTerm.objects.exists()
    assert not DictionaryFile.objects.exists()


def test_the_page_shows_how_far_it_is_and_loads_itself_anew_when_it_is_whole(house: House) -> None:
    dictionary = ordered(house)
    desk = signed_in(house.coordinator)

    page = desk.get("/safety/coding/").text
    assert "MedDRA 29.0: 0 of 3 terms kept; it waits for the worker" in page
    assert 'hx-get="/safety/coding/imports/" hx-trigger="every 2s"' in page
    assert "No copy of MedDRA is held." in page
    part = desk.get("/safety/coding/imports/")
    assert (f'<progress id="kept-{dictionary.pk}" max="3" value="0">' in part.text, "HX-Refresh" in part) == (
        True,
        False,
    )

    carry_on_imports(now=NOW)
    assert desk.get("/safety/coding/imports/")["HX-Refresh"] == "true"


# -- Removing.


def test_one_that_nothing_rests_on_goes_with_its_terms_and_can_be_imported_anew(house: House) -> None:
    dictionary = imported(house)
    removed(dictionary, house.administrator)

    dictionary.refresh_from_db()
    assert (dictionary.removed_by, dictionary.removal_reason) == (house.administrator, "The licence has ended.")
    assert (versions_of(house.pharmacy), CodingTerm.objects.count()) == ([], 0)
    assert AuditEntry.objects.filter(verb="pharmacovigilance.dictionary.removed").count() == 1
    assert imported(house).is_whole
    with refused_and_nothing_written(NotPossible):
        removed(dictionary, house.pic)


def test_one_that_is_used_says_by_what_and_stays(safety: Safety) -> None:
    house = safety.supply.house
    dictionary = imported(house)
    safety.attach(safety.receive())
    safety.take("event.code", now=READ, subject=AdverseEvent.objects.get(), code=FEVER, version="")
    reference = safety.supply.case.reference

    with refused_and_nothing_written(NotPossible) as refusal:
        removed(dictionary, house.pic)
    assert str(refusal.value) == f"MedDRA 29.0 is used by {reference} AE-1. Nothing was removed."

    safety.assess()
    safety.lock()
    assert rests_on(dictionary) == [f"{reference} AE-1", f"{reference} V-1"]
    page = signed_in(house.pic).post(f"/safety/coding/{dictionary.pk}/remove/", {"reason": "Old."})
    assert (page.status_code, f"<bdi>{reference} V-1</bdi>" in page.text) == (409, True)
    assert CodingTerm.objects.count() == 3


def test_a_list_of_forms_is_used_by_the_locked_versions_that_have_its_codes(safety: Safety) -> None:
    house = safety.supply.house
    form = safety.supply.case.medicine.form
    content = f"code,term\r\n10000101,{form}\r\n".encode()
    given = {"licensee_confirms": True, "by": house.pic, "now": READ}
    forms = import_dictionary(Kind.EDQM_FORM, [content], version="4.0", **given)  # type: ignore[arg-type]
    routes = import_dictionary(Kind.EDQM_ROUTE, [content], version="4.0", **given)  # type: ignore[arg-type]
    safety.locked()

    assert rests_on(forms) == [f"{safety.supply.case.reference} V-1"]
    assert rests_on(routes) == []


def test_is_removed_by_its_keepers_with_a_reason(house: House) -> None:
    dictionary = imported(house)

    for person in (house.auditor, house.doctor):
        with refused_and_nothing_written(NotPermitted):
            removed(dictionary, person)
    with refused_and_nothing_written(FactsInvalid) as refusal:
        removed(dictionary, house.pic, " ")
    assert refusal.value.errors == {"reason": ["Is missing. Say why it is removed."]}  # type: ignore[attr-defined]


def test_the_page_removes_it_and_says_so(house: House) -> None:
    dictionary, desk = imported(house), signed_in(house.pic)
    address = f"/safety/coding/{dictionary.pk}/remove/"

    wrong = desk.post(address, {"reason": ""})
    assert (wrong.status_code, "Reason: Is missing. Say why it is removed." in wrong.text) == (422, True)
    page = desk.post(address, {"reason": "The licence has ended."}, follow=True).text

    assert "MedDRA 29.0 was removed with its terms." in page
    assert "The licence has ended." in page
    assert desk.get(address).status_code == 404
    assert signed_in(house.administrator).get("/safety/coding/999/remove/").status_code == 404


@pytest.mark.parametrize("change", ["size = 9", "sha256 = 'x'", "removed_at = NULL, removed_by_id = NULL"])
def test_the_database_keeps_what_was_imported_and_removed(change: str, house: House) -> None:
    dictionary = imported(house)
    removed(dictionary, house.pic)

    with (
        acting(by=house.pic, verb="tests.tampered", business_at=NOW),
        pytest.raises(DatabaseError),
        transaction.atomic(),
    ):
        CodingDictionary.objects.raw(
            f"UPDATE pharmacovigilance_codingdictionary SET {change} RETURNING id"  # noqa: S608
        )[0]


def test_no_other_pharmacy_removes_it(house: House, client: Client) -> None:
    dictionary = imported(house)
    client = signed_in(house.auditor)

    assert client.post(f"/safety/coding/{dictionary.pk}/remove/", {"reason": "No."}).status_code in (403, 404)
    assert versions_of(house.pharmacy) == [dictionary]
