"""Reviews: what is reviewed, the checklist with its answers, and keeping answers; decided by `.../advance`."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import caller, only
from cases.api.refusals import FactsAsSent
from cases.api.shapes import Label, Sent, kept
from cases.api.taking import found
from cases.lifecycle.errors import FactsInvalid
from cases.models import Case
from cases.people.roles import READ_WHOLE
from regulatory.models import Review
from regulatory.reviewing.answering import MOST_LETTERS, Typed, keep_answers
from regulatory.reviewing.sheet import Given, Row, sheet_of
from regulatory.reviewing.standing import changed_since

router = Router(tags=["Reviews"])
_WHO = "Reviews are read by the pharmacy and its auditors."


class GivenLine(Schema):
    """One answer: by whom, when, and from which review it was carried over."""

    answer: str = Field(description="yes, no, na, or empty while nothing was chosen")
    note: str
    acts: str = Field(description="who must act, where it is no")
    by: str
    at: datetime
    carried_from: str


class ItemLine(Schema):
    """One item of the checklist that applies to this case."""

    item: str = Field(examples=["CL-01"])
    group: str
    text: str
    because: str = Field(description="Why it applies here; empty for an item that always does.")
    state: str = Field(description="open, stale (what it rests on has changed), carried, answered")
    given: GivenLine | None
    earlier: GivenLine | None = Field(description="What the review before says, for an item that is asked anew.")


class LeftOutLine(Schema):
    """One item that does not apply, and why."""

    item: str
    text: str
    because: str


class LookedAtLine(Schema):
    """One thing that is reviewed."""

    says: str
    sha256: str = Field(description="Of a paper's bytes, or of the pathway's data; empty for what is not a file.")
    label: str


class PartLine(Schema):
    """One part of what is reviewed."""

    code: str
    title: str
    lines: list[LookedAtLine]


class ReviewLine(Schema):
    """One review, without its sheet."""

    label: str = Field(examples=["R-1"])
    kind: str
    state: str
    determination: str
    follows: str | None
    requested_by: str
    requested_at: datetime
    prepared_by: str | None
    decided_by: str | None
    decided_at: datetime | None
    remarks: str
    record: str | None = Field(description="The signed record, a paper of the case.")
    stands: bool = Field(description="Passed, and nothing that was reviewed has changed since.")
    changed: list[str] = Field(description="What has changed since it was passed.")


class ReviewSheet(ReviewLine):
    """One review with its sheet: of an open one as it stands, of a decided one as it was answered and signed."""

    fingerprint: str = Field(description="SHA-256 of what is reviewed; a decision and answers send it back.")
    checklist: str
    checklist_sha256: str
    items: list[ItemLine]
    left_out: list[LeftOutLine]
    content: list[PartLine]


class ReviewAnswerIn(Sent):
    """One answer; an empty one keeps the note alone."""

    item: Label = Field(examples=["CL-01"])
    answer: Literal["", "yes", "no", "na"] = ""
    note: Annotated[str, *kept(MOST_LETTERS)] = ""
    acts: Label = Field("", description="who must act, where it is no")


class ReviewAnswersIn(Sent):
    """Answers to keep; nothing is decided by them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "fingerprint": "9f3c41aa07d2b85e9f3c41aa07d2b85e9f3c41aa07d2b85e9f3c41aa07d2b85e",
                    "answers": [
                        {"item": "CL-01", "answer": "yes"},
                        {
                            "item": "CL-04",
                            "answer": "no",
                            "note": "The dose is twice the label's.",
                            "acts": "prescriber",
                        },
                    ],
                }
            ]
        },
    )
    fingerprint: Annotated[str, *kept(64)] = Field(description="Of what you read.")
    answers: Annotated[list[ReviewAnswerIn], Field(min_length=1, max_length=100)]


@router.get("/cases/{reference}/reviews", response=list[ReviewLine], summary="Reviews of a case")
def list_reviews(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """Newest first."""
    only(request, READ_WHOLE, _WHO)
    case = found(request, reference)
    return [_line(row, case) for row in _rows(case)]


@router.get("/cases/{reference}/reviews/{label}", response=ReviewSheet, summary="One review with its checklist")
def read_review(request: HttpRequest, reference: str, label: str) -> dict[str, Any]:
    """What is reviewed, every item with its answers, and what was signed."""
    only(request, READ_WHOLE, _WHO)
    return _sheet(_named(found(request, reference), label))


@router.post("/cases/{reference}/reviews/{label}/answers", response=ReviewSheet, summary="Keep answers of a review")
def answer_review(request: HttpRequest, reference: str, label: str, body: ReviewAnswersIn) -> dict[str, Any]:
    """By a pharmacist in charge who had no part in what is reviewed. It is decided by `regulatory.review.pass`,
    `.send_back` or `.decline` through `.../advance`, with password and code."""
    only(request, READ_WHOLE, _WHO)
    review = _named(found(request, reference), label)
    given = {one.item: Typed(one.answer, one.note, one.acts) for one in body.answers}
    try:
        keep_answers(
            review, given, read=body.fingerprint, by=caller(request), now=clock.now(),
            request_id=getattr(request, "request_id", ""),
        )  # fmt: skip
    except FactsInvalid as refusal:
        sent = {one.item: one.answer for one in body.answers}
        raise FactsAsSent(refusal, values=sent, remedies={}) from refusal
    return _sheet(_named(review.case, label))


def _rows(case: Case) -> Any:
    return case.reviews.select_related(
        "determination__prescriber", "requested_by", "prepared_by", "decided_by", "follows", "record"
    ).order_by("-number")


def _named(case: Case, label: str) -> Review:
    row: Review | None = next((one for one in _rows(case) if one.label == label), None)
    if row is None:
        raise Http404("There is no such review on this case.")
    row.case = case
    return row


def _line(row: Review, case: Case) -> dict[str, Any]:
    changed = changed_since(row, case) if row.state == Review.State.PASSED else ()
    return {
        "label": row.label,
        "kind": row.kind,
        "state": row.state,
        "determination": row.determination.label,
        "follows": row.follows.label if row.follows else None,
        "requested_by": row.requested_by.code,
        "requested_at": row.requested_at,
        "prepared_by": row.prepared_by.code if row.prepared_by else None,
        "decided_by": row.decided_by.code if row.decided_by else None,
        "decided_at": row.decided_at,
        "remarks": row.remarks,
        "record": row.record.label if row.record else None,
        "stands": row.state == Review.State.PASSED and not changed,
        "changed": list(changed),
    }


def _sheet(row: Review) -> dict[str, Any]:
    sheet = sheet_of(row, now=clock.now())
    return _line(row, row.case) | {
        "fingerprint": sheet.fingerprint,
        "checklist": sheet.checklist.named,
        "checklist_sha256": sheet.checklist.sha256,
        "items": [_item(one) for one in sheet.rows],
        "left_out": [{"item": item.id, "text": item.text, "because": because} for item, because in sheet.left_out],
        "content": sheet.content_json(),
    }


def _item(row: Row) -> dict[str, Any]:
    return {
        "item": row.item.id,
        "group": row.item.group,
        "text": row.item.text,
        "because": row.because,
        "state": row.state,
        "given": _given(row.given),
        "earlier": _given(row.earlier),
    }


def _given(given: Given | None) -> dict[str, Any] | None:
    return {name: getattr(given, name) for name in Given.__slots__} if given is not None else None
