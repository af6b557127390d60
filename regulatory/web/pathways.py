"""The pathway browser: what has to be filed and when an act becomes lawful, where each fact comes from, who signed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cases import clock
from cases.countries import name_of
from cases.lifecycle.errors import Refused, RequirementsUnmet
from cases.models import Case
from cases.people.models import User
from cases.people.roles import STAFF, Role
from cases.web.words import joined
from regulatory.governance import review_profile
from regulatory.models import ProfileVersion
from regulatory.operated import told_of
from regulatory.own_times import own_times
from regulatory.pathway import authorities, in_use, profile_of, submitters
from regulatory.profiles.loader import Profile, load
from regulatory.profiles.looks_at import lists_in
from regulatory.profiles.words import list_title
from regulatory.web.control_models import CONTROL_MODELS, control_model
from regulatory.web.fact_words import GATES, document_title, tell
from regulatory.web.paper_rules import paper_rules, stated
from regulatory.web.standing import LOOKS, SHORT, STATES, WORDS, review_of, staff, state_of, version_asked, versions_of
from regulatory.web.way_drawn import draw
from regulatory.web.way_through import way_through, worked_example
from regulatory.web.world import Standing, tiles

# Facts in the order a pharmacist asks: who, by what clock, with which papers, how much, what afterwards.
GROUPS = (
    ("Who", ("eligibility", "applicants", "authority", "submission", "fees")),
    ("Gates: when an act becomes lawful", ("gates",)),
    ("Clocks", ("decision_times", "deadlines", "validity")),
    ("Papers", ("documents",)),
    ("Limits", ("quantity_limits", "renewal", "change_triggers", "transition")),
    ("Border, law and remarks", ("border", "legal_basis", "notes")),
)

FILTERS = ("q", "country", "model", "state", "review")
# Filter: its words, and the answers of `review_of` that fit it.
REVIEWS = {
    "fresh": ("Reviewed in time", ("fresh", "soon")),
    "due": ("Due within 30 days, or overdue", ("soon", "overdue")),
    "overdue": ("Overdue", ("overdue",)),
    "never": ("Never reviewed", ("never",)),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One pathway in the list: the version to read, and how it stands."""

    version: ProfileVersion
    country: str
    state: str
    review: str
    open_cases: int
    newer: tuple[str, ...] = ()

    @property
    def stale(self) -> bool:
        """Whether nobody has checked it in time: triage gives no confident answer from it."""
        return self.review in ("never", "overdue")

    @property
    def model(self) -> str:
        """The control model in plain words."""
        return control_model(self.version.control_model).title

    @property
    def look(self) -> str:
        """The look of its state."""
        return LOOKS[self.state]

    @property
    def words(self) -> str:
        """Its state in words."""
        return STATES[self.state]


@login_required
def pathway_list(request: HttpRequest) -> HttpResponse:
    """Every pathway once, at the version in use, filtered by country, control model, review state and words."""
    user = staff(request)
    asked = {name: request.GET.get(name, "").replace("\x00", "").strip() for name in FILTERS}
    rows = _rows(user)
    shown = [row for row in rows if _fits(row, asked)]

    def address(**changed: str) -> str:
        given = {name: value for name, value in (asked | changed).items() if value}
        return f"{reverse('pathway_list')}?{urlencode(given)}" if given else reverse("pathway_list")

    return render(
        request,
        "regulatory/pathways.html",
        {
            "rows": shown,
            "asked": asked,
            "total": len(rows),
            "unsigned": sum(row.state != "signed" for row in rows),
            "overdue": sum(row.review in ("never", "overdue") for row in rows),
            "regions": tiles(
                (
                    Standing(row.version.jurisdiction, row.country, row.state, row.stale, row.open_cases)
                    for row in rows
                    if _fits(row, asked | {"country": ""})
                ),
                order=STATES,
                current=asked["country"],
                address=lambda code: address(country=code),
            ),
            "state_looks": {code: (LOOKS[code], SHORT[code]) for code in STATES},
            "reviews": REVIEWS,
            "countries": sorted({(row.version.jurisdiction, row.country) for row in rows}, key=lambda pair: pair[1]),
            "models": [
                (code, model.title)
                for code, model in CONTROL_MODELS.items()
                if any(row.version.control_model == code for row in rows)
            ],
            "states": [
                {
                    "label": label,
                    "url": address(state=code),
                    "current": asked["state"] == code,
                    "count": sum(_fits(row, asked | {"state": code}) for row in rows),
                }
                for code, label in (("", "All"), *STATES.items())
            ],
        },
    )


