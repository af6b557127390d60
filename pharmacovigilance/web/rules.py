"""Reporting rules to read: all of them as they count today, and one with its versions."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from cases import clock
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from pharmacovigilance.desk import today_of
from pharmacovigilance.library import ReportingRule
from pharmacovigilance.models import ReportingRuleVersion
from pharmacovigilance.proposing import CHOICES, PLACES
from pharmacovigilance.rulebook import rulebook, said_on
from pharmacovigilance.terms import REPORT_KINDS
from pharmacovigilance.web.desk import reader
from pharmacovigilance.web.rule_words import clock_words, conditions, differences, sources_of

PLACE_NAMES: Final = {"*": "Default", **dict(PLACES), "ICH": "ICH"}
STANDINGS: Final = (
    ("draft", "Unreviewed draft"), ("proposed", "Awaits a second person"), ("reviewed", "Reviewed, in force"),
    ("ended", "Counts no longer, or not yet"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """One rule of the list: what it says, whether it counts today, and whether a proposal is open."""

    rule: ReportingRule
    place: str
    clock: str
    has_proposal: bool
    counts: bool = True

    @property
    def standings(self) -> set[str]:
        found = {"ended" if not self.counts else "reviewed" if self.rule.is_reviewed else "draft"}
        return found | ({"proposed"} if self.has_proposal else set())


@login_required
def reporting_rules(request: HttpRequest) -> HttpResponse:
    """Every rule as it counts today, and those that count no longer or not yet, by place and standing."""
    person = reader(request)
    place, standing = request.GET.get("place", ""), request.GET.get("standing", "")
    today, book = today_at(person), rulebook()
    library = book.on(today)
    opened = set(open_proposals().values_list("rule", flat=True))
    in_force = (library.default, *library.rules)
    others = {one.rule for one in book.standing} | opened
    others -= {rule.id for rule in in_force}
    every = [_listed(rule, opened, counts=True) for rule in in_force]
    every += [_listed(said_on(one, day=today, book=book).rule, opened, counts=False) for one in sorted(others)]
    chosen = [
        one
        for one in every
        if (not place or one.rule.jurisdiction == place) and (not standing or standing in one.standings)
    ]
    page = {
        "rules": chosen,
        "total": len(every),
        "place": place,
        "standing": standing,
        "places": sorted({(one.rule.jurisdiction, one.place) for one in every}, key=lambda pair: pair[1]),
        "standings": STANDINGS,
        "library": library,
        "reviewed": sum(one.counts and one.rule.is_reviewed for one in every),
        "proposed": len(opened),
        "may_propose": person.role in PHARMACISTS,
    }
    return render(request, "pharmacovigilance/rules.html", page)


@login_required
def reporting_rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """One rule: what it says, and its versions with what each changed."""
    person = reader(request)
    rows = list(
        ReportingRuleVersion.objects.filter(rule=rule_id)
        .select_related("proposed_by", "decided_by")
        .order_by("version")
    )
    said = said_or_404(rule_id, person)
    before: dict[int, ReportingRuleVersion | None] = dict(zip((row.pk for row in rows), [None, *rows], strict=False))
    versions = [
        {"row": row, "differences": differences(earlier.data, row.data) if (earlier := before[row.pk]) else []}
        for row in rows
    ]
    opened = next((row for row in rows if row.is_open), None)
    page = rule_text(said.rule, said.text) | {
        "counts": said.counts,
        "versions": list(reversed(versions)),
        "opened": opened,
        "newer": _newer_release(rows, said.rule.version),
        "may_propose": person.role in PHARMACISTS and opened is None,
        "may_decide": opened is not None and person.role in PHARMACISTS and opened.proposed_by_id != person.pk,
    }
    return render(request, "pharmacovigilance/rule.html", page)


def _listed(rule: ReportingRule, opened: set[str], *, counts: bool) -> Listed:
    return Listed(rule, place_of(rule.jurisdiction), clock_words(rule.clock), rule.id in opened, counts)


def _newer_release(rows: list[ReportingRuleVersion], in_force: str) -> ReportingRuleVersion | None:
    """What a release brought after the version of this house that counts: it waits for a pharmacist to look at it."""
    house = [row for row in rows if row.origin == ReportingRuleVersion.Origin.HOUSE and row.name == in_force]
    later = [row for row in rows if row.origin == ReportingRuleVersion.Origin.SHIPPED]
    return later[-1] if house and later and later[-1].version > house[0].version else None


def rule_text(rule: ReportingRule, text: Any) -> dict[str, Any]:
    """What the part `rule_text.html` of a page shows."""
    return {
        "rule": rule, "text": text, "place": place_of(rule.jurisdiction), "limit": clock_words(rule.clock),
        "conditions": conditions(rule.applies_if), "role": rule.duty_role.replace("_", " "),
        "sources": sources_of(text), "about": REPORT_KINDS[text["report_kind"]],
        "force": dict(CHOICES["force"])[text["force"]],
    }  # fmt: skip


def place_of(jurisdiction: str) -> str:
    """The name of a country or of a body of rules."""
    return PLACE_NAMES.get(jurisdiction, jurisdiction)


def open_proposals() -> QuerySet[ReportingRuleVersion]:
    """Every version that awaits a second person."""
    return ReportingRuleVersion.objects.filter(origin=ReportingRuleVersion.Origin.HOUSE, decided_at__isnull=True)


def said_or_404(rule_id: str, person: User) -> Any:
    """What a rule says today."""
    try:
        return said_on(rule_id, day=today_at(person))
    except LookupError as nothing:
        raise Http404("There is no such reporting rule.") from nothing


def today_at(person: User) -> date:
    """The day at the pharmacy now."""
    return today_of(person, now=clock.now())
