"""Today: what breaks next, who has the ball, what is new."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from cases import clock
from cases.countries import name_of
from cases.deadlines.day import COUNTED_UP_TO, Narrowed, Place, Tally, WorkRow, breaks_next, tally, waits_on_others
from cases.deadlines.models import Force, Harm
from cases.models import Case
from cases.notices.services import dead_letters
from cases.people.models import User
from cases.web import words
from cases.web.chrome import home_of
from cases.web.pictures import slack_bar
from cases.web.registries import HouseDate, house_dates, newly_arrived
from cases.web.waiting import waiting_rows

PAGE, ALL, WAITING = 25, 250, 10
# How many days ahead the list looks, by the value in the address: what begins later does not break next.
AHEAD: dict[str, int | None] = {"": 14, "60": 60, "all": None}
SHOWN = ("", "mine", "statutory")
Ball = Literal["", "me", "colleague", "outside"]
BALLS = {"": "Anyone’s ball", "me": "My ball", "colleague": "A colleague’s", "outside": "Outside the house"}


def home(request: HttpRequest) -> HttpResponse:
    """Lead everybody to the page their role starts on."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    return redirect(home_of(request.user))


@login_required
def today(request: HttpRequest) -> HttpResponse:
    """The pharmacist's day, worst first. Everything that narrows it stands in the address."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    if not user.is_pharmacist:
        return redirect(home_of(user))
    asked = _asked(request.GET)
    open_cases = Case.objects.visible_to(user, at=now).open()
    countries = dict(open_cases.order_by().values_list("country").annotate(count=Count("pk")))
    in_country = open_cases.filter(country=asked["country"]) if asked["country"] else open_cases
    cases = in_country.filter(coordinator=user) if asked["show"] == "mine" else in_country
    ahead = AHEAD[asked["within"]]
    narrowed = Narrowed(
        reader=user,
        statutory=asked["show"] == "statutory",
        harm=int(asked["harm"]) if asked["harm"] else None,
        ball=asked["ball"],
        until=(now + timedelta(days=ahead)).date() if ahead is not None else None,
    )
    counts = tally(in_country, narrowed=replace(narrowed, statutory=False))
    total = {"": counts.everyone, "mine": counts.mine, "statutory": counts.statutory}[asked["show"]]
    size = ALL if asked["page"] == "all" else PAGE
    rows = breaks_next(cases, narrowed=narrowed, now=now, limit=size, after=Place.read(asked["after"]))
    waiting, waits = waits_on_others(cases, limit=ALL if asked["page"] == "all" else WAITING)
    house = house_dates(narrowed, country=asked["country"], mine=asked["show"] == "mine", now=now)
    return render(
        request,
        "cases/today.html",
        {
            "rows": [_row(row, user, now) for row in rows],
            "total": total,
            "ahead": ahead,
            "least": _least(cases, narrowed, now) if not rows else None,
            "narrowed": any(asked[name] for name in ("show", "country", "harm", "ball")),
            "everything": _link(asked, show="", country="", harm="", ball="", after=""),
            "first": _link(asked, after="") if asked["after"] else "",
            "next": _link(asked, after=str(rows[-1].place)) if len(rows) == size < total else "",
            "show_all": _link(asked, page="all", after="") if PAGE < total <= ALL and size == PAGE else "",
            "further": _further(asked),
            "house": [_house_row(one, user, now) for one in house],
            "waiting": waiting_rows(waiting, now=now),
            "waits": waits,
            "counted_up_to": COUNTED_UP_TO,
            "new": newly_arrived(user, now),
            "dead_letters": dead_letters(user).count(),
            "filters": _filters(asked, counts),
            "selects": _selects(asked, countries),
            "kept": [(name, asked[name]) for name in ("show", "within") if asked[name]],
        },
    )


def _asked(query: QueryDict) -> dict[str, Any]:
    """The address, with what it cannot mean left out: a shared or mistyped link still shows the day."""
    known: Mapping[str, Any] = {
        "show": SHOWN,
        "within": AHEAD,
        "ball": get_args(Ball),
        "harm": {str(harm.value) for harm in Harm},
        "page": ("all",),
    }
    asked = {name: query.get(name, "") if query.get(name, "") in allowed else "" for name, allowed in known.items()}
    country = query.get("country", "")
    return asked | {
        "country": country if len(country) == 2 and country.isascii() and country.isalpha() else "",
        "after": query.get("after", "") if Place.read(query.get("after", "")) else "",
    }


def _row(row: WorkRow, user: User, now: datetime) -> dict[str, Any]:
    """A row of the work list in the words of the component."""
    deadline, case = row.deadline, row.case
    day = timedelta(days=1)
    today = now.astimezone(words.zone_of(deadline.zone)).date()
    due = words.day(deadline.due_on, today=today)
    past = now > deadline.due_at
    said = {Force.EXPIRY: due}.get(Force(deadline.force), f"{'was due' if past else 'due'} {due}")
    label = words.without_remark(deadline.label)
    needs = f"Needs {words.distance(deadline.lead)}, so begin by {words.day(deadline.act_on, today=today)}. "
    mine = deadline.holder_id == user.pk or (
        not deadline.holder_id and not deadline.holder_party and deadline.holder_role == user.role
    )
    return {
        "slack": words.slack(row.slack),
        "reference": case.reference,
        "url": reverse("case", args=[case.reference]),
        "preview": f"{reverse('today_preview', args=[case.reference])}?date={deadline.pk}",
        "what": f"{label} {said}" if deadline.force == Force.EXPIRY else f"{label}, {said}",
        "patient": case.initials,
        "place": case.country_name,
        "product": str(case.medicine),
        "harm": row.harm,
        "why": f"{needs if deadline.lead else ''}{words.capital(str(deadline.get_force_display()))}.",
        "bar": slack_bar(
            needed_days=deadline.lead / day,
            days_to_harm=(row.slack + deadline.lead) / day,
            key=f"d{deadline.pk}",
        ),
        "ball": "You" if mine else words.capital(words.without_remark(deadline.ball)),
        "ball_note": f"since {words.day(deadline.opened_at, today=today, zone=deadline.zone)}",
        "more": row.more,
        "more_url": reverse("case_tab", args=[case.reference, "deadlines"]),
    }


def _house_row(one: HouseDate, user: User, now: datetime) -> dict[str, Any]:
    """A date of the house in the words of the same component: a partner or a place stands where a case stands."""
    today = now.astimezone(words.zone_of(one.zone)).date()
    slack, due = one.due_at - now, words.day(one.due_on, today=today)
    return {
        "slack": words.slack(slack),
        "reference": one.about,
        "url": one.url,
        "what": f"{one.what}, last day {'was ' if now > one.due_at else ''}{due}",
        "place": one.place,
        "harm": f"{words.capital(str(one.harm.label))}.",
        "why": one.because,
        "bar": slack_bar(needed_days=0, days_to_harm=slack / timedelta(days=1), key=one.key),
        "ball": "You" if one.owner == user else one.owner.display_name if one.owner else "Nobody yet",
        "ball_note": f"since {words.day(one.opened_at, today=today, zone=one.zone)}",
    }


def _least(cases: Any, narrowed: Narrowed, now: datetime) -> dict[str, Any] | None:
    """What breaks first beyond the days that were looked at, for a quiet day."""
    found = breaks_next(cases, narrowed=replace(narrowed, until=None), now=now, limit=1)
    return _row(found[0], narrowed.reader, now) if found else None


def _filters(asked: dict[str, Any], counts: Tally) -> list[dict[str, Any]]:
    entries = (
        ("", "Everyone", counts.everyone),
        ("mine", "My cases", counts.mine),
        ("statutory", "Statutory only", counts.statutory),
    )
    return [
        {"label": label, "url": _link(asked, show=value, after=""), "current": asked["show"] == value, "count": count}
        for value, label, count in entries
    ]


def _selects(asked: dict[str, Any], countries: dict[str, int]) -> list[dict[str, Any]]:
    there = sorted(({*countries} | {asked["country"]}) - {""}, key=name_of)
    choices = {
        "country": ("Country", [("", "Every country"), *((code, name_of(code)) for code in there)]),
        "harm": ("Harm", [("", "Every harm"), *((str(one.value), words.capital(one.label)) for one in reversed(Harm))]),
        "ball": ("Who has the ball", list(BALLS.items())),
    }
    return [
        {"name": name, "label": label, "options": options, "chosen": asked[name]}
        for name, (label, options) in choices.items()
    ]


def _further(asked: dict[str, Any]) -> list[dict[str, str]]:
    labels = {"": "the next 14 days", "60": "the next 60 days", "all": "everything that runs"}
    return [
        {"label": f"Show {label}", "url": _link(asked, within=value, after="", page="")}
        for value, label in labels.items()
        if value != asked["within"]
    ]


def _link(asked: dict[str, Any], **changes: str) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in (asked | changes).items() if value})
    return f"{reverse('today')}?{query.urlencode()}" if query else reverse("today")
