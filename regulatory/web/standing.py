"""Who reads pathways, which versions one has, and how a version stands, in words."""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from cases.people.models import User
from cases.people.roles import STAFF, Role
from regulatory.models import ProfileVersion
from regulatory.pathway import in_use
from regulatory.review_watch import DAYS_BEFORE

STATES = {
    "signed": "Signed for real cases",
    "reviewed": "Reviewed, not signed",
    "demonstration": "Demonstration copy",
    "draft": "Draft, not reviewed",
}
# States that no version in the browser has, but one that is looked at may.
PAST_STATES = {"retired": "Retired", "withdrawn": "Withdrawn before it was signed"}
WORDS = STATES | PAST_STATES
# The same in one word, for a tile.
SHORT = {"signed": "signed", "reviewed": "reviewed", "demonstration": "demo copy", "draft": "draft"}
LOOKS = {
    "signed": "good",
    "reviewed": "care",
    "demonstration": "draft",
    "draft": "draft",
    "retired": "hold",
    "withdrawn": "draft",
}


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
    """The version that the address names, else the one in use, beside all of them.

    :raises Http404: when there is none.
    """
    versions = versions_of(key)
    wanted = request.GET.get("version", "")
    shown = next((one for one in versions if one.version == wanted), None)
    if wanted and shown is None:
        raise Http404("There is no such version.")
    return shown or in_use(versions), versions


def state_of(version: ProfileVersion) -> str:
    """How a version stands: one of :data:`WORDS`."""
    if version.status == ProfileVersion.Status.RETIRED:
        return "withdrawn" if version.is_withdrawn else "retired"
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
