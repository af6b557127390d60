"""Importing a licensee's dictionary, whole or not at all, and looking terms up in the pharmacy's own copy."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Final

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Length, Lower

from cases.audit.context import acting
from cases.lifecycle.errors import FactsInvalid, NotPermitted
from cases.people.models import Pharmacy, User
from cases.people.roles import PHARMACISTS, Role
from pharmacovigilance.coding.files import VERSION, Term, read_edqm, read_meddra
from pharmacovigilance.models import CodingDictionary, CodingTerm

KEEPERS: Final = PHARMACISTS | {Role.ADMINISTRATOR}
Kind = CodingDictionary.Kind
BATCH: Final = 5000
EdqmCodes = Mapping[tuple[str, str], dict[str, str]]
Progress = Callable[[int, int], object]


def import_dictionary(
    kind: str,
    files: list[bytes],
    *,
    version: str,
    licensee_confirms: bool,
    by: User,
    now: datetime,
    progress: Progress | None = None,
) -> CodingDictionary:
    """Keep a version of a dictionary for the pharmacy of this person.

    :param files: llt.asc and pt.asc for MedDRA, one list for EDQM.
    :param progress: told how many terms of how many are kept.
    :raises NotPermitted, FactsInvalid, ListRefused: nothing was kept.
    """
    pharmacy = by.pharmacy
    if pharmacy is None or by.role not in KEEPERS:
        raise NotPermitted(f"{by.display_name} may not import a dictionary. Nothing was kept.")
    if errors := _faults(pharmacy, kind, version.strip(), licensee_confirms):
        raise FactsInvalid("Nothing was imported.", errors)
    terms = read_meddra(files[0], files[1]) if kind == Kind.MEDDRA else read_edqm(files[0])
    with acting(by=by, verb="pharmacovigilance.dictionary.imported", business_at=now):
        held = CodingDictionary.objects.create(
            pharmacy=pharmacy, kind=kind, version=version.strip(), size=len(terms), confirmed_by=by, confirmed_at=now,
            sha256=hashlib.sha256(b"".join(files)).hexdigest(),
        )  # fmt: skip
        _keep(held, terms, progress)
        return held


def versions_of(pharmacy: Pharmacy, kind: str = Kind.MEDDRA) -> list[CodingDictionary]:
    """The versions that this pharmacy holds, the newest first."""
    rows = CodingDictionary.objects.filter(pharmacy=pharmacy, kind=kind).select_related("confirmed_by")
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
        dictionary__pharmacy=pharmacy, dictionary__kind__in=[Kind.EDQM_FORM, Kind.EDQM_ROUTE], lowered__in=sought
    )
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in sorted(rows.select_related("dictionary"), key=lambda row: _ordered(row.dictionary.version)):
        found[row.dictionary.kind, row.words.casefold()] = {"code": row.code, "version": row.dictionary.version}
    return found


def _faults(pharmacy: Pharmacy, kind: str, version: str, licensee_confirms: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if kind not in Kind.values:
        found["kind"] = [f"“{kind}” is no dictionary. Choose one of: {', '.join(Kind.labels)}."]
    if not VERSION.fullmatch(version):
        said = f"“{version}” is no version." if version else "No version was given."
        found["version"] = [f"{said} Write it as it stands on the files, for example 29.0."]
    elif CodingDictionary.objects.filter(pharmacy=pharmacy, kind=kind, version=version).exists():
        found["version"] = [f"Version {version} is held already. Give the version of these files."]
    if not licensee_confirms:
        found["licensee_confirms"] = ["Say that the licence is the pharmacy's own; without one it cannot be kept here."]
    return found


def _keep(held: CodingDictionary, terms: list[Term], progress: Progress | None) -> None:
    for begin in range(0, len(terms), BATCH):
        part = terms[begin : begin + BATCH]
        CodingTerm.objects.bulk_create(CodingTerm(dictionary=held, **asdict(term)) for term in part)
        if progress is not None:
            progress(begin + len(part), len(terms))


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
