"""The versions of a pathway: when each is in force, who checked and signed it, its file; and importing another."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from cases import clock
from cases.countries import name_of
from cases.lifecycle.errors import NotPermitted, Refused, RequirementsUnmet
from cases.people.models import User
from cases.people.roles import STAFF, Role
from regulatory.drafts import draft_from, import_profile, next_number, withdraw_draft
from regulatory.models import ProfileVersion
from regulatory.profiles.files import MOST_BYTES, written
from regulatory.profiles.schema import Problem, ProfileDataError

Status = ProfileVersion.Status
# State of a version: (look, words).
LOOKS = {
    "withdrawn": ("draft", "Withdrawn"),
    Status.DRAFT: ("draft", "Draft, not reviewed"),
    Status.REVIEWED: ("care", "Reviewed, not signed"),
    Status.ACTIVE: ("good", "In use"),
    Status.RETIRED: ("hold", "Retired"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One version in the list."""

    version: ProfileVersion
    look: str
    words: str
    cases: int
    edits: int


def reader(request: HttpRequest) -> User:
    """Whoever may read pathways."""
    user: User = request.user  # type: ignore[assignment]
    if user.role not in STAFF | {Role.AUDITOR}:
        raise PermissionDenied("Pathways are kept by the pharmacy.", "pharmacists, administrators and auditors")
    return user


def drafter(request: HttpRequest) -> User:
    """Whoever may draft pathways."""
    user: User = request.user  # type: ignore[assignment]
    if user.role not in STAFF:
        raise PermissionDenied("Pathways are drafted by the pharmacy.", "pharmacists and administrators")
    return user


def version_named(key: str, number: str) -> ProfileVersion:
    """The version, or not found."""
    if "\x00" in key + number:
        raise Http404("There is no such version.")
    found = ProfileVersion.objects.filter(profile_key=key, version=number)
    row = found.select_related("reviewed_by", "signed_by", "made_by", "based_on").first()
    if row is None:
        raise Http404("There is no such version.")
    return row


def look_of(version: ProfileVersion) -> tuple[str, str]:
    """The look and the words of its state."""
    return LOOKS["withdrawn" if version.is_withdrawn else version.status]


@login_required
@require_GET
def version_list(request: HttpRequest, key: str) -> HttpResponse:
    """Every version with its two axes of time: in force in law, and checked by us."""
    user = reader(request)
    return _listed(request, user, key)


@login_required
@require_GET
def profile_file(request: HttpRequest, key: str, number: str) -> HttpResponse:
    """The file of one version: the data that its signature covers, and nothing else."""
    reader(request)
    version = version_named(key, number)
    response = HttpResponse(written(version.data), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{version.profile_key}-{version.version}.json"'
    response["ETag"] = f'"{version.data_sha256}"'
    return response


@login_required
def profile_import(request: HttpRequest) -> HttpResponse:
    """Choose a file; what is wrong in it is said at once, with its place and what to do."""
    user = drafter(request)
    if request.method != "POST":
        return _import_page(request)
    sent = request.FILES.get("file")
    if sent is None:
        problem = Problem("the file", "no file", "nothing", "no file was chosen", "choose a file of a pathway")
        return _import_page(request, [problem])
    try:
        done = import_profile(sent.read(MOST_BYTES + 1), by=user, now=clock.now())
    except ProfileDataError as wrong:
        return _import_page(request, list(wrong.problems), name=sent.name or "")
    if done.is_new:
        messages.success(request, " ".join([f"{done.version} is a draft now. Nobody has reviewed it.", *done.remarks]))
    else:
        messages.info(request, f"These data are here already as {done.version}. Nothing was imported.")
    return redirect("version_list", done.version.profile_key)


@login_required
@require_POST
def draft_new(request: HttpRequest, key: str, number: str) -> HttpResponse:
    """Begin a draft from a version."""
    user = drafter(request)
    version = version_named(key, number)
    try:
        made = draft_from(
            version,
            number=request.POST.get("number", ""),
            reason=request.POST.get("reason", ""),
            by=user,
            now=clock.now(),
        )
    except ProfileDataError as wrong:
        said = " ".join(f"Number {one.value}: {one.message}; {one.remedy}." for one in wrong.problems)
        return _listed(request, user, key, refused=f"No draft was made. {said}", status=422)
    except RequirementsUnmet as refusal:
        said = " ".join([refusal.sentence, *(line.fact for line in refusal.unmet)])
        return _listed(request, user, key, refused=said, status=422)
    messages.success(request, f"{made} is a draft with the data of {version.version}.")
    return redirect("draft", made.profile_key, made.version)


@login_required
@require_POST
def draft_withdraw(request: HttpRequest, key: str, number: str) -> HttpResponse:
    """Take back what nobody has signed."""
    user = drafter(request)
    version = version_named(key, number)
    try:
        withdraw_draft(version, reason=request.POST.get("reason", ""), by=user, now=clock.now())
    except NotPermitted as refusal:
        raise PermissionDenied(refusal.sentence, "pharmacists and administrators") from refusal
    except Refused as refusal:
        facts = [line.fact for line in refusal.unmet] if isinstance(refusal, RequirementsUnmet) else []
        return _listed(request, user, key, refused=" ".join([refusal.sentence, *facts]), status=409)
    messages.success(request, f"{version} was withdrawn.")
    return redirect("version_list", key)


def _listed(request: HttpRequest, user: User, key: str, *, refused: str = "", status: int = 200) -> HttpResponse:
    rows = (
        ProfileVersion.objects.filter(profile_key=key.replace("\x00", ""))
        .defer("data")
        .select_related("reviewed_by", "signed_by", "made_by", "based_on")
        .annotate(
            uses=Count("cases", filter=~Q(cases__stage="closed"), distinct=True), changes=Count("edits", distinct=True)
        )
        .order_by("-id")
    )
    lines = [Line(row, *look_of(row), row.uses, row.changes) for row in rows]
    if not lines:
        raise Http404("There is no such pathway.")
    source = next((one.version for one in lines if one.version.status == Status.ACTIVE), lines[-1].version)
    context: dict[str, Any] = {
        "key": key,
        "name": lines[0].version.name,
        "country": name_of(lines[0].version.jurisdiction),
        "lines": lines,
        "source": source,
        "number": request.POST.get("number") or next_number(key),
        "reason": request.POST.get("reason", ""),
        "may_draft": user.role in STAFF,
        "today": clock.now().date(),
        "refused": refused,
    }
    return render(request, "regulatory/versions.html", context, status=status)


def _import_page(request: HttpRequest, problems: list[Problem] | None = None, *, name: str = "") -> HttpResponse:
    context = {
        "problems": problems or [],
        "file_name": name.replace("\x00", ""),
        "action": reverse("profile_import"),
        "most": f"{MOST_BYTES // 1_000_000} MB",
    }
    return render(request, "regulatory/profile_import.html", context, status=422 if problems else 200)
