"""Cases, their next steps, their holds and their events; the same services and refusals as the pages."""

from typing import Annotated, Any

from django.apps import apps
from django.http import Http404, HttpRequest
from ninja import Query, Router, Status

from cases import clock
from cases.api.auth import caller
from cases.api.refusals import FieldsRefused
from cases.api.shapes import (
    AdvanceIn,
    CaseDetail,
    CasePage,
    Country,
    EventLine,
    EventPage,
    HoldIn,
    HoldLine,
    Label,
    LiftIn,
    Line,
    StepDetail,
    StepLine,
    one_of,
)
from cases.api.taking import asks_of, found, refuse_others, subject_of, take, verb_named
from cases.lifecycle.engine import consider
from cases.lifecycle.steps import next_step, possible_steps
from cases.lifecycle.telling import events_told_to, reason_told_to, tell
from cases.lifecycle.verbs import Situation
from cases.models import Case, CaseEvent, Hold, Stage
from cases.people.models import User
from cases.people.roles import READ_WHOLE

router = Router(tags=["Cases"])
StageOrOpen = Annotated[str, *one_of([*Stage.values, "open"])]
RECORDS = (
    "cases.Determination", "regulatory.Review", "regulatory.Filing", "regulatory.Authorization",
    "custody.Consignment", "documents.Document", "pharmacovigilance.SafetyReport", "pharmacovigilance.CaseVersion",
    "pharmacovigilance.Obligation",
)  # fmt: skip
# What people abroad know of a case besides its headline: what they sign, receive and report themselves.
RECORDS_ABROAD = ("cases.Determination", "custody.Consignment")


@router.get("/cases", response=CasePage, summary="Cases, newest first")
def list_cases(
    request: HttpRequest,
    after: Label | None = Query(None, description="`next` of the page before"),
    limit: int = Query(50, ge=1, le=200),
    stage: StageOrOpen | None = Query(None, description="a stage, or `open` for all but closed"),
    country: Country | None = Query(None, description="destination, two letters"),
    q: Line | None = Query(None, description="reference, initials, medicine, lot, serial, permit"),
) -> dict[str, Any]:
    """Every case that you may see. Keyset paging: give `next` as `after`; nothing is missed or shown twice."""
    visible = Case.objects.visible_to(caller(request), at=clock.now())
    cases = visible.matching(q or "")
    if stage == "open":
        cases = cases.open()
    elif stage:
        cases = cases.filter(stage=stage)
    if country:
        cases = cases.filter(country=country.upper())
    if after is not None:
        last = visible.filter(reference=after).values_list("pk", flat=True).first()
        if last is None:
            raise FieldsRefused(("after", after, "No page ended there.", "Send `next` of the page before as it came."))
        cases = cases.filter(pk__lt=last)
    rows = list(cases.with_people().order_by("-pk")[: limit + 1])
    return {
        "cases": [case_line(case, caller(request)) for case in rows[:limit]],
        "next": rows[limit - 1].reference if len(rows) > limit else None,
    }


@router.get("/cases/{reference}", response=CaseDetail, summary="One case")
def read_case(request: HttpRequest, reference: str) -> dict[str, Any]:
    """Its headline, its holds, and its records with their states. People abroad see no holds and their own records."""
    return case_detail(found(request, reference), caller(request))


