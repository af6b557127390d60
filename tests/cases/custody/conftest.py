"""Fixtures of custody: one case at sourcing."""

import pytest

from tests.cases.custody.builders import Supply, build_supply


@pytest.fixture
def supply(db: None) -> Supply:
    """A case at sourcing on a pathway without gates."""
    return build_supply()
