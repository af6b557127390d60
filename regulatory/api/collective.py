"""Forms of many notifications and reports of many cases; the same services as the pages."""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Day, Instant, Label, Sent, kept, one_of
from cases.documents.media import SHEET
from cases.people.models import User
from cases.people.roles import PHARMACISTS, READ_WHOLE
from regulatory.collective.gather import due_periods, waiting_filings
from regulatory.collective.models import CollectivePaper
from regulatory.collective.services import make_form, make_report, send, withdraw
from regulatory.collective.specs import FORM, REPORT, specs

router = Router(tags=["Filings"])
_WHO = "Forms and reports are the pharmacy's."
MOST_LINES = 500
Code = Annotated[str, *kept(40)]


def _of_kind(kind: str) -> list[str]:
    return [code for code, spec in specs().items() if spec.kind == kind]


class Waiting(Schema):
    """A filing that is ready and in no form."""

    case: str
    filing: str = Field(examples=["F-1"])


class FormLine(Schema):
    """A form that takes many notifications, and what waits for it."""

    code: str = Field(examples=["uk_notification_form"])
    title: str
    authority: str
    confidence: str = Field(description="how sure its columns are")
    waiting: list[Waiting]


class PeriodLine(Schema):
    """A period that ended and holds a supply, whose report is not sent."""

    code: str = Field(examples=["nz_supply_report"])
    title: str
    authority: str
    first: date
    last: date
    supplies: int
    due_on: date | None = Field(description="null: no date follows from the rule")
    paper: str | None = Field(description="the report, when it was made")


class PaperLine(Schema):
    """One spreadsheet that was made."""

    label: str = Field(examples=["B-1"])
    code: str
    title: str
    authority: str
    state: str = Field(description="made, sent or withdrawn")
    period_from: date | None
    period_to: date | None
    sha256: str
    made_by: str
    made_at: datetime
    sent_at: datetime | None
    sent_how: str


class LineLine(Schema):
    """One line of it, and where its own record stands now."""

    reference: str
    case: str
    record: str = Field(examples=["F-1"])
    state: str
    cells: dict[str, str]


class PaperDetail(PaperLine):
    lines: list[LineLine]


class Together(Schema):
    forms: list[FormLine]
    reports: list[PeriodLine]
    papers: list[PaperLine] = Field(description="the newest 100")


class FormIn(Sent):
    """Which filings go into the form; all that wait when left out."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"code": "uk_notification_form", "filings": []}]}
    )
    code: Annotated[str, *one_of(_of_kind(FORM))]
    filings: list[Annotated[str, *kept(40, 1)]] = Field([], max_length=MOST_LINES, description="as NP-7K3M-Q2D9-5 F-1")


class ReportIn(Sent):
    """The period, by any day of it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"code": "nz_supply_report", "day": "2026-10-31"}]}
    )
    code: Annotated[str, *one_of(_of_kind(REPORT))]
    day: Day
    pack_sizes: dict[Annotated[str, *kept(16, 1)], Annotated[str, *kept(60)]] = Field(
        {}, description="by product code, where the report names the pack"
    )


class SentIn(Sent):
    """When it went out, and what shows it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"at": "2026-11-03T10:00:00Z", "how": "Mail of 10:00", "party": "Northway Specials"}]
        },
    )
    at: Instant
    how: Annotated[str, *kept(200, 1)]
    party: Annotated[str, *kept(120, 1)]


class WhyIn(Sent):
    """Why it is not sent."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "A quantity was wrong."}]})
    reason: Annotated[str, *kept(500, 1)]


@router.get("/forms", response=Together, summary="Forms and reports over many cases")
def list_forms(request: HttpRequest) -> dict[str, Any]:
    """What waits, what is due, what was made."""
    person = only(request, READ_WHOLE, _WHO)
    pharmacy, today = person.pharmacy, clock.now().date()
    rows = CollectivePaper.objects.visible_to(person, at=clock.now()).select_related("made_by").defer("content")
    return {
        "forms": [
            {
                "code": spec.code,
                "title": spec.title,
                "authority": spec.authority,
                "confidence": spec.confidence,
                "waiting": [
                    {"case": filing.case.reference, "filing": filing.label}
                    for filing in waiting_filings(spec, pharmacy)
                ],
            }
            for spec in specs().values()
            if pharmacy and not spec.is_report
        ],
        "reports": [
            {
                "code": spec.code,
                "title": spec.title,
                "authority": spec.authority,
                "first": period.first,
                "last": period.last,
                "supplies": period.supplies,
                "due_on": period.due_on,
                "paper": period.paper.label if period.paper else None,
            }
            for spec in specs().values()
            if pharmacy and spec.is_report
            for period in due_periods(spec, pharmacy, today)
        ],
        "papers": [_paper_line(row) for row in rows[:100]],
    }


