"""Migrating without the cost of state machines in historical models.

Each rendering of a model's history gives every FSMField a receiver of `class_prepared`, which django-fsm-2 4.2.4 never
takes back: the more operations, the more receivers each new rendering calls. Historical models have no transitions, so
that the receivers find nothing. Measured over our migrations: 24 s of processor time with them, 13 s without.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models
from django_fsm import FSMFieldMixin

# Django's name for the module of every historical model (django.db.migrations.state).
HISTORICAL = "__fake__"


@contextmanager
def plain_history() -> Iterator[None]:
    """Within, a state field of a historical model is a plain column; those of the real models stay what they are."""
    usual = FSMFieldMixin.contribute_to_class

    def contribute_to_class(self: Any, cls: type[models.Model], name: str, **options: Any) -> None:
        if cls.__module__ == HISTORICAL:
            models.Field.contribute_to_class(self, cls, name, **options)
        else:
            usual(self, cls, name, **options)

    FSMFieldMixin.contribute_to_class = contribute_to_class
    try:
        yield
    finally:
        FSMFieldMixin.contribute_to_class = usual
