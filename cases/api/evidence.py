"""What was recorded of a case, entry by entry, and whether it still proves itself; for those who read evidence."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from cases.api.auth import only
from cases.api.shapes import Line
from cases.api.taking import found
from cases.audit.asof import HistoryLine, history
from cases.audit.verify import verify
from cases.people.models import User
from cases.people.roles import READ_WHOLE

router = Router(tags=["Evidence"])
_WHO = "The audit trail is read by pharmacists, administrators and auditors."


class ChangeLine(Schema):
    """One field before and after. What is encrypted is a word here."""

    column: str
    label: str
    old: Any
    new: Any
    hidden: bool


class HistoryEntry(Schema):
    """One entry of the audit trail."""

    seq: int
    at: datetime = Field(description="True time.")
    business_at: datetime | None = Field(description="The time of the business clock, when it was told.")
    actor: str = Field(description="The person's code.", examples=["P-7K3MQ2D9"])
    actor_name: str
    on_behalf_of: str
    verb: str
    reason: str
    request_id: str
    table: str
    row: str
    operation: str = Field(examples=["changed"])
    changes: list[ChangeLine]
    hash: str = Field(description="SHA-256 of the chain up to this entry, in hexadecimal.")


class HistoryPage(Schema):
    entries: list[HistoryEntry]
    next: int | None = Field(description="Give it as `before` to read on; null at the end.")


class Verification(Schema):
    """What was recomputed now, and what was found."""

    case: str
    ok: bool = Field(description="True when nothing was found.")
    scope: str
    checked: dict[str, int]
    seconds: float
    findings: list[dict[str, Any]] = Field(
        description="What does not agree, as `manage.py verify_audit --json` has it."
    )


@router.get("/cases/{reference}/history", response=HistoryPage, summary="The audit trail of a case")
def read_history(
    request: HttpRequest,
    reference: str,
    before: int | None = Query(None, ge=0, le=2**53, description="`next` of the page before"),
    limit: int = Query(50, ge=1, le=200),
    table: Line = Query("", description="one table only, for example regulatory_filing"),
) -> dict[str, Any]:
    """Every entry with old and new values, newest first. For pharmacists, administrators and auditors."""
    only(request, READ_WHOLE, _WHO)
    case = found(request, reference)
    page = history(f"case:{case.pk}", before_seq=before, limit=limit, table=table)
    codes = {line.actor for line in page.lines}
    names = dict(User.objects.filter(code__in=codes).values_list("code", "display_name"))
    return {"entries": [_entry(line, names) for line in page.lines], "next": page.next_key}


@router.get("/cases/{reference}/verification", response=Verification, summary="Verify the chain of a case")
def read_verification(request: HttpRequest, reference: str) -> dict[str, Any]:
    """Recomputed now, from the first entry to the head, and compared with the rows as they stand."""
    only(request, READ_WHOLE, _WHO)
    case = found(request, reference)
    return verify(chain=f"case:{case.pk}").as_json() | {"case": case.reference}


def _entry(line: HistoryLine, names: dict[str, str]) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "at": line.at,
        "business_at": line.business_at,
        "actor": line.actor,
        "actor_name": names.get(line.actor, ""),
        "on_behalf_of": line.on_behalf_of,
        "verb": line.verb,
        "reason": line.reason,
        "request_id": line.request_id,
        "table": line.table,
        "row": line.row,
        "operation": line.op.label,
        "changes": [
            {
                "column": change.column,
                "label": change.label,
                "old": change.old,
                "new": change.new,
                "hidden": change.hidden,
            }
            for change in line.changes
        ],
        "hash": line.hash,
    }
