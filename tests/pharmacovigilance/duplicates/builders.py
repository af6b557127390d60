"""Two safety cases of one house."""

from dataclasses import dataclass

from pharmacovigilance.models import SafetyCase
from tests.pharmacovigilance.builders import Safety


@dataclass
class Pair:
    """Two cases, or one case twice, each with a safety case."""

    one: Safety
    other: Safety
    first: SafetyCase
    second: SafetyCase
