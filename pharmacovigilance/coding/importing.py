"""Importing a licensee's dictionary, whole or not at all, by a worker in parts; and removing one that nothing rests on.

What is faulty is refused before anything is kept. Each part is one transaction with its count, so that a worker that
was cut off is carried on by the next, two of them help each other, and nobody codes with half a dictionary.
"""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from cases.audit.context import acting
from cases.lifecycle.errors import FactsInvalid, NotPermitted, NotPossible
from cases.people.models import Pharmacy, User
from cases.people.roles import PHARMACISTS, Role
from pharmacovigilance.coding.files import VERSION, Term, read_edqm, read_meddra
from pharmacovigilance.coding.services import Kind
from pharmacovigilance.models import AdverseEvent, CaseVersion, CodingDictionary, CodingTerm, DictionaryFile

KEEPERS: Final = PHARMACISTS | {Role.ADMINISTRATOR}
BATCH: Final = 5000
MOST_NAMED: Final = 5
Progress = Callable[[int, int], object]


def order_import(
    kind: str, files: list[bytes], *, version: str, licensee_confirms: bool, by: User, now: datetime
) -> CodingDictionary:
    """Keep the files of a dictionary for the pharmacy of this person, for a worker to keep their terms.

    :param files: llt.asc and pt.asc for MedDRA, one list for EDQM.
    :raises NotPermitted, FactsInvalid, ListRefused: nothing was kept.
    """
    pharmacy = _keeper(by)
    if errors := _faults(pharmacy, kind, version.strip(), licensee_confirms):
        raise FactsInvalid("Nothing was imported.", errors)
    terms = _terms(kind, files)
    with acting(by=by, verb="pharmacovigilance.dictionary.imported", business_at=now):
        held = CodingDictionary.objects.create(
            pharmacy=pharmacy, kind=kind, version=version.strip(), size=len(terms), confirmed_by=by, confirmed_at=now,
            sha256=hashlib.sha256(b"".join(files)).hexdigest(),
        )  # fmt: skip
        DictionaryFile.objects.bulk_create(
            DictionaryFile(dictionary=held, place=place, content=content) for place, content in enumerate(files)
        )
    return held


def carry_on_imports(*, now: datetime) -> None:
    """What the worker does: keep the terms of every import that was ordered and is not whole."""
    waiting = CodingDictionary.objects.filter(is_whole=False, removed_at__isnull=True).order_by("confirmed_at", "pk")
    for dictionary in waiting.select_related("confirmed_by"):
        keep_terms(dictionary, now=now)


def keep_terms(dictionary: CodingDictionary, *, now: datetime, progress: Progress | None = None) -> None:
    """Keep every term that is not kept yet, part by part, until all are or somebody removes the dictionary.

    :param progress: told how many terms of how many are kept.
    """
    terms: list[Term] = []
    while True:
        with acting(by=dictionary.confirmed_by, verb="pharmacovigilance.dictionary.kept", business_at=now):
            row = CodingDictionary.objects.select_for_update().get(pk=dictionary.pk)
            if row.is_whole or row.removed_at is not None:
                return
            terms = terms or _terms(row.kind, [bytes(one.content) for one in row.files.order_by("place")])
            part = terms[row.kept : row.kept + BATCH]
            CodingTerm.objects.bulk_create(CodingTerm(dictionary=row, **asdict(term)) for term in part)
            row.kept += len(part)
            row.is_whole = row.kept == len(terms)
            row.save(update_fields=["kept", "is_whole"])
            if row.is_whole:
                row.files.all().delete()
        if progress is not None:
            progress(row.kept, row.size)


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
    """Order an import and carry it out at once, as the command does.

    :raises NotPermitted, FactsInvalid, ListRefused: nothing was kept.
    """
    with transaction.atomic():
        held = order_import(kind, files, version=version, licensee_confirms=licensee_confirms, by=by, now=now)
        keep_terms(held, now=now, progress=progress)
    held.refresh_from_db()
    return held


def remove_dictionary(dictionary: CodingDictionary, *, reason: str, by: User, now: datetime) -> None:
    """Take the terms of a dictionary away; that it was held, and who removed it why, stays. Final.

    :raises NotPermitted: for others than those who keep dictionaries of its pharmacy.
    :raises FactsInvalid: without a reason.
    :raises NotPossible: when it was removed before, or naming what is coded with it.
    """
    if _keeper(by) != dictionary.pharmacy:
        raise NotPermitted("It is another pharmacy's dictionary. Nothing was removed.")
    if not reason.strip():
        raise FactsInvalid("Nothing was removed.", {"reason": ["Is missing. Say why it is removed."]})
    verb = "pharmacovigilance.dictionary.removed"
    with acting(by=by, verb=verb, reason=reason.strip(), business_at=now):
        row = CodingDictionary.objects.select_for_update().get(pk=dictionary.pk)
        if row.removed_at is not None:
            raise NotPossible(f"{row} was removed before. Nothing changed.")
        if used := rests_on(row):
            more = f" and {len(used) - MOST_NAMED} more" if len(used) > MOST_NAMED else ""
            raise NotPossible(f"{row} is used by {', '.join(used[:MOST_NAMED])}{more}. Nothing was removed.")
        row.terms.all().delete()
        row.files.all().delete()
        row.removed_by, row.removed_at, row.removal_reason = by, now, reason.strip()
        row.save(update_fields=["removed_by", "removed_at", "removal_reason"])


def rests_on(dictionary: CodingDictionary) -> list[str]:
    """Events that are coded with this version, and locked versions that say so, by reference and label."""
    version, pharmacy = dictionary.version, dictionary.pharmacy_id
    locked = CaseVersion.objects.filter(case__pharmacy=pharmacy).select_related("case").order_by("case", "number")
    if dictionary.kind != Kind.MEDDRA:
        name = "form_code" if dictionary.kind == Kind.EDQM_FORM else "route_code"
        locked = locked.filter(snapshot__contains={"products": [{name: {"version": version}}]})
        return [f"{one.case.reference} {one.label}" for one in locked]
    events = AdverseEvent.objects.filter(case__pharmacy=pharmacy, meddra_version=version).exclude(meddra_code="")
    locked = locked.filter(Q(snapshot__contains={"events": [{"meddra": {"version": version}}]}))
    return [
        f"{one.case.reference} {one.label}"
        for rows in (events.select_related("case").order_by("case", "number"), locked)
        for one in rows
    ]


def _keeper(by: User) -> Pharmacy:
    if by.pharmacy is None or by.role not in KEEPERS:
        raise NotPermitted(f"{by.display_name} keeps no dictionaries. Nothing was changed.")
    return by.pharmacy


def _terms(kind: str, files: list[bytes]) -> list[Term]:
    return read_meddra(files[0], files[1]) if kind == Kind.MEDDRA else read_edqm(files[0])


def _faults(pharmacy: Pharmacy, kind: str, version: str, licensee_confirms: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if kind not in Kind.values:
        found["kind"] = [f"“{kind}” is no dictionary. Choose one of: {', '.join(Kind.labels)}."]
    same = CodingDictionary.objects.filter(pharmacy=pharmacy, kind=kind, version=version, removed_at__isnull=True)
    if not VERSION.fullmatch(version):
        said = f"“{version}” is no version." if version else "No version was given."
        found["version"] = [f"{said} Write it as it stands on the files, for example 29.0."]
    elif same.exists():
        found["version"] = [f"Version {version} is held already. Give the version of these files."]
    if not licensee_confirms:
        found["licensee_confirms"] = ["Say that the licence is the pharmacy's own; without one it cannot be kept here."]
    return found
