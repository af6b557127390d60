"""Triage at the desk: the steps beside what they point to, the named decision, the letter, another look, statistics."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from cases import clock
from cases.lifecycle.errors import Refused, RequirementsUnmet
from cases.people.models import User
from regulatory.enquiries import OUTCOMES
from regulatory.models import Enquiry
from regulatory.triage.answers import AnswersInvalid
from regulatory.triage.deciding import decide, letter_for, tell
from regulatory.triage.evaluator import Result
from regulatory.triage.letters import LANGUAGES, all_words, sections_of
from regulatory.triage.models import Triage, TriageDecision, TriageLetter, TriageVersion
from regulatory.triage.offers import offer_for, offers
from regulatory.triage.services import evaluated, hand_in, new_code, save_answers, start_triage
from regulatory.triage.statistics import statistics
from regulatory.triage.table import load
from regulatory.web.enquiries import pharmacist
from regulatory.web.triage_forms import STEPS, DecisionForm, LetterForm, StepForm

PAGE = 100
CONTACT = "triage_contact"
# What a form of the page may ask for; anything else is shown the page, and nothing is changed.
ACTS = frozenset({"begin", "back", "next", "save", "hand_in", "again", "code"})


@login_required
def triage_list(request: HttpRequest) -> HttpResponse:
    """What waits for a person, what to look at again, what was decided."""
    user = pharmacist(request)
    rows = (
        TriageVersion.objects.filter(triage__pharmacy=user.pharmacy)
        .select_related("triage", "enquiry", "decision__decided_by", "profile_version")
        .prefetch_related("decision__letters")
        .order_by("triage", "-number")
        .distinct("triage")
    )
    newest = sorted(rows, key=lambda row: row.made_at, reverse=True)
    return render(
        request,
        "regulatory/triage_list.html",
        {
            "waiting": [row for row in newest if row.triage.state == Triage.State.WAITING][:PAGE],
            "decided": [row for row in newest if row.triage.state == Triage.State.DECIDED][:PAGE],
            "offers": offers(user.pharmacy, now=clock.now())[:PAGE],  # type: ignore[arg-type]
            "outcomes": OUTCOMES,
            "table": load(),
        },
    )


@login_required
def triage_statistics(request: HttpRequest) -> HttpResponse:
    """Which rules people override, and what became of whose question."""
    user = pharmacist(request)
    found = statistics(user.pharmacy)  # type: ignore[arg-type]
    return render(request, "regulatory/triage_statistics.html", {"found": found, "outcomes": OUTCOMES, "table": load()})


@login_required
@require_http_methods(["GET", "POST"])
def enquiry_triage(request: HttpRequest, reference: str) -> HttpResponse:
    """One enquiry's triage: a step to answer, and what the answers point to."""
    user, row = _found(request, reference)
    triage = Triage.objects.filter(enquiry=row).select_related("pharmacy", "enquiry").first()
    if request.method != "POST":
        return _page(request, row, triage, step=_step(request))
    act = request.POST.get("act", "")
    if act not in ACTS or (triage is None) != (act == "begin"):
        return _page(request, row, triage, step=_step(request))
    try:
        if triage is None:
            triage, code = start_triage(pharmacy=row.pharmacy, enquiry=row, by=user, now=clock.now())
            _tell_code(request, code)
            return redirect(_address(row, 1))
        if act == "code":
            _tell_code(request, new_code(triage, by=user, now=clock.now()))
            return redirect(_address(row, _step(request)))
        if act == "again":
            made = hand_in(triage, by=user, now=clock.now(), cause=TriageVersion.Cause.AGAIN)
            messages.success(request, f"Evaluation {made.number} was put on record with the rules and facts of today.")
            return redirect(_address(made.enquiry, len(STEPS)))
        return _saved(request, user, row, triage)
    except Refused as refusal:
        return _page(request, row, triage, step=_step(request), refused=refusal, status=409)


