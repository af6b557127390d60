"""Dated lists: which edition stood on a day, its entries and source; entered by one person, confirmed by another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cases import clock
from cases.lifecycle.errors import Refused, RequirementsUnmet
from cases.lifecycle.typed_days import NotADay, read_day
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from regulatory.lists.models import ListEdition, ListPlace
from regulatory.lists.services import (
    KEEPERS,
    SUBJECTS,
    confirm_edition,
    edition_on,
    enter_edition,
    lists_of,
    place_medicine,
    withdraw_edition,
)
from regulatory.profiles.words import list_title
from regulatory.web.list_forms import ConfirmForm, EditionForm, PlaceForm, WithdrawForm
from regulatory.web.standing import staff

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One list: the pathways that read it, what stands today, and what waits for a second person."""

    name: str
    title: str
    pathways: tuple[str, ...]
    standing: ListEdition | None
    waiting: int
    editions: int


@login_required
def list_list(request: HttpRequest) -> HttpResponse:
    """Every list that a pathway reads."""
    staff(request)
    today = clock.now().date()
    of_list: dict[str, list[ListEdition]] = {}
    for row in ListEdition.objects.defer("entries"):
        of_list.setdefault(row.name, []).append(row)
    lines = [
        Line(
            name,
            list_title(name),
            pathways,
            edition_on(of_list.get(name, ()), today),
            sum(row.state == ListEdition.State.ENTERED for row in of_list.get(name, ())),
            len(of_list.get(name, ())),
        )
        for name, pathways in lists_of().items()
    ]
    return render(request, "regulatory/lists.html", {"lines": sorted(lines, key=lambda line: line.title)})


@login_required
def list_page(request: HttpRequest, name: str) -> HttpResponse:
    """One list: which edition stood on a day, all editions, and the medicines that stand in it."""
    return _list_page(request, staff(request), _known(name))


@login_required
def list_enter(request: HttpRequest, name: str) -> HttpResponse:
    """Enter an edition."""
    user, name = _keeper(request), _known(name)
    form = EditionForm(request.POST if request.method == "POST" else None)
    refused: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = enter_edition(name=name, by=user, now=clock.now(), **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, f"Edition {made.edition} was entered. It counts once somebody else confirms it.")
            return redirect("list_edition", name, made.pk)
    status = 200 if request.method != "POST" else 409 if refused else 422
    context = {"name": name, "title": list_title(name), "form": form, "refused": refused, "unmet": _unmet(refused)}
    return render(request, "regulatory/list_enter.html", context, status=status)


@login_required
def list_edition(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One edition with its entries, where it comes from, and who stands behind it."""
    return _edition_page(request, staff(request), _found(name, number))


@login_required
@require_POST
def list_confirm(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """A second person read it against its source."""
    user, row = _keeper(request), _found(name, number)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _edition_page(request, user, row, confirming=form, status=422)
    return _do(request, user, row, "confirmed", lambda: confirm_edition(row, by=user, now=clock.now()))


@login_required
@require_POST
def list_withdraw(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """It was entered in error."""
    user, row = _keeper(request), _found(name, number)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _edition_page(request, user, row, form=form, status=422)
    reason = form.cleaned_data["reason"]
    return _do(request, user, row, "withdrawn", lambda: withdraw_edition(row, reason=reason, by=user, now=clock.now()))


@login_required
@require_POST
def list_place(request: HttpRequest, name: str) -> HttpResponse:
    """Say under which entry a medicine stands."""
    user, name = staff(request), _known(name)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        if user.role not in PHARMACISTS:
            raise PermissionDenied("A medicine is placed in a list by a pharmacist.", "pharmacists")
        return _list_page(request, user, name, form=form, status=422)
    try:
        placed = place_medicine(name=name, by=user, now=clock.now(), **form.cleaned_data)
    except Refused as refusal:
        return _list_page(request, user, name, form=form, refused=refusal, status=_status(refusal))
    messages.success(request, f"{placed.medicine} stands under {placed.key}.")
    return redirect("list_page", name)


def _list_page(
    request: HttpRequest,
    user: User,
    name: str,
    *,
    form: PlaceForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    editions = list(ListEdition.objects.filter(name=name).defer("entries").select_related("entered_by", "confirmed_by"))
    typed = request.GET.get("on", "").replace("\x00", "").strip()
    asked, wrong = clock.now().date(), ""
    try:
        asked = read_day(typed) if typed else asked
    except NotADay as sentence:
        wrong = str(sentence)
    context = {
        "name": name,
        "title": list_title(name),
        "pathways": lists_of()[name],
        "editions": editions,
        "typed": typed,
        "wrong": wrong,
        "asked": asked,
        "standing": None if wrong else edition_on(editions, asked),
        "of_medicines": name not in SUBJECTS,
        "places": list(ListPlace.objects.filter(name=name).select_related("medicine", "set_by").order_by("medicine")),
        "may_enter": user.role in KEEPERS,
        "may_place": user.role in PHARMACISTS,
        "form": form or PlaceForm(),
        "refused": refused,
        "unmet": _unmet(refused),
    }
    return render(request, "regulatory/list.html", context, status=422 if wrong else status)


def _edition_page(
    request: HttpRequest,
    user: User,
    row: ListEdition,
    *,
    form: WithdrawForm | None = None,
    confirming: ConfirmForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    sought = request.GET.get("q", "").replace("\x00", "").strip()
    entries = [entry for entry in row.entries if _fits(entry, sought)]
    may_keep = user.role in KEEPERS
    context = {
        "row": row,
        "title": list_title(row.name),
        "sought": sought,
        "entries": entries[:MOST_SHOWN],
        "found": len(entries),
        "may_confirm": may_keep and row.state == ListEdition.State.ENTERED and row.entered_by_id != user.pk,
        "waits_for_another": may_keep and row.state == ListEdition.State.ENTERED and row.entered_by_id == user.pk,
        "may_withdraw": may_keep and row.state != ListEdition.State.WITHDRAWN,
        "form": form or WithdrawForm(),
        "confirming": confirming or ConfirmForm(),
        "refused": refused,
        "unmet": _unmet(refused),
    }
    return render(request, "regulatory/list_edition.html", context, status=status)


def _fits(entry: Mapping[str, Any], sought: str) -> bool:
    return all(part in f"{entry['key']} {entry['words']}".casefold() for part in sought.casefold().split())


def _do(request: HttpRequest, user: User, row: ListEdition, done: str, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        form = WithdrawForm(request.POST)
        fresh = ListEdition.objects.get(pk=row.pk)
        return _edition_page(request, user, fresh, form=form, refused=refusal, status=_status(refusal))
    messages.success(request, f"Edition {row.edition} was {done}.")
    return redirect(reverse("list_edition", args=[row.name, row.pk]))


def _keeper(request: HttpRequest) -> User:
    user = staff(request)
    if user.role not in KEEPERS:
        raise PermissionDenied("Lists are kept by the pharmacy.", "pharmacists and administrators")
    return user


def _status(refusal: Refused) -> int:
    return 409 if isinstance(refusal, RequirementsUnmet) else 403


def _unmet(refusal: Refused | None) -> list[Any]:
    return list(refusal.unmet) if isinstance(refusal, RequirementsUnmet) else []


def _known(name: str) -> str:
    if name not in lists_of():
        raise Http404("No pathway reads such a list.")
    return name


def _found(name: str, number: int) -> ListEdition:
    rows = ListEdition.objects.filter(name=_known(name), pk=number)
    row = rows.select_related("entered_by", "confirmed_by", "ended_by").first()
    if row is None:
        raise Http404("There is no such edition.")
    return row
