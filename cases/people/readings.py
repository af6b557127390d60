"""What auditors read: written with every page and call they open, and read back by those whose record it was."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from cases.audit.context import acting
from cases.people.models import AuditScope, Reading, User


def record_reading(
    *,
    reader: User,
    now: datetime,
    page: str,
    address: str,
    asked: Iterable[str],
    case_reference: str,
    through: str,
    status: int,
) -> Reading:
    """Write down one thing an auditor opened or was refused; on the auditor's own chain, so that it proves itself."""
    with acting(by=reader, verb="people.reading.made", business_at=now):
        return Reading.objects.create(
            reader=reader,
            at=now,
            page=_kept(page, 60),
            address=_kept(address, 200),
            asked=sorted({_kept(name, 200) for name in asked}),
            case_reference=_kept(case_reference, 16),
            through=through,
            status=status,
        )


def _kept(text: str, longest: int) -> str:
    """As PostgreSQL can keep it: an address may hold a NUL character, a text may not."""
    return text.replace("\x00", "\ufffd")[:longest]


def readings_seen_by(user: User) -> QuerySet[Reading]:
    """An auditor's own reads; for the pharmacy's staff, those of every auditor who ever had a scope there."""
    readings = Reading.objects.select_related("reader").order_by("-id")
    if user.only_reads:
        return readings.filter(reader=user)
    return readings.filter(reader__audit_scopes__pharmacy=user.pharmacy_id).distinct()


def running_scopes(auditor: User, *, at: datetime) -> QuerySet[AuditScope]:
    """What an auditor may read at that instant, the one that ends last first."""
    running = Q(valid_from__lte=at, valid_until__gt=at)
    return auditor.audit_scopes.filter(running).select_related("pharmacy").order_by("-valid_until")
