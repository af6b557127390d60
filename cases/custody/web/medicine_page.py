"""One page of a medicine: how it is handled and stored, its packs, the lots on hand, and the open cases that use it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from cases import clock
from cases.custody.models import Lot, ProductHandling, Unit
from cases.custody.tracing import WHEREABOUTS
from cases.models import Case, Medicine
from cases.people.models import User
from cases.people.roles import READ_WHOLE
from cases.web.registries import medicine_sheets

WHO: Final = "The page of a medicine is read by the pharmacy and those who audit it."
MOST_CASES: Final = 50
# What is on hand or on its way: from the allocation until it is dispensed or gone.
ON_HAND: Final = ("allocated", "in_transit", "quarantine", "accepted")


@dataclass(frozen=True, slots=True)
class LotOnHand:
    """One lot of one supplier, with how many packs are where, in the words of a recall."""

    gtin: str
    number: str
    expires_on: date
    supplier: str
    counts: tuple[tuple[str, int], ...]
    is_expired: bool


@login_required
def medicine(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that is kept of a medicine and holds for every case of it."""
    user: User = request.user  # type: ignore[assignment]
    if user.role not in READ_WHOLE:
        raise PermissionDenied(WHO, "pharmacists, administrators and auditors")
    found = Medicine.objects.filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404("There is no such medicine.")
    now = clock.now()
    cases = Case.objects.visible_to(user, at=now)
    handlings = _handlings(found, user, cases)
    using = list(
        cases.open()
        .filter(medicine=found)
        .select_related("coordinator", "institution")
        .order_by("-pk")[: MOST_CASES + 1]
    )
    page = {
        "medicine": found,
        "handling": handlings[0] if handlings else None,
        "earlier": handlings[1:],
        "packs": _packs(found, user, cases),
        "lots": _on_hand(found, cases, now.date()),
        "cases": using[:MOST_CASES],
        "is_cut": len(using) > MOST_CASES,
        "all_cases": f"{reverse('case_list')}?stage=open&q={found.name}",
        "sheets": medicine_sheets(found, user, now),
    }
    return render(request, "custody/medicine.html", page)


def _handlings(medicine: Medicine, user: User, cases: Any) -> list[ProductHandling]:
    """Every statement on how it is handled that this person may know of, the newest first: that one counts."""
    rows = ProductHandling.objects.filter(medicine=medicine, case__pharmacy__in=_houses_of(user, cases))
    return list(rows.select_related("stated_by", "case").order_by("-pk"))


def _houses_of(user: User, cases: Any) -> Any:
    """The pharmacies whose records this person reads: the own one, or for an auditor those of the cases in scope."""
    return [user.pharmacy_id] if user.pharmacy_id else cases.order_by().values("pharmacy")


def _packs(medicine: Medicine, user: User, cases: Any) -> list[dict[str, Any]]:
    """Each GTIN that a lot of it had, with how many lots and the latest expiry."""
    rows = Lot.objects.filter(medicine=medicine, supplier__pharmacy__in=_houses_of(user, cases))
    found: dict[str, dict[str, Any]] = {}
    for gtin, expires_on in rows.order_by("gtin").values_list("gtin", "expires_on"):
        pack = found.setdefault(gtin, {"gtin": gtin, "lots": 0, "last": expires_on})
        pack["lots"] += 1
        pack["last"] = max(pack["last"], expires_on)
    return list(found.values())


def _on_hand(medicine: Medicine, cases: Any, today: date) -> list[LotOnHand]:
    """Lots of which a pack is on hand or on its way, the first to expire first; one query."""
    rows: Any = (
        Unit.objects.filter(lot__medicine=medicine, state__in=ON_HAND, case__in=cases)
        .values("gtin", "lot__number", "lot__expires_on", "lot__supplier__name")
        .annotate(**{state: Count("pk", filter=Q(state=state)) for state in ON_HAND})
        .order_by("lot__expires_on", "gtin", "lot__number", "lot__supplier__name")
    )
    return [
        LotOnHand(
            row["gtin"],
            row["lot__number"],
            row["lot__expires_on"],
            row["lot__supplier__name"],
            tuple((WHEREABOUTS[state][1], row[state]) for state in ON_HAND if row[state]),
            row["lot__expires_on"] < today,
        )
        for row in rows
    ]
