"""A locked version leaves as a message, and what comes back changes only the transmission it names."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cases.documents.services import read_bytes
from cases.lifecycle.errors import NotPermitted, NotPossible, RequirementsUnmet
from pharmacovigilance.e2b.acknowledging import read
from pharmacovigilance.e2b.content import Sender
from pharmacovigilance.e2b.exporting import Origin, export
from pharmacovigilance.e2b.reading import parts_of, root_of
from pharmacovigilance.e2b.validating import check_bytes
from pharmacovigilance.messages import take_acknowledgement
from pharmacovigilance.models import Transmission, UnmatchedAcknowledgement
from tests.laid import laid
from tests.pharmacovigilance.builders import DAY, LOCKED, Safety
from tests.pharmacovigilance.e2b.messages import NOW, acknowledgement
from tests.pharmacovigilance.e2b.transmissions import prepared, sent, told_of
from tests.written import refused_and_nothing_written


@laid
def locked(safety: Safety) -> Safety:
    """A case with a dose from a known lot, one report, and its version locked."""
    safety.attach(safety.receive(dose=safety.dose()))
    safety.assess()
    safety.lock()
    return safety


def exported(safety: Safety, tmp_path: Path, profile: str = "fda", **more: Any) -> bytes:
    file = tmp_path / f"{profile}.xml"
    call_command("e2b_export", f"{safety.supply.case.reference}/V-1", profile=profile, out=file, **more)
    return file.read_bytes()


@pytest.mark.parametrize("profile", ["ich", "fda", "eu"])
def test_says_what_the_version_knows_and_masks_who_it_is(profile: str, locked: Safety, tmp_path: Path) -> None:
    content = exported(locked, tmp_path, profile)
    batch = parts_of(root_of(content))
    (report,), (drug,), (line,) = (list(batch.parts(scope)) for scope in ("report", "drug", "dosage"))
    (reaction,), (source,), (patient,) = (list(batch.parts(scope)) for scope in ("reaction", "source", "patient"))
    version = locked.version()
    assert version.snapshot is not None
    lot = version.snapshot["products"][0]["lines"][0]["lot"]

    assert (report.text("C.1.3"), next(batch.parts("study")).text("C.5.4")) == ("2", "2")
    assert report.text("C.1.1") == report.text("N.2.r.1") == report.text("C.1.8.1") == version.snapshot["worldwide_id"]
    assert (report.text("C.1.4"), report.text("C.1.2")) == ("20260320", "20260320160000+0000")
    assert (line.text("G.k.4.r.7"), line.text("G.k.4.r.8")) == (lot["number"], "150 mg")
    supplier = f"Supplier: {lot['supplier']}, US; consignment C-1; lot {lot['number']}"
    assert (supplier in drug.text("G.k.11")) == (profile != "eu")
    assert (patient.null("D.1"), source.null("C.2.r.1.4"), source.text("C.2.r.3")) == ("MSK", "MSK", "GB")
    assert (reaction.text("E.i.3.2c"), reaction.null("E.i.3.2a"), reaction.text("E.i.7")) == ("true", "NI", "0")
    assert report.text("H.1").startswith("Fever two days after the dose")
    assert "S-1, as reported: Fever since yesterday." in report.text("H.1")


@pytest.mark.standards
@pytest.mark.parametrize("profile", ["ich", "fda", "eu"])
def test_is_valid_and_lacks_only_what_nobody_here_may_know(
    profile: str, locked: Safety, tmp_path: Path, e2b: Path
) -> None:
    checked = check_bytes(exported(locked, tmp_path, profile), profile=profile, now=NOW, schemas=e2b / "xsd")

    senders = {"C.3.3.1", "C.3.3.2", "C.3.3.3", "C.3.3.5"} | {f"C.3.4.{number}" for number in range(1, 9)}
    missing = {finding.element for finding in checked.findings}
    assert missing == {"E.i.2.1a", "E.i.2.1b"} | (senders if profile == "fda" else set())
    assert {finding.layer for finding in checked.findings} <= {"ich", "recipient"}


def test_is_the_same_bytes_for_the_same_version_and_says_it_is_a_draft(
    locked: Safety, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = exported(locked, tmp_path, json=True)
    second = exported(locked, tmp_path, json=True)

    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first == second
    assert b"<!-- DRAFT, NOT FOR TRANSMISSION" in first
    assert told == {
        "version": f"{locked.supply.case.reference}/V-1", "profile": "fda", "bytes": len(first), "draft": True,
        "sha256": hashlib.sha256(first).hexdigest(), "snapshot_sha256": locked.version().snapshot_sha256,
    }  # fmt: skip


def test_names_who_sends_as_the_operator_said(locked: Safety, tmp_path: Path, settings) -> None:
    said = {"identifier": "000000000", "C.3.3.5": "Pharmacist", "C.3.4.8": "safety@pharmacy.invalid", "C.3.4.5": "US"}
    settings.NPP_SAFETY_SENDER = tmp_path / "sender.json"
    settings.NPP_SAFETY_SENDER.write_text(json.dumps(said))

    batch = parts_of(root_of(exported(locked, tmp_path)))
    (sender,) = batch.parts("sender")

    assert (batch.text("N.1.3"), sender.text("N.2.r.2"), sender.text("C.3.1")) == ("000000000", "000000000", "6")
    assert [sender.text(name) for name in ("C.3.3.5", "C.3.4.5", "C.3.4.8")] == [
        "Pharmacist", "US", "safety@pharmacy.invalid",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "cannot be read as JSON"), ("[]", "is not one JSON object of texts"), ('{"C.3.9": "x"}', "has 'C.3.9'")],
)
def test_names_what_is_wrong_with_the_file_of_who_sends(
    text: str, words: str, locked: Safety, tmp_path: Path, settings
) -> None:
    settings.NPP_SAFETY_SENDER = tmp_path / "sender.json"
    settings.NPP_SAFETY_SENDER.write_text(text)

    with pytest.raises(CommandError, match="Nothing was written") as refused:
        exported(locked, tmp_path)
    with pytest.raises(NotPossible, match="Nothing was prepared"):
        prepared(locked)

    assert words in str(refused.value)
    assert not Transmission.objects.exists()


def test_is_refused_while_the_version_is_not_locked(safety: Safety, tmp_path: Path) -> None:
    safety.attach(safety.receive())

    with pytest.raises(CommandError, match=r"V-1 is not locked\. Lock it") as refused:
        exported(safety, tmp_path)

    assert refused.value.returncode == 2
    assert not (tmp_path / "fda.xml").exists()


@pytest.mark.parametrize("named", ["nonsense", "NP-0/V-1", "999999", "V-x", "/V-1"])
def test_is_refused_for_a_version_that_is_not_there(named: str, db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="REFERENCE/V-1") as refused:
        call_command("e2b_export", named, profile="ich", out=tmp_path / "x.xml")

    assert refused.value.returncode == 2


def test_is_not_built_from_a_snapshot_of_another_form() -> None:
    origin = Origin("x", Sender(kind="6"), datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="of the form 'other/9'"):
        export({"format": "other/9"}, profile="ich", origin=origin)


# -- Kept with the transmission.


def test_is_kept_with_its_transmission_by_number_and_fingerprint(locked: Safety, tmp_path: Path) -> None:
    transmission = prepared(locked)
    assert transmission.message is not None
    content = read_bytes(transmission.message.file)

    assert transmission.message_number == f"{locked.version().safety_case.worldwide_id}-V1-FDA-T-1"
    assert transmission.artefact_sha256 == hashlib.sha256(content).hexdigest() == transmission.message.file.sha256
    assert parts_of(root_of(content)).text("N.1.2") == transmission.message_number
    assert (transmission.message.doc_type, transmission.message.file.media_type) == (
        "safety_message", "application/xml",
    )  # fmt: skip
    assert exported(locked, tmp_path, transmission="T-1") == content


def test_cannot_be_recorded_as_sent_while_it_is_a_draft(locked: Safety) -> None:
    transmission = prepared(locked)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        locked.send(transmission)

    assert [line.code for line in refusal.value.unmet] == ["MessageIsCoded"]
    assert Transmission.objects.get().state == "prepared"


# -- What comes back.


def answer(safety: Safety, told: bytes, **more: Any) -> list[Any]:
    given = {"pharmacy": safety.supply.case.pharmacy, "by": safety.coordinator, "now": LOCKED + 3 * DAY} | more
    return take_acknowledgement(read(told), sha256=hashlib.sha256(told).hexdigest(), **given)


@pytest.mark.parametrize(("code", "state"), [("CA", "accepted"), ("CR", "rejected")])
@pytest.mark.parametrize("after_silence", [False, True])
def test_an_answer_moves_the_transmission_it_names_and_no_other(
    code: str, state: str, after_silence: bool, locked: Safety
) -> None:
    other = prepared(locked)
    transmission = sent(locked)
    if after_silence:
        locked.take("transmission.note_no_answer", now=LOCKED + 3 * DAY, subject=transmission, reason="Nothing came.")

    (answered,) = answer(locked, told_of(transmission, code=code, text="C.1.1 is wrong; H.1 is empty"))

    assert (answered.transmission, answered.why) == (transmission, "")
    now = Transmission.objects.get(pk=transmission.pk)
    assert (now.state, now.acknowledgement) == (state, f"ACK-1: {code}\nC.1.1 is wrong\nH.1 is empty")
    assert Transmission.objects.get(pk=other.pk).state == "prepared"
    assert not UnmatchedAcknowledgement.objects.exists()


def test_a_whole_batch_that_is_rejected_without_its_messages_is_rejected(locked: Safety) -> None:
    transmission = sent(locked)
    told = told_of(transmission, code="XX")
    begins, ends = told.index(b"<MCCI_IN000002UV01>"), told.index(b"</MCCI_IN000002UV01>")
    told = told[:begins] + told[ends + len(b"</MCCI_IN000002UV01>") :]

    answer(locked, told)

    assert Transmission.objects.get(pk=transmission.pk).state == "rejected"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"receiver": "SOMEBODY"}, "other_sender"),
        ({"number": "UNKNOWN-1"}, "unknown"),
        ({"identifier": "US-OTHER-1"}, "other_report"),
    ],
)
def test_an_answer_that_names_none_of_ours_is_kept_apart_and_changes_nothing(
    change: dict[str, str], why: str, locked: Safety
) -> None:
    transmission = sent(locked)
    given = {
        "number": transmission.message_number, "receiver": transmission.case.pharmacy.code,
        "identifier": transmission.obligation.version.safety_case.worldwide_id,
    } | change  # fmt: skip
    told = acknowledgement(given["number"], given["identifier"], receiver=given["receiver"], text="Loaded")
    before = transmission.case.events.count()

    answers = [answer(locked, told), answer(locked, told)]

    kept = UnmatchedAcknowledgement.objects.get()
    assert (kept.why, kept.number, kept.message_number, kept.report, kept.code, kept.text, kept.sender) == (
        why, "ACK-1", given["number"], given["identifier"], "CA", "Loaded", "ZZFDA",
    )  # fmt: skip
    assert (kept.received_at, kept.sha256) == (LOCKED + 3 * DAY, hashlib.sha256(told).hexdigest())
    assert [one.why for many in answers for one in many] == [why, why]
    assert Transmission.objects.get(pk=transmission.pk).state == "sent"
    assert transmission.case.events.count() == before


def test_a_batch_of_which_some_needs_action_without_saying_which_is_kept_apart_as_that(locked: Safety) -> None:
    transmission = sent(locked)
    told = told_of(transmission, code="CR")
    begins, ends = told.index(b"<MCCI_IN000002UV01>"), told.index(b"</MCCI_IN000002UV01>")
    told = told[:begins] + told[ends + len(b"</MCCI_IN000002UV01>") :]

    (one,) = answer(locked, told)

    assert (one.code, one.why) == ("AE", "not_said")
    kept = UnmatchedAcknowledgement.objects.get()
    assert (kept.get_why_display(), kept.message_number) == (
        "of this report it says neither accepted nor rejected", transmission.message_number,
    )  # fmt: skip
    assert Transmission.objects.get(pk=transmission.pk).state == "sent"


def test_an_answer_before_it_was_sent_or_after_it_was_answered_is_kept_apart(locked: Safety) -> None:
    waiting, transmission = prepared(locked), sent(locked)
    answer(locked, told_of(transmission))

    whys = [answer(locked, told_of(one, code="CR"))[0].why for one in (waiting, transmission)]

    assert whys == ["not_sent", "answered"]
    assert [Transmission.objects.get(pk=one.pk).state for one in (waiting, transmission)] == ["prepared", "accepted"]


def test_an_answer_is_taken_by_nobody_but_a_pharmacist_of_the_house(locked: Safety) -> None:
    transmission = sent(locked)

    for person in (locked.supply.house.doctor, locked.supply.house.receiving):
        with pytest.raises(NotPermitted):
            answer(locked, told_of(transmission), by=person)

    assert Transmission.objects.get(pk=transmission.pk).state == "sent"
    assert not UnmatchedAcknowledgement.objects.exists()


def test_the_command_tells_what_it_did(locked: Safety, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    transmission = sent(locked)
    file = tmp_path / "answer.ack"
    file.write_bytes(told_of(transmission))

    call_command("e2b_acknowledge", file, by=locked.coordinator.email, json=True)
    with pytest.raises(SystemExit) as again:
        call_command("e2b_acknowledge", file, by=locked.coordinator.email)

    first, second = capsys.readouterr().out.splitlines()
    reference = locked.supply.case.reference
    named = transmission.obligation.version.safety_case.worldwide_id
    assert json.loads(first) == {
        "answers": [
            {"message_number": transmission.message_number, "report": named, "code": "CA",
             "transmission": f"{reference}/{transmission.label}", "why": ""}
        ]
    }  # fmt: skip
    assert again.value.code == 1
    ending = "CA, kept apart: the transmission was answered before."
    assert second == f"{transmission.message_number} {named}: {ending}"


@pytest.mark.parametrize(
    ("content", "code"), [(b"<!DOCTYPE a><a/>", 1), (b"", 1), (None, 2)], ids=["doctype", "empty", "nowhere"]
)
def test_the_command_refuses_what_is_no_acknowledgement(
    content: bytes | None, code: int, locked: Safety, tmp_path: Path
) -> None:
    file = tmp_path / "answer.ack"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises((SystemExit, CommandError)) as refused:
        call_command("e2b_acknowledge", file, by=locked.coordinator.email)

    assert getattr(refused.value, "returncode", None) or refused.value.code == code
    assert not UnmatchedAcknowledgement.objects.exists()
