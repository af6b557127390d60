"""A safety case that a partner has."""

from tests.laid import laid
from tests.pharmacovigilance.builders import Safety


@laid
def number(safety: Safety) -> str:
    """Our number of a safety case whose report was sent to the manufacturer on 20 March."""
    version = safety.locked()
    safety.send(safety.prepare(safety.obligation("CONTRACT.silent")))
    return version.safety_case.worldwide_id
