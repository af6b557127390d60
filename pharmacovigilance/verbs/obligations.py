"""What somebody owes somebody: met, met late, waived by two people, carried by a later version, or not required."""

from datetime import datetime
from typing import Any

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, moves
from cases.people.roles import PHARMACISTS, Role
from pharmacovigilance.models import Obligation, Transmission

PIC_ONLY = frozenset({Role.PHARMACIST_IN_CHARGE})


def obligation_of(situation: Situation) -> Obligation:
    """The obligation a verb acts on.

    :raises TypeError: when the situation is about another record.
    """
    if not isinstance(situation.subject, Obligation):
        raise TypeError(f"{situation.verb.code} acts on an obligation, not on {situation.subject!r}.")
    return situation.subject


def is_late(obligation: Obligation, discharged_at: datetime) -> bool:
    """Whether a report made at that moment misses the obligation's date; without a date nothing is late."""
    return obligation.deadline is not None and discharged_at > obligation.deadline.due_at


def _reported_at(situation: Situation) -> datetime:
    """When the report went out by what is on record, else now: typing it later makes nobody late."""
    obligation, states = situation.subject, Transmission.State
    if not isinstance(obligation, Obligation):
        return situation.now
    sent = obligation.transmissions.filter(state__in=[states.SENT, states.ACCEPTED], sent_at__isnull=False)
    return sent.order_by("sent_at").values_list("sent_at", flat=True).first() or situation.now


def _discharge(situation: Situation) -> models.Model:
    obligation = obligation_of(situation)
    discharged_at = situation.facts["discharged_at"]
    if is_late(obligation, discharged_at):
        obligation.discharge_late(discharged_at=discharged_at)
    else:
        obligation.discharge(discharged_at=discharged_at)
    obligation.save()
    return obligation


def _propose_waiver(situation: Situation) -> models.Model:
    obligation = obligation_of(situation)
    obligation.propose_waiver(waived_by=situation.by, reason=situation.reason)
    obligation.save()
    return obligation


def _verb(code: str, past: str, label: str, **more: Any) -> Verb:
    more.setdefault("effect", moves(code))
    return Verb(
        code=f"pharmacovigilance.obligation.{code}",
        past=past,
        label=label,
        subject="pharmacovigilance.Obligation",
        transition=code,
        **more,
    )


VERBS = (
    _verb(
        "discharge",
        "discharged",
        "Record that it was reported",
        effect=_discharge,
        asks=(
            Ask(
                "discharged_at",
                "When it was reported",
                "moment",
                hint="In time or late is judged by this moment: when it was sent, as far as that is on record.",
                initial=_reported_at,
            ),
            Ask(
                "evidence",
                "Evidence",
                "document",
                required=False,
                hint="Needed unless a transmission was sent from here.",
            ),
            Ask("late_reason", "Why it was late", "long", required=False, hint="Needed only when it was."),
        ),
        consequence="The obligation is done, or done late.",
    ),
    _verb(
        "propose_waiver",
        "waiver_proposed",
        "Propose to waive it",
        effect=_propose_waiver,
        needs_reason=True,
        consequence="It stands until a second person agrees.",
    ),
    _verb(
        "waive",
        "waived",
        "Agree to waive it",
        effect=moves("waive", stamps={"second_person": "by"}),
        roles=PHARMACISTS,
        final=True,
        consequence="Nobody is told; both names stay with it.",
    ),
    _verb(
        "supersede",
        "superseded",
        "Mark it as carried by a later version",
        needs_reason=True,
        consequence="The later version's obligation counts from now on.",
    ),
    _verb(
        "judge_not_required",
        "judged_not_required",
        "Judge it not required",
        roles=PIC_ONLY,
        needs_reason=True,
        final=True,
        consequence="Its date is cancelled; the ground stays on record.",
    ),
)
