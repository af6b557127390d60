"""A case at sourcing on a pathway without gates, and the steps of one consignment, all taken through the door."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from cases.audit.context import acting
from cases.custody.gs1 import check_digit_of
from cases.custody.models import Consignment, Partner
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from cases.models import Case, CaseEvent
from cases.people.models import User
from cases.services import open_case
from regulatory.models import ProfileVersion
from regulatory.profiles import loader
from tests.factories import (
    NOW,
    PASSWORD,
    House,
    add_partner,
    as_sent,
    build_house,
    build_patient,
    check_arrival,
    clear_export,
    make_ready_to_leave,
    read_on_arrival,
    sign_determination,
)

GTIN = "0039999900012" + str(check_digit_of("0039999900012"))
HOUR = timedelta(hours=1)
DISPATCHED = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
ARRIVED = datetime(2026, 3, 6, 9, 20, tzinfo=UTC)
INSPECTED = ARRIVED + HOUR
DECIDED = ARRIVED + 3 * HOUR
DISPENSED = ARRIVED + 5 * HOUR


@dataclass
class Supply:
    """One case at sourcing, its supplier and carrier, and short hands for its verbs."""

    house: House
    case: Case
    supplier: Partner
    carrier: Partner

    def take(
        self, verb: str, /, *, by: User, now: datetime, subject: Any = None, reason: str = "", **facts: Any
    ) -> CaseEvent:
        """Take one verb of any app on this case."""
        given = {name: getattr(value, "pk", value) for name, value in facts.items()}
        given |= {"reason": reason} if reason else {}
        try:
            return advance(self.case, verb, by=by, now=now, subject=subject, facts=given)
        except RequirementsUnmet as refusal:
            refusal.add_note("; ".join(f"{line.code}: {line.fact}" for line in refusal.unmet))
            raise
        except FactsInvalid as refusal:
            refusal.add_note(str(refusal.errors))
            raise

    def consignment(self, number: int = 1) -> Consignment:
        return Consignment.objects.get(case=self.case, number=number)

    def do(self, verb: str, *, by: User, now: datetime, number: int = 1, reason: str = "", **facts: Any) -> Consignment:
        """Take one verb of a consignment and give it as it stands then."""
        self.take(
            f"custody.consignment.{verb}", by=by, now=now, subject=self.consignment(number), reason=reason, **facts
        )
        return self.consignment(number)

    def plan(self, **facts: Any) -> Consignment:
        given = {
            "quantity": "2",
            "days_of_therapy": 28,
            "planned_dispatch_on": "2026-03-04",
            "planned_arrival_on": "2026-03-06",
        } | facts
        self.take("custody.consignment.plan", by=self.house.coordinator, now=NOW, **given)
        return Consignment.objects.filter(case=self.case).latest("number")

    def order(self, number: int = 1, **facts: Any) -> Consignment:
        given = {"supplier": self.supplier, "order_number": "PO-1"} | facts
        return self.do("order", by=self.house.coordinator, now=NOW, number=number, **given)

    def allocate(self, number: int = 1, **facts: Any) -> Consignment:
        given = {
            "lot_number": "7K04B8",
            "gtin": GTIN,
            "expires_on": "2027-08-31",
            "serials": f"SN-{number}-1\nSN-{number}-2",
        } | facts
        allocated = self.do("allocate", by=self.house.coordinator, now=NOW, number=number, **given)
        clear_export(self.house, self.case, allocated, now=DISPATCHED, packed=False)
        return allocated

    def release(self, number: int = 1, **facts: Any) -> Consignment:
        given = {"planned_dispatch_on": "2026-03-04", "planned_arrival_on": "2026-03-06"} | facts
        released = self.do("release", by=self.house.pic, now=NOW, number=number, **given)
        # Papers that the test recorded itself are the ones there are.
        make_ready_to_leave(self.house, released, now=DISPATCHED)
        return released

    def dispatch(self, number: int = 1, **facts: Any) -> Consignment:
        given = {
            "dispatched_at": DISPATCHED,
            "carrier": self.carrier,
            "shipper_number": "S-118",
            "logger_number": "4410-2207",
            "briefing_confirmed": "yes",
        } | facts
        return self.do("dispatch", by=self.house.coordinator, now=DISPATCHED, number=number, **given)

    def arrive(self, number: int = 1, **facts: Any) -> Consignment:
        given = {"arrived_at": ARRIVED} | facts
        return self.do("arrive", by=self.house.receiving, now=ARRIVED, number=number, **given)

    def inspect(self, number: int = 1, *, checked: bool = True, **facts: Any) -> Consignment:
        """Every pack scanned, every item as sent unless said otherwise, signed; then checked by a second person."""
        read_on_arrival(self.consignment(number), by=self.house.receiving, now=INSPECTED)
        inspected = self.do(
            "inspect", by=self.house.receiving, now=INSPECTED, number=number, **as_sent(INSPECTED) | facts
        )
        if checked:
            check_arrival(self.house, inspected, now=INSPECTED)
        return self.consignment(number)

    def measure(self, number: int = 1, *, now: datetime = INSPECTED, **facts: Any) -> Consignment:
        given = facts or {"lowest_c": "2.9", "highest_c": "7.4", "minutes_outside": 0}
        return self.do("record_temperature", by=self.house.receiving, now=now, number=number, **given)

    def decide(
        self,
        decision: str = "release",
        number: int = 1,
        *,
        by: User | None = None,
        now: datetime = DECIDED,
        **facts: Any,
    ) -> Consignment:
        return self.do(
            "decide_disposition",
            by=by or self.house.pic,
            now=now,
            number=number,
            reason="Nothing was found.",
            decision=decision,
            **{"password": PASSWORD} | facts,
        )

    def reject(self, decision: str = "reject_destroy", number: int = 1) -> Consignment:
        """Signed by somebody who had no part in it, then done."""
        self.decide(decision, number)
        return self.do("reject", by=self.house.coordinator, now=DECIDED, number=number, reason="A seal was broken.")

    def accept(self, number: int = 1) -> Consignment:
        return self.do("accept", by=self.house.coordinator, now=DECIDED, number=number)

    def dispense(self, number: int = 1, **facts: Any) -> Consignment:
        given = {"dispensed_at": DISPENSED} | facts
        return self.do("dispense", by=self.house.receiving, now=DISPENSED, number=number, **given)

    def bring_to(self, state: str, number: int = 1) -> Consignment:
        """Take the straight way from the plan to that state."""
        steps: dict[str, list[Any]] = {
            "planned": [self.plan],
            "ordered": [self.order],
            "allocated": [self.allocate],
            "released": [self.release],
            "in_transit": [self.dispatch],
            "arrived": [self.arrive],
            "accepted": [self.inspect, self.measure, self.decide, self.accept],
            "dispensed": [self.dispense],
        }
        for name, way in steps.items():
            for step in way:
                if step == self.plan:
                    self.plan()
                else:
                    step(number=number)
            if name == state:
                return self.consignment(number)
        raise LookupError(state)


def open_pathway(house: House, country: str = "GB") -> ProfileVersion:
    """A signed demonstration pathway that asks for no permission, so that only the rules of custody decide."""
    key = {"GB": "UK-SPECIALS", "AU": "AU-SAS-A"}[country]
    raw = dict(loader.load().profiles[key].raw) | {
        "control_model": "record_keeping_only",
        "gates": [],
        "documents": [],
        "deadlines": [],
        "quantity_limits": [],
        "validity": [],
        "renewal": [],
    }
    with acting(by=house.pic, verb="regulatory.profile.signed", business_at=NOW):
        version = ProfileVersion.objects.create(
            profile_key=key,
            version="1.0.0-open",
            jurisdiction=country,
            name="Invented pathway without gates",
            control_model=raw["control_model"],
            data=raw,
            data_sha256=sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest(),
            is_demonstration=True,
            loaded_at=NOW,
        )
        version.review(reviewed_by=house.pic, reviewed_on=NOW.date(), next_review_due=date(2036, 1, 1))
        version.save()
        version.activate(signed_by=house.pic, signed_at=NOW, effective_from=date(2020, 1, 1))
        version.save()
    return version


def build_supply(*, country: str = "GB", zone: str = "Europe/London") -> Supply:
    """A house, a case with a signed determination that has come to sourcing, a licensed supplier and a carrier."""
    house = build_house(country=country, zone=zone)
    profile = open_pathway(house, country)
    case = open_case(
        pharmacy=house.pharmacy,
        patient=build_patient(house),
        prescriber=house.prescriber,
        institution=house.institution,
        coordinator=house.coordinator,
        medicine=house.medicine,
        profile_version=profile,
        country=country,
        indication="invented haematological disease",
        by=house.coordinator,
        now=NOW,
    )
    sign_determination(house, case)
    advance(case, "cases.case.begin_sourcing", by=house.coordinator, now=NOW)
    supplier = add_partner(house.pharmacy, Partner.Kind.WHOLESALER, "Northway Invented Wholesale")
    carrier = add_partner(house.pharmacy, Partner.Kind.CARRIER, "Skyline Invented Cargo")
    return Supply(house, Case.objects.get(pk=case.pk), supplier, carrier)
