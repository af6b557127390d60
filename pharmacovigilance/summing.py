"""What the judgements of each pair come to for the version as a whole. Pure: no database, no clock.

Worst of: serious when any event is; related when anybody says so of any pair; unexpected when any pair is (ICH E2A, and
EU GVP VI.B.1.1: a reporter's suspicion is not argued away).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from pharmacovigilance.terms import CRITERIA, EXPECTEDNESS, RECHALLENGE

RELATED, NOT_RELATED, NOT_ASSESSED = "related", "not_related", "not_assessed"
# What each method's word means for the question "related or not".
MEANS: Final = {
    "certain": RELATED,
    "probable": RELATED,
    "possible": RELATED,
    "definite": RELATED,
    RELATED: RELATED,
    "unlikely": NOT_RELATED,
    "doubtful": NOT_RELATED,
    NOT_RELATED: NOT_RELATED,
    "conditional": NOT_ASSESSED,
    "unassessable": NOT_ASSESSED,
    NOT_ASSESSED: NOT_ASSESSED,
}
# Said of a pair, and no judgement of what caused the event.
NO_CAUSE: Final = frozenset({EXPECTEDNESS, RECHALLENGE})
EXPECTED, UNEXPECTED, NOT_KNOWN = "expected", "unexpected", "not_known"


class Pairwise(Protocol):
    """One judgement, as far as it is summed up."""

    event_id: int
    product_id: int
    source: str
    method: str
    result: str


Judgement = TypeVar("Judgement", bound=Pairwise)


@dataclass(frozen=True, slots=True)
class Pair:
    """One event and one suspect product, by their keys."""

    event: int
    product: int


def standing(assessments: Iterable[Judgement]) -> list[Judgement]:
    """The last judgement of each pair by each side and method; given oldest first, kept in that order."""
    last: dict[tuple[int, int, str, str], Judgement] = {}
    for one in assessments:
        key = (one.event_id, one.product_id, one.source, one.method)
        last.pop(key, None)
        last[key] = one
    return list(last.values())


def worst_criterion(criteria: Iterable[str]) -> str:
    """The gravest of some seriousness criteria, in the order of ICH E2A; empty when there is none."""
    met = set(criteria)
    return next((code for code, _ in CRITERIA if code in met), "")


def causality_of(assessments: Iterable[Pairwise], pairs: Iterable[Pair]) -> str:
    """Related, not related or not assessed, over all pairs and both sides.

    Not related only when every pair was judged so by somebody, and nobody says otherwise of any.
    """
    words: dict[Pair, set[str]] = {pair: set() for pair in pairs}
    for one in standing(assessments):
        pair = Pair(one.event_id, one.product_id)
        if one.method not in NO_CAUSE and pair in words:
            words[pair].add(MEANS[one.result])
    if any(RELATED in said for said in words.values()):
        return RELATED
    return NOT_RELATED if words and all(said == {NOT_RELATED} for said in words.values()) else NOT_ASSESSED


def expected_of(assessments: Iterable[Pairwise], pairs: Iterable[Pair]) -> bool | None:
    """``False`` when any pair is unexpected, ``True`` when every one is expected, ``None`` when that is not known."""
    words: dict[Pair, str] = dict.fromkeys(pairs, NOT_KNOWN)
    for one in standing(assessments):
        pair = Pair(one.event_id, one.product_id)
        if one.method == EXPECTEDNESS and pair in words:
            words[pair] = one.result
    if UNEXPECTED in words.values():
        return False
    return True if words and set(words.values()) == {EXPECTED} else None
