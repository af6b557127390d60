"""What a version changes and for whom, before it is published; publishing it; and what became of that."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from cases import clock
from cases.countries import name_of
from cases.documents import services as papers
from cases.lifecycle.errors import FactsInvalid, NotPermitted, Refused, RequirementsUnmet
from cases.models import Case
from cases.people.models import User
from cases.people.roles import Role
from cases.web.signing import asks_code, session_proof
from regulatory.impact.harm import CHOICES, HARMS, Harm
from regulatory.impact.listing import Impact, Line
from regulatory.models import ProfileVersion, Publication
from regulatory.pathway import local_day, profile_of
from regulatory.profiles.difference import difference
from regulatory.progress import progress_of
from regulatory.publishing import AT_ONCE, MEANING, Plan, carry_out, impact_on, order_publication
from regulatory.web.difference_words import rows
from regulatory.web.versions import look_of, reader, version_named

# Lines that stand on the page one by one; of a longer list the rest goes by its kind.
NAMED = 5
MOST_LINES = 200


@login_required
@require_GET
def impact(request: HttpRequest, key: str, number: str) -> HttpResponse:
    """The facts that differ, and every open case and enquiry they touch, worst harm first."""
    user = reader(request)
    return _page(request, user, version_named(key, number))


@login_required
@require_POST
def publish(request: HttpRequest, key: str, number: str) -> HttpResponse:
    """Sign the order to publish. A short list is carried out at once, a long one by the worker."""
    user = reader(request)
    if user.role != Role.PHARMACIST_IN_CHARGE:
        raise PermissionDenied("A version is published by the pharmacist in charge.", "the pharmacist in charge")
    version, now = version_named(key, number), clock.now()
    try:
        with session_proof(request, user):
            order = order_publication(
                version,
                effective_from=_day(request.POST.get("effective_from", "")),
                plan=_plan(request.POST),
                printed_name=request.POST.get("printed_name", ""),
                proof=papers.Proof(request.POST.get("password", ""), request.POST.get("code", "").replace(" ", "")),
                by=user,
                now=now,
                form_key=request.POST.get("form_key", "").replace("\x00", "")[:64] or None,
            )
    except FactsInvalid as wrong:
        faults = [(name, " ".join(lines)) for name, lines in wrong.errors.items()]
        return _page(request, user, version, faults=faults, status=422)
    except RequirementsUnmet as refusal:
        said = [(line.sentence, line.fact) for line in refusal.unmet]
        return _page(request, user, version, refused=refusal.sentence, unmet=said, status=409)
    except NotPermitted as refusal:
        raise PermissionDenied(refusal.sentence, "the pharmacist in charge") from refusal
    except Refused as refusal:
        return _page(request, user, version, refused=refusal.sentence, status=409)
    if order.expected <= AT_ONCE and order.state == Publication.State.ORDERED:
        order = carry_out(order, now=now)
    if order.state == Publication.State.DONE:
        messages.success(request, f"{version} is published.")
    return redirect("publication", key, number, order.pk)


@login_required
@require_GET
def publication(request: HttpRequest, key: str, number: str, pk: int) -> HttpResponse:
    """What became of an order: how far it is, what it put on which case, or why it was refused."""
    user = reader(request)
    version = version_named(key, number)
    order = version.publications.select_related("signed_by", "former", "version").filter(pk=pk).first()
    if order is None:
        raise Http404("There is no such publication.")
    seen = Q(case__in=Case.objects.visible_to(user, at=clock.now())) | Q(enquiry__pharmacy=user.pharmacy_id or 0)
    lines = order.lines.filter(seen).select_related("case", "enquiry")
    context = {
        "order": order,
        "version": version,
        "lines": [(line, HARMS[line.harm], CHOICES[line.choice]) for line in lines[:MOST_LINES]],
        "more": max(0, lines.count() - MOST_LINES),
        "progress": progress_of(order) if order.state == Publication.State.ORDERED else None,
    }
    template = "publication_state.html" if request.headers.get("HX-Request") else "publication.html"
    return render(request, f"regulatory/{template}", context)


def _page(
    request: HttpRequest,
    user: User,
    version: ProfileVersion,
    *,
    faults: list[tuple[str, str]] | None = None,
    refused: str = "",
    unmet: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    found = impact_on(version, of=user, now=now)
    former = _former(version)
    differs = difference(profile_of(former), profile_of(version)) if former else None
    chosen = _plan(request.POST)
    today = local_day(profile_of(version), now)
    context: dict[str, Any] = {
        "version": version,
        "former": former,
        "former_look": look_of(former) if former else None,
        "country": name_of(version.jurisdiction),
        "differs": differs,
        "law": [row for row in rows(differs) if row.of_law] if differs else [],
        "impact": found,
        "lines": [(rank, line, chosen.choice(line)) for rank, line in enumerate(found.shown[:MOST_LINES], start=1)],
        "more": max(0, len(found.shown) - MOST_LINES),
        "kinds": _kinds(found, chosen),
        "chosen": chosen,
        "cases": sum(not line.is_enquiry for line in found.lines),
        "enquiries": sum(line.is_enquiry for line in found.lines),
        "choices": list(CHOICES.items()),
        "order": version.publications.exclude(state=Publication.State.REFUSED).first(),
        "may_publish": user.role == Role.PHARMACIST_IN_CHARGE and version.status == ProfileVersion.Status.REVIEWED,
        "not_yet": _not_yet(version, user),
        "asks_code": asks_code(request, user),
        "meaning": MEANING,
        "effective_from": request.POST.get("effective_from") or (version.effective_from or today).isoformat(),
        "typed_name": request.POST.get("printed_name", ""),
        "faults": faults or [],
        "wrong": dict(faults or []),
        "refused": refused,
        "unmet": unmet or [],
        "form_key": request.POST.get("form_key") or uuid.uuid4().hex,
    }
    return render(request, "regulatory/impact.html", context, status=status)


def _former(version: ProfileVersion) -> ProfileVersion | None:
    """What it would take the place of: the version in use, else the one it was drafted from."""
    others = ProfileVersion.objects.filter(
        profile_key=version.profile_key, is_demonstration=version.is_demonstration, status=ProfileVersion.Status.ACTIVE
    )
    return others.exclude(pk=version.pk).first() or version.based_on


def _kinds(found: Impact, chosen: Plan) -> list[tuple[Harm, int, str, list[tuple[str, list[Line], int]]]]:
    """Each kind of harm in the list: how many lines, what is chosen for them, and what is said of which of them."""
    by_kind: dict[str, dict[str, list[Line]]] = {}
    for line in found.lines:
        of_the_kind = by_kind.setdefault(line.harm.code, {})
        of_the_kind.setdefault(line.effects[0].says if line.effects else "", []).append(line)
    return [
        (
            HARMS[code],
            sum(map(len, said.values())),
            chosen.kinds.get(code) or HARMS[code].proposed,
            [(says, lines[:NAMED], len(lines)) for says, lines in said.items()],
        )
        for code in found.counts
        for said in [by_kind[code]]
    ]


def _not_yet(version: ProfileVersion, user: User) -> str:
    """Why this person cannot publish it now; empty when they can."""
    if version.status == ProfileVersion.Status.DRAFT:
        return f"Not yet: {version.version} has to be reviewed first, by somebody who checked it against its sources."
    if version.status == ProfileVersion.Status.REVIEWED and user.role != Role.PHARMACIST_IN_CHARGE:
        return "The pharmacist in charge signs it. Cases keep their version until then."
    if version.status == ProfileVersion.Status.ACTIVE:
        return f"{version.version} is in use already."
    return f"{version.version} is {look_of(version)[1].lower()}." if version.status == "retired" else ""


def _plan(typed: Mapping[str, Any]) -> Plan:
    kinds = {name.removeprefix("kind:"): str(typed[name]) for name in typed if name.startswith("kind:")}
    lines = {name.removeprefix("line:"): str(typed[name]) for name in typed if name.startswith("line:") and typed[name]}
    return Plan(kinds=kinds, lines=lines, reason=str(typed.get("reason", "")).replace("\x00", "")[:2000])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        said = f"“{text}” is no day" if text else "nothing was given"
        sentence = f"{said}. Give year-month-day, for example 2027-05-01."
        raise FactsInvalid("Nothing was published.", {"effective_from": [sentence]}) from None
