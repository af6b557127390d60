"""The branch's verbs, by record. Importing this package registers them (see ``RegulatoryConfig.ready``)."""

from regulatory.verbs import authorizations, decisions, filings, packs, pathway_events, questions, reviews, scopes  # noqa: F401 - registers
