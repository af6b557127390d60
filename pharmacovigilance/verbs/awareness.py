"""Who knew of an event when, told of a version: each party that has a duty counts from its own day."""

from typing import Any

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb
from pharmacovigilance.awareness import COMPANY, PRESCRIBER, SIDES, SPONSOR
from pharmacovigilance.terms import OPEN_VERSION
from pharmacovigilance.verbs.versions import version_of

NOTE = "pharmacovigilance.version.note_awareness"


def _note(situation: Situation) -> models.Model:
    version = version_of(situation)
    for name in SIDES:
        setattr(version, name, situation.facts.get(name))
    version.save()
    return version


def _on_record(name: str) -> Any:
    return lambda situation: getattr(situation.subject, name, None)


VERBS = (
    Verb(
        code=NOTE,
        past="awareness_noted",
        label="Note when others first knew",
        subject="pharmacovigilance.CaseVersion",
        effect=_note,
        offered_when=lambda version: getattr(version, "state", "") in OPEN_VERSION,
        listed=False,
        asks=(
            Ask(
                PRESCRIBER,
                "The day the prescriber or the hospital first knew of it",
                "date",
                required=False,
                hint="Empty when it is not known. Where it is earlier than our own, their clocks count from it.",
                initial=_on_record(PRESCRIBER),
            ),
            Ask(
                COMPANY,
                "The day the manufacturer first knew of it",
                "date",
                required=False,
                hint="Empty when they have it from us, or when it is not known.",
                initial=_on_record(COMPANY),
            ),
            Ask(
                SPONSOR,
                "The day the importer, sponsor or foreign supplier first knew of it",
                "date",
                required=False,
                hint="The earliest of theirs. Empty when they have it from us, or when it is not known.",
                initial=_on_record(SPONSOR),
            ),
        ),
        consequence="Each party has a day 0 of its own. No date becomes later by it.",
    ),
)
