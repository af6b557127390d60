"""Cases: search, filters, keyset paging."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cases import clock
from cases.models import Case, Medicine, Stage
from cases.people.models import User

PAGE = 50


@login_required
def case_list(request: HttpRequest) -> HttpResponse:
    """Every case this person may see; the newest first, filtered by stage and country, searched by text."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    if not user.is_pharmacist and not user.only_reads and user.role != "administrator":
        return redirect("own_cases")
    visible = Case.objects.visible_to(user, at=now)
    stage, country, text = (request.GET.get(name, "").replace("\x00", "") for name in ("stage", "country", "q"))
    cases = visible.matching(text)
    if stage == "open":
        cases = cases.open()
    elif stage in Stage.values:
        cases = cases.filter(stage=stage)
    if country:
        cases = cases.filter(country=country)
    before = request.GET.get("before", "")
    if before.isdigit():
        cases = cases.filter(pk__lt=min(int(before), 2**62))
    rows = list(cases.with_people().order_by("-pk")[: PAGE + 1])
    if text and len(rows) == 1 and not before:
        return redirect("case", rows[0].reference)
    counts = dict(visible.values_list("stage").annotate(n=Count("pk")).order_by())
    return render(
        request,
        "cases/list.html",
        {
            "rows": rows[:PAGE],
            "older": _link(request, before=str(rows[PAGE - 1].pk)) if len(rows) > PAGE else "",
            "newest": _link(request, before="") if before else "",
            "filters": _filters(request, counts, stage),
            "search_text": text,
            "medicines": list(Medicine.objects.filter(name__icontains=text.strip())[:5]) if text.strip() else [],
            "total": sum(counts.values()),
        },
    )


def _filters(request: HttpRequest, counts: dict[str, int], stage: str) -> list[dict[str, Any]]:
    open_cases = sum(n for name, n in counts.items() if name != Stage.CLOSED)
    entries: list[dict[str, Any]] = [
        {
            "label": "All",
            "url": _link(request, stage="", before=""),
            "current": not stage,
            "count": sum(counts.values()),
        },
        {
            "label": "Open",
            "url": _link(request, stage="open", before=""),
            "current": stage == "open",
            "count": open_cases,
        },
    ]
    entries += [_filter(request, known.label, known.value, stage, counts.get(known.value, 0)) for known in Stage]
    return entries


def _filter(request: HttpRequest, label: str, value: str, stage: str, count: int) -> dict[str, Any]:
    return {"label": label, "url": _link(request, stage=value, before=""), "current": stage == value, "count": count}


def _link(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
        if not value:
            del query[name]
    return f"{reverse('case_list')}?{query.urlencode()}" if query else reverse("case_list")
