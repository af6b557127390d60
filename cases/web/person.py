"""One person: what they may do, how they sign in, what was granted and ended, and the record of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cases import clock
from cases.audit.asof import history
from cases.lifecycle.forms import PlainText
from cases.lifecycle.typed_days import DayField
from cases.models import Case
from cases.people.models import AuditScope, Delegation, Prescriber, User
from cases.people.rights import EXCHANGEABLE, change_role, delegate, end_delegation, end_scope, grant_scope
from cases.people.roles import STAFF, Role
from cases.people.services import PersonRefused, end_access
from cases.people.sign_in import open_sign_in, shut_until, take_off_second_factor
from cases.web.people import administrator, people_of, tell_invited
from cases.web.record_words import spoken

# Entries of a page that are told elsewhere: an auditor's reads have a page of their own.
_ELSEWHERE = {"people_reading"}


class ReasonForm(forms.Form):
    """Why; every act on a person asks it."""

    reason = PlainText(label="Reason", max_length=500)


class RoleForm(ReasonForm):
    """Another role inside the pharmacy."""

    role = forms.ChoiceField(label="New role", choices=[(role.value, role.label) for role in Role if role in STAFF])
    field_order = ("role", "reason")


class DelegationForm(ReasonForm):
    """For whom a delegate prepares, and until which day."""

    prescriber = forms.ModelChoiceField(
        label="Prescriber", queryset=Prescriber.objects.select_related("user"), empty_label="Choose a prescriber"
    )
    until = DayField(
        label="Until the end of",
        required=False,
        help_text="Empty: until it is ended here.",
    )
    field_order = ("prescriber", "until", "reason")


class ScopeForm(forms.Form):
    """What an auditor may read, until which day, for what."""

    until = DayField(label="Until the end of")
    purpose = PlainText(label="Purpose", max_length=200)


@dataclass(frozen=True, slots=True)
class Act:
    """Something an administrator does on a person's page: its form, its words, its service."""

    label: str
    consequence: str
    form: type[forms.Form]
    take: Callable[[User, dict[str, Any], User, datetime, str], str]
    kind: str = ""


def _end(person: User, given: dict[str, Any], by: User, now: datetime, on: str) -> str:
    end_access(person, reason=given["reason"], by=by, now=now)
    return f"{person.display_name} is signed out everywhere and can no longer sign in. The name stays on the record."


def _role(person: User, given: dict[str, Any], by: User, now: datetime, on: str) -> str:
    changed = change_role(person, role=given["role"], reason=given["reason"], by=by, now=now)
    return f"{person.display_name} is now {changed.get_role_display()}."


def _open(person: User, given: dict[str, Any], by: User, now: datetime, on: str) -> str:
    open_sign_in(person, reason=given["reason"], by=by, now=now)
    return f"{person.display_name} can try again at once."


def _factor(person: User, given: dict[str, Any], by: User, now: datetime, on: str) -> str:
    take_off_second_factor(person, reason=given["reason"], by=by, now=now)
    return f"The second factor of {person.display_name} is off; every session was ended."


def _delegate(person: User, given: dict[str, Any], by: User, now: datetime, on: str) -> str:
    made = delegate(
        given["prescriber"], to=person, until=_end_of(given["until"], by), reason=given["reason"], by=by, now=now
    )
    return f"{person.display_name} prepares for {made.prescriber} from now on."


def _undelegate(person: User, given: dict[str, Any], by: User, now: datetime, on: str) -> str:
    found = Delegation.objects.filter(delegate=person, pk=_key(on)).first()
    if found is None:
        raise Http404("There is no such delegation.")
    end_delegation(found, reason=given["reason"], by=by, now=now)
    return f"{person.display_name} no longer prepares for {found.prescriber}."


def _scope(person: User, given: dict[str, Any], by: User, now: datetime, on: str) -> str:
    if by.pharmacy is None:
        raise PersonRefused("You belong to no pharmacy, so you cannot open its records. Nothing was changed.")
    until = _end_of(given["until"], by)
    made = grant_scope(person, pharmacy=by.pharmacy, until=until, purpose=given["purpose"], by=by, now=now)  # type: ignore[arg-type]
    return f"{person.display_name} reads {made.pharmacy} until the end of {given['until']:%Y-%m-%d}."


def _unscope(person: User, given: dict[str, Any], by: User, now: datetime, on: str) -> str:
    found = AuditScope.objects.filter(auditor=person, pharmacy=by.pharmacy, pk=_key(on)).first()
    if found is None:
        raise Http404("There is no such scope.")
    end_scope(found, reason=given["reason"], by=by, now=now)
    return f"{person.display_name} no longer reads {found.pharmacy}."


