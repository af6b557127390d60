"""The pages of trading partners: the list, one partner with credentials and checks, entering, the evidence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cases import clock
from cases.audit.asof import history
from cases.countries import NAMES
from cases.custody.models import CredentialCheck, Partner, PartnerCredential, PartnerPaper
from cases.custody.partners import evidence
from cases.custody.partners.holdings import local_day, on_file
from cases.custody.partners.rules import table
from cases.custody.partners.services import (
    KEEPERS,
    end_credential,
    enter_credential,
    enter_partner,
    record_check,
)
from cases.custody.partners.standing import SOON_DAYS, acts_next, listed, partners_read_by, standing_of, waiting_for
from cases.custody.partners.watch import dates_of, shown_ahead, words_of
from cases.lifecycle.errors import FactsInvalid
from cases.lifecycle.forms import PlainText
from cases.lifecycle.typed_days import DayField, MomentField
from cases.people.models import Institution, User
from cases.people.roles import READ_WHOLE
from cases.web import words
from cases.web.record_words import spoken

WHO = "pharmacists, administrators and auditors"
SETTLED_SHOWN = 5
WHO_KEEPS = "pharmacists and administrators of the pharmacy"
STATES = {
    "counts": ("good", "Counts"),
    "soon": ("care", f"Lapses within {SOON_DAYS} days"),
    "later": ("wait", "Asked later"),
    "unknown": ("draft", "Not known"),
    "missing": ("harm", "Does not count"),
}


class PartnerForm(forms.Form):
    """A new partner."""

    name = PlainText(label="Name", max_length=120)
    kind = forms.ChoiceField(label="Kind", choices=[("", "Choose a kind"), *Partner.Kind.choices])
    country = forms.ChoiceField(
        label="Country", choices=[("", "Choose a country"), *((code, name) for code, name in NAMES.items())]
    )
    institution = forms.ModelChoiceField(
        label="Place that receives",
        queryset=Institution.objects.all(),
        required=False,
        empty_label="None",
        help_text="For a receiving institution only.",
    )


class CredentialForm(forms.Form):
    """A credential as its paper says it."""

    kind = forms.ChoiceField(label="Credential")
    number = PlainText(label="Number", max_length=60)
    authority = PlainText(label="Authority", max_length=120)
    scope = PlainText(label="Scope", max_length=200, required=False, help_text="What it covers, as the paper says.")
    valid_from = DayField(label="Valid from", required=False)
    valid_until = DayField(
        label="Valid until", required=False, help_text="Leave it empty only where the paper states no end."
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        kinds = [(code, kind.title) for code, kind in table().credentials.items()]
        self.fields["kind"].choices = [("", "Choose a credential"), *kinds]  # type: ignore[attr-defined]


class CheckForm(forms.Form):
    """What the source said."""

    source = PlainText(label="Where it was looked up", max_length=200)
    result = forms.ChoiceField(label="What the source said", choices=CredentialCheck.Result.choices)
    evidence = forms.FileField(
        label="Evidence",
        required=False,
        help_text="A PDF or a picture of what the source showed. Asked for when it confirmed.",
    )
    remarks = PlainText(label="Remarks", max_length=500, required=False)

    def __init__(self, *args: Any, zone: ZoneInfo, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["checked_at"] = MomentField(label="When", zone=zone)
        self.order_fields(["source", "checked_at", "result", "evidence", "remarks"])


class EndForm(forms.Form):
    """A credential that no longer counts."""

    ended_on = DayField(label="No longer counts from")
    reason = PlainText(label="Reason", max_length=500)


@dataclass(frozen=True, slots=True)
class Act:
    """Something done on a partner's page: its words and its service."""

    label: str
    consequence: str
    take: Callable[[Partner, PartnerCredential | None, dict[str, Any], User, datetime], str]


def _enter_credential(
    partner: Partner, credential: PartnerCredential | None, given: dict[str, Any], by: User, now: datetime
) -> str:
    made = enter_credential(partner, **given, by=by, now=now)
    return f"{table().credentials[made.kind].title} {made.number} is on file. It counts once it was checked."


def _record_check(
    partner: Partner, credential: PartnerCredential | None, given: dict[str, Any], by: User, now: datetime
) -> str:
    file = given.pop("evidence")
    content = file.read() if file else None
    made = record_check(_named(credential), **given, content=content, name=file.name if file else "", by=by, now=now)
    return f"The check of {made.credential.number} is on record: {made.get_result_display()}."


def _end_credential(
    partner: Partner, credential: PartnerCredential | None, given: dict[str, Any], by: User, now: datetime
) -> str:
    made = end_credential(_named(credential), **given, by=by, now=now)
    return f"{made.credential.number} no longer counts since {made.ended_on}. It stays on record."


def _named(credential: PartnerCredential | None) -> PartnerCredential:
    if credential is None:
        raise Http404("There is no such credential.")
    return credential


ACTS = {
    "credential": Act("Enter a credential", "It counts once it was checked at its source.", _enter_credential),
    "check": Act("Record a check", "Written once: a later check is a line of its own.", _record_check),
    "end": Act("End this credential", "What needs it stops at once. The line stays on record.", _end_credential),
}


