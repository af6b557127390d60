"""From the plan to the release: what is ordered, from whom, which units, and on which days."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import IntegrityError, models, transaction

from cases.custody.authorizing import authorizations_for
from cases.custody.gs1 import serials_of
from cases.custody.models import Consignment, Lot, Partner, Unit
from cases.custody.partners.holdings import SUPPLYING
from cases.custody.stated_handling import stated_handling
from cases.custody.verbs.common import EVERY_HOLD_BUT_MESSAGES, at_the_pharmacy, consignment_of, verb
from cases.lifecycle.errors import NotPossible
from cases.lifecycle.verbs import Ask, Situation, moves, next_number

# What a column of days or cycles holds.
MOST_COUNTED = 3_660


def _plan(situation: Situation) -> models.Model:
    case, facts = situation.case, situation.facts
    last = case.consignments.order_by("-cycle").first()
    return Consignment.objects.create(
        case=case,
        number=next_number(case.consignments),
        institution=case.institution,
        cycle=facts.get("cycle") or (last.cycle + 1 if last else 1),
        quantity=facts["quantity"],
        unit=case.medicine.unit,
        days_of_therapy=facts["days_of_therapy"],
        planned_dispatch_on=facts["planned_dispatch_on"],
        planned_arrival_on=facts["planned_arrival_on"],
        port=facts.get("port", ""),
        handling=stated_handling(case),
    )


def _order(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    facts = situation.facts
    consignment.order(supplier=facts["supplier"], order_number=facts["order_number"], ordered_at=situation.now)
    consignment.authorization = situation.facts.get("authorization") or consignment.authorization
    consignment.save()
    return consignment


def _allocate(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    lot, _ = Lot.objects.get_or_create(
        gtin=facts["gtin"],
        number=facts["lot_number"],
        supplier=consignment.supplier,
        defaults={"medicine": situation.case.medicine, "expires_on": facts["expires_on"]},
    )
    if facts.get("manufactured_on"):
        lot.manufactured_on = facts["manufactured_on"]
        lot.save(update_fields=["manufactured_on"])
    try:
        with transaction.atomic():
            Unit.objects.bulk_create(
                Unit(
                    case=situation.case,
                    consignment=consignment,
                    lot=lot,
                    gtin=lot.gtin,
                    serial=serial,
                    content=facts.get("content") or 1,
                )
                for serial in serials_of(facts["serials"])
            )
    except IntegrityError as error:
        # Two cases can pass the requirement at once; the database lets one of them have the pack.
        raise NotPossible(
            "One of these packs was allocated to another consignment a moment ago. Nothing was changed. "
            "Read the serial numbers again."
        ) from error
    consignment.allocate()
    consignment.save()
    supplier = consignment.supplier
    at_the_pharmacy(situation, "allocate", holder=supplier.name if supplier else situation.case.pharmacy.name)
    return consignment


def _release(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    consignment.release(**{name: situation.facts.get(name) for name in ("planned_dispatch_on", "planned_arrival_on")})
    consignment.save()
    at_the_pharmacy(situation, "release", holder=situation.case.pharmacy.name)
    return consignment


def _take_back(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    consignment.take_back()
    consignment.save()
    at_the_pharmacy(situation, "take_back", holder=situation.case.pharmacy.name)
    return consignment


def _cancel(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    units = consignment.units.order_by("pk")
    # Until its release a pack lies with the supplier, from then on at the pharmacy.
    holder = next((unit.holder for unit in units), situation.case.pharmacy.name)
    consignment.cancel()
    consignment.save()
    if units:
        at_the_pharmacy(situation, "cancel", holder=holder)
    return consignment


def _suppliers(situation: Situation) -> "models.QuerySet[Partner]":
    return Partner.objects.filter(pharmacy_id=situation.case.pharmacy_id, kind__in=SUPPLYING)


def _authorizations(situation: Situation) -> "models.QuerySet[models.Model]":
    return authorizations_for(situation.case)


def _authorization_in_force(situation: Situation) -> int | None:
    standing = list(authorizations_for(situation.case).filter(state="in_force").values_list("pk", flat=True))
    return standing[-1] if standing else None


def _planned(field: str, days_ahead: int) -> Ask:
    def suggested(situation: Situation) -> date:
        today = situation.now.date()
        planned: date | None = getattr(situation.subject, field, None)
        # A day gone by is no suggestion: it would only be refused.
        return planned if planned and planned >= today else today + timedelta(days=days_ahead)

    labels = {"planned_dispatch_on": "Planned day of dispatch", "planned_arrival_on": "Planned day of arrival"}
    return Ask(field, labels[field], "date", initial=suggested)


PLANNED_DAYS = (_planned("planned_dispatch_on", 7), _planned("planned_arrival_on", 10))
DAYS_OF_THERAPY = Ask(
    "days_of_therapy",
    "Days of therapy in it",
    "integer",
    hint="The patient's run-out day is counted from these.",
    initial=lambda situation: getattr(situation.subject, "days_of_therapy", 28),
    most=MOST_COUNTED,
)

PORT = Ask(
    "port",
    "Port of entry",
    "text",
    required=False,
    hint="Where the permit names one; a consignment by another port is stopped.",
    initial=lambda situation: getattr(situation.subject, "port", ""),
)

VERBS = (
    verb(
        "plan",
        "planned",
        "Plan a consignment",
        _plan,
        creates=True,
        asks=(
            Ask(
                "quantity",
                "Quantity",
                "decimal",
                hint="In the unit the medicine is counted in: one serial a unit.",
                least=Decimal("0.001"),
            ),
            DAYS_OF_THERAPY,
            *PLANNED_DAYS,
            PORT,
            Ask(
                "cycle",
                "Cycle",
                "integer",
                required=False,
                hint="The next one when left empty.",
                most=MOST_COUNTED,
            ),
        ),
        consequence="The pathway's gates are judged for the planned day of arrival.",
    ),
    verb(
        "replan",
        "replanned",
        "Change the planned days",
        moves("replan"),
        asks=(*PLANNED_DAYS, DAYS_OF_THERAPY, PORT),
        needs_reason=True,
        consequence="Gates and deadlines are judged for the new days.",
    ),
    verb(
        "order",
        "ordered",
        "Order it",
        _order,
        asks=(
            Ask("supplier", "Supplier", "record", options=_suppliers),
            Ask("order_number", "Order number"),
            Ask(
                "authorization",
                "Under which authorization",
                "record",
                required=False,
                options=_authorizations,
                initial=_authorization_in_force,
                hint="Its quantity ledger is charged.",
            ),
        ),
        stopped_by=EVERY_HOLD_BUT_MESSAGES,
        consequence="The quantity is reserved under the authorization.",
    ),
    verb(
        "allocate",
        "allocated",
        "Allocate units",
        _allocate,
        asks=(
            Ask("lot_number", "Lot number", hint="As printed, at most 20 characters."),
            Ask("gtin", "GTIN", hint="All 14 digits, as scanned."),
            Ask("expires_on", "Expiry", "date", hint="The last day; where only a month is printed, its last day."),
            Ask(
                "manufactured_on",
                "Date of manufacture",
                "date",
                required=False,
                hint="As the certificate of analysis says; some authorities ask for a share of the shelf life.",
            ),
            Ask("serials", "Serial numbers", "long", hint="One on each line, one for each unit."),
            Ask(
                "content",
                "Contents of a pack",
                "integer",
                required=False,
                least=1,
                hint="In what is counted out: 30 for a pack of 30 tablets. 1 when left empty.",
            ),
        ),
        stopped_by=EVERY_HOLD_BUT_MESSAGES,
        consequence="These packs are set aside for this case and no other.",
    ),
    verb(
        "release",
        "released",
        "Release it to ship",
        _release,
        asks=PLANNED_DAYS,
        stopped_by=EVERY_HOLD_BUT_MESSAGES,
        consequence="The carrier may be given the consignment; every gate is judged again at dispatch.",
    ),
    verb(
        "take_back",
        "taken_back",
        "Take the release back",
        _take_back,
        needs_reason=True,
        consequence="It returns to allocated; nothing may leave.",
    ),
    verb(
        "cancel",
        "cancelled",
        "Cancel it before it leaves",
        _cancel,
        needs_reason=True,
        final=True,
        consequence="Final. Its packs and its quantity are set free. Tell the supplier: nothing is sent from here.",
    ),
)
