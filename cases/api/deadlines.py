"""Deadlines with their ledgers."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import TypeAdapter

from cases import clock
from cases.api.auth import caller
from cases.api.refusals import FieldsRefused
from cases.api.shapes import DeadlineLine, DeadlinePage, Instant, Text
from cases.api.taking import found
from cases.deadlines.models import OPEN_STATES, Deadline, DeadlineMove
from cases.deadlines.queries import why
from cases.models import Case
from cases.people.models import User
from cases.people.roles import READ_WHOLE
from cases.querysets import CaseQuerySet

router = Router(tags=["Deadlines"])


@router.get("/deadlines", response=DeadlinePage, summary="Open deadlines, the first due first")
def list_deadlines(
    request: HttpRequest,
    due_before: Instant | None = Query(None, description="an instant with its zone"),
    after: Text | None = Query(None, max_length=400, description="`next` of the page before"),
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, Any]:
    """Of every case that you may see; people abroad see those that they hold."""
    person = caller(request)
    cases = Case.objects.visible_to(person, at=clock.now())
    rows = _rows(person).filter(case__in=cases, state__in=OPEN_STATES).order_by("due_at", "id")
    if due_before is not None:
        rows = rows.filter(due_at__lt=due_before)
    if after is not None:
        due_at, pk = _place(after, cases)
        rows = rows.filter(due_at__gte=due_at).exclude(due_at=due_at, id__lte=pk)
    page = list(rows[: limit + 1])
    last = page[limit - 1] if len(page) > limit else None
    return {
        "deadlines": [deadline_line(row) for row in page[:limit]],
        "next": f"{last.due_at.isoformat()}/{last.case.reference}/{last.key}" if last else None,
    }


def _place(after: str, cases: CaseQuerySet) -> tuple[datetime, int]:
    """Where the page before ended: the date as it stood then, so that moving that deadline skips no other.

    :raises FieldsRefused: for a text that is no `next` of ours.
    """
    due, _, named = after.partition("/")
    reference, _, key = named.partition("/")
    try:
        due_at = TypeAdapter(Instant).validate_python(due)
        last = Deadline.objects.get(case__reference=reference, key=key, case__in=cases)
    except (ValueError, Deadline.DoesNotExist) as wrong:
        told = "No page ended there."
        raise FieldsRefused(("after", after, told, "Send `next` of the page before as it came.")) from wrong
    return due_at, last.pk


@router.get("/cases/{reference}/deadlines", response=list[DeadlineLine], summary="A case's deadlines")
def case_deadlines(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """Open and ended ones, each with the sum behind its date."""
    case = found(request, reference)
    return [deadline_line(row) for row in _rows(caller(request)).filter(case=case).order_by("due_at", "id")]


def _rows(person: User) -> Any:
    moves = DeadlineMove.objects.select_related("by").order_by("number")
    rows = Deadline.objects.select_related("holder", "case").prefetch_related(Prefetch("moves", moves))
    return rows if person.role in READ_WHOLE else rows.filter(holder=person)


def deadline_line(row: Deadline) -> dict[str, Any]:
    """One deadline and the arithmetic behind it; its moves were fetched with it."""
    return {
        "key": row.key,
        "case": row.case.reference,
        "kind": row.kind,
        "label": row.label,
        "subject": row.subject,
        "force": row.force,
        "state": row.state,
        "due_at": row.due_at,
        "due_on": row.due_on,
        "zone": row.zone,
        "ball": row.ball,
        "rule_version": row.rule_version,
        "fact": row.fact,
        "confidence": row.confidence,
        "ledger": [
            {
                "label": entry.label,
                "value": entry.value,
                "detail": entry.detail,
                "total": entry.total,
                "moved": entry.moved,
            }
            for entry in why(row)
        ],
    }
