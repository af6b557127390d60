"""Recalls from the API: opened, stopped, told, closed and withdrawn by the same services as the pages.

What is done in one case (packs located, letters answered) are steps of that case, taken like all others.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Label, Sent, YesNo, kept, one_of
from cases.custody.models import Recall
from cases.custody.recalls.reach import MOST_LOTS, reaches_of
from cases.custody.recalls.reading import recall_named, recalls_of
from cases.custody.recalls.services import (
    Notice,
    close_recall,
    open_recall,
    stop_recall,
    tell_recall,
    withdraw_recall,
)
from cases.custody.recalls.standing import effectiveness_of, letters_of, packs_of
from cases.custody.tracing import NotTraceable
from cases.people.models import User
from cases.people.roles import PHARMACISTS, READ_WHOLE

router = Router(tags=["Lots and recalls"])
WHO = "Recalls are led by the pharmacy and read by those who audit it."
Sentence = Annotated[str, *kept(2000, 1)]


class LotLine(Schema):
    gtin: str
    lot: str
    serial: str = Field(description="empty: the whole lot")


class RecallLine(Schema):
    """One recall, or a drill of one."""

    label: str = Field(examples=["RC-1"], description="a drill's begins with DRILL")
    slug: str = Field(examples=["RC-1"], description="what the addresses take")
    is_drill: bool
    state: str = Field(description="opened, stopped, told, closed or withdrawn")
    recall_class: str
    level: str
    source: str
    source_reference: str
    reason: str
    instruction: str
    lots: list[LotLine]
    opened_by: str
    opened_at: datetime
    stopped_at: datetime | None
    told_at: datetime | None
    closed_at: datetime | None
    conclusion: str


class PackLine(Schema):
    case: str
    consignment: str
    gtin: str
    lot: str
    serial: str
    state: str = Field(description="as the custody ledger has it")
    outcome: str = Field(description="what became of it; empty while nobody knows")
    located_at: datetime | None


class LetterLine(Schema):
    label: str = Field(examples=["RL-1"])
    case: str
    role: str
    addressee: str
    state: str = Field(description="waiting, answered, unanswered or withdrawn")
    due_at: datetime
    answered_at: datetime | None
    answer: str
    text_sha256: str


class Sum(Schema):
    """The effectiveness of a recall."""

    finding: str
    traced: int
    found: int
    returned: int
    destroyed: int
    administered: int
    not_found: int
    missing: int
    letters: int
    answered: int
    given_up: int
    waiting: int
    late: int
    needed: int
    is_checked: bool = Field(description="whether as many answered as the level asks for")
    located_at: datetime | None = Field(description="when the last pack was accounted for; null while one is not")
    answered_at: datetime | None = Field(description="when the last letter was settled; null while one waits")


class RecallDetail(RecallLine):
    packs: list[PackLine]
    letters: list[LetterLine]
    effectiveness: Sum


class RecallList(Schema):
    recalls: list[RecallLine] = Field(description="the newest 100")


class RecallIn(Sent):
    """What called for it, and what it reaches."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "lots": ["00399999000123 7K04B8"],
                    "is_drill": True,
                    "source": "house",
                    "recall_class": "class_1",
                    "level": "a",
                    "reason": "An exercise.",
                    "instruction": "Say where each pack is.",
                }
            ]
        },
    )
    lots: list[Annotated[str, *kept(80, 1)]] = Field(
        min_length=1, max_length=MOST_LOTS, description="GTIN and lot, and a serial for a single pack"
    )
    is_drill: YesNo = False
    source: Annotated[str, *one_of(Recall.Source.values)]
    source_reference: Annotated[str, *kept(200)] = ""
    recall_class: Annotated[str, *one_of(Recall.Class.values)]
    level: Annotated[str, *one_of(Recall.Level.values)]
    reason: Sentence
    instruction: Sentence


