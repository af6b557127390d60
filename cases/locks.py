"""The cases that the running deed holds locked: what it brings about need not lock and read them again.

A lock that was taken when a deed began lasts to its end, whatever is rolled back inside of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Held = TypeVar("Held")
_held: ContextVar[Mapping[int, Any]] = ContextVar("npp_held_cases", default={})  # noqa: B039 - never changed in place


@contextmanager
def holding(case: Held) -> Iterator[Held]:
    """Within this block the row of the case, just read or just written, is locked by the transaction around it."""
    token = _held.set({**_held.get(), case.pk: case})  # type: ignore[attr-defined]
    try:
        yield case
    finally:
        _held.reset(token)


def held_case(pk: int) -> Any:
    """The case as the running deed locked it; None when it has not."""
    return _held.get().get(pk)
