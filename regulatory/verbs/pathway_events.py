"""What happened outside this system, and what a named person attests: facts that only people can bring."""

from typing import cast

from django.db import models
from django.db.models import Q

from cases.deadlines.models import OPEN_STATES, Deadline, Force
from cases.deadlines.services import meet
from cases.lifecycle.verbs import Ask, Situation, Verb, register_verbs
from cases.people.roles import PHARMACISTS, Role
from regulatory.conditions import ANSWERED_BY, Condition, conditions_asked_of, conditions_of, statement_of
from regulatory.models import Attestation, PathwayEvent
from regulatory.pathway import Statement, event_names, profile_of, statements
from regulatory.profiles.loader import load
from regulatory.recording import BY_VERB, DERIVED, governing_filing, record_event
from regulatory.verbs.filings import WHEN

# Dates that their own records end: an acknowledgement, an answer, an appeal, a review, a letter.
BY_OWN_VERB = (
    "regulatory.acknowledgement", "regulatory.question", "regulatory.review", "regulatory.decision_letter",
    "regulatory.grant_condition", "regulatory.paper_again",
)  # fmt: skip

# Which accounts may sign for which role of the data. Other roles have no account here: their word comes as a document.
ACCOUNTS_FOR_ROLE = {
    "treating_prescriber": frozenset({Role.PRESCRIBER}),
    "coordinating_pharmacy": PHARMACISTS,
    "dea_registered_exporter": PHARMACISTS,
    "hospital_pharmacist": frozenset({Role.RECEIVING_PHARMACIST}),
    "community_pharmacist": frozenset({Role.RECEIVING_PHARMACIST}),
    "importing_professional": frozenset({Role.RECEIVING_PHARMACIST}),
}


def _record(situation: Situation) -> models.Model:
    facts = situation.facts
    record_event(
        situation.case,
        facts["name"],
        at=facts["happened_at"],
        filing=governing_filing(situation.case) if facts["name"] in _OF_A_FILING else None,
        recipient=facts.get("recipient", ""),
        channel=facts.get("channel", ""),
    )
    return situation.case


# What belongs to one filing and must not speak for the next; everything else is of the case.
_OF_A_FILING = frozenset({"clinical_hold", "documents_complete", "ethics_opinion_given", "statement_completed"})


def _withdraw(situation: Situation) -> models.Model:
    event: PathwayEvent = situation.facts["event"]
    event.withdrawn_at = situation.now
    event.save(update_fields=["withdrawn_at"])
    return situation.case


def _attest(situation: Situation) -> models.Model:
    statement = cast(Statement, statement_named(situation))
    Attestation.objects.create(
        case=situation.case,
        role=statement.role,
        statement=statement.text,
        gate_fact=statement.fact,
        attested_by=situation.by,
        attested_at=situation.now,
    )
    return situation.case


def statement_named(situation: Situation) -> Statement | None:
    """The statement that was chosen, as the pinned version words it."""
    wanted = situation.facts.get("statement")
    found = statements(profile_of(situation.case.profile_version))
    return next((statement for statement in found if statement.code == wanted), None)


def _names(situation: Situation) -> list[tuple[str, str]]:
    outside = [name for name in event_names() if name not in BY_VERB and name not in DERIVED]
    return [(name, name.replace("_", " ")) for name in outside]


def _recipients(situation: Situation) -> list[tuple[str, str]]:
    return [("", "nobody in particular"), *((name, name.replace("_", " ")) for name in load().vocabularies["role"])]


def _channels(situation: Situation) -> list[tuple[str, str]]:
    return [("", "not stated"), *((name, name.replace("_", " ")) for name in load().vocabularies["channel"])]


def _answer(situation: Situation) -> models.Model:
    condition = next(entry for entry in _conditions(situation) if entry.facts[0] == situation.facts["condition"])
    Attestation.objects.create(
        case=situation.case,
        role=ANSWERED_BY,
        statement=statement_of(condition, applies=situation.facts["applies"]),
        gate_fact=condition.facts[0],
        attested_by=situation.by,
        attested_at=situation.now,
    )
    return situation.case


def _conditions(situation: Situation) -> list[Condition]:
    return conditions_asked_of(situation.case)


def _condition_choices(situation: Situation) -> list[tuple[str, str]]:
    return [(condition.facts[0], condition.text) for condition in _conditions(situation)]


def _first_unanswered(situation: Situation) -> str | None:
    answered = conditions_of(situation.case)
    return next((one.facts[0] for one in _conditions(situation) if one.key not in answered), None)