ACTS: dict[str, Act] = {
    "role": Act("Change the role", "Counts from the next page they open.", RoleForm, _role),
    "delegate": Act(
        "Let them prepare", "They upload and draft for that prescriber; they never sign.", DelegationForm, _delegate
    ),
    "end-delegation": Act("End this delegation", "At once. What was prepared stays.", ReasonForm, _undelegate),
    "scope": Act("Open the records to them", "Read-only; each read is logged.", ScopeForm, _scope),
    "end-scope": Act("Close the records to them", "At once.", ReasonForm, _unscope),
    "open": Act("Open the sign-in", "Check first who asks. The wrong tries are forgotten.", ReasonForm, _open),
    "factor": Act(
        "Take the second factor off",
        "Check first who asks. Every session ends; a new one is set up at the next sign-in.",
        ReasonForm,
        _factor,
        "harm",
    ),
    "end": Act("End the access", "At once, everywhere. The name stays on the record.", ReasonForm, _end, "harm"),
}


@login_required
def person(request: HttpRequest, code: str) -> HttpResponse:
    """One person as the administrator sees them."""
    return _page(request, administrator(request), code)


@login_required
@require_POST
def person_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """Take one act; a refusal shows the page again, with what was typed."""
    user = administrator(request)
    someone = get_object_or_404(people_of(user), code=code.replace("\x00", ""))
    if act == "invite":
        tell_invited(request, someone, by=user)
        return redirect("person", someone.code)
    chosen, on = ACTS.get(act), request.POST.get("on", "")
    if chosen is None:
        raise Http404("There is no such act.")
    form = chosen.form(request.POST, prefix=f"{act}{on}")
    if not form.is_valid():
        return _page(request, user, code, typed={f"{act}{on}": form}, status=422)
    try:
        told = chosen.take(someone, form.cleaned_data, user, clock.now(), on)
    except PersonRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, user, code, typed={f"{act}{on}": form}, status=409)
    messages.success(request, told)
    return redirect("person", someone.code)


def _page(
    request: HttpRequest, user: User, code: str, *, typed: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    people = people_of(user).select_related("pharmacy", "institution")
    someone = get_object_or_404(people, code=code.replace("\x00", ""))
    now = clock.now()
    lines = [line for line in history(f"person:{someone.pk}", limit=60).lines if line.table not in _ELSEWHERE]
    prescriber = Prescriber.objects.filter(user=someone).first()
    of_both = Q(delegate=someone) | Q(prescriber__user=someone)
    delegations = Delegation.objects.filter(of_both).select_related("delegate", "prescriber__user").order_by("-id")
    return render(
        request,
        "people/person.html",
        {
            "person": someone,
            "prescriber": prescriber,
            "cases": Case.objects.visible_to(someone, at=now).open().count(),
            "factor": Authenticator.objects.filter(user=someone, type=Authenticator.Type.TOTP).exists(),
            "shut": shut_until([someone]).get(someone.pk),
            "delegations": [(one, one.valid_until is None or one.valid_until > now) for one in delegations],
            "scopes": [
                (one, one.valid_from <= now < one.valid_until)
                for one in someone.audit_scopes.select_related("pharmacy").order_by("-id")
            ],
            "tokens": [(one, one.stands_at(now)) for one in someone.api_tokens.order_by("-id")],
            "offered": _offered(someone, user),
            "acts": ACTS,
            "typed": typed or {},
            "form_of": _form_of(typed or {}),
            "lines": [(line, "") for line in spoken(lines[:30])],
        },
        status=status,
    )


def _offered(someone: User, user: User) -> list[str]:
    """The acts that make sense on this person; each service judges again."""
    if not someone.is_active:
        return []
    offered = ["role"] if someone.role in EXCHANGEABLE and someone.pk != user.pk else []
    offered += ["delegate"] if someone.role == Role.DELEGATE else []
    offered += ["scope"] if someone.role == Role.AUDITOR else []
    if someone.pk != user.pk:
        offered += ["factor"] if Authenticator.objects.filter(user=someone).exists() else []
        offered += ["end"]
    return offered


def _form_of(typed: dict[str, forms.Form]) -> Callable[..., forms.Form]:
    """The form of an act on a row: the one that was sent, with its errors, or a new one."""

    def form_of(act: str, on: object = "") -> forms.Form:
        key = f"{act}{on}"
        return typed.get(key) or ACTS[act].form(prefix=key)

    return form_of


def _end_of(day: date | None, by: User) -> datetime | None:
    """The last moment of a day where the pharmacy is."""
    if day is None:
        return None
    zone = ZoneInfo(by.pharmacy.time_zone if by.pharmacy else "UTC")
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)


def _key(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0