class EndIn(Sent):
    """How it ended."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"conclusion": "Every pack is back."}]})
    conclusion: Sentence


@router.get("/recalls", response=RecallList, summary="Recalls and drills")
def list_recalls(request: HttpRequest) -> dict[str, Any]:
    """Of the own pharmacy; for an auditor of those in scope."""
    person = only(request, READ_WHOLE, WHO)
    rows = recalls_of(person, now=clock.now()).prefetch_related("lots").order_by("-pk")[:100]
    return {"recalls": [_line(recall) for recall in rows]}


@router.post("/recalls", response={201: RecallDetail}, summary="Open a recall or a drill")
def create_recall(request: HttpRequest, body: RecallIn) -> Status[dict[str, Any]]:
    """Every pack within reach is traced at once; nothing is stopped yet."""
    person = only(request, PHARMACISTS, WHO)
    try:
        lots = reaches_of("\n".join(body.lots))
    except NotTraceable as fault:
        remedy = "Write GTIN and lot as they stand in the notice of the recall."
        raise FieldsRefused(("lots", fault.value, fault.sentence, remedy)) from fault
    notice = Notice(**{name: getattr(body, name) for name in Notice.__slots__})
    made = open_recall(notice, lots, is_drill=body.is_drill, by=person, now=clock.now())
    return Status(201, _detail(made))


@router.get("/recalls/{slug}", response=RecallDetail, summary="One recall with its packs and letters")
def read_recall(request: HttpRequest, slug: Label) -> dict[str, Any]:
    """And how far it has come."""
    return _detail(_found(only(request, READ_WHOLE, WHO), slug))


@router.post("/recalls/{slug}/stop", response=RecallDetail, summary="Stop every pack within reach")
def stop_packs(request: HttpRequest, slug: Label) -> dict[str, Any]:
    """In one transaction; in a drill the time is taken and nothing is stopped."""
    return _done(request, slug, stop_recall)


@router.post("/recalls/{slug}/letters", response=RecallDetail, summary="Write the letters")
def write_letters(request: HttpRequest, slug: Label) -> dict[str, Any]:
    """To each reader in their role; in a drill nothing is sent."""
    return _done(request, slug, tell_recall)


@router.post("/recalls/{slug}/close", response=RecallDetail, summary="Close it")
def close(request: HttpRequest, slug: Label, body: EndIn) -> dict[str, Any]:
    """By the pharmacist in charge; refused with everything that is missing, case by case."""
    return _done(request, slug, close_recall, conclusion=body.conclusion)


@router.post("/recalls/{slug}/withdraw", response=RecallDetail, summary="Withdraw it")
def withdraw_one(request: HttpRequest, slug: Label, body: EndIn) -> dict[str, Any]:
    """By the pharmacist in charge; its packs are free again."""
    return _done(request, slug, withdraw_recall, conclusion=body.conclusion)


def _done(request: HttpRequest, slug: str, how: Callable[..., Recall], **more: str) -> dict[str, Any]:
    person = only(request, PHARMACISTS, WHO)
    how(_found(person, slug), by=person, now=clock.now(), **more)
    return _detail(_found(person, slug))


def _found(person: User, slug: str) -> Recall:
    return recall_named(person, slug, now=clock.now())


def _line(recall: Recall) -> dict[str, Any]:
    same = ("label", "slug", "is_drill", "state", "recall_class", "level", "source", "source_reference", "reason",
            "instruction", "opened_at", "stopped_at", "told_at", "closed_at", "conclusion")  # fmt: skip
    return {name: getattr(recall, name) for name in same} | {
        "lots": [{"gtin": lot.gtin, "lot": lot.lot, "serial": lot.serial} for lot in recall.lots.all()],
        "opened_by": recall.opened_by.display_name,
    }


def _detail(recall: Recall) -> dict[str, Any]:
    packs, letters = packs_of(recall), letters_of(recall)
    known = effectiveness_of(recall, packs, letters)
    counts = {name: getattr(known, name) for name in Sum.model_fields if name != "finding"}
    return _line(recall) | {
        "packs": [
            {
                "case": row.case.reference,
                "consignment": row.unit.consignment.label,
                "gtin": row.unit.gtin,
                "lot": row.unit.lot.number,
                "serial": row.unit.serial,
                "state": row.unit.state,
                "outcome": pack.became,
                "located_at": pack.known_at,
            }
            for row, pack in packs
        ],
        "letters": [
            {"case": one.case.reference}
            | {
                name: getattr(one, name)
                for name in ("label", "role", "addressee", "state", "due_at", "answered_at", "answer", "text_sha256")
            }
            for one in letters
        ],
        "effectiveness": {"finding": known.sentence()} | counts,
    }
