"""Cases, their next steps, their holds and their events; the same services and refusals as the pages."""

from typing import Any

from django.apps import apps
from django.http import Http404, HttpRequest
from ninja import Query, Router, Status

from cases import clock
from cases.access import case_for
from cases.api.problems import Problem
from cases.api.shapes import (
    AdvanceIn,
    CaseDetail,
    CasePage,
    Checklist,
    EventLine,
    EventPage,
    HoldIn,
    StepLine,
)
from cases.lifecycle.engine import advance, consider, subject_named
from cases.lifecycle.steps import next_step, possible_steps
from cases.lifecycle.telling import tell
from cases.lifecycle.verbs import VERBS, Ask
from cases.models import Case, CaseEvent, Hold, Stage
from cases.web.case_list import search

router = Router(tags=["cases"])
REFUSALS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}
READING = {401: Problem, 404: Problem, 422: Problem}
RECORDS = (
    "cases.Determination", "regulatory.Review", "regulatory.Filing", "regulatory.Authorization",
    "custody.Consignment", "documents.Document", "pharmacovigilance.SafetyReport", "pharmacovigilance.CaseVersion",
    "pharmacovigilance.Obligation",
)  # fmt: skip


@router.get("/cases", response={200: CasePage, **READING}, summary="Cases, newest first")
def list_cases(
    request: HttpRequest,
    after: str = Query("", max_length=20, description="`next` of the page before"),
    limit: int = Query(50, ge=1, le=200),
    stage: str = Query("", max_length=20, description="a stage, or `open`"),
    country: str = Query("", max_length=2),
    q: str = Query("", max_length=120, description="reference, initials, medicine, lot, serial, permit"),
) -> dict[str, Any]:
    """Keyset paging: give `next` as `after`."""
    cases = search(Case.objects.visible_to(request.auth, at=clock.now()), q.replace("\x00", ""))  # type: ignore[attr-defined]
    if stage == "open":
        cases = cases.open()
    elif stage:
        cases = cases.filter(stage=stage) if stage in Stage.values else cases.none()
    if country:
        cases = cases.filter(country=country.replace("\x00", "").upper())
    if after.isdecimal() and after.isascii():
        cases = cases.filter(pk__lt=min(int(after), 2**62))
    rows = list(cases.with_people().order_by("-pk")[: limit + 1])
    return {
        "cases": [line(case) for case in rows[:limit]],
        "next": str(rows[limit - 1].pk) if len(rows) > limit else None,
    }


@router.get("/cases/{reference}", response={200: CaseDetail, **READING}, summary="One case")
def read_case(request: HttpRequest, reference: str) -> dict[str, Any]:
    """Its headline, holds and records with their states."""
    case = found(request, reference)
    records = [
        {"label": record.label, "kind": label, "state": record.state}
        for label in RECORDS
        for record in apps.get_model(label)._default_manager.filter(case=case).order_by("number")
    ]
    return line(case) | {
        "indication": case.indication,
        "institution": case.institution.name,
        "runs_out_on": case.runs_out_on,
        "holds": [hold_line(hold) for hold in case.holds.select_related("placed_by").order_by("number")],
        "records": records,
    }


