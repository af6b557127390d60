"""What happens to a part of a pack: a part dispensed, the pack opened, some of it wasted, brought back or destroyed."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models

from cases.custody.contents import SHELF
from cases.custody.contents_book import accounts_of, enter
from cases.custody.ledger import PATIENT
from cases.custody.models import Consignment, PackOpening, Unit, UnitState
from cases.custody.verbs.common import (
    AT_THE_INSTITUTION,
    CERTIFICATE,
    HOLDS_ON_USE,
    WITNESS,
    at_the_institution,
    consignment_of,
    moment,
    verb,
)
from cases.lifecycle.verbs import Ask, Situation

# What may be recorded of a part, by the word that the person chooses.
WASTED = ("waste", "waste_after")
DESTROYED = ("destroy", "destroy_back")


def _dispense_part(situation: Situation) -> models.Model:
    facts = situation.facts
    enter(situation, facts["unit"], "dispense", facts["count"], at=facts["dispensed_at"])
    _in_the_ledger(situation, facts["unit"], "dispense_part", at=facts["dispensed_at"])
    return consignment_of(situation)


def _in_the_ledger(situation: Situation, unit: Unit, part: str, *, at: datetime) -> None:
    """One line for a part of a pack; for the last of it, the line of the whole pack."""
    held = accounts_of([unit])[unit.pk]
    act, institution = part, consignment_of(situation).institution.name
    holder = institution
    if held[SHELF] == 0 and unit.state == UnitState.ACCEPTED:
        gone_out = held["patient"] or held["given"] or held["back"]
        if part:
            act, holder = "dispense", PATIENT
        else:
            act, holder = ("use_up", PATIENT) if gone_out else ("destroy", "nobody: destroyed")
    if act:
        at_the_institution(situation, act, holder=holder, event_at=at, units=[unit])


def _open_pack(situation: Situation) -> models.Model:
    facts = situation.facts
    hours = situation.case.medicine.in_use_hours
    typed = facts.get("use_before")
    PackOpening.objects.create(
        case=situation.case,
        unit=facts["unit"],
        opened_at=facts["opened_at"],
        use_before=typed or facts["opened_at"] + timedelta(hours=hours or 0),
        basis=facts.get("basis", "") if typed else f"{hours} hours, as the medicine is listed",
        recorded_by=situation.by,
        recorded_at=situation.now,
    )
    return consignment_of(situation)


def _write_off(situation: Situation) -> models.Model:
    facts = situation.facts
    enter(situation, facts["unit"], facts["what"], facts["count"], at=facts["done_at"])
    _in_the_ledger(situation, facts["unit"], "", at=facts["done_at"])
    return consignment_of(situation)


def _bring_back(situation: Situation) -> models.Model:
    facts = situation.facts
    enter(situation, facts["unit"], "bring_back", facts["count"], at=facts["brought_back_at"])
    return consignment_of(situation)


def _units(*states: str) -> Any:
    def options(situation: Situation) -> "models.QuerySet[Unit]":
        if not isinstance(situation.subject, Consignment):
            return Unit.objects.none()
        return situation.subject.units.filter(state__in=states).select_related("lot").order_by("serial")

    return options


def _is_at_hand(subject: models.Model) -> bool:
    return isinstance(subject, Consignment) and subject.state in ("accepted", "dispensed")


def _is_accepted(subject: models.Model) -> bool:
    return isinstance(subject, Consignment) and subject.state == "accepted"


def _what(kinds: tuple[str, ...]) -> Ask:
    labels = {"waste": "on the shelf", "waste_after": "with the patient", "destroy": "on the shelf"}
    named = [(kind, labels.get(kind, "brought back by the patient")) for kind in kinds]
    return Ask("what", "Where it was", "choice", options=named)


PACK = Ask("unit", "Pack", "record", options=_units(UnitState.ACCEPTED, UnitState.DISPENSED))
COUNT = Ask("count", "How many", "integer", least=1, hint="In the smallest units of the pack: tablets, vials, mL.")

VERBS = (
    verb(
        "dispense_part",
        "part_dispensed",
        "Record that a part of it was dispensed",
        _dispense_part,
        transition="",
        offered_when=_is_accepted,
        roles=AT_THE_INSTITUTION,
        asks=(
            Ask("unit", "Pack", "record", options=_units(UnitState.ACCEPTED)),
            COUNT,
            moment("dispensed_at", "When it was dispensed"),
        ),
        stopped_by=HOLDS_ON_USE,
        consequence="The run-out day moves by the days in this part. The rest stays on the shelf.",
    ),
    verb(
        "open_pack",
        "pack_opened",
        "Record that a pack of it was opened",
        _open_pack,
        transition="",
        offered_when=_is_at_hand,
        roles=AT_THE_INSTITUTION,
        asks=(
            PACK,
            moment("opened_at", "When it was opened"),
            Ask(
                "use_before",
                "To be used before",
                "moment",
                required=False,
                hint="Empty where the medicine's time in use is listed: it is counted from the opening.",
            ),
            Ask("basis", "Where that time is from", required=False, hint="For example: leaflet, section 6.3."),
        ),
        consequence="Nothing of it is dispensed or given after that time.",
    ),
    verb(
        "waste",
        "wasted",
        "Record what was wasted of it",
        _write_off,
        transition="",
        offered_when=_is_at_hand,
        roles=AT_THE_INSTITUTION,
        asks=(PACK, COUNT, _what(WASTED), moment("done_at", "When it was wasted"), WITNESS),
        needs_reason=True,
        consequence="It stays in the account of the pack as wasted, with both names.",
    ),
    verb(
        "bring_back",
        "brought_back",
        "Record what the patient brought back of it",
        _bring_back,
        transition="",
        offered_when=_is_at_hand,
        roles=AT_THE_INSTITUTION,
        asks=(PACK, COUNT, moment("brought_back_at", "When it was brought back")),
        needs_reason=True,
        consequence="It is never stock again and is given to nobody; it can only be destroyed.",
    ),
    verb(
        "destroy_part",
        "part_destroyed",
        "Record that a part of it was destroyed",
        _write_off,
        transition="",
        offered_when=_is_at_hand,
        roles=AT_THE_INSTITUTION,
        asks=(PACK, COUNT, _what(DESTROYED), moment("done_at", "When it was destroyed"), WITNESS, CERTIFICATE),
        needs_reason=True,
        final=True,
        consequence="Final, with both names on record.",
    ),
)
