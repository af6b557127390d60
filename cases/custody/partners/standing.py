"""How a partner stands in one word and one date: for the list, the page and the API."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Q

from cases.custody.models import Consignment, Partner
from cases.custody.partners.dates import NOT_LEFT
from cases.custody.partners.holdings import Asked, asked_of, with_files
from cases.people.models import Pharmacy, User
from cases.people.roles import READ_WHOLE, READERS_ONLY

SOON_DAYS = 14
# missing before unknown before what is asked later or lapses soon.
_WORST = ("missing", "unknown", "later", "soon", "counts")


@dataclass(frozen=True, slots=True)
class Standing:
    """One partner today. ``state`` is the worst of what is asked for every medicine; ``first`` is to be done next."""

    partner: Partner
    asked: list[Asked]
    state: str
    first: Asked | None
    on: date

    @property
    def act_by(self) -> date | None:
        return self.first.act_by if self.first is not None else None


def standing_of(partner: Partner, on: date) -> Standing:
    """How this partner stands on that day."""
    asked = asked_of(partner, on)
    usual = [one for one in asked if one.is_usual]
    worst = min((_word(one, on) for one in usual), key=_WORST.index, default="counts")
    return Standing(partner, asked, worst, min(usual, key=lambda one: _order(one, on), default=None), on)


def _word(one: Asked, on: date) -> str:
    if one.state == "counts":
        return "soon" if one.act_by is not None and (one.act_by - on).days <= SOON_DAYS else "counts"
    return one.state


def _order(one: Asked, on: date) -> tuple[int, date]:
    late = one.state in ("missing", "unknown")
    return (0 if late else 1, one.act_by or (on if late else date.max))


def partners_read_by(user: User, now: datetime) -> "models.QuerySet[Partner]":
    """The partners that this person may read: of the own pharmacy, of an auditor's scopes; none for anybody else."""
    if user.role not in READ_WHOLE:
        return Partner.objects.none()
    if user.role in READERS_ONLY or user.pharmacy_id is None:
        open_scopes = user.audit_scopes.filter(valid_from__lte=now, valid_until__gt=now)
        return Partner.objects.filter(pharmacy_id__in=open_scopes.values("pharmacy_id"))
    return Partner.objects.filter(pharmacy_id=user.pharmacy_id)


def listed(
    partners: "models.QuerySet[Partner]", on: date, *, q: str = "", kind: str = "", state: str = ""
) -> list[Standing]:  # fmt: skip
    """Those that match, who needs something first before the others.

    :param q: name, number of a credential, or authority.
    :param state: ``missing``, ``unknown``, ``soon``, ``later`` or ``counts``.
    """
    if q:
        told = Q(credentials__number__icontains=q) | Q(credentials__authority__icontains=q)
        partners = partners.filter(Q(name__icontains=q) | told).distinct()
    if kind:
        partners = partners.filter(kind=kind)
    rows = [standing_of(partner, on) for partner in with_files(partners.order_by("name", "pk"))]
    rows = [row for row in rows if state in ("", row.state)]
    return sorted(rows, key=lambda row: (_WORST.index(row.state), row.act_by or date.max, row.partner.name))


def waiting_for(partner: Partner) -> Iterable[Consignment]:
    """Consignments that have not left and need this partner, the first to leave first."""
    rows: Any = Consignment.objects.filter(state__in=NOT_LEFT, case__pharmacy_id=partner.pharmacy_id)
    own = Q(supplier=partner) | Q(carrier=partner)
    if partner.institution_id is not None:
        own |= Q(institution_id=partner.institution_id)
    return rows.filter(own).select_related("case__coordinator").order_by("planned_dispatch_on", "pk")  # type: ignore[no-any-return]


def acts_next(partner: Partner, boxes: Iterable[Consignment]) -> str:
    """Who acts: the coordinator of the first consignment that waits for it, else any pharmacist of the pharmacy."""
    first = next(iter(boxes), None)
    if first is not None:
        return f"{first.case.coordinator.display_name}, for {first.case.reference} {first.label}"
    pharmacy: Pharmacy = partner.pharmacy
    return f"Any pharmacist of {pharmacy}"
