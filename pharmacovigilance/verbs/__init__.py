"""The verbs of pharmacovigilance. Importing this package registers them, from the report to the follow-up."""

from cases.lifecycle.verbs import register_verbs
from pharmacovigilance.verbs import (
    attaching,
    awareness,
    coding,
    completing,
    events,
    follow_ups,
    identifiers,
    judging,
    obligations,
    reports,
    transmissions,
    versions,
)

for room in (
    attaching,
    reports,
    versions,
    awareness,
    completing,
    events,
    coding,
    judging,
    obligations,
    transmissions,
    follow_ups,
    identifiers,
):
    register_verbs(*room.VERBS)
