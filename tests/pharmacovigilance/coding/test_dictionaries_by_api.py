"""Dictionaries are imported, listed, searched and removed over the API."""

from typing import Any

import pytest

from cases.people.models import User
from pharmacovigilance.coding.importing import carry_on_imports, import_dictionary
from pharmacovigilance.models import AdverseEvent, CodingDictionary, CodingTerm, DictionaryFile
from tests.api.callers import Caller, faults, nothing_written, refused
from tests.pharmacovigilance.builders import READ, Safety
from tests.pharmacovigilance.coding.builders import CHILLS, EDQM_FILE, FEVER, LLT_FILE, OLD, PT_FILE, as_file, llt_line

ROOT = "/safety/dictionaries"


def imported(by: User) -> int:
    files = [LLT_FILE, PT_FILE]
    return import_dictionary("meddra", files, version="29.0", licensee_confirms=True, by=by, now=READ).pk


def test_a_term_is_looked_up_and_an_unused_dictionary_removed(safety: Safety) -> None:
    number, caller = imported(safety.pic), Caller(safety.coordinator)

    (held,) = caller.read(ROOT)
    assert (held["number"], held["version"], held["terms"]) == (number, "29.0", 3)
    assert [one["code"] for one in caller.read(f"{ROOT}/{number}/terms", words="gamma")] == [OLD]
    assert Caller(safety.supply.house.auditor).get(f"{ROOT}/{number}/terms", words="gamma").status_code == 404

    assert caller.post(f"{ROOT}/{number}/removal", {"reason": "The licence has ended."}).status_code == 200
    assert caller.read(ROOT) == []
    assert not CodingTerm.objects.exists()


def test_one_that_is_used_says_by_what(safety: Safety) -> None:
    number, caller = imported(safety.pic), Caller(safety.coordinator)
    safety.attach(safety.receive())
    reference = safety.supply.case.reference
    coded = {"verb": "pharmacovigilance.event.code", "on": "AE-1", "facts": {"code": FEVER}}
    assert caller.post(f"/cases/{reference}/advance", coded).status_code == 200
    assert AdverseEvent.objects.get().meddra_code == FEVER

    answer = caller.post(f"{ROOT}/{number}/removal", {"reason": "Old."})

    told = refused(answer, 409, "not-possible")
    assert told["detail"] == f"MedDRA 29.0 is used by {reference} AE-1. Nothing was removed."


# -- Importing.

MEDDRA = {"kind": "meddra", "version": "29.0", "licensee_confirms": "true"}
FILES = {"terms": LLT_FILE, "preferred": PT_FILE}


def test_an_import_is_ordered_read_while_it_runs_and_then_used(safety: Safety) -> None:
    caller = Caller(safety.coordinator)

    ordered = caller.send(ROOT, FILES, **MEDDRA)
    number = ordered.json()["number"]

    assert ordered.status_code == 201, ordered.content
    assert (ordered.json()["terms"], ordered.json()["kept"], ordered.json()["is_whole"]) == (3, 0, False)
    assert ordered.json()["confirmed_by"] == safety.coordinator.code
    assert caller.read(f"{ROOT}/{number}")["kept"] == 0
    told = refused(caller.get(f"{ROOT}/{number}/terms", words="gamma"), 404, "not-found")
    assert told["detail"] == "Its terms are being kept; nothing can be looked up yet."

    carry_on_imports(now=READ)

    assert (caller.read(f"{ROOT}/{number}")["kept"], caller.read(f"{ROOT}/{number}")["is_whole"]) == (3, True)
    assert [one["code"] for one in caller.read(f"{ROOT}/{number}/terms", words="gamma")] == [OLD]
    assert not DictionaryFile.objects.exists()


def test_one_that_is_being_kept_can_be_removed(safety: Safety) -> None:
    caller = Caller(safety.coordinator)
    number = caller.send(ROOT, FILES, **MEDDRA).json()["number"]

    assert caller.post(f"{ROOT}/{number}/removal", {"reason": "The wrong files."}).status_code == 200
    carry_on_imports(now=READ)

    assert caller.get(f"{ROOT}/{number}").status_code == 404
    assert not CodingTerm.objects.exists()
    assert not DictionaryFile.objects.exists()


def test_a_list_of_edqm_terms_is_one_file(safety: Safety) -> None:
    made = Caller(safety.pic).send(ROOT, {"terms": EDQM_FILE}, kind="edqm_form", version="1.0", licensee_confirms="yes")
    assert (made.status_code, made.json()["terms"]) == (201, 2)


BROKEN = as_file([llt_line(CHILLS, "Invented label", "10000099")])


@pytest.mark.parametrize(
    ("files", "said", "named"),
    [
        ({"terms": LLT_FILE}, {}, ("preferred", None, "MedDRA needs pt.asc as well.")),
        (FILES, {"kind": "edqm_form"}, ("preferred", None, "Only MedDRA has a file of preferred terms.")),
        ({"terms": BROKEN, "preferred": PT_FILE}, {},
         ("terms.1", "10000099", "Its preferred term is not in pt.asc.")),
        (FILES, {"licensee_confirms": "false"},
         ("licensee_confirms", "False",
          "Say that the licence is the pharmacy's own; without one it cannot be kept here.")),
        (FILES, {"version": "newest"}, ("version", "newest", None)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_kept(
    files: dict[str, bytes], said: dict[str, str], named: tuple[Any, ...], safety: Safety
) -> None:
    caller = Caller(safety.coordinator)
    with nothing_written():
        answer = caller.send(ROOT, files, **(MEDDRA | said))
    (fault,) = faults(answer)
    assert fault[:2] == named[:2]
    assert named[2] is None or fault[2] == named[2]
    assert not CodingDictionary.objects.exists()


@pytest.mark.parametrize("kind", ["", "snomed", "MEDDRA"])
def test_another_kind_of_dictionary_is_refused_by_name(kind: str, safety: Safety) -> None:
    with nothing_written():
        answer = Caller(safety.coordinator).send(ROOT, FILES, **(MEDDRA | {"kind": kind}))
    assert [fault[0] for fault in faults(answer)] == ["kind"]


def test_the_same_version_is_held_once(safety: Safety) -> None:
    caller = Caller(safety.coordinator)
    caller.send(ROOT, FILES, **MEDDRA)
    (fault,) = faults(caller.send(ROOT, FILES, **MEDDRA))
    assert fault[:3] == ("version", "29.0", "Version 29.0 is held already. Give the version of these files.")
    assert CodingDictionary.objects.count() == 1
