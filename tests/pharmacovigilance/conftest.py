"""Fixtures of safety: a case whose consignment was dispensed."""

from tests.cases.custody.builders import build_supply
from tests.laid import laid
from tests.pharmacovigilance.builders import Safety


@laid
def safety(db: None) -> Safety:
    """A case on a British pathway, its first consignment dispensed."""
    supply = build_supply()
    supply.bring_to("dispensed")
    return Safety(supply)


@laid
def unsupplied(db: None) -> Safety:
    """The same before anything was supplied."""
    return Safety(build_supply())
