"""Between the two houses: dispatch, arrival, loss."""

from django.db import models

from cases.custody.contents_book import clear_shelf
from cases.custody.models import Partner
from cases.custody.verbs.common import (
    AT_THE_INSTITUTION,
    EVERY_HOLD_BUT_MESSAGES,
    at_the_institution,
    at_the_pharmacy,
    consignment_of,
    moment,
    verb,
)
from cases.lifecycle.verbs import Ask, Situation


def _dispatch(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    consignment.dispatch(
        dispatched_at=facts["dispatched_at"],
        carrier=facts["carrier"],
        shipper_number=facts.get("shipper_number", ""),
        logger_number=facts.get("logger_number", ""),
    )
    consignment.save()
    at_the_pharmacy(situation, "dispatch", holder=facts["carrier"].name, event_at=facts["dispatched_at"])
    return consignment


def _arrive(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    consignment.arrive(arrived_at=situation.facts["arrived_at"])
    consignment.save()
    at_the_institution(situation, "arrive", event_at=situation.facts["arrived_at"])
    return consignment


def _lose(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    consignment.lose()
    consignment.save()
    clear_shelf(situation, consignment, "lose", at=situation.now)
    at_the_pharmacy(situation, "lose", holder="nobody known")
    return consignment


def _carriers(situation: Situation) -> "models.QuerySet[Partner]":
    return Partner.objects.filter(pharmacy_id=situation.case.pharmacy_id, kind=Partner.Kind.CARRIER)


VERBS = (
    verb(
        "dispatch",
        "dispatched",
        "Record the dispatch",
        _dispatch,
        asks=(
            moment("dispatched_at", "When the carrier took it"),
            Ask("carrier", "Carrier", "record", options=_carriers),
            Ask("shipper_number", "Shipper (box) number", required=False),
            Ask("logger_number", "Temperature logger number", required=False),
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
        asks=(moment("arrived_at", "When it was handed over"),),
        consequence="It stands in quarantine until it is inspected, its temperature judged, and a release signed.",
    ),
    verb(
        "lose",
        "lost",
        "Record it as lost",
        _lose,
        needs_reason=True,
        final=True,
        consequence="Final. Its units can never be given; a replacement is planned as a consignment of its own.",
    ),
)
