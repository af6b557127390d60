"""The page of one follow-up question: a few lines from its set, answered in a minute; an answer is never refused."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases.lifecycle.engine import advance
from cases.lifecycle.errors import NotPossible, RequirementsUnmet
from cases.lifecycle.typed_days import MONTHS
from cases.people.models import User
from pharmacovigilance.intake import keep_report
from pharmacovigilance.models import FollowUp, SafetyReport
from pharmacovigilance.questions import QUESTION_SETS, Question
from pharmacovigilance.said import day_of_parts
from pharmacovigilance.web.reporting.typed import LANGUAGES, form_key_of

ANSWER = "pharmacovigilance.follow_up.answer"
NOTHING = "Nothing was answered yet. “I don’t know” is an answer too."


def answer_page(
    request: HttpRequest,
    follow_up: FollowUp,
    user: User,
    now: datetime,
    *,
    address: str,
    done: Callable[[SafetyReport | None], HttpResponse],
) -> HttpResponse:
    """Show the question, or keep its answer and go on; what comes after the first answer is kept as a report."""
    asked = QUESTION_SETS[follow_up.question_set]
    page = {
        "case": follow_up.case,
        "follow_up": follow_up,
        "asked": asked,
        "refusal": "",
        "action": address,
        "months": [month.capitalize() for month in MONTHS],
        "form_key": form_key_of(request) or uuid4().hex,
    }
    if request.method != "POST":
        return render(request, "pharmacovigilance/own_answer.html", page)
    lines = [f"{question.label} {said}" for question in asked.questions if (said := _said(request, question))]
    if not lines:
        return render(request, "pharmacovigilance/own_answer.html", page | {"refusal": NOTHING}, status=422)
    words, language = "\n".join(lines), request.POST.get("language", "en")
    tells_event = asked.tells_more or request.POST.get("side_effect") == "yes"
    facts = {
        "answered_at": now.isoformat(),
        "answer": words,
        "language": language if language in dict(LANGUAGES) else "en",
        "adverse_event": "yes" if tells_event else "no",
    }
    try:
        advance(
            follow_up.case,
            ANSWER,
            by=user,
            now=now,
            subject=follow_up,
            facts=facts,
            form_key=form_key_of(request) or None,
            request_id=request.request_id,  # type: ignore[attr-defined]
        )
    except (NotPossible, RequirementsUnmet):
        # Somebody answered it meanwhile: what is told now is kept all the same.
        again = {"verbatim": words, "language": facts["language"]}
        return done(keep_report(follow_up.case, again, by=user, now=now, form_key=form_key_of(request)))
    return done(follow_up.reports_in_answer.order_by("-number").first())


def _said(request: HttpRequest, question: Question) -> str:
    """The answer in words: of a choice its words, of a day what was typed, read or not."""
    if question.kind == "day":
        parts = [request.POST.get(f"{question.name}_{part}", "") for part in ("day", "month", "year")]
        return day_of_parts(parts[0], parts[1], parts[2])
    value = request.POST.get(question.name, "").replace("\x00", "\ufffd").strip()
    return dict(question.options).get(value, "") if question.kind == "choice" else value