@login_required
def pathway(request: HttpRequest, key: str) -> HttpResponse:
    """One pathway: the version in use, or the one asked for."""
    user = staff(request)
    shown, versions = version_asked(request, key)
    return render(request, "regulatory/pathway.html", _context(shown, versions, user))


@login_required
@require_POST
def pathway_review(request: HttpRequest, key: str) -> HttpResponse:
    """Record a review; the service judges who may. A refusal keeps what was typed. Signing is publishing."""
    user = staff(request)
    versions = versions_of(key)
    version = next((one for one in versions if one.version == request.POST.get("version", "")), None)
    if version is None:
        raise Http404("There is no such version.")
    now = clock.now()
    try:
        review_profile(
            version,
            reviewed_on=now.date(),
            next_review_due=_day("Next review due", request.POST.get("next_review_due", "")),
            by=user,
            now=now,
        )
    except ValueError as wrong:
        return _refused(request, version, versions, user, str(wrong), status=422)
    except Refused as refusal:
        facts = [line.fact for line in refusal.unmet] if isinstance(refusal, RequirementsUnmet) else []
        return _refused(request, version, versions, user, " ".join([refusal.sentence, *facts]), status=409)
    messages.success(request, f"{version} was recorded as {state_of(ProfileVersion.objects.get(pk=version.pk))}.")
    return redirect("pathway", key)


def _refused(
    request: HttpRequest, version: ProfileVersion, versions: list[ProfileVersion], user: User, why: str, *, status: int
) -> HttpResponse:
    context = _context(version, versions, user) | {"refused": why, "typed": request.POST}
    return render(request, "regulatory/pathway.html", context, status=status)


