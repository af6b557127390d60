"""Who reads pathways, which versions one has, and how a version stands, in words."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from cases.people.models import User
from cases.people.roles import STAFF, Role
from regulatory.models import ProfileVersion
from regulatory.review_watch import DAYS_BEFORE

STATES = {
    "signed": "Signed for real cases",
    "reviewed": "Reviewed, not signed",
    "demonstration": "Demonstration copy",
    "draft": "Draft, not reviewed",
}
# The same in one word, for a tile.
SHORT = {"signed": "signed", "reviewed": "reviewed", "demonstration": "demo copy", "draft": "draft"}
LOOKS = {"signed": "good", "reviewed": "care", "demonstration": "draft", "draft": "draft"}


def staff(request: HttpRequest) -> User:
    """The person, who keeps or audits pathways.

    :raises PermissionDenied: for everybody else.
    """
    user: User = request.user  # type: ignore[assignment]
    if user.role not in STAFF | {Role.AUDITOR}:
        raise PermissionDenied("Pathways are kept by the pharmacy.", "pharmacists, administrators and auditors")
    return user


def versions_of(key: str) -> list[ProfileVersion]:
    """Every version of a pathway, oldest first.

    :raises Http404: when there is none.
    """
    found = ProfileVersion.objects.filter(profile_key=key.replace("\x00", ""))
    versions = list(found.select_related("reviewed_by", "signed_by").order_by("id"))
    if not versions:
        raise Http404("There is no such pathway.")
    return versions


def version_asked(request: HttpRequest, key: str) -> tuple[ProfileVersion, list[ProfileVersion]]:
    """The version that the address names, else the one to read first, beside all of them.

    :raises Http404: when there is none.
    """
    versions = versions_of(key)
    wanted = request.GET.get("version", "")
    shown = next((one for one in versions if one.version == wanted), None)
    if wanted and shown is None:
        raise Http404("There is no such version.")
    return shown or first_to_read(versions), versions


def first_to_read(versions: Sequence[ProfileVersion]) -> ProfileVersion:
    """The version in use, else the newest: a draft of the next one is read where it is asked for.

    :param versions: of one pathway, oldest first, at least one.
    """
    in_use = [one for one in versions if one.status == ProfileVersion.Status.ACTIVE]
    return (in_use or [one for one in versions if not one.is_withdrawn] or versions)[-1]


def state_of(version: ProfileVersion) -> str:
    """How a version stands: one of :data:`STATES`."""
    if version.is_demonstration and version.signed_sha256:
        return "demonstration"
    if version.is_signed:
        return "signed"
    return "reviewed" if version.status == ProfileVersion.Status.REVIEWED else "draft"


def review_of(version: ProfileVersion, today: date) -> str:
    """How the review of a version stands: never, overdue, soon (within the first warning) or fresh."""
    if version.reviewed_on is None:
        return "never"
    if version.is_stale_on(today):
        return "overdue"
    return "soon" if version.is_stale_on(today + timedelta(days=DAYS_BEFORE[0])) else "fresh"
