"""The verbs of pharmacovigilance. Importing this package registers them, from the report to the follow-up."""

from cases.lifecycle.verbs import register_verbs
from pharmacovigilance.verbs import attaching, follow_ups, obligations, reports, transmissions, versions

register_verbs(
    *attaching.VERBS, *reports.VERBS, *versions.VERBS, *obligations.VERBS, *transmissions.VERBS, *follow_ups.VERBS
)
