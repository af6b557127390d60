"""The one clock. All business time comes from :func:`now`; only skins (web, api, tasks, management) call it.

Business time is the true time plus an offset that demonstration and test settings may move forward ("fast-forward
28 days"). The offset lives in one database row, so that web, worker and commands agree; production refuses to move it.
Audit entries keep the true time beside the business time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_offset: ContextVar[timedelta | None] = ContextVar("clock_offset", default=None)


class ClockIsFixed(Exception):
    """Raised when somebody tries to move time where time must not move (production), or to move it back."""


def offset() -> timedelta:
    """How far business time is ahead of true time; zero in production without asking the database."""
    known = _offset.get()
    return known if known is not None else _stored_offset()


def true_now() -> datetime:
    """True time, aware, in UTC: for sessions and records, never for a business date."""
    return datetime.now(UTC)


def now() -> datetime:
    """Business time, aware, in UTC."""
    return true_now() + offset()


@contextmanager
def one_reading() -> Iterator[None]:
    """Read the offset once for a unit of work (a request, a task), so that it costs one query at most."""
    token = _offset.set(_stored_offset())
    try:
        yield
    finally:
        _offset.reset(token)


def forward(*, by_amount: timedelta, moved_by: str) -> timedelta:
    """Move business time forward and return the new offset.

    :raises ClockIsFixed: in production, or for an amount that is not positive.
    """
    from django.conf import settings
    from django.db import transaction

    from cases.clock.models import ClockSetting

    if not _may_move():
        raise ClockIsFixed(f"Time cannot be moved in the {settings.ENVIRONMENT} environment.")
    if by_amount <= timedelta(0):
        raise ClockIsFixed("Time moves forward only: give a positive amount such as 1d, 36h or 28d.")
    with transaction.atomic():
        setting, _ = ClockSetting.objects.select_for_update().get_or_create(pk=1)
        setting.offset += by_amount
        setting.moved_by = moved_by
        setting.moved_at = datetime.now(UTC)
        setting.save()
    if _offset.get() is not None:
        _offset.set(setting.offset)
    ahead: timedelta = setting.offset
    return ahead


def _may_move() -> bool:
    from django.conf import settings

    return settings.ENVIRONMENT in ("demonstration", "test")


def _stored_offset() -> timedelta:
    from cases.clock.models import ClockSetting

    if not _may_move():
        return timedelta(0)
    return ClockSetting.objects.filter(pk=1).values_list("offset", flat=True).first() or timedelta(0)
