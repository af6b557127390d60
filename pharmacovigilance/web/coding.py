"""Dictionaries of the pharmacy: which it holds, importing its own files, and looking a term up in its own copy."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cases import clock
from cases.lifecycle.errors import FactsInvalid, Refused
from cases.lifecycle.forms import PlainText
from cases.people.models import User
from pharmacovigilance.coding.files import LLT, MOST_BYTES, PT
from pharmacovigilance.coding.importing import KEEPERS, order_import, remove_dictionary, rests_on
from pharmacovigilance.coding.services import Kind, look_up, versions_of
from pharmacovigilance.models import CodingDictionary
from pharmacovigilance.refusing import Fault, ListRefused
from pharmacovigilance.web.desk import reader

MOST_FOUND = 50
LONGEST_SEARCH = 100


class ImportForm(forms.Form):
    """A licensee's own files, the version that stands on them, and who says whose licence it is."""

    kind = forms.ChoiceField(label="Dictionary", choices=Kind.choices, widget=forms.RadioSelect, initial=Kind.MEDDRA)
    version = PlainText(
        label="Version", max_length=8, help_text="As it stands on the files, for example 29.0.",
        widget=forms.TextInput(attrs={"size": 8}),
    )  # fmt: skip
    terms = forms.FileField(
        label="Terms", allow_empty_file=True, help_text=f"MedDRA: {LLT}. EDQM: a CSV with the headings code and term."
    )
    preferred = forms.FileField(
        label="Preferred terms", required=False, allow_empty_file=True, help_text=f"MedDRA only: {PT}."
    )
    licensee_confirms = forms.BooleanField(
        label="The pharmacy has its own licence for this dictionary, and these are its own files",
        help_text="Terms are kept for this pharmacy alone and shown to nobody outside it.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") == Kind.MEDDRA and not given.get("preferred"):
            self.add_error("preferred", f"No file was chosen. MedDRA needs {PT} as well.")
        return given

    def contents(self) -> list[bytes]:
        sent = [self.cleaned_data["terms"], self.cleaned_data.get("preferred")]
        return [one.read(MOST_BYTES + 1) for one in sent if one]


@login_required
def safety_coding(request: HttpRequest) -> HttpResponse:
    """What is held and what a search finds; a licensee's files are imported whole or not at all."""
    person = reader(request)
    if request.method != "POST":
        return _page(request, person)
    if person.role not in KEEPERS or person.pharmacy is None:
        raise PermissionDenied("Dictionaries are kept by the pharmacy.", "pharmacists and administrators")
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, person, form=form, status=422)
    given = {name: form.cleaned_data[name] for name in ("version", "licensee_confirms")}
    try:
        ordered = order_import(form.cleaned_data["kind"], form.contents(), by=person, now=clock.now(), **given)
    except FactsInvalid as refusal:
        for name, sentences in refusal.errors.items():
            form.add_error(name, sentences)
        return _page(request, person, form=form, status=422)
    except ListRefused as refusal:
        return _page(request, person, form=form, faults=refusal.faults, more=refusal.more, status=422)
    messages.success(request, f"{ordered} is being kept: {ordered.size} terms. You may leave this page.")
    return redirect("safety_coding")


@login_required
def safety_coding_imports(request: HttpRequest) -> HttpResponse:
    """How far the imports are, as a part of the page; the page loads itself anew when the last one is whole."""
    person = reader(request)
    rows = _being_kept(person)
    answer = render(request, "pharmacovigilance/coding_imports.html", {"being_kept": rows})
    if not rows:
        answer["HX-Refresh"] = "true"
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def safety_coding_remove(request: HttpRequest, number: int) -> HttpResponse:
    """Remove a dictionary that nothing rests on, or say by what it is used."""
    person = reader(request)
    rows = CodingDictionary.objects.filter(pharmacy=person.pharmacy_id, removed_at__isnull=True)
    row = rows.filter(pk=number).first() if person.pharmacy_id else None
    if row is None:
        raise Http404("There is no such dictionary.")
    if person.role not in KEEPERS:
        raise PermissionDenied("Dictionaries are kept by the pharmacy.", "pharmacists and administrators")
    fault, status, reason = "", 200, request.POST.get("reason", "").replace("\x00", "")
    if request.method == "POST":
        try:
            remove_dictionary(row, reason=reason, by=person, now=clock.now())
        except FactsInvalid as refusal:
            fault, status = " ".join(refusal.errors["reason"]), 422
        except Refused as refusal:
            fault, status = refusal.sentence, 409
        else:
            messages.success(request, f"{row} was removed with its terms.")
            return redirect("safety_coding")
    page = {"row": row, "used": rests_on(row), "fault": fault, "reason": reason}
    return render(request, "pharmacovigilance/coding_remove.html", page, status=status)


def _being_kept(person: User) -> list[CodingDictionary]:
    rows = CodingDictionary.objects.filter(pharmacy=person.pharmacy_id, is_whole=False, removed_at__isnull=True)
    return list(rows.select_related("confirmed_by").order_by("confirmed_at", "pk")) if person.pharmacy_id else []


def _page(
    request: HttpRequest,
    person: User,
    *,
    form: ImportForm | None = None,
    faults: Sequence[Fault] = (),
    more: int = 0,
    status: int = 200,
) -> HttpResponse:
    held = {kind: versions_of(person.pharmacy, kind) for kind in Kind.values} if person.pharmacy else {}
    every = [row for rows in held.values() for row in rows]
    sought = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:LONGEST_SEARCH]
    asked = _asked(request.GET.get("in", ""), every)
    found = list(look_up(asked, sought)[: MOST_FOUND + 1]) if asked and sought else []
    page = {
        "held": every,
        "being_kept": _being_kept(person),
        "removed": _removed(person),
        "is_coding": bool(held.get(Kind.MEDDRA)),
        "form": form or ImportForm(),
        "faults": faults,
        "more": more,
        "may_import": person.role in KEEPERS and person.pharmacy is not None,
        "sought": sought,
        "asked": asked,
        "found": found[:MOST_FOUND],
        "is_cut": len(found) > MOST_FOUND,
        "most": MOST_FOUND,
    }
    return render(request, "pharmacovigilance/coding.html", page, status=status)


def _removed(person: User) -> list[CodingDictionary]:
    rows = CodingDictionary.objects.filter(pharmacy=person.pharmacy_id, removed_at__isnull=False)
    return list(rows.select_related("removed_by").order_by("-removed_at", "pk")) if person.pharmacy_id else []


def _asked(number: str, held: list[CodingDictionary]) -> CodingDictionary | None:
    """The dictionary that an address names, else the first held."""
    return next((row for row in held if str(row.pk) == number), next(iter(held), None))
