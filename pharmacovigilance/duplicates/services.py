"""Finding pairs that may be one event, and what a person decides of a pair. Nothing is ever merged or removed."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db.models import Q

from cases.audit.context import acting
from cases.lifecycle.errors import FactsInvalid, NotPermitted
from cases.people.models import Pharmacy, User
from cases.people.roles import PHARMACISTS
from pharmacovigilance.duplicates.comparing import Compared, Told, compare, weights
from pharmacovigilance.duplicates.telling import near, told_of
from pharmacovigilance.models import DuplicateCandidate, SafetyCase

Decision = DuplicateCandidate.Decision


@dataclass(frozen=True, slots=True)
class Found:
    """How many pairs were compared, found for the first time, and asked again for a ground that is new."""

    compared: int
    new: int
    again: int


def find_for(safety_case: SafetyCase, *, now: datetime) -> Found:
    """Compare one safety case with those of its pharmacy; inside the deed that changed it."""
    own = told_of(SafetyCase.objects.filter(pk=safety_case.pk))
    pairs = [(own[0], other) for other in told_of(near(safety_case))]
    return _keep(safety_case.case.pharmacy_id, pairs, now=now)


def find_all(pharmacy: Pharmacy, *, by: User, now: datetime) -> Found:
    """Compare every pair of a pharmacy; the same again changes nothing."""
    with acting(by=by, verb="pharmacovigilance.duplicates.compared", business_at=now):
        told = told_of(SafetyCase.objects.filter(case__pharmacy=pharmacy))
        return _keep(pharmacy.pk, combinations(told, 2), now=now)


def decide(
    pair: DuplicateCandidate, *, decision: str, reason: str, master: SafetyCase | None = None, by: User, now: datetime
) -> DuplicateCandidate:
    """Say whether both tell of one event, and then which is the master; a later decision takes the place of this one.

    :raises NotPermitted, FactsInvalid: nothing was changed.
    """
    if by.role not in PHARMACISTS or by.pharmacy_id != pair.pharmacy_id:
        raise NotPermitted(f"{by.display_name} may not decide on duplicates. Nothing was changed. Pharmacists may.")
    if errors := dict(_faults(pair, decision, reason, master)):
        raise FactsInvalid("The pair was not decided. Nothing was changed.", errors)
    with acting(by=by, verb="pharmacovigilance.duplicate.decided", reason=reason, business_at=now):
        held = DuplicateCandidate.objects.select_for_update(of=("self",)).get(pk=pair.pk)
        held.decision, held.reason, held.master = decision, reason.strip(), master
        held.decided_by, held.decided_at = by, now
        held.save()
        return held


def cross_references_of(safety_case: SafetyCase) -> list[dict[str, str]]:
    """The numbers under which others know this event (C.1.9.1.r), as a snapshot keeps them.

    What other senders gave it, and our own number of every safety case that somebody decided to be the same event.
    """
    given = [
        {"source": one.source, "number": one.identifier} for one in safety_case.other_identifiers.order_by("number")
    ]
    pharmacy = safety_case.case.pharmacy
    others = _same_event(safety_case) - {safety_case.pk}
    same = SafetyCase.objects.filter(pk__in=others).order_by("pk") if others else ()
    return given + [{"source": pharmacy.name, "number": one.worldwide_id} for one in same]


def _same_event(safety_case: SafetyCase) -> set[int]:
    """The keys of all that are one event with it, over any number of decisions."""
    known, fresh = {safety_case.pk}, {safety_case.pk}
    while fresh:
        rows = DuplicateCandidate.objects.filter(
            Q(first__in=fresh) | Q(second__in=fresh), decision=Decision.SAME
        ).values_list("first", "second")
        fresh = {key for pair in rows for key in pair} - known
        known |= fresh
    return known


def _faults(pair: DuplicateCandidate, decision: str, reason: str, master: SafetyCase | None) -> Iterable[Any]:
    if decision not in (Decision.SAME, Decision.DIFFERENT):
        yield "decision", [f"{decision or 'Nothing'} was chosen. Choose “one event” or “two events”."]
    if not reason.strip():
        yield "reason", ["Nothing was given. Say in a sentence what decides it."]
    if decision == Decision.SAME and (master is None or master.pk not in (pair.first_id, pair.second_id)):
        yield "master", ["No master was chosen. Choose the one of both that is followed up and reported."]


def _keep(pharmacy_id: int, pairs: Iterable[tuple[Told, Told]], *, now: datetime) -> Found:
    """Write down what was found. A pair that was decided is asked again only for a certain ground that is new."""
    there = {(row.first_id, row.second_id): row for row in DuplicateCandidate.objects.filter(pharmacy=pharmacy_id)}
    compared = new = again = 0
    for left, right in pairs:
        compared += 1
        found = compare(left, right)
        first, second = sorted((left.key, right.key))
        row = there.get((first, second))
        if row is None:
            if found.is_candidate:
                _, made = DuplicateCandidate.objects.get_or_create(
                    first_id=first, second_id=second, defaults={"pharmacy_id": pharmacy_id, **_told(found, now)}
                )
                new += made
        elif row.decision and set(found.grounds) <= set(row.grounds):
            continue
        elif (list(found.grounds), _compared(found)) != (row.grounds, row.features):
            again += bool(row.decision)
            _rewrite(row, found, now)
    return Found(compared, new, again)


def _told(found: Compared, now: datetime) -> dict[str, Any]:
    return {
        "grounds": list(found.grounds),
        "features": _compared(found),
        "score": found.score,
        "weights": weights().version,
        "found_at": now,
    }


def _compared(found: Compared) -> list[dict[str, Any]]:
    return [asdict(feature) for feature in found.features]


def _rewrite(row: DuplicateCandidate, found: Compared, now: datetime) -> None:
    for name, value in _told(found, now).items():
        setattr(row, name, value)
    row.decision, row.master, row.reason, row.decided_by, row.decided_at = "", None, "", None, None
    row.save()
