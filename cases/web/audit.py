"""The auditor's pages: search, a case's history with old and new values, the record as of a moment, verification."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Min, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from cases import clock
from cases.access import case_for
from cases.audit.asof import Asked, HistoryLine, count_found, each_found, history, search, state_at
from cases.audit.checkpoints import sealed_of
from cases.audit.models import AuditEntry
from cases.audit.verify import verify
from cases.lifecycle.telling import tell
from cases.lifecycle.verbs import VERBS
from cases.models import Case, CaseEvent
from cases.people.models import User
from cases.people.readings import readings_seen_by, running_scopes
from cases.people.roles import READ_WHOLE
from cases.references import InvalidReference, normalise
from cases.web.audit_export import EXPORTED, as_file
from cases.web.pictures import ticks
from cases.web.record_words import kinds, spoken, spoken_differences, spoken_state
from cases.web.tabs import Tab, register_tab
from cases.web.words import iso_day, iso_moment

# Counted so far and no further: a page must not wait for a million entries.
COUNTED = 10_000
EVENTS, WHOLE = 20, 100_000
# Events are told under “Why was it allowed?”, with the lists they were judged by.
EVENT = CaseEvent._meta.db_table
FIELDS = ("case", "person", "verb", "table", "reason", "since", "until", "request")


@login_required
def audit_search(request: HttpRequest) -> HttpResponse:
    """Entries of every case in scope, newest first; ``format`` gives what was found as a file."""
    user = reader(request)
    cases = Case.objects.visible_to(user, at=clock.now())
    typed = {name: request.GET.get(name, "").replace("\x00", "").strip() for name in FIELDS}
    wrong: list[tuple[str, str]] = []
    asked = _asked(typed, cases, wrong)
    if request.GET.get("format") in EXPORTED and not wrong:
        every = list(each_found(at_most=COUNTED, **asked))
        return as_file(spoken(every), _case_references(every, cases), request.GET["format"], name="audit-search")
    before = request.GET.get("before", "")
    page = search(before_id=int(before) if before.isdecimal() else None, limit=50, **asked) if not wrong else None
    lines = page.lines if page else ()
    found = count_found(at_most=COUNTED + 1, **asked) if page else 0
    query = request.GET.copy()
    query.pop("before", None)
    newest = f"?{query.urlencode()}"
    query["before"] = str(page.next_key or "") if page else ""
    references = _case_references(lines, cases)
    return render(
        request,
        "audit/search.html",
        {
            "lines": [(line, references.get(line.entry.chain, "")) for line in spoken(lines)],
            "older": f"?{query.urlencode()}" if page and page.next_key else "",
            "newest": newest if before else "",
            "typed": typed,
            "wrong": wrong,
            "found": found,
            "counted": COUNTED,
            "kinds": kinds(),
            "verbs": sorted({verb.event for verb in VERBS.values()}),
            "people": _people_of(user, cases),
            "files": _files(request) if found else [],
            **_scope(user, cases),
        },
        status=422 if wrong else 200,
    )


@login_required
def audit_case(request: HttpRequest, reference: str) -> HttpResponse:
    """One case's history, entry by entry; with ``at``, the case as it stood then beside what it is now."""
    user = reader(request)
    case = case_for(user, reference, now=clock.now())
    chain = f"case:{case.pk}"
    if request.GET.get("format") in EXPORTED:
        every = list(each_found(at_most=WHOLE, chains=[chain]))
        return as_file(spoken(every), {chain: case.reference}, request.GET["format"], name=f"history-{case.reference}")
    wrong: list[tuple[str, str]] = []
    at = _instant("at", request.GET.get("at", "").strip(), wrong)
    true_time = request.GET.get("time") == "true"
    before, table = request.GET.get("before", ""), request.GET.get("table", "").replace("\x00", "")
    page = history(chain, before_seq=int(before) if before.isdecimal() else None, limit=40, table=table)
    query = request.GET.copy()
    query["before"] = str(page.next_key or "")
    until_event = request.GET.get("events", "")
    events = _events(case, before=until_event)
    return render(
        request,
        "audit/case.html",
        {
            "case": case,
            "lines": [(line, "") for line in spoken(page.lines)],
            "older": f"?{query.urlencode()}" if page.next_key else "",
            "newest": f"?table={table}" if before else "",
            "table": table,
            "kinds": kinds(),
            "total": AuditEntry.objects.filter(chain=chain).count(),
            "at": at,
            "at_text": request.GET.get("at", ""),
            "true_time": true_time,
            "wrong": wrong,
            "events": [(event, tell(event)) for event in events[:EVENTS]],
            "older_events": f"?events={events[EVENTS - 1].seq}#h-events" if len(events) > EVENTS and not at else "",
            "newest_events": "?#h-events" if until_event else "",
            "files": _files(request),
            **_scope(user, Case.objects.visible_to(user, at=clock.now())),
            **_moments(chain, at=at, true_time=true_time),
            **(_then(chain, at, true_time=true_time) if at else {}),
        },
        status=422 if wrong else 200,
    )


