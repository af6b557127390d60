"""Fixtures of custody: one case at sourcing."""

from tests.cases.custody.builders import Supply, build_supply
from tests.laid import laid


@laid
def supply(db: None) -> Supply:
    """A case at sourcing on a pathway without gates."""
    return build_supply()


# -- how far its first consignment has come; each stage is laid over the one before


@laid
def ordered(supply: Supply) -> Supply:
    supply.plan()
    supply.order()
    return supply


@laid
def allocated(ordered: Supply) -> Supply:
    ordered.allocate()
    return ordered


@laid
def released(allocated: Supply) -> Supply:
    allocated.release()
    return allocated


@laid
def in_transit(released: Supply) -> Supply:
    released.dispatch()
    return released


@laid
def arrived(in_transit: Supply) -> Supply:
    in_transit.arrive()
    return in_transit


@laid
def accepted(arrived: Supply) -> Supply:
    for step in (arrived.inspect, arrived.measure, arrived.decide, arrived.accept):
        step()
    return arrived


@laid
def dispensed(accepted: Supply) -> Supply:
    accepted.dispense()
    return accepted
