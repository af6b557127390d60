"""Papers over the API: sent, listed, given out byte for byte; and every way in which a file is refused."""

import hashlib
import io
from typing import Any

import pytest
from django.test import Client

from cases.documents.models import Document, DocumentAccess, StoredFile
from cases.documents.receiving import store_text
from cases.documents.storage import path_of
from cases.lifecycle.engine import advance
from cases.models import Case
from cases.people.models import User
from tests.api.callers import ROOT, Caller, faults, nothing_written, refused
from tests.cases.documents import corpus
from tests.factories import NOW, House, sign_determination

pytestmark = pytest.mark.django_db
PNG = corpus.picture("PNG")


def papers(case: Case) -> str:
    return f"/cases/{case.reference}/documents"


def send(caller: Caller, case: Case, content: bytes = PNG, **form: Any) -> Any:
    return caller.upload(papers(case), content, **({"doc_type": "prescription"} | form))


def release(house: House, case: Case, label: str) -> None:
    document = Document.objects.get(case=case, number=int(label.removeprefix("D-")))
    facts = {"reason": "No scanner runs in the tests."}
    advance(case, "documents.document.release_unscanned", by=house.pic, now=NOW, subject=document, facts=facts)


def labels(caller: Caller, case: Case) -> list[str]:
    return [one["label"] for one in caller.read(papers(case))["documents"]]


