"""Migrating without what historical models cost and do not need.

A historical model is rendered anew for every operation on it. Two things make that slow over our migrations; each is
left out while they run, and changes nothing else. Measured for a database from nothing, beside other work: 74 s of
processor time without the first, 7 s without both, and the same database to the letter (columns, checks, indexes,
triggers, functions, rights).

- Each rendering gives every FSMField a receiver of `class_prepared`, which django-fsm-2 4.2.4 never takes back: the
  more operations, the more receivers each new rendering calls. Historical models have no transitions, so that the
  receivers find nothing.
- Django renders with a model everything that points to it and everything it points to: here half the house, for a
  check or a trigger on one table. Where an operation looks at its own table only, its own model will do; Django
  renders all of them afresh before the next function that asks for models (`ProjectState.is_delayed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models
from django.db.migrations.state import ProjectState
from django_fsm import FSMFieldMixin
from pgtrigger.migrations import AddTrigger, RemoveTrigger

Method = Callable[..., Any]
# Django's name for the module of every historical model (django.db.migrations.state).
HISTORICAL = "__fake__"
# Operations that look at their own table only. What alters, renames or takes away may touch keys of others: not here.
OWN_TABLE_ONLY: tuple[tuple[type, str], ...] = (
    (ProjectState, "add_model"),
    (ProjectState, "add_field"),
    (ProjectState, "_append_option"),
    (ProjectState, "_remove_option"),
    (AddTrigger, "state_forwards"),
    (RemoveTrigger, "state_forwards"),
)
_by_itself: ContextVar[bool] = ContextVar("_by_itself", default=False)


@contextmanager
def plain_history() -> Iterator[None]:
    """Within, a state field of a historical model is a plain column, and a model is rendered with few others."""
    with ExitStack() as left_out:
        left_out.enter_context(_instead(FSMFieldMixin, "contribute_to_class", _plain_column))
        left_out.enter_context(_instead(ProjectState, "_find_reload_model", _found_by_itself))
        for owner, name in OWN_TABLE_ONLY:
            left_out.enter_context(_instead(owner, name, _rendered_by_itself))
        yield


@contextmanager
def _instead(owner: type, name: str, make: Callable[[Method], Method]) -> Iterator[None]:
    """A method of another one's class, replaced for a while by what is made of it."""
    usual = getattr(owner, name)
    setattr(owner, name, make(usual))
    try:
        yield
    finally:
        setattr(owner, name, usual)


def _plain_column(usual: Method) -> Method:
    def contribute_to_class(self: Any, cls: type[models.Model], name: str, **options: Any) -> None:
        if cls.__module__ == HISTORICAL:
            models.Field.contribute_to_class(self, cls, name, **options)
        else:
            usual(self, cls, name, **options)

    return contribute_to_class


def _found_by_itself(usual: Method) -> Method:
    def find_reload_model(
        self: ProjectState, app_label: str, model_name: str, delay: bool = False
    ) -> set[tuple[str, str]]:
        if not _by_itself.get():
            found: set[tuple[str, str]] = usual(self, app_label, model_name, delay)
            return found
        self.is_delayed = True
        return {(app_label, model_name)}

    return find_reload_model


def _rendered_by_itself(usual: Method) -> Method:
    def method(self: Any, *arguments: Any, **options: Any) -> None:
        token = _by_itself.set(True)
        try:
            usual(self, *arguments, **options)
        finally:
            _by_itself.reset(token)

    return method
