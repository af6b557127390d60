"""Readings of a case that many requirements share, made once while one checklist is judged.

Between the first requirement of a verb and the last nothing is written, so that an answer cannot grow old meanwhile.
Outside of :func:`reading_once` every call reads anew.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from cases.models import Case

Answer = TypeVar("Answer")
_book: ContextVar[dict[Any, Any] | None] = ContextVar("npp_readings", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """While this is open, what is marked with :func:`once_a_checklist` is read once for each case."""
    token = _book.set({})
    try:
        yield
    finally:
        _book.reset(token)


def once_a_checklist(read: "Callable[[Case], Answer]") -> "Callable[[Case], Answer]":
    """Decorator: keep the answer while a checklist is judged. Whoever gets it must not change it."""

    @wraps(read)
    def kept(case: "Case") -> Answer:
        book = _book.get()
        if book is None or case.pk is None:
            return read(case)
        key = (read, case.pk)
        if key not in book:
            book[key] = read(case)
        answer: Answer = book[key]
        return answer

    return kept
