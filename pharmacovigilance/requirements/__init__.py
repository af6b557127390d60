"""What safety work must hold, by what it is about. Importing this package registers the requirements."""

from pharmacovigilance.requirements import (
    closing,
    coding,
    follow_ups,
    identifiers,
    judging,
    moments,
    obligations,
    transmissions,
    versions,
)

__all__ = [
    "closing",
    "coding",
    "follow_ups",
    "identifiers",
    "judging",
    "moments",
    "obligations",
    "transmissions",
    "versions",
]
