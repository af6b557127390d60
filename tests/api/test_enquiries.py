"""Enquiries over the API: received, answered, referred, declined; for pharmacists alone."""

import hashlib
from typing import Any

import pytest

from cases.lifecycle.errors import Refused
from regulatory.enquiries import receive_enquiry
from regulatory.models import Enquiry
from tests.api.callers import Caller, faults, nothing_written, refused
from tests.factories import NOW, House, draft_profile, signed_profile
from tests.regulatory.ground import tell_a_decline

pytestmark = pytest.mark.django_db
BODY = {
    "asked_by": "prescriber",
    "country": "gb",
    "product": "orvelumab 150 mg/mL",
    "indication": "invented haematological disease",
    "question": "Can one patient be supplied from January?",
    "medicine": "orvelumab 150 mg/mL",
    "received_at": "2026-03-02T15:00:00Z",
}
ANSWER = {"outcome": "NPP_POSSIBLE", "answer": "A named-patient supply is possible."}


def received(house: House, **more: Any) -> Enquiry:
    asked = {
        "asked_by": "prescriber",
        "country": "GB",
        "product": "orvelumab",
        "indication": "invented",
        "medicine": house.medicine,
    }
    return receive_enquiry(pharmacy=house.pharmacy, by=house.coordinator, now=NOW, **(asked | more))


def test_one_is_received_and_read(house: House, pharmacist: Caller) -> None:
    answer = pharmacist.post("/enquiries", BODY)
    row = Enquiry.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "reference": row.reference,
        "state": "open",
        "asked_by": "prescriber",
        "country": "GB",
        "product": "orvelumab 150 mg/mL",
        "medicine": "orvelumab 150 mg/mL, solution for injection",
        "indication": "invented haematological disease",
        "urgency": "standard",
        "question": "Can one patient be supplied from January?",
        "received_at": "2026-03-02T15:00:00Z",
        "acknowledge_by": "2026-03-02T16:00:00Z",
        "pathway": None,
        "pathway_version": None,
        "outcome": "",
        "outcome_in_words": "",
        "answer": "",
        "answered_by": None,
        "answered_at": None,
        "case": None,
        "decline": None,
    }
    assert pharmacist.read(f"/enquiries/{row.reference}") == answer.json()
    assert pharmacist.read("/enquiries") == {"enquiries": [answer.json()], "next": None}


def test_sent_twice_with_one_key_it_is_one(pharmacist: Caller) -> None:
    first = pharmacist.post("/enquiries", BODY | {"form_key": "e-1"})
    with nothing_written():
        second = pharmacist.post("/enquiries", BODY | {"form_key": "e-1"})
        other = pharmacist.post("/enquiries", BODY | {"form_key": "e-1", "product": "another"})
    assert first.json() == second.json()
    assert faults(other, kind="key-reused", status=409)[0][:2] == ("form_key", "e-1")


class TestAnAnswer:
    """Recorded under a name; a confident one rests on a pathway that was checked in time."""

    def test_is_recorded_with_the_pathway_it_rests_on(self, house: House, pharmacist: Caller) -> None:
        version = signed_profile(house, "UK-SPECIALS")
        row = received(house)
        answer = pharmacist.post(f"/enquiries/{row.reference}/answer", ANSWER | {"pathway": {"key": "uk-specials"}})
        body = answer.json()
        assert answer.status_code == 200
        assert (body["state"], body["outcome"], body["outcome_in_words"], body["answer"]) == (
            "answered",
            "NPP_POSSIBLE",
            "A named-patient programme is possible",
            "A named-patient supply is possible.",
        )
        assert (body["answered_by"], body["pathway"], body["pathway_version"]) == (
            "M. Ostby",
            "UK-SPECIALS",
            version.version,
        )
        with nothing_written():
            refused(pharmacist.post(f"/enquiries/{row.reference}/answer", ANSWER), 409, "not-possible")

    def test_that_is_confident_needs_a_fresh_pathway(self, house: House, pharmacist: Caller) -> None:
        row = received(house)
        with nothing_written():
            answer = pharmacist.post(f"/enquiries/{row.reference}/answer", ANSWER | {"outcome": "NPP_RECOMMENDED"})
        lines = refused(answer, 409, "requirements-unmet")["requirements"]
        assert [(line["code"], line["state"]) for line in lines] == [
            ("OutcomeKnown", "met"),
            ("AnswerGiven", "met"),
            ("PathwayFresh", "unmet"),
        ]
        row.refresh_from_db(fields=["answer"])
        assert row.answer == ""

    @pytest.mark.parametrize(
        ("body", "field", "value"),
        [
            (ANSWER | {"outcome": "MAYBE"}, "outcome", "MAYBE"),
            (ANSWER | {"answer": ""}, "answer", ""),
            (ANSWER | {"pathway": {"key": "XX-NONE"}}, "pathway", "XX-NONE"),
            (ANSWER | {"pathway": {"key": "UK-SPECIALS"}}, "pathway", "UK-SPECIALS"),
            (ANSWER | {"pathway": {"key": "UK-SPECIALS", "version": "9"}}, "pathway", "UK-SPECIALS 9"),
            (ANSWER | {"pathway": "UK-SPECIALS"}, "pathway", "UK-SPECIALS"),
            (ANSWER | {"pathway": {"key": "UK-SPECIALS", "varsion": "9"}}, "pathway.varsion", "9"),
            ({"outcome": "NPP_POSSIBLE"}, "answer", None),
        ],
    )
    def test_that_cannot_be_used_is_refused_by_field(
        self, house: House, pharmacist: Caller, body: dict[str, Any], field: str, value: Any
    ) -> None:
        draft_profile("UK-SPECIALS")
        row = received(house)
        with nothing_written():
            [fault] = faults(pharmacist.post(f"/enquiries/{row.reference}/answer", body))
        assert fault[:2] == (field, value)


