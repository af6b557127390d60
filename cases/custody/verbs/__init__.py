"""The verbs of a consignment. Importing this package registers them, in the order of a consignment's life."""

from cases.custody.verbs import (
    contents,
    corrections,
    disposition,
    dossier,
    handling,
    identity,
    journeys,
    papers,
    planning,
    recalls,
    receiving,
    scanning,
    stock,
    suspects,
    temperature,
    transit,
    use,
)
from cases.lifecycle.verbs import register_verbs

register_verbs(
    *planning.VERBS,
    *handling.VERBS,
    *journeys.VERBS,
    *transit.VERBS,
    *receiving.INSPECTION,
    *temperature.VERBS,
    *disposition.VERBS,
    *receiving.VERBS,
    *use.VERBS,
    *stock.VERBS,
    *contents.VERBS,
    *identity.VERBS,
    *scanning.VERBS,
    *papers.VERBS,
    *suspects.VERBS,
    *corrections.VERBS,
    *recalls.VERBS,
    *dossier.VERBS,
)
