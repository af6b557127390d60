"""Around the journey: packing, changes of hands, milestones, a delay, and which papers go with it."""

from decimal import Decimal

from django.db import models

from cases.custody.consignment_papers import OF_A_CONSIGNMENT, claim
from cases.custody.handling import BY_STORAGE, CONSTRAINTS, MOST_HOURS
from cases.custody.ledger import record_act
from cases.custody.models import Condition, Consignment, CustodyEvent, HandOver, Milestone, Packing, Partner
from cases.custody.verbs.common import EVERY_HOLD_BUT_MESSAGES, consignment_of, moment, source_of, verb
from cases.lifecycle.verbs import Ask, Situation, Verb, moves, next_number

State = Consignment.State


def carriers(situation: Situation) -> "models.QuerySet[Partner]":
    return Partner.objects.filter(pharmacy_id=situation.case.pharmacy_id, kind=Partner.Kind.CARRIER)


def hand_over_of(
    situation: Situation, event: CustodyEvent, *, gave: str, took: str, condition: str = Condition.NOT_SEEN
) -> HandOver:
    """Write the change of hands that a custody event was."""
    consignment, facts = consignment_of(situation), situation.facts
    return HandOver.objects.create(
        case=situation.case,
        consignment=consignment,
        number=next_number(consignment.hand_overs),
        event=event,
        gave=gave[:120],
        took=took[:120],
        condition=facts.get("condition") or condition,
        seal_number=facts.get("seal_number", ""),
        remarks=facts.get("remarks", ""),
    )


