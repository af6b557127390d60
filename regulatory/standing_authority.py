"""A standing authority, and one of stock: granted once, in one case, and good for every case like it. Derived.

A gate of the pathway says in what a standing authorization must match a case (``covers``, with ``level: standing``);
the letter says what it names. A case is covered when both agree on the case's own values. Only cases of the same
pharmacy, on the same pathway, count: nobody learns here of another pharmacy's patients (ADR 26).

An authorization of stock speaks for each patient's case that draws from it, at its own institution (ADR 29).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case as Case_
from django.db.models import Model, Q, QuerySet, When

from cases.custody.authorizing import OF_THE_SUPPLY, knows_authorizations
from cases.custody.models import Consignment
from cases.custody.stock import stock_cases, stock_for
from cases.models import Case
from regulatory.models import STOPPED, Authorization, Filing
from regulatory.operated import is_stock
from regulatory.pathway import STANDING, coverage_asked, profile_of, standing_coverage

# What a letter can name that a case has one value of: of the case, and of the authorization.
ASPECTS: Mapping[str, tuple[Callable[[Case], Any], Callable[[Authorization], Any]]] = {
    "patient": (lambda case: case.patient_id, lambda held: held.case.patient_id),
    "prescriber": (lambda case: case.prescriber_id, lambda held: held.prescriber_id),
    "product": (lambda case: case.medicine_id, lambda held: held.medicine_id),
    "indication": (lambda case: case.indication.casefold(), lambda held: held.indication.casefold()),
    "consignee": (lambda case: case.institution_id, lambda held: held.case.institution_id),
}

# Stock is of one product at one institution, whatever its letter names.
ALWAYS_OF_STOCK = ("product", "consignee")


@dataclass(frozen=True, slots=True)
class Alike:
    """A case of the same pathway and medicine, and in what the authorization does not cover it (nothing: covered)."""

    case: Case
    differs: tuple[str, ...]

    @property
    def is_covered(self) -> bool:
        return not self.differs


def differs(authorization: Authorization, case: Case) -> tuple[str, ...]:
    """In which aspects a standing authorization does not cover a case: another value, or one that it does not name."""
    asked = _asked_of(authorization, case)
    if asked is None:
        return ("pathway",)
    if authorization.case.is_stock:
        named = [*ALWAYS_OF_STOCK, *(one for one in (*asked, *authorization.covers) if one in ASPECTS)]
        return tuple(
            aspect
            for aspect in dict.fromkeys(one for one in named if one != "patient")
            for of_the_case, of_the_letter in [ASPECTS[aspect]]
            if of_the_case(case) != of_the_letter(authorization)
        )
    aspects = dict.fromkeys(
        [*(one for one in asked if one in ASPECTS), *(a for a in authorization.covers if a in ASPECTS)]
    )
    return tuple(
        aspect
        for aspect in aspects
        for of_the_case, of_the_letter in [ASPECTS[aspect]]
        if aspect not in authorization.covers or of_the_case(case) != of_the_letter(authorization)
    )


def _asked_of(authorization: Authorization, case: Case) -> tuple[str, ...] | None:
    profile = profile_of(case.profile_version)
    if authorization.case.is_stock:
        return tuple(coverage_asked(profile)) if is_stock(profile) else None
    return standing_coverage(profile)


def is_drawn_from_stock(case: Case) -> bool:
    """Whether it is the case of a patient on a pathway for stock: it files nothing, and draws what was authorized."""
    return not case.is_stock and is_stock(profile_of(case.profile_version))


def stock_that_covers(case: Case) -> list[Consignment]:
    """What is on hand for the case under an authorization that covers it and is not stopped, or under none."""
    return [
        one
        for one in stock_for(case).select_related("authorization__case")
        if (held := one.authorization) is None or (held.state not in STOPPED and not differs(held, case))
    ]


def authorization_of(consignment: Consignment) -> Authorization | None:
    """The authorization that a consignment came under: its own, or that of the stock it was drawn from."""
    return counted_as(consignment).authorization


def counted_as(consignment: Consignment) -> Consignment:
    """The consignment that an authorization's ledger counts for this one: the stock's, which is counted once."""
    return consignment.drawn_from or consignment


def covering(case: Case) -> list[Authorization]:
    """Authorizations granted under other cases that cover this one, whatever their state; the oldest first.

    One query, none where the pathway knows of no standing authority and is not for stock.
    """
    if case.pk and is_drawn_from_stock(case):
        rows = Authorization.objects.filter(OF_THE_SUPPLY, case__in=stock_cases(case, closed=True))
        rows = rows.select_related("case", "document").order_by("valid_from", "pk")
        return [held for held in rows if not differs(held, case)]
    asked = standing_coverage(profile_of(case.profile_version))
    if asked is None or not case.pk:
        return []
    return [held for held in _might_cover(case, asked) if not differs(held, case)]


@knows_authorizations
def speaking_for(case: Case) -> "QuerySet[Authorization]":
    """The standing authorizations that cover the case, then its own ones of its supply, the newest last."""
    own = Q(case_id=case.pk)
    further = [held.pk for held in covering(case)]
    rows = Authorization.objects.filter(OF_THE_SUPPLY, own | Q(pk__in=further) if further else own)
    return rows.annotate(is_own=Case_(When(own, then=1), default=0)).order_by("is_own", "number", "pk")


def alike(authorization: Authorization) -> list[Alike]:
    """Other cases of the pathway and the medicine, covered or not, the newest first; none where it is not standing."""
    home = authorization.case
    if authorization.level != STANDING and not home.is_stock:
        return []
    rows = (
        Case.objects.filter(
            pharmacy_id=home.pharmacy_id,
            medicine_id=authorization.medicine_id,
            profile_version__profile_key=home.profile_version.profile_key,
            profile_version__is_demonstration=home.profile_version.is_demonstration,
        )
        .exclude(pk=home.pk)
        .filter(Q(patient__isnull=False, institution_id=home.institution_id) if home.is_stock else Q())
        .select_related("profile_version", "prescriber__user")
        .defer("profile_version__data")
        .order_by("-id")
    )
    return [Alike(row, differs(authorization, row)) for row in rows]


def covered_by(authorization: Authorization) -> list[Case]:
    """The other open cases under a standing authorization, in the order in which they are locked."""
    found = [one.case for one in alike(authorization) if one.is_covered and one.case.stage != "closed"]
    return sorted(found, key=lambda case: case.pk)


def reached_by(record: Model) -> list[int]:
    """The keys of the other cases that a deed on an authorization, or on the filing that gives one, acts on."""
    if isinstance(record, Authorization):
        return [case.pk for case in covered_by(record)]
    if not isinstance(record, Filing):
        return []
    home = record.case
    if standing_coverage(profile_of(record.profile_version)) is None and not home.is_stock:
        return []
    rows = Case.objects.open().filter(pharmacy_id=home.pharmacy_id, medicine_id=home.medicine_id)
    same = rows.filter(profile_version__profile_key=record.profile_version.profile_key)
    return list(same.exclude(pk=home.pk).values_list("pk", flat=True))


def _might_cover(case: Case, asked: Iterable[str]) -> "QuerySet[Authorization]":
    version = case.profile_version
    rows = Authorization.objects.filter(
        OF_THE_SUPPLY,
        level=STANDING,
        medicine_id=case.medicine_id,
        case__pharmacy_id=case.pharmacy_id,
        case__profile_version__profile_key=version.profile_key,
        case__profile_version__is_demonstration=version.is_demonstration,
    ).exclude(case_id=case.pk)
    if "prescriber" in asked:
        rows = rows.filter(prescriber_id=case.prescriber_id)
    return rows.select_related("case", "document").order_by("valid_from", "pk")
