"""Every call that writes, by every role, against one table; reading calls are in tests/house/addresses.py.

A call that is not listed fails the build. A refused call writes nothing, whoever sends it.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from cases.audit.models import AuditEntry
from cases.lifecycle.engine import advance
from cases.models import Case
from cases.people.models import User
from cases.print.cells import csv_of
from config.api import api
from pharmacovigilance.coding.importing import import_dictionary
from pharmacovigilance.reconciling.columns import EXAMPLE, NAMES
from regulatory.enquiries import receive_enquiry
from regulatory.governance import review_profile
from regulatory.models import Enquiry
from tests.api.callers import Caller
from tests.cases.documents import corpus
from tests.factories import NOW, PASSWORD, House, sign_determination
from tests.pharmacovigilance.coding.builders import EDQM_FILE, LLT_FILE, PT_FILE
from tests.regulatory.changes.ground import imported, raw_of

pytestmark = pytest.mark.django_db
WHO = ("nobody", "coordinator", "pic", "administrator", "auditor", "prescriber", "delegate", "receiving", "stranger")
HOLD = {"kind": "quality", "until": "the label is clear", "reason": "Label unclear."}
NOTE = {"verb": "cases.note.write", "facts": {"text": "The dose stays.", "audience": "internal"}}
ENQUIRY = {"asked_by": "family", "country": "GB", "product": "orvelumab", "indication": "invented"}
DECLINE = {
    "kind": "regulatory",
    "ground": "route_closed",
    "explanation": "The authority has closed the route.",
    "fact": "closed",
    "steps": ["talk_to_doctor"],
    "contact": "+1 555 0100",
}
RECALL = {
    "lots": ["00399999000123 7K04B8"],
    "is_drill": False,
    "source": "manufacturer",
    "recall_class": "class_1",
    "level": "a",
    "reason": "Particles were seen.",
    "instruction": "Keep the packs apart.",
}
# One case that only the partner has.
PARTNERS_LIST = {
    "partner": "Invented Biologics",
    "from_on": "2026-03-01",
    "until_on": "2026-03-31",
    "content": csv_of(NAMES, [EXAMPLE]),
}
SERIOUS = [{"serious": ["yes"]}]
PNG = corpus.picture("PNG")

# (method, path): (body, statuses in the order of WHO). A paper is a form, all else is JSON.
TABLE: dict[tuple[str, str], tuple[Any, tuple[int, ...]]] = {
    ("post", "/cases"): ("a case", (401, 201, 201, 403, 403, 403, 403, 403, 403)),
    ("post", "/cases/{case}/advance"): (NOTE, (401, 200, 200, 403, 403, 200, 200, 200, 404)),
    ("post", "/cases/{case}/holds"): (HOLD, (401, 201, 201, 403, 403, 403, 403, 403, 404)),
    ("post", "/cases/{case}/holds/H-1/lift"): ({"reason": "Clear."}, (401, 200, 200, 403, 403, 403, 403, 403, 404)),
    ("post", "/cases/{case}/documents/D-9/content"): (
        {"reason": "To look."},
        (401, 404, 404, 404, 403, 404, 404, 404, 404),
    ),
    ("post", "/cases/{case}/documents"): ("a paper", (401, 201, 201, 403, 403, 201, 201, 201, 404)),
    ("post", "/cases/{case}/consignments/C-1/temperatures/look"): (
        "a logger's file",
        (401, 404, 404, 403, 403, 403, 403, 404, 403),
    ),
    ("post", "/cases/{case}/safety-reports"): (
        {"verbatim": "A rash.", "began": "soon"},
        (401, 201, 201, 403, 403, 201, 201, 201, 404),
    ),
    ("post", "/cases/{case}/reviews/R-1/answers"): (
        {"fingerprint": "", "answers": [{"item": "CL-01", "answer": "yes"}]},
        (401, 403, 200, 403, 403, 403, 403, 403, 403),
    ),
    ("post", "/partners"): (
        {"name": "Calder", "kind": "carrier", "country": "US"},
        (401, 201, 201, 201, 403, 403, 403, 403, 403),
    ),
    ("post", "/partners/{partner}/credentials"): (
        {"kind": "pharmacy_licence", "number": "R-9", "authority": "Invented authority"},
        (401, 201, 201, 201, 403, 403, 403, 403, 403),
    ),
    ("post", "/partners/{partner}/credentials/{credential}/checks"): (
        "a check",
        (401, 201, 201, 201, 403, 403, 403, 403, 403),
    ),
    ("post", "/partners/{partner}/credentials/{credential}/end"): (
        {"ended_on": "2026-03-02", "reason": "Surrendered."},
        (401, 200, 200, 200, 403, 403, 403, 403, 403),
    ),
    ("post", "/enquiries"): (ENQUIRY, (401, 201, 201, 403, 403, 403, 403, 403, 403)),
    ("post", "/enquiries/{enquiry}/answer"): (
        {"outcome": "NPP_POSSIBLE", "answer": "It fits."},
        (401, 200, 200, 403, 403, 403, 403, 403, 403),
    ),
    ("post", "/enquiries/{answered}/refer"): ({"reason": "A trial."}, (401, 200, 200, 403, 403, 403, 403, 403, 403)),
    ("post", "/enquiries/{enquiry}/decline/letter"): (DECLINE, (401, 200, 200, 403, 403, 403, 403, 403, 403)),
    ("post", "/enquiries/{enquiry}/decline"): ("a decline", (401, 200, 200, 403, 403, 403, 403, 403, 403)),
    ("post", "/recalls"): (RECALL, (401, 201, 201, 403, 403, 403, 403, 403, 403)),
    ("post", "/recalls/RC-1/stop"): ({}, (401, 404, 404, 403, 403, 403, 403, 403, 403)),
    ("post", "/recalls/RC-1/letters"): ({}, (401, 404, 404, 403, 403, 403, 403, 403, 403)),
    ("post", "/recalls/RC-1/close"): ({"conclusion": "Done."}, (401, 404, 404, 403, 403, 403, 403, 403, 403)),
    ("post", "/recalls/RC-1/withdraw"): ({"conclusion": "No."}, (401, 404, 404, 403, 403, 403, 403, 403, 403)),
    ("post", "/forms"): ({"code": "uk_notification_form"}, (401, 409, 409, 403, 403, 403, 403, 403, 403)),
    ("post", "/forms/reports"): (
        {"code": "au_supply_report", "day": "2025-01-01"},
        (401, 201, 201, 403, 403, 403, 403, 403, 403),
    ),
    ("post", "/forms/B-1/sent"): (
        {"at": "2026-01-01T00:00:00Z", "how": "Mail", "party": "Northway"},
        (401, 404, 404, 403, 403, 403, 403, 403, 403),
    ),
    ("post", "/forms/B-1/withdraw"): ({"reason": "No."}, (401, 404, 404, 403, 403, 403, 403, 403, 403)),
    ("post", "/triage"): ({"answers": {"storage": "2-8"}}, (401, 200, 200, 403, 403, 403, 403, 403, 403)),
    ("post", "/enquiries/{enquiry}/triage"): (
        {"answers": {"storage": "2-8"}},
        (401, 201, 201, 403, 403, 403, 403, 403, 403),
    ),
    ("post", "/enquiries/{triaged}/triage/decision"): (
        {"number": 1, "outcome": "HUMAN_DECIDES", "reason": "Both sides."},
        (401, 201, 201, 403, 403, 403, 403, 403, 403),
    ),
    ("post", "/safety/duplicates/{pair}/decision"): (
        {"decision": "different", "reason": "Two admissions."},
        (401, 404, 404, 403, 403, 403, 403, 403, 403),
    ),
    ("post", "/safety/reconciliations"): (PARTNERS_LIST, (401, 201, 201, 403, 403, 403, 403, 403, 403)),
    ("post", "/safety/reconciliations/{list}/cases/1/settlement"): (
        {"resolution": "Of another programme."},
        (401, 200, 200, 403, 403, 403, 403, 403, 403),
    ),
    ("post", "/safety/dictionaries"): ("a dictionary", (401, 201, 201, 201, 403, 403, 403, 403, 403)),
    ("post", "/safety/dictionaries/{dictionary}/removal"): (
        {"reason": "The licence has ended."},
        (401, 200, 200, 200, 403, 403, 403, 403, 403),
    ),
    ("post", "/safety/rules"): (
        {"name": "other", "jurisdiction": "GB", "recipients": ["MHRA"], "reason": "New.", "conditions": SERIOUS},
        (401, 201, 201, 403, 403, 403, 403, 403, 403),
    ),
    ("post", "/safety/rules/{rule}/versions"): ({"reason": "Read."}, (401, 201, 201, 403, 403, 403, 403, 403, 403)),
    ("post", "/safety/rules/{proposed}/versions/1/decision"): (
        {"approve": True},
        (401, 403, 200, 403, 403, 403, 403, 403, 403),
    ),
    ("post", "/profiles/import"): ({"profile": raw_of(version="1.9.0")}, (401, 201, 201, 201, 403, 403, 403, 403, 403)),
    ("post", "/profiles/{key}/drafts"): (
        {"version": "1.0.0-demo", "number": "1.8.0", "reason": "New."},
        (401, 201, 201, 201, 403, 403, 403, 403, 403),
    ),
    ("post", "/profiles/{key}/versions/1.1.0/facts"): (
        {
            "section": "notes",
            "fact": "",
            "says": {"value": "Write first.", "basis": "recalled", "source": [], "confidence": "low"},
            "reason": "Known.",
        },
        (401, 200, 200, 200, 403, 403, 403, 403, 403),
    ),
    ("post", "/profiles/{key}/versions/1.1.0/withdraw"): (
        {"reason": "A slip."},
        (401, 200, 200, 200, 403, 403, 403, 403, 403),
    ),
    ("post", "/profiles/{key}/versions/1.1.0/review"): (
        {"reviewed_on": "2026-03-02", "next_review_due": "2030-01-01"},
        (401, 200, 200, 200, 403, 403, 403, 403, 403),
    ),
    ("post", "/profiles/{key}/versions/1.2.0/publications"): (
        {"effective_from": "2030-01-01", "printed_name": "H. Lindqvist", "password": PASSWORD},
        (401, 403, 201, 403, 403, 403, 403, 403, 403),
    ),
}
# Asks with a body and keeps nothing.
READS = {("post", "/triage"), ("post", "/enquiries/{enquiry}/decline/letter")}


def shape(path: str) -> str:
    """The path with its names as the document writes them."""
    for name in ("{case}", "{enquiry}", "{answered}", "{triaged}"):
        path = path.replace(name, "{reference}")
    for name in ("{rule}", "{proposed}"):
        path = path.replace(name, "{rule_id}")
    path = path.replace("/cases/1/settlement", "/cases/{line}/settlement")
    for name in ("{pair}", "{list}", "{dictionary}"):
        path = path.replace(name, "{number}")
    for number in ("/1.1.0/", "/1.2.0/", "/1/"):
        path = path.replace(number, "/{number}/")
    path = path.replace("/RC-1/", "/{slug}/")
    for label in ("H-1", "R-1", "B-1", "C-1", "D-9"):
        path = path.replace(label, "{label}")
    return path


def test_every_writing_call_is_listed() -> None:
    document = api.get_openapi_schema()
    there = {
        (method, path.removeprefix("/api/v1"))
        for path, methods in document["paths"].items()
        for method in methods
        if method != "get"
    }
    assert {(method, shape(path)) for method, path in TABLE} == there


@pytest.fixture
def addresses(house: House, case: Case, call: Callable[[User], Caller]) -> dict[str, str]:
    """A case with a hold, an open enquiry, an answered one, and one with an evaluation that waits."""
    advance(case, "cases.hold.place", by=house.coordinator, now=NOW, facts=HOLD)
    sign_determination(house, case)
    advance(case, "regulatory.review.request", by=house.coordinator, now=NOW, facts={"kind": "clinical"})

    def received() -> Enquiry:
        asked: dict[str, Any] = ENQUIRY
        return receive_enquiry(pharmacy=house.pharmacy, by=house.coordinator, now=NOW, **asked)

    answered = received()
    caller = call(house.coordinator)
    caller.post(f"/enquiries/{answered.reference}/answer", {"outcome": "NPP_POSSIBLE", "answer": "It fits."})
    triaged = received()
    caller.post(f"/enquiries/{triaged.reference}/triage", {"answers": {}})
    imported(house, raw_of(version="1.1.0"))
    version = imported(house, raw_of(version="1.2.0"))
    review_profile(
        version, reviewed_on=NOW.date(), next_review_due=date(2031, 1, 1), by=house.second_pharmacist, now=NOW
    )
    proposed = {"name": "told", "jurisdiction": "GB", "recipients": ["MHRA"], "reason": "New.", "conditions": SERIOUS}
    caller.post("/safety/rules", proposed)
    compared = caller.post("/safety/reconciliations", PARTNERS_LIST | {"partner": "Another partner"}).json()
    dictionary = import_dictionary(
        "meddra", [LLT_FILE, PT_FILE], version="29.0", licensee_confirms=True, by=house.pic, now=NOW
    )
    receiver = house.pharmacy.partners.get()
    return {
        "partner": str(receiver.pk),
        "credential": str(receiver.credentials.get(kind="pharmacy_licence").pk),
        "key": "UK-SPECIALS",
        "rule": "GB.supplier.serious",
        "proposed": "GB.house.told",
        "pair": "1",
        "list": str(compared["number"]),
        "dictionary": str(dictionary.pk),
        "case": case.reference,
        "enquiry": received().reference,
        "answered": answered.reference,
        "triaged": triaged.reference,
    }


class Undone(Exception):
    """Ends a call's transaction, so that the next person finds everything as it was."""


