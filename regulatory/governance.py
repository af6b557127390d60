"""How a pathway's data become something a case may rest on: loaded as drafts, reviewed, signed, retired.

A version is signed by a pharmacist in charge over the fingerprint of exactly its data. Reviewing and signing are done
by two people. Data never change under a version; other data are another version. Each service checks everything first,
refuses with the whole list, and writes one deed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cases.audit.context import acting
from cases.lifecycle.checklist import Checked
from cases.people.models import Pharmacy, User
from cases.people.roles import Role
from regulatory.deeds import Deeds, permit, refuse_unmet
from regulatory.models import ProfileVersion
from regulatory.profiles.loader import Library, load

Status = ProfileVersion.Status
REVIEWERS = frozenset({Role.ADMINISTRATOR, Role.COORDINATING_PHARMACIST, Role.PHARMACIST_IN_CHARGE})
PIC_ONLY = frozenset({Role.PHARMACIST_IN_CHARGE})
DEMONSTRATION_VERSION = "1.0.0-demo"
DEEDS = Deeds(satisfied_by="who keeps the pathways", rule="domain rule: rules as data, signed")


class DataChanged(ValueError):
    """A pathway's data differ from what was loaded under the same version; nothing was loaded."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one run of the loader did."""

    added: int
    unchanged: int


def fingerprint(data: Mapping[str, Any]) -> str:
    """SHA-256 in hexadecimal over the data with sorted keys and no idle blanks: what a signature covers."""
    plain = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def load_drafts(*, by: User, now: datetime, library: Library | None = None) -> Loaded:
    """Load every pathway of the product as an unreviewed draft; doing it again adds nothing.

    :raises DataChanged: naming each version whose data changed under its number; nothing is loaded then.
    """
    profiles = (library or load()).profiles
    there = {
        (row.profile_key, row.version): row.data_sha256
        for row in ProfileVersion.objects.filter(copied_from__isnull=True).only("profile_key", "version", "data_sha256")
    }
    prints = {key: fingerprint(profile.raw) for key, profile in profiles.items()}
    changed = [
        f"{profile.key} {profile.version}"
        for key, profile in profiles.items()
        if there.get((profile.key, profile.version), prints[key]) != prints[key]
    ]
    if changed:
        raise DataChanged(
            f"The data of {', '.join(changed)} changed under the same version. Nothing was loaded. "
            "Give the changed data a version of their own."
        )
    new = [profile for profile in profiles.values() if (profile.key, profile.version) not in there]
    if new:
        with acting(by=by, verb="regulatory.profile.loaded", business_at=now):
            ProfileVersion.objects.bulk_create(
                ProfileVersion(
                    profile_key=profile.key,
                    version=profile.version,
                    jurisdiction=profile.jurisdiction,
                    name=profile.name,
                    control_model=profile.control_model,
                    data=profile.raw,
                    data_sha256=prints[profile.key],
                    effective_from=profile.effective_from,
                    effective_to=profile.effective_to,
                    next_review_due=profile.next_review_due,
                    loaded_at=now,
                )
                for profile in new
            )
    return Loaded(added=len(new), unchanged=len(profiles) - len(new))


def review_profile(
    version: ProfileVersion, *, reviewed_on: date, next_review_due: date, by: User, now: datetime
) -> ProfileVersion:
    """Record that a named person checked the data against their sources.

    :raises NotPermitted, RequirementsUnmet: with every reason; nothing was changed.
    """
    permit(by, REVIEWERS, "review a pathway")
    with acting(by=by, verb="regulatory.profile.reviewed", business_at=now):
        held = _locked(version)
        refuse_unmet(
            f"{held} was not marked as reviewed",
            (
                _is(held, Status.DRAFT),
                DEEDS.check(
                    "ReviewedNotInFuture",
                    "The review has happened",
                    reviewed_on <= now.date(),
                    f"It is dated {reviewed_on:%Y-%m-%d}.",
                ),
                DEEDS.check(
                    "NextReviewAfterThis",
                    "The next review lies after this one",
                    next_review_due > reviewed_on,
                    f"The next is due on {next_review_due:%Y-%m-%d}.",
                ),
                _unchanged(held),
            ),
        )
        held.review(reviewed_by=by, reviewed_on=reviewed_on, next_review_due=next_review_due)
        held.save()
        return held


def sign_profile(version: ProfileVersion, *, effective_from: date, by: User, now: datetime) -> ProfileVersion:
    """The pharmacist in charge signs exactly these data; live cases may rest on them from then on.

    The active version it follows is retired on the day before, in the same deed; cases that pin it keep it.

    :raises NotPermitted, RequirementsUnmet: with every reason; nothing was changed.
    """
    permit(by, PIC_ONLY, "sign a pathway")
    with acting(by=by, verb="regulatory.profile.activated", business_at=now):
        held = _locked(version)
        checks = checks_before_signing(held, effective_from=effective_from, by=by, now=now)
        refuse_unmet(f"{held} was not signed", checks)
        if (row := active_version(held)) is not None:
            row.retire(effective_to=date.fromordinal(effective_from.toordinal() - 1))
            row.save()
        held.activate(signed_by=by, signed_at=now, effective_from=effective_from)
        held.save()
        return held


