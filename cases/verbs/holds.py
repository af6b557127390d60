"""Holds, overrides and notes."""

from django.db import models

from cases.lifecycle.checklist import requirements_of
from cases.lifecycle.verbs import VERBS, Ask, Situation, Verb, moves, next_number, register_verbs
from cases.models import Hold, HoldKind, Note, Override
from cases.people.roles import PHARMACISTS, PRESCRIBING, Role


def _place(situation: Situation) -> models.Model:
    return Hold.objects.create(
        case=situation.case,
        number=next_number(situation.case.holds),
        placed_by=situation.by,
        placed_at=situation.now,
        reason=situation.reason,
        **situation.facts,
    )


def _lift(situation: Situation) -> models.Model:
    hold = situation.record(Hold)
    hold.lifted_by = situation.by
    hold.lifted_at = situation.now
    hold.save()
    return hold


def _write(situation: Situation) -> models.Model:
    Note.objects.create(
        case=situation.case,
        text=situation.facts.pop("text"),
        audience=situation.facts["audience"],
        written_by=situation.by,
        written_at=situation.now,
    )
    return situation.case


def _propose(situation: Situation) -> models.Model:
    return Override.objects.create(
        case=situation.case,
        number=next_number(situation.case.overrides),
        verb=situation.facts["verb"],
        subject=situation.facts.get("record", ""),
        requirement=situation.facts["requirement"],
        reason=situation.reason,
        proposed_by=situation.by,
        proposed_at=situation.now,
    )


def _overridable(situation: Situation) -> list[tuple[str, str]]:
    return [
        (code, verb.label) for code, verb in VERBS.items() if any(entry.overridable for entry in requirements_of(code))
    ]


PIC_ONLY = frozenset({Role.PHARMACIST_IN_CHARGE})

register_verbs(
    Verb(
        code="cases.hold.place",
        past="placed",
        label="Place a hold",
        subject="cases.Hold",
        creates=True,
        effect=_place,
        roles=PHARMACISTS,
        asks=(
            Ask("kind", "What is held", "choice", options=HoldKind.choices),
            Ask("until", "What ends the hold", hint="For example: until Dr Ferrante has called."),
        ),
        needs_reason=True,
        consequence="Stops what its kind stops, across all stages, until somebody lifts it.",
    ),
    Verb(
        code="cases.hold.lift",
        past="lifted",
        label="Lift the hold",
        subject="cases.Hold",
        effect=_lift,
        offered_when=lambda hold: getattr(hold, "lifted_at", None) is None,
        needs_reason=True,
        consequence="What it stopped may go on at once.",
    ),
    Verb(
        code="cases.override.propose",
        past="proposed",
        label="Ask for an override",
        subject="cases.Override",
        creates=True,
        effect=_propose,
        roles=PIC_ONLY,
        asks=(
            Ask("verb", "For which step", "choice", options=_overridable),
            Ask("record", "On which record", required=False, hint="For example C-1; empty for the case itself."),
            Ask("requirement", "Which requirement", hint="Its code, as the checklist shows it."),
        ),
        needs_reason=True,
        consequence="A second person has to confirm it. It serves once.",
    ),
    Verb(
        code="cases.override.confirm",
        past="confirmed",
        label="Confirm the override",
        subject="cases.Override",
        transition="confirm",
        effect=moves("confirm", stamps={"second_person": "by", "decided_at": "now"}),
        consequence="The step may be taken once in spite of this requirement; both names stay with it.",
    ),
    Verb(
        code="cases.override.decline",
        past="declined",
        label="Decline the override",
        subject="cases.Override",
        transition="decline",
        effect=moves("decline", stamps={"second_person": "by", "decided_at": "now"}),
        consequence="The requirement stands.",
    ),
    Verb(
        code="cases.note.write",
        past="written",
        label="Write a note",
        subject="cases.Note",
        creates=True,
        effect=_write,
        roles=PHARMACISTS | PRESCRIBING | {Role.RECEIVING_PHARMACIST},
        asks=(
            Ask("text", "Note", "long", hint="No patient name, birth date or contact."),
            Ask(
                "audience",
                "Who reads it",
                "choice",
                options=Note.Audience.choices,
                initial=lambda situation: Note.Audience.INTERNAL,
            ),
        ),
        consequence="Kept with the case; it cannot be edited, only followed by another.",
    ),
)