def _discharge(situation: Situation) -> models.Model:
    meet(
        deadline=situation.facts["deadline"],
        on=situation.facts["happened_at"],
        by=situation.by,
        now=situation.now,
        reason=situation.reason,
    )
    return situation.case


def _dischargeable(situation: Situation) -> "models.QuerySet[Deadline]":
    """Open duties of the pathway; windows and expiries end by time, filings and reviews by their own verbs."""
    return (
        Deadline.objects.filter(case_id=situation.case.pk, kind__startswith="regulatory.", state__in=OPEN_STATES)
        .exclude(Q(force__in=(Force.WAITING_WINDOW, Force.EXPIRY)) | Q(kind__in=BY_OWN_VERB))
        .order_by("due_at")
    )


def _has_dischargeable(record: models.Model) -> bool:
    return (
        Deadline.objects.filter(case_id=record.pk, kind__startswith="regulatory.", state__in=OPEN_STATES)
        .exclude(Q(force__in=(Force.WAITING_WINDOW, Force.EXPIRY)) | Q(kind__in=BY_OWN_VERB))
        .exists()
    )


def _standing(situation: Situation) -> "models.QuerySet[PathwayEvent]":
    """Events typed in by hand; those of a verb are corrected by a verb."""
    return situation.case.pathway_events.filter(withdrawn_at__isnull=True).exclude(name__in=BY_VERB).order_by("-id")


def _statements(situation: Situation) -> list[tuple[str, str]]:
    return [
        (statement.code, f"{statement.text} ({statement.role.replace('_', ' ')})")
        for statement in statements(profile_of(situation.case.profile_version))
    ]


def _has_statements(record: models.Model) -> bool:
    return bool(statements(profile_of(record.profile_version)))  # type: ignore[attr-defined]


def _has_events(record: models.Model) -> bool:
    return PathwayEvent.objects.filter(case_id=record.pk, withdrawn_at__isnull=True).exclude(name__in=BY_VERB).exists()


register_verbs(
    Verb(
        code="regulatory.pathway_event.record",
        past="recorded",
        label="Record an outside event",
        subject="regulatory.PathwayEvent",
        creates=True,
        effect=_record,
        asks=(
            Ask("name", "What happened", "choice", options=_names),
            *WHEN,
            Ask("recipient", "To whom", "choice", required=False, options=_recipients),
            Ask("channel", "By which way", "choice", required=False, options=_channels),
        ),
        consequence="Gates and duties that look at this event are judged anew.",
    ),
    Verb(
        code="regulatory.pathway_event.withdraw",
        past="withdrawn",
        label="Withdraw an event recorded in error",
        subject="cases.Case",
        effect=_withdraw,
        offered_when=_has_events,
        asks=(Ask("event", "Which event", "record", options=_standing),),
        needs_reason=True,
        consequence="It stays on record as withdrawn; gates and duties no longer look at it.",
    ),
    Verb(
        code="regulatory.attestation.sign",
        past="signed",
        label="Attest",
        subject="regulatory.Attestation",
        creates=True,
        effect=_attest,
        roles=PHARMACISTS | {Role.PRESCRIBER, Role.RECEIVING_PHARMACIST},
        asks=(Ask("statement", "Which statement", "choice", options=_statements),),
        consequence="Your name stands under this statement, word for word. A gate of the pathway rests on it.",
    ),
    Verb(
        code="regulatory.condition.answer",
        past="answered",
        label="Answer a condition of the pathway",
        subject="regulatory.Attestation",
        creates=True,
        effect=_answer,
        asks=(
            Ask("condition", "Which condition", "choice", options=_condition_choices, initial=_first_unanswered),
            Ask("applies", "Does it apply to this case?", "yesno"),
        ),
        consequence="Papers and duties that hang on it are asked for, or no longer. Your name stands under it.",
    ),
    Verb(
        code="regulatory.duty.discharge",
        past="discharged",
        label="Record that a duty was done",
        subject="cases.Case",
        effect=_discharge,
        offered_when=_has_dischargeable,
        asks=(
            Ask("deadline", "Which duty", "record", options=_dischargeable),
            *WHEN,
            Ask(
                "evidence",
                "Evidence",
                "document",
                required=False,
                hint="Needed for a duty of an outside party: its confirmation, its report.",
            ),
        ),
        consequence="It counts as met, or as met late, by the moment you give.",
    ),
)
