"""Possible duplicates and a partner's lists; the same services as the pages."""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Day, Label, Line, Sent, Text, kept
from cases.people.models import User
from cases.people.roles import PHARMACISTS, READ_WHOLE
from pharmacovigilance.duplicates.comparing import provenance_of
from pharmacovigilance.duplicates.reading import pairs_of
from pharmacovigilance.duplicates.services import decide
from pharmacovigilance.models import DuplicateCandidate, ReconciledCase, ReconciliationRun, SafetyCase
from pharmacovigilance.reconciling.services import reconcile, resolve, runs_of
from pharmacovigilance.refusing import Fault, ListRefused

router = Router(tags=["Safety"])
WHO = "Safety records are read by the pharmacy and its auditors."
WHO_DECIDES = "Duplicates and lists are decided by pharmacists."
MOST = 200
Number = Annotated[int, Path(ge=1, le=2_000_000_000)]
ListText = Annotated[str, *kept(2_000_000, 1)]


class PairLine(Schema):
    """Two safety cases that may tell of one event."""

    number: int
    first: str = Field(description="worldwide number of the safety case")
    second: str
    grounds: list[str] = Field(description="certain grounds; empty where only points speak for it")
    score: int
    weights: str = Field(description="version of the points")
    weights_source: str = Field(description="where the points come from and how far they can be trusted")
    features: list[dict[str, Any]] = Field(description="what agrees and what differs, never what was compared")
    decision: str = Field(description="same, different, or empty while nobody decided")
    master: str = ""
    reason: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None


class PairDecidedIn(Sent):
    """What a person decides of a pair; both safety cases stay."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"decision": "different", "reason": "Two admissions."}]}
    )
    decision: Label = Field(description="same or different")
    master: Line = Field("", description="of one event: the worldwide number of the one that is followed up")
    reason: Text = Field("", description="What decides it. No name, birth date or contact.")


class ComparisonLine(Schema):
    """One list of a partner as it compared with ours."""

    number: int
    partner: str
    from_on: date
    until_on: date
    lines: int
    sha256: str
    made_by: str
    made_at: datetime


class ComparedLine(Schema):
    number: int
    result: str = Field(description="only_ours, only_theirs, differs or matched")
    ours: dict[str, Any]
    theirs: dict[str, Any]
    differs: list[str]
    resolution: str
    resolved_by: str = ""


class ComparisonRead(ComparisonLine):
    cases: list[ComparedLine]


PartnerName = Annotated[str, *kept(120)]


class ListSentIn(Sent):
    """A partner's list as CSV text, in the columns of the template on the page of reconciliation."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "partner": "Invented Biologics",
                    "from_on": "2026-03-01",
                    "until_on": "2026-03-31",
                    "content": "our_number,their_number,received_on,sent_on,acknowledged\n,INV-1,2026-03-18,,none\n",
                }
            ]
        },
    )
    partner: PartnerName
    from_on: Day
    until_on: Day
    content: ListText


