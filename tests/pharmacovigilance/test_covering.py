"""No report names the patient, also where the words of those who reported do (invariant 9)."""

import io
import json
import zipfile
from typing import Any

import pytest

from cases.audit.context import acting
from cases.lifecycle.engine import consider
from cases.lifecycle.errors import RequirementsUnmet
from cases.models import Case
from cases.people.erasure import erase_identity
from pharmacovigilance.artefacts import FORMS, artefact_of
from pharmacovigilance.inspection import pack_of
from pharmacovigilance.models import SafetyReport, Transmission
from tests.pharmacovigilance.builders import ASSESSED, DAY, LOCKED, Safety, signed_in

SAID = "Ada Example1, born 3 Feb 1987 (INV-00001), had fever since Monday; Mrs Example1 is well now."
COVERED = (
    "[patient’s name], born [patient’s birth date] ([patient’s record number]), had fever since Monday; "
    "Mrs [patient’s name] is well now."
)
NAMES = ("Example1", "Ada", "3 Feb 1987", "INV-00001")


@pytest.fixture
def locked(safety: Safety) -> Safety:
    safety.locked()
    return safety


@pytest.fixture
def named(safety: Safety) -> Safety:
    """A case whose reporter, and whose pharmacist too, wrote who the patient is."""
    safety.dose()
    safety.attach(safety.receive(verbatim=SAID))
    safety.take("event.revise", now=ASSESSED, subject=safety.version().safety_case.events.get(), verbatim="Ada: fever",
                outcome="1", criteria=["hospitalisation"], tests="Example1: CRP 140", started="2026-03-18")  # fmt: skip
    safety.assess(narrative="Example1 was admitted with fever; ada example1 recovered.")
    return safety


def test_the_lock_tells_each_field_that_names_the_patient_and_refuses_nothing(named: Safety) -> None:
    lines = consider(
        named.supply.case, "pharmacovigilance.version.lock", by=named.pic, now=LOCKED, subject=named.version()
    )
    (line,) = (one for one in lines if one.code == "IdentityIsCovered")

    assert line.state == "met"
    assert line.fact == (
        "Covered in every report: narrative: name; words of AE-1: name; tests of AE-1: name; S-1 as reported: name, "
        "birth date, record number. The record keeps it as it was said."
    )


def test_the_page_tells_it_while_it_can_be_reworded_and_no_more_once_it_is_locked(named: Safety) -> None:
    page = f"/cases/{named.supply.case.reference}/safety/SC-1/"

    before = signed_in(named.coordinator).get(page).content.decode()
    audited = signed_in(named.supply.house.auditor).get(page).content.decode()
    named.lock()
    after = signed_in(named.coordinator).get(page).content.decode()

    assert "narrative: name; words of AE-1: name; tests of AE-1: name; S-1 as reported: name, birth date" in before
    assert [words for words in (audited, after) if "say who the patient is" in words] == []


@pytest.mark.parametrize("form", ["e2b_ich", "e2b_fda", "e2b_eu", "notice_json"])
def test_what_leaves_covers_it_and_the_record_keeps_what_was_said(form: str, named: Safety) -> None:
    version = named.lock()
    text = artefact_of(version, form).decode()

    assert [name for name in NAMES if name in text] == []
    assert COVERED in text
    assert "[patient’s name] was admitted with fever; [patient’s name] recovered." in text
    assert SafetyReport.objects.get().verbatim == SAID
    assert version.narrative == "Example1 was admitted with fever; ada example1 recovered."


def test_the_pack_for_an_inspector_covers_it_in_every_file_of_words(named: Safety) -> None:
    version = named.lock()
    packed = pack_of(version.safety_case)

    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        texts = {
            name: archive.read(name).decode() for name in archive.namelist() if not name.endswith((".pdf", ".bin"))
        }
    assert {name: [one for one in NAMES if one in text] for name, text in texts.items()} == {name: [] for name in texts}
    assert COVERED in texts["reports.csv"]
    assert COVERED in texts["audit.json"]
    assert json.loads(texts["verification.json"])["ok"] is True
    assert len(FORMS) == 7


def test_a_version_without_identity_in_its_words_says_so(safety: Safety) -> None:
    safety.attach(safety.receive())
    safety.assess()
    lines = consider(
        safety.supply.case, "pharmacovigilance.version.lock", by=safety.pic, now=LOCKED, subject=safety.version()
    )

    told = {line.code: line.fact for line in lines}["IdentityIsCovered"]
    assert told == "Neither name, birth date, contact nor record number was found in its texts."


@pytest.mark.parametrize(
    ("receipt", "kinds"),
    [
        ("TGA, 11:05: confirmed by telephone for Mrs Example1.", "name"),
        ("Letter 4711 on ada example1, born 3.2.1987.", "name and birth date"),
        ("Told for INV-00001.", "record number"),
    ],
)
def test_a_receipt_in_words_that_names_the_patient_is_refused_by_its_field(
    receipt: str, kinds: str, locked: Safety
) -> None:
    transmission = locked.prepare(locked.obligation("GB.supplier.serious"))
    case, events = locked.supply.case, locked.supply.case.events.count()

    with pytest.raises(RequirementsUnmet) as refusal:
        locked.take("transmission.send", now=LOCKED, subject=transmission, sent_at=LOCKED, receipt=receipt)

    (line,) = (one for one in refusal.value.checklist if one.blocks)
    assert line.code == "ReceiptNamesNoPatient"
    assert line.fact == (
        f"Receipt, in words: the patient’s {kinds} stands in it. It stays when papers are erased, so write it without."
    )
    assert (Transmission.objects.get().state, Transmission.objects.get().receipt) == ("prepared", "")
    assert case.events.count() == events


def test_the_page_of_the_receipt_says_so_and_keeps_what_was_typed(locked: Safety) -> None:
    transmission = locked.prepare(locked.obligation("GB.supplier.serious"))
    step = f"/cases/{locked.supply.case.reference}/do/pharmacovigilance.transmission.send/"
    asked = {"on": transmission.label, "sent_at": LOCKED.isoformat(), "receipt": "Told for Mrs Example1.", "proof": ""}

    page = signed_in(locked.coordinator).post(step, asked)

    assert page.status_code == 409
    assert "Receipt, in words: the patient’s name stands in it." in page.content.decode()
    assert "Told for Mrs Example1." in page.content.decode()


def test_after_erasure_nothing_can_be_compared_and_the_receipt_is_taken(locked: Safety) -> None:
    transmission = locked.prepare(locked.obligation("GB.supplier.serious"))
    case, later = locked.supply.case, LOCKED + 9 * DAY
    with acting(by=locked.pic, verb="cases.case.closed", business_at=later):
        Case.objects.filter(pk=case.pk).update(stage="closed", outcome="completed", closed_at=later)
    erase_identity(case.patient, by=locked.pic, now=later, ground="Asked for by the family.")
    sent: dict[str, Any] = {"sent_at": later, "receipt": "Told to the office, 11:05."}

    event = locked.take("transmission.send", now=later, subject=transmission, **sent)

    assert Transmission.objects.get().receipt == "Told to the office, 11:05."
    told = {line["code"]: line["fact"] for line in case.events.latest("seq").checklist}
    assert told["ReceiptNamesNoPatient"] == (
        "The identity was erased or cannot be opened here; nothing could be compared."
    )
    assert event is None or event.subject == "T-1"
