"""The auditor's pages: search, a case's history with old and new values, the record as of a moment, verification."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from cases import clock
from cases.access import case_for
from cases.audit.asof import HistoryLine, compare, history, search, state_at
from cases.audit.capture import captures
from cases.audit.models import AuditEntry
from cases.audit.verify import verify
from cases.lifecycle.telling import tell
from cases.models import Case, CaseEvent
from cases.people.models import User
from cases.people.roles import READ_WHOLE
from cases.web.tabs import Tab, register_tab

ASKED = ("actor", "verb", "table", "reason")


@login_required
def audit_search(request: HttpRequest) -> HttpResponse:
    """Entries of every case in scope, newest first, by actor, verb, table, reason and time."""
    user = reader(request)
    cases = dict(Case.objects.visible_to(user, at=clock.now()).values_list("pk", "reference"))
    asked = {
        name: request.GET.get(name, "").replace("\x00", "").strip() for name in ("actor", "verb", "table", "reason")
    }
    wrong: list[str] = []
    since, until = (_moment(request, name, wrong) for name in ("since", "until"))
    before = request.GET.get("before", "")
    person = User.objects.filter(display_name__iexact=asked["actor"]).values_list("code", flat=True).first()
    page = search(
        chains=[f"case:{pk}" for pk in cases],
        actor=person or asked["actor"],
        verb=asked["verb"],
        table=asked["table"],
        reason=asked["reason"],
        at_from=since,
        at_until=until,
        before_id=int(before) if before.isdecimal() else None,
        limit=50,
    )
    names = _names(page.lines)
    query = request.GET.copy()
    query["before"] = str(page.next_key or "")
    return render(
        request,
        "audit/search.html",
        {
            "lines": [(line, names.get(line.actor, line.actor), _case_of(line, cases)) for line in page.lines],
            "older": f"{reverse('audit_search')}?{query.urlencode()}" if page.next_key else "",
            "asked": asked,
            "since": request.GET.get("since", ""),
            "until": request.GET.get("until", ""),
            "wrong": wrong,
            "tables": [capture.table for capture in captures()],
            "in_scope": len(cases),
        },
    )


@login_required
def audit_case(request: HttpRequest, reference: str) -> HttpResponse:
    """One case's history, entry by entry; with ``at``, the record as it stood then beside what it is now."""
    user = reader(request)
    case = case_for(user, reference, now=clock.now())
    chain = f"case:{case.pk}"
    wrong: list[str] = []
    at = _moment(request, "at", wrong)
    before = request.GET.get("before", "")
    page = history(chain, before_seq=int(before) if before.isdecimal() else None, limit=40)
    names = _names(page.lines)
    then_and_now: list[Any] = []
    if at is not None:
        then_and_now = compare(state_at(chain, at), state_at(chain, datetime.now(UTC)))
    return render(
        request,
        "audit/case.html",
        {
            "case": case,
            "lines": [(line, names.get(line.actor, line.actor)) for line in page.lines],
            "older": f"{reverse('audit_case', args=[reference])}?before={page.next_key}" if page.next_key else "",
            "total": AuditEntry.objects.filter(chain=chain).count(),
            "at": at,
            "at_text": request.GET.get("at", ""),
            "differences": then_and_now,
            "wrong": wrong,
            "events": [
                (event, tell(event))
                for event in CaseEvent.objects.filter(case=case).select_related("by").order_by("-seq")[:100]
            ],
        },
    )


@login_required
def audit_verify(request: HttpRequest, reference: str) -> HttpResponse:
    """Recompute the chain of one case now, and say what was proven and what was not."""
    user = reader(request)
    case = case_for(user, reference, now=clock.now())
    report = verify(chain=f"case:{case.pk}")
    if request.GET.get("format") == "json":
        answer = JsonResponse(report.as_json() | {"case": case.reference})
        answer["Content-Disposition"] = f'attachment; filename="verification-{case.reference}.json"'
        return answer
    return render(request, "audit/verify.html", {"case": case, "report": report})


def reader(request: HttpRequest) -> User:
    """The signed-in reader of evidence.

    :raises PermissionDenied: for people abroad.
    """
    user: User = request.user  # type: ignore[assignment]
    if user.role not in READ_WHOLE:
        raise PermissionDenied("The audit trail is read by pharmacists, administrators and auditors.")
    return user


def _moment(request: HttpRequest, name: str, wrong: list[str]) -> datetime | None:
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        wrong.append(f"{text} is no moment: write it like 2026-03-04T14:10 (UTC).")
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _names(lines: tuple[HistoryLine, ...]) -> dict[str, str]:
    codes = {line.actor for line in lines}
    return dict(User.objects.filter(code__in=codes).values_list("code", "display_name"))


def _case_of(line: HistoryLine, cases: dict[int, str]) -> str:
    key = line.chain.removeprefix("case:")
    return cases.get(int(key), "") if key.isdecimal() else ""


def _tab(case: Case, user: User, now: datetime) -> dict[str, Any]:
    page = history(f"case:{case.pk}", limit=15)
    names = _names(page.lines)
    return {"lines": [(line, names.get(line.actor, line.actor)) for line in page.lines]}


register_tab(Tab("audit", "Audit", 90, "audit/tab.html", _tab))
