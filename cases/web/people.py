"""The administrator's list of people."""

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cases import clock
from cases.lifecycle.forms import PlainText
from cases.people.models import Institution, User
from cases.people.roles import Role
from cases.people.services import PersonRefused, end_access, enter_person

OF_THE_PHARMACY = {Role.COORDINATING_PHARMACIST, Role.PHARMACIST_IN_CHARGE, Role.ADMINISTRATOR}
ENTERED = [(role.value, role.label) for role in Role if role != Role.SYSTEM]


class PersonForm(forms.Form):
    """A new person."""

    display_name = PlainText(label="Name as printed on signatures", max_length=120)
    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(label="Role", choices=ENTERED)
    institution = forms.ModelChoiceField(
        label="Institution",
        queryset=Institution.objects.all(),
        required=False,
        help_text="For prescribers, delegates and receiving pharmacists.",
    )


@login_required
def people_list(request: HttpRequest) -> HttpResponse:
    """Everybody with their role, last sign-in and second factor; the form for one more."""
    user = administrator(request)
    form = PersonForm(request.POST or None)
    password, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given: dict[str, Any] = dict(form.cleaned_data)
            if given["role"] in OF_THE_PHARMACY:
                given["pharmacy"] = user.pharmacy
            try:
                person, password = enter_person(by=user, now=clock.now(), **given)
            except PersonRefused as refusal:
                form.add_error("email", str(refusal))
            else:
                messages.success(request, f"{person.display_name} was entered.")
                form, status = PersonForm(), 200
    factors = Authenticator.objects.filter(user=OuterRef("pk"))
    people = User.objects.filter(is_service=False).select_related("pharmacy", "institution")
    return render(
        request,
        "people/list.html",
        {
            "people": list(people.annotate(has_second_factor=Exists(factors)).order_by("-is_active", "display_name")),
            "form": form,
            "password": password,
        },
        status=status,
    )


@login_required
@require_POST
def person_end(request: HttpRequest, code: str) -> HttpResponse:
    """End somebody's access at once."""
    user = administrator(request)
    person = get_object_or_404(User, code=code, is_service=False)
    try:
        end_access(person, reason=request.POST.get("reason", "").replace("\x00", ""), by=user, now=clock.now())
    except PersonRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{person.display_name} is signed out everywhere and can no longer sign in.")
    return redirect("people_list")


def administrator(request: HttpRequest) -> User:
    """The signed-in administrator.

    :raises PermissionDenied: for anybody else.
    """
    user: User = request.user  # type: ignore[assignment]
    if user.role != Role.ADMINISTRATOR:
        raise PermissionDenied("People are kept by administrators.", "administrators")
    return user
