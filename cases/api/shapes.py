"""What the API answers and reads. Explicit shapes: nothing of a model leaks by being added to it."""

from datetime import date, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, Field


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("The text holds a NUL character, which cannot be kept.")
    return text


Text = Annotated[str, AfterValidator(_no_nul)]
Label = Annotated[str, Field(max_length=40), AfterValidator(_no_nul)]


class CaseLine(Schema):
    """One case of a list. The patient is initials and birth year, nothing more."""

    reference: str
    stage: str
    outcome: str
    country: str
    pathway: str
    pathway_version: str
    medicine: str
    patient: str
    prescriber: str
    coordinator: str
    urgency: str
    opened_at: datetime
    next_due_at: datetime | None
    events: int


class CasePage(Schema):
    cases: list[CaseLine]
    next: str | None = Field(description="Give it as `after` to read on; null at the end.")


class HoldLine(Schema):
    label: str
    kind: str
    reason: str
    until: str
    placed_by: str
    placed_at: datetime
    lifted_at: datetime | None


class RecordLine(Schema):
    label: str
    kind: str
    state: str


class CaseDetail(CaseLine):
    indication: str
    institution: str
    runs_out_on: date | None
    holds: list[HoldLine]
    records: list[RecordLine]


class AskLine(Schema):
    name: str
    label: str
    kind: str
    required: bool
    hint: str
    options: list[str] = []


class StepLine(Schema):
    """A verb that could be taken, the record it acts on, and what it rests on."""

    verb: str
    on: str
    label: str
    consequence: str
    is_next: bool
    asks: list[AskLine]


class Checklist(Schema):
    verb: str
    on: str
    may_proceed: bool
    requirements: list[Any]


class AdvanceIn(Schema):
    verb: Annotated[str, Field(max_length=80, examples=["cases.hold.place"]), AfterValidator(_no_nul)]
    on: Label = Field("", description="The record's label in the case (F-1, C-2); empty for the case itself.")
    facts: dict[str, Any] = Field(default_factory=dict, description="What the verb asks for, by name.")
    seen: int | None = Field(None, ge=0, le=2_000_000_000, description="The case's `events` when you read it.")
    form_key: Annotated[str, Field(max_length=64), AfterValidator(_no_nul)] | None = Field(
        None, description="The same key sent twice has one effect."
    )


class EventLine(Schema):
    seq: int
    verb: str
    on: str
    told: str
    happened_at: datetime
    recorded_at: datetime
    by: str
    reason: str
    facts: dict[str, Any]
    checklist: list[Any]


class EventPage(Schema):
    events: list[EventLine]
    next: int | None


class HoldIn(Schema):
    kind: Label
    reason: Text
    until: Annotated[str, Field(max_length=200), AfterValidator(_no_nul)]
    form_key: Annotated[str, Field(max_length=64), AfterValidator(_no_nul)] | None = None


class LedgerLine(Schema):
    label: str
    value: str
    detail: str
    total: bool
    moved: bool


class DeadlineLine(Schema):
    key: str
    case: str
    kind: str
    label: str
    force: str
    state: str
    due_at: datetime
    due_on: date
    zone: str
    ball: str
    rule_version: str
    fact: str
    confidence: str
    ledger: list[LedgerLine]


class DocumentLine(Schema):
    label: str
    doc_type: str
    title: str
    version: int
    state: str
    media_type: str
    size: int
    sha256: str
    issued_on: date | None
    valid_until: date | None
    received_at: datetime