class TestAFile:
    """A file that is taken: kept byte for byte, told by what is in it, with nothing of its name."""

    def test_is_received_and_told(self, case: Case, prescriber: Caller) -> None:
        answer = send(prescriber, case, issued_on="2026-02-20", valid_until="2026-12-31", name="Ada Example.png")
        document = Document.objects.get(case=case)
        assert answer.status_code == 201
        assert answer.json() == {
            "label": "D-1",
            "doc_type": "prescription",
            "title": "Prescription",
            "version": 1,
            "supersedes": None,
            "translates": None,
            "stale_because": "",
            "names_patient": None,
            "state": "received",
            "scan": "pending",
            "media_type": "image/png",
            "size": len(PNG),
            "sha256": hashlib.sha256(PNG).hexdigest(),
            "pages": 1,
            "language": "",
            "held_by": "",
            "issued_on": "2026-02-20",
            "valid_until": "2026-12-31",
            "received_at": document.received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "uploaded_by": "Dr L. Ferrante",
            "decided_by": None,
            "decision_reason": "",
            "of_another_patient": False,
            "closed_with": None,
            "signatures": [],
        }
        assert b"Ada" not in answer.content
        assert prescriber.read(f"{papers(case)}/D-1") == answer.json()
        assert prescriber.read(papers(case)) == {"documents": [answer.json()], "asked": []}

    def test_is_given_out_byte_for_byte_as_an_attachment_that_cannot_act(
        self, house: House, case: Case, prescriber: Caller
    ) -> None:
        send(prescriber, case)
        release(house, case, "D-1")
        answer = prescriber.get(f"{papers(case)}/D-1/content")
        assert (answer.status_code, answer.content) == (200, PNG)
        named = ("Content-Type", "Content-Length", "Content-Disposition", "X-Content-Type-Options", "Cache-Control")
        assert {name: answer[name] for name in named} == {
            "Content-Type": "image/png",
            "Content-Length": str(len(PNG)),
            "Content-Disposition": f'attachment; filename="{case.reference}_D-1_v1_prescription.png"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        }
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        access = DocumentAccess.objects.get()
        assert (access.by, access.granted) == (house.doctor, True)

    def test_that_answers_a_request_closes_it(self, house: House, case: Case, prescriber: Caller) -> None:
        facts = {"doc_type": "prescription", "asked_of": house.doctor.pk, "due_on": "2026-03-20", "note": "Not older."}
        advance(case, "documents.slot.ask", by=house.coordinator, now=NOW, facts=facts)
        asked = prescriber.read(papers(case))["asked"]
        assert asked == [
            {
                "label": "Q-1",
                "doc_type": "prescription",
                "title": "Prescription",
                "note": "Not older.",
                "asked_of": "Dr L. Ferrante",
                "due_on": "2026-03-20",
                "state": "open",
                "renews": None,
            }
        ]
        answer = prescriber.upload(papers(case), PNG, slot="Q-1")
        assert (answer.status_code, answer.json()["doc_type"]) == (201, "prescription")
        assert Document.objects.get().slot is not None

    def test_that_follows_an_accepted_one_is_its_next_version(
        self, house: House, case: Case, pharmacist: Caller
    ) -> None:
        send(pharmacist, case)
        release(house, case, "D-1")
        advance(case, "documents.document.accept", by=house.coordinator, now=NOW, subject=Document.objects.get())
        answer = send(pharmacist, case, corpus.picture("PNG", size=(20, 20)), supersedes="D-1")
        assert answer.status_code == 201, answer.content
        assert (answer.json()["version"], answer.json()["supersedes"]) == (2, "D-1")

    def test_that_translates_another_names_it_and_a_wrong_source_is_told_by_its_field(
        self, house: House, case: Case, pharmacist: Caller
    ) -> None:
        send(pharmacist, case)
        second, third = (corpus.picture("PNG", size=(side, side)) for side in (20, 21))
        answer = send(pharmacist, case, second, doc_type="translation", translates="D-1")
        assert (answer.status_code, answer.json()["translates"]) == (201, "D-1")
        with nothing_written():
            answer = send(pharmacist, case, third, doc_type="translation", translates="D-2")
        (error,) = refused(answer, 422, "upload-refused")["errors"]
        assert (error["field"], error["value"]) == ("translates", "D-2")
        assert error["problem"] == "D-2 is itself a translation of D-1."

    def test_comes_twice_only_on_purpose(self, case: Case, prescriber: Caller) -> None:
        send(prescriber, case)
        with nothing_written():
            answer = send(prescriber, case)
        body = refused(answer, 409, "same-file")
        assert body["detail"].startswith(f"{case.reference} already holds exactly this file: D-1, Prescription")
        assert (body["errors"][0]["field"], body["errors"][0]["value"]) == ("file", "D-1")
        assert send(prescriber, case, again="true").status_code == 201
        assert (Document.objects.count(), StoredFile.objects.count()) == (2, 1)

    def test_sent_twice_with_one_key_is_one_paper(self, case: Case, prescriber: Caller) -> None:
        first = send(prescriber, case, form_key="p-1")
        with nothing_written():
            second = send(prescriber, case, form_key="p-1")
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        other = send(prescriber, case, corpus.picture("PNG", size=(20, 20)), form_key="p-1")
        assert (other.status_code, other.json()["label"]) == (201, "D-2")


# name: (content, name of the file, claimed type, status, kind, field, value, problem)
class TestAForm:
    """What is said of a file, refused by field."""

    @pytest.mark.parametrize(
        ("form", "fault"),
        [
            ({"doc_type": "love_letter"}, ("doc_type", None, "There is no kind of paper “love_letter”.")),
            ({"doc_type": ""}, ("doc_type", None, "There is no kind of paper “”.")),
            ({"slot": "Q-9"}, ("slot", "Q-9", "Nothing of that label is asked of you.")),
            (
                {"supersedes": "D-9"},
                (
                    "supersedes",
                    "D-9",
                    "There is no such paper on this case. A paper is named by its label, for example D-3.",
                ),
            ),
            (
                {"issued_on": "2026-05-01", "valid_until": "2026-04-01"},
                ("valid_until", None, "The paper would end before it was issued."),
            ),
            (
                {"issued_on": "yesterday"},
                ("issued_on", "yesterday", "A day is asked, year-month-day"),
            ),
            ({"again": "perhaps"}, ("again", "perhaps", "Input should be a valid boolean, unable to interpret input")),
            ({"doctype": "prescription"}, ("doctype", "prescription", "Extra inputs are not permitted")),
            ({"title": "Ada Example"}, ("title", "Ada Example", "Extra inputs are not permitted")),
            ({"held_by": "supplier"}, ("held_by", "supplier", "Extra inputs are not permitted")),
            ({"language": "en\x00"}, ("language", "en\\0", "String should match pattern '^[A-Za-z-]*$'")),
        ],
    )
    def test_is_refused_by_field(
        self, case: Case, pharmacist: Caller, form: dict[str, str], fault: tuple[str, Any, str]
    ) -> None:
        kind = "upload-refused" if "doc_type" in form or "valid_until" in form else "facts-invalid"
        with nothing_written():
            [found] = faults(send(pharmacist, case, **form), kind=kind)
        assert found[:3] == fault

    def test_without_a_file_is_refused(self, case: Case, pharmacist: Caller) -> None:
        answer = pharmacist.client.post(f"{ROOT}{papers(case)}", {"doc_type": "prescription"})
        assert faults(answer) == [("file", None, "Field required", "Send this field.")]

    def test_with_two_files_is_refused(self, case: Case, pharmacist: Caller) -> None:
        files = [io.BytesIO(PNG), io.BytesIO(corpus.pdf())]
        with nothing_written():
            answer = pharmacist.client.post(f"{ROOT}{papers(case)}", {"doc_type": "prescription", "file": files})
        assert faults(answer) == [("file", "file", "It was sent more than once", "Send it once.")]

    def test_as_json_is_told_what_is_taken(self, case: Case, pharmacist: Caller) -> None:
        answer = pharmacist.post(papers(case), {"doc_type": "prescription"})
        assert faults(answer, kind="other-media-type", status=415) == [
            (
                "Content-Type",
                "application/json",
                "This call takes multipart/form-data.",
                "Send it as multipart/form-data.",
            )
        ]


class TestEachPerson:
    """The papers that their pages show, and no others."""

    def test_lists_the_papers_of_their_side(
        self, house: House, case: Case, pharmacist: Caller, prescriber: Caller, auditor: Caller, receiving: Caller
    ) -> None:
        delegate = Caller(house.delegate)
        sign_determination(house, case)  # D-1
        send(delegate, case, doc_type="clinical_report")  # D-2
        store_text(case=case, doc_type="commercial_invoice", text="of the supply", by=house.coordinator, now=NOW)
        store_text(case=case, doc_type="correspondence", text="with the authority", by=house.coordinator, now=NOW)
        send(receiving, case, corpus.pdf(), name="a.pdf", doc_type="correspondence")  # D-5
        everything = ["D-5", "D-4", "D-3", "D-2", "D-1"]
        assert labels(pharmacist, case) == everything
        assert labels(auditor, case) == everything
        assert labels(prescriber, case) == ["D-2", "D-1"]
        assert labels(delegate, case) == ["D-2", "D-1"]
        assert labels(receiving, case) == ["D-5", "D-3"]
        assert receiving.get(f"{papers(case)}/D-3/content").content == b"of the supply"
        with nothing_written():
            for caller, hidden in ((prescriber, "D-4"), (receiving, "D-1")):
                refused(caller.get(f"{papers(case)}/{hidden}"), 404, "not-found")
                refused(caller.get(f"{papers(case)}/{hidden}/content"), 404, "not-found")

    def test_is_given_nothing_by_a_page_that_the_api_keeps_back(self, house: House, case: Case) -> None:
        store_text(case=case, doc_type="correspondence", text="with the authority", by=house.coordinator, now=NOW)
        page = Client()
        page.force_login(house.doctor, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert page.get(f"/cases/{case.reference}/papers/D-1/").status_code == 403
        assert DocumentAccess.objects.get().granted is False

    def test_who_only_reads_sends_nothing(self, house: House, case: Case, auditor: Caller, stranger: Caller) -> None:
        with nothing_written():
            refused(send(auditor, case), 403, "not-permitted")
            body = refused(send(Caller(house.administrator), case), 403, "not-permitted")
            refused(send(stranger, case), 404, "not-found")
        assert body["detail"] == "Administrators only read. Nothing was stored."

    def test_whose_view_is_masked_is_refused_on_record(self, case: Case, prescriber: Caller, auditor: Caller) -> None:
        send(prescriber, case)
        body = refused(auditor.get(f"{papers(case)}/D-1/content"), 403, "not-permitted")
        assert body["detail"].startswith("D-1 shows who the patient is.")
        access = DocumentAccess.objects.get()
        assert (access.by, access.granted, access.reason) == (auditor.person, False, "identity-masked")

    def test_opens_an_unscanned_paper_only_as_pharmacist_with_a_reason(
        self, case: Case, pharmacist: Caller, prescriber: Caller
    ) -> None:
        send(prescriber, case)
        address = f"{papers(case)}/D-1/content"
        why = {"reason": "to look"}
        asked = (prescriber.get(address), pharmacist.get(address), prescriber.post(address, why),
                 pharmacist.post(address, {"reason": " "}))  # fmt: skip
        for answer in asked:
            assert "was not scanned for malicious content" in refused(answer, 403, "not-permitted")["detail"]
        assert pharmacist.post(address, why).content == PNG


def test_bytes_that_are_no_longer_those_that_came_are_given_to_nobody(
    house: House, case: Case, pharmacist: Caller
) -> None:
    document = store_text(case=case, doc_type="other", text="as it came", by=house.coordinator, now=NOW)
    path = path_of(document.file.storage_name)
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    body = refused(pharmacist.get(f"{papers(case)}/D-1/content"), 409, "document-refused")
    assert "was altered" in body["detail"]


@pytest.mark.parametrize("label", ["D-2", "D-", "1", "D-999999", "F-1", "D-1%00", "D-１"])
def test_a_paper_that_is_not_there_is_not_found(house: House, case: Case, pharmacist: Caller, label: str) -> None:
    store_text(case=case, doc_type="other", text="one", by=house.coordinator, now=NOW)
    for rest in ("", "/content"):
        refused(pharmacist.get(f"{papers(case)}/{label}{rest}"), 404, "not-found")


def test_the_kinds_of_papers_are_listed_for_everybody(house: House, call: Any) -> None:
    everybody: list[User] = [house.coordinator, house.doctor, house.receiving, house.auditor]
    for person in everybody:
        kinds = call(person).read("/document-types")
        assert {"code": "prescription", "title": "Prescription"} in kinds
        assert kinds[-1] == {"code": "other", "title": "Other paper"}
