"""Looking terms up in the pharmacy's own copy of a dictionary, and which versions of it are held."""

from collections.abc import Iterable, Mapping
from typing import Final

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Length, Lower

from cases.people.models import Pharmacy
from pharmacovigilance.models import CodingDictionary, CodingTerm

Kind = CodingDictionary.Kind
EdqmCodes = Mapping[tuple[str, str], dict[str, str]]
HELD: Final = Q(is_whole=True, removed_at__isnull=True)


def versions_of(pharmacy: Pharmacy, kind: str = Kind.MEDDRA) -> list[CodingDictionary]:
    """The versions that this pharmacy holds, the newest first."""
    rows = CodingDictionary.objects.filter(HELD, pharmacy=pharmacy, kind=kind).select_related("confirmed_by")
    return sorted(rows, key=lambda row: _ordered(row.version), reverse=True)


def look_up(dictionary: CodingDictionary, words: str) -> QuerySet[CodingTerm]:
    """The terms that have all of these words, or this code; current ones first, the shortest first."""
    rows = dictionary.terms.all()
    for word in words.replace("\x00", "").split():
        rows = rows.filter(Q(code=word) | Q(words__icontains=word))
    first = Case(When(is_current=True, then=Value(0)), default=Value(1))
    return rows.order_by(first, Length("words"), "words")


def edqm_codes(pharmacy: Pharmacy, words: Iterable[str]) -> EdqmCodes:
    """The codes that the newest list of each kind has for exactly these words, in whatever case; one query."""
    sought = {text.casefold() for text in words if text}
    rows = CodingTerm.objects.annotate(lowered=Lower("words")).filter(
        dictionary__pharmacy=pharmacy,
        dictionary__kind__in=[Kind.EDQM_FORM, Kind.EDQM_ROUTE],
        dictionary__is_whole=True,
        lowered__in=sought,
    )
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in sorted(rows.select_related("dictionary"), key=lambda row: _ordered(row.dictionary.version)):
        found[row.dictionary.kind, row.words.casefold()] = {"code": row.code, "version": row.dictionary.version}
    return found


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