def _day(label: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        said = f"“{text}” is no day" if text else "nothing was given"
        raise ValueError(f"{label}: {said}. Give year-month-day, for example 2027-05-01. Nothing changed.") from None


# ---------- The list ----------


def _rows(user: User) -> list[Row]:
    versions: dict[str, list[ProfileVersion]] = {}
    for version in ProfileVersion.objects.defer("data").exclude(status="retired").order_by("id"):
        versions.setdefault(version.profile_key, []).append(version)
    shown = {key: in_use(own) for key, own in versions.items()}
    today = clock.now().date()
    counts = _open_cases(user)
    return [
        Row(
            version=version,
            country=name_of(version.jurisdiction),
            state=state_of(version),
            review=review_of(version, today),
            open_cases=counts.get(key, 0),
            newer=tuple(one.version for one in versions[key] if one.pk > version.pk),
        )
        for key, version in sorted(shown.items())
    ]


def _open_cases(user: User) -> dict[str, int]:
    keys = Case.objects.visible_to(user, at=clock.now()).open().values_list("profile_version__profile_key", flat=True)
    counts: dict[str, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    return counts


def _fits(row: Row, asked: Mapping[str, str]) -> bool:
    version = row.version
    words = f"{version.profile_key} {version.name} {row.country} {row.model}".casefold()
    return (
        all(part in words for part in asked["q"].casefold().split())
        and asked["country"] in ("", version.jurisdiction)
        and asked["model"] in ("", version.control_model)
        and asked["state"] in ("", row.state)
        and (not asked["review"] or row.review in REVIEWS.get(asked["review"], ("", ()))[1])
    )


# ---------- One pathway ----------


def _context(shown: ProfileVersion, versions: list[ProfileVersion], user: User) -> dict[str, Any]:
    profile = profile_of(shown)
    model = control_model(shown.control_model)
    way = way_through(profile, model)
    today = clock.now().date()
    groups = _groups(profile, checked=state_of(shown) in ("signed", "reviewed"))
    facts = [fact for _, entries in groups for fact in entries]
    papers = paper_rules(profile)
    rules, unstated = stated(papers)
    return {
        "shown": shown,
        "versions": [(version, WORDS[state_of(version)], LOOKS[state_of(version)]) for version in reversed(versions)],
        "country": name_of(shown.jurisdiction),
        "model": model,
        "beyond": told_of(profile),
        "state": state_of(shown),
        "review": review_of(shown, today),
        "short": _in_short(profile),
        "way": way,
        "pictures_of_way": draw(way, shown.profile_key),
        "example": worked_example(profile, on=today),
        "law": "; ".join(str(one["value"]) for one in profile.section("legal_basis")),
        "authority": "; ".join(authorities(profile)),
        "groups": groups,
        "papers": papers,
        "paper_rules": rules,
        "paper_unknown": unstated,
        "facts": len(facts),
        "recalled": sum(fact["basis"] == "recalled" for fact in facts),
        "unknown": list(profile.unknown),
        "lists": [(name, list_title(name)) for name in lists_in(profile)],
        "sources": _cited(facts, profile.raw.get("sources", {})),
        "own": own_times(shown.profile_key, user=user, now=clock.now()),
        "open_cases": _open_cases(user).get(shown.profile_key, 0),
        "may_review": user.role in STAFF and shown.status == ProfileVersion.Status.DRAFT,
        "may_sign": user.role == Role.PHARMACIST_IN_CHARGE and shown.status == ProfileVersion.Status.REVIEWED,
        "refused": "",
        "typed": {},
    }


def _in_short(profile: Profile) -> list[tuple[str, list[str]]]:
    """What a pharmacist asks first; what the data do not say is said to be unknown."""
    papers = [one for one in profile.section("documents") if one["required"] == "always"]
    others = len([one for one in profile.section("documents") if one["required"] == "conditional"])
    titles = [document_title(str(one["doc_type"])) for one in papers]
    return [
        (title, [one for one in said if one] or ["Not known: ask the authority."])
        for title, said in (
            ("What is filed", _says(profile, "submission") or _nothing_filed(profile)),
            ("By whom", [" or ".join(submitters(profile)).capitalize()] if submitters(profile) else []),
            ("With", authorities(profile)[:2]),
            ("How long", _says(profile, "decision_times")),
            ("Papers", [", ".join(titles) + (f"; {others} more under conditions" if others else "")] if papers else []),
            ("Gates", [joined(dict.fromkeys(GATES[str(one["gate"])] for one in profile.section("gates")))]),
            ("Limits", _says(profile, "quantity_limits")),
            ("Valid", _says(profile, "validity") or _says(profile, "renewal")),
            ("Fees", _says(profile, "fees") or _free_of_filing(profile)),
        )
    ]


def _free_of_filing(profile: Profile) -> list[str]:
    return ["Nothing is filed, so that no fee of the authority falls due."] if _nothing_filed(profile) else []


def _nothing_filed(profile: Profile) -> list[str]:
    return ["Nothing is filed; records are kept."] if profile.control_model == "record_keeping_only" else []


def _says(profile: Profile, section: str) -> list[str]:
    return [tell(section, fact).says for fact in profile.section(section)]


def _groups(profile: Profile, *, checked: bool) -> list[tuple[str, list[dict[str, Any]]]]:
    groups = [
        (title, [_fact(slug, entry, checked) for slug in slugs for entry in profile.section(slug)])
        for title, slugs in GROUPS
    ]
    return [(title, entries) for title, entries in groups if entries]


def _fact(section: str, entry: Mapping[str, Any], checked: bool) -> dict[str, Any]:
    told = tell(section, entry)
    return {
        "id": entry["id"],
        "says": told.says,
        "more": told.more,
        "note": entry.get("note", ""),
        "derived": "expr" in entry,
        "confidence": entry["confidence"],
        "basis": entry["basis"],
        "sources": list(entry["source"]),
        "checked": checked,
    }


def _cited(facts: Iterable[Mapping[str, Any]], own: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Every source that the facts name: code, title, address and its own remark, in the order of the codes.

    :param own: the sources that this version brings along.
    """
    codes = {code for fact in facts for code in fact["sources"]}
    ordered = sorted(codes, key=lambda code: (code.rstrip("0123456789"), len(code), code))
    return [(code, *(_told(own[code]) if code in own else _source(code))) for code in ordered]


@lru_cache(maxsize=512)
def _source(code: str) -> tuple[str, str, str]:
    return _told(load().sources.get(code) or {})


def _told(source: Mapping[str, str]) -> tuple[str, str, str]:
    return str(source.get("title", "")), str(source.get("address", "")), str(source.get("note", ""))
