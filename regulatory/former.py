"""Dates that began under a former version of the pathway keep it (domain.md 5, edge case 33).

The version that the case pins may say otherwise in its fact ``transition``. What is counted back from a planned day has
not begun by any event, and follows the version of the case.
"""

from collections.abc import Iterable
from datetime import datetime

from cases.deadlines.models import Deadline
from cases.models import Case
from regulatory.dates import wanted_dates
from regulatory.models import ProfileVersion
from regulatory.pathway import profile_of
from regulatory.profiles.loader import Profile
from regulatory.records import Wanted


def keeps_running_dates(profile: Profile) -> bool:
    """Whether dates that run keep the version that started them; so it is unless the version says otherwise."""
    stated = profile.section("transition")
    return not stated or stated[0]["running_deadlines"] == "keep"


def begun_under_former(case: Case, rows: Iterable[Deadline], *, now: datetime) -> dict[str, Wanted]:
    """The dates that still go by a former version, by their key, as that version counts them today.

    :param rows: the case's deadlines as they stand.
    """
    profile = profile_of(case.profile_version)
    if not keeps_running_dates(profile):
        return {}
    kept: dict[str, set[str]] = {}
    for row in rows:
        key, _, number = row.rule_version.partition(" ")
        if key == profile.key and number != profile.version and row.rule.get("kind") != "notice_lead":
            kept.setdefault(number, set()).add(row.key)
    if not kept:
        return {}
    former = ProfileVersion.objects.filter(profile_key=profile.key, version__in=kept)
    return {
        wanted.key: wanted
        for version in former
        for wanted in wanted_dates(case, now=now, version=version)
        if wanted.key in kept[version.version]
    }
