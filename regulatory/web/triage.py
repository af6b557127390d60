"""The wizard for a family: four steps without a sign-in, saved by a code, and the answer when a person has decided.

The code never stands in an address: it is typed into a form and kept in the session of this browser.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cases import clock
from cases.lifecycle.errors import NotPossible, RequirementsUnmet
from cases.people.models import Pharmacy, User
from cases.references import normalise
from regulatory.models import Enquiry, EnquiryDecline
from regulatory.triage.answers import AnswersInvalid
from regulatory.triage.letters import LANGUAGES, Words, all_words, sections_of
from regulatory.triage.models import Triage, TriageLetter
from regulatory.triage.offers import offer_for
from regulatory.triage.services import find_by_code, hand_in, save_answers, start_triage
from regulatory.triage.table import load
from regulatory.web.triage_forms import STEPS, StepForm
from regulatory.web.tries import give_back, may_try

SESSION = "triage"
CODES_A_QUARTER, STARTS_A_QUARTER = 10, 20


@never_cache
@require_http_methods(["GET", "POST"])
def triage_start(request: HttpRequest) -> HttpResponse:
    """What this is; begin, or come back with a code."""
    words = _words(request)
    if request.method == "POST" and request.POST.get("act") == "begin":
        if not may_try(request, "triage-start", most=STARTS_A_QUARTER):
            return _page(request, "regulatory/triage_start.html", words, {"fault": words.wizard["too_many"]}, 429)
        _, code = start_triage(pharmacy=_house(), by=_wizard(), now=clock.now(), language=words.language)
        _remember(request, code)
        return redirect("triage_step", 1)
    return _page(request, "regulatory/triage_start.html", words, {})


@never_cache
@require_http_methods(["GET", "POST"])
def triage_return(request: HttpRequest) -> HttpResponse:
    """Come back with a code; wrong ones are counted."""
    words = _words(request)
    if request.method != "POST":
        return redirect("triage_start")
    typed = request.POST.get("code", "")
    context = {"typed": typed[:40].replace("\x00", "")}
    if not may_try(request, "triage-code", most=CODES_A_QUARTER):
        return _page(request, "regulatory/triage_start.html", words, context | {"fault": words.wizard["too_many"]}, 429)
    triage = find_by_code(typed)
    if triage is None:
        said = words.wizard["code_wrong" if typed.strip() else "code_missing"]
        return _page(request, "regulatory/triage_start.html", words, context | {"fault": said}, 422)
    give_back(request, "triage-code", most=CODES_A_QUARTER)
    _remember(request, normalise(typed[:40]))
    # Declined before anything was handed in: the letter is what they come back for.
    is_told = triage.state != Triage.State.ANSWERING or _letter(triage) is not None
    return redirect("triage_own") if is_told else redirect("triage_step", 1)


@never_cache
@require_http_methods(["GET", "POST"])
def triage_step(request: HttpRequest, step: int) -> HttpResponse:
    """One of the four steps; going back keeps what was typed."""
    if not 1 <= step <= len(STEPS):
        raise Http404("There are four steps.")
    triage = _mine(request)
    if triage is None:
        return redirect("triage_start")
    words = all_words()[triage.language]
    go = request.POST.get("go", "")
    if go not in ("next", "back", "save"):
        return _step_page(request, triage, words, step, StepForm(step, words=words, answers=triage.answers))
    form = StepForm(step, words=words, answers=triage.answers, data=request.POST)
    form.is_valid()
    if not form.errors and (go != "next" or form.ask_at_least()):
        try:
            save_answers(triage, form.answered(), by=_wizard(), now=clock.now(), wants_to_be_told=_wish(request, step))
        except AnswersInvalid as wrong:
            form.refuse(wrong)
    if form.errors:
        return _step_page(request, triage, words, step, form, status=422)
    if go == "back":
        return redirect("triage_step", max(step - 1, 1))
    if go == "save":
        messages.success(request, f"{words.wizard['saved']} {request.session[SESSION]['code']}.")
        return redirect("triage_step", step)
    return redirect("triage_step", step + 1) if step < len(STEPS) else _hand_in(request, triage)


@never_cache
def triage_own(request: HttpRequest) -> HttpResponse:
    """Where it stands, and the letter as it was sent."""
    triage = _mine(request)
    if triage is None:
        return redirect("triage_start")
    words = all_words()[triage.language]
    letter = _letter(triage)
    title, sections = sections_of(letter.text) if letter else ("", [])
    return _page(
        request,
        "regulatory/triage_own.html",
        words,
        {
            "triage": triage,
            "code": request.session[SESSION]["code"],
            "letter": letter,
            "letter_words": all_words()[letter.language] if letter else words,
            "title": title,
            "sections": sections,
            "status": _status(triage, letter, words),
            "asked": [
                (words.question(name), words.value(name, triage.answers[name]))
                for names in STEPS
                for name in names
                if name in triage.answers
            ],
            "is_ended": triage.enquiry is not None and triage.enquiry.state == Enquiry.State.BECAME_CASE,
        },
    )


@require_POST
def triage_leave(request: HttpRequest) -> HttpResponse:
    """Close the answers on this device."""
    words = _words(request)
    request.session.pop(SESSION, None)
    messages.success(request, words.wizard["left"])
    return redirect(f"/triage/?language={words.language}")


def _hand_in(request: HttpRequest, triage: Triage) -> HttpResponse:
    words = all_words()[triage.language]
    try:
        hand_in(triage, by=_wizard(), now=clock.now())
    except RequirementsUnmet as refusal:
        # The first step that lacks an answer says which one.
        missing = [line.code for line in refusal.unmet]
        step = next(
            number
            for number, names in enumerate(STEPS, start=1)
            if any(f"{name.title().replace('_', '')}Given" in missing for name in names)
        )
        form = StepForm(step, words=words, answers=triage.answers, data=_typed(triage, step))
        form.is_valid()
        form.ask_at_least()
        return _step_page(request, triage, words, step, form, status=422)
    except NotPossible as refusal:
        messages.error(request, refusal.sentence)
    return redirect("triage_own")


def _typed(triage: Triage, step: int) -> dict[str, str]:
    return {name: triage.answers.get(name, "") for name in STEPS[step - 1]}


def _status(triage: Triage, letter: TriageLetter | EnquiryDecline | None, words: Words) -> tuple[str, str]:
    """(state of the look, sentence): nothing of an outcome before a person has decided and told it."""
    latest = triage.versions.order_by("-number").first()
    if latest is None:
        return ("good", words.wizard["exact"]) if letter is not None else ("draft", words.wizard["none_yet"])
    decision = getattr(latest, "decision", None)
    if triage.wants_to_be_told and decision is not None and offer_for(triage, now=clock.now()):
        return "care", words.wizard["again"]
    if isinstance(letter, EnquiryDecline):
        state, said = ("good", "exact") if letter.told_at >= latest.made_at else ("wait", "waiting")
        return state, words.wizard[said]
    if letter is not None and decision is not None and letter.decision_id == decision.pk:
        return "good", words.wizard["exact"]
    if decision is None:
        return "wait", words.wizard["waiting"]
    return "wait", words.wizard["call_first" if load().outcomes[decision.outcome].person_first else "answered"]


def _letter(triage: Triage) -> TriageLetter | EnquiryDecline | None:
    """The newest letter that may be read with the code; one for a printed page or a call is not shown twice."""
    with_the_code = ("code", "mail")
    decided = (
        TriageLetter.objects.filter(decision__version__triage=triage, channel__in=with_the_code)
        .order_by("-decision__version__number", "-number")
        .first()
    )
    declined = triage.declines.filter(channel__in=with_the_code).order_by("-told_at").first()
    return max((one for one in (decided, declined) if one), key=lambda one: one.told_at, default=None)


def _step_page(
    request: HttpRequest, triage: Triage, words: Words, step: int, form: StepForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "triage": triage,
        "step": step,
        "steps": words.wizard["steps"],
        "form": form,
        "code": request.session[SESSION]["code"],
        "last": step == len(STEPS),
    }
    return _page(request, "regulatory/triage_step.html", words, context, status)


def _page(
    request: HttpRequest, template: str, words: Words, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return render(
        request,
        template,
        {
            "w": words.wizard,
            "words": words,
            "language": words.language,
            "direction": words.direction,
            "languages": [all_words()[code] for code in LANGUAGES],
            "fault": "",
            "typed": "",
            **context,
        },
        status=status,
    )


def _words(request: HttpRequest) -> Words:
    """The language asked for by the page's own links, else that of the answers that are open, else English."""
    asked = request.POST.get("language") or request.GET.get("language") or ""
    if asked in LANGUAGES:
        return all_words()[asked]
    mine = _mine(request)
    return all_words()[mine.language if mine else "en"]


def _mine(request: HttpRequest) -> Triage | None:
    kept = request.session.get(SESSION)
    if not isinstance(kept, dict):
        return None
    # By the code again, so that a renewed code shuts this browser too.
    return find_by_code(str(kept.get("code", "")))


def _remember(request: HttpRequest, code: str) -> None:
    request.session[SESSION] = {"code": code}


def _wish(request: HttpRequest, step: int) -> bool | None:
    return bool(request.POST.get("wants_to_be_told")) if step == 1 else None


def _wizard() -> User:
    return User.objects.service("triage-wizard")


def _house() -> Pharmacy:
    """The pharmacy whose site this is: the one of that name, else the first that was set up.

    :raises Http404: when none is.
    """
    house = Pharmacy.objects.filter(name=settings.NPP_PHARMACY_NAME).first() or Pharmacy.objects.order_by("pk").first()
    if house is None:
        raise Http404("No pharmacy is set up here.")
    return house
