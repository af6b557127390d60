"""What the pathway asks before a step: signed version, reviews, papers, gates, authorization, quantity, paid debts.

Every finding names the fact it looked at and the version of the pathway it comes from, and says so when that version is
an unreviewed draft or a demonstration copy. None of the pathway's gates can be overridden. Importing this package
registers them.
"""

from regulatory.requirements import (  # noqa: F401 - registers
    closing,
    decisions,
    declines,
    emergencies,
    exports,
    filings,
    grant_conditions,
    holds,
    moments,
    naming,
    packs,
    papers,
    reviews,
    route,
    supply,
    versions,
    wrong_papers,
)
