"""Deadlines with their ledgers."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest
from ninja import Query, Router

from cases import clock
from cases.api.cases import READING, found
from cases.api.shapes import DeadlineLine
from cases.deadlines.models import Deadline, DeadlineMove
from cases.deadlines.queries import why
from cases.models import Case

router = Router(tags=["deadlines"])


@router.get("/deadlines", response={200: list[DeadlineLine], **READING}, summary="Open deadlines, the first due first")
def list_deadlines(
    request: HttpRequest, due_before: datetime | None = Query(None), limit: int = Query(50, ge=1, le=200)
) -> list[dict[str, Any]]:
    """Of every case this person may see."""
    cases = Case.objects.visible_to(request.auth, at=clock.now())  # type: ignore[attr-defined]
    rows = _rows().filter(case__in=cases, state__in=["running", "paused", "missed"]).order_by("due_at", "id")
    if due_before is not None:
        rows = rows.filter(due_at__lt=due_before)
    return [deadline_line(row) for row in rows[:limit]]


@router.get("/cases/{reference}/deadlines", response={200: list[DeadlineLine], **READING}, summary="A case's deadlines")
def case_deadlines(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """Open and ended ones, each with the sum behind its date."""
    return [deadline_line(row) for row in _rows().filter(case=found(request, reference)).order_by("due_at", "id")]


def _rows() -> Any:
    moves = DeadlineMove.objects.select_related("by").order_by("number")
    return Deadline.objects.select_related("holder", "case").prefetch_related(Prefetch("moves", moves))


def deadline_line(row: Deadline) -> dict[str, Any]:
    return {
        "key": row.key,
        "case": row.case.reference,
        "kind": row.kind,
        "label": row.label,
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
