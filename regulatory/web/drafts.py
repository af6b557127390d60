"""Editing a draft: fact by fact, each change with who made it, when and why; two editors at once lose nothing."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from cases import clock
from cases.lifecycle.errors import RequirementsUnmet
from cases.people.models import User
from cases.people.roles import STAFF
from regulatory.drafts import SeenOlder, change_fact, change_field, print_of, sections
from regulatory.models import ProfileVersion
from regulatory.pathway import profile_of
from regulatory.profiles.difference import difference
from regulatory.profiles.loader import load
from regulatory.profiles.schema import Problem, ProfileDataError
from regulatory.web.difference_words import SECTIONS, known, marked, says
from regulatory.web.fact_form import entries, fact_of
from regulatory.web.versions import drafter, look_of, reader, version_named

# Fields of the whole pathway that may change from version to version: (name, label, kind, hint).
FIELDS = (
    ("name", "Name", "text", ""),
    ("effective_from", "In force from", "day", "The first day of the rule in law. Empty where it is not known."),
    ("effective_to", "In force until", "day", "Only where the route ends: its last day."),
    ("unknown", "Not known, to be asked of the authority", "long", "One thing a line."),
)


@login_required
@require_GET
def draft(request: HttpRequest, key: str, number: str) -> HttpResponse:
    """The whole draft: every fact with its way to change it, and what was changed so far."""
    return _overview(request, reader(request), version_named(key, number))


@login_required
@require_POST
def draft_field(request: HttpRequest, key: str, number: str) -> HttpResponse:
    """Change one field of the whole pathway."""
    user, version = drafter(request), version_named(key, number)
    name = request.POST.get("field", "")
    if name not in {one for one, *_ in FIELDS}:
        raise Http404("There is no such field.")
    text = request.POST.get("value", "").replace("\x00", "").replace("\r\n", "\n").strip()
    value: Any = [line.strip() for line in text.splitlines() if line.strip()] if name == "unknown" else text or None
    try:
        made = change_field(
            version,
            field=name,
            after=value,
            seen=request.POST.get("seen", ""),
            reason=request.POST.get("reason", ""),
            by=user,
            now=clock.now(),
        )
    except ProfileDataError as wrong:
        said = " ".join(f"{one.path}: {one.message}; {one.remedy}." for one in wrong.problems)
        return _overview(request, user, version, refused=f"Nothing was saved. {said}", typed=request.POST, status=422)
    except RequirementsUnmet as refusal:
        said = " ".join([refusal.sentence, *(line.fact for line in refusal.unmet)])
        return _overview(request, user, version, refused=said, typed=request.POST, status=422)
    except SeenOlder as older:
        return _overview(request, user, version, refused=older.sentence, typed=request.POST, status=409)
    messages.success(
        request, f"{SECTIONS.get(name, name.capitalize())} was changed." if made else "It said so already."
    )
    return redirect("draft", key, number)


@login_required
def draft_fact(request: HttpRequest, key: str, number: str, section: str) -> HttpResponse:
    """The form of one fact (``fact`` names it; without it, a new one). A refusal keeps what was typed."""
    user, version = drafter(request), version_named(key, number)
    if section not in sections():
        raise Http404("There is no such section.")
    sent = request.POST if request.method == "POST" else request.GET
    fact = sent.get("fact", "")
    before = next((one for one in version.data.get(section) or [] if one.get("id") == fact), None)
    if fact and before is None and request.method != "POST":
        raise Http404("There is no such fact.")
    if request.method != "POST":
        return _fact_page(request, version, section, fact, before)
    return _saved(request, user, version, section, fact, before)


def _saved(
    request: HttpRequest,
    user: User,
    version: ProfileVersion,
    section: str,
    fact: str,
    before: Mapping[str, Any] | None,
) -> HttpResponse:
    typed = request.POST
    after, problems = fact_of(section, {name: str(typed[name]) for name in typed}, before or {})
    place = _place(version, section, fact)
    if problems:
        moved = [Problem("", f"{place}{one.path}", one.value, one.message, one.remedy) for one in problems]
        return _fact_page(request, version, section, fact, before, problems=moved, status=422)
    title = typed.get("new_source_title", "").replace("\x00", "").strip()
    address = typed.get("new_source_address", "").replace("\x00", "").strip()
    try:
        made = change_fact(
            version,
            section=section,
            fact=fact,
            after=None if typed.get("act") == "remove" else after,
            seen=typed.get("seen", ""),
            reason=typed.get("reason", ""),
            by=user,
            now=clock.now(),
            new_source={"title": title, "address": address} if title else None,
        )
    except ProfileDataError as wrong:
        return _fact_page(request, version, section, fact, before, problems=list(wrong.problems), status=422)
    except RequirementsUnmet as refusal:
        said = " ".join([refusal.sentence, *(line.fact for line in refusal.unmet)])
        return _fact_page(request, version, section, fact, before, refused=said, status=422)
    except SeenOlder as older:
        fresh = version_named(version.profile_key, version.version)
        return _fact_page(request, fresh, section, fact, older.now_stands, older=older, status=409)
    if made is None:
        messages.info(request, "It said so already: nothing was changed.")
    else:
        done = "was taken out" if made.after is None else "was added" if made.before is None else "was changed"
        messages.success(request, f"{made.fact} {done}.")
    return redirect("draft", version.profile_key, version.version)


def _place(version: ProfileVersion, section: str, fact: str) -> str:
    """Where the fact stands (or would stand) in the file, as problems name it."""
    facts = version.data.get(section) or []
    index = next((number for number, one in enumerate(facts) if one.get("id") == fact), len(facts))
    return f"/{section}/{index}"


def _fact_page(
    request: HttpRequest,
    version: ProfileVersion,
    section: str,
    fact: str,
    before: Mapping[str, Any] | None,
    *,
    problems: list[Problem] | None = None,
    refused: str = "",
    older: SeenOlder | None = None,
    status: int = 200,
) -> HttpResponse:
    typed = {name: str(request.POST[name]) for name in request.POST} if request.method == "POST" else None
    place = _place(version, section, fact)
    found = problems or []
    drawn = entries(section, before or {}, typed=typed, problems=found, place=place)
    elsewhere = [one for one in found if not any(one.path.startswith(f"{place}/{entry.name}") for entry in drawn)]
    theirs = {entry.name: entry.value for entry in entries(section, before or {})}
    return render(
        request,
        "regulatory/draft_fact.html",
        {
            "version": version,
            "section": section,
            "title": SECTIONS.get(section, section),
            "fact": fact,
            "now_says": says(section, before) if before else "",
            "now_known": known(before),
            "entries": drawn,
            "seen": print_of(before) if before is not None or fact else "",
            "faults": [(entry.name, entry.label, error) for entry in drawn for error in entry.errors],
            "elsewhere": elsewhere,
            "refused": refused,
            "older": older,
            "older_edits": older.edits if older else [],
            "conflicts": [
                (entry.label, theirs[entry.name] or "empty", entry.value or "empty")
                for entry in drawn
                if older and theirs[entry.name] != entry.value
            ],
            "reason": (typed or {}).get("reason", ""),
            "new_source_title": (typed or {}).get("new_source_title", ""),
            "new_source_address": (typed or {}).get("new_source_address", ""),
            "sources": _sources(version, before),
        },
        status=status,
    )


def _sources(version: ProfileVersion, fact: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """The pages that the fact names: number, title, address."""
    table = {**load().sources, **version.data.get("sources", {})}
    codes = fact.get("source", []) if fact else []
    return [(code, str(table[code]["title"]), str(table[code]["address"])) for code in codes if code in table]


def _overview(
    request: HttpRequest,
    user: User,
    version: ProfileVersion,
    *,
    refused: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    typed = typed or {}
    data = version.data
    fields = []
    for name, label, kind, hint in FIELDS:
        stands = data.get(name)
        value = "\n".join(stands) if name == "unknown" else str(stands or "")
        mine = typed.get("field") == name
        fields.append(
            {
                "name": name,
                "label": label,
                "kind": kind,
                "hint": hint,
                "value": typed.get("value", "") if mine else value,
                "reason": typed.get("reason", "") if mine else "",
                "seen": print_of(stands),
                "open": mine,
            }
        )
    return render(
        request,
        "regulatory/draft.html",
        {
            "version": version,
            "look": look_of(version),
            "may_edit": user.role in STAFF and version.is_editable,
            "fields": fields,
            "groups": [
                (
                    section,
                    SECTIONS.get(section, section),
                    [(one["id"], says(section, one), known(one)) for one in facts],
                )
                for section in sections()
                for facts in [data.get(section) or []]
            ],
            "edits": [
                (edit, SECTIONS.get(edit.section, edit.section), *_sides(edit.section, edit.before, edit.after))
                for edit in version.edits.select_related("changed_by").order_by("-number")
            ],
            "differing": _differing(version),
            "refused": refused,
        },
        status=status,
    )


def _differing(version: ProfileVersion) -> int:
    """In how many facts and fields it differs from the version it follows; a file brings changes of its own."""
    if version.based_on is None:
        return 0
    return len(difference(profile_of(version.based_on), profile_of(version)).changes)


def _sides(section: str, before: Any, after: Any) -> tuple[Any, Any]:
    return marked(_whole(section, before), _whole(section, after))


def _whole(section: str, fact: Any) -> str:
    """What a fact says and how it is known, so that a changed source shows as well."""
    if isinstance(fact, list):
        return "\n".join(map(str, fact))
    return "\n".join(part for part in (says(section, fact), known(fact)) if part)