@login_required
@require_POST
def triage_decide(request: HttpRequest, reference: str) -> HttpResponse:
    """A named person accepts, or decides otherwise."""
    user, row = _found(request, reference)
    triage, version = _newest(row)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, row, triage, step=len(STEPS), decision=form, status=422)
    read = request.POST.get("number", "")
    meant = version if read == str(version.number) else triage.versions.filter(number=_number(read)).first() or version
    try:
        done = decide(meant, by=user, now=clock.now(), **form.cleaned_data)
    except Refused as refusal:
        return _page(request, row, triage, step=len(STEPS), decision=form, refused=refusal, status=409)
    messages.success(request, f"{row.reference}: {OUTCOMES[done.outcome]}. Decided by {user.display_name}.")
    if request.POST.get("then") == "case" and load().outcomes[done.outcome].opens_case:
        return redirect("enquiry_open_case", row.reference)
    return redirect(f"{_address(row, len(STEPS))}#h-letter")


@login_required
@require_http_methods(["GET", "POST"])
def triage_letter(request: HttpRequest, reference: str) -> HttpResponse:
    """The letter on a page of its own, to print; a POST tells it."""
    user, row = _found(request, reference)
    triage, version = _newest(row)
    decision = TriageDecision.objects.filter(version=version).first()
    if request.method == "POST":
        return _told(request, user, row, triage, decision)
    kept = _kept(row, request.GET.get("letter", ""))
    language = kept.language if kept else _language(request, triage)
    if kept is not None:
        title, sections = sections_of(kept.text)
    else:
        draft = letter_for(
            version, language=language, name=user.display_name, contact=_contact(request), decision=decision
        )
        title, sections = draft.title, list(draft.sections)
    words = all_words()[language]
    return render(
        request,
        "regulatory/triage_letter.html",
        {"row": row, "kept": kept, "title": title, "sections": sections, "words": words, "decision": decision},
    )


def _told(
    request: HttpRequest, user: User, row: Enquiry, triage: Triage, decision: TriageDecision | None
) -> HttpResponse:
    form = LetterForm(request.POST)
    if decision is None:
        messages.error(request, "Nobody has decided yet: nothing was sent.")
        return redirect(_address(row, len(STEPS)))
    if not form.is_valid():
        return _page(request, row, triage, step=len(STEPS), letter=form, status=422)
    try:
        made = tell(decision, by=user, now=clock.now(), **form.cleaned_data)
    except Refused as refusal:
        return _page(request, row, triage, step=len(STEPS), letter=form, refused=refusal, status=409)
    request.session[CONTACT] = form.cleaned_data["contact"]
    messages.success(request, f"Letter {made.number} is kept: {made.get_channel_display()}.")
    return redirect(f"{_address(row, len(STEPS))}&language={made.language}#h-letter")


def _saved(request: HttpRequest, user: User, row: Enquiry, triage: Triage) -> HttpResponse:
    step = _step(request)
    form = StepForm(step, words=all_words()["en"], answers=triage.answers, pharmacy=True, data=request.POST)
    form.is_valid()
    if not form.errors:
        try:
            triage = save_answers(triage, form.answered(), by=user, now=clock.now())
        except AnswersInvalid as wrong:
            form.refuse(wrong)
    if form.errors:
        return _page(request, row, triage, step=step, form=form, status=422)
    act = request.POST.get("act", "next")
    if act == "hand_in":
        made = hand_in(triage, by=user, now=clock.now())
        messages.success(request, f"Evaluation {made.number} is on record and waits for a decision.")
        return redirect(_address(made.enquiry, step))
    return redirect(_address(row, {"back": max(step - 1, 1), "next": min(step + 1, len(STEPS))}.get(act, step)))


