"""What a pack of a filing is made from, read from the case; and whether one that was made still says what is true."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from cases.documents.models import Document
from cases.models import Case, Determination
from cases.people.identity import Identity
from regulatory.models import Filing
from regulatory.pack.enclosures import enclosures
from regulatory.pack.fields import Ground
from regulatory.pathway import profile_of


def determination_of(case: Case) -> Determination | None:
    """The determination that stands: the signed one."""
    signed = case.determinations.filter(state=Determination.State.SIGNED).select_related("document__file")
    return signed.first()


def ground_of(
    filing: Filing, *, quantity: Decimal | None, identity: Identity | None = None, planned_on: date | None = None
) -> Ground:
    """The ground of a pack; without an identity only whether its parts are there can be told."""
    amount = quantity if quantity is not None else filing.quantity
    return Ground(
        case=filing.case,
        filing=filing,
        determination=determination_of(filing.case),
        profile=profile_of(filing.profile_version),
        quantity=f"{amount.normalize():f}" if amount is not None else "",
        planned_on=planned_on or filing.planned_on,
        identity=identity,
    )


def holdings(determination: Determination | None, papers: Iterable[Document]) -> list[str]:
    """What a pack is made from, by label, as the filing keeps it beside the pack."""
    return ([determination.label] if determination else []) + [paper.label for paper in papers]


def what_changed(filing: Filing) -> list[str]:
    """What was added to or taken from the papers since the pack was made, as labels; empty when it is current."""
    now = holdings(determination_of(filing.case), enclosures(filing.case, profile_of(filing.profile_version)))
    return sorted(set(now) ^ set(filing.pack_holds))
