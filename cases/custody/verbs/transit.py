"""Between the two houses: dispatch, arrival, loss."""

from collections.abc import Callable

from django.db import models

from cases.custody.consignment_papers import claim_what_counts
from cases.custody.consignments import why_no_arrival
from cases.custody.contents_book import clear_shelf
from cases.custody.models import Condition, SupplyException
from cases.custody.verbs.common import (
    AT_THE_INSTITUTION,
    EVERY_HOLD_BUT_MESSAGES,
    at_the_institution,
    at_the_pharmacy,
    consignment_of,
    moment,
    verb,
)
from cases.custody.verbs.journeys import carriers, hand_over_of
from cases.lifecycle.verbs import Ask, Situation, next_number


def _dispatch(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    consignment.dispatch(
        dispatched_at=facts["dispatched_at"],
        carrier=facts["carrier"],
        shipper_number=facts.get("shipper_number", ""),
        logger_number=facts.get("logger_number", ""),
    )
    claim_what_counts(consignment, by=situation.by, now=situation.now)
    consignment.save()
    carrier = facts["carrier"].name
    event = at_the_pharmacy(situation, "dispatch", holder=carrier, event_at=facts["dispatched_at"])
    hand_over_of(situation, event, gave=situation.case.pharmacy.name, took=carrier, condition=Condition.SOUND)
    return consignment


def _arrive(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    consignment.arrive(arrived_at=situation.facts["arrived_at"])
    consignment.save()
    gave = next((unit.holder for unit in consignment.units.order_by("pk")), "the carrier")
    event = at_the_institution(situation, "arrive", event_at=situation.facts["arrived_at"])
    hand_over_of(situation, event, gave=gave, took=str(consignment.institution))
    return consignment


def _lose(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    consignment.lose()
    consignment.save()
    count = consignment.units.count()
    clear_shelf(situation, consignment, "lose", at=situation.now)
    at_the_pharmacy(situation, "lose", holder="nobody known")
    SupplyException.objects.create(
        case=situation.case,
        consignment=consignment,
        number=next_number(situation.case.supply_exceptions),
        kind=SupplyException.Kind.LOST,
        on_paper={"count": count},
        acts_next=str(consignment.carrier or "The carrier"),
        opened_at=situation.now,
    )
    return consignment


def _as_packed(field: str) -> Callable[[Situation], str]:
    return lambda situation: str(getattr(situation.subject, field, ""))


def _carrier_as_packed(situation: Situation) -> int | None:
    carrier: int | None = getattr(situation.subject, "carrier_id", None)
    return carrier


VERBS = (
    verb(
        "dispatch",
        "dispatched",
        "Record the dispatch",
        _dispatch,
        asks=(
            moment("dispatched_at", "When the carrier took it"),
            Ask("carrier", "Carrier", "record", options=carriers, initial=_carrier_as_packed),
            Ask("shipper_number", "Shipper (box) number", required=False, initial=_as_packed("shipper_number")),
            Ask("logger_number", "Temperature logger number", required=False, initial=_as_packed("logger_number")),
            Ask("seal_number", "Seal number", required=False, hint="As it left; it is compared on arrival.", most=40),
            Ask(
                "briefing_confirmed",
                "Has the receiving pharmacist confirmed the briefing?",
                "yesno",
                hint="What comes, in which box, at which temperature, and what to check.",
            ),
        ),
        stopped_by=EVERY_HOLD_BUT_MESSAGES,
        consequence="The consignment is in transit; its arrival is watched.",
    ),
    verb(
        "arrive",
        "arrived",
        "Record the arrival",
        _arrive,
        roles=AT_THE_INSTITUTION,
        asks=(
            moment("arrived_at", "When it was handed over"),
            Ask("condition", "Condition of the box", "choice", required=False, options=Condition.choices),
            Ask("seal_number", "Seal number as seen", required=False, most=40),
            Ask("remarks", "Remarks", "long", required=False, most=500),
        ),
        told_when_impossible=why_no_arrival,
        consequence="It stands in quarantine until it is inspected, its temperature judged, and a release signed.",
    ),
    verb(
        "lose",
        "lost",
        "Record it as lost",
        _lose,
        needs_reason=True,
        final=True,
        consequence="Final. Its units can never be given, an exception is opened, and its quantity stays charged: what "
        "left counts. A replacement is planned as a consignment of its own.",
    ),
)