@login_required
def audit_verify(request: HttpRequest, reference: str) -> HttpResponse:
    """Recompute the chain of one case now, and say what was proven and what was not."""
    user = reader(request)
    case = case_for(user, reference, now=clock.now())
    chain = f"case:{case.pk}"
    report, sealed = verify(chain=chain), sealed_of(chain)
    if request.GET.get("format") == "json":
        told = {"case": case.reference, "sealed": sealed.sealed, "checkpoint_at": sealed.at}
        answer = JsonResponse(report.as_json() | told)
        answer["Content-Disposition"] = f'attachment; filename="verification-{case.reference}.json"'
        return answer
    context = {"case": case, "report": report, "sealed": sealed, "checked_at": clock.true_now()}
    return render(request, "audit/verify.html", context)


@login_required
def audit_readings(request: HttpRequest) -> HttpResponse:
    """What auditors read: to an auditor the own reads, to the pharmacy's staff those of every auditor."""
    user = reader(request)
    readings = readings_seen_by(user)
    about = request.GET.get("case", "").replace("\x00", "").strip()
    if about:
        readings = readings.filter(case_reference=about)
    before = request.GET.get("before", "")
    if before.isdecimal():
        readings = readings.filter(id__lt=int(before))
    rows = list(readings[:51])
    query = request.GET.copy()
    query["before"] = str(rows[49].pk) if len(rows) > 50 else ""
    return render(
        request,
        "audit/readings.html",
        {
            "rows": rows[:50],
            "older": f"?{query.urlencode()}" if len(rows) > 50 else "",
            "newest": reverse("audit_readings") if before else "",
            "about": about,
            **_scope(user, Case.objects.visible_to(user, at=clock.now())),
        },
    )


def reader(request: HttpRequest) -> User:
    """The signed-in reader of evidence.

    :raises PermissionDenied: for people abroad.
    """
    user: User = request.user  # type: ignore[assignment]
    if user.role not in READ_WHOLE:
        raise PermissionDenied("The audit trail is read by pharmacists, administrators and auditors.")
    return user


# ---------- What is asked ----------


def _asked(typed: dict[str, str], cases: QuerySet[Case], wrong: list[tuple[str, str]]) -> Asked:
    """The search that a form asks for; what cannot be understood is named with its remedy, and nothing is searched."""
    asked: Asked = {"chains": _chains_of(cases), "verb": typed["verb"], "table": typed["table"]}
    asked["reason"], asked["request_id"] = typed["reason"], typed["request"]
    if typed["case"]:
        asked["chains"] = _chain_named(typed["case"], cases, wrong)
    if typed["person"]:
        codes = list(_named(typed["person"]).values_list("code", flat=True))
        if not codes:
            wrong.append(("person", f"Person: nobody on record is called {typed['person']}. Choose from the list."))
        asked["actor"] = codes
    since = _day("since", "From day", typed["since"], wrong)
    until = _day("until", "To day", typed["until"], wrong)
    if since and until and until < since:
        wrong.append(("until", f"To day: {iso_day(until)} lies before {iso_day(since)}. Give a later day."))
    asked["at_from"] = datetime(since.year, since.month, since.day, tzinfo=UTC) if since else None
    asked["at_until"] = datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1) if until else None
    return asked


def _chain_named(text: str, cases: QuerySet[Case], wrong: list[tuple[str, str]]) -> list[str]:
    try:
        case = cases.filter(reference=normalise(text)).first()
    except InvalidReference as fault:
        wrong.append(("case", f"Case: {fault}"))
        return []
    if case is None:
        wrong.append(("case", f"Case: {text} is no case in your scope. Compare it with the original."))
        return []
    return [f"case:{case.pk}"]


def _named(text: str) -> QuerySet[User]:
    exact = User.objects.filter(display_name__iexact=text) | User.objects.filter(code__iexact=text)
    return exact if exact.exists() else User.objects.filter(display_name__icontains=text)


