"""Reporting rules: all of them, one with its versions, and the two deeds of two people, to propose and to decide."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cases import clock
from cases.countries import name_of
from cases.lifecycle.errors import FactsInvalid, NotPossible, Refused
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from pharmacovigilance.deciding import decide, propose
from pharmacovigilance.library import ReportingRule
from pharmacovigilance.models import ReportingRuleVersion
from pharmacovigilance.proposing import BASES, CONFIDENCES, FIELDS, UNITS, read_proposal, typed_of
from pharmacovigilance.rulebook import is_known, rulebook, said_on
from pharmacovigilance.web.desk import reader
from pharmacovigilance.web.rule_words import clock_words, conditions, differences, sources_of

PLACES: Final = {"*": "Default", "CONTRACT": "Agreements", "EU": "European Union", "ICH": "ICH"}
STANDINGS: Final = (
    ("draft", "Unreviewed draft"), ("proposed", "Awaits a second person"), ("reviewed", "Reviewed, in force"),
)  # fmt: skip
LABELS: Final = {
    "amount": "Limit", "unit": "Counted in", "basis": "Duty and number were", "confidence": "Confidence",
    "source": "Sources", "legal_basis": "Legal basis", "note": "Note", "in_force_from": "Counts for day 0 from",
    "in_force_until": "Until", "reason": "Reason",
}  # fmt: skip
NOT_KEPT: Final = 422


@dataclass(frozen=True, slots=True)
class Listed:
    """One rule of the list: what counts today, and whether a proposal is open."""

    rule: ReportingRule
    place: str
    clock: str
    has_proposal: bool

    @property
    def standings(self) -> set[str]:
        found = {"reviewed" if self.rule.is_reviewed else "draft"}
        return found | ({"proposed"} if self.has_proposal else set())


@login_required
def reporting_rules(request: HttpRequest) -> HttpResponse:
    """Every rule as it counts today, by place and standing."""
    person = reader(request)
    place, standing = request.GET.get("place", ""), request.GET.get("standing", "")
    library = rulebook().on(_today(person))
    opened = set(_open_proposals().values_list("rule", flat=True))
    every = [
        Listed(rule, place_of(rule.jurisdiction), clock_words(rule.clock), rule.id in opened)
        for rule in (library.default, *library.rules)
    ]
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
        "reviewed": sum(one.rule.is_reviewed for one in every),
        "proposed": len(opened),
    }
    return render(request, "pharmacovigilance/rules.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def reporting_rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """One rule: what it says, its versions with what each changed; a POST decides the open proposal."""
    person = reader(request)
    _known(rule_id)
    fault, status = "", 200
    if request.method == "POST":
        _refuse_others(person)
        version = _open_proposals().filter(rule=rule_id).first()
        approve, reason = request.POST.get("decision") == "approve", request.POST.get("reason", "").replace("\x00", "")
        try:
            if version is None:
                raise NotPossible(f"{rule_id} has no proposal that awaits a second person. Nothing changed.")
            decide(version, approve=approve, reason=reason, by=person, now=clock.now())
        except Refused as refused:
            fault, status = _sentence(refused), 409
        else:
            messages.success(
                request, f"Version {version.version} of {rule_id} was {'approved' if approve else 'declined'}."
            )
            return redirect("reporting_rule", rule_id)
    return render(request, "pharmacovigilance/rule.html", _rule_page(person, rule_id) | {"fault": fault}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def reporting_rule_propose(request: HttpRequest, rule_id: str) -> HttpResponse:
    """Propose a version of one rule: as it is, confirmed, or with another clock, basis, source or confidence."""
    person = reader(request)
    _known(rule_id)
    _refuse_others(person)
    text, faults, status = said_on(rule_id, day=_today(person)).text, {}, 200
    typed = typed_of(text, today=_today(person))
    if request.method == "POST":
        typed = {name: request.POST.get(name, "").replace("\x00", "").strip() for name in FIELDS}
        try:
            made = propose(rule_id, read_proposal(rule_id, typed, today=_today(person)), by=person, now=clock.now())
        except FactsInvalid as refused:
            faults, status = {name: " ".join(sentences) for name, sentences in refused.errors.items()}, NOT_KEPT
        except Refused as refused:
            faults, status = {"reason": refused.sentence}, 409
        else:
            messages.success(request, f"Version {made.version} of {rule_id} awaits a second person.")
            return redirect("reporting_rule", rule_id)
    page = {
        "rule_id": rule_id, "text": text, "limit": clock_words(text["clock"]), "typed": typed, "faults": faults,
        "units": UNITS, "bases": BASES, "confidences": CONFIDENCES, "sources": sources_of(text),
        "conditions": conditions(text["applies_if"]), "labels": LABELS,
    }  # fmt: skip
    return render(request, "pharmacovigilance/rule_propose.html", page, status=status)


def place_of(jurisdiction: str) -> str:
    """The name of a country or of a body of rules."""
    return PLACES.get(jurisdiction) or name_of(jurisdiction)


def _rule_page(person: User, rule_id: str) -> dict[str, Any]:
    rows = list(
        ReportingRuleVersion.objects.filter(rule=rule_id)
        .select_related("proposed_by", "decided_by")
        .order_by("version")
    )
    before: dict[int, ReportingRuleVersion | None] = dict(zip((row.pk for row in rows), [None, *rows], strict=False))
    versions = [
        {"row": row, "differences": differences(earlier.data, row.data) if (earlier := before[row.pk]) else []}
        for row in rows
    ]
    said = said_on(rule_id, day=_today(person))
    rule, text = said.rule, said.text
    opened = next((row for row in rows if row.is_open), None)
    return {
        "rule": rule,
        "text": text,
        "counts": said.counts,
        "place": place_of(rule.jurisdiction),
        "limit": clock_words(rule.clock),
        "conditions": conditions(rule.applies_if),
        "role": rule.duty_role.replace("_", " "),
        "sources": sources_of(text),
        "versions": list(reversed(versions)),
        "opened": opened,
        "may_propose": person.role in PHARMACISTS and opened is None,
        "may_decide": opened is not None and person.role in PHARMACISTS and opened.proposed_by_id != person.pk,
    }


def _open_proposals() -> Any:
    return ReportingRuleVersion.objects.filter(origin=ReportingRuleVersion.Origin.HOUSE, decided_at__isnull=True)


def _known(rule_id: str) -> None:
    if not is_known(rule_id):
        raise Http404("There is no such reporting rule.")


def _refuse_others(person: User) -> None:
    if person.role not in PHARMACISTS:
        raise PermissionDenied("Reporting rules are proposed and decided by pharmacists.", "pharmacists")


def _sentence(refused: Refused) -> str:
    if isinstance(refused, FactsInvalid):
        return " ".join(f"{name.capitalize()}: {' '.join(said)}" for name, said in refused.errors.items())
    return refused.sentence


def _today(person: User) -> date:
    """The day at the pharmacy, as a day 0 is counted."""
    zone = person.pharmacy.time_zone if person.pharmacy else person.time_zone
    return clock.now().astimezone(ZoneInfo(zone)).date()
