"""What a story does with what it may supply: consignments, their receipt, dispensing, and the questions after it."""

from datetime import datetime, time, timedelta
from typing import Any, Self

from cases.custody.consignment_papers import not_its_own
from cases.custody.handling import BY_STORAGE, DRY_ICE
from cases.custody.logger_drafts import Draft, keep_file
from cases.custody.models.dscsa import STATEMENTS as STATEMENTS_MADE
from cases.custody.receiving.protocol import current
from cases.custody.stated_handling import stated_handling
from cases.documents.media import TABLE
from config.demonstration.cast import HANDLING, PASSWORD
from config.demonstration.filings import SIGNED_ON_PAPER, Applicant
from config.demonstration.loggers import libero_export
from regulatory.exports import export_version, statements_of
from regulatory.pathway import profile_of


class Player(Applicant):
    """Plays one case whole. ``at`` is the instant of the next act; acts move it on by minutes, ``wait`` by days."""

    @property
    def consignment(self) -> Any:
        return self.case.consignments.order_by("-number").first()

    def plan(self, *, quantity: int = 2, dispatch_in: int = 2, transit: int = 4) -> Self:
        """Plan one consignment; how its product must be handled is stated before, once for all its cases."""
        if self.product in HANDLING and stated_handling(self.case) is None:
            constraints, hours, source = HANDLING[self.product]
            self.take(
                "custody.handling.state", constraints=list(constraints), hours_from_dispatch=str(hours), source=source
            )
        self.take(
            "custody.consignment.plan",
            quantity=str(quantity),
            days_of_therapy="84",
            planned_dispatch_on=self.day(dispatch_in),
            planned_arrival_on=self.day(dispatch_in + transit),
        )
        return self

    def order(self) -> Self:
        under = self.authorization
        self.take(
            "custody.consignment.order",
            on=self.consignment,
            supplier=self.house.supplier.pk,
            order_number=f"PO-{self.number:03d}-{self.consignment.number}",
            **({"authorization": under.pk} if under is not None else {}),
        )
        return self

    def allocate(self) -> Self:
        count = int(self.consignment.quantity)
        first = self.number * 100 + self.consignment.number * 10
        self.take(
            "custody.consignment.allocate",
            on=self.consignment,
            lot_number=f"7K{self.number:02d}B{self.consignment.number}",
            gtin=self.house.gtins[self.product],
            expires_on=self.day(500),
            serials="\n".join(f"SN{first + unit:06d}" for unit in range(count)),
        )
        return self

    def attest_export(self) -> Self:
        """The coordinator signs what the country of origin asks for this consignment."""
        codes = [statement.code for statement in statements_of(self.case)]
        self.take("regulatory.export.attest", on=self.consignment, statements=codes)
        return self

    def release(self, *, dispatch_in: int = 1, transit: int = 4) -> Self:
        self.attest_export()
        self.take(
            "custody.consignment.release",
            on=self.consignment,
            planned_dispatch_on=self.day(dispatch_in),
            planned_arrival_on=self.day(dispatch_in + transit),
        )
        return self

    def dispatch(self) -> Self:
        """Packed, scanned, its papers there, then the carrier takes it."""
        self.pack().shipping_papers().attest_export()
        self.take(
            "custody.consignment.dispatch",
            on=self.consignment,
            dispatched_at=self.moment(),
            carrier=self.house.carrier.pk,
            shipper_number=f"SH-{self.number:03d}",
            logger_number=f"LG-{self.number:03d}",
            seal_number=f"SL-{self.number:03d}",
            briefing_confirmed="yes",
        )
        if self.stage == "sourcing":
            self.take("cases.case.begin_shipment")
        return self

    def pack(self) -> Self:
        """The seller's papers are entered, each pack is scanned, and all of it lies in its shipper."""
        box = self.consignment
        units = list(box.units.select_related("lot").order_by("serial"))
        lines = [f"{unit.gtin} {unit.lot.number} {unit.lot.expires_on} {unit.serial}" for unit in units]
        self.take(
            "custody.consignment.record_papers",
            on=box,
            regime="us_dscsa",
            containers=len(units),
            transaction_on=self.day(0),
            seller=f"{box.supplier.name}, New York",
            buyer=f"{self.house.pharmacy.name}, New York",
            packs="\n".join(lines),
            statement=[code for code, _ in STATEMENTS_MADE],
        )
        for unit in units:
            text = f"(01){unit.gtin}(17){unit.lot.expires_on:%y%m%d}(10){unit.lot.number}(21){unit.serial}"
            self.take("custody.consignment.read_pack", on=box, text=text, entry_method="camera")
        asked = box.handling.constraints if box.handling else BY_STORAGE[self.house.medicines[self.product].storage]
        self.take(
            "custody.consignment.pack",
            on=self.consignment,
            shipper_name="Invented shipper, 168 hours",
            shipper_number=f"SH-{self.number:03d}",
            shipper_hours=168,
            logger_number=f"LG-{self.number:03d}",
            seal_number=f"SL-{self.number:03d}",
            carrier=self.house.carrier.pk,
            constraints=[code for code in asked if code != DRY_ICE],
        )
        return self

    def shipping_papers(self) -> Self:
        strange = not_its_own(self.consignment)
        held = set(self.case.documents.exclude(pk__in=strange).values_list("doc_type", flat=True))
        for version in (self.version, export_version(self.case)):
            for entry in profile_of(version).section("documents") if version else ():
                if entry["required"] == "always" and entry["doc_type"] not in held:
                    held.add(entry["doc_type"])
                    self.paper(entry["doc_type"], signed=entry["doc_type"] in SIGNED_ON_PAPER)
        return self

    def source(self, **plan: Any) -> Self:
        """Plan, begin sourcing, order, allocate; an authorization for one consignment is assigned to it first."""
        self.plan(**plan)
        under = self.authorization
        if under is not None and "consignment" in under.covers:
            self.take("regulatory.authorization.assign", on=under, consignment=self.consignment.pk)
        self.take("cases.case.begin_sourcing")
        return self.order().wait(1).allocate()

    def arrive(self) -> Self:
        self.take("custody.consignment.arrive", by=self.receiver, on=self.consignment, arrived_at=self.moment())
        return self

    def inspect(self, *, result: str = "accept", remarks: str = "") -> Self:
        """Each pack scanned at its end, every item of the protocol as sent, signed; then the prescriber checks it."""
        box = self.consignment
        for unit in box.units.select_related("lot").order_by("serial"):
            text = f"(01){unit.gtin}(17){unit.lot.expires_on:%y%m%d}(10){unit.lot.number}(21){unit.serial}"
            self.take("custody.consignment.read_pack", by=self.receiver, on=box, text=text, entry_method="camera")
        count, at = str(int(box.quantity)), self.moment()
        found = {item.fact: "yes" for item in current(self.at).asked}
        told = {"inspected_at": at, "logger_stopped_at": at, "stored_at": at, "units_received": count}
        self.take(
            "custody.consignment.inspect",
            by=self.receiver,
            on=box,
            **found,
            **told,
            result=result,
            remarks=remarks,
            password=PASSWORD,
        )
        checked = {"units_counted": count, "agrees": "yes", "password": PASSWORD}
        self.take("custody.consignment.second_check", by=self.doctor.user, on=box, **checked)
        return self

    def temperature(self, lowest: str | None = None, highest: str | None = None, minutes: int = 0) -> Self:
        low, high = {"refrigerated": ("3.1", "6.4"), "room": ("17.0", "23.5"), "cryo": ("-180.0", "-165.0")}[
            self.house.medicines[self.product].storage
        ]
        self.take(
            "custody.consignment.record_temperature",
            by=self.receiver,
            on=self.consignment,
            lowest_c=lowest or low,
            highest_c=highest or high,
            minutes_outside=str(minutes),
        )
        return self

    def logger(self, *, peak: float, lasts: timedelta) -> Self:
        """The file of a logger that was too warm for a while, read by its layout and kept."""
        consignment = self.consignment
        content = libero_export(
            number=consignment.logger_number,
            begins=consignment.dispatched_at - timedelta(hours=2),
            ends=consignment.arrived_at,
            peak=peak,
            lasts=lasts,
        )
        draft = Draft(consignment, content, f"{consignment.logger_number}.csv", TABLE.media_type, {})
        facts = {
            "mapping": "libero-eu:1",
            "budget_minutes": "720",
            "budget_source": "Invented stability statement 4.2: 12 hours up to 15 °C in all",
        }
        keep_file(draft, facts, by=self.receiver, now=self._tick())
        return self

    def accept(self) -> Self:
        """Disposition by the pharmacist in charge, who neither packed nor received, and acceptance."""
        self.take(
            "custody.consignment.decide_disposition",
            by=self.pic,
            on=self.consignment,
            decision="release",
            reason="Inspection accepted, temperature in range throughout.",
            password=PASSWORD,
        )
        self.take("custody.consignment.accept", by=self.pic, on=self.consignment)
        if self.stage == "shipment":
            self.take("cases.case.begin_dispensing")
        return self

    def receive(self) -> Self:
        """Arrival, inspection, logger, disposition, acceptance."""
        return self.arrive().inspect().temperature().wait(0.3).accept()

    def catch_up(self, now: datetime) -> None:
        """The follow-up questions that fell due since are answered, each on its day."""
        waiting = self.case.follow_ups.filter(state__in=["planned", "asked"], due_on__lt=now.date())
        for question in waiting.order_by("due_on"):
            due = datetime.combine(question.due_on, time(14, 0), tzinfo=now.tzinfo)
            self.at = max(self.at, due)
            if self.at > now - timedelta(hours=1):
                return
            self.take(
                "pharmacovigilance.follow_up.answer",
                by=self.doctor.user,
                on=question,
                answered_at=self.moment(),
                answer="The patient is well. No side effect was noted.",
                adverse_event="no",
            )

    def dispense(self) -> Self:
        """The institution dispenses, gives the first dose, and follow-up begins."""
        self.take("custody.consignment.dispense", by=self.receiver, on=self.consignment, dispensed_at=self.moment())
        unit = self.consignment.units.order_by("pk").first()
        self.take(
            "custody.consignment.record_dose",
            by=self.receiver,
            on=self.consignment,
            given_at=self.moment(),
            unit=unit.pk,
            amount="1 " + self.consignment.unit,
        )
        if self.stage == "dispensing":
            self.take("cases.case.begin_follow_up")
        return self
