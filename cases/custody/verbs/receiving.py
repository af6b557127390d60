"""At the receiving institution: inspection, second check, acceptance or rejection."""

from django.db import models

from cases.custody.models import CheckResult, Consignment, Inspection, PackReading, SecondCheck, SupplyException
from cases.custody.receiving.answers import answered, arrival_told
from cases.custody.receiving.packs import differences_of
from cases.custody.receiving.protocol import Item, current, every_item
from cases.custody.receiving.wording import CHECKED, INSPECTED, check_text, inspection_text
from cases.custody.verbs.common import (
    AT_THE_INSTITUTION,
    HOLDS_ON_USE,
    at_the_institution,
    consignment_of,
    free_units,
    moment,
    verb,
)
from cases.custody.verbs.papers import units_asked
from cases.custody.verbs.scanning import record_reading
from cases.lifecycle.verbs import Ask, Situation, next_number
from cases.people.roles import Role
from cases.verbs.signatures import ASKED_OF_A_SIGNER, refuse_other_name, signed, stored

# A delegate never signs (domain.md 1).
CHECKS = frozenset({Role.PRESCRIBER, Role.RECEIVING_PHARMACIST})


def _inspect(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    refuse_other_name(situation)
    consignment.inspect()
    consignment.save()
    arrival = arrival_told(situation)
    items = answered(situation, arrival)
    title = f"Receiving inspection of {consignment.label}"
    record = stored(
        situation, doc_type="inspection_record", title=title, text=inspection_text(situation, arrival, items)
    )
    signed(situation, record, meaning=INSPECTED, what=title)
    inspection = Inspection.objects.create(
        case=situation.case,
        consignment=consignment,
        inspected_by=situation.by,
        inspected_at=facts["inspected_at"],
        protocol_version=current(situation.now).version,
        logger_stopped_at=facts.get("logger_stopped_at"),
        stored_at=facts.get("stored_at"),
        units_received=facts["units_received"],
        result=facts["result"],
        remarks=facts.get("remarks", ""),
        record=record,
    )
    CheckResult.objects.bulk_create(
        CheckResult(
            case=situation.case, inspection=inspection, place=place, item=one.item.code, question=one.item.question,
            answer=one.answer, note=one.note, photo=one.photo,
        )
        for place, one in enumerate(items, start=1)
    )  # fmt: skip
    _open_exceptions(situation, differences_of(arrival))
    sound = inspection.result == Inspection.Result.ACCEPT
    at_the_institution(situation, "inspect_sound" if sound else "inspect_flawed", event_at=facts["inspected_at"])
    return consignment


def _open_exceptions(situation: Situation, found: list[SupplyException]) -> None:
    """Each difference once: what an open exception says already is not opened again."""
    consignment = consignment_of(situation)
    standing = list(SupplyException.objects.filter(consignment=consignment, state="open"))
    known = [(one.kind, one.unit_id, one.on_paper, one.on_pack) for one in standing]
    papers = consignment.transaction_records.order_by("number").last()
    carrier = str(consignment.carrier or "The carrier")
    for one in found:
        if (one.kind, one.unit_id, one.on_paper, one.on_pack) in known:
            continue
        one.case, one.consignment, one.record = situation.case, consignment, papers
        one.number = next_number(situation.case.supply_exceptions)
        broken = one.kind == SupplyException.Kind.BROKEN
        one.acts_next = carrier if broken else situation.case.pharmacy.name
        one.opened_at = situation.now
        one.save()


def _second_check(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    refuse_other_name(situation)
    inspection = consignment.inspections.select_related("inspected_by", "consignment__case").latest("pk")
    lines = [line for line in facts.get("typed_packs", "").splitlines() if line.strip()]
    typed = [record_reading(situation, line, PackReading.EntryMethod.TYPED) for line in lines]
    title = f"Second check of {consignment.label}"
    record = stored(
        situation, doc_type="second_check_record", title=title, text=check_text(situation, inspection, typed)
    )
    signed(situation, record, meaning=CHECKED, what=title)
    SecondCheck.objects.create(
        case=situation.case,
        inspection=inspection,
        checked_by=situation.by,
        checked_at=situation.now,
        units_counted=facts["units_counted"],
        agrees=facts["agrees"],
        remarks=facts.get("remarks", ""),
        record=record,
    )
    return consignment


def _accept(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    consignment.accept()
    consignment.save()
    at_the_institution(situation, "accept", units=free_units(consignment))
    return consignment


def _reject(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    consignment.reject()
    consignment.save()
    at_the_institution(situation, "reject")
    return consignment


def _ask_of(item: Item) -> Ask:
    """How the verb asks one item of the protocol, while the version in effect has it."""
    return Ask(
        item.fact,
        item.question,
        "choice",
        hint=item.hint,
        options=item.options,
        asked_when=lambda situation: any(one.fact == item.fact for one in current(situation.now).asked),
    )


def _serials(situation: Situation) -> list[tuple[str, str]]:
    return [(unit.serial, unit.serial) for unit in units_asked(situation)]


def _counted_before(situation: Situation) -> object:
    return getattr(situation.subject, "quantity", None)


def _has_arrived(subject: models.Model) -> bool:
    return isinstance(subject, Consignment) and subject.state == Consignment.State.ARRIVED


INSPECTION = (
    verb(
        "inspect",
        "inspected",
        "Record the receiving inspection",
        _inspect,
        roles=AT_THE_INSTITUTION,
        asks=(
            moment("inspected_at", "When it was inspected"),
            *(_ask_of(item) for item in every_item()),
            Ask("logger_stopped_at", "When the logger was stopped", "moment", required=False,
                hint="Before anything was opened. Blank only when no logger was sent or it could not be read."),
            Ask("stored_at", "When it was moved to qualified storage", "moment", required=False),
            Ask("units_received", "Units counted", "decimal", initial=_counted_before),
            Ask("missing", "Packs that are not there", "ticks", required=False, options=_serials),
            Ask("broken", "Packs that are broken", "ticks", required=False, options=_serials),
            Ask("extra", "Packs that were not sent", "long", required=False,
                hint="One a line: GTIN, lot, expiry (2027-08-31) and serial; or the scanned code."),
            Ask("notes", "Notes", "long", required=False, hint="One item a line: carton: dented at one corner"),
            Ask("photos", "Photos", "long", required=False, hint="Papers of the case, one item a line: carton: D-7"),
            Ask("result", "Result", "choice", options=Inspection.Result.choices),
            Ask("remarks", "Remarks", "long", required=False),
            *ASKED_OF_A_SIGNER,
        ),
        consequence="An inspection does not release anything: a second person checks it, and the decision is signed "
        "by somebody else.",
    ),
    verb(
        "second_check",
        "second_checked",
        "Sign the second check of it",
        _second_check,
        transition="",
        offered_when=_has_arrived,
        roles=CHECKS,
        asks=(
            Ask("units_counted", "Units you counted yourself", "decimal"),
            Ask("typed_packs", "Packs that were typed", "long", required=False,
                hint="Type each again from the pack, one a line: (01)…(17)…(10)…(21)…"),
            Ask("agrees", "Do you find what the inspection found?", "yesno"),
            Ask("remarks", "Remarks", "long", required=False, hint="What you find different, if you do."),
            *ASKED_OF_A_SIGNER,
        ),
        consequence="Only after it may a release be signed. Whoever inspected cannot check.",
    ),
)  # fmt: skip
VERBS = (
    verb(
        "accept",
        "accepted",
        "Accept the consignment",
        _accept,
        stopped_by=HOLDS_ON_USE,
        consequence="The units may be dispensed to this patient.",
    ),
    verb(
        "reject",
        "rejected",
        "Reject the consignment",
        _reject,
        needs_reason=True,
        final=True,
        consequence="Final. The units can never be given; they are returned or destroyed.",
    ),
)
