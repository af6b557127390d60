"""One page for every verb: what it rests on, what it asks, what it does."""

import uuid
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import ChoiceField, Form, ModelChoiceField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cases import clock
from cases.access import case_for
from cases.documents.errors import UploadRefused
from cases.lifecycle.engine import advance, is_possible, judged, subject_named
from cases.lifecycle.errors import Conflict, FactsInvalid, NotPermitted, NotPossible, RequirementsUnmet
from cases.lifecycle.forms import form_for
from cases.lifecycle.telling import tell
from cases.lifecycle.typed_days import MomentField
from cases.lifecycle.verbs import VERBS, Situation, Verb
from cases.models import Case, Determination
from cases.people.models import User
from cases.statements import statements_for
from cases.verbs.determinations import text_of
from cases.web import words
from cases.web.asked import GUIDED
from cases.web.case_page import OWN_PAGES, about, as_requirement
from cases.web.registries import desk_page_of, page_after, progress_page_of, tab_of_result

HOUSEKEEPING = {"csrfmiddlewaretoken", "form_key", "version", "on"}


@login_required
def verb(request: HttpRequest, reference: str, code: str) -> HttpResponse:
    """Show one verb's checklist and form; take it on POST."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    taken = VERBS.get(code)
    if taken is None or code == "cases.case.open":
        raise Http404("There is no such step.")
    label = request.POST.get("on", request.GET.get("on", ""))
    try:
        subject = subject_named(case, taken, label)
    except LookupError as missing:
        raise Http404(str(missing)) from missing
    if user.role not in taken.roles or user.only_reads:
        raise PermissionDenied(f"“{taken.label}” is not for {user.get_role_display()}s.", who_may(taken))
    if request.method != "POST" and code in GUIDED and user.role in OWN_PAGES:
        return redirect(GUIDED[code], case.reference, *([label] if label else []))
    if request.method != "POST" and (own_page := desk_page_of(code)):
        return redirect(own_page, case.reference, *([label] if label else []))
    situation = Situation(case, taken, subject, user, now)
    if request.method != "POST":
        form = _suggested(form_for(situation, zone=zone_of(user)), request.GET)
        return _page(request, situation, label, form, status=200)

    typed = {name: _typed(request, name) for name in request.POST if name not in HOUSEKEEPING}
    form = form_for(situation, request.POST, zone=zone_of(user))
    if not _moments_are_read(form, typed):
        return _page(request, situation, label, form, status=422)
    try:
        event = advance(
            case,
            code,
            by=user,
            now=now,
            subject=subject if subject is not case else None,
            facts=typed,
            seen=_number(request.POST.get("version")),
            form_key=_key(request.POST.get("form_key")),
            request_id=request.request_id,  # type: ignore[attr-defined]
        )
    except FactsInvalid as wrong:
        form.is_valid()
        for name, lines in wrong.errors.items():
            if name in form.fields and name not in form.errors:
                form.add_error(name, lines)
        return _page(request, situation, label, form, status=422)
    except Conflict as conflict:
        situation.case = case_for(user, reference, now=now)
        return _page(request, situation, label, form, status=409, conflict=conflict)
    except RequirementsUnmet as refusal:
        return _page(request, situation, label, form, status=409, refusal=refusal)
    except (NotPossible, UploadRefused) as refusal:
        return _page(request, situation, label, form, status=409, impossible=refusal.sentence)
    except NotPermitted as refusal:
        raise PermissionDenied(refusal.sentence, who_may(taken)) from refusal
    messages.success(request, f"{tell(event)}.")
    return redirect(page_after(case, code, event) or _back(user, case, tab_of_result(code)))


def zone_of(user: User) -> ZoneInfo:
    """Whose time a page shows and takes: the reader's own."""
    return words.zone_of(user.time_zone or "UTC")


def _suggested(form: Form, asked: Mapping[str, str]) -> Form:
    """The form with what the page it was opened from has chosen already: records by label, choices by value."""
    for name, field in form.fields.items():
        wanted = asked.get(name, "")
        if wanted and isinstance(field, ModelChoiceField):
            chosen = [row.pk for row in field.queryset or () if getattr(row, "label", "") == wanted]
            field.initial = chosen[0] if chosen else field.initial
        elif wanted and isinstance(field, ChoiceField) and field.valid_value(wanted):
            field.initial = wanted
    return form


def _moments_are_read(form: Form, typed: dict[str, Any]) -> bool:
    """Put instants for what was typed in the reader's zone; false where one cannot be read: the form then says so."""
    for name, field in form.fields.items():
        if isinstance(field, MomentField) and typed.get(name):
            try:
                typed[name] = field.clean(typed[name]).isoformat()
            except ValidationError:
                return form.is_valid()
    return True


def _typed(request: HttpRequest, name: str) -> Any:
    values = request.POST.getlist(name)
    return values if len(values) > 1 or name == "statements" else values[0]


def who_may(taken: Verb) -> str:
    """Who may take it instead, in words."""
    return ", ".join(sorted(role.label for role in taken.roles))


def _back(user: User, case: Case, tab: str = "") -> str:
    if tab and user.is_pharmacist:
        return reverse("case_tab", args=[case.reference, tab])
    return reverse("case" if user.is_pharmacist else "own_case", args=[case.reference])


def _progress(situation: Situation, label: str) -> str:
    page = progress_page_of(situation.verb.code)
    return reverse(page, args=[situation.case.reference, label]) if page and label else ""


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _key(text: str | None) -> str | None:
    return text[:64] if text else None


def _page(
    request: HttpRequest, situation: Situation, label: str, form: Any, *, status: int, **more: Any
) -> HttpResponse:
    subject = situation.subject
    possible = situation.verb.creates or (subject is not None and is_possible(subject, situation.verb))
    refusal = more.get("refusal")
    lines = refusal.checklist if refusal else judged(situation)[0]
    return render(
        request,
        "cases/verb.html",
        {
            "case": situation.case,
            "about": about(situation.case),
            "verb": situation.verb,
            "on": label,
            "form": form,
            "form_key": request.POST.get("form_key") or uuid.uuid4().hex,
            "version": situation.case.event_seq,
            "back": _back(situation.by, situation.case),
            "progress_url": _progress(situation, label),
            "layout": "layout/phone.html" if situation.by.role in OWN_PAGES else "layout/base.html",
            "deed": text_of(subject, list(statements_for(situation.case)))
            if isinstance(subject, Determination) and possible
            else "",
            "checklist": [as_requirement(line.as_told_to(situation.by), situation.case) for line in lines],
            "unmet": [as_requirement(line.as_told_to(situation.by), situation.case) for line in lines if line.blocks],
            "blocked": sum(line.blocks for line in lines),
            "may_propose_override": situation.by.role == "pharmacist_in_charge",
            "possible": possible,
            "impossible": more.get("impossible", ""),
            "refused": refusal,
            "conflict": more.get("conflict"),
            "conflict_told": [
                (tell(event), event.by.display_name, event.happened_at) for event in more["conflict"].events
            ]
            if more.get("conflict")
            else [],
        },
        status=status,
    )