def _day(name: str, label: str, text: str, wrong: list[tuple[str, str]]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        wrong.append((name, f"{label}: {text} is no day. Write it like 2026-03-04."))
        return None


def _instant(name: str, text: str, wrong: list[tuple[str, str]]) -> datetime | None:
    if not text:
        return None
    plain = text.upper().removesuffix("Z").strip()
    try:
        found = parse_datetime(plain) or parse_datetime(f"{plain} 00:00")
    except ValueError:
        found = None
    if found is None:
        wrong.append((name, f"Moment: {text} cannot be read. Write it like 2026-03-04 14:10 (UTC)."))
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _chains_of(cases: QuerySet[Case]) -> Any:
    """The keys of the chains of these cases, as a question inside the database's own."""
    key = Concat(Value("case:"), Cast("pk", TextField()), output_field=TextField())
    return cases.annotate(chain_key=key).values_list("chain_key", flat=True)


def _case_references(lines: Sequence[HistoryLine], cases: QuerySet[Case]) -> dict[str, str]:
    keys = {line.chain.removeprefix("case:") for line in lines}
    rows = cases.filter(pk__in=[int(key) for key in keys if key.isdecimal()]).values_list("pk", "reference")
    return {f"case:{pk}": reference for pk, reference in rows}


def _people_of(user: User, cases: QuerySet[Case]) -> list[str]:
    """Who may have acted on what this reader sees: the pharmacy's people, those of the cases, service accounts."""
    of_pharmacy = Q(pharmacy__in=cases.values("pharmacy")) | Q(pharmacy=user.pharmacy_id, pharmacy__isnull=False)
    of_cases = Q(prescriber__cases__in=cases) | Q(institution__in=cases.values("institution"))
    people = User.objects.filter(of_pharmacy | of_cases | Q(is_service=True)).distinct().order_by("display_name")
    return list(people.values_list("display_name", flat=True)[:500])


def _files(request: HttpRequest) -> list[tuple[str, str]]:
    query = request.GET.copy()
    query.pop("before", None)
    addresses = []
    for kind in EXPORTED:
        query["format"] = kind
        addresses.append((kind.upper(), f"?{query.urlencode()}"))
    return addresses


def _scope(user: User, cases: QuerySet[Case]) -> dict[str, Any]:
    """What this reader sees and until when; an auditor's reads are logged, and the page says so."""
    scopes = list(running_scopes(user, at=clock.now())) if user.only_reads else []
    return {"in_scope": cases.count(), "scopes": scopes}


def _events(case: Case, *, before: str) -> list[CaseEvent]:
    """The newest events, or those before one; one more than a page, so that the page knows of older ones."""
    events = CaseEvent.objects.filter(case=case).select_related("by").order_by("-seq")
    if before.isdecimal():
        events = events.filter(seq__lt=int(before))
    return list(events[: EVENTS + 1])


# ---------- As of a moment ----------


def _moments(chain: str, *, at: datetime | None, true_time: bool) -> dict[str, Any]:
    """Every moment with entries on one line, so that a reader sees where something happened."""
    when = Coalesce("business_at", "at")
    entries = AuditEntry.objects.filter(chain=chain)
    marks = entries.values("txid").annotate(when=Min("at") if true_time else Min(when)).order_by("when")
    moments = list(marks.values_list("when", flat=True)[:2000])
    return {"track": ticks(moments, at=at), "first": moments[0] if moments else None}


def _then(chain: str, at: datetime, *, true_time: bool) -> dict[str, Any]:
    now = clock.true_now() if true_time else max(clock.now(), clock.true_now())
    then, today = (
        {
            table: rows
            for table, rows in state_at(chain, moment, by_business_time=not true_time).items()
            if table != EVENT
        }
        for moment in (at, now)
    )
    differences, arrivals = spoken_differences(then, today)
    facts = sum(len(row) for rows in then.values() for row in rows.values())
    entries = AuditEntry.objects.filter(chain=chain).annotate(when=Coalesce("business_at", "at"))
    until = entries.filter(at__lte=at) if true_time else entries.filter(when__lte=at)
    changed: dict[str, int] = {}
    for seq, table, row in (
        entries.exclude(pk__in=until.values("pk")).order_by("seq").values_list("seq", "table_name", "row_pk")
    ):
        changed.setdefault(f"{table} {row}", seq)
    return {
        "differences": [(one.record, one.changes, changed.get(one.key)) for one in differences],
        "arrivals": [(one.kind, [(name, changed.get(key)) for key, name in one.records]) for one in arrivals],
        "differing": sum(len(one.changes) for one in differences),
        "facts": facts,
        "stood": spoken_state(then),
        "after": until.count(),
        "now_text": iso_moment(now),
    }


def _tab(case: Case, user: User, now: datetime) -> dict[str, Any]:
    chain = f"case:{case.pk}"
    page = history(chain, limit=15)
    sealed = sealed_of(chain)
    return {"lines": [(line, "") for line in spoken(page.lines)], "sealed": sealed}


register_tab(Tab("audit", "Audit", 90, "audit/tab.html", _tab))
