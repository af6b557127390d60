"""The line listing as a page and as CSV: locked versions by medicine, lot and period."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases import clock
from cases.lifecycle.typed_days import NotADay, read_day
from cases.people.models import User
from cases.print.cells import csv_of
from pharmacovigilance.desk import LISTED
from pharmacovigilance.listing import HEADS, Asked, listed, lots_of, medicines_of, row_of, rows_of
from pharmacovigilance.web.desk import reader

FIELDS = ("medicine", "lot", "since", "until")
SHOWN = ("case", "version", "day 0", "suspect medicine", "lot", "event", "outcome", "serious", "causality", "expected")


@dataclass(frozen=True, slots=True)
class _Read:
    asked: Asked
    faults: dict[str, str]


@login_required
def safety_line_listing(request: HttpRequest) -> HttpResponse:
    """What was asked for; ``format=csv`` gives all of it as a file. 422 where a word cannot be used."""
    person, now = reader(request), clock.now()
    typed = {name: request.GET.get(name, "").replace("\x00", "").strip() for name in FIELDS}
    read = _read(typed, person)
    versions = listed(person, read.asked, now=now)
    if request.GET.get("format") == "csv" and not read.faults:
        response = HttpResponse(csv_of(HEADS, rows_of(versions)), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="safety-line-listing.csv"'
        return response
    query = request.GET.copy()
    query["format"] = "csv"
    page: dict[str, Any] = {
        "typed": typed,
        "faults": read.faults,
        "medicines": medicines_of(person, now=now),
        "lots": lots_of(person, now=now),
        "total": 0 if read.faults else versions.count(),
        "listed": LISTED,
        "rows": [] if read.faults else [_shown(version) for version in versions[:LISTED]],
        "file": f"?{query.urlencode()}",
    }
    return render(request, "pharmacovigilance/line_listing.html", page, status=422 if read.faults else 200)


def _shown(version: Any) -> tuple[Any, dict[str, str]]:
    cells = dict(zip(HEADS, row_of(version), strict=True))
    return version, {name.replace(" ", "_"): cells[name] for name in SHOWN}


def _read(typed: dict[str, str], person: User) -> _Read:
    faults: dict[str, str] = {}
    days: dict[str, date | None] = {}
    for name in ("since", "until"):
        days[name] = None
        try:
            days[name] = read_day(typed[name]) if typed[name] else None
        except NotADay as wrong:
            faults[name] = str(wrong)
    since, until = days["since"], days["until"]
    if since and until and since > until:
        faults["until"] = f"{until:%-d %b %Y} lies before {since:%-d %b %Y}. Exchange the two."
    medicine = None
    if typed["medicine"]:
        known = medicines_of(person, now=clock.now())
        is_number = typed["medicine"].isascii() and typed["medicine"].isdecimal() and len(typed["medicine"]) < 10
        medicine = known.filter(pk=typed["medicine"]).first() if is_number else None
        if medicine is None:
            faults["medicine"] = f"There is no medicine {typed['medicine']!r} here. Choose one of the list."
    return _Read(Asked(medicine, typed["lot"], since, until), faults)
