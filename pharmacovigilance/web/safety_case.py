"""One safety case: events against products, where each lot came from, who must be told, what is still to ask."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.db.models import Q, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from markupsafe import Markup

from cases import clock
from cases.access import case_for
from cases.deadlines.queries import why
from cases.models import Case, CaseEvent
from cases.people.mentions import mentions_of
from cases.people.roles import PHARMACISTS
from cases.web import pictures
from cases.web.case_page import about, verb_url
from cases.web.registries import returns_to
from pharmacovigilance.covering import named_in
from pharmacovigilance.e2b.snapshots import NOBODY
from pharmacovigilance.judging import completeness, who_umc
from pharmacovigilance.knowledge import planned_for
from pharmacovigilance.models import (
    AdverseEvent,
    Assessment,
    CaseVersion,
    Obligation,
    ReportedProduct,
    SafetyCase,
)
from pharmacovigilance.obligations import recipient_of
from pharmacovigilance.rules import Planned
from pharmacovigilance.snapshots import Known, content_of_version, known_of
from pharmacovigilance.summing import standing
from pharmacovigilance.terms import EXPECTEDNESS, OPEN_VERSION, RECHALLENGE
from pharmacovigilance.verbs import events as of_events
from pharmacovigilance.verbs import judging as of_judging
from pharmacovigilance.web.desk import reader
from pharmacovigilance.web.said_days import said_day

WORDS: Final = {category.code: category.label for category in who_umc.CATEGORIES}
# What can be done next with the newest version: (state, verb, words).
NEXT: Final = (
    ("draft", "pharmacovigilance.version.assess", "Assess"),
    ("assessed", "pharmacovigilance.version.lock", "Lock"),
    ("assessed", "pharmacovigilance.version.assess", "Assess again"),
    ("locked", "pharmacovigilance.version.follow_up", "Draft a further version after"),
)
STARTS_CLOCKS: Final = (CaseVersion.Kind.INITIAL, CaseVersion.Kind.FOLLOW_UP)
LONGEST_DRAWN: Final = 120  # days; a longer clock is told in words


@dataclass(frozen=True)
class Cell:
    """One event against one suspect product: what stands, and where to judge it."""

    product: ReportedProduct
    judged: list[Assessment]
    links: list[tuple[str, str]]


@dataclass(frozen=True)
class Row:
    event: AdverseEvent
    cells: list[Cell]


@dataclass(frozen=True)
class Owed:
    """One obligation with its clock: drawn while its days can be counted, and the sum behind its date."""

    obligation: Obligation
    picture: Markup
    ledger: list[Any]


@login_required
def safety_case(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """Everything that is known and owed of one safety case; nothing is written."""
    user, now = reader(request), clock.now()
    case = case_for(user, reference, now=now)
    found = _named(case, label)
    versions = list(found.versions.select_related("lot__supplier", "locked_by").order_by("-version"))
    prefetch_related_objects([found], "events")
    newest, known = versions[0] if versions else None, known_of(found)
    if newest is not None:
        newest.case, newest.safety_case = case, found
    is_open = newest is not None and newest.state in OPEN_VERSION
    may_act = user.role in PHARMACISTS
    events, products = known.events, known.products
    content = content_of_version(newest, known=known) if newest else None
    owed = _owed(newest, now) if newest else []
    mentions = mentions_of(case.patient) if may_act and is_open else None
    return render(
        request,
        "pharmacovigilance/safety_case.html",
        {
            "case": case,
            "words": WORDS,
            "said_day": said_day,
            "about": about(case),
            "safety_case": found,
            "versions": versions,
            "newest": newest,
            "is_open": is_open,
            "may_act": may_act and is_open,
            "tells": may_act,
            "steps": _steps(case, newest) if may_act and newest else [],
            "rows": _grid(case, known),
            "suspects": [product for product in products if product.is_suspect],
            "events": events,
            "products": products,
            "doubts": {doubt.line.pk: doubt for doubt in known.doubts},
            "patient": {**NOBODY, **(newest.patient if newest else {})},
            "grade": completeness.grade(content) if content else None,
            "named_in": named_in(content, mentions) if content and mentions else [],
            "solicited": content.get("solicited", True) if content else True,
            "graded_after": completeness.scale().provenance,
            "owed": owed,
            "earlier": newest is not None and any(one.obligation.version_id != newest.pk for one in owed),
            "planned": _planned(newest, case) if newest and is_open and newest.kind in STARTS_CLOCKS else [],
            "reports": known.reports,
            "asked": list(case.follow_ups.filter(report__safety_case=found).order_by("number")),
            "ask_url": verb_url(case, "pharmacovigilance.version.ask_what_is_missing", newest.label)
            if may_act and newest
            else "",
            "links": _links(case, found, newest) if may_act and is_open else {},
        },
    )


def _named(case: Case, label: str) -> SafetyCase:
    number = label.removeprefix("SC-")
    if label.startswith("SC-") and number.isascii() and number.isdigit() and len(number) <= 5:
        found = case.safety_cases.filter(number=int(number)).first()
        if found is not None and found.label == label:
            found.case = case
            return found
    raise Http404(f"{case.reference} has no safety case of that label.")


def _steps(case: Case, version: CaseVersion) -> list[tuple[str, str, bool]]:
    """What can be done with the newest version; the first is what carries on."""
    open_ones = [(code, words) for state, code, words in NEXT if state == version.state]
    return [
        (f"{words} {version.label}", verb_url(case, code, version.label), place == 0)
        for place, (code, words) in enumerate(open_ones)
    ]


def _grid(case: Case, known: Known) -> list[Row]:
    judged: dict[tuple[int, int], list[Assessment]] = {}
    for one in standing(known.judged):
        judged.setdefault((one.event_id, one.product_id), []).append(one)
    return [
        Row(
            event,
            [
                Cell(product, judged.get((event.pk, product.pk), []), _judging(case, event, product))
                for product in known.products
                if product.is_suspect
            ],
        )
        for event in known.events
    ]


def _judging(case: Case, event: AdverseEvent, product: ReportedProduct) -> list[tuple[str, str]]:
    pair = f"?event={event.label}&product={product.label}"
    return [
        (words, verb_url(case, f"pharmacovigilance.assessment.{method}") + pair)
        for method, words in (
            ("who_umc", "WHO-UMC"),
            ("naranjo", "Naranjo"),
            (EXPECTEDNESS, "Expectedness"),
            (RECHALLENGE, "Given again"),
        )
    ]


def _owed(version: CaseVersion, now: datetime) -> list[Owed]:
    """Of this version, and what stands open of the versions before: a draft takes nothing off the list."""
    mine, open_before = Q(version=version), Q(version__safety_case=version.safety_case_id, state=Obligation.State.OPEN)
    rows = Obligation.objects.filter(mine | open_before)
    rows = rows.select_related("version", "deadline__holder").prefetch_related("deadline__moves__by")
    return [
        Owed(one, _drawn(one, now), why(one.deadline) if one.deadline else [])
        for one in rows.order_by("deadline__due_at", "number")
    ]


def _planned(version: CaseVersion, case: Case) -> list[tuple[Planned, str]]:
    """What would be owed if it were locked now, each with whom it goes to by name."""
    return [(one, recipient_of(one, case)) for one in planned_for(version, case)]


def _drawn(obligation: Obligation, now: datetime) -> Markup:
    """The days from the one after day 0 to the last one in time; nothing for a clock of a day or of many months."""
    deadline = obligation.deadline
    if deadline is None or obligation.state != Obligation.State.OPEN:
        return Markup("")
    days = (deadline.due_on - obligation.day0).days
    if not 2 <= days <= LONGEST_DRAWN:
        return Markup("")
    return pictures.window(
        key=f"o{obligation.number}",
        first_day=obligation.day0 + timedelta(days=1),
        length=days,
        today=now.astimezone(ZoneInfo(deadline.zone)).date(),
        title=f"{obligation.responsible_party} tells {obligation.recipient}",
    )


def _links(case: Case, safety_case: SafetyCase, version: CaseVersion | None) -> dict[str, str]:
    named = f"?safety_case={safety_case.label}"
    return {
        "event": verb_url(case, "pharmacovigilance.event.add") + named,
        "product": verb_url(case, "pharmacovigilance.product.add") + named,
        "line": verb_url(case, "pharmacovigilance.line.add"),
        "reference": verb_url(case, "pharmacovigilance.reference.add"),
        "patient": verb_url(case, "pharmacovigilance.version.describe_patient", version.label if version else ""),
        "awareness": verb_url(case, "pharmacovigilance.version.note_awareness", version.label if version else ""),
    }


@returns_to(
    *(verb.code for verb in (*of_events.VERBS, *of_judging.VERBS)),
    "pharmacovigilance.version.describe_patient",
    "pharmacovigilance.version.note_awareness",
    "pharmacovigilance.version.ask_what_is_missing",
    "pharmacovigilance.version.assess",
    "pharmacovigilance.version.lock",
    "pharmacovigilance.version.follow_up",
)
def page_of_safety_case(case: Case, event: CaseEvent) -> str:
    """The page of the safety case that was worked on: of the newest version, unless the record says which."""
    newest = case.case_versions.select_related("safety_case").order_by("-number").first()
    kinds: dict[str, Any] = {
        "AE": case.adverse_events,
        "MP": case.reported_products,
        "DL": case.dosage_lines,
        "V": case.case_versions,
    }
    kind, _, number = event.subject.partition("-")
    named = kinds[kind].filter(number=number).select_related("safety_case").first() if kind in kinds else newest
    if named is None:
        return ""
    return reverse("safety_case", args=[case.reference, named.safety_case.label])