@login_required
def partner_list(request: HttpRequest) -> HttpResponse:
    """Every partner with how it stands today; who needs something first, first."""
    user, now = _reader(request), clock.now()
    partners = partners_read_by(user, now)
    q, kind, state = (request.GET.get(name, "").replace("\x00", "")[:80] for name in ("q", "kind", "state"))
    today = _today(user, now)
    rows = listed(partners, today, q=q, kind=kind)
    return render(
        request,
        "custody/partners.html",
        {
            "rows": [(row, STATES[row.state]) for row in rows if state in ("", row.state)],
            "total": partners.count(),
            "table": table(),
            "q": q,
            "kind": kind,
            "kinds": [("", "Every kind"), *Partner.Kind.choices],
            "state": state,
            "states": [
                {
                    "label": label,
                    "url": _address(q=q, kind=kind, state=value),
                    "current": state == value,
                    "count": sum(value in ("", row.state) for row in rows),
                }
                for value, label in [("", "All"), *((value, said) for value, (_, said) in STATES.items())]
            ],
            "dates": shown_ahead(partners, today=today),
            "today": today,
            "may_keep": user.role in KEEPERS,
        },
    )


@login_required
def partner_new(request: HttpRequest) -> HttpResponse:
    """Enter a partner."""
    user = _keeper(request)
    form = PartnerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = enter_partner(pharmacy=user.pharmacy, **form.cleaned_data, by=user, now=clock.now())  # type: ignore[arg-type]
        except FactsInvalid as refusal:
            _onto(form, refusal)
        else:
            messages.success(request, f"{made} is on the list. Enter what it has to show.")
            return redirect("partner", made.pk)
    return render(request, "custody/partner_new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def partner(request: HttpRequest, pk: int) -> HttpResponse:
    """One partner: what is asked of it, what it has on file, what was checked, what waits for it."""
    return _page(request, _reader(request), pk)


@login_required
@require_POST
def partner_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Take one act; a refusal shows the page again, with what was typed."""
    user, now = _keeper(request), clock.now()
    someone = get_object_or_404(partners_read_by(user, now), pk=pk)
    chosen, on = ACTS.get(act), request.POST.get("on", "")
    if chosen is None:
        raise Http404("There is no such act.")
    key = int(on) if on.isascii() and on.isdigit() and len(on) < 18 else 0
    credential = someone.credentials.filter(pk=key).first()
    if act != "credential":
        _named(credential)
    form = _form(act, user, f"{act}{on}", request)
    if form.is_valid():
        try:
            told = chosen.take(someone, credential, dict(form.cleaned_data), user, now)
        except FactsInvalid as refusal:
            _onto(form, refusal)
        else:
            messages.success(request, told)
            return redirect("partner", someone.pk)
    return _page(request, user, pk, typed={f"{act}{on}": form}, status=422)


@login_required
def partner_paper(request: HttpRequest, pk: int, sha256: str) -> HttpResponse:
    """The evidence of a check, as an attachment that cannot act."""
    someone = get_object_or_404(partners_read_by(_reader(request), clock.now()), pk=pk)
    paper = get_object_or_404(PartnerPaper, partner=someone, sha256=sha256.replace("\x00", ""))
    answer = HttpResponse(evidence.read(paper.sha256), content_type=paper.media_type)
    name = evidence.file_name(someone.pk, paper.sha256, paper.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _page(
    request: HttpRequest, user: User, pk: int, *, typed: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    now = clock.now()
    someone = get_object_or_404(partners_read_by(user, now).select_related("pharmacy", "institution"), pk=pk)
    boxes, dates = list(waiting_for(someone)), dates_of(someone)
    shown = sum(not row.settled for row in dates) + SETTLED_SHOWN
    kept = typed or {}

    def form_of(act: str, on: object = "") -> forms.Form:
        return kept.get(f"{act}{on}") or _form(act, user, f"{act}{on}")

    standing = standing_of(someone, local_day(someone, now))
    return render(
        request,
        "custody/partner.html",
        {
            "partner": someone,
            "standing": standing,
            "stands": STATES[standing.state],
            "states": STATES,
            "table": table(),
            "files": on_file(someone),
            "boxes": boxes,
            "dates": [(row, words_of(row.credential, row.what)) for row in dates[:shown]],
            "more_dates": max(0, len(dates) - shown),
            "today": local_day(someone, now),
            "acts_next": acts_next(someone, boxes),
            "acts": ACTS,
            "form_of": form_of,
            "typed": kept,
            "may_keep": user.role in KEEPERS,
            "lines": [(line, "") for line in spoken(history(f"partner:{someone.pk}", limit=60).lines[:12])],
        },
        status=status,
    )


def _form(act: str, user: User, prefix: str, request: HttpRequest | None = None) -> forms.Form:
    given: dict[str, Any] = {"prefix": prefix}
    if request is not None:
        given |= {"data": request.POST, "files": request.FILES}
    if act == "check":
        zone = words.zone_of(user.time_zone or "UTC")
        return CheckForm(zone=zone, initial={"checked_at": clock.now()}, **given)
    if act == "end":
        return EndForm(initial={"ended_on": _today(user, clock.now())}, **given)
    return CredentialForm(**given)


def _onto(form: forms.Form, refusal: FactsInvalid) -> None:
    """Put each fault beside its field; one of a field that the form has not stands above it."""
    for name, sentences in refusal.errors.items():
        form.add_error(name if name in form.fields else None, sentences)


def _address(**given: str) -> str:
    asked = "&".join(f"{name}={value}" for name, value in given.items() if value and value.isascii())
    return f"{reverse('partner_list')}{'?' + asked if asked else ''}"


def _today(user: User, now: datetime) -> Any:
    zone = user.pharmacy.time_zone if user.pharmacy else user.time_zone or "UTC"
    return now.astimezone(ZoneInfo(zone)).date()


def _reader(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    if user.role not in READ_WHOLE:
        raise PermissionDenied("Partners are read by the pharmacy and its auditors.", WHO)
    return user


def _keeper(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    if user.role not in KEEPERS or user.pharmacy is None:
        raise PermissionDenied("Partners are kept by the pharmacy.", WHO_KEEPS)
    return user
