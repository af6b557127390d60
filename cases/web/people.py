"""The administrator's list of people, and entering one more. What is granted and ended: :mod:`cases.web.person`."""

import smtplib
from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cases import clock
from cases.audit.context import acting
from cases.lifecycle.forms import PlainText
from cases.lifecycle.typed_days import DayField
from cases.people.models import Institution, User
from cases.people.roles import PRESCRIBING, STAFF, Role
from cases.people.services import Licence, PersonRefused, enter_person, enter_prescriber
from cases.people.sign_in import shut_until

ENTERED = [("", "Choose a role"), *((role.value, role.label) for role in Role if role != Role.SYSTEM)]
ABROAD = PRESCRIBING | {Role.RECEIVING_PHARMACIST}
_LICENCE = ("licence_number", "licence_authority")


class PersonForm(forms.Form):
    """A new person. What a role needs is asked of that role only."""

    display_name = PlainText(label="Name as printed on signatures", max_length=120)
    email = forms.EmailField(label="E-mail address", help_text="A link to set a password goes there. It works once.")
    role = forms.ChoiceField(label="Role", choices=ENTERED)
    institution = forms.ModelChoiceField(
        label="Institution",
        queryset=Institution.objects.all(),
        required=False,
        help_text="For prescribers, delegates and receiving pharmacists.",
    )
    licence_number = PlainText(label="Licence number", max_length=60, required=False, help_text="For prescribers.")
    licence_authority = PlainText(
        label="Licensing authority", max_length=120, required=False, help_text="For prescribers."
    )
    licence_valid_until = DayField(
        label="Licence valid until",
        required=False,
        help_text="For prescribers. Leave it empty when the end is not known.",
    )
    specialty = PlainText(label="Specialty", max_length=80, required=False, help_text="For prescribers.")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        role = given.get("role")
        if role in ABROAD and not given.get("institution"):
            self.add_error("institution", "Nothing was chosen. A person abroad belongs to one institution.")
        for name in _LICENCE if role == Role.PRESCRIBER else ():
            if not given.get(name):
                self.add_error(name, "Nothing was given. Every determination rests on the prescriber's licence.")
        return given


@login_required
def people_list(request: HttpRequest) -> HttpResponse:
    """Everybody with their role, last sign-in, second factor and access; people whose access ended stay."""
    user = administrator(request)
    role = request.GET.get("role", "")
    people = people_of(user)
    everybody = list(
        people.annotate(has_second_factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"))))
        .select_related("pharmacy", "institution")
        .order_by("-is_active", "display_name")
    )
    shown = [person for person in everybody if role in ("", person.role)]
    return render(
        request,
        "people/list.html",
        {
            "people": shown,
            "total": len(everybody),
            "shut": shut_until(shown),
            "roles": [
                {
                    "label": label.capitalize(),
                    "url": f"{reverse('people_list')}{f'?role={value}' if value else ''}",
                    "current": role == value,
                    "count": sum(value in ("", person.role) for person in everybody),
                }
                for value, label in [("", "All"), *ENTERED[1:]]
            ],
        },
    )


@login_required
def person_new(request: HttpRequest) -> HttpResponse:
    """Enter a person, and mail a link to set a password: nobody else ever knows it."""
    user = administrator(request)
    form = PersonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            entered = _entered(form.cleaned_data, user)
        except PersonRefused as refusal:
            form.add_error("email", str(refusal))
        else:
            tell_invited(request, entered, by=user)
            return redirect("person", entered.code)
    return render(request, "people/new.html", {"form": form}, status=422 if form.errors else 200)


def _entered(given: dict[str, Any], by: User) -> User:
    common = {"email": given["email"], "display_name": given["display_name"], "by": by, "now": clock.now()}
    if given["role"] == Role.PRESCRIBER:
        licence = Licence(
            number=given["licence_number"],
            authority=given["licence_authority"],
            valid_until=given["licence_valid_until"],
            specialty=given["specialty"],
        )
        return enter_prescriber(institution=given["institution"], licence=licence, **common).user
    place: dict[str, Any] = {"pharmacy": by.pharmacy} if given["role"] in STAFF else {}
    if given["role"] in ABROAD:
        place = {"institution": given["institution"], "time_zone": given["institution"].time_zone}
    return enter_person(role=given["role"], **place, **common)


def tell_invited(request: HttpRequest, person: User, *, by: User) -> None:
    """Mail the link that sets a password, and say on the next page whether it went out."""
    try:
        form = ResetPasswordForm({"email": person.email})
        form.full_clean()
        # The library keeps the address it mails to in a table of its own, which is captured too.
        with acting(by=by, verb="people.person.invited", business_at=clock.now()):
            form.save(request)
    except (smtplib.SMTPException, OSError) as fault:
        messages.error(
            request, f"{person.display_name} is on record; the link could not be mailed ({fault}). Send it again below."
        )
    else:
        messages.success(request, f"{person.display_name}: a link to set a password was mailed to {person.email}.")


def people_of(user: User) -> QuerySet[User]:
    """Whom this administrator looks after: the own pharmacy's people and everybody outside a pharmacy."""
    return User.objects.filter(Q(pharmacy=user.pharmacy_id) | Q(pharmacy=None), is_service=False)


def administrator(request: HttpRequest) -> User:
    """The signed-in administrator.

    :raises PermissionDenied: for anybody else.
    """
    user: User = request.user  # type: ignore[assignment]
    if user.role != Role.ADMINISTRATOR:
        raise PermissionDenied("People are kept by administrators.", "administrators")
    return user
