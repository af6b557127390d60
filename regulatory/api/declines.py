"""Declines: the letter as it would go out, or as it went; drafted, sent and reconsidered by `.../advance`."""

import hashlib
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from cases import clock
from cases.api.auth import only
from cases.api.taking import found
from cases.models import Case
from cases.people.roles import READ_WHOLE
from regulatory.declining.drafted import bytes_of, letter_of
from regulatory.declining.letter import LetterRefused
from regulatory.models import Decline

router = Router(tags=["Declines"])
_WHO = "Declines are read by the pharmacy and its auditors."


class DeclineLine(Schema):
    """Why the pharmacy does not go on with a case, and how it was told."""

    label: str = Field(examples=["L-1"])
    kind: str = Field(description="clinical, regulatory or supply")
    ground: str
    state: str
    review: str | None = Field(description="The declined review that it tells.")
    explanation: str
    fact: str = Field(description="What would change it, how the route stands, or what was tried.")
    steps: list[str]
    referral: str
    addressee: str
    language: str
    contact: str
    prepared_by: str
    prepared_at: datetime
    letter: str | None = Field(description="The letter that was sent, a paper of the case.")
    channel: str
    sent_by: str | None
    sent_at: datetime | None
    reconsidered_by: str | None
    reconsidered_at: datetime | None
    reconsidered_because: str


class SectionLine(Schema):
    """One heading of a letter and what stands under it."""

    heading: str
    lines: list[str]


class DeclineLetter(DeclineLine):
    """One decline with its letter in words."""

    fingerprint: str | None = Field(description="SHA-256 of the PDF; `regulatory.decline.send` sends it back.")
    fault: str = Field(description="Why it cannot be printed; empty when it can.")
    title: str
    opening: list[str]
    sections: list[SectionLine]


@router.get("/cases/{reference}/declines", response=list[DeclineLine], summary="Declines of a case")
def list_declines(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """Newest first."""
    only(request, READ_WHOLE, _WHO)
    return [_line(row) for row in _rows(found(request, reference))]


@router.get("/cases/{reference}/declines/{label}", response=DeclineLetter, summary="One decline with its letter")
def read_decline(request: HttpRequest, reference: str, label: str) -> dict[str, Any]:
    """A draft as it would go out now; a letter that was sent by the bytes that were kept."""
    only(request, READ_WHOLE, _WHO)
    case = found(request, reference)
    row = next((one for one in _rows(case) if one.label == label), None)
    if row is None:
        raise Http404("There is no such decline on this case.")
    row.case = case
    now = clock.now()
    letter = letter_of(row, now=row.sent_at or now)
    fault, print_ = "", row.letter.sha256 if row.letter else None
    if row.state == Decline.State.DRAFT:
        try:
            print_ = hashlib.sha256(bytes_of(row, now=now)).hexdigest()
        except LetterRefused as refused:
            fault = str(refused)
    return _line(row) | {
        "fingerprint": print_,
        "fault": fault,
        "title": letter.title,
        "opening": list(letter.opening),
        "sections": [{"heading": heading, "lines": list(lines)} for heading, lines in letter.sections],
    }


def _rows(case: Case) -> Any:
    people = ("prepared_by", "sent_by", "reconsidered_by")
    return case.declines.select_related(*people, "letter__file", "review").order_by("-number")


def _line(row: Decline) -> dict[str, Any]:
    plain = ("label", "kind", "ground", "state", "explanation", "fact", "steps", "referral", "addressee", "language",
             "contact", "prepared_at", "channel", "sent_at", "reconsidered_at", "reconsidered_because")  # fmt: skip
    return {name: getattr(row, name) for name in plain} | {
        "review": row.review.label if row.review else None,
        "prepared_by": row.prepared_by.code,
        "letter": row.letter.label if row.letter else None,
        "sent_by": row.sent_by.code if row.sent_by else None,
        "reconsidered_by": row.reconsidered_by.code if row.reconsidered_by else None,
    }