class SettledIn(Sent):
    """What became of a gap."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"resolution": "Of another programme."}]})
    resolution: Text


@router.get("/safety/duplicates", response=list[PairLine], summary="Pairs that may be one event")
def list_pairs(request: HttpRequest, decided: bool = Query(False)) -> list[dict[str, Any]]:
    """Those that wait, or those that were decided; at most 200, the highest score first."""
    person = only(request, READ_WHOLE, WHO)
    rows = pairs_of(person, now=clock.now()).order_by("-score", "pk")
    waiting = DuplicateCandidate.Decision.NOT_DECIDED
    return [_pair(row) for row in (rows.exclude(decision=waiting) if decided else rows.filter(decision=waiting))[:MOST]]


@router.get("/safety/duplicates/{number}", response=PairLine, summary="One pair")
def read_pair(request: HttpRequest, number: Number) -> dict[str, Any]:
    """Why it was found, and what was decided."""
    return _pair(_named_pair(only(request, READ_WHOLE, WHO), number))


@router.post("/safety/duplicates/{number}/decision", response=PairLine, summary="Decide a pair")
def decide_pair(request: HttpRequest, number: Number, body: PairDecidedIn) -> dict[str, Any]:
    """A later decision takes the place of this one; the trail keeps both."""
    person = only(request, PHARMACISTS, WHO_DECIDES)
    pair = _named_pair(person, number)
    sides = {one.worldwide_id: one for one in (pair.first, pair.second)}
    if body.master and body.master not in sides:
        raise FieldsRefused(("master", body.master, "It is neither of both.", f"Send {' or '.join(sides)}."))
    master: SafetyCase | None = sides.get(body.master) if body.decision == DuplicateCandidate.Decision.SAME else None
    decide(pair, decision=body.decision, reason=body.reason, master=master, by=person, now=clock.now())
    return _pair(_named_pair(person, number))


@router.get("/safety/reconciliations", response=list[ComparisonLine], summary="Comparisons of partners' lists")
def list_comparisons(request: HttpRequest) -> list[dict[str, Any]]:
    """At most 200, the last first."""
    person = only(request, READ_WHOLE, WHO)
    return [_comparison(row) for row in runs_of(person, now=clock.now()).order_by("-pk")[:MOST]]


@router.post("/safety/reconciliations", response={201: ComparisonRead}, summary="Compare a partner's list with ours")
def create_comparison(request: HttpRequest, body: ListSentIn) -> Status[dict[str, Any]]:
    """Read whole, or refused with every fault. The same list with the same outcome is not kept twice."""
    person = only(request, PHARMACISTS, WHO_DECIDES)
    period = {"from_on": body.from_on, "until_on": body.until_on}
    try:
        run = reconcile(body.content.encode(), partner=body.partner, by=person, now=clock.now(), **period)
    except ListRefused as refused:
        named = ((_field(one), one.value, one.problem, one.remedy) for one in refused.faults)
        raise FieldsRefused(*named) from refused
    return Status(201, _comparison_read(run))


@router.get("/safety/reconciliations/{number}", response=ComparisonRead, summary="One comparison")
def read_comparison(request: HttpRequest, number: Number) -> dict[str, Any]:
    """Each case of either list, with what was said of each gap."""
    return _comparison_read(_run(only(request, READ_WHOLE, WHO), number))


@router.post("/safety/reconciliations/{number}/cases/{line}/settlement", response=ComparedLine, summary="Settle a gap")
def settle_gap(request: HttpRequest, number: Number, line: Number, body: SettledIn) -> dict[str, Any]:
    """Say what became of it; the comparison itself never changes."""
    person = only(request, PHARMACISTS, WHO_DECIDES)
    case = _run(person, number).cases.filter(number=line).first()
    if case is None:
        raise Http404("There is no such case in that comparison.")
    return _compared(resolve(case, resolution=body.resolution, by=person, now=clock.now()))


def _field(fault: Fault) -> str:
    """The list as a whole, or its line and column, counted as the file counts them."""
    return ".".join(["content", *([str(fault.line)] if fault.line else []), *([fault.column] if fault.column else [])])


def _named_pair(person: User, number: int) -> DuplicateCandidate:
    pair = pairs_of(person, now=clock.now()).filter(pk=number).first()
    if pair is None:
        raise Http404("There is no such pair, or it is not one of yours.")
    return pair


def _pair(row: DuplicateCandidate) -> dict[str, Any]:
    return {
        "number": row.pk, "first": row.first.worldwide_id, "second": row.second.worldwide_id, "grounds": row.grounds,
        "score": row.score, "weights": row.weights, "weights_source": provenance_of(row.weights),
        "features": row.features, "decision": row.decision,
        "master": row.master.worldwide_id if row.master else "", "reason": row.reason,
        "decided_by": row.decided_by.code if row.decided_by else "", "decided_at": row.decided_at,
    }  # fmt: skip


def _run(person: User, number: int) -> ReconciliationRun:
    run = runs_of(person, now=clock.now()).filter(pk=number).first()
    if run is None:
        raise Http404("There is no such comparison, or it is not one of yours.")
    return run


def _comparison(run: ReconciliationRun) -> dict[str, Any]:
    names = ("partner", "from_on", "until_on", "lines", "sha256", "made_at")
    return {"number": run.pk, "made_by": run.made_by.code, **{name: getattr(run, name) for name in names}}


def _comparison_read(run: ReconciliationRun) -> dict[str, Any]:
    return _comparison(run) | {
        "cases": [_compared(one) for one in run.cases.select_related("resolved_by").order_by("number")]
    }


def _compared(one: ReconciledCase) -> dict[str, Any]:
    names = ("number", "result", "ours", "theirs", "differs", "resolution")
    by = one.resolved_by.code if one.resolved_by else ""
    return {"resolved_by": by, **{name: getattr(one, name) for name in names}}
