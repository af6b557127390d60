"""Today: what breaks next, who has the ball, what is new."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from markupsafe import Markup

from cases import clock
from cases.deadlines.queries import WorkRow, breaks_next, waits_on_others
from cases.models import Case
from cases.notices.services import dead_letters
from cases.people.models import User
from cases.web.chrome import home_of
from cases.web.pictures import slack_bar
from cases.web.registries import newly_arrived

PAGE = 40


def home(request: HttpRequest) -> HttpResponse:
    """Lead everybody to the page their role starts on."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    return redirect(home_of(request.user))


@login_required
def today(request: HttpRequest) -> HttpResponse:
    """The pharmacist's day, worst first."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    if not user.is_pharmacist:
        return redirect(home_of(user))
    mine = request.GET.get("whose") == "mine"
    visible = Case.objects.visible_to(user, at=now).open()
    cases = visible.filter(coordinator=user) if mine else visible
    rows = breaks_next(cases, now=now, limit=PAGE)
    return render(
        request,
        "cases/today.html",
        {
            "rows": [(row, _bar(row)) for row in rows],
            "more": len(rows) == PAGE,
            "waiting": waits_on_others(cases, now=now, limit=PAGE),
            "new": newly_arrived(user, now),
            "dead_letters": dead_letters(user).count(),
            "filters": _filters(mine),
        },
    )


def _bar(row: WorkRow) -> Markup:
    """The row's picture: time until harm against time still needed."""
    day = timedelta(days=1)
    return slack_bar(
        needed_days=row.deadline.lead / day,
        days_to_harm=(row.slack + row.deadline.lead) / day,
        key=f"d{row.deadline.pk}",
    )


def _filters(mine: bool) -> list[dict[str, Any]]:
    address = reverse("today")
    return [
        {"label": "Everyone", "url": address, "current": not mine},
        {"label": "My cases", "url": f"{address}?whose=mine", "current": mine},
    ]
