"""A pathway asked without a case: the answer that `manage.py pathway --json` prints, from a version kept here."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Label, kept
from cases.people.roles import READ_WHOLE
from regulatory.api.profiles import WHO, version_named
from regulatory.asked import ask
from regulatory.profiles.asking import NotAnswerable
from regulatory.profiles.what_if import Asked

router = Router(tags=["Pathways"])
Word = Annotated[str, *kept(400)]
Words = list[Word]
MOST = 60


class Lacking(Schema):
    """One thing that is not there. Of those with the choices `1a` and `1b`, one is enough."""

    sentence: str
    who: str = Field(description="the role that can bring it")
    kind: str
    what: str
    choice: str


class JudgedPart(Schema):
    """One fact that the gate rests on, as it was judged."""

    fact: str = Field(examples=["UK-SPECIALS.gates.1"])
    opens_when: str
    state: str
    expr_basis: str
    sources: list[str]
    basis: str
    confidence: str
    missing: list[Lacking]


class GateAnswer(Schema):
    """When an act becomes lawful, why, and what is missing."""

    gate: str = Field(examples=["may_import"])
    state: str = Field(description="open, shut or not_known")
    open: bool | None = Field(description="null where it is not known")
    on: str = Field(description="the local day that was judged")
    opens_on: str | None = Field(description="the day it opens if nothing else happens")
    closes_on: str | None = Field(description="the first day on which it is shut again")
    because: list[str] = Field(description="ids of the facts that decided, and `list:NAME@EDITION`")
    missing: list[Lacking]
    parts: list[JudgedPart]
    combine: str
    route: str | None
    creates_duties: list[str]
    deferred: list[str]
    profile: str
    version: str
    sources: list[str]
    confidence: str


class DutyAnswer(Schema):
    """One clock: who holds it, when it falls due, and the sum behind the date."""

    key: str
    deadline_type: str = Field(examples=["post_supply_notification"])
    kind: str = Field(description="duty, waiting_window, notice_lead, expiry or forecast")
    holder: str
    holder_outside: bool = Field(description="true: it is evidence to receive, not a task of the pharmacy")
    trigger: str
    anchor: str | None
    direction: str
    state: str = Field(description="open, ended or not_begun")
    due_on: str | None
    target_on: str | None = Field(description="the day safe by every reading, or a house target")
    computable: bool
    ledger: list[dict[str, Any]]
    due: dict[str, Any] | None
    force: str
    recipient: str | None
    applies_if: str | None
    applies: bool | None = Field(description="null where its condition was not answered")
    fact: str
    basis: str
    sources: list[str]
    confidence: str
    also: list[dict[str, Any]]
    remarks: list[str]
    profile: str
    version: str


class WhatIf(Schema):
    """Every gate and every clock of one pathway on these events and papers, at this instant."""

    profile: str
    version: str
    status: str
    at: str
    gates: list[GateAnswer]
    duties: list[DutyAnswer] = Field(description="Clocks that an event has opened.")
    not_begun: list[DutyAnswer] = Field(description="Clocks that wait for their event.")
    unknown: list[str] = Field(description="What is not known and has to be asked of the authority.")
    flags: list[str] = Field(description="What a reader must see beside the answer.")


@router.get("/profiles/{key}/what-if", response=WhatIf, summary="What if: a pathway without a case")
def ask_what_if(
    request: HttpRequest,
    key: str,
    at: Word = Query(..., description="the instant asked about, ISO 8601", examples=["2026-03-31T00:00"]),
    event: Words = Query([], max_length=MOST, description="NAME=DATE[THH:MM][,CHANNEL or RECIPIENT]"),
    document: Words = Query([], max_length=MOST, description="TYPE=STATE[,STATE][@ISSUED_ON]"),
    plan: Words = Query([], max_length=MOST, description="NAME=DATE of a day that lies ahead"),
    authorization: Words = Query([], max_length=MOST, description="[FROM..UNTIL][/QUANTITY]"),
    attest: Words = Query([], max_length=MOST, description="FACT or FACT=DATE: its statements were signed"),
    condition: Words = Query([], max_length=MOST, description="KEY=yes or KEY=no"),
    listed: Words = Query([], max_length=MOST, description="NAME=yes, NAME=no, or NAME=ENTRY of an edition held here"),
    party: Words = Query([], max_length=MOST, description="NAME=ROLE[,PARTICULAR]"),
    lot: Words = Query([], max_length=MOST, description="MADE..EXPIRES"),
    hours: Words = Query([], max_length=MOST, description="COUNTRY=09:00-17:00"),
    question: Words = Query([], max_length=MOST, description="ASKED or ASKED..ANSWERED: a question of the authority"),
    version: Label = Query("", description="the one in use when left out, else the newest"),
) -> dict[str, Any]:
    """Which gates are open and which clocks run, on these events and papers, at this instant. Nothing is kept.

    Each word is written as the command takes it; a moment without an offset is local to the pathway's country.
    """
    only(request, READ_WHOLE, WHO)
    asked = Asked(
        at, event, document, plan, authorization, attest, condition,
        listed=listed, party=party, lot=lot, hours=hours, question=question,
    )  # fmt: skip
    try:
        return ask(version_named(key, version), asked).to_json()
    except NotAnswerable as refusal:
        raise FieldsRefused(
            *((fault.field, fault.value, fault.problem, fault.remedy) for fault in refusal.faults)
        ) from refusal
