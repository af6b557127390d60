"""Putting a line of the custody ledger right: the wrong one stays, another takes its place."""

from django.db import models

from cases.custody.fold import DID_NOT_OCCUR
from cases.custody.ledger import correct_event
from cases.custody.models import Consignment, CustodyEvent
from cases.custody.verbs.common import consignment_of, source_of, verb
from cases.lifecycle.verbs import Ask, Situation

SIGNED = ("holding", "accepting")
# Lines whose moment the consignment repeats, so that lists need no ledger: a corrected one changes both.
MOMENTS = {
    ("shipping", "in_transit"): "dispatched_at",
    ("receiving", "in_progress"): "arrived_at",
    ("dispensing", "dispensed"): "dispensed_at",
}


def standing_events(situation: Situation) -> "models.QuerySet[CustodyEvent]":
    """The lines of this consignment that nothing has corrected yet, and that are not taken away themselves.

    A decision is signed: it is not put right, another one is signed.
    """
    if not isinstance(situation.subject, Consignment):
        return CustodyEvent.objects.none()
    lines = situation.subject.custody_events.filter(corrections__isnull=True).exclude(error_reason=DID_NOT_OCCUR)
    return lines.exclude(biz_step__in=SIGNED).order_by("-id")


def _correct_event(situation: Situation) -> models.Model:
    facts = situation.facts
    correct_event(
        facts["line"],
        by=situation.by,
        now=situation.now,
        did_not_occur=facts["what"] == DID_NOT_OCCUR,
        event_at=facts.get("event_at"),
        place=facts.get("place", ""),
        holder=facts.get("holder", ""),
        source=source_of(situation),
    )
    consignment = consignment_of(situation)
    column = moment_of(facts["line"])
    if column and facts.get("event_at") and facts["what"] != DID_NOT_OCCUR:
        setattr(consignment, column, facts["event_at"])
        consignment.save(update_fields=[column])
    return consignment


def moment_of(line: CustodyEvent) -> str:
    """The column of the consignment that says when this line happened; empty where none does."""
    return MOMENTS.get((line.biz_step, line.disposition), "")


def _has_events(subject: models.Model) -> bool:
    return isinstance(subject, Consignment) and subject.state not in ("planned", "ordered")


VERBS = (
    verb(
        "correct_event",
        "event_corrected",
        "Correct a line of the custody record of it",
        _correct_event,
        transition="",
        offered_when=_has_events,
        asks=(
            Ask("line", "Which line", "record", options=standing_events),
            Ask("what", "What is wrong", "choice", options=CustodyEvent._meta.get_field("error_reason").choices),
            Ask("event_at", "When it really happened", "moment", required=False, hint="Leave blank to keep it."),
            Ask("place", "Where it really happened", required=False, hint="Leave blank to keep it."),
            Ask("holder", "Who really held it then", required=False, hint="Leave blank to keep it."),
        ),
        needs_reason=True,
        consequence="The wrong line stays on record, shown as corrected. Where the packs stand does not change.",
    ),
)