def checks_before_signing(
    held: ProfileVersion, *, effective_from: date, by: User, now: datetime
) -> tuple[Checked, ...]:
    """What a version needs before the pharmacist in charge signs it."""
    return (
        _is(held, Status.REVIEWED),
        DEEDS.check(
            "SignedByAnother",
            "The version is signed by somebody else than its reviewer",
            held.reviewed_by_id != by.pk,
            f"It was reviewed by {held.reviewed_by or 'nobody'}.",
        ),
        DEEDS.check(
            "ReviewStillFresh",
            "The review is not out of date",
            not held.is_stale_on(now.date()),
            f"The next review is due on {held.next_review_due or 'no day'}.",
        ),
        DEEDS.check(
            "EndsAfterItBegins",
            "It ends after it begins",
            held.effective_to is None or held.effective_to >= effective_from,
            f"It is in force from {effective_from:%Y-%m-%d} to {held.effective_to or 'no day named'}.",
        ),
        _unchanged(held),
    )


def active_version(version: ProfileVersion) -> ProfileVersion | None:
    """The version in use that this one would follow (or is), locked; a pathway has one at most."""
    return (
        ProfileVersion.objects.select_for_update(of=("self",))
        .filter(profile_key=version.profile_key, status=Status.ACTIVE, is_demonstration=version.is_demonstration)
        .first()
    )


def retire_profile(
    version: ProfileVersion, *, effective_to: date | None, reason: str, by: User, now: datetime
) -> ProfileVersion:
    """Take a version out of use for new cases; those that pin it keep it until a person moves them.

    :raises NotPermitted, RequirementsUnmet: with every reason; nothing was changed.
    """
    permit(by, PIC_ONLY, "retire a pathway")
    with acting(by=by, verb="regulatory.profile.retired", reason=reason, business_at=now):
        held = _locked(version)
        refuse_unmet(
            f"{held} was not retired",
            (
                _is(held, Status.DRAFT, Status.REVIEWED, Status.ACTIVE),
                DEEDS.reason_given(reason),
            ),
        )
        held.retire(effective_to=effective_to)
        held.save()
        return held


def make_demonstration_copy(
    version: ProfileVersion, *, pharmacy: Pharmacy, reviewed_by: User, signed_by: User, now: datetime
) -> ProfileVersion:
    """A copy of a draft, marked as demonstration and signed for a demonstration pharmacy; made once per data.

    :raises RequirementsUnmet: the pharmacy is not one for demonstration, or one person would do both parts.
    """
    found = ProfileVersion.objects.filter(copied_from=version, is_demonstration=True, data_sha256=version.data_sha256)
    if there := found.filter(status=Status.ACTIVE).first():
        return there
    permit(signed_by, PIC_ONLY, "sign a pathway")
    refuse_unmet(
        f"{version} was not copied",
        (
            DEEDS.check(
                "PharmacyIsDemonstration",
                "The pharmacy is one for demonstration",
                pharmacy.is_demonstration,
                f"{pharmacy} carries live cases.",
            ),
            DEEDS.check(
                "SignedByAnother",
                "The version is signed by somebody else than its reviewer",
                reviewed_by.pk != signed_by.pk,
                f"{signed_by} would do both.",
            ),
            _unchanged(version),
        ),
    )
    taken = ProfileVersion.objects.filter(profile_key=version.profile_key, is_demonstration=True).count()
    with acting(by=signed_by, verb="regulatory.profile.copied_for_demonstration", business_at=now):
        copy = ProfileVersion.objects.create(
            profile_key=version.profile_key,
            version=DEMONSTRATION_VERSION if not taken else f"1.0.{taken}-demo",
            jurisdiction=version.jurisdiction,
            name=version.name,
            control_model=version.control_model,
            data=version.data,
            data_sha256=version.data_sha256,
            is_demonstration=True,
            origin=ProfileVersion.Origin.COPIED,
            copied_from=version,
            loaded_at=now,
        )
        today = now.date()
        next_review = today.replace(year=today.year + 1, day=min(today.day, 28))
        review_profile(copy, reviewed_on=today, next_review_due=next_review, by=reviewed_by, now=now)
        return sign_profile(copy, effective_from=_long_before(today), by=signed_by, now=now)


def _long_before(today: date) -> date:
    """Demonstration cases are made with histories that begin before the day of the demonstration."""
    return date(today.year - 3, 1, 1)


def _locked(version: ProfileVersion) -> ProfileVersion:
    return ProfileVersion.objects.select_for_update(of=("self",)).select_related("reviewed_by").get(pk=version.pk)


def _is(version: ProfileVersion, *states: str) -> Checked:
    return DEEDS.check(
        "ProfileStateAllows",
        "The version stands where this is the next step",
        version.status in states,
        f"{version} is {version.get_status_display()}.",
    )


def _unchanged(version: ProfileVersion) -> Checked:
    return DEEDS.check(
        "DataMatchFingerprint",
        "The data are those of the fingerprint",
        fingerprint(version.data) == version.data_sha256,
        f"Fingerprint {version.data_sha256[:12]}.",
    )