def _page(
    request: HttpRequest,
    row: Enquiry,
    triage: Triage | None,
    *,
    step: int,
    form: StepForm | None = None,
    decision: DecisionForm | None = None,
    letter: LetterForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "row": row,
        "triage": triage,
        "step": step,
        "steps": all_words()["en"].wizard["steps"],
        "refused": refused,
        "unmet": refused.unmet if isinstance(refused, RequirementsUnmet) else [],
        "outcomes": OUTCOMES,
        "table": load(),
    }
    if triage is None:
        return render(request, "regulatory/triage.html", context, status=status)
    result = evaluated(triage, on=clock.now().date())
    version = triage.versions.select_related("decision__decided_by", "made_by").order_by("-number").first()
    decided = getattr(version, "decision", None)
    on_record = version is not None and version.answers == triage.answers and version.result == result.to_json()
    language = _language(request, triage)
    context |= {
        "form": form or StepForm(step, words=all_words()["en"], answers=triage.answers, pharmacy=True),
        "result": result,
        "version": version,
        "decided": decided,
        "on_record": on_record,
        "offer": offer_for(triage, now=clock.now()),
        "decision_form": decision or DecisionForm(initial={"outcome": ""}),
        "unknown_hint": _unknown_hints(result),
        "person_first": load().outcomes[decided.outcome if decided else result.outcome].person_first,
        "opens_case": load().outcomes[decided.outcome if decided else result.outcome].opens_case,
    }
    if version is not None:
        context |= _letter_context(request, triage, version, decided, language, letter)
    return render(request, "regulatory/triage.html", context, status=status)


def _letter_context(
    request: HttpRequest,
    triage: Triage,
    version: TriageVersion,
    decided: TriageDecision | None,
    language: str,
    letter: LetterForm | None,
) -> dict[str, Any]:
    contact = _contact(request)
    return {
        "preview": letter_for(
            version,
            language=language,
            name=request.user.display_name,  # type: ignore[union-attr]
            contact=contact or "…",
            decision=decided,
        ),
        "letter_words": all_words()[language],
        "letter_form": letter or LetterForm(initial={"language": language, "contact": contact, "channel": "code"}),
        "languages": [
            {
                "label": all_words()[code].name,
                "url": f"?step={len(STEPS)}&language={code}#h-letter",
                "current": code == language,
            }
            for code in LANGUAGES
        ],
        "letters": list(
            TriageLetter.objects.filter(decision__version__triage=triage)
            .select_related("told_by", "notice", "enquiry", "decision__version")
            .order_by("-pk")
        ),
    }


def _unknown_hints(result: Result) -> dict[str, str]:
    """What "not known yet" means for each question, as the answers stand."""
    asked = {one.id for one in result.questions} | {one.id for one in result.turns}
    said = "counts as not known, never as no"
    return {name: said if name in asked else "would not change this answer" for name in load().inputs}


def _contact(request: HttpRequest) -> str:
    """What this person gave as telephone and hours the last time."""
    return str(request.session.get(CONTACT, ""))


def _found(request: HttpRequest, reference: str) -> tuple[User, Enquiry]:
    user = pharmacist(request)
    row = (
        Enquiry.objects.filter(pharmacy=user.pharmacy, reference=reference.replace("\x00", ""))
        .select_related("pharmacy", "medicine", "profile_version")
        .first()
    )
    if row is None:
        raise Http404("There is no such enquiry.")
    return user, row


def _newest(row: Enquiry) -> tuple[Triage, TriageVersion]:
    triage = Triage.objects.filter(enquiry=row).select_related("pharmacy", "enquiry").first()
    version = triage.versions.select_related("enquiry__pharmacy").order_by("-number").first() if triage else None
    if triage is None or version is None:
        raise Http404("Nothing of this enquiry was put on record yet.")
    return triage, version


def _kept(row: Enquiry, label: str) -> TriageLetter | None:
    """The letter that a page names by evaluation and number (``2.1``)."""
    if not label:
        return None
    evaluation, _, number = label.partition(".")
    found = (
        TriageLetter.objects.filter(enquiry=row, decision__version__number=_number(evaluation), number=_number(number))
        .select_related("told_by")
        .first()
    )
    if found is None:
        raise Http404("There is no such letter.")
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _step(request: HttpRequest) -> int:
    asked = _number(request.POST.get("step", "") or request.GET.get("step", ""))
    return asked if 1 <= asked <= len(STEPS) else 1


def _language(request: HttpRequest, triage: Triage) -> str:
    asked = request.GET.get("language") or request.POST.get("language") or ""
    return asked if asked in LANGUAGES else triage.language


def _address(row: Enquiry, step: int) -> str:
    return f"{reverse('enquiry_triage', args=[row.reference])}?step={step}"


def _tell_code(request: HttpRequest, code: str) -> None:
    messages.info(request, f"The code is {code}. Read it to whoever asks: it is shown once and kept nowhere.")
