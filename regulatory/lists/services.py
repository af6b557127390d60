"""Entering, confirming and withdrawing editions of dated lists, and placing a medicine in one.

Each service checks everything first, refuses with the whole list, and writes one deed.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast

from cases.audit.context import acting
from cases.models import Case, CaseEvent, Medicine
from cases.people.models import User
from cases.people.roles import PHARMACISTS, Role
from regulatory.deeds import Deeds, permit, refuse_unmet
from regulatory.lists.models import ListEdition, ListPlace
from regulatory.profiles.facts import ListVersion
from regulatory.profiles.loader import Library, load
from regulatory.profiles.looks_at import lists_in

KEEPERS = PHARMACISTS | {Role.ADMINISTRATOR}
MOST_ENTRIES = 20_000
# What stands on a list; a medicine unless it is said here. No other list is about anything else.
SUBJECTS = {"gb_approved_country_for_import": "source_country"}
# Every supply of this system leaves from here (domain.md: a US specialty pharmacy).
SOURCE_COUNTRY = "US"
# How a judged gate cites the edition that it read (regulatory.profiles.operators).
CITED = "list:"
DEEDS = Deeds(
    satisfied_by="who keeps the lists", rule="house rule L-01, version 1: dated lists are records with editions"
)
_check = DEEDS.check


class LinesRefused(ValueError):
    """Typed or pasted entries that cannot be used; ``problems`` are (line number, text, problem, remedy)."""

    def __init__(self, problems: list[tuple[int, str, str, str]]) -> None:
        super().__init__("; ".join(f"line {number}: {problem}" for number, _, problem, _ in problems))
        self.problems = problems


def lists_of(library: Library | None = None) -> dict[str, tuple[str, ...]]:
    """The lists that pathways rest on, each with the keys of those pathways."""
    found: dict[str, dict[str, None]] = {}
    for profile in (library or load()).profiles.values():
        for name in lists_in(profile):
            found.setdefault(name, {})[profile.key] = None
    return {name: tuple(keys) for name, keys in sorted(found.items())}


def entries_from(text: str) -> list[dict[str, str]]:
    """Entries as people paste them: a key a line, and after a semicolon or a tab its words.

    :raises LinesRefused: with every line that cannot be used.
    """
    entries: list[dict[str, str]] = []
    seen: dict[str, int] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        key, _, words = (part.strip() for part in re.sub(r"\t", ";", line).partition(";"))
        if not key or len(key) > 80:
            problems.append((number, line[:80], "There is no key of at most 80 characters.", "Write key; words."))
        elif key in seen:
            problems.append((number, line[:80], f"{key} stands on line {seen[key]} already.", "Leave one of them out."))
        else:
            seen[key] = number
            entries.append({"key": key, "words": words})
    if len(entries) > MOST_ENTRIES:
        problems.append((MOST_ENTRIES + 1, "", f"More than {MOST_ENTRIES} entries.", "Enter the part that is needed."))
    if problems:
        raise LinesRefused(problems)
    return entries


def enter_edition(
    *,
    name: str,
    edition: str,
    from_on: date,
    until_on: date | None = None,
    entries: list[dict[str, str]],
    source: str,
    by: User,
    now: datetime,
) -> ListEdition:
    """Write down an edition as the authority published it; nothing rests on it until a second person confirms it.

    :raises NotPermitted, RequirementsUnmet: with every reason; nothing was changed.
    """
    permit(by, KEEPERS, "enter a list")
    with acting(by=by, verb="regulatory.list.entered", business_at=now):
        _take_turns(name)
        return _entered(name, edition, from_on, until_on, entries, source, by, now)


def _take_turns(name: str) -> None:
    """Two people who enter the same edition at once: the second waits, and is told that it is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"list:{name}"])