def test_an_answered_one_is_referred_with_a_reason(house: House, pharmacist: Caller) -> None:
    row = received(house)
    address = f"/enquiries/{row.reference}/refer"
    with nothing_written():
        refused(pharmacist.post(address, {"reason": "A trial."}), 409, "not-possible")
    pharmacist.post(f"/enquiries/{row.reference}/answer", ANSWER)
    with nothing_written():
        [fault] = faults(pharmacist.post(address, {"reason": ""}))
    assert fault[:2] == ("reason", "")
    assert pharmacist.post(address, {"reason": "A trial runs there."}).json()["state"] == "referred"
    with nothing_written():
        refused(pharmacist.post(address, {"reason": "Again."}), 409, "not-possible")


DECLINE = {
    "kind": "regulatory",
    "ground": "route_closed",
    "explanation": "The authority has closed the route.",
    "fact": "closed",
    "steps": ["local_authority"],
    "contact": "+1 555 0100",
}


class TestADecline:
    """The letter is read first; the call that declines sends its fingerprint back."""

    def test_is_told_by_the_letter_that_was_read(self, house: House, pharmacist: Caller) -> None:
        row = received(house)
        with nothing_written():
            read = pharmacist.post(f"/enquiries/{row.reference}/decline/letter", DECLINE).json()
        assert read["title"] == "Our answer to your request"
        assert read["fingerprint"] == hashlib.sha256(read["text"].encode()).hexdigest()
        told = DECLINE | {"channel": "telephone", "fingerprint": read["fingerprint"]}
        body = pharmacist.post(f"/enquiries/{row.reference}/decline", told).json()
        assert body["state"] == "declined"
        assert body["decline"].pop("told_at") is not None
        assert body["decline"] == {
            "kind": "regulatory",
            "ground": "route_closed",
            "explanation": "The authority has closed the route.",
            "fact": "closed",
            "steps": ["local_authority"],
            "referral": "",
            "language": "en",
            "contact": "+1 555 0100",
            "channel": "telephone",
            "text": read["text"],
            "text_sha256": read["fingerprint"],
            "told_by": "M. Ostby",
        }
        assert pharmacist.read(f"/enquiries/{row.reference}")["decline"]["text"] == read["text"]
        with nothing_written():
            refused(pharmacist.post(f"/enquiries/{row.reference}/decline", told), 409, "not-possible")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"kind": "commercial"}, "kind"),
            ({"ground": "dull"}, "ground"),
            ({"explanation": ""}, "explanation"),
            ({"language": "de"}, "language"),
            ({"steps": ["pray"]}, "steps.0"),
            ({"contact": ""}, "contact"),
        ],
    )
    def test_that_cannot_be_used_is_refused_by_field(
        self, house: House, pharmacist: Caller, changes: dict[str, Any], field: str
    ) -> None:
        row = received(house)
        with nothing_written():
            [fault] = faults(pharmacist.post(f"/enquiries/{row.reference}/decline/letter", DECLINE | changes))
        assert fault[0] == field

    @pytest.mark.parametrize(
        ("changes", "code", "fact"),
        [
            ({"ground": "dose"}, "ground", "That ground is none of a regulatory decline."),
            (
                {"fact": "shut"},
                "route",
                "“shut” is no word for a route. It is one of: open, partially_open, closed.",
            ),
            ({"steps": []}, "steps", "No next step is named: tick one, or say where to turn."),
        ],
    )
    def test_that_does_not_say_what_its_kind_asks_names_it(
        self, house: House, pharmacist: Caller, changes: dict[str, Any], code: str, fact: str
    ) -> None:
        row = received(house)
        with nothing_written():
            answer = pharmacist.post(f"/enquiries/{row.reference}/decline/letter", DECLINE | changes)
        lines = refused(answer, 409, "requirements-unmet")["requirements"]
        assert [(line["code"], line["fact"]) for line in lines] == [(f"DeclineSaysWhatItsKindAsks:{code}", fact)]


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"asked_by": "the press"}, "asked_by", "the press"),
        ({"country": "NL"}, "country", "NL"),
        ({"country": "G"}, "country", "G"),
        ({"product": ""}, "product", ""),
        ({"product": "p" * 121}, "product", "p" * 121),
        ({"indication": "a\x00"}, "indication", "a\\0"),
        ({"question": "q" * 5001}, "question", "q" * 200),
        ({"urgency": "soon"}, "urgency", "soon"),
        ({"medicine": "unknown 1 mg"}, "medicine", "unknown 1 mg"),
        ({"received_at": "2026-03-02T15:00:00"}, "received_at", "2026-03-02T15:00:00"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "received_at", "0001-01-01T00:00:00+14:00"),
        ({"patient_name": "Ada"}, "patient_name", "Ada"),
    ],
)
def test_one_that_cannot_be_used_is_refused_by_field(
    house: House, pharmacist: Caller, changes: dict[str, Any], field: str, value: Any
) -> None:
    with nothing_written():
        [fault] = faults(pharmacist.post("/enquiries", BODY | changes))
    assert fault[:2] == (field, value)


