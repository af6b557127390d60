"""The inspection pack: everything on record of a safety case, each file with its fingerprint."""

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from cases.audit.context import acting
from cases.documents.models import Document
from cases.documents.services import store_written
from cases.people.identity import reveal_identity
from pharmacovigilance.artefacts import FORMS
from pharmacovigilance.inspection import Packed, pack_of
from pharmacovigilance.library import SECOND_STAGE, release
from pharmacovigilance.models import ReportPaper, SafetyCase, Transmission
from tests.pharmacovigilance.builders import BACKEND, DAY, LOCKED, Safety

RULE = "GB.supplier.serious"


def packed_of(safety: Safety) -> Packed:
    return pack_of(SafetyCase.objects.select_related("case__pharmacy").get(case=safety.supply.case))


def files_of(packed: Packed) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def told(files: dict[str, bytes], name: str) -> Any:
    return json.loads(files[name])


def table(files: dict[str, bytes], name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(files[name].decode("utf-8-sig"), newline="")))


NUMBERED = b"Received by the authority, number 7."


def proof(safety: Safety, *, holds_identity: bool = False, content: bytes = NUMBERED) -> Document:
    return store_written(
        case=safety.supply.case, doc_type="transmission_proof", content=content,
        media_type="text/plain; charset=utf-8", by=safety.coordinator, now=LOCKED, holds_identity=holds_identity,
    )  # fmt: skip


def sent(safety: Safety, evidence: Document) -> Transmission:
    safety.take("transmission.prepare", now=LOCKED, obligation=safety.obligation(RULE), format="cioms")
    prepared = Transmission.objects.latest("number")
    safety.take("transmission.send", now=LOCKED, subject=prepared, sent_at=LOCKED, proof=evidence)
    safety.take(
        "transmission.accept",
        now=LOCKED + DAY,
        subject=Transmission.objects.get(pk=prepared.pk),
        acknowledgement="No. 7",
    )
    return Transmission.objects.get(pk=prepared.pk)


def test_holds_each_part_of_the_record(locked_safety: Safety) -> None:
    transmission = sent(locked_safety, proof(locked_safety))

    files = files_of(packed_of(locked_safety))

    made = {f"versions/V-1/{code}.{form.ending}" for code, form in FORMS.items()}
    assert set(files) == made | {
        "README.txt", "timeline.csv", "reports.csv", "versions.json", "versions/V-1/snapshot.json", "obligations.json",
        "rules.json", "transmissions.json", "transmissions/T-1/message.pdf", "transmissions/T-1/proof.txt",
        "transmissions/T-1/answer.txt", "follow-ups.csv", "audit.json", "verification.json", "manifest.json",
    }  # fmt: skip
    version = locked_safety.version()
    assert hashlib.sha256(files["versions/V-1/snapshot.json"]).hexdigest() == version.snapshot_sha256
    assert hashlib.sha256(files["transmissions/T-1/message.pdf"]).hexdigest() == transmission.artefact_sha256
    assert files["transmissions/T-1/proof.txt"] == b"Received by the authority, number 7."
    assert files["transmissions/T-1/answer.txt"] == b"No. 7"
    assert [row[3] for row in table(files, "timeline.csv")[1:]][-3:] == [
        "pharmacovigilance.transmission.prepared", "pharmacovigilance.transmission.sent",
        "pharmacovigilance.transmission.accepted",
    ]  # fmt: skip
    assert table(files, "reports.csv")[1][0] == "S-1"
    assert [row[0] for row in table(files, "follow-ups.csv")[1:]] == ["U-1", "U-2", "U-3"]
    assert told(files, "verification.json")["ok"] is True
    assert {entry["table"] for entry in told(files, "audit.json")} >= {
        "pharmacovigilance_safetyreport", "pharmacovigilance_caseversion", "pharmacovigilance_obligation",
        "pharmacovigilance_transmission",
    }  # fmt: skip


def test_each_obligation_has_the_sum_behind_its_date_and_every_move_of_it(locked_safety: Safety) -> None:
    owed = locked_safety.obligation(RULE)
    assert owed.deadline is not None

    found = {one["label"]: one for one in told(files_of(packed_of(locked_safety)), "obligations.json")}[owed.label]

    assert (found["version"], found["state"], found["rule"]["id"]) == ("V-1", "open", RULE)
    assert found["rule"]["review"] == "draft_unreviewed"
    assert found["deadline"]["due_at"] == owed.deadline.due_at.isoformat()
    assert found["deadline"]["computation"]["ledger"][0]["label"]
    assert [move["what"] for move in found["deadline"]["moves"]] == ["opened"]


