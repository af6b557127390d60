"""The papers of a leg, what differs from the packs, and what a verification router answered."""

from collections.abc import Sequence

from django.db import models

from cases.custody.dscsa.papers import Difference, Pack, differences, packs_of_events, packs_of_text
from cases.custody.epcis.taking import RETAINED_YEARS, years_on
from cases.custody.models import (
    Consignment,
    EpcisFile,
    Regime,
    SupplyException,
    TransactionPack,
    TransactionRecord,
    Unit,
    VerificationResult,
)  # fmt: skip
from cases.custody.models.dscsa import STATEMENTS
from cases.custody.verbs.common import consignment_of, moment, verb
from cases.lifecycle.verbs import Ask, Situation, Verb, next_number

WITH_PACKS = frozenset({"allocated", "released", "in_transit", "arrived", "accepted"})


def said_packs(situation: Situation) -> list[Pack]:
    """The packs that the papers name: those typed, else those the chosen file shipped to this consignment.

    :raises NotReadable: for a line that is no pack.
    """
    facts = situation.facts
    if text := facts.get("packs"):
        return packs_of_text(text)
    file = facts.get("epcis_file")
    return packs_of_events(file.rows.order_by("number").values_list("body", flat=True)) if file else []


def units_of(consignment: Consignment) -> list[tuple[int, Pack]]:
    """The packs that are there, as they are compared."""
    return [
        (unit.pk, Pack(unit.gtin, unit.lot.number, unit.lot.expires_on.isoformat(), unit.serial))
        for unit in consignment.units.select_related("lot").order_by("serial")
    ]


def _record_papers(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    packs, file = said_packs(situation), facts.get("epcis_file")
    record = TransactionRecord.objects.create(
        case=situation.case,
        consignment=consignment,
        number=next_number(situation.case.transaction_records),
        regime=facts["regime"],
        leg=facts.get("leg") or 1,
        source=TransactionRecord.Source.EPCIS if file else TransactionRecord.Source.PAPER,
        epcis_file=file,
        document=facts.get("document"),
        product=f"{situation.case.medicine}, {situation.case.medicine.form}"[:200],
        ndc=facts.get("ndc", ""),
        container_size=facts.get("container_size", ""),
        containers=facts["containers"],
        transaction_on=facts["transaction_on"],
        shipped_on=facts.get("shipped_on"),
        seller=facts["seller"],
        buyer=facts["buyer"],
        statement=list(facts.get("statement", [])),
        is_direct_purchase=facts.get("is_direct_purchase", False),
        recorded_by=situation.by,
        recorded_at=situation.now,
        retained_until=years_on(situation.now, RETAINED_YEARS),
    )
    TransactionPack.objects.bulk_create(
        TransactionPack(case=situation.case, record=record, gtin=pack.gtin, lot=pack.lot,
                        expires_on=pack.expiry or None, serial=pack.serial)
        for pack in packs
    )  # fmt: skip
    _open_exceptions(situation, record, differences(packs, record.containers, units_of(consignment)))
    return consignment


def _open_exceptions(situation: Situation, record: TransactionRecord, found: Sequence[Difference]) -> None:
    first = next_number(situation.case.supply_exceptions)
    for number, one in enumerate(found, start=first):
        SupplyException.objects.create(
            case=situation.case,
            consignment=record.consignment,
            number=number,
            record=record,
            unit_id=one.unit,
            kind=one.kind,
            on_paper=one.on_paper,
            on_pack=one.on_pack,
            acts_next=record.seller,
            opened_at=situation.now,
        )


def _record_verification(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    VerificationResult.objects.create(
        case=situation.case,
        consignment=consignment,
        unit=facts["unit"],
        answered_by=facts["answered_by"],
        answered_at=facts["answered_at"],
        is_verified=facts["is_verified"],
        reason=facts.get("failure", ""),
        further=facts.get("further", ""),
        recorded_by=situation.by,
        recorded_at=situation.now,
    )
    return consignment


def _resolve(situation: Situation) -> models.Model:
    exception = situation.record(SupplyException)
    exception.resolve(resolution=situation.reason, resolved_by=situation.by, resolved_at=situation.now)
    exception.save()
    return exception


def _files(situation: Situation) -> "models.QuerySet[EpcisFile]":
    return EpcisFile.objects.filter(pharmacy_id=situation.case.pharmacy_id).order_by("-id")


def units_asked(situation: Situation) -> "models.QuerySet[Unit]":
    """The packs of the consignment in question."""
    if not isinstance(situation.subject, Consignment):
        return Unit.objects.none()
    return situation.subject.units.select_related("lot").order_by("serial")


def has_packs(subject: models.Model) -> bool:
    return isinstance(subject, Consignment) and subject.state in WITH_PACKS


def _supplier(situation: Situation) -> str:
    return str(getattr(situation.subject, "supplier", None) or "")


VERBS = (
    verb(
        "record_papers",
        "papers_recorded",
        "Record the transaction papers of it",
        _record_papers,
        transition="",
        offered_when=has_packs,
        asks=(
            Ask("regime", "Which law the papers follow", "choice", options=Regime.choices),
            Ask("leg", "Leg", "integer", required=False, hint="1 is supplier to pharmacy.", least=1, most=9),
            Ask("epcis_file", "EPCIS file", "record", required=False, options=_files, hint="Taken by epcis_import."),
            Ask("packs", "Packs on the papers", "long", required=False,
                hint="One a line: GTIN, lot, expiry (2027-08-31) and serial; or scan each. Leave blank with a file."),
            Ask("containers", "Number of containers", "integer", hint="As the papers say.", most=100_000),
            Ask("ndc", "NDC", required=False, hint="With its dashes, such as 12345-6789-0."),
            Ask("container_size", "Container size", required=False),
            Ask("transaction_on", "Date of the transaction", "date"),
            Ask("shipped_on", "Date of shipment", "date", required=False, hint="When more than 24 hours later."),
            Ask("seller", "Seller, name and address", initial=_supplier),
            Ask("buyer", "Buyer, name and address", initial=lambda situation: situation.case.pharmacy.name),
            Ask("statement", "What the seller states", "ticks", required=False, options=STATEMENTS),
            Ask("is_direct_purchase", "Bought directly from the manufacturer?", "yesno", required=False),
            Ask("document", "The papers themselves", "document", required=False, options=("dscsa_transaction_data",)),
        ),
        consequence="Compared with the packs; each difference opens an exception that holds the pack it names.",
    ),
    verb(
        "record_verification",
        "verification_recorded",
        "Record what the manufacturer's verification said of a pack of it",
        _record_verification,
        transition="",
        offered_when=has_packs,
        asks=(
            Ask("unit", "Pack", "record", options=units_asked),
            Ask("answered_by", "Who answered"),
            moment("answered_at", "When it was answered"),
            Ask("is_verified", "Was the pack verified?", "yesno"),
            Ask("failure", "Reason given", "choice", required=False, options=VerificationResult.Reason.choices),
            Ask("further", "Said beside it", "choice", required=False, options=VerificationResult.Further.choices),
        ),
        consequence="A pack that is not verified is not suspect by that alone: decide on it.",
    ),
    Verb(
        code="custody.exception.resolve",
        past="resolved",
        label="Resolve it",
        subject="custody.SupplyException",
        transition="resolve",
        effect=_resolve,
        needs_reason=True,
        consequence="The pack is held by it no longer. Both sides of the difference stay on record.",
    ),
)  # fmt: skip
