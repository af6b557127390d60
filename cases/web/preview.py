"""The preview beside Today: one case, why its slack is what it is, what changed since it was filed, what to do now."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cases import clock
from cases.access import case_for
from cases.deadlines.models import Deadline
from cases.deadlines.queries import LedgerLine, why
from cases.lifecycle.steps import next_step, possible_steps
from cases.models import OPEN_STAGES, Case, CaseEvent
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from cases.web import words
from cases.web.chrome import home_of
from cases.web.registries import changed_since_filing
from cases.web.words import Slack


@login_required
def preview(request: HttpRequest, reference: str) -> HttpResponse:
    """The pane of one case; ``date`` names the deadline whose slack it explains. Without htmx, the case itself."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    if not user.is_pharmacist:
        return redirect(home_of(user))
    case = case_for(user, reference, now=now)
    if request.headers.get("HX-Request") != "true":
        return redirect("case", case.reference)
    wanted = request.GET.get("date", "")
    deadline = (
        Deadline.objects.filter(case=case, pk=min(int(wanted), 2**62)).select_related("holder").first()
        if wanted.isascii() and wanted.isdigit()
        else None
    )
    if deadline is None:
        raise Http404("There is no such date on this case.")
    return render(request, "cases/preview.html", context_of(case, deadline, user, now))


def context_of(case: Case, deadline: Deadline, user: User, now: datetime) -> dict[str, Any]:
    """What the pane shows."""
    step = next_step(case, possible_steps(case, by=user, now=now))
    slack = words.slack(deadline.act_by - now)
    return {
        "case": case,
        "facts": _facts(case, now),
        "slack": slack,
        "sum_of_slack": slack_ledger(deadline, slack, now=now),
        "changes": changed_since_filing(case, now),
        "step": step,
        "step_url": _step_url(case, step.verb.code, step.on) if step else "",
    }


def slack_ledger(deadline: Deadline, slack: Slack, *, now: datetime) -> list[LedgerLine]:
    """The sum behind the slack, in the order it is computed: the date, what the work needs, today, what is left."""
    basis = next((line for line in reversed(why(deadline)) if line.detail and not line.total and not line.moved), None)
    today = now.astimezone(words.zone_of(deadline.zone)).date()
    lines = [LedgerLine(deadline.label, words.day_with_year(deadline.due_on), basis.detail if basis else "")]
    if deadline.lead:
        lines.append(LedgerLine(f"{words.MINUS} time the work still needs", words.distance(deadline.lead)))
        lines.append(LedgerLine("Begin by", words.day_with_year(deadline.act_on)))
    lines.append(LedgerLine("Today", words.day_with_year(today), f"in {words.place(deadline.zone)}"))
    return [*lines, LedgerLine("Slack", f"{slack.number} {_UNITS[slack.unit]}", total=True)]


_UNITS = {"d": "days", "h": "hours"}


def _facts(case: Case, now: datetime) -> list[tuple[str, str]]:
    version, medicine = case.profile_version, case.medicine
    stages = [stage.value for stage in OPEN_STAGES]
    stage = str(case.get_stage_display())
    if case.stage in stages:
        stage = f"{stage}, stage {stages.index(case.stage) + 1} of {len(stages)}"
    licence = case.prescriber.licence_valid_until
    licensed = f"licence until {words.day_with_year(licence)}" if licence else "end of licence not known"
    return [
        ("Product", f"{medicine}, {medicine.form}, {medicine.get_storage_display()}"),
        ("Pathway", f"{case.country_name}, {version.profile_key} {version.version}"),
        ("Stage", stage),
        ("Prescriber", f"{case.prescriber.user.display_name}, {licensed}"),
        ("Last contact", _last_contact(case, now)),
    ]


def _last_contact(case: Case, now: datetime) -> str:
    """The newest thing that somebody outside the house did on the case."""
    last = (
        CaseEvent.objects.filter(case=case)
        .exclude(by__role__in=[role.value for role in PHARMACISTS])
        .select_related("by")
        .order_by("-seq")
        .first()
    )
    if last is None:
        return "none on record"
    today = now.astimezone(words.zone_of(case.institution.time_zone)).date()
    return f"{words.day(last.happened_at, today=today, zone=case.institution.time_zone)}, {last.by.display_name}"


def _step_url(case: Case, code: str, on: str) -> str:
    address = reverse("verb", args=[case.reference, code])
    return f"{address}?on={on}" if on else address
