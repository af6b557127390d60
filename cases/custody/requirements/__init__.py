"""What a consignment must satisfy, by the part of its life. Importing this package registers the requirements."""

from cases.custody.requirements import (
    closing,
    corrections,
    dossier,
    handling,
    identity,
    journeys,
    papers,
    partners,
    people,
    planning,
    protocol,
    recalls,
    receiving,
    scanning,
    stages,
    use,
)

__all__ = [
    "closing",
    "corrections",
    "dossier",
    "handling",
    "identity",
    "journeys",
    "papers",
    "partners",
    "people",
    "planning",
    "protocol",
    "recalls",
    "receiving",
    "scanning",
    "stages",
    "use",
]
