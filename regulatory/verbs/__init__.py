"""The branch's verbs, by record. Importing this package registers them (see ``RegulatoryConfig.ready``)."""

from regulatory.verbs import (  # noqa: F401 - registers
    authorizations,
    decisions,
    declines,
    emergencies,
    exports,
    filings,
    grant_conditions,
    packs,
    pathway_events,
    questions,
    reviews,
    rule_changes,
    scopes,
    standing_authority,
)
