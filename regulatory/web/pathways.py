"""The profile browser: every pathway, every fact, where it comes from, and that nobody has reviewed it."""

from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cases import clock
from cases.countries import name_of
from cases.lifecycle.errors import Refused
from cases.people.models import User
from cases.people.roles import STAFF, Role
from regulatory.governance import review_profile, sign_profile
from regulatory.models import ProfileVersion
from regulatory.profiles.loader import load

SECTIONS = (
    ("gates", "Gates: when an act becomes lawful"),
    ("deadlines", "Duties and their dates"),
    ("decision_times", "Decision times"),
    ("documents", "Papers"),
    ("validity", "Validity"),
    ("quantity_limits", "Limits of quantity"),
    ("renewal", "Renewal"),
    ("change_triggers", "What a change asks for"),
    ("eligibility", "Eligibility"),
    ("applicants", "Who may do what"),
    ("submission", "How it is filed"),
    ("authority", "Authority"),
    ("legal_basis", "Legal basis"),
    ("fees", "Fees"),
    ("border", "At the border"),
    ("notes", "Remarks"),
)
# Provenance is shown beside each fact, not as part of its words.
PROVENANCE = {
    "id",
    "basis",
    "source",
    "confidence",
    "note",
    "expr_basis",
    "expr",
    "privacy_rule",
    "language_rule",
    "copy_rule",
    "retention",
    "combine",
}


@login_required
def pathway_list(request: HttpRequest) -> HttpResponse:
    """All pathways with their control model and review state."""
    _staff(request)
    today = clock.now().date()
    text = request.GET.get("q", "").strip().casefold()
    rows = []
    versions = ProfileVersion.objects.defer("data").order_by("profile_key", "id")
    for version in versions:
        country = name_of(version.jurisdiction)
        words = f"{version.profile_key} {version.name} {country} {version.control_model}".casefold()
        if text and text not in words:
            continue
        rows.append((version, country, version.control_model.replace("_", " "), version.is_stale_on(today)))
    return render(
        request,
        "regulatory/pathways.html",
        {"rows": rows, "search": request.GET.get("q", ""), "drafts": sum(1 for row in rows if not row[0].is_signed)},
    )


@login_required
def pathway(request: HttpRequest, key: str) -> HttpResponse:
    """One pathway: the newest version, or the one asked for."""
    user = _staff(request)
    versions = list(ProfileVersion.objects.filter(profile_key=key).select_related("reviewed_by", "signed_by"))
    if not versions:
        raise Http404("There is no such pathway.")
    wanted = request.GET.get("version", "")
    shown = next((one for one in versions if one.version == wanted), versions[-1])
    return render(request, "regulatory/pathway.html", _context(shown, versions, user))


@login_required
@require_POST
def pathway_review(request: HttpRequest, key: str) -> HttpResponse:
    """Record a review, or sign a reviewed version; the services judge who may."""
    user = _staff(request)
    version = ProfileVersion.objects.filter(profile_key=key, version=request.POST.get("version", "")).first()
    if version is None:
        raise Http404("There is no such version.")
    now = clock.now()
    try:
        if request.POST.get("act") == "review":
            review_profile(
                version,
                reviewed_on=now.date(),
                next_review_due=_day(request.POST.get("next_review_due", "")),
                by=user,
                now=now,
            )
        else:
            sign_profile(version, effective_from=_day(request.POST.get("effective_from", "")), by=user, now=now)
    except ValueError as wrong:
        messages.error(request, str(wrong))
    except Refused as refusal:
        unmet = " ".join(line.fact for line in getattr(refusal, "unmet", []))
        messages.error(request, f"{refusal.sentence} {unmet}")
    else:
        messages.success(request, f"{version} was recorded.")
    return redirect("pathway", key)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text or 'Nothing'} is no day. Give it as year-month-day, for example 2027-05-01.") from None


def _context(shown: ProfileVersion, versions: list[ProfileVersion], user: User) -> dict[str, Any]:
    data = shown.data
    sections = [
        (title, slug, [_fact(entry) for entry in data.get(slug, [])]) for slug, title in SECTIONS if data.get(slug)
    ]
    return {
        "shown": shown,
        "versions": versions,
        "country": name_of(shown.jurisdiction),
        "control_model": shown.control_model.replace("_", " "),
        "sections": sections,
        "unknown": data.get("unknown", []),
        "stale": shown.is_stale_on(clock.now().date()),
        "facts": sum(len(entries) for _, _, entries in sections),
        "may_review": user.is_pharmacist and shown.status == "draft_unreviewed",
        "may_sign": user.role == Role.PHARMACIST_IN_CHARGE and shown.status == "reviewed",
    }


def _fact(entry: dict[str, Any]) -> dict[str, Any]:
    """One fact in words: what it says, with what confidence, from which pages."""
    said = entry.get("value") or entry.get("opens_when") or ""
    details = [
        f"{name.replace('_', ' ')}: {_plain(value)}"
        for name, value in entry.items()
        if name not in PROVENANCE | {"value", "opens_when"} and value not in (None, [], "")
    ]
    return {
        "id": entry["id"],
        "said": said or "; ".join(details),
        "details": "; ".join(details) if said else "",
        "note": entry.get("note", ""),
        "confidence": entry["confidence"],
        "basis": entry["basis"],
        "sources": [_source(one) for one in entry["source"]],
        "expression": _plain(entry["expr"]) if entry.get("expr") else "",
    }


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} ({_plain(inner)})" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(inner) for inner in value)
    return str(value).replace("_", " ")


@lru_cache(maxsize=512)
def _source(code: str) -> tuple[str, str, str]:
    found = load().sources.get(code)
    if found is None:
        return code, "", ""
    read = found if isinstance(found, dict) else vars(found)
    return code, str(read.get("title", "")), str(read.get("address", ""))


def _staff(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    if user.role not in STAFF | {Role.AUDITOR}:
        raise PermissionDenied("Pathways are kept by the pharmacy.", "pharmacists, administrators and auditors")
    return user
