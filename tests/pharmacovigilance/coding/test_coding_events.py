"""An event is coded with a current term of the pharmacy's own copy; a report has one version."""

from typing import Any

import pytest

from cases.lifecycle.errors import RequirementsUnmet
from pharmacovigilance.coding.importing import import_dictionary
from pharmacovigilance.coding.services import Kind
from pharmacovigilance.e2b.exporting import is_coded
from pharmacovigilance.models import AdverseEvent
from tests.laid import laid
from tests.pharmacovigilance.builders import ASSESSED, READ, Safety
from tests.pharmacovigilance.coding.builders import CHILLS, FEVER, LLT_FILE, LLT_LINES, OLD, PT_FILE, as_file
from tests.written import refused_and_nothing_written


def imported(safety: Safety, version: str, llt: bytes = LLT_FILE) -> None:
    import_dictionary(
        Kind.MEDDRA, [llt, PT_FILE], version=version, licensee_confirms=True, by=safety.pic, now=READ
    )  # fmt: skip


@laid
def coded(safety: Safety) -> Safety:
    """A safety case in draft; the pharmacy holds version 28.1."""
    safety.attach(safety.receive())
    imported(safety, "28.1")
    return safety


def event(number: int = 1) -> AdverseEvent:
    return AdverseEvent.objects.get(number=number)


def code(safety: Safety, code: str, number: int = 1, **more: Any) -> tuple[str, str]:
    safety.take("event.code", now=ASSESSED, subject=event(number), code=code, **more)
    return event(number).meddra_code, event(number).meddra_version


def unmet(refusal: Any) -> list[tuple[str, str]]:
    return [(line.code, line.fact) for line in refusal.value.unmet]


def test_a_coded_version_is_no_draft(coded: Safety) -> None:
    assert code(coded, FEVER) == (FEVER, "28.1")
    coded.assess()

    locked = coded.lock()

    assert locked.snapshot is not None
    assert locked.snapshot["events"][0]["meddra"] == {"code": FEVER, "version": "28.1"}
    assert is_coded(locked.snapshot)


def test_a_version_without_a_code_stays_a_draft(coded: Safety) -> None:
    coded.assess()
    assert not is_coded(coded.lock().snapshot or {})


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("10000077", "10000077 is no lowest level term of version 28.1."),
        ("fever", "fever is no lowest level term of version 28.1."),
        (OLD, f"{OLD} is not current; the preferred term is {FEVER}."),
    ],
)
def test_only_a_current_term_of_the_own_copy_is_taken(coded: Safety, said: str, fact: str) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        code(coded, said)
    assert unmet(refusal) == [("CodeIsCurrentTerm", fact)]


def test_without_a_copy_nothing_is_coded(safety: Safety) -> None:
    safety.attach(safety.receive())
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        code(safety, FEVER)
    assert unmet(refusal) == [
        ("LicenseeHoldsCopy", "No version is imported."),
        ("CodeIsCurrentTerm", f"{FEVER} is no lowest level term of version none."),
    ]


def test_a_locked_version_is_not_coded_any_more(coded: Safety) -> None:
    coded.assess()
    coded.lock()
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        code(coded, FEVER)
    assert [line for line, _ in unmet(refusal)] == ["VersionIsBeingDrafted"]


def test_a_report_moves_to_a_newer_version_as_a_whole(coded: Safety) -> None:
    safety_case = coded.supply.case.safety_cases.get()
    coded.take("event.add", now=ASSESSED, safety_case=safety_case, verbatim="Chills", outcome="0")
    code(coded, FEVER)
    imported(coded, "29.0")

    assert code(coded, CHILLS, 2) == (CHILLS, "29.0")
    assert (event().meddra_code, event().meddra_version) == (FEVER, "29.0")
    assert code(coded, CHILLS, 2, version="28.1") == (CHILLS, "28.1")
    assert event().meddra_version == "28.1"


def test_a_version_in_which_another_code_is_lost_is_refused(coded: Safety) -> None:
    safety_case = coded.supply.case.safety_cases.get()
    coded.take("event.add", now=ASSESSED, safety_case=safety_case, verbatim="Chills", outcome="0")
    code(coded, CHILLS)
    imported(coded, "29.0", as_file(LLT_LINES[:1]))

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        code(coded, FEVER, 2)

    assert unmet(refusal) == [("OneVersionPerReport", f"Not current in version 29.0: AE-1, coded {CHILLS}.")]