def written() -> int:
    """Entries of the audit trail, but for those that say what an auditor opened."""
    return AuditEntry.objects.exclude(table_name="people_reading").count()


def test_every_writing_call_answers_every_role_as_listed(house: House, addresses: dict[str, str]) -> None:
    people: dict[str, User | None] = {
        "nobody": None,
        "coordinator": house.coordinator,
        "pic": house.pic,
        "administrator": house.administrator,
        "auditor": house.auditor,
        "prescriber": house.doctor,
        "delegate": house.delegate,
        "receiving": house.receiving,
        "stranger": house.stranger.user,
    }
    callers = {who: Caller(people[who]) for who in WHO}
    a_case = {
        "pathway": {"key": "UK-SPECIALS"},
        "patient": {"family_name": "Example"},
        "prescriber": house.doctor.code,
        "medicine": "orvelumab 150 mg/mL",
        "indication": "invented",
    }
    before = written()
    found = {}
    for (method, path), (body, _) in TABLE.items():
        address = path.format(**addresses)
        statuses = []
        for who in WHO:
            try:
                with transaction.atomic():
                    if body == "a paper":
                        answer = callers[who].upload(address, PNG, doc_type="prescription")
                    elif body == "a logger's file":
                        answer = callers[who].upload(address, PNG, mapping="iso-comma:1")
                    elif body == "a check":
                        said = {"source": "register", "result": "confirmed", "checked_at": "2026-03-02T10:00:00Z"}
                        answer = callers[who].upload(address, PNG, **said)
                    elif body == "a dictionary":
                        said = {"kind": "edqm_form", "version": "1.0", "licensee_confirms": "true"}
                        answer = callers[who].send(address, {"terms": EDQM_FILE}, **said)
                    elif body == "a decline":
                        read = callers[who].post(f"{address}/letter", DECLINE).json().get("fingerprint", "none")
                        answer = callers[who].post(address, DECLINE | {"channel": "post", "fingerprint": read})
                    else:
                        answer = callers[who].post(address, a_case if body == "a case" else body)
                    wrote = written() != before
                    raise Undone
            except Undone:
                statuses.append(answer.status_code)
            keeps = answer.status_code < 400 and (method, path) not in READS
            assert wrote is keeps, f"{who} {method} {path}: {answer.content!r}"
        found[method, path] = tuple(statuses)
    assert found == {call: statuses for call, (_, statuses) in TABLE.items()}