def test_one_from_the_future_or_of_blanks_is_refused_with_its_checklist(house: House, pharmacist: Caller) -> None:
    with nothing_written():
        later = pharmacist.post("/enquiries", BODY | {"received_at": "2199-01-01T00:00:00Z"})
        blank = pharmacist.post("/enquiries", BODY | {"product": "  "})
    for answer, code in ((later, "NotInFuture"), (blank, "ProductGiven")):
        lines = refused(answer, 409, "requirements-unmet")["requirements"]
        assert [line["code"] for line in lines if line["state"] == "unmet"] == [code]


def test_pages_follow_on_and_filter_by_state(house: House, pharmacist: Caller) -> None:
    there = [received(house).reference for _ in range(5)]
    tell_a_decline(Enquiry.objects.get(reference=there[4]), by=house.coordinator, now=NOW)
    first = pharmacist.read("/enquiries", limit=2)
    received(house)
    second = pharmacist.read("/enquiries", limit=2, after=first["next"])
    third = pharmacist.read("/enquiries", limit=2, after=second["next"])
    read = [one["reference"] for page in (first, second, third) for one in page["enquiries"]]
    assert (read, third["next"]) == (there[::-1], None)
    assert [one["reference"] for one in pharmacist.read("/enquiries", state="declined")["enquiries"]] == [there[4]]
    assert faults(pharmacist.get("/enquiries", after="EN-0000-0000-0"))[0][:2] == ("after", "EN-0000-0000-0")
    assert faults(pharmacist.get("/enquiries", state="lost"))[0][:2] == ("state", "lost")


def test_they_are_for_the_pharmacists_alone(
    house: House, pharmacist: Caller, prescriber: Caller, auditor: Caller, receiving: Caller
) -> None:
    row = received(house)
    with nothing_written():
        for caller in (prescriber, auditor, receiving, Caller(house.administrator), Caller(house.delegate)):
            for address in ("/enquiries", f"/enquiries/{row.reference}"):
                refused(caller.get(address), 403, "not-permitted")
            refused(caller.post("/enquiries", BODY), 403, "not-permitted")
            for act, body in (("answer", ANSWER), ("refer", {"reason": "x"}), ("decline/letter", DECLINE)):
                refused(caller.post(f"/enquiries/{row.reference}/{act}", body), 403, "not-permitted")
        for address in ("EN-0000-0000-0", "EN%00"):
            refused(pharmacist.get(f"/enquiries/{address}"), 404, "not-found")
            refused(pharmacist.post(f"/enquiries/{address}/decline/letter", DECLINE), 404, "not-found")


def test_the_service_knows_the_same_refusals(house: House) -> None:
    """What the API answers with 409 is raised by the service that the page calls too."""
    with pytest.raises(Refused):
        received(house, product=" ")
