"""What the tests of papers share: a case with a locked version."""

from tests.laid import laid
from tests.pharmacovigilance.builders import Safety


@laid
def locked_safety(safety: Safety) -> Safety:
    """A dose from a known lot, one report, its version locked."""
    safety.attach(safety.receive(dose=safety.dose()))
    safety.assess()
    safety.lock()
    return safety
