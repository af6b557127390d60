"""What the database holds, counted: a refusal must leave every table as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps

from cases.lifecycle.errors import Refused

OWN_APPS = ("cases", "custody", "regulatory", "pharmacovigilance", "deadlines", "notices", "documents")


def rows() -> dict[str, int]:
    """The number of rows of every table of the product, by model."""
    models = [model for label in OWN_APPS for model in apps.get_app_config(label).get_models()]
    return {model._meta.label: model._default_manager.count() for model in models}


@contextmanager
def refused_and_nothing_written(kind: type[Refused]) -> Iterator[pytest.ExceptionInfo[Refused]]:
    """The block is refused in that way, and no row was written anywhere."""
    before = rows()
    with pytest.raises(kind) as refusal:
        yield refusal
    assert rows() == before
