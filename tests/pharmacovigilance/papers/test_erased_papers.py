"""A report still goes out after the papers of its patient were erased: it shows no identity and keeps its bytes."""

import hashlib
import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.core.management import call_command

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.documents.models import Document
from cases.documents.services import UploadRefused, store_written
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import FactsInvalid
from cases.models import Case
from cases.people.erasure import erase_identity
from pharmacovigilance.artefacts import FORMS, NotKept, artefact_of, kept_bytes
from pharmacovigilance.inspection import pack_of
from pharmacovigilance.models import Transmission
from tests.laid import laid
from tests.pharmacovigilance.builders import DAY, LOCKED, Safety, signed_in

SUPPLIER = "GB.supplier.serious"
ERASED = LOCKED + DAY
LATER = ERASED + DAY


@laid
def erased(locked_safety: Safety) -> Safety:
    """A closed case with a locked version and T-1 prepared; then the patient's papers and identity were erased."""
    prepare(locked_safety, "cioms", now=LOCKED)
    case = locked_safety.supply.case
    with acting(by=locked_safety.pic, verb="cases.case.closed", business_at=ERASED):
        Case.objects.filter(pk=case.pk).update(stage="closed", outcome="completed", closed_at=ERASED)
    erase_identity(case.patient, by=locked_safety.pic, now=ERASED, ground="Asked for by the family.")
    return locked_safety


def prepare(safety: Safety, form: str, *, now: Any = LATER) -> Transmission:
    safety.take("transmission.prepare", now=now, obligation=safety.obligation(SUPPLIER), format=form)
    return Transmission.objects.latest("number")


@pytest.mark.parametrize("form", sorted(FORMS))
def test_is_prepared_in_every_form_and_kept_with_its_transmission(form: str, erased: Safety) -> None:
    papers = Document.objects.count()

    transmission = prepare(erased, form)

    content = artefact_of(erased.version(), form, transmission)
    assert (transmission.label, transmission.state, transmission.message) == ("T-2", "prepared", None)
    assert kept_bytes(transmission) == content
    assert transmission.artefact_sha256 == hashlib.sha256(content).hexdigest()
    assert Document.objects.count() == papers


def test_the_trail_holds_the_fingerprint_of_the_file_and_not_the_file(erased: Safety) -> None:
    transmission = prepare(erased, "notice_json")

    entries = AuditEntry.objects.filter(table_name="pharmacovigilance_transmission", row_pk=str(transmission.pk))

    written = [entry.new["artefact"] for entry in entries if (entry.new or {}).get("artefact")]
    assert written
    assert {len(one.removeprefix("sha256:")) for one in written} == {64}


def test_the_step_is_taken_on_its_page_and_the_page_of_papers_gives_the_file(erased: Safety) -> None:
    client, case = signed_in(erased.coordinator), erased.supply.case
    asked = {"obligation": erased.obligation(SUPPLIER).pk, "format": "notice"}

    taken = client.post(f"/cases/{case.reference}/do/pharmacovigilance.transmission.prepare/", asked)
    page = client.get(f"/cases/{case.reference}/safety/V-1/papers/").content.decode()

    assert taken.status_code == 302
    assert re.search(r"The papers of this case were erased on \D*21 Mar 2026", page)
    for transmission in Transmission.objects.order_by("number"):
        address = f"/cases/{case.reference}/safety/transmissions/{transmission.label}/"
        assert f'href="{address}"' in page
        given = client.get(address)
        assert (given.status_code, given["Content-Type"]) == (200, "application/pdf")
        assert hashlib.sha256(given.content).hexdigest() == transmission.artefact_sha256
        assert given["Content-Disposition"] == f'attachment; filename="{case.reference}-{transmission.label}.pdf"'


def test_the_same_over_the_api(erased: Safety) -> None:
    client, case = signed_in(erased.coordinator), erased.supply.case
    body = {"verb": "pharmacovigilance.transmission.prepare", "facts": {"obligation": "O-1", "format": "notice_json"}}
    body["facts"]["obligation"] = erased.obligation(SUPPLIER).label

    taken = client.post(f"/api/v1/cases/{case.reference}/advance", body, content_type="application/json")
    given = client.get(f"/api/v1/cases/{case.reference}/transmissions/T-2/file")
    missing = client.get(f"/api/v1/cases/{case.reference}/transmissions/T-9/file")

    assert taken.status_code == 200, taken.content
    assert (given.status_code, given["Content-Type"]) == (200, "application/json")
    assert json.loads(given.content)["report"]
    assert given["ETag"] == f'"{Transmission.objects.get(number=2).artefact_sha256}"'
    assert (missing.status_code, missing.json()["detail"]) == (
        404,
        f"{case.reference} has no transmission of that label.",
    )


def test_what_was_kept_among_the_papers_is_made_anew_with_the_same_fingerprint(erased: Safety) -> None:
    transmission = Transmission.objects.get(number=1)
    assert transmission.message is not None

    assert hashlib.sha256(kept_bytes(transmission)).hexdigest() == transmission.artefact_sha256


def test_another_file_is_never_given_for_it(erased: Safety, tmp_path: Any, settings: Any) -> None:
    settings.NPP_SAFETY_SENDER = tmp_path / "sender.json"
    settings.NPP_SAFETY_SENDER.write_text(json.dumps({"identifier": "OTHER", "C.3.4.5": "US"}))
    transmission = Transmission.objects.get(number=1)

    with pytest.raises(NotKept, match="is not byte for byte what T-1 sent") as refused:
        kept_bytes(transmission)
    page = signed_in(erased.coordinator).get(f"/cases/{transmission.case.reference}/safety/transmissions/T-1/")

    assert transmission.artefact_sha256[:12] in str(refused.value)
    assert page.status_code == 404


