"""What the API answers and reads about cases. Explicit shapes: nothing of a model leaks by being added to it."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any, LiteralString

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from cases.api.problems import RequirementLine
from cases.lifecycle.typed_days import FIRST_YEAR, LAST_YEAR
from cases.models import HoldKind

LONGEST_TEXT = 20_000


def _keepable(text: str) -> str:
    """Refuse what PostgreSQL cannot keep."""
    if "\x00" in text:
        raise PydanticCustomError("not_keepable", "The text holds a NUL character, which cannot be kept")
    return text


def _written(pattern: str, kind: LiteralString, told: LiteralString) -> BeforeValidator:
    """Refuse whatever is not written that way before it is read."""

    def check(value: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            raise PydanticCustomError(kind, told)
        return value

    return BeforeValidator(check)


def _within_reach(day: date) -> date:
    """Refuse a slip of the pen before it reaches date arithmetic."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        told = {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise PydanticCustomError("date_far_away", "The day is not between {first} and {last}", told)
    return day


def _in_utc(instant: datetime) -> datetime:
    """The same instant in UTC: a zone may be farther away than PostgreSQL reads."""
    _within_reach(instant)
    return instant.astimezone(UTC)


def one_of(values: Iterable[str]) -> tuple[AfterValidator, WithJsonSchema]:
    """What makes a text one of these: ``Annotated[str, *one_of(...)]``."""
    known = list(values)

    def check(value: str) -> str:
        if value not in known:
            raise PydanticCustomError("enum", "There is no such value. One of: {known}", {"known": ", ".join(known)})
        return value

    return AfterValidator(check), WithJsonSchema({"type": "string", "enum": known})


def kept(longest: int, shortest: int = 0) -> tuple[Any, AfterValidator]:
    """What makes a text one that the database can keep: ``Annotated[str, *kept(120)]``."""
    return Field(min_length=shortest or None, max_length=longest), AfterValidator(_keepable)


Text = Annotated[str, *kept(LONGEST_TEXT)]
Line = Annotated[str, *kept(200)]
Label = Annotated[str, *kept(40)]
FormKey = Annotated[str, *kept(64, 1)]
Country = Annotated[str, Field(pattern="^[A-Za-z]{2}$", description="two letters, as GB")]
# A number is no day: 5 would be read as five seconds after 1970 began.
AnyDay = Annotated[date, _written(r"\d{4}-\d\d-\d\d", "date_written", "A day is asked, year-month-day")]
Day = Annotated[AnyDay, AfterValidator(_within_reach)]
Instant = Annotated[
    AwareDatetime,
    _written(
        r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)",
        "datetime_written",
        "An instant with its zone is asked",
    ),
    AfterValidator(_in_utc),
]
Seen = Annotated[int, Field(strict=True, ge=0, le=2_000_000_000)]
YesNo = Annotated[bool, Field(strict=True)]
# Written into every call that changes something.
KEY = Field(
    None,
    description="The same call sent twice with one key has one effect; the second answers as the first did.",
)
SEEN = Field(None, description="The case's `events` when you read it; who acted since then is told to you.")


class Sent(Schema):
    """A body: fields that are not known are refused, so that a misspelt one does not get lost."""

    model_config = ConfigDict(extra="forbid")


class CaseLine(Schema):
    """One case of a list. The patient is initials and birth year, nothing more; of stock, whose it is."""

    reference: str = Field(examples=["NP-7K3M-Q2D9-5"])
    stage: str = Field(examples=["authorization"])
    outcome: str = Field(description="Empty until the case is closed.")
    country: str = Field(examples=["GB"])
    pathway: str = Field(examples=["UK-SPECIALS"])
    pathway_version: str
    is_demonstration: bool
    medicine: str
    patient: str = Field(examples=["A.E., born 1987"])
    prescriber: str
    coordinator: str
    urgency: str
    opened_at: datetime
    closed_at: datetime | None
    next_due_at: datetime | None = Field(description="The first date that is due; null for people abroad.")
    events: int = Field(description="How many events the case has; send it as `seen` with your next step.")


class CasePage(Schema):
    cases: list[CaseLine]
    next: str | None = Field(description="Give it as `after` to read on; null at the end.")


