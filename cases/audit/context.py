"""Who acts, and why: the frame that the database asks for before it accepts a regulated write.

Sources: 21 CFR 11.10(e), Annex 11 section 9, ALCOA+ "attributable"; ADR 2.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from cases.audit.errors import MissingActor


class Actor(Protocol):
    """A person or a service account: whoever has a code that never changes and never names anybody."""

    @property
    def code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Deed:
    """The values that every entry written inside one `acting` block carries."""

    actor: str
    verb: str
    reason: str = ""
    request_id: str = ""
    on_behalf_of: str = ""
    business_at: datetime | None = None

    def settings(self) -> tuple[str, ...]:
        """The six transaction-local settings, in the order of `_SETTINGS`."""
        return (
            self.actor,
            self.on_behalf_of,
            self.verb,
            self.reason,
            self.request_id,
            self.business_at.astimezone(UTC).isoformat() if self.business_at else "",
        )


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a request or a task knows before any deed is begun in it."""

    by: Actor | None = None
    request_id: str = ""
    business_at: datetime | None = None


_SETTINGS = (
    "npp.actor",
    "npp.on_behalf_of",
    "npp.verb",
    "npp.reason",
    "npp.request_id",
    "npp.business_at",
)
_SET_ALL = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in _SETTINGS)
_NOBODY = ("",) * len(_SETTINGS)

_defaults: ContextVar[Defaults] = ContextVar("npp_audit_defaults", default=Defaults())  # noqa: B039 - frozen
_deeds: ContextVar[tuple[tuple[str, Deed], ...]] = ContextVar("npp_audit_deeds", default=())


@contextmanager
def request_defaults(
    *,
    by: Actor | None = None,
    request_id: str = "",
    business_at: datetime | None = None,
) -> Iterator[Defaults]:
    """Give every `acting` block inside this one a default actor, request and business time.

    Web middleware, API authentication and tasks open it; it writes nothing and opens no transaction.
    """
    outer = _defaults.get()
    inner = Defaults(
        by=by or outer.by,
        request_id=request_id or outer.request_id,
        business_at=business_at or outer.business_at,
    )
    token = _defaults.set(inner)
    try:
        yield inner
    finally:
        _defaults.reset(token)


def current_deed(using: str = DEFAULT_DB_ALIAS) -> Deed | None:
    """The deed that is being done on this database connection, or None outside of `acting`."""
    return next((deed for alias, deed in reversed(_deeds.get()) if alias == using), None)


@contextmanager
def acting(
    *,
    by: Actor | None = None,
    verb: str,
    reason: str = "",
    request_id: str = "",
    on_behalf_of: Actor | None = None,
    business_at: datetime | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Iterator[Deed]:
    """Do one deed in one transaction, so that the database knows who wrote each row and why.

    `by` is the person or service account; `verb` is past tense and dotted, owner first
    ("regulatory.filing.submitted"); `business_at` is an aware instant, kept beside the true time. A nested block
    takes reason, request, delegation and business time from the block around it where it gives none of its own, and
    the outer values are back when it ends. Raises MissingActor when nobody acts and ValueError for a missing verb
    or a naive instant.
    """
    deed = _deed(
        by=by,
        verb=verb,
        reason=reason,
        request_id=request_id,
        on_behalf_of=on_behalf_of,
        business_at=business_at,
        outer=current_deed(using),
    )
    with _frame(deed, using=using):
        yield deed


def _deed(
    *,
    by: Actor | None,
    verb: str,
    reason: str,
    request_id: str,
    on_behalf_of: Actor | None,
    business_at: datetime | None,
    outer: Deed | None,
) -> Deed:
    defaults = _defaults.get()
    actor = code_of(by if by is not None else defaults.by)
    if not verb:
        raise ValueError("A deed needs a verb, past tense and dotted, such as 'cases.case.opened'.")
    if business_at is not None and business_at.tzinfo is None:
        raise ValueError(f"business_at must carry a time zone; {business_at.isoformat()} has none.")
    deed = Deed(
        actor=actor,
        verb=verb,
        reason=reason,
        request_id=request_id or defaults.request_id,
        on_behalf_of=code_of(on_behalf_of) if on_behalf_of is not None else "",
        business_at=business_at or defaults.business_at,
    )
    if outer is None:
        return deed
    return replace(
        deed,
        reason=deed.reason or outer.reason,
        request_id=request_id or outer.request_id or deed.request_id,
        on_behalf_of=deed.on_behalf_of or (outer.on_behalf_of if outer.actor == deed.actor else ""),
        business_at=business_at or outer.business_at or deed.business_at,
    )


def code_of(actor: Actor | None) -> str:
    """The code of a person or service account. Raises MissingActor for nobody, an anonymous visitor, an empty code."""
    if actor is None:
        raise MissingActor("A regulated write needs a person or a service account: pass by=user to acting().")
    code = getattr(actor, "code", "")
    if not isinstance(code, str) or not code.strip():
        raise MissingActor(
            f"{type(actor).__name__} has no code to record a deed under: sign in, or use a service account."
        )
    return code


@contextmanager
def _frame(deed: Deed, *, using: str) -> Iterator[None]:
    connection = connections[using]
    outer = current_deed(using)
    nested_in_transaction = connection.in_atomic_block
    changes = outer != deed
    with transaction.atomic(using=using):
        if changes:
            with connection.cursor() as cursor:
                cursor.execute(_SET_ALL, deed.settings())
        token = _deeds.set((*_deeds.get(), (using, deed)))
        try:
            yield
        finally:
            _deeds.reset(token)
        # A rollback to the savepoint restores the settings by itself; after a success in a transaction that
        # goes on, they must be put back by hand.
        if changes and nested_in_transaction and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(_SET_ALL, outer.settings() if outer else _NOBODY)
