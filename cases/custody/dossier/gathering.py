"""What a custody dossier says, gathered from the record: lines of text only, by the reference of the case."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cases.custody.cold_chain.chart import told
from cases.custody.fold import in_effect
from cases.custody.ledger import faults_of_chain, movements_of
from cases.custody.models import CheckResult, CustodyEvent, CustodyEventUnit, ExposureAssessment
from cases.custody.pictured import picture_of
from cases.custody.receiving.protocol import version_named
from cases.custody.said import said_of
from cases.custody.temperature_report import drawn_on_paper
from cases.custody.verifying import speaks_against
from cases.documents.errors import BytesNotIntact
from cases.documents.models import Document
from cases.documents.types import title_of
from cases.models import Case
from cases.people.keys import KeyErased


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of the dossier: its heading, its columns, and its rows as text."""

    heading: str
    columns: tuple[str, ...]
    rows: list[list[str]]
    none: str
    wide: tuple[int, ...] = ()

    def as_data(self) -> dict[str, Any]:
        widths = ["1fr" if place in self.wide else "auto" for place in range(len(self.columns))]
        return {
            "heading": self.heading, "columns": list(self.columns), "rows": self.rows, "none": self.none,
            "widths": widths,
        }  # fmt: skip


class Record:
    """The custody of one case, read once."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.consignments = list(
            case.consignments.select_related("supplier", "carrier", "institution").order_by("number")
        )
        self.units = list(
            case.units.select_related("lot__supplier", "consignment").order_by("consignment__number", "gtin", "serial")
        )
        self.events = list(
            case.custody_events.select_related("consignment", "recorded_by", "corrects").order_by("event_at", "pk")
        )
        self.members: dict[int, list[str]] = defaultdict(list)
        serials = {unit.pk: unit.serial for unit in self.units}
        links = CustodyEventUnit.objects.filter(case=case).order_by("unit__serial")
        for event_id, unit_id in links.values_list("event_id", "unit_id"):
            self.members[event_id].append(serials[unit_id])
        self.counts = {one.id for one in in_effect(movements_of(self.units))}
        self.faults = faults_of_chain(self.units)

    @property
    def last_at(self) -> datetime:
        """When the last line of the custody record was written; the opening of the case while there is none."""
        return max((event.recorded_at for event in self.events), default=self.case.opened_at)

    def head(self) -> list[tuple[str, str]]:
        case = self.case
        return [
            ("Case", case.reference),
            ("Medicine", f"{case.medicine}, {case.medicine.form}, kept at {case.medicine.get_storage_display()}"),
            ("Pharmacy", case.pharmacy.name),
            ("Destination", f"{case.institution}, {case.country_name}"),
            ("Record as of", f"{at(self.last_at)}, {len(self.events)} custody events, {len(self.units)} packs"),
            ("Chains of the packs", "; ".join(self.faults) or "whole: each line follows on the one before it"),
        ]

    def sheets(self) -> list[Sheet]:
        """Every table in its order."""
        return [
            self.parties(), self.packs(), self.hand_overs(), self.timeline(), self.receiving(), self.temperatures(),
            self.decisions(), self.doses(), self.differences(), self.papers(), self.heads(),
        ]  # fmt: skip

    def parties(self) -> Sheet:
        rows = []
        for one in self.consignments:
            for what, who in (("supplier", one.supplier), ("carrier", one.carrier)):
                if who is not None:
                    rows.append([one.label, what, who.name, who.country])
            rows.append([one.label, "receiving institution", one.institution.name, one.institution.country])
        return Sheet("Parties", ("Consignment", "Part", "Name", "Country"), rows, "No consignment is planned.", (2,))

    def packs(self) -> Sheet:
        rows = [
            [unit.consignment.label, unit.gtin, unit.lot.number, unit.serial, f"{unit.lot.expires_on:%Y-%m-%d}",
             unit.lot.supplier.name, unit.get_state_display()]
            for unit in self.units
        ]  # fmt: skip
        columns = ("Consignment", "GTIN", "Lot", "Serial", "Expiry", "Supplier", "State")
        return Sheet("Packs", columns, rows, "No pack is allocated.", (5,))

    def hand_overs(self) -> Sheet:
        """Where the holder changed, in the order it happened; a line that was corrected is not among them."""
        rows, holders = [], dict[int, str]()
        for event in self.events:
            if event.pk in self.counts and holders.get(event.consignment_id) != event.holder:
                before = holders.get(event.consignment_id, "")
                rows.append([at(event.event_at), event.consignment.label, before, event.holder, said_of(event)])
                holders[event.consignment_id] = event.holder
        columns = ("When", "Consignment", "From", "To", "Step")
        return Sheet("Hand-overs", columns, rows, "Nothing was handed over.", (2, 3, 4))

    def timeline(self) -> Sheet:
        rows = [
            [at(event.event_at), at(event.recorded_at), event.consignment.label, self._told(event),
             f"{event.holder}; {event.place}" if event.holder != event.place else event.place,
             event.recorded_by.display_name]
            for event in self.events
        ]  # fmt: skip
        columns = ("Happened", "Recorded", "Consignment", "What, and which packs", "Holder and place", "Recorded by")
        return Sheet("Timeline", columns, rows, "Nothing is recorded.", (3, 4, 5))

    def _told(self, event: CustodyEvent) -> str:
        packs = ", ".join(self.members[event.pk])
        note = "" if event.pk in self.counts else " [corrected]"
        if event.corrects is not None:
            note += f" [{event.get_error_reason_display()}: in place of the line of {at(event.corrects.recorded_at)}]"
        return f"{said_of(event)}{note}: {packs}"

    def receiving(self) -> Sheet:
        """Each item of each receiving inspection with its answer, note and photo, by the protocol of its day."""
        rows = [
            [one.inspection.consignment.label, at(one.inspection.inspected_at), one.question, one.get_answer_display(),
             " ".join(part for part in (one.note, f"Photo {one.photo.label}." if one.photo else "") if part)]
            for one in CheckResult.objects.filter(case=self.case)
            .select_related("inspection__consignment", "photo")
            .order_by("inspection_id", "place")
        ]  # fmt: skip
        versions = sorted({one.protocol_version for one in self.case.inspections.all() if one.protocol_version})
        by = "; ".join(told.said for version in versions if (told := version_named(version)) is not None)
        heading = f"Receiving, by the {by}" if by else "Receiving"
        columns = ("Consignment", "Inspected", "Question", "Answer", "Note")
        return Sheet(heading, columns, rows, "Nothing was looked at by a protocol.", (2, 4))

    def temperatures(self) -> Sheet:
        rows = [
            [one.label, one.consignment.label, at(one.assessed_at), one.get_finding_display(),
             f"{one.lowest_c:.1f} to {one.highest_c:.1f} °C" if one.lowest_c is not None and one.highest_c is not None
             else "no reading", f"{float(one.minutes_outside):.0f} min", one.assessed_by.display_name]
            for one in self.case.exposure_assessments.select_related("consignment", "assessed_by").order_by("number")
        ]  # fmt: skip
        columns = ("No.", "Consignment", "Assessed", "Finding", "Extremes", "Outside", "By")
        return Sheet("Temperatures", columns, rows, "No temperature is on record.", (3, 6))

    def pictures(self) -> list[dict[str, str]]:
        """The chart of each temperature that was computed from a file; why there is none where it cannot be drawn."""
        rows = self.case.exposure_assessments.filter(basis=ExposureAssessment.Basis.FILE).order_by("number")
        return [
            _picture(one)
            for one in rows.select_related("consignment__institution", "document__file", "assessed_by", "case__patient")
        ]

    def decisions(self) -> Sheet:
        rows = [
            [one.consignment.label, at(one.inspected_at), f"inspection: {one.get_result_display()}", one.remarks,
             one.inspected_by.display_name]
            for one in self.case.inspections.select_related("consignment", "inspected_by").order_by("pk")
        ]  # fmt: skip
        rows += [
            [one.inspection.consignment.label, at(one.checked_at),
             f"second check: {'agrees' if one.agrees else 'does not agree'}", one.remarks, one.checked_by.display_name]
            for one in self.case.second_checks.select_related("inspection__consignment", "checked_by").order_by("pk")
        ]  # fmt: skip
        rows += [
            [one.consignment.label, at(one.decided_at), f"disposition: {one.get_decision_display()}", one.reason,
             one.decided_by.display_name]
            for one in self.case.dispositions.select_related("consignment", "decided_by").order_by("pk")
        ]  # fmt: skip
        columns = ("Consignment", "When", "Decision", "Ground", "Signed by")
        return Sheet("Decisions", columns, sorted(rows, key=lambda row: row[1]), "None was signed.", (3, 4))

    def doses(self) -> Sheet:
        rows = [
            [at(one.given_at), one.consignment.label, one.unit.serial if one.unit else "lot not confirmed", one.amount,
             one.recorded_by.display_name]
            for one in self.case.doses.select_related("consignment", "unit", "recorded_by").order_by("given_at", "pk")
        ]  # fmt: skip
        return Sheet(
            "Doses", ("Given", "Consignment", "Pack", "Amount", "Recorded by"), rows, "None is on record.", (4,)
        )

    def differences(self) -> Sheet:
        """Exceptions, suspect packs, verifications and recalls: what was said of a pack, and how it ended."""
        rows = [
            [one.label, at(one.opened_at), f"{one.get_kind_display()}: {one.unit.serial if one.unit else 'no pack'}",
             one.get_state_display(), one.resolution]
            for one in self.case.supply_exceptions.select_related("unit").order_by("number")
        ]  # fmt: skip
        rows += [
            [one.label, at(one.raised_at), f"suspect: {one.unit.serial}, {one.signs}", one.get_state_display(),
             one.finding]
            for one in self.case.suspect_products.select_related("unit").order_by("number")
        ]  # fmt: skip
        rows += [
            [one.unit.serial, at(one.answered_at), f"verification: {one.told}",
             "spoke against it" if speaks_against(one) else "verified", ""]
            for one in self.case.verification_results.select_related("unit").order_by("answered_at", "pk")
        ]  # fmt: skip
        parts = self.case.recalls.filter(is_drill=False).select_related("recall").prefetch_related("packs__unit")
        rows += [
            [one.label, at(one.recall.opened_at), f"recall: {one.recall.reason}", one.get_state_display(),
             "; ".join(f"{pack.unit.serial} {pack.get_outcome_display() or 'not accounted for'}"
                       for pack in one.packs.all())]
            for one in parts.order_by("number")
        ]  # fmt: skip
        columns = ("No.", "Since", "What stood against it", "State", "How it ended")
        return Sheet(
            "Exceptions, suspicions, verifications, recalls", columns, rows, "Nothing stood against a pack.", (2, 4)
        )

    def papers(self) -> Sheet:
        """Transaction papers and the documents that custody rests on, each with its fingerprint."""
        records = list(self.case.transaction_records.select_related("epcis_file", "document__file").order_by("number"))
        rows = [
            [one.label, f"{one.get_regime_display()}, leg {one.leg}, {one.get_source_display()}",
             f"{one.transaction_on:%Y-%m-%d}, {one.seller}", one.epcis_file.sha256 if one.epcis_file else ""]
            for one in records
        ]  # fmt: skip
        kept = {one.document_id for one in records} | self._documents()
        files = (
            Document.objects.filter(pk__in=[pk for pk in kept if pk is not None])
            .select_related("file")
            .order_by("number")
        )
        rows += [
            [one.label, title_of(one.doc_type), f"on file since {at(one.received_at)}", one.file.sha256]
            for one in files
        ]
        return Sheet("Papers", ("No.", "What", "From", "SHA-256"), rows, "No paper of custody is on file.", (1, 2, 3))

    def _documents(self) -> set[int | None]:
        temperatures = self.case.exposure_assessments.values_list("document_id", flat=True)
        decided = self.case.dispositions.values_list("manufacturer_answer_id", "record_id")
        inspected = self.case.inspections.values_list("record_id", "second_check__record_id")
        photos = CheckResult.objects.filter(case=self.case, photo__isnull=False).values_list("photo_id", flat=True)
        return {*temperatures, *photos, *(document for pair in [*decided, *inspected] for document in pair)}

    def heads(self) -> Sheet:
        rows = [[unit.gtin, unit.serial, unit.head_sha256 or "no link is kept"] for unit in self.units]
        return Sheet("Heads of the chains", ("GTIN", "Serial", "SHA-256 of the head"), rows, "There is no pack.", (2,))


def _picture(one: ExposureAssessment) -> dict[str, str]:
    caption = f"{one.label}, consignment {one.consignment.label}, {one.get_leg_display()}: {one.get_finding_display()}."
    try:
        picture = picture_of(one)
    except (BytesNotIntact, KeyErased) as fault:
        return {"caption": caption, "svg": "", "alt": "", "fault": f"No picture: {fault}"}
    zone = picture.view.zone
    told_of = {"caption": f"{caption} Times of {zone.key}.", "alt": told(picture.figures, zone), "fault": ""}
    return {**told_of, "svg": drawn_on_paper(picture)}


def at(moment: datetime) -> str:
    """An instant to the minute, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
