"""What the database holds, counted: a refusal must leave every table as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model

from cases.lifecycle.errors import Refused

OWN_APPS = ("cases", "custody", "regulatory", "pharmacovigilance", "deadlines", "notices", "documents")


def rows() -> dict[str, int]:
    """The number of rows of every table of the product, by model."""
    models = [model for label in OWN_APPS for model in apps.get_app_config(label).get_models()]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(map(_counted, models)))
        return dict(cursor.fetchall())


def _counted(model: type[Model]) -> str:
    return f"SELECT '{model._meta.label}', count(*) FROM {connection.ops.quote_name(model._meta.db_table)}"  # noqa: S608


@contextmanager
def refused_and_nothing_written(kind: type[Refused]) -> Iterator[pytest.ExceptionInfo[Refused]]:
    """The block is refused in that way, and no row was written anywhere."""
    before = rows()
    with pytest.raises(kind) as refusal:
        yield refusal
    assert rows() == before
