"""Numbers that other senders gave a safety case are noted beside ours."""

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, next_number
from pharmacovigilance.models import OtherIdentifier, SafetyCase


def _note(situation: Situation) -> models.Model:
    facts, case = situation.facts, situation.case
    return OtherIdentifier.objects.create(
        case=case,
        safety_case=facts["safety_case"],
        number=next_number(case.other_identifiers),
        source=facts["source"],
        identifier=facts["identifier"],
        noted_by=situation.by,
        noted_at=situation.now,
    )


def _safety_cases(situation: Situation) -> "models.QuerySet[SafetyCase]":
    return situation.case.safety_cases.order_by("number")


VERBS = (
    Verb(
        code="pharmacovigilance.other_identifier.note",
        past="noted",
        label="Note another sender’s number",
        subject="pharmacovigilance.OtherIdentifier",
        creates=True,
        effect=_note,
        asks=(
            Ask("safety_case", "Safety case", "record", options=_safety_cases),
            Ask("source", "Who gave it", hint="The sender as it names itself; at most 100 characters."),
            Ask("identifier", "Their number", hint="As it stands in their message; at most 100 characters."),
        ),
        consequence="Ours stays as it is. Safety cases with the same number are shown as possible duplicates.",
    ),
)
