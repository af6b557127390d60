"""Drafts of pathways: imported from a file or made from a version, edited fact by fact, withdrawn. None is ever active.

Each service checks everything first, refuses with every reason, and writes one deed. What was changed, by whom and why
stands with the draft as its edits, beside the evidence that the database keeps.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection

from cases.audit.context import acting
from cases.lifecycle.errors import Refused
from cases.people.models import User
from regulatory.deeds import permit, refuse_unmet
from regulatory.governance import DEEDS, REVIEWERS, fingerprint
from regulatory.models import ProfileEdit, ProfileVersion
from regulatory.profiles import files
from regulatory.profiles.loader import load, validate_profile
from regulatory.profiles.schema import DATA, Problem, ProfileDataError, read_json

Status, Origin = ProfileVersion.Status, ProfileVersion.Origin
DRAFT_STATES = (Status.DRAFT, Status.REVIEWED)


class SeenOlder(Refused):
    """Somebody changed the same fact after it was read; nothing was changed. ``edits`` are what came since."""

    def __init__(self, sentence: str, edits: list[ProfileEdit], now_stands: Mapping[str, Any] | None) -> None:
        super().__init__(sentence)
        self.edits, self.now_stands = edits, now_stands


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: the version, whether it is new, and what of the file was not taken over."""

    version: ProfileVersion
    is_new: bool
    remarks: tuple[str, ...] = ()


def import_profile(content: bytes, *, by: User, now: datetime, key: str = "") -> Imported:
    """Make a draft of a file. A file whose data are here already gives the version that has them, and writes nothing.

    :param key: the pathway that the file must be of, where only one will do.
    :raises NotPermitted: for whoever may not draft.
    :raises ProfileDataError: with every problem of the file; nothing was changed.
    """
    if not by.is_service:
        permit(by, REVIEWERS, "import a pathway")
    found = files.read(content, library=load(), key=key)
    data = found.data
    # The oldest: a demonstration copy has the data of its draft, and the draft is the one that the file is.
    same = ProfileVersion.objects.filter(profile_key=data["profile_key"], data_sha256=fingerprint(data))
    if (there := same.order_by("id").first()) is not None:
        return Imported(there, is_new=False)
    with acting(by=by, verb="regulatory.profile.imported", business_at=now):
        _one_at_a_time(data["profile_key"])
        if (there := same.order_by("id").first()) is not None:
            return Imported(there, is_new=False)
        _refuse_taken(data["profile_key"], str(data["profile_version"]))
        made = _made(data, origin=Origin.IMPORTED, based_on=newest_signed(data["profile_key"], by), by=by, now=now)
    return Imported(made, is_new=True, remarks=found.claims)


def draft_from(version: ProfileVersion, *, number: str, by: User, now: datetime, reason: str) -> ProfileVersion:
    """A draft with the data of another version, to be edited; the same number again gives the draft that is there.

    :param number: the number of the new version, such as ``1.1.0``.
    :raises NotPermitted, RequirementsUnmet, ProfileDataError: with every reason; nothing was changed.
    """
    permit(by, REVIEWERS, "draft a pathway")
    number = number.strip()
    if problem := files.version_problem(version.profile_key, number):
        raise ProfileDataError([problem])
    found = ProfileVersion.objects.filter(profile_key=version.profile_key, version=number, based_on=version, made_by=by)
    if (there := found.filter(status=Status.DRAFT).first()) is not None:
        return there
    refuse_unmet(f"{version} was not drafted anew", (DEEDS.reason_given(reason),))
    # The pathways of the product say of themselves that they were never reviewed; a new version begins the same way.
    data = {**version.data, **files.NOT_IMPORTED, "profile_version": number}
    with acting(by=by, verb="regulatory.profile.drafted", reason=reason, business_at=now):
        _one_at_a_time(version.profile_key)
        if (there := found.filter(status=Status.DRAFT).first()) is not None:
            return there
        _refuse_taken(version.profile_key, number)
        return _made(data, origin=Origin.DRAFTED, based_on=version, by=by, now=now)


