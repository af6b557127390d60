"""The page of one authorization: its window, what it names, its ledger, and every case that a standing one covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases import clock
from cases.access import case_for
from cases.models import Case
from cases.people.models import User
from cases.people.roles import READ_WHOLE
from cases.web.case_page import about
from regulatory.models import Authorization, QuantityEntry
from regulatory.pathway import STANDING, authorities, profile_of
from regulatory.profiles import words
from regulatory.quantities import balance, uses_of
from regulatory.standing_authority import Alike, alike
from regulatory.standing_reports import reports
from regulatory.verbs.decisions import LEVELS
from regulatory.web.ledger import drawing

# More cases than this are counted, and found by the search of cases.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Under:
    """One case beside an authorization: what it has taken, whether it is held for it, or why it is not covered."""

    case: Case
    differs: str
    taken: Decimal
    gone: int
    is_held: bool


@login_required
@require_GET
def authorization(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """Read one; of the cases under it only those that this person may see."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role not in READ_WHOLE:
        raise PermissionDenied("Authorizations are read by the pharmacy and its auditors.", "pharmacists and auditors")
    rows = case.authorizations.select_related("case__profile_version", "medicine", "document", "filing")
    found = next((one for one in rows.select_related("prescriber__user") if one.label == label), None)
    if found is None:
        raise Http404(f"{case.reference} has no {label}.")
    beside = alike(found)
    named = Case.objects.visible_to(user, at=now).filter(pk__in=[one.case.pk for one in beside])
    seen = set(named.values_list("pk", flat=True))
    told = _under(found, [one for one in beside if one.case.pk in seen])
    stands = balance(found)
    return render(
        request,
        "regulatory/authorization.html",
        {
            "case": case,
            "a": found,
            "about": about(case),
            "is_standing": found.level == STANDING,
            "given_for": LEVELS.get(found.level, words.spaced(found.level)),
            "stands": stands,
            "uses_left": None if found.max_uses is None else max(0, found.max_uses - uses_of(found)),
            "drawn": drawing(found, stands),
            "own": _taken_by(found).get(case.pk, (Decimal(0), 0)),
            "covered": [one for one in told if not one.differs],
            "beside": [one for one in told if one.differs],
            "unseen": len(beside) - len(seen),
            "shown": SHOWN,
            "reports": reports(found, now=now),
            "authority": next(iter(authorities(profile_of(case.profile_version))), "the authority"),
            "may_record": user.is_pharmacist,
        },
    )


def _under(found: Authorization, rows: Sequence[Alike]) -> list[Under]:
    taken = _taken_by(found)
    held = set(found.hold_grounds.filter(hold__lifted_at__isnull=True).values_list("case_id", flat=True))
    zero: tuple[Decimal, int] = (Decimal(0), 0)
    return [
        Under(one.case, _why_not(one.differs), *taken.get(one.case.pk, zero), is_held=one.case.pk in held)
        for one in rows
    ]


def _taken_by(found: Authorization) -> dict[int, tuple[Decimal, int]]:
    """Quantity and consignments by case."""
    sums = QuantityEntry.objects.filter(authorization=found, consignment__isnull=False).order_by()
    quantities: dict[int, Any] = dict(sums.values_list("case_id").annotate(total=Sum("quantity")))
    left = Count("pk", filter=Q(dispatched_at__isnull=False))
    gone: dict[int, int] = dict(found.consignments.order_by().values_list("case_id").annotate(left=left))
    return {pk: (quantities.get(pk) or Decimal(0), gone.get(pk, 0)) for pk in {*quantities, *gone}}


def _why_not(differing: tuple[str, ...]) -> str:
    return "another " + " and another ".join(differing) if differing else ""
