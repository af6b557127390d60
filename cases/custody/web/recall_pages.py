"""Recalls at the desk: all of them, one with its packs, letters, figures and report; and a letter for its reader."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cases import clock
from cases.access import case_for
from cases.custody.models import Recall, RecalledCase, RecallLetter
from cases.custody.recalls.clocks import DUE_SAID
from cases.custody.recalls.drafting import Draft, drafts_of
from cases.custody.recalls.letters import words
from cases.custody.recalls.reading import recall_named, recalls_of
from cases.custody.recalls.report import letter_paper, report_of, sums_of, times_of
from cases.custody.recalls.services import (
    close_recall,
    missing_of,
    open_recall,
    stop_recall,
    tell_recall,
    withdraw_recall,
)
from cases.custody.recalls.standing import effectiveness_of, letters_of, packs_of
from cases.custody.web.recall_forms import EndForm, OpenForm
from cases.custody.web.trace_pages import reader_of_lots
from cases.lifecycle.errors import Refused, RequirementsUnmet
from cases.people.models import User
from cases.people.roles import PHARMACISTS, READ_WHOLE, Role
from cases.web.case_page import verb_url

ACTS = {"stop": stop_recall, "tell": tell_recall}
ENDS = {"close": close_recall, "withdraw": withdraw_recall}
DONE = {
    "stop": "Every pack within reach is stopped.",
    "tell": "The letters are written.",
    "close": "The recall is closed.",
    "withdraw": "The recall is withdrawn.",
}
DONE_IN_A_DRILL = {
    "stop": "The drill goes on: the stop was timed, and nothing was stopped.",
    "tell": "The drill goes on: the letters are written, and nothing was sent.",
    "close": "The drill is closed.",
    "withdraw": "The drill is withdrawn.",
}
MOST_SHOWN = 100
# Told also when they are nought; other figures only when there is something to tell.
ALWAYS_TOLD = ("Packs traced", "Not accounted for", "Letters", "Answered", "Answers needed")


@login_required
def recall_list(request: HttpRequest) -> HttpResponse:
    """Those that stand first, each with how many packs and answers are missing."""
    user = reader_of_lots(request)
    missing = Count("parts__packs", filter=Q(parts__packs__outcome=""), distinct=True)
    waiting = Count("parts__letters", filter=Q(parts__letters__state="waiting"), distinct=True)
    rows = list(
        recalls_of(user, now=clock.now())
        .prefetch_related("lots")
        .annotate(packs=Count("parts__packs", distinct=True), missing=missing, waiting=waiting)
        .order_by("-number")[:MOST_SHOWN]
    )
    rows.sort(key=lambda recall: recall.state in ("closed", "withdrawn"))
    return render(request, "custody/recalls.html", {"recalls": rows, "may_open": user.role in PHARMACISTS})


@login_required
def recall_new(request: HttpRequest) -> HttpResponse:
    """Open a recall or a drill; every pack is traced at once, nothing is stopped yet."""
    user = _pharmacist(request)
    if request.method != "POST":
        form = OpenForm(initial={"lots": request.GET.get("lots", "")[:400], "is_drill": "drill" in request.GET})
        return render(request, "custody/recall_new.html", {"form": form})
    form, refused = OpenForm(request.POST), None
    if form.is_valid():
        try:
            recall = open_recall(
                form.notice(), form.cleaned_data["lots"], is_drill=form.cleaned_data["is_drill"], by=user,
                now=clock.now(),
            )  # fmt: skip
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, f"{recall.label} is open. Its packs were traced; nothing is stopped yet.")
            return redirect("recall", recall.slug)
    context = {"form": form, "refused": refused}
    return render(request, "custody/recall_new.html", context, status=409 if refused else 422)


@login_required
def recall(request: HttpRequest, slug: str) -> HttpResponse:
    """One recall: what is next, its figures, packs, letters and cases."""
    user = reader_of_lots(request)
    return _page(request, user, recall_named(user, slug, now=clock.now()))


@login_required
@require_POST
def recall_act(request: HttpRequest, slug: str, act: str) -> HttpResponse:
    """Stop, tell, close or withdraw; refused whole with everything that is missing."""
    user = _pharmacist(request)
    held = recall_named(user, slug, now=clock.now())
    if act not in (*ACTS, *ENDS):
        raise Http404("There is no such act.")
    form = EndForm(request.POST) if act in ENDS else None
    if form is not None and not form.is_valid():
        return _page(request, user, held, ending=(act, form), status=422)
    try:
        if form is not None:
            ENDS[act](held, conclusion=form.cleaned_data["conclusion"], by=user, now=clock.now())
        else:
            ACTS[act](held, by=user, now=clock.now())
    except Refused as refusal:
        return _page(request, user, recall_named(user, slug, now=clock.now()), refused=refusal, status=409)
    messages.success(request, f"{held.label}: {(DONE_IN_A_DRILL if held.is_drill else DONE)[act]}")
    return redirect("recall", slug)


@login_required
def recall_report(request: HttpRequest, slug: str) -> HttpResponse:
    """The report as PDF, as it stands."""
    held = recall_named(reader_of_lots(request), slug, now=clock.now())
    return _pdf(report_of(held), f"{held.slug}_report.pdf")


@login_required
def recall_letter(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """One letter, for the pharmacy and for whom it was written to."""
    user, letter = _letter(request, reference, label)
    context = {
        "letter": letter,
        "case": letter.case,
        "said": words()["to_the_reader"].format(pharmacy=letter.case.pharmacy.name),
        "may_answer": letter.state == RecallLetter.State.WAITING and letter.is_for(user),
        "answer_url": verb_url(letter.case, "custody.recall_letter.answer", letter.label),
    }  # fmt: skip
    template = "custody/recall_letter.html" if user.role in READ_WHOLE else "custody/recall_letter_abroad.html"
    return render(request, template, context)


@login_required
def recall_letter_file(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """The letter as PDF, as it was written."""
    _, letter = _letter(request, reference, label)
    content = letter_paper(
        letter.title, letter.text, label=f"{letter.case.reference} {letter.label}", written_at=letter.written_at,
        pharmacy=letter.case.pharmacy.name, sha256=letter.text_sha256,
    )  # fmt: skip
    return _pdf(content, f"{letter.case.reference}_{letter.label.replace(' ', '-')}.pdf")


def _letter(request: HttpRequest, reference: str, label: str) -> tuple[User, RecallLetter]:
    user: User = request.user  # type: ignore[assignment]
    case = case_for(user, reference, now=clock.now())
    rows = RecallLetter.objects.filter(case=case).select_related("case__pharmacy", "part", "settled_by", "written_by")
    found = next((one for one in rows if one.label == label and (user.role in READ_WHOLE or one.is_for(user))), None)
    if found is None:
        raise Http404("There is no such letter for you.")
    return user, found


def _page(
    request: HttpRequest,
    user: User,
    held: Recall,
    *,
    refused: Refused | None = None,
    ending: tuple[str, EndForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    packs, letters = packs_of(held), letters_of(held)
    known = effectiveness_of(held, packs, letters)
    now = clock.now()
    is_pic = user.role == Role.PHARMACIST_IN_CHARGE
    typed = dict([ending]) if ending else {}
    context = {
        "recall": held,
        "lots": list(held.lots.all()),
        "packs": packs,
        "letters": letters,
        "parts": list(held.parts.select_related("case").order_by("case__reference")),
        "known": known,
        "sums": [(label, number) for label, number in sums_of(known) if number or label in ALWAYS_TOLD],
        "times": times_of(held, known),
        "late": [one for one in letters if one.state == "waiting" and one.due_at < now],
        "now": now,
        "may_act": user.role in PHARMACISTS and held.state not in ("closed", "withdrawn"),
        "is_pic": is_pic,
        "drafts": _to_read(held, now) if held.state == Recall.State.STOPPED else [],
        "said_before": words()["before"],
        "said_after": words()["after"],
        "due_said": DUE_SAID,
        "missing": missing_of(held, by=user, now=now) if is_pic and held.state == "told" else [],
        "closing": typed.get("close", EndForm(auto_id="close_%s")),
        "withdrawing": typed.get("withdraw", EndForm(auto_id="withdraw_%s")),
        "refused": refused,
        "unmet": list(refused.unmet) if isinstance(refused, RequirementsUnmet) else [],
        "may_locate": user.role in PHARMACISTS and held.state in ("stopped", "told"),
        "ENDED": RecalledCase.State.ENDED,
    }
    return render(request, "custody/recall.html", context, status=status)


def _to_read(held: Recall, now: datetime) -> list[Draft]:
    """The letters of its first case as they would go out now, for whoever is about to send them."""
    first = held.parts.select_related(
        "recall", "case__pharmacy", "case__institution", "case__prescriber__user", "case__medicine"
    ).order_by("case__reference")
    part = first.filter(state=RecalledCase.State.STOPPED).first()
    return list(drafts_of(part, now=now)) if part is not None else []


def _pharmacist(request: HttpRequest) -> User:
    user = reader_of_lots(request)
    if user.role not in PHARMACISTS:
        raise PermissionDenied("Recalls are opened and led by the pharmacy.", "pharmacists")
    return user


def _pdf(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
