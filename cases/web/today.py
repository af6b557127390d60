"""Today: what breaks next, who has the ball, what is new."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cases import clock
from cases.deadlines.services import breaks_next
from cases.models import Case
from cases.notices.services import dead_letters
from cases.people.models import User
from cases.web.chrome import home_of
from cases.web.registries import newly_arrived, waiting_on_others

PAGE = 40


def home(request: HttpRequest) -> HttpResponse:
    """Lead everybody to the page their role starts on."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    return redirect(home_of(request.user))  # type: ignore[arg-type]


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
            "rows": rows,
            "more": len(rows) == PAGE,
            "waiting": waiting_on_others(user, now),
            "new": newly_arrived(user, now),
            "dead_letters": dead_letters(user),
            "filters": _filters(mine, visible, user),
        },
    )


def _filters(mine: bool, visible: Any, user: User) -> list[dict[str, Any]]:
    address = reverse("today")
    return [
        {"label": "Everyone", "url": address, "current": not mine},
        {"label": "My cases", "url": f"{address}?whose=mine", "current": mine},
    ]