@router.post("/forms", response={201: PaperDetail}, summary="Make a form of many notifications")
def create_form(request: HttpRequest, body: FormIn) -> Status[dict[str, Any]]:
    """Nothing goes out by itself: download it, send it, record that it went."""
    person = only(request, PHARMACISTS, _WHO)
    spec = specs()[body.code]
    rows = waiting_filings(spec, person.pharmacy) if person.pharmacy else []
    waiting = {f"{row.case.reference} {row.label}": row for row in rows}
    strangers = [(f"filings.{at}", name) for at, name in enumerate(body.filings) if name not in waiting]
    if strangers:
        remedy = "Send one of GET /forms, or none for all of them."
        raise FieldsRefused(*((at, name, "No such filing waits for this form.", remedy) for at, name in strangers))
    chosen = [waiting[name] for name in dict.fromkeys(body.filings)] or list(waiting.values())
    return Status(201, _detail(make_form(spec, chosen, by=person, now=clock.now())))


@router.post("/forms/reports", response={201: PaperDetail}, summary="Make the report of a period")
def create_report(request: HttpRequest, body: ReportIn) -> Status[dict[str, Any]]:
    """After its end, and once; a period without a supply is reported as that."""
    person = only(request, PHARMACISTS, _WHO)
    made = make_report(specs()[body.code], body.day, pack_sizes=body.pack_sizes, by=person, now=clock.now())
    return Status(201, _detail(made))


@router.get("/forms/{label}", response=PaperDetail, summary="One form or report with its lines")
def read_form(request: HttpRequest, label: str) -> dict[str, Any]:
    """Each line leads to its own record with its own outcome."""
    return _detail(_found(only(request, READ_WHOLE, _WHO), label))


@router.get(
    "/forms/{label}/file",
    response={200: None},
    summary="The spreadsheet",
    openapi_extra={"responses": {"200": {"content": {SHEET: {"schema": {"type": "string", "format": "binary"}}}}}},
)
def read_form_file(request: HttpRequest, label: str) -> HttpResponse:
    """The bytes as they were made; their SHA-256 is in the detail."""
    paper = _found(only(request, READ_WHOLE, _WHO), label)
    answer = HttpResponse(bytes(paper.content), content_type=SHEET)
    answer["Content-Disposition"] = f'attachment; filename="{paper.label}_{paper.spec}.xlsx"'
    return answer


@router.post("/forms/{label}/sent", response=PaperDetail, summary="Record that it went out")
def record_sent(request: HttpRequest, label: str, body: SentIn) -> dict[str, Any]:
    """Every filing in it is submitted and every duty of the period met, with this file as proof; or nothing is."""
    person = only(request, PHARMACISTS, _WHO)
    sent = send(_found(person, label), at=body.at, how=body.how, party=body.party, by=person, now=clock.now())
    return _detail(_found(person, sent.label))


@router.post("/forms/{label}/withdraw", response=PaperDetail, summary="Withdraw a form that is not sent")
def withdraw_form(request: HttpRequest, label: str, body: WhyIn) -> dict[str, Any]:
    """Its lines are free for another."""
    person = only(request, PHARMACISTS, _WHO)
    gone = withdraw(_found(person, label), reason=body.reason, by=person, now=clock.now())
    return _detail(_found(person, gone.label))


def _found(person: User, label: Label) -> CollectivePaper:
    paper = CollectivePaper.objects.visible_to(person, at=clock.now()).labelled(label)
    if paper is None:
        raise Http404("There is no such form. GET /forms lists them.")
    return paper


def _paper_line(paper: CollectivePaper) -> dict[str, Any]:
    spec = paper.kind
    return {
        "label": paper.label,
        "code": spec.code,
        "title": spec.title,
        "authority": spec.authority,
        "state": paper.state,
        "period_from": paper.period_from,
        "period_to": paper.period_to,
        "sha256": paper.sha256,
        "made_by": paper.made_by.display_name,
        "made_at": paper.made_at,
        "sent_at": paper.sent_at,
        "sent_how": paper.sent_how,
    }


def _detail(paper: CollectivePaper) -> dict[str, Any]:
    lines = paper.lines.select_related("case", "filing", "consignment")
    return _paper_line(paper) | {
        "lines": [
            {
                "reference": line.reference,
                "case": line.case.reference,
                "record": record.label,
                "state": record.state,
                "cells": line.cells,
            }
            for line in lines
            if (record := line.filing or line.consignment) is not None
        ]
    }
