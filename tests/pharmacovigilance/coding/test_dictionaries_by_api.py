"""Dictionaries are listed, searched and removed over the API."""

from cases.people.models import User
from pharmacovigilance.coding.importing import import_dictionary
from pharmacovigilance.models import AdverseEvent, CodingTerm
from tests.api.callers import Caller, refused
from tests.pharmacovigilance.builders import READ, Safety
from tests.pharmacovigilance.coding.builders import FEVER, LLT_FILE, OLD, PT_FILE

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
