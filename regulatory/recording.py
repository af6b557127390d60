"""Writing the facts that gates and duties are computed from (domain.md: events are recorded, gates are computed)."""

from datetime import datetime
from typing import Any

from cases.custody.models import Consignment
from cases.lifecycle.verbs import Situation, after
from cases.models import Case, CaseEvent
from regulatory.models import Authorization, Filing, PathwayEvent
from regulatory.profiles.route import MAIN

# Events that stand in the system by another record or verb: nobody types them in by hand.
BY_VERB = {
    "submitted": "regulatory.filing.submit",
    "acknowledged": "regulatory.filing.acknowledge",
    "received_by_regulator": "regulatory.filing.acknowledge",
    "regulator_request": "regulatory.filing.receive_question",
    "decided_granted": "regulatory.filing.grant",
    "objection_received": "regulatory.filing.record_objection",
    "objection_window_waived": "regulatory.filing.waive_window",
    "order_placed": "custody.consignment.order",
    "shipped": "custody.consignment.dispatch",
    "received_by_consignee": "custody.consignment.arrive",
    "dispensed_or_supplied": "custody.consignment.dispense",
    "first_dose": "custody.consignment.record_dose",
    "adverse_event_aware": "pharmacovigilance.report.receive",
}
# Events that follow from dates the system holds, and are never recorded at all.
DERIVED = frozenset(
    {
        "import_day",
        "prescription_signed",
        "authorisation_expires",
        "anniversary",
        "month_ended",
        "quarter_ended",
        "period_ended",
        "unspecified",
    }
)


def record_event(
    case: Case,
    name: str,
    *,
    at: datetime,
    filing: Filing | None = None,
    consignment: Consignment | None = None,
    recipient: str = "",
    channel: str = "",
) -> PathwayEvent:
    """Record that something happened. Must run inside ``acting``; the same event twice is recorded once.

    :param name: from the vocabulary of the profiles (``acknowledged``).
    :param at: when it happened, an aware instant.
    """
    told: dict[str, Any] = {
        "case": case,
        "name": name,
        "happened_at": at,
        "filing": filing,
        "consignment": consignment,
        "recipient": recipient,
        "channel": channel,
        "withdrawn_at": None,
    }
    # The case is locked: nobody writes the same one between the look and the line.
    return PathwayEvent.objects.filter(**told).first() or PathwayEvent.objects.create(**told)


def governing_filing(case: Case, authorization: Authorization | None = None) -> Filing | None:
    """The filing whose events open or shut the gates: the authorization's own, else the last one that went out.

    A later filing takes the place of an earlier one: the silence that cleared the last import clears no other. A filing
    beside it, for an export permit, speaks for none of the pathway's gates.
    """
    if authorization is not None:
        return authorization.filing
    unsent = (Filing.State.PREPARING, Filing.State.READY, Filing.State.WITHDRAWN)
    own = case.filings.filter(step=MAIN)
    return (
        own.exclude(state__in=unsent).exclude(kind=Filing.Kind.REPORT).order_by("-number").first() if case.pk else None
    )


# What the verbs of a consignment mean for the pathway: the event, and the fact that says when.
OF_CUSTODY = {
    "custody.consignment.order": ("order_placed", ""),
    "custody.consignment.dispatch": ("shipped", "dispatched_at"),
    "custody.consignment.arrive": ("received_by_consignee", "arrived_at"),
    "custody.consignment.dispense": ("dispensed_or_supplied", "dispensed_at"),
}


@after(*OF_CUSTODY)
def record_what_custody_did(situation: Situation, event: CaseEvent) -> None:
    """A consignment's steps are events of the pathway: duties after supply count from them."""
    name, moment = OF_CUSTODY[situation.verb.code]
    if isinstance(situation.subject, Consignment):
        at = situation.facts.get(moment) or situation.now
        record_event(situation.case, name, at=at, consignment=situation.subject)


@after("custody.consignment.correct_event")
def follow_a_corrected_moment(situation: Situation, event: CaseEvent) -> None:
    """A dispatch, an arrival or a dispensing that was at another time is another event of the pathway then."""
    box = situation.subject
    if not isinstance(box, Consignment):
        return
    for name, moment in OF_CUSTODY.values():
        at = getattr(box, moment) if moment else None
        told = situation.case.pathway_events.filter(name=name, consignment=box, withdrawn_at__isnull=True)
        if at is None:
            continue
        for wrong in told.exclude(happened_at=at):
            wrong.withdrawn_at = situation.now
            wrong.save(update_fields=["withdrawn_at"])
            record_event(situation.case, name, at=at, consignment=box)


@after("custody.consignment.record_dose")
def record_the_first_dose(situation: Situation, event: CaseEvent) -> None:
    """The first dose is one of the case, whichever consignment it came from."""
    if not situation.case.pathway_events.filter(name="first_dose", withdrawn_at__isnull=True).exists():
        record_event(situation.case, "first_dose", at=situation.facts.get("given_at") or situation.now)
