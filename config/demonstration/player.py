"""A small player: takes verbs in the names of the cast, at given instants, through the one door."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.db import models

from cases.custody.consignment_papers import not_its_own
from cases.custody.handling import BY_STORAGE, DRY_ICE
from cases.custody.logger_drafts import Draft, keep_file
from cases.custody.models.dscsa import STATEMENTS as STATEMENTS_MADE
from cases.documents import services as papers
from cases.documents.media import TABLE
from cases.documents.models import Document
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from cases.models import STATEMENTS, Case, CaseEvent, Medicine
from cases.people.identity import Identity, register_patient
from cases.people.models import Institution, Pharmacy, Prescriber, User
from cases.services import open_case
from config.demonstration.cast import INDICATIONS, PASSWORD, patient_of
from config.demonstration.loggers import libero_export
from regulatory.conditions import conditions_in
from regulatory.exports import export_version, statements_of
from regulatory.models import ProfileVersion
from regulatory.pathway import authorities, coverage_asked, local_day, profile_of, statements, suggested_kind
from regulatory.reviewing.answering import Typed, keep_answers
from regulatory.reviewing.sheet import sheet_of

SIGNED_ON_PAPER = {"regulator_form", "patient_consent", "prescriber_request", "prescriber_undertaking"}

# Papers of which a gate asks that somebody else holds a copy.
HELD_BY = {
    ("AU-SAS-A", "regulator_form"): "local_sponsor",
    ("DE-73-3", "prescription"): "community_pharmacist",
    ("IE-EMP", "importer_licence"): "licensed_importer",
}

# Days of therapy in one consignment where the pathway allows less than three months.
ONE_SUPPLY = {"SA-PERSONAL": 28}


class StoryStuck(Exception):
    """A story asked for something that the house refuses; the message says what and why."""


@dataclass
class House:
    """The demonstration pharmacy with its cast, looked up once."""

    pharmacy: Pharmacy
    staff: dict[str, User]
    institutions: dict[str, Institution]
    prescribers: dict[str, Prescriber]
    receivers: dict[str, User]
    medicines: dict[str, Medicine]
    gtins: dict[str, str]
    suppliers: list[Any]
    carriers: list[Any]
    versions: dict[str, ProfileVersion] = field(default_factory=dict)


class Player:
    """Plays one case. ``at`` is the instant of the next act; acts move it on by minutes, ``wait`` by days."""

    def __init__(
        self,
        house: House,
        number: int,
        *,
        place: str,
        pathway: str,
        product: str,
        at: datetime,
        urgency: str = "standard",
    ) -> None:
        self.house = house
        self.number = number
        self.place = place
        self.product = product
        self.at = at
        self.version = house.versions[pathway]
        self.doctor = house.prescribers[place]
        self.receiver = house.receivers[place]
        self.coordinator = house.staff["coordinator" if number % 3 else "second"]
        self.colleague = house.staff["second" if number % 3 else "coordinator"]
        self.pic = house.staff["pic"]
        given, family, born, record = patient_of(number)
        sex = "female" if born.day % 2 else "male"  # invented, as all of it
        identity = Identity(family_name=family, given_names=given, birth_date=born, record_number=record, sex=sex)
        patient = register_patient(pharmacy=house.pharmacy, identity=identity, by=self.coordinator, now=at)
        self.case = open_case(
            pharmacy=house.pharmacy,
            patient=patient,
            prescriber=self.doctor,
            institution=house.institutions[place],
            coordinator=self.coordinator,
            medicine=house.medicines[product],
            profile_version=self.version,
            country=self.version.jurisdiction,
            indication=INDICATIONS[product],
            urgency=urgency,
            by=self.coordinator,
            now=at,
        )

    # -- time

    def wait(self, days: float) -> "Player":
        """Let time pass before the next act."""
        self.at += timedelta(days=days)
        return self

    def _tick(self) -> datetime:
        self.at += timedelta(minutes=20)
        return self.at

    def day(self, offset: int = 0) -> str:
        return (self.at.date() + timedelta(days=offset)).isoformat()

    # -- acts

    def take(self, verb: str, *, by: User | None = None, on: models.Model | None = None, **facts: Any) -> CaseEvent:
        """Take one verb now, as the coordinator unless said otherwise."""
        try:
            return advance(self.case, verb, by=by or self.coordinator, now=self._tick(), subject=on, facts=facts)
        except RequirementsUnmet as refusal:
            unmet = "; ".join(f"{line.code}: {line.fact}" for line in refusal.unmet)
            raise StoryStuck(
                f"{self.version} {self.case.reference} on {self.at:%Y-%m-%d}: {verb}: {unmet}"
            ) from refusal
        except FactsInvalid as refusal:
            raise StoryStuck(f"{self.version} {self.case.reference}: {verb}: {refusal.errors}") from refusal

    def moment(self) -> str:
        """This instant as a person would type it."""
        return self.at.strftime("%Y-%m-%dT%H:%M")

    def paper(self, doc_type: str, text: str = "", *, signed: bool = False, dated: bool = False) -> Document:
        """A paper of the case, written as text and accepted; ``signed`` has the prescriber sign it."""
        document = papers.store_text(
            case=self.case,
            doc_type=doc_type,
            text=text or f"{papers.title_of(doc_type)} for case {self.case.reference}.\nInvented, for demonstration.",
            by=self.coordinator,
            now=self._tick(),
        )
        if signed:
            papers.sign_document(
                document, by=self.doctor.user, meaning="I sign this paper.", proof=PASSWORD, now=self._tick()
            )
        if dated:
            holder = HELD_BY.get((self.version.profile_key, doc_type), "")
            self.take("documents.document.describe", on=document, issued_on=self.day(-2), held_by=holder)
        return document

    def determine(self) -> "Player":
        """The prescriber prepares and signs."""
        self.take(
            "cases.determination.prepare",
            by=self.doctor.user,
            dose=f"{self.house.medicines[self.product].strength}, every 14 days",
            justification="Registered options were tried without lasting effect. Invented, for demonstration.",
        )
        draft = self.case.determinations.get(state="draft")
        self.take(
            "cases.determination.sign", by=self.doctor.user, on=draft, statements=list(STATEMENTS), password=PASSWORD
        )
        return self

    def review(self) -> "Player":
        """Clinical and regulatory review, requested by the coordinator, passed by the pharmacist in charge."""
        for kind in ("clinical", "regulatory"):
            self.take("regulatory.review.request", kind=kind)
        for review in self.case.reviews.filter(state="requested").order_by("number"):
            sheet = sheet_of(review, now=self.at)
            given = {row.item.id: Typed("yes") for row in sheet.asked}
            keep_answers(review, given, read=sheet.fingerprint, by=self.pic, now=self._tick())
            self.take(
                "regulatory.review.pass", by=self.pic, on=review, fingerprint=sheet.fingerprint, password=PASSWORD
            )
        return self

    def collect(self) -> "Player":
        """Every paper that the pathway always asks for, and an answer to each of its conditions."""
        profile = profile_of(self.version)
        for condition in conditions_in(profile):
            self.take("regulatory.condition.answer", condition=condition.facts[0], applies="no")
        held = set(self.case.documents.values_list("doc_type", flat=True))
        for entry in profile.section("documents"):
            kind = entry["doc_type"]
            if entry["required"] == "always" and kind not in held and kind != "authorisation_letter":
                aged = entry["max_age"] is not None or (self.version.profile_key, kind) in HELD_BY
                self.paper(kind, signed=kind in SIGNED_ON_PAPER, dated=aged)
                held.add(kind)
        return self

    def attest(self) -> "Player":
        """Every statement that a gate of the pathway asks a named person to sign."""
        for statement in statements(profile_of(self.version)):
            by = self.doctor.user if statement.role == "treating_prescriber" else self.coordinator
            if statement.role in ("hospital_pharmacist", "community_pharmacist", "importing_professional"):
                by = self.receiver
            self.take("regulatory.attestation.sign", by=by, statement=statement.code)
        return self

    def ready(self) -> "Player":
        """From opening to a filing that could be sent: determination, reviews, papers."""
        self.determine().wait(1).collect().review().wait(1)
        self.take("cases.case.begin_filing")
        return self

    def open_filing(self, quantity: str = "6") -> Any:
        profile = profile_of(self.version)
        self.take(
            "regulatory.filing.open",
            kind=suggested_kind(profile),
            authority=authorities(profile)[0],
            quantity=quantity,
            planned_on=local_day(profile, self.at).isoformat(),
        )
        return self.filing

    @property
    def filing(self) -> Any:
        return self.case.filings.order_by("-number").first()

    def submit(self, quantity: str = "6") -> "Player":
        """Open, make ready and submit one filing with its proof."""
        filing = self.open_filing(quantity)
        self.take("regulatory.filing.make_ready", on=filing)
        proof = self.paper("filing_proof", f"Proof of submission {self.case.reference} {filing.label}.")
        self.take(
            "regulatory.filing.submit",
            on=filing,
            happened_at=self.moment(),
            party="Northway Imports",
            recipient="regulator",
            proof=proof.pk,
        )
        return self

    def acknowledge(self) -> "Player":
        self.take(
            "regulatory.filing.acknowledge",
            on=self.filing,
            happened_at=self.moment(),
            external_reference=f"ACK-{self.number:04d}",
        )
        return self

    def grant(self, *, valid_days: int = 365, quantity: str = "6") -> "Player":
        """The authority's letter arrives and is recorded with its window, coverage and quantity."""
        letter = self.paper(
            "authorisation_letter", f"Letter of authorization {self.case.reference}, {self.filing.label}."
        )
        self.take(
            "regulatory.filing.grant",
            on=self.filing,
            happened_at=self.moment(),
            channel="written",
            letter=letter.pk,
            number=f"PER-{self.number:04d}-{self.filing.number}",
            valid_from=local_day(profile_of(self.version), self.at).isoformat(),
            valid_until=self.day(valid_days),
            quantity=quantity,
            covers=coverage_asked(profile_of(self.version)),
        )
        return self

    @property
    def authorization(self) -> Any:
        return self.case.authorizations.filter(state="in_force").order_by("-number").first()

    @property
    def consignment(self) -> Any:
        return self.case.consignments.order_by("-number").first()

    def plan(self, *, quantity: int = 2, days: int | None = None, dispatch_in: int = 2, transit: int = 4) -> "Player":
        """Plan one consignment."""
        self.take(
            "custody.consignment.plan",
            quantity=str(quantity),
            days_of_therapy=str(days or ONE_SUPPLY.get(self.version.profile_key, 84)),
            planned_dispatch_on=self.day(dispatch_in),
            planned_arrival_on=self.day(dispatch_in + transit),
        )
        return self

    def order(self) -> "Player":
        under = self.authorization
        self.take(
            "custody.consignment.order",
            on=self.consignment,
            supplier=self.house.suppliers[0].pk,
            order_number=f"PO-{self.number:03d}-{self.consignment.number}",
            **({"authorization": under.pk} if under is not None else {}),
        )
        return self

    def allocate(self) -> "Player":
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

    def attest_export(self) -> "Player":
        """The coordinator signs what the country of origin asks for this consignment."""
        codes = [statement.code for statement in statements_of(self.case)]
        self.take("regulatory.export.attest", on=self.consignment, statements=codes)
        return self

    def release(self, *, dispatch_in: int = 1, transit: int = 4) -> "Player":
        self.attest_export()
        self.take(
            "custody.consignment.release",
            on=self.consignment,
            planned_dispatch_on=self.day(dispatch_in),
            planned_arrival_on=self.day(dispatch_in + transit),
        )
        return self

    def dispatch(self) -> "Player":
        """Packed, scanned, its papers there, then the carrier takes it."""
        self.pack().shipping_papers().attest_export()
        self.take(
            "custody.consignment.dispatch",
            on=self.consignment,
            dispatched_at=self.moment(),
            carrier=self.house.carriers[0].pk,
            shipper_number=f"SH-{self.number:03d}",
            logger_number=f"LG-{self.number:03d}",
            seal_number=f"SL-{self.number:03d}",
            briefing_confirmed="yes",
        )
        if self.stage == "sourcing":
            self.take("cases.case.begin_shipment")
        return self

    def pack(self) -> "Player":
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
        kept = self.house.medicines[self.product].storage
        self.take(
            "custody.consignment.pack",
            on=self.consignment,
            shipper_name="Invented shipper, 168 hours",
            shipper_number=f"SH-{self.number:03d}",
            shipper_hours=168,
            logger_number=f"LG-{self.number:03d}",
            seal_number=f"SL-{self.number:03d}",
            carrier=self.house.carriers[0].pk,
            constraints=[code for code in BY_STORAGE[kept] if code != DRY_ICE],
        )
        return self

    def shipping_papers(self) -> "Player":
        strange = not_its_own(self.consignment)
        held = set(self.case.documents.exclude(pk__in=strange).values_list("doc_type", flat=True))
        for version in (self.version, export_version(self.case)):
            for entry in profile_of(version).section("documents") if version else ():
                if entry["required"] == "always" and entry["doc_type"] not in held:
                    held.add(entry["doc_type"])
                    self.paper(entry["doc_type"], signed=entry["doc_type"] in SIGNED_ON_PAPER)
        return self

    @property
    def stage(self) -> str:
        return str(Case.objects.values_list("stage", flat=True).get(pk=self.case.pk))

    def source(self, **plan: Any) -> "Player":
        """Plan, begin sourcing, order, allocate; an authorization for one consignment is assigned to it first."""
        self.plan(**plan)
        under = self.authorization
        if under is not None and "consignment" in under.covers:
            self.take("regulatory.authorization.assign", on=under, consignment=self.consignment.pk)
        self.take("cases.case.begin_sourcing")
        return self.order().wait(1).allocate()

    def arrive(self) -> "Player":
        self.take("custody.consignment.arrive", by=self.receiver, on=self.consignment, arrived_at=self.moment())
        return self

    def inspect(self, *, result: str = "accept", remarks: str = "") -> "Player":
        self.take(
            "custody.consignment.inspect",
            by=self.receiver,
            on=self.consignment,
            inspected_at=self.moment(),
            units_received=str(int(self.consignment.quantity)),
            seals_intact="yes",
            labels_legible="yes",
            serials_match="yes",
            result=result,
            remarks=remarks,
        )
        return self

    def temperature(self, lowest: str | None = None, highest: str | None = None, minutes: int = 0) -> "Player":
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

    def logger(self, *, peak: float, lasts: timedelta) -> "Player":
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

    def accept(self) -> "Player":
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

    def receive(self) -> "Player":
        """Arrival, inspection, logger, disposition, acceptance."""
        return self.arrive().inspect().temperature().wait(0.3).accept()

    def catch_up(self, now: datetime) -> None:
        """The follow-up questions that fell due since are answered, each on its day."""
        for question in self.case.follow_ups.filter(answered_at=None, due_on__lt=now.date()).order_by("due_on"):
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

    def dispense(self) -> "Player":
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