@router.get("/cases/{reference}/steps", response=list[StepLine], summary="What could be done next")
def read_steps(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """Every verb that you could take now. `GET .../step` says what one of them rests on and asks."""
    case = found(request, reference)
    steps = possible_steps(case, by=caller(request), now=clock.now(), unlisted=True)
    following = next_step(case, steps)
    return [
        {
            "verb": step.verb.code,
            "on": step.on,
            "label": step.label,
            "consequence": step.verb.consequence,
            "is_next": step is following,
        }
        for step in steps
    ]


@router.get("/cases/{reference}/step", response=StepDetail, summary="What one step rests on and asks")
def read_step(
    request: HttpRequest,
    reference: str,
    verb: Line = Query(..., examples=["cases.hold.place"]),
    on: Label = Query("", description="the record's label; empty for the case itself"),
) -> dict[str, Any]:
    """The same checklist that the page shows and the event keeps, judged now, and the facts to send."""
    case = found(request, reference)
    taken = verb_named(verb)
    by, now = caller(request), clock.now()
    refuse_others(taken, by)
    subject = subject_of(case, taken, on)
    checklist = consider(case, verb, by=by, now=now, subject=subject)
    return {
        "verb": verb,
        "on": on,
        "label": taken.label,
        "consequence": taken.consequence,
        "may_proceed": not any(entry.blocks for entry in checklist),
        "requirements": [entry.as_told_to(by).as_json() for entry in checklist],
        "asks": asks_of(Situation(case, taken, subject, by, now)),
    }


@router.post("/cases/{reference}/advance", response=EventLine, summary="Take a step")
def advance_case(request: HttpRequest, reference: str, body: AdvanceIn) -> dict[str, Any]:
    """Any verb, through the one door. Unmet requirements come all at once, and nothing is changed by a refusal."""
    case = found(request, reference)
    event = take(request, case, body.verb, on=body.on, facts=body.facts, seen=body.seen, form_key=body.form_key)
    return event_line(event, caller(request))


@router.get("/cases/{reference}/holds", response=list[HoldLine], summary="Holds, standing and lifted")
def list_holds(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """What is stopped on purpose, by whom, and until what. Empty for people abroad."""
    case = found(request, reference)
    return _holds(case) if caller(request).role in READ_WHOLE else []


@router.post("/cases/{reference}/holds", response={201: EventLine}, summary="Place a hold")
def place_hold(request: HttpRequest, reference: str, body: HoldIn) -> Status[dict[str, Any]]:
    """Stops what its kind stops, across all stages, until somebody lifts it."""
    case = found(request, reference)
    facts = {"kind": body.kind.value, "until": body.until, "reason": body.reason}
    event = take(request, case, "cases.hold.place", facts=facts, seen=body.seen, form_key=body.form_key)
    return Status(201, event_line(event, caller(request)))


@router.post("/cases/{reference}/holds/{label}/lift", response=EventLine, summary="Lift a hold")
def lift_hold(request: HttpRequest, reference: str, label: str, body: LiftIn) -> dict[str, Any]:
    """What it stopped may go on at once."""
    case = found(request, reference)
    if label not in {hold.label for hold in case.holds.all()}:
        raise Http404("The case has no such hold.")
    facts = {"reason": body.reason}
    event = take(request, case, "cases.hold.lift", on=label, facts=facts, seen=body.seen, form_key=body.form_key)
    return event_line(event, caller(request))


@router.get("/cases/{reference}/events", response=EventPage, summary="The case's events")
def read_events(
    request: HttpRequest,
    reference: str,
    before: int | None = Query(None, ge=0, le=2_000_000_000, description="`next` of the page before"),
    limit: int = Query(50, ge=1, le=200),
    on: Label | None = Query(None, description="one record only, for example F-1; empty for the case itself"),
) -> dict[str, Any]:
    """Newest first, each with the facts and the checklist that was judged then."""
    events = events_told_to(caller(request), found(request, reference))
    if before is not None:
        events = events.filter(seq__lt=before)
    if on is not None:
        events = events.filter(subject=on)
    rows = list(events[: limit + 1])
    return {
        "events": [event_line(event, caller(request)) for event in rows[:limit]],
        "next": rows[limit - 1].seq if len(rows) > limit else None,
    }


def case_line(case: Case, person: User) -> dict[str, Any]:
    """The headline; the case comes with its people."""
    return {
        "reference": case.reference,
        "stage": case.stage,
        "outcome": case.outcome,
        "country": case.country,
        "pathway": case.profile_version.profile_key,
        "pathway_version": case.profile_version.version,
        "is_demonstration": case.profile_version.is_demonstration,
        "medicine": str(case.medicine),
        "patient": case.for_whom,
        "prescriber": case.prescriber.user.display_name,
        "coordinator": case.coordinator.display_name,
        "urgency": case.urgency,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "next_due_at": case.next_due_at if person.role in READ_WHOLE else None,
        "events": case.event_seq,
    }


def case_detail(case: Case, person: User) -> dict[str, Any]:
    """The case as this person may know it."""
    whole = person.role in READ_WHOLE
    records = [
        {"label": record.label, "kind": label, "state": record.state}
        for label in (RECORDS if whole else RECORDS_ABROAD)
        for record in apps.get_model(label)._default_manager.filter(case=case).order_by("number")
    ]
    return case_line(case, person) | {
        "patient_reference": case.patient.reference if case.patient else None,
        "indication": case.indication,
        "institution": case.institution.name,
        "runs_out_on": case.runs_out_on,
        "holds": _holds(case) if whole else [],
        "records": records,
    }


def event_line(event: CaseEvent, person: User) -> dict[str, Any]:
    """One event; people abroad read what happened, and not what was judged."""
    whole = person.role in READ_WHOLE
    return {
        "seq": event.seq,
        "verb": event.verb,
        "on": event.subject,
        "told": tell(event),
        "happened_at": event.happened_at,
        "recorded_at": event.recorded_at,
        "by": event.by.display_name,
        "reason": reason_told_to(person, event),
        "facts": event.facts if whole else {},
        "checklist": event.checklist if whole else [],
    }


def _holds(case: Case) -> list[dict[str, Any]]:
    return [_hold_line(hold) for hold in case.holds.select_related("placed_by").order_by("number")]


def _hold_line(hold: Hold) -> dict[str, Any]:
    return {
        "label": hold.label,
        "kind": hold.kind,
        "reason": hold.reason,
        "until": hold.until,
        "placed_by": hold.placed_by.display_name,
        "placed_at": hold.placed_at,
        "lifted_at": hold.lifted_at,
    }