class HoldLine(Schema):
    label: str = Field(examples=["H-1"])
    kind: str
    reason: str
    until: str
    placed_by: str
    placed_at: datetime
    lifted_at: datetime | None


class RecordLine(Schema):
    label: str = Field(examples=["F-1"])
    kind: str = Field(examples=["regulatory.Filing"])
    state: str


class CaseDetail(CaseLine):
    patient_reference: str | None = Field(examples=["PT-3Q8R-XK2M-7"], description="null for stock.")
    indication: str
    institution: str
    runs_out_on: date | None
    holds: list[HoldLine]
    records: list[RecordLine] = Field(description="Everything that happened more than once, with its state.")


class Option(Schema):
    """One value that an ask takes."""

    value: str = Field(description="What to send.")
    label: str


class AskLine(Schema):
    name: str = Field(description="The name of the fact to send.")
    label: str
    kind: str = Field(
        description="text, long, date, moment, choice, integer, decimal, yesno, ticks, secret, document or record"
    )
    required: bool
    hint: str
    options: list[Option] = []


class StepLine(Schema):
    """A verb that could be taken and the record it acts on. Its requirements may still refuse it."""

    verb: str
    on: str
    label: str
    consequence: str
    is_next: bool


class StepDetail(Schema):
    """What a step rests on and what it asks, judged now."""

    verb: str
    on: str
    label: str
    consequence: str
    may_proceed: bool = Field(description="Whether every requirement is met or overridden.")
    requirements: list[RequirementLine]
    asks: list[AskLine]


class AdvanceIn(Sent):
    """A step to take."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "verb": "cases.note.write",
                    "on": "",
                    "facts": {"text": "The prescriber called: the dose stays.", "audience": "internal"},
                    "seen": 12,
                    "form_key": "6f1c0a8e-note-1",
                }
            ]
        },
    )
    verb: Annotated[str, Field(max_length=80), AfterValidator(_keepable)]
    on: Label = Field("", description="The record's label in the case (F-1, C-2); empty for the case itself.")
    facts: dict[str, Any] = Field(
        default_factory=dict,
        max_length=100,
        description="What the step asks for, by name: texts, numbers, true or false, and lists of texts.",
    )
    seen: Seen | None = SEEN
    form_key: FormKey | None = KEY


class EventLine(Schema):
    seq: int
    verb: str = Field(examples=["regulatory.filing.submitted"])
    on: str
    told: str = Field(description="The event in a sentence.")
    happened_at: datetime
    recorded_at: datetime
    by: str
    reason: str = Field(description="In the actor's words; people outside the pharmacy read their own.")
    facts: dict[str, Any] = Field(description="Empty for people outside the pharmacy.")
    checklist: list[RequirementLine] = Field(description="What was judged then; empty for people outside the pharmacy.")


class EventPage(Schema):
    events: list[EventLine]
    next: int | None = Field(description="Give it as `before` to read on; null at the end.")


class HoldIn(Sent):
    """A hold to place."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "clinical",
                    "reason": "The dose on the prescription differs from the determination.",
                    "until": "the prescriber has called",
                    "form_key": "6f1c0a8e-hold-1",
                }
            ]
        },
    )
    kind: HoldKind
    reason: Text
    until: Line
    seen: Seen | None = SEEN
    form_key: FormKey | None = KEY


class LiftIn(Sent):
    """Why a hold is lifted."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"reason": "The prescriber confirmed the dose.", "form_key": "6f1c0a8e-lift-1"}]
        },
    )
    reason: Text
    seen: Seen | None = SEEN
    form_key: FormKey | None = KEY


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
    subject: str = Field(description="The record it is about; empty for the case.")
    force: str = Field(description="statutory, waiting_window, expiry, house_target, promise or guideline")
    state: str
    due_at: datetime
    due_on: date
    zone: str
    ball: str = Field(description="Who has the ball.")
    rule_version: str
    fact: str
    confidence: str
    ledger: list[LedgerLine] = Field(description="Why this date: the sum step by step, then every move.")


class DeadlinePage(Schema):
    deadlines: list[DeadlineLine]
    next: str | None = Field(description="Give it as `after` to read on; null at the end.")