def _entered(
    name: str,
    edition: str,
    from_on: date,
    until_on: date | None,
    entries: list[dict[str, str]],
    source: str,
    by: User,
    now: datetime,
) -> ListEdition:
    there = ListEdition.objects.filter(name=name, edition=edition.strip()).first()
    refuse_unmet(
        f"The edition {edition.strip() or 'without a name'} of {name} was not entered",
        (
            _check("ListIsKnown", "A pathway rests on this list", name in lists_of(), f"{name!r} was given."),
            _check("EditionNamed", "The edition is named", bool(edition.strip()), edition.strip() or "No name."),
            _check(
                "EditionIsNew",
                "The edition is not entered yet",
                there is None,
                f"{there} is {there.get_state_display()}." if there else "It is new.",
            ),
            _check("EntriesGiven", "It has entries", bool(entries), f"{len(entries)} entries."),
            _check("SourceGiven", "Its source is named", bool(source.strip()), source.strip() or "No source."),
            _check(
                "DaysInOrder",
                "It ends after it begins",
                until_on is None or until_on >= from_on,
                f"{from_on} to {until_on or 'now'}.",
            ),
        ),
    )
    return ListEdition.objects.create(
        name=name,
        edition=edition.strip(),
        from_on=from_on,
        until_on=until_on,
        entries=entries,
        source=source.strip(),
        entered_by=by,
        entered_at=now,
    )


def confirm_edition(edition: ListEdition, *, by: User, now: datetime) -> ListEdition:
    """A second person read it against its source; the edition that stood before ends on the day before it begins.

    :raises NotPermitted, RequirementsUnmet: with every reason; nothing was changed.
    """
    permit(by, KEEPERS, "confirm a list")
    with acting(by=by, verb="regulatory.list.confirmed", business_at=now):
        held = _locked(edition)
        confirmed = ListEdition.objects.filter(name=held.name, state=ListEdition.State.CONFIRMED)
        twin = confirmed.filter(from_on=held.from_on).exclude(pk=held.pk).first()
        refuse_unmet(
            f"{held} was not confirmed",
            (
                _is(held, ListEdition.State.ENTERED),
                _check(
                    "ConfirmedByAnother",
                    "It is confirmed by somebody else than who entered it",
                    held.entered_by_id != by.pk,
                    f"Entered by {held.entered_by}.",
                ),
                _check(
                    "DayIsFree",
                    "No other confirmed edition begins on the same day",
                    twin is None,
                    f"{twin} begins on {held.from_on} too." if twin else f"None begins on {held.from_on}.",
                ),
            ),
        )
        held.confirm(confirmed_by=by, confirmed_at=now)
        held.save()
        _line_up(held.name)
        return ListEdition.objects.get(pk=held.pk)


def withdraw_edition(edition: ListEdition, *, reason: str, by: User, now: datetime) -> ListEdition:
    """Take back an edition that was entered in error; what rested on it is judged without it from now on.

    :raises NotPermitted, RequirementsUnmet: with every reason; nothing was changed.
    """
    permit(by, KEEPERS, "withdraw a list")
    with acting(by=by, verb="regulatory.list.withdrawn", reason=reason, business_at=now):
        held = _locked(edition)
        refuse_unmet(
            f"{held} was not withdrawn",
            (_is(held, ListEdition.State.ENTERED, ListEdition.State.CONFIRMED), DEEDS.reason_given(reason)),
        )
        held.withdraw()
        held.save()
        _line_up(held.name)
        return held


def place_medicine(medicine: Medicine, *, name: str, key: str, reading: str, by: User, now: datetime) -> ListPlace:
    """Say under which entry of a list a medicine stands, and why; a later reading takes the place of the earlier.

    :raises NotPermitted, RequirementsUnmet: with every reason; nothing was changed.
    """
    permit(by, PHARMACISTS, "place a medicine in a list")
    known = {entry for row in ListEdition.objects.filter(name=name) for entry in row.keys}
    refuse_unmet(
        f"{medicine} was not placed in {name}",
        (
            _check("ListIsOfMedicines", "The list is about medicines", name not in SUBJECTS, f"{name!r} was given."),
            _check("EntryIsKnown", "An edition has this entry", key in known, f"{key!r} was given."),
            _check("ReadingGiven", "It says why", bool(reading.strip()), "Given." if reading.strip() else "Nothing."),
        ),
    )
    with acting(by=by, verb="regulatory.list.medicine_placed", business_at=now):
        place = ListPlace.objects.select_for_update().filter(medicine=medicine, name=name).first()
        place = place or ListPlace(medicine=medicine, name=name)
        place.key, place.reading, place.set_by, place.set_at = key, reading.strip(), by, now
        place.save()
        return place