def test_has_the_text_of_each_rule_that_an_obligation_was_opened_by(locked_safety: Safety) -> None:
    files = files_of(packed_of(locked_safety))

    rules = {(one["rule"], one["version"]): one["text"] for one in told(files, "rules.json")}

    owed = told(files, "obligations.json")
    assert set(rules) == {(one["rule"]["id"].removesuffix(SECOND_STAGE), one["rule"]["version"]) for one in owed}
    assert rules[RULE, "2026-11-22"] == release().texts[RULE]


def test_holds_what_came_with_a_report_unless_it_shows_who_the_patient_is(locked_safety: Safety) -> None:
    report = locked_safety.supply.case.safety_reports.get()
    seen, hidden = proof(locked_safety), proof(locked_safety, holds_identity=True, content=b"A letter with a name.")
    with acting(by=locked_safety.coordinator, verb="pharmacovigilance.report.received", business_at=LOCKED):
        for document in (seen, hidden):
            ReportPaper.objects.create(case=report.case, report=report, document=document)

    packed = packed_of(locked_safety)

    files = files_of(packed)
    assert files[f"reports/S-1/{seen.label}.txt"] == b"Received by the authority, number 7."
    assert f"reports/S-1/{hidden.label}.txt" not in files
    assert packed.left_out == (
        f"reports/S-1/{hidden.label}: {hidden.label} shows who the patient is. It is read in the case.",
    )


def test_its_manifest_has_the_size_and_the_fingerprint_of_each_file(locked_safety: Safety) -> None:
    files = files_of(packed_of(locked_safety))

    manifest = told(files, "manifest.json")

    assert manifest["files"] == [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(files.items())
        if name != "manifest.json"
    ]
    assert (manifest["safety_case"], manifest["left_out"]) == ("SC-1", [])


def test_is_the_same_bytes_for_the_same_record_and_others_for_another(locked_safety: Safety) -> None:
    once = packed_of(locked_safety).content

    assert packed_of(locked_safety).content == once
    locked_safety.take("obligation.propose_waiver", now=LOCKED, subject=locked_safety.obligation(RULE), reason="Twice.")
    assert packed_of(locked_safety).content != once


def test_says_what_was_left_out_and_why(locked_safety: Safety) -> None:
    evidence = proof(locked_safety, holds_identity=True)
    sent(locked_safety, evidence)
    locked_safety.follow_up(now=LOCKED + DAY, received_at=LOCKED)

    packed = packed_of(locked_safety)

    assert packed.left_out == (
        "V-2: not locked, so nothing is made of it.",
        f"transmissions/T-1/proof: {evidence.label} shows who the patient is. It is read in the case.",
    )
    assert "transmissions/T-1/proof.txt" not in files_of(packed)


def test_names_no_patient(locked_safety: Safety) -> None:
    patient, pic = locked_safety.supply.case.patient, locked_safety.pic
    identity = reveal_identity(patient, by=pic, purpose="what must not stand there", now=LOCKED)
    assert identity.birth_date is not None

    whole = b"".join(files_of(packed_of(locked_safety)).values()).decode("utf-8", errors="ignore")

    for secret in (identity.family_name, identity.birth_date.isoformat()):
        assert len(secret) > 5
        assert secret not in whole


def test_is_given_by_its_page_to_the_pharmacy_and_its_auditors(locked_safety: Safety) -> None:
    client = Client()
    client.force_login(locked_safety.pic, backend=BACKEND)
    reference = locked_safety.supply.case.reference

    given = client.get(f"/cases/{reference}/safety/SC-1/inspection-pack/")

    assert given.content == packed_of(locked_safety).content
    assert given["Content-Disposition"] == f'attachment; filename="{reference}-SC-1-inspection.zip"'
    assert client.get(f"/cases/{reference}/safety/SC-2/inspection-pack/").status_code == 404


def test_the_command_tells_each_file_and_writes_the_same(
    locked_safety: Safety, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, reference = tmp_path / "pack.zip", locked_safety.supply.case.reference

    call_command("safety_inspection_pack", f"{reference}/SC-1", out=file)

    packed = packed_of(locked_safety)
    lines = capsys.readouterr().out.splitlines()
    assert file.read_bytes() == packed.content
    assert lines[0] == "  README.txt"
    digest = hashlib.sha256(packed.content).hexdigest()
    assert lines[-1] == f"{reference}/SC-1: {packed.files} files; SHA-256 {digest}."
    with pytest.raises(CommandError, match="there is no safety case NP-0/SC-1; write REFERENCE/SC-1"):
        call_command("safety_inspection_pack", "NP-0/SC-1", out=file)
