"""The papers of a locked version: listed, made as files, kept with a transmission by their fingerprint."""

import hashlib

import pytest

from cases.documents.services import read_bytes
from pharmacovigilance.artefacts import FORMS, artefact_of
from pharmacovigilance.models import Transmission
from tests.pharmacovigilance.builders import LOCKED, Safety, signed_in

MOVES = (
    "transmission.send",
    "transmission.accept",
    "transmission.reject",
    "transmission.note_no_answer",
    "obligation.discharge",
)


def address(safety: Safety, ending: str = "", label: str = "V-1") -> str:
    return f"/cases/{safety.supply.case.reference}/safety/{label}/papers/{ending}"


def test_lists_every_form_with_its_file_and_what_was_kept(locked_safety: Safety) -> None:
    locked_safety.take(
        "transmission.prepare", now=LOCKED, obligation=locked_safety.obligation("GB.supplier.serious"), format="cioms"
    )
    kept = Transmission.objects.get()

    page = signed_in(locked_safety.coordinator).get(address(locked_safety)).content.decode()

    for code, form in FORMS.items():
        assert form.words in page
        assert f'href="{address(locked_safety, f"{code}/")}"' in page
    for words in (
        "T-1",
        "CIOMS I content, PDF",
        kept.artefact_sha256,
        locked_safety.version().snapshot_sha256,
        "Not coded",
    ):
        assert words in page, words


@pytest.mark.parametrize(
    ("form", "media", "ending"),
    [("cioms", "application/pdf", "pdf"), ("medwatch", "application/pdf", "pdf"), ("notice", "application/pdf", "pdf"),
     ("notice_json", "application/json", "json"), ("e2b_fda", "application/xml", "xml")],
)  # fmt: skip
def test_gives_each_as_a_file_without_a_name_of_anybody(
    form: str, media: str, ending: str, locked_safety: Safety
) -> None:
    version = locked_safety.version()

    given = signed_in(locked_safety.pic).get(address(locked_safety, f"{form}/"))

    assert (given.status_code, given["Content-Type"]) == (200, media)
    assert given.content == artefact_of(version, form)
    assert given["Content-Disposition"] == f'attachment; filename="{version.case.reference}-V-1-{form}.{ending}"'


@pytest.mark.parametrize(("form", "media"), [("cioms", "application/pdf"), ("notice_json", "application/json")])
def test_is_kept_with_its_transmission_by_fingerprint_and_is_made_again_alike(
    form: str, media: str, locked_safety: Safety
) -> None:
    locked_safety.take(
        "transmission.prepare", now=LOCKED, obligation=locked_safety.obligation("GB.supplier.serious"), format=form
    )

    kept = Transmission.objects.get()
    assert kept.message is not None
    content = read_bytes(kept.message.file)
    assert kept.artefact_sha256 == hashlib.sha256(content).hexdigest()
    assert (kept.message.doc_type, kept.message.file.media_type) == ("safety_paper", media)
    assert (kept.message.title, kept.message.holds_identity) == ("T-1, V-1", False)
    assert kept.message_number == ""
    assert artefact_of(locked_safety.version(), form, kept) == content
    assert locked_safety.send(kept).state == "sent"


def test_says_why_nothing_can_be_made_of_a_draft(safety: Safety) -> None:
    safety.attach(safety.receive())
    client = signed_in(safety.coordinator)

    page = client.get(address(safety))

    assert page.status_code == 200
    assert "V-1 is not locked. Lock it" in page.content.decode()
    assert client.get(address(safety, "cioms/")).status_code == 404


@pytest.mark.parametrize(("label", "form"), [("V-9", "cioms"), ("V-1", "nothing"), ("1", "cioms")])
def test_is_not_there_for_another_version_or_form(label: str, form: str, locked_safety: Safety) -> None:
    assert signed_in(locked_safety.coordinator).get(address(locked_safety, f"{form}/", label)).status_code == 404


def test_leads_from_prepared_to_told_without_leaving_the_page(locked_safety: Safety) -> None:
    client, owed = signed_in(locked_safety.coordinator), locked_safety.obligation("GB.supplier.serious")
    step = f"/cases/{locked_safety.supply.case.reference}/do/pharmacovigilance."
    at = LOCKED.isoformat()

    def take(verb: str, **typed: str | int) -> str:
        taken = client.post(f"{step}{verb}/", typed)
        assert (taken.status_code, taken["Location"]) == (302, address(locked_safety)), taken.content
        return str(client.get(address(locked_safety)).content.decode())

    def offered(page: str) -> list[str]:
        return sorted(move for move in MOVES if f'href="{step}{move}/?on=' in page)

    prepared = take("transmission.prepare", obligation=owed.pk, format="notice")
    sent = take("transmission.send", on="T-1", sent_at=at, receipt="Receipt 4711.")
    silent = take("transmission.note_no_answer", on="T-1", reason="Nobody answers there.")
    answered = take("transmission.accept", on="T-1", acknowledgement="No. 7")

    assert offered(prepared) == ["transmission.send"]
    assert offered(sent) == [
        "obligation.discharge", "transmission.accept", "transmission.note_no_answer", "transmission.reject",
    ]  # fmt: skip
    assert offered(silent) == ["transmission.accept", "transmission.reject"]
    assert offered(answered) == ["obligation.discharge"]
    assert f"Record {owed.label} as told" in answered


def test_offers_an_auditor_nothing_to_do(locked_safety: Safety) -> None:
    locked_safety.prepare(locked_safety.obligation("GB.supplier.serious"))

    page = signed_in(locked_safety.supply.house.auditor).get(address(locked_safety)).content.decode()

    assert "/do/pharmacovigilance." not in page