def change_fact(
    draft: ProfileVersion,
    *,
    section: str,
    fact: str,
    after: Mapping[str, Any] | None,
    seen: str,
    reason: str,
    by: User,
    now: datetime,
    new_source: Mapping[str, str] | None = None,
) -> ProfileEdit | None:
    """Change, add or take out one fact of a draft. None when it says exactly that already.

    :param fact: its id; empty for a new one, which gets the next free id of its section.
    :param after: the whole fact as it shall stand; None takes it out.
    :param new_source: title and address of a page that no table of sources has yet; the draft brings it along, and the
        fact names it.
    :param seen: the fingerprint of the fact that the person read (`print_of`); another one is told what came since.
    :raises NotPermitted, RequirementsUnmet: not a person's to change, no draft any more, no reason.
    :raises ProfileDataError: with every problem that the pathway would have; nothing was changed.
    :raises SeenOlder: somebody else changed this fact meanwhile; nothing was changed.
    """
    permit(by, REVIEWERS, "change a draft")
    with acting(by=by, verb="regulatory.profile.edited", reason=reason, business_at=now):
        held = ProfileVersion.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        _refuse_fixed(held, reason)
        data: dict[str, Any] = dict(held.data)
        facts = [dict(entry) for entry in data.get(section) or []]
        place = next((index for index, entry in enumerate(facts) if entry.get("id") == fact), None)
        before = None if place is None else facts[place]
        if fact and print_of(before) != seen:
            edits = list(held.edits.filter(fact=fact).select_related("changed_by").order_by("-number")[:3])
            raise SeenOlder(_older(held, fact, edits), edits, before)
        if after is not None and new_source is not None:
            code = next_source(data)
            data["sources"] = {**data.get("sources", {}), code: dict(new_source)}
            after = {**after, "basis": "sourced", "source": [*after.get("source", []), code]}
        if after is None:
            facts = [entry for entry in facts if entry.get("id") != fact]
        elif place is None:
            fact = fact or next_id(held.data, section)
            facts.append({**after, "id": fact})
        else:
            facts[place] = {**after, "id": fact}
        stands = next((entry for entry in facts if entry.get("id") == fact), None)
        if stands == before:
            return None
        data[section] = facts
        if not facts and section not in held.data:
            del data[section]
        told: dict[str, Any] = {"section": section, "fact": fact, "before": before, "after": stands, "reason": reason}
        return _write(held, data, by=by, now=now, **told)


def change_field(
    draft: ProfileVersion, *, field: str, after: Any, seen: str, reason: str, by: User, now: datetime
) -> ProfileEdit | None:
    """Change one field of the whole pathway (its name, the days it is in force, what is not known).

    :raises NotPermitted, RequirementsUnmet, ProfileDataError, SeenOlder: as for `change_fact`.
    """
    permit(by, REVIEWERS, "change a draft")
    with acting(by=by, verb="regulatory.profile.edited", reason=reason, business_at=now):
        held = ProfileVersion.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        _refuse_fixed(held, reason)
        before = held.data.get(field)
        if print_of(before) != seen:
            edits = list(held.edits.filter(fact=field).select_related("changed_by").order_by("-number")[:3])
            raise SeenOlder(_older(held, field, edits), edits, {"value": before})
        if before == after:
            return None
        data = {**held.data, field: after}
        told: dict[str, Any] = {"section": field, "fact": field, "before": before, "after": after, "reason": reason}
        return _write(held, data, by=by, now=now, **told)


def withdraw_draft(version: ProfileVersion, *, reason: str, by: User, now: datetime) -> ProfileVersion:
    """Take back a version that nobody has signed; it stays readable and no case ever rests on it.

    :raises NotPermitted, RequirementsUnmet: with every reason; nothing was changed.
    """
    permit(by, REVIEWERS, "withdraw a draft")
    with acting(by=by, verb="regulatory.profile.withdrawn", reason=reason, business_at=now):
        held = ProfileVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
        refuse_unmet(
            f"{held} was not withdrawn",
            (
                DEEDS.check(
                    "NotSignedYet",
                    "Nobody has signed it",
                    held.status in DRAFT_STATES,
                    f"{held} is {held.get_status_display()}.",
                ),
                DEEDS.check(
                    "DraftIsOurs",
                    "It was drafted or imported here",
                    held.origin in (Origin.DRAFTED, Origin.IMPORTED),
                    f"It was {held.get_origin_display()}.",
                ),
                DEEDS.check(
                    "NoPublicationOrdered",
                    "Its publication is not ordered",
                    not held.publications.filter(state="ordered").exists(),
                    "A signed order to publish it is being carried out.",
                ),
                DEEDS.reason_given(reason),
            ),
        )
        held.retire(effective_to=None)
        held.save()
        return held


@cache
def sections() -> tuple[str, ...]:
    """The sections of a pathway that hold facts, in the order of the file."""
    shape = read_json(DATA / "schema.json")["$defs"]["profile"]["properties"]
    return tuple(name for name, one in shape.items() if "items" in one and name != "unknown")