def test_the_command_and_the_inspection_pack_give_the_same_bytes(erased: Safety, tmp_path: Any) -> None:
    transmission = prepare(erased, "e2b_fda")
    named = f"{erased.supply.case.reference}/V-1"

    call_command("e2b_export", named, profile="fda", out=tmp_path / "sent.xml", transmission="T-2")
    packed = pack_of(erased.version().safety_case)

    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        inside = [archive.read("transmissions/T-1/message.pdf"), archive.read("transmissions/T-2/message.xml")]
    assert (tmp_path / "sent.xml").read_bytes() == inside[1] == kept_bytes(transmission)
    assert hashlib.sha256(inside[0]).hexdigest() == Transmission.objects.get(number=1).artefact_sha256
    assert packed.left_out == ()


def test_another_refusal_of_the_store_is_told_on_the_page_and_changes_nothing(
    locked_safety: Safety, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**kwargs: Any) -> None:
        raise UploadRefused("no-space", "The server has no space left for papers.", "Try again later.")

    monkeypatch.setattr("pharmacovigilance.artefacts.store_written", full)
    case = locked_safety.supply.case
    events = case.events.count()
    asked = {"obligation": locked_safety.obligation(SUPPLIER).pk, "format": "notice"}

    taken = signed_in(locked_safety.coordinator).post(
        f"/cases/{case.reference}/do/pharmacovigilance.transmission.prepare/", asked
    )

    assert taken.status_code == 409
    assert "The server has no space left for papers. Try again later. Nothing was stored." in taken.content.decode()
    assert not Transmission.objects.exists()
    assert case.events.count() == events


RECEIPT = "MHRA Yellow Card 4711, 22 Mar 2026 11:05; the mail lies in the safety binder."


def test_the_receipt_is_kept_in_words_where_no_paper_can_be_added(erased: Safety) -> None:
    client, case = signed_in(erased.coordinator), erased.supply.case
    step = f"/cases/{case.reference}/do/pharmacovigilance.transmission.send/"
    transmission = prepare(erased, "notice")

    offered = client.get(f"/cases/{case.reference}/safety/V-1/papers/").content.decode()
    asked = {"on": transmission.label, "sent_at": LATER.isoformat(), "receipt": RECEIPT, "proof": ""}
    taken = client.post(step, asked)
    page = client.get(f"/cases/{case.reference}/safety/V-1/papers/").content.decode()
    packed = pack_of(erased.version().safety_case)

    assert f'href="{step}?on={transmission.label}"' in offered
    assert "give the receipt in words when you record that it was sent" in offered
    assert taken.status_code == 302
    sent = Transmission.objects.get(pk=transmission.pk)
    assert (sent.state, sent.receipt, sent.proof) == ("sent", RECEIPT, None)
    assert RECEIPT in page
    assert f'href="{step}?on={transmission.label}"' not in page
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        told = {one["label"]: one["receipt"] for one in json.loads(archive.read("transmissions.json"))}
    assert told == {"T-1": "", transmission.label: RECEIPT}


def test_a_receipt_longer_than_is_kept_is_refused_by_its_field_and_nothing_is_sent(erased: Safety) -> None:
    transmission = prepare(erased, "notice")
    events = erased.supply.case.events.count()

    with pytest.raises(FactsInvalid) as refusal:
        erased.take("transmission.send", now=LATER, subject=transmission, sent_at=LATER, receipt="x" * 301)

    assert list(refusal.value.errors) == ["receipt"]
    assert Transmission.objects.get(pk=transmission.pk).state == "prepared"
    assert erased.supply.case.events.count() == events


def test_a_proof_that_was_added_before_is_told_as_erased_and_its_receipt_stands(locked_safety: Safety) -> None:
    transmission = prepare(locked_safety, "cioms", now=LOCKED)
    case = locked_safety.supply.case
    proof = store_written(
        case=case, doc_type="transmission_proof", content=b"Received.", media_type="text/plain; charset=utf-8",
        by=locked_safety.coordinator, now=LOCKED, title="Receipt",
    )  # fmt: skip
    locked_safety.take(
        "transmission.send", now=LOCKED, subject=transmission, sent_at=LOCKED, receipt=RECEIPT, proof=proof
    )
    with acting(by=locked_safety.pic, verb="cases.case.closed", business_at=ERASED):
        Case.objects.filter(pk=case.pk).update(stage="closed", outcome="completed", closed_at=ERASED)
    erase_identity(case.patient, by=locked_safety.pic, now=ERASED, ground="Asked for by the family.")

    page = signed_in(locked_safety.coordinator).get(f"/cases/{case.reference}/safety/V-1/papers/").content.decode()

    assert f"Proof {proof.label}, erased" in page
    assert RECEIPT in page


def test_a_new_report_is_taken_in_as_ever(erased: Safety) -> None:
    event = advance(
        erased.supply.case, "pharmacovigilance.report.receive", by=erased.coordinator, now=LATER,
        facts={"received_at": LATER, "verbatim": "A rash since Monday."},
    )  # fmt: skip

    assert event.subject == "S-2"
