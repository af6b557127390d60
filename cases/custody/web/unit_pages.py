"""One pack: where it stands, every line of its ledger, and what was known of it on one day about another."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from cases import clock
from cases.access import case_for
from cases.custody.fold import Movement, Position, in_effect, positions_at
from cases.custody.ledger import faults_of_chain, movements_of
from cases.custody.models import CustodyEvent, Unit, UnitState
from cases.custody.said import said_of
from cases.custody.verifying import speaks_against
from cases.lifecycle.typed_days import MomentField
from cases.people.models import User
from cases.people.roles import READ_WHOLE


class MomentsForm(forms.Form):
    """Which moment is asked about, and what had been recorded by when."""

    about = MomentField(label="Where was it at", required=False, help_text="UTC, by the time it happened. Blank: now.")
    known = MomentField(
        label="By what was known on", required=False, help_text="UTC, by the time it was recorded. Blank: now."
    )


@login_required
def unit(request: HttpRequest, reference: str, gtin: str, serial: str) -> HttpResponse:
    """A late entry, or one put right, shows as the two answers differ."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role not in READ_WHOLE:
        raise PermissionDenied(
            "The ledger of a pack is read by the pharmacy and its auditors.", "pharmacists, auditors"
        )
    found = _pack(case, gtin, serial)
    form = MomentsForm(request.GET if {"about", "known"} & set(request.GET) else None)
    asked = form.is_bound and form.is_valid()
    about: datetime = (form.cleaned_data["about"] if asked else None) or now
    known: datetime = (form.cleaned_data["known"] if asked else None) or now
    movements = movements_of([found])
    by_then = [one for one in movements if one.id in _recorded(found, known)]
    context = {
        "case": case,
        "unit": found,
        "form": form,
        "asked": asked,
        "about": about,
        "known": known,
        "then": _told(positions_at(by_then, about).get(found.pk)),
        "today": _told(positions_at(movements, about).get(found.pk)),
        "lines": _lines(found, movements, by_then, known),
        "faults": faults_of_chain([found]),
        "verifications": [
            ("harm" if speaks_against(one) else "good", one.told)
            for one in found.verification_results.order_by("answered_at", "pk")
        ],
        "recalls": list(found.recalls.select_related("part").order_by("pk")),
    }
    return render(request, "custody/unit.html", context, status=422 if form.is_bound and not asked else 200)


def _pack(case: Any, gtin: str, serial: str) -> Unit:
    known = Unit.objects.select_related("lot__supplier", "consignment", "lot__medicine")
    found = None if "\x00" in gtin + serial else known.filter(case=case, gtin=gtin, serial=serial).first()
    if found is None:
        raise Http404("This case has no such pack.")
    return found


def _recorded(unit: Unit, known: datetime) -> set[int]:
    lines = CustodyEvent.objects.filter(units=unit, recorded_at__lte=known)
    return set(lines.values_list("pk", flat=True))


def _told(position: Position | None) -> dict[str, str] | None:
    if position is None:
        return None
    label = UnitState(position.state).label
    return {"state": position.state, "said": label, "holder": position.holder, "place": position.place}


def _lines(unit: Unit, movements: list[Movement], by_then: list[Movement], known: datetime) -> list[dict[str, Any]]:
    """Every line in order of record, whether it counts by now, and whether it was known by then."""
    counts, then = ({one.id for one in in_effect(some)} for some in (movements, by_then))
    events = CustodyEvent.objects.filter(units=unit).select_related("recorded_by", "corrects").order_by("pk")
    return [
        {
            "event": event,
            "said": said_of(event),
            "counts": event.pk in counts,
            "counted_then": event.pk in then,
            "was_known": event.recorded_at <= known,
        }
        for event in events
    ]
