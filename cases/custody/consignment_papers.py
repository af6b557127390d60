"""Which paper was made for which consignment: an invoice or a waybill of one speaks for no other.

A paper that nobody has assigned counts only while no other consignment is being prepared beside this one; at dispatch
it is written down as this consignment's. A certificate of analysis speaks for every consignment of its lot.
"""

from collections.abc import Iterable
from datetime import datetime

from cases.custody.models import Consignment, ConsignmentPaper
from cases.documents.models import Document
from cases.people.models import User

OF_THE_LOT = frozenset({"coa"})
OF_A_CONSIGNMENT = OF_THE_LOT | {
    "airway_bill",
    "commercial_invoice",
    "dscsa_transaction_data",
    "export_declaration",
    "packing_list",
}
State = Consignment.State
# Set in motion and not gone: papers that come now may be for any of these.
IN_PREPARATION = (State.ORDERED, State.ALLOCATED, State.RELEASED)


def not_its_own(consignment: Consignment) -> dict[int, tuple[str, str]]:
    """Papers of the case that do not count for this consignment: document key -> (kind of paper, why not)."""
    rows = {row.pk: row for row in Document.objects.filter(case_id=consignment.case_id, doc_type__in=OF_A_CONSIGNMENT)}
    if not rows:
        return {}
    claims: dict[int, list[Consignment]] = {}
    for claim in ConsignmentPaper.objects.filter(document__in=rows).select_related("consignment").order_by("pk"):
        claims.setdefault(claim.document_id, []).append(claim.consignment)
    others = _prepared_beside(consignment)
    found: dict[int, tuple[str, str]] = {}
    for key, row in rows.items():
        made_for = _claimed(row, rows, claims)
        if consignment in made_for or _shares_its_lot(row, consignment, made_for):
            continue
        if made_for:
            named = " and ".join(one.label for one in made_for)
            found[key] = (row.doc_type, f"{row.label} was made for {named}.")
        elif others:
            named = ", ".join([*others, consignment.label])
            found[key] = (row.doc_type, f"Nobody has said for which of {named} {row.label} was made.")
    return found


def _prepared_beside(consignment: Consignment) -> list[str]:
    if consignment.state not in (State.PLANNED, *IN_PREPARATION):
        return []
    beside = Consignment.objects.filter(case_id=consignment.case_id, state__in=IN_PREPARATION)
    return [one.label for one in beside.exclude(pk=consignment.pk).order_by("number")]


def _claimed(
    row: Document, rows: dict[int, Document], claims: dict[int, list[Consignment]]
) -> list[Consignment]:  # fmt: skip
    """For whom it was made; a new version belongs where the version before it did."""
    at: Document | None = row
    while at is not None:
        if at.pk in claims:
            return claims[at.pk]
        at = rows.get(at.supersedes_id) if at.supersedes_id else None
    return []


def _shares_its_lot(row: Document, consignment: Consignment, made_for: Iterable[Consignment]) -> bool:
    if row.doc_type not in OF_THE_LOT:
        return False
    lots = set(consignment.units.values_list("lot_id", flat=True))
    return any(lots & set(one.units.values_list("lot_id", flat=True)) for one in made_for)


def claim(consignment: Consignment, documents: Iterable[Document], *, by: User, now: datetime) -> None:
    """Write down that these papers were made for it; said again it changes nothing. Must run inside ``acting``."""
    known = set(consignment.papers.values_list("document_id", flat=True))
    ConsignmentPaper.objects.bulk_create(
        ConsignmentPaper(case_id=consignment.case_id, consignment=consignment, document=one, said_by=by, said_at=now)
        for one in documents
        if one.pk not in known
    )


def claim_what_counts(consignment: Consignment, *, by: User, now: datetime) -> None:
    """At dispatch: every accepted paper that counted for it is its own from now on."""
    strangers = not_its_own(consignment)
    papers = Document.objects.filter(
        case_id=consignment.case_id, doc_type__in=OF_A_CONSIGNMENT, state=Document.State.ACCEPTED
    )
    claim(consignment, papers.exclude(pk__in=strangers), by=by, now=now)
