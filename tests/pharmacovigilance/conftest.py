"""Fixtures of safety: a case whose consignment was dispensed."""

import pytest

from tests.cases.custody.builders import build_supply
from tests.pharmacovigilance.builders import Safety


@pytest.fixture
def safety(db: None) -> Safety:
    """A case on a British pathway, its first consignment dispensed."""
    supply = build_supply()
    supply.bring_to("dispensed")
    return Safety(supply)


@pytest.fixture
def unsupplied(db: None) -> Safety:
    """The same before anything was supplied."""
    return Safety(build_supply())
