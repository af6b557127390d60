"""The letters of a recall in one case as they would be written now: to be read before they go out, and then written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.custody.models import RecalledCase, RecalledPack, RecallLetter
from cases.custody.recalls.clocks import answer_due_at
from cases.custody.recalls.letters import Named, Told, write
from cases.custody.recalls.standing import packs_of

Roles = RecallLetter.Role


@dataclass(frozen=True, slots=True)
class Draft:
    """One letter before it is written: to whom, with which text, to be answered by when."""

    role: str
    addressee: str
    consignment: Any
    title: str
    text: str
    due_at: datetime

    @property
    def to(self) -> str:
        """The role in words."""
        return str(Roles(self.role).label)


def drafts_of(part: RecalledCase, *, now: datetime) -> Iterator[Draft]:
    """To prescriber, institution and patient, and to each supplier that this recall did not write to before."""
    case = part.case
    rows = [row for row, _ in packs_of(part)]
    suppliers = {row.unit.lot.supplier.name: row.unit.consignment for row in rows}
    # A supplier is written to once in a recall, whichever of its cases comes first.
    written_to = set(
        RecallLetter.objects.filter(part__recall=part.recall, role=Roles.SUPPLIER).values_list("addressee", flat=True)
    )
    readers: list[tuple[str, str, Any]] = [
        (Roles.PRESCRIBER, case.prescriber.user.display_name, None),
        (Roles.INSTITUTION, case.institution.name, None),
        (Roles.PATIENT, "the patient, through the prescriber", None),
        *((Roles.SUPPLIER, name, first) for name, first in sorted(suppliers.items()) if name not in written_to),
    ]
    for role, addressee, consignment in readers:
        yield _draft(part, rows, role, addressee, consignment, now=now)


def _draft(
    part: RecalledCase, rows: list[RecalledPack], role: str, addressee: str, consignment: Any, *, now: datetime
) -> Draft:
    case, recall = part.case, part.recall
    due_at = answer_due_at(case, recall.recall_class, now)
    concerned = [row.unit for row in rows if consignment is None or row.unit.lot.supplier.name == addressee]
    title, text = write(
        role,
        Told(
            recall=recall.label,
            is_drill=recall.is_drill,
            recall_class=recall.recall_class,
            source=f"{recall.get_source_display()}, {recall.source_reference}".rstrip(", "),
            reason=recall.reason,
            instruction=recall.instruction,
            case=case.reference,
            medicine=str(case.medicine),
            pharmacy=case.pharmacy.name,
            packs=[Named(unit.gtin, unit.lot.number, unit.serial, unit.lot.expires_on) for unit in concerned],
            due=f"{due_at:%Y-%m-%d %H:%M} UTC",
        ),
    )
    return Draft(role, addressee, consignment, title, text, due_at)
