"""Triage over the API: evaluate answers, put them on record for an enquiry, decide; the same services as the pages."""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Day, Sent, kept, one_of
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from regulatory.enquiries import OUTCOMES
from regulatory.models import Enquiry
from regulatory.triage.answers import AnswersInvalid, read_answers
from regulatory.triage.deciding import decide
from regulatory.triage.evaluator import evaluate
from regulatory.triage.looking import looked_up_for
from regulatory.triage.models import Triage, TriageDecision, TriageVersion
from regulatory.triage.services import hand_in, save_answers, start_triage
from regulatory.triage.table import load

router = Router(tags=["Triage"])
_WHO = "Triage is handled by the pharmacists."
Answer = Annotated[str, *kept(200)] | int | float | bool | None
_ASKED = Field(
    max_length=60,
    description="Answers by id; an unknown one is null or left out. Ids: " + ", ".join(load().inputs) + ".",
)


class AnswersIn(Sent):
    """Ids and values of the questions, as `manage.py triage --help` lists them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"answers": {"class": "biologic", "storage": "2-8", "country": "GB"}}]},
    )
    answers: dict[str, Answer] = _ASKED


class Evaluation(Schema):
    """A recommendation with reasons: not legal advice, not a permission."""

    outcome: str
    outcome_in_words: str
    confident: bool
    why_not_confident: list[str]
    possible: list[str]
    fired: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    could_change: list[dict[str, Any]]
    consequences: list[dict[str, Any]]
    assumed: list[str]
    flags: list[str]
    facts: dict[str, str]
    profile: dict[str, Any] | None
    rules: dict[str, Any]
    notice: str


class DecisionLine(Schema):
    outcome: str
    outcome_in_words: str
    is_override: bool
    reason: str
    next_step: str
    next_on: date | None
    decided_by: str
    decided_at: datetime


class VersionLine(Schema):
    """One evaluation on record."""

    enquiry: str = Field(examples=["EN-4T7H-2MKR-9"])
    number: int
    cause: str
    outcome: str
    outcome_in_words: str
    deciding: list[str]
    rules_version: str
    pathway: str | None
    pathway_version: str | None
    answers: dict[str, Any]
    result: dict[str, Any]
    made_by: str
    made_at: datetime
    decision: DecisionLine | None


class DecisionIn(Sent):
    """A named person accepts the recommendation, or decides otherwise with a reason."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"number": 1, "outcome": "NPP_RECOMMENDED", "next_on": "2026-12-04"}]},
    )
    number: int = Field(ge=1, le=32_000, description="The evaluation that was read.")
    outcome: Annotated[str, *one_of(OUTCOMES)]
    reason: Annotated[str, *kept(2000)] = ""
    next_step: Annotated[str, *kept(300)] = ""
    next_on: Day | None = None


@router.post("/triage", response=Evaluation, summary="Evaluate answers")
def evaluate_answers(request: HttpRequest, body: AnswersIn) -> dict[str, Any]:
    """With the country's pathways as they stand in this pharmacy; nothing is kept."""
    person = only(request, PHARMACISTS, _WHO)
    try:
        answers = read_answers(body.answers, load())
    except AnswersInvalid as wrong:
        raise _refused(wrong) from wrong
    looked_up = looked_up_for(answers.get("country"), pharmacy=person.pharmacy, on=clock.now().date())  # type: ignore[arg-type]
    return evaluate(answers, load(), looked_up).to_json()


@router.get("/enquiries/{reference}/triage", response=list[VersionLine], summary="Evaluations of an enquiry")
def list_evaluations(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """Every one on record, the newest first, each with what was decided."""
    row = _found(only(request, PHARMACISTS, _WHO), reference)
    return [_line(version) for version in _versions(row).order_by("-number")]


@router.post("/enquiries/{reference}/triage", response={201: VersionLine}, summary="Put an evaluation on record")
def record_evaluation(request: HttpRequest, reference: str, body: AnswersIn) -> Status[dict[str, Any]]:
    """The answers beside those given before; the same answers again give the evaluation that is there."""
    person = only(request, PHARMACISTS, _WHO)
    row = _found(person, reference)
    now = clock.now()
    triage = Triage.objects.filter(enquiry=row).first()
    try:
        read_answers({**(triage.answers if triage else {}), **body.answers}, load())
    except AnswersInvalid as wrong:
        raise _refused(wrong) from wrong
    if triage is None:
        triage, _ = start_triage(pharmacy=row.pharmacy, enquiry=row, by=person, now=now)
    save_answers(triage, body.answers, by=person, now=now)
    made = hand_in(triage, by=person, now=now)
    return Status(201, _line(_versions(made.enquiry).get(pk=made.pk)))


@router.post("/enquiries/{reference}/triage/decision", response={201: VersionLine}, summary="Decide an evaluation")
def decide_evaluation(request: HttpRequest, reference: str, body: DecisionIn) -> Status[dict[str, Any]]:
    """Your name stands under it, and the enquiry is answered with it."""
    person = only(request, PHARMACISTS, _WHO)
    row = _found(person, reference)
    version = _versions(row).filter(number=body.number).first()
    if version is None:
        raise FieldsRefused(
            ("number", str(body.number), "There is no such evaluation.", "GET .../triage lists those on record.")
        )
    decide(
        version,
        outcome=body.outcome,
        reason=body.reason,
        next_step=body.next_step,
        next_on=body.next_on,
        by=person,
        now=clock.now(),
    )
    return Status(201, _line(_versions(row).get(pk=version.pk)))


def _refused(wrong: AnswersInvalid) -> FieldsRefused:
    return FieldsRefused(
        *((f"answers.{one.field}", one.value, f"This {one.sentence}.", one.remedy) for one in wrong.problems)
    )


def _found(person: User, reference: str) -> Enquiry:
    row = (
        Enquiry.objects.filter(pharmacy=person.pharmacy, reference=reference.replace("\x00", ""))
        .select_related("pharmacy", "medicine")
        .first()
    )
    if row is None:
        raise Http404("There is no such enquiry.")
    return row


def _versions(row: Enquiry) -> Any:
    return TriageVersion.objects.filter(enquiry=row).select_related(
        "enquiry__pharmacy", "triage__pharmacy", "profile_version", "made_by", "decision__decided_by"
    )


def _line(version: TriageVersion) -> dict[str, Any]:
    decision: TriageDecision | None = getattr(version, "decision", None)
    return {
        "enquiry": version.enquiry.reference,
        "number": version.number,
        "cause": version.cause,
        "outcome": version.outcome,
        "outcome_in_words": OUTCOMES[version.outcome],
        "deciding": version.deciding,
        "rules_version": version.rules_version,
        "pathway": version.profile_version.profile_key if version.profile_version else None,
        "pathway_version": version.profile_version.version if version.profile_version else None,
        "answers": version.answers,
        "result": version.result,
        "made_by": version.made_by.display_name,
        "made_at": version.made_at,
        "decision": {
            "outcome": decision.outcome,
            "outcome_in_words": OUTCOMES[decision.outcome],
            "is_override": decision.is_override,
            "reason": decision.reason,
            "next_step": decision.next_step,
            "next_on": decision.next_on,
            "decided_by": decision.decided_by.display_name,
            "decided_at": decision.decided_at,
        }
        if decision
        else None,
    }