def editions_held(names: Iterable[str]) -> dict[str, tuple[ListVersion, ...]]:
    """The confirmed editions of these lists, oldest first, as the evaluator reads them: one query."""
    lists: dict[str, tuple[ListVersion, ...]] = {}
    rows = ListEdition.objects.filter(name__in=sorted(set(names)), state=ListEdition.State.CONFIRMED)
    for row in rows.order_by("from_on", "pk"):
        version = ListVersion(row.edition, row.from_on, row.until_on, row.keys)
        lists[row.name] = (*lists.get(row.name, ()), version)
    return lists


def facts_of_lists(names: Iterable[str], medicine_id: int) -> dict[str, Any]:
    """``lists`` and ``list_keys`` of the evaluator's facts for these lists: confirmed editions only.

    One query, and one more where a list is about medicines.
    """
    wanted = sorted(set(names))
    if not wanted:
        return {}
    # Where nobody has placed the medicine yet, that is not known; it is not the same as standing on no entry.
    keys = {name: SOURCE_COUNTRY if SUBJECTS.get(name) == "source_country" else "" for name in wanted}
    of_medicines = [name for name in wanted if name not in SUBJECTS]
    if of_medicines:
        places = ListPlace.objects.filter(medicine_id=medicine_id, name__in=of_medicines)
        keys |= dict(places.values_list("name", "key"))
    return {"lists": editions_held(wanted), "list_keys": keys}


def edition_on(editions: Iterable[ListEdition], day: date) -> ListEdition | None:
    """The confirmed edition that stood on that day, the newest where two do: the one that a gate reads."""
    there = [row for row in editions if row.state == ListEdition.State.CONFIRMED and row.stood_on(day)]
    return max(there, key=lambda row: row.from_on, default=None)


def editions_used(case: Case) -> list[tuple[CaseEvent, str, str]]:
    """(event, list, edition) of every step of the case that a dated list decided, oldest first: one query.

    The edition was written with the step, so that it answers for that day whatever was entered later.
    """
    rows = case.events.annotate(judged=Cast("checklist", TextField())).filter(judged__contains=f'"{CITED}')
    found: list[tuple[CaseEvent, str, str]] = []
    for event in rows.select_related("by").order_by("seq"):
        cited = (source for line in event.checklist for source in line.get("sources", ()))
        for source in dict.fromkeys(one for one in cited if one.startswith(CITED)):
            name, _, edition = source.removeprefix(CITED).partition("@")
            found.append((event, name, edition))
    return found


def _line_up(name: str) -> None:
    """End each confirmed edition on the day before the next begins; one whose successor is gone stands again.

    An end that the authority itself gave is left as it is.
    """
    rows = list(
        ListEdition.objects.select_for_update(of=("self",))
        .filter(name=name, state=ListEdition.State.CONFIRMED)
        .order_by("from_on", "pk")
    )
    for nth, row in enumerate(rows):
        following = rows[nth + 1] if nth + 1 < len(rows) else None
        before = (row.until_on, row.ended_by_id)
        if row.ended_by_id is not None:
            row.stand_again()
        if row.until_on is None and following is not None:
            row.end(by=following)
        if (row.until_on, row.ended_by_id) != before:
            row.save()


def _locked(edition: ListEdition) -> ListEdition:
    rows = ListEdition.objects.select_for_update(of=("self",)).select_related("entered_by")
    return rows.get(pk=edition.pk)


def _is(edition: ListEdition, *states: str) -> Any:
    return _check(
        "ListStateAllows",
        "The edition stands where this is the next step",
        edition.state in states,
        f"{edition} is {edition.get_state_display()}.",
    )
