"""How each event was judged against each suspect product, by whom and by which method; nothing is overwritten."""

from typing import Any

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, next_number
from pharmacovigilance.judging import naranjo, who_umc
from pharmacovigilance.models import (
    AdverseEvent,
    Assessment,
    ReferenceSafetyInformation,
    ReportedProduct,
)
from pharmacovigilance.terms import (
    EXPECTEDNESS,
    GIVEN_AGAIN,
    NARANJO,
    RECHALLENGE,
    SOURCES,
    WHO_UMC,
)
from pharmacovigilance.verbs.events import of_open_ones, the_only

EXPECTED_OR_NOT = (("expected", "yes, it is listed"), ("unexpected", "no, or worse than listed"))


def _events(situation: Situation) -> "models.QuerySet[Any]":
    return of_open_ones(situation, AdverseEvent)


def _suspects(situation: Situation) -> "models.QuerySet[Any]":
    return of_open_ones(situation, ReportedProduct).filter(role__in=("1", "3"))


def _references(situation: Situation) -> "models.QuerySet[ReferenceSafetyInformation]":
    return ReferenceSafetyInformation.objects.filter(
        pharmacy=situation.case.pharmacy_id, medicine=situation.case.medicine_id
    ).order_by("-dated_on", "-pk")


def _record(situation: Situation) -> models.Model:
    facts, method = situation.facts, situation.verb.code.rpartition(".")[2]
    judged: dict[str, Any] = {}
    if method == NARANJO:
        answers = {question.code: facts[question.code] for question in naranjo.QUESTIONS}
        done = naranjo.judge(answers)
        judged = {"answers": answers, "score": done.score, "result": done.result}
    else:
        judged = {"result": facts["result"], "reference": facts.get("reference")}
    return Assessment.objects.create(
        case=situation.case,
        event=facts["event"],
        product=facts["product"],
        number=next_number(situation.case.assessments),
        source=facts.get("source") or "pharmacist",
        method=method,
        remark=facts.get("remark", ""),
        assessed_by=situation.by,
        assessed_at=situation.now,
        **judged,
    )


def _add_reference(situation: Situation) -> models.Model:
    facts, case = situation.facts, situation.case
    return ReferenceSafetyInformation.objects.create(
        pharmacy=case.pharmacy,
        medicine=case.medicine,
        title=facts["title"][:120],
        edition=facts["edition"][:40],
        dated_on=facts["dated_on"],
        entered_by=situation.by,
        entered_at=situation.now,
    )


def _verb(
    of: str, code: str, past: str, label: str, subject: str, effect: Any, asks: tuple[Ask, ...], **more: Any
) -> Verb:
    return Verb(
        code=f"pharmacovigilance.{of}.{code}",
        past=past,
        label=label,
        subject=f"pharmacovigilance.{subject}",
        effect=effect,
        asks=asks,
        listed=False,
        **more,
    )


PAIR = (
    Ask("event", "Which event", "record", options=_events, initial=the_only(_events)),
    Ask("product", "Against which product", "record", options=_suspects, initial=the_only(_suspects)),
)
WHOSE = Ask("source", "Whose judgement", "choice", options=SOURCES, initial=lambda situation: "pharmacist")
REMARK = Ask("remark", "Why", "long", required=False, hint="What weighed most, in a sentence.")
APPENDED = "It stands beside earlier judgements; none is changed."

VERBS = (
    _verb(
        "assessment",
        WHO_UMC,
        "judged_by_who_umc",
        "Judge a pair by WHO-UMC",
        "Assessment",
        _record,
        (
            *PAIR,
            WHOSE,
            Ask("result", "Category", "choice", options=tuple((one.code, one.label) for one in who_umc.CATEGORIES)),
            REMARK,
        ),
        creates=True,
        consequence=APPENDED,
    ),
    _verb(
        "assessment",
        NARANJO,
        "judged_by_naranjo",
        "Judge a pair by Naranjo",
        "Assessment",
        _record,
        (
            *PAIR,
            WHOSE,
            *(
                Ask(one.code, one.text, "choice", options=naranjo.ANSWERS, initial=lambda situation: naranjo.NOT_KNOWN)
                for one in naranjo.QUESTIONS
            ),
            REMARK,
        ),
        creates=True,
        consequence=f"Ten answers give a score from {naranjo.LOWEST} to {naranjo.HIGHEST}. {APPENDED}",
    ),
    _verb(
        "assessment",
        EXPECTEDNESS,
        "judged_for_expectedness",
        "Judge whether it is expected",
        "Assessment",
        _record,
        (
            *PAIR,
            Ask("result", "Is it expected?", "choice", options=EXPECTED_OR_NOT),
            Ask(
                "reference",
                "Against which edition",
                "record",
                required=False,
                options=_references,
                initial=the_only(_references),
            ),
            REMARK,
        ),
        creates=True,
        consequence=APPENDED,
    ),
    _verb(
        "assessment",
        RECHALLENGE,
        "recurrence_recorded",
        "Record whether it came back when given again",
        "Assessment",
        _record,
        (
            *PAIR,
            Ask("source", "Who says so", "choice", options=SOURCES, initial=lambda situation: "reporter"),
            Ask(
                "result",
                "Was it given again, and did the event come back?",
                "choice",
                options=GIVEN_AGAIN,
            ),
            REMARK,
        ),
        creates=True,
        consequence=APPENDED,
    ),
    _verb(
        "reference",
        "add",
        "added",
        "File an edition of reference safety information",
        "ReferenceSafetyInformation",
        _add_reference,
        (
            Ask("title", "Title", hint="For example Investigator's brochure."),
            Ask("edition", "Edition"),
            Ask("dated_on", "Dated", "date"),
        ),
        creates=True,
        consequence="Expectedness is judged against it by its date.",
    ),
)