def _pack(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    consignment.pack(
        carrier=facts.get("carrier"),
        shipper_number=facts["shipper_number"],
        logger_number=facts.get("logger_number", ""),
    )
    consignment.save()
    Packing.objects.create(
        case=situation.case,
        consignment=consignment,
        shipper_name=facts["shipper_name"],
        shipper_number=facts["shipper_number"],
        shipper_hours=facts["shipper_hours"],
        logger_number=facts.get("logger_number", ""),
        seal_number=facts.get("seal_number", ""),
        constraints=list(facts.get("constraints", ())),
        dry_ice_kg=facts.get("dry_ice_kg"),
        hours_from_dispatch=facts.get("hours_from_dispatch"),
        packed_by=situation.by,
        packed_at=situation.now,
    )
    return consignment


def _hand_over(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    consignment.hand_over()
    consignment.save()
    event = record_act(
        consignment,
        "hand_over",
        by=situation.by,
        event_at=facts["handed_at"],
        now=situation.now,
        place=facts["place"],
        holder=facts["took"],
        zone="UTC",
        source=source_of(situation),
    )
    hand_over_of(situation, event, gave=facts["gave"], took=facts["took"])
    return consignment


def _plan_milestone(situation: Situation) -> models.Model:
    facts = situation.facts
    return Milestone.objects.create(
        case=situation.case,
        consignment=facts["consignment"],
        number=next_number(situation.case.milestones),
        kind=facts["kind"],
        place=facts["place"],
        planned_at=facts["planned_at"],
    )


def _claim_paper(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    claim(consignment, [situation.facts["document"]], by=situation.by, now=situation.now)
    return consignment


UNDER_WAY = frozenset({State.ORDERED, State.ALLOCATED, State.RELEASED, State.IN_TRANSIT})


def _under_way(situation: Situation) -> "models.QuerySet[Consignment]":
    return situation.case.consignments.filter(state__in=UNDER_WAY).order_by("number")


def _is_open(subject: models.Model) -> bool:
    return isinstance(subject, Consignment) and subject.state in (State.ORDERED, State.ALLOCATED, State.RELEASED)


def _suggested_constraints(situation: Situation) -> list[str]:
    handling = getattr(situation.subject, "handling", None)
    return list(handling.constraints if handling else BY_STORAGE.get(situation.case.medicine.storage, ()))


def _suggested_hours(situation: Situation) -> int | None:
    handling = getattr(situation.subject, "handling", None)
    return handling.hours_from_dispatch if handling else None


def _now_with_the_carrier(situation: Situation) -> str:
    subject = situation.subject
    if not isinstance(subject, Consignment):
        return ""
    last = subject.custody_events.filter(corrections__isnull=True).order_by("-id").first()
    return last.holder if last is not None else ""


VERBS = (
    verb(
        "pack",
        "packed",
        "Record the packing of it",
        _pack,
        asks=(
            Ask("shipper_name", "Kind of shipper (box)", hint="As its qualification names it.", most=120),
            Ask("shipper_number", "Shipper (box) number"),
            Ask(
                "shipper_hours",
                "Hours it is qualified for",
                "integer",
                hint="From the qualification report, for this temperature class.",
                least=1,
                most=MOST_HOURS,
            ),
            Ask("logger_number", "Temperature logger number", required=False, hint="Asked for what is kept cold."),
            Ask("seal_number", "Seal number", required=False, most=40),
            Ask("carrier", "Carrier that will take it", "record", required=False, options=carriers),
            Ask(
                "constraints",
                "Handling",
                "ticks",
                required=False,
                options=tuple(CONSTRAINTS.items()),
                initial=_suggested_constraints,
                hint="Printed on the packing sheet, and told to the carrier.",
            ),
            Ask("dry_ice_kg", "Dry ice, kg", "decimal", required=False, least=Decimal("0.001"), most=Decimal(1000)),
            Ask(
                "hours_from_dispatch",
                "To be received within so many hours of dispatch",
                "integer",
                required=False,
                initial=_suggested_hours,
                hint="Only where the product's own stability sets it.",
                least=1,
                most=MOST_HOURS,
            ),
        ),
        stopped_by=EVERY_HOLD_BUT_MESSAGES,
        consequence="Its hours are compared with the planned journey before it may leave.",
    ),
    verb(
        "claim_paper",
        "paper_claimed",
        "Say that a paper is for it",
        _claim_paper,
        transition="",
        offered_when=_is_open,
        asks=(Ask("document", "Paper", "document", options=tuple(sorted(OF_A_CONSIGNMENT))),),
        consequence="It speaks for this consignment, and for no other.",
    ),
    verb(
        "hand_over",
        "handed_over",
        "Record that it changed hands",
        _hand_over,
        asks=(
            moment("handed_at", "When"),
            Ask("place", "Where", most=120),
            Ask("gave", "Who gave it", initial=_now_with_the_carrier, most=120),
            Ask("took", "Who took it", most=120),
            Ask("condition", "Condition of the box", "choice", options=Condition.choices),
            Ask("seal_number", "Seal number as seen", required=False, most=40),
            Ask("remarks", "Remarks", "long", required=False, most=500),
        ),
        consequence="A line of the custody record. It stays in transit.",
    ),
    verb(
        "report_delay",
        "delayed",
        "Report a delay of it",
        moves("report_delay"),
        asks=(Ask("planned_arrival_on", "New planned day of arrival", "date"),),
        needs_reason=True,
        consequence="The new day is judged against the authorization; where that ends before it, a hold is placed.",
    ),
    Verb(
        code="custody.milestone.plan",
        past="planned",
        label="Plan a milestone",
        subject="custody.Milestone",
        creates=True,
        effect=_plan_milestone,
        needs=("custody.Consignment", UNDER_WAY),
        asks=(
            Ask("consignment", "Of which consignment", "record", options=_under_way),
            Ask("kind", "Milestone", "choice", options=Milestone.Kind.choices),
            Ask("place", "Where"),
            Ask("planned_at", "Planned for", "moment"),
        ),
        consequence="It stands among the dates of the case; a late one is seen on Today.",
    ),
    Verb(
        code="custody.milestone.reach",
        past="reached",
        label="Record that it was reached",
        subject="custody.Milestone",
        transition="reach",
        effect=moves("reach"),
        asks=(moment("reached_at", "When"),),
        consequence="Its date is met, or met late.",
    ),
    Verb(
        code="custody.milestone.drop",
        past="dropped",
        label="Say that it is no longer expected",
        subject="custody.Milestone",
        transition="drop",
        effect=moves("drop"),
        needs_reason=True,
        consequence="Its date is cancelled; the line stays.",
    ),
)