@router.get("/cases/{reference}/steps", response={200: list[StepLine], **READING}, summary="What could be done next")
def read_steps(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """Every verb this person could take now, with what it asks; requirements may still refuse it."""
    case = found(request, reference)
    steps = possible_steps(case, by=request.auth, now=clock.now())  # type: ignore[attr-defined]
    following = next_step(case, steps)
    return [
        {
            "verb": step.verb.code,
            "on": step.on,
            "label": step.label,
            "consequence": step.verb.consequence,
            "is_next": step is following,
            "asks": [ask_line(ask) for ask in step.verb.asks],
        }
        for step in steps
    ]


@router.get(
    "/cases/{reference}/requirements", response={200: Checklist, **READING}, summary="What a step rests on, judged now"
)
def read_requirements(
    request: HttpRequest, reference: str, verb: str = Query(..., max_length=80), on: str = Query("", max_length=40)
) -> dict[str, Any]:
    """The same list that the page shows and the event keeps."""
    case = found(request, reference)
    subject = named(case, verb, on)
    checklist = consider(case, verb, by=request.auth, now=clock.now(), subject=subject)  # type: ignore[attr-defined]
    return {
        "verb": verb,
        "on": on,
        "may_proceed": not any(entry.blocks for entry in checklist),
        "requirements": [entry.as_json() for entry in checklist],
    }


@router.post("/cases/{reference}/advance", response={200: EventLine, **REFUSALS}, summary="Take a verb")
def take(request: HttpRequest, reference: str, body: AdvanceIn) -> dict[str, Any]:
    """Through the one door: all unmet requirements at once as 409, nothing changed on any refusal."""
    case = found(request, reference)
    subject = named(case, body.verb, body.on)
    return event_line(_advance(request, case, body.verb, subject, body.facts, body.seen, body.form_key))


@router.post("/cases/{reference}/holds", response={201: EventLine, **REFUSALS}, summary="Place a hold")
def place_hold(request: HttpRequest, reference: str, body: HoldIn) -> Status[dict[str, Any]]:
    """Stops what its kind stops, across all stages."""
    case = found(request, reference)
    facts = {"kind": body.kind, "until": body.until, "reason": body.reason}
    return Status(201, event_line(_advance(request, case, "cases.hold.place", None, facts, None, body.form_key)))


@router.get("/cases/{reference}/events", response={200: EventPage, **READING}, summary="The case's events")
def read_events(
    request: HttpRequest,
    reference: str,
    before: int | None = Query(None, ge=0, le=2_000_000_000),
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, Any]:
    """Newest first, each with the checklist that was judged then."""
    case = found(request, reference)
    events = CaseEvent.objects.filter(case=case).select_related("by").order_by("-seq")
    if before is not None:
        events = events.filter(seq__lt=before)
    rows = list(events[: limit + 1])
    return {
        "events": [event_line(event) for event in rows[:limit]],
        "next": rows[limit - 1].seq if len(rows) > limit else None,
    }


def found(request: HttpRequest, reference: str) -> Case:
    """The case, for this person; 404 to strangers."""
    return case_for(request.auth, reference.replace("\x00", ""), now=clock.now())  # type: ignore[attr-defined]


def named(case: Case, verb: str, on: str) -> Any:
    """The record a call names.

    :raises Http404: for a verb or a record that does not exist.
    """
    known = VERBS.get(verb)
    if known is None or verb == "cases.case.open":
        raise Http404(f"There is no verb {verb!r}. GET .../steps lists those that can be taken.")
    try:
        return subject_named(case, known, on.replace("\x00", ""))
    except LookupError as missing:
        raise Http404(str(missing)) from missing


def _advance(
    request: HttpRequest, case: Case, verb: str, subject: Any, facts: dict[str, Any], seen: int | None, key: str | None
) -> CaseEvent:
    return advance(
        case,
        verb,
        by=request.auth,  # type: ignore[attr-defined]
        now=clock.now(),
        subject=None if subject is case else subject,
        facts=facts,
        seen=seen,
        form_key=key,
        request_id=getattr(request, "request_id", ""),
    )


def line(case: Case) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "stage": case.stage,
        "outcome": case.outcome,
        "country": case.country,
        "pathway": case.profile_version.profile_key,
        "pathway_version": case.profile_version.version,
        "medicine": str(case.medicine),
        "patient": f"{case.patient.pseudonym}",
        "prescriber": case.prescriber.user.display_name,
        "coordinator": case.coordinator.display_name,
        "urgency": case.urgency,
        "opened_at": case.opened_at,
        "next_due_at": case.next_due_at,
        "events": case.event_seq,
    }


def hold_line(hold: Hold) -> dict[str, Any]:
    return {
        "label": hold.label,
        "kind": hold.kind,
        "reason": hold.reason,
        "until": hold.until,
        "placed_by": hold.placed_by.display_name,
        "placed_at": hold.placed_at,
        "lifted_at": hold.lifted_at,
    }


def ask_line(ask: Ask) -> dict[str, Any]:
    options = (
        []
        if callable(ask.options)
        else [str(entry[0]) if isinstance(entry, tuple) else str(entry) for entry in ask.options]
    )
    return {
        "name": ask.name,
        "label": ask.label,
        "kind": ask.kind,
        "required": ask.required,
        "hint": ask.hint,
        "options": options,
    }


def event_line(event: CaseEvent) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "verb": event.verb,
        "on": event.subject,
        "told": tell(event),
        "happened_at": event.happened_at,
        "recorded_at": event.recorded_at,
        "by": event.by.display_name,
        "reason": event.reason,
        "facts": event.facts,
        "checklist": event.checklist,
    }
