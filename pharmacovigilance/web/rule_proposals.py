"""The two deeds of two people: to propose a version of a rule, or a new rule, and to decide it after comparing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cases import clock
from cases.lifecycle.errors import FactsInvalid, Refused
from cases.models import Case
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from pharmacovigilance.conditions import KNOWN, MOST_WAYS, NONE_OF, Known, NotAsWays, keys_of, ways_of
from pharmacovigilance.consequences import consequences
from pharmacovigilance.deciding import Proposal, decide, propose
from pharmacovigilance.library import DEFAULT
from pharmacovigilance.models import ReportingRuleVersion
from pharmacovigilance.proposing import CHOICES, NEW, blank_rule, read_new_rule, read_proposal, typed_of
from pharmacovigilance.rulebook import rulebook, said_on
from pharmacovigilance.web.desk import reader
from pharmacovigilance.web.rule_words import differences
from pharmacovigilance.web.rules import rule_text, said_or_404, today_at

LABELS: Final = {
    "name": "Short name", "jurisdiction": "Place", "pathways": "Pathways", "duty_role": "Who has to tell",
    "recipients": "Who is told", "report_kind": "About", "force": "Force", "conditions": "It applies if",
    "amount": "Limit", "unit": "Counted in", "day0_basis": "Counted from", "second_amount": "Second stage, after that",
    "second_unit": "Second stage, counted in", "basis": "Duty and number were", "confidence": "Confidence",
    "source": "Sources", "legal_basis": "Legal basis", "note": "Note", "in_force_from": "Counts for day 0 from",
    "in_force_until": "Until", "reason": "Reason",
}  # fmt: skip
NOT_KEPT: Final = 422
Ways = Sequence[Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Stated:
    """One thing that may be known, with what one way says of it."""

    known: Known
    said: Sequence[str]
    none_of: Sequence[str]


@dataclass(frozen=True, slots=True)
class DrawnWay:
    """One way of the form: its groups, and whether it says anything."""

    number: int
    groups: tuple[tuple[str, tuple[Stated, ...]], ...]

    @property
    def is_empty(self) -> bool:
        return not any(one.said or one.none_of for _, stated in self.groups for one in stated)


@login_required
@require_http_methods(["GET", "POST"])
def reporting_rule_propose(request: HttpRequest, rule_id: str) -> HttpResponse:
    """Propose a version of one rule: as it is, confirmed, or otherwise in any part."""
    person = reader(request)
    said = said_or_404(rule_id, person)
    refuse_others(person)
    typed, ways = typed_of(said.text, today=today_at(person)), _ways_now(said.text["applies_if"])

    def read(given: Mapping[str, str], stated: Ways) -> tuple[str, Proposal]:
        kept = None if rule_id == DEFAULT or ways is None else stated
        return rule_id, read_proposal(rule_id, given, kept, today=today_at(person))

    page = rule_text(said.rule, said.text) | {"rule_id": rule_id, "is_default": rule_id == DEFAULT}
    return _form(request, person, page, typed, ways, read)


@login_required
@require_http_methods(["GET", "POST"])
def reporting_rule_new(request: HttpRequest) -> HttpResponse:
    """Propose a rule that there is not yet."""
    person = reader(request)
    refuse_others(person)

    def read(given: Mapping[str, str], stated: Ways) -> tuple[str, Proposal]:
        proposal = read_new_rule(given, stated, today=today_at(person))
        return proposal.data["id"], proposal

    typed = typed_of(blank_rule(), today=today_at(person)) | {NEW: ""}
    return _form(request, person, {"rule_id": "", "is_default": False}, typed, [{}], read)


@login_required
@require_http_methods(["GET", "POST"])
def reporting_rule_version(request: HttpRequest, rule_id: str, number: int) -> HttpResponse:
    """One version beside the text that counts on its first day, with what it would change; a POST decides it."""
    person = reader(request)
    rows = ReportingRuleVersion.objects.filter(rule=rule_id, version=number).select_related("proposed_by", "decided_by")
    row = rows.first()
    if row is None:
        raise Http404("There is no such version of that reporting rule.")
    fault, status = "", 200
    if request.method == "POST":
        refuse_others(person)
        approve, reason = request.POST.get("decision") == "approve", _plain(request.POST.get("reason", ""))
        try:
            decide(row, approve=approve, reason=reason, by=person, now=clock.now())
        except Refused as refused:
            fault, status = _sentence(refused), 409
        else:
            messages.success(request, f"Version {number} of {rule_id} was {'approved' if approve else 'declined'}.")
            return redirect("reporting_rule", rule_id)
    return render(
        request, "pharmacovigilance/rule_version.html", _compared(row, person) | {"fault": fault}, status=status
    )


def refuse_others(person: User) -> None:
    if person.role not in PHARMACISTS:
        raise PermissionDenied("Reporting rules are proposed and decided by pharmacists.", "pharmacists")


def _compared(row: ReportingRuleVersion, person: User) -> dict[str, Any]:
    book, day = rulebook(), row.in_force_from or today_at(person)
    without = [one for one in book.standing if (one.rule, one.number) != (row.rule, row.version)]
    others = type(book)(tuple(without))
    before = others.chosen_on(day).get(row.rule)
    said = said_on(row.rule, day=day, book=others.with_proposal(row))
    page: dict[str, Any] = rule_text(said.rule, row.data) | {
        "row": row,
        "before": before,
        "differences": differences(before.text, row.data) if before else [],
        "may_decide": row.is_open and person.role in PHARMACISTS and row.proposed_by_id != person.pk,
    }
    if row.is_open:
        page["found"] = consequences(row, among=Case.objects.visible_to(person, at=clock.now()), book=book)
    return page


def _form(
    request: HttpRequest, person: User, page: dict[str, Any], typed: dict[str, str], ways: Ways | None, read: Any
) -> HttpResponse:
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        typed = {name: _plain(request.POST.get(name, "")).strip() for name in typed}
        ways = _ways_typed(request.POST) if ways is not None else None
        if "add" not in request.POST:
            try:
                rule_id, proposal = read(typed, ways or [])
                made = propose(rule_id, proposal, by=person, now=clock.now())
            except FactsInvalid as refused:
                faults, status = {name: " ".join(sentences) for name, sentences in refused.errors.items()}, NOT_KEPT
            except Refused as refused:
                faults, status = {"reason": refused.sentence}, 409
            else:
                messages.success(request, f"Version {made.version} of {rule_id} awaits a second person.")
                return redirect("reporting_rule", rule_id)
    page |= {
        "typed": typed, "faults": faults, "choices": CHOICES, "labels": LABELS,
        "ways": [_drawn(number, way) for number, way in enumerate(ways or [], start=1)],
        "may_add": ways is not None and len(ways) < MOST_WAYS, "as_ways": ways is not None,
    }  # fmt: skip
    return render(request, "pharmacovigilance/rule_propose.html", page, status=status)


def _ways_now(tree: Mapping[str, Any]) -> Ways | None:
    """The form begins with what the rule says; none for a rule that no form can state, the default."""
    try:
        return list(ways_of(tree))
    except NotAsWays:
        return None


def _ways_typed(posted: QueryDict) -> Ways:
    """What each way of the form says; one more when another one was asked for."""
    typed = _plain(posted.get("ways", "1"))
    count = min(int(typed), MOST_WAYS) if typed.isascii() and typed.isdecimal() else 1
    keys = [key for group in KNOWN.values() for known in group for key in keys_of(known)]
    ways = [
        {key: said for key in keys if (said := [word for word in posted.getlist(f"w{number}-{key}") if word])}
        for number in range(1, count + 1)
    ]
    return [*ways, {}] if "add" in posted and count < MOST_WAYS else ways


def _drawn(number: int, way: Mapping[str, Sequence[str]]) -> DrawnWay:
    return DrawnWay(
        number,
        tuple(
            (
                title,
                tuple(Stated(one, way.get(one.fact, ()), way.get(f"{NONE_OF}{one.fact}", ())) for one in group),
            )
            for title, group in KNOWN.items()
        ),
    )


def _plain(typed: str) -> str:
    return typed.replace("\x00", "")


def _sentence(refused: Refused) -> str:
    if isinstance(refused, FactsInvalid):
        return " ".join(f"{name.capitalize()}: {' '.join(said)}" for name, said in refused.errors.items())
    return refused.sentence