def newest_signed(key: str, by: User) -> ProfileVersion | None:
    """The version in use that a draft of this person's pharmacy would follow."""
    active = ProfileVersion.objects.filter(profile_key=key, status=Status.ACTIVE)
    return active.filter(is_demonstration=_is_demonstration(by)).first()


def next_number(key: str) -> str:
    """A free number for the next version: one more in the middle than the highest there is."""
    highest = (0, 0)
    for text in ProfileVersion.objects.filter(profile_key=key).values_list("version", flat=True):
        if found := re.match(r"(\d+)\.(\d+)\.", text):
            highest = max(highest, (int(found[1]), int(found[2])))
    return f"{highest[0]}.{highest[1] + 1}.0"


def next_id(data: Mapping[str, Any], section: str) -> str:
    """The next free id of a section; numbers that were ever higher are not given again while they stand."""
    prefix = f"{data['profile_key']}.{section}."
    taken = [str(entry.get("id", "")).removeprefix(prefix) for entry in data.get(section) or []]
    return f"{prefix}{max((int(one) for one in taken if one.isdecimal()), default=0) + 1}"


def next_source(data: Mapping[str, Any]) -> str:
    """A free number for a source that a draft brings along, well apart from those of the product: GB901."""
    taken = {*load().sources, *data.get("sources", {})}
    return next(
        code for code in (f"{data['jurisdiction']}{number}" for number in range(901, 10_000)) if code not in taken
    )


def print_of(value: Any) -> str:
    """A short fingerprint of a fact or field, so that a form can say which one its writer had read."""
    return fingerprint({"is": value})[:16]


def _one_at_a_time(key: str) -> None:
    """Until the transaction ends nobody else makes a version of this pathway: the same form twice is one draft."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"profile version {key}"])


def _made(
    data: dict[str, Any], *, origin: str, based_on: ProfileVersion | None, by: User, now: datetime
) -> ProfileVersion:
    return ProfileVersion.objects.create(
        profile_key=data["profile_key"],
        version=data["profile_version"],
        jurisdiction=data["jurisdiction"],
        name=data["name"][:200],
        control_model=data["control_model"],
        data=data,
        data_sha256=fingerprint(data),
        effective_from=_day(data["effective_from"]),
        effective_to=_day(data["effective_to"]),
        next_review_due=_day(data["next_review_due"]),
        is_demonstration=based_on.is_demonstration if based_on else _is_demonstration(by),
        origin=origin,
        based_on=based_on,
        made_by=by,
        loaded_at=now,
    )


def _write(
    held: ProfileVersion,
    data: dict[str, Any],
    *,
    section: str,
    fact: str,
    before: Any,
    after: Any,
    reason: str,
    by: User,
    now: datetime,
) -> ProfileEdit:
    if problems := validate_profile(data, library=load()):
        raise ProfileDataError(problems)
    held.data, held.data_sha256, held.name = data, fingerprint(data), data["name"][:200]
    held.control_model = data["control_model"]
    held.effective_from, held.effective_to = _day(data["effective_from"]), _day(data["effective_to"])
    held.save()
    return ProfileEdit.objects.create(
        version=held,
        number=held.edits.count() + 1,
        section=section,
        fact=fact,
        before=before,
        after=after,
        reason=reason.strip(),
        changed_by=by,
        changed_at=now,
    )


def _refuse_fixed(held: ProfileVersion, reason: str) -> None:
    refuse_unmet(
        f"{held} was not changed",
        (
            DEEDS.check(
                "DraftIsEditable",
                "It is a draft that was written or imported here",
                held.is_editable,
                f"{held} is {held.get_status_display()}, {held.get_origin_display()}.",
            ),
            DEEDS.reason_given(reason),
        ),
    )


def _refuse_taken(key: str, number: str) -> None:
    there = ProfileVersion.objects.filter(profile_key=key, version=number).first()
    if there is not None:
        message = f"this number is taken by other data ({there.get_status_display()})"
        remedy = f"give it a free number, such as {next_number(key)}"
        raise ProfileDataError([Problem(key, "/profile_version", number, message, remedy)])


def _older(held: ProfileVersion, fact: str, edits: list[ProfileEdit]) -> str:
    who = f"{edits[0].changed_by.display_name} changed {fact}" if edits else f"{fact} changed"
    return f"{who} in {held} while you were writing. Nothing of yours was saved; your entries are kept below."


def _is_demonstration(by: User) -> bool:
    return by.pharmacy.is_demonstration if by.pharmacy else settings.ENVIRONMENT == "demonstration"


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
