"""The page of one consignment: the checks before its dispatch, how it is packed, its way; and the packing sheet."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from cases import clock
from cases.access import case_for
from cases.custody.dispatch_gate import HOLDS, MARKS, VERB, group_of, grouped, mark_of
from cases.custody.models import Consignment, Milestone
from cases.custody.stated_handling import printed
from cases.lifecycle.checklist import Checked
from cases.lifecycle.engine import consider, is_possible, subject_named
from cases.lifecycle.verbs import VERBS
from cases.models import Case
from cases.people.models import User
from cases.people.roles import READ_WHOLE
from cases.web.case_page import about, as_requirement, verb_url

State = Consignment.State
NOT_LEFT = (State.PLANNED, State.ORDERED, State.ALLOCATED, State.RELEASED)
STEPS = ("pack", "claim_paper", "record_papers", "hand_over", "report_delay", "cancel")


@login_required
def consignment(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """One consignment; before it leaves every check of its dispatch, the met ones too."""
    user, case, box = _named(request, reference, label)
    now = clock.now()
    lines = consider(case, VERB, by=user, now=now, subject=box) if box.state in NOT_LEFT else []
    may_act = user.is_pharmacist
    return render(
        request,
        "custody/consignment.html",
        {
            "case": case,
            "about": about(case),
            "c": box,
            "groups": [(title, [_check(line, case) for line in own]) for title, own in grouped(lines)],
            "no_hold": not any(group_of(line) == HOLDS for line in lines),
            "counts": _counted(lines),
            "may_leave": bool(lines) and not any(line.blocks for line in lines),
            "packing": box.packings.select_related("packed_by").last(),
            "handling": box.handling,
            "printed": printed(box.packings.last(), box.handling),
            "hand_overs": list(box.hand_overs.select_related("event")),
            "milestones": [(one, _late(one, now), _steps(case, one, may_act)) for one in box.milestones.all()],
            "papers": list(box.papers.select_related("document").order_by("document__number")),
            "steps": _own_steps(case, box) if may_act else [],
            "dispatch_url": verb_url(case, VERB, box.label),
            "plan_milestone_url": verb_url(case, "custody.milestone.plan"),
            "state_handling_url": verb_url(case, "custody.handling.state"),
            "may_act": may_act,
        },
    )


@login_required
def packing_sheet(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """What lies in the box and how it is handled, to print and to put on top."""
    _, case, box = _named(request, reference, label)
    packing = box.packings.select_related("packed_by").last()
    if packing is None:
        raise Http404("It is not packed yet. Record the packing first.")
    return render(
        request,
        "custody/packing_sheet.html",
        {
            "case": case,
            "c": box,
            "packing": packing,
            "handling": box.handling,
            "printed": printed(packing, box.handling),
            "units": list(box.units.select_related("lot").order_by("serial")),
            "medicine": case.medicine,
        },
    )


def _named(request: HttpRequest, reference: str, label: str) -> tuple[User, Case, Consignment]:
    user: User = request.user  # type: ignore[assignment]
    case = case_for(user, reference, now=clock.now())
    if user.role not in READ_WHOLE:
        raise PermissionDenied("A consignment is read whole by the pharmacy and its auditors.", "the pharmacy")
    try:
        box = subject_named(case, VERBS[VERB], label)
    except LookupError as missing:
        raise Http404(str(missing)) from missing
    if not isinstance(box, Consignment):
        raise Http404("There is no such consignment.")
    return user, case, box


def _check(line: Checked, case: Case) -> dict[str, Any]:
    """One line as the page draws it: its mark and word, and everything of the requirement."""
    glyph, word = MARKS[mark_of(line)]
    return as_requirement(line, case) | {"glyph": glyph, "word": word}


def _counted(lines: list[Checked]) -> list[tuple[str, str, int]]:
    """How many lines bear each mark: (glyph, word, count), the worst first."""
    found = [mark_of(line) for line in lines]
    order = ("unmet", "not_known", "overridable", "overridden", "asked", "met")
    return [(*MARKS[mark], found.count(mark)) for mark in order if mark in found]


def _late(milestone: Milestone, now: datetime) -> bool:
    reached = milestone.reached_at or now
    return milestone.state != Milestone.State.DROPPED and reached > milestone.planned_at


def _steps(case: Case, milestone: Milestone, may_act: bool) -> list[tuple[str, str]]:
    codes = ("custody.milestone.reach", "custody.milestone.drop")
    verbs = [VERBS[code] for code in codes if may_act and is_possible(milestone, VERBS[code])]
    return [(verb.called(milestone.label), verb_url(case, verb.code, milestone.label)) for verb in verbs]


def _own_steps(case: Case, box: Consignment) -> list[tuple[str, str]]:
    verbs = [VERBS[f"custody.consignment.{word}"] for word in STEPS]
    return [(one.called(box.label), verb_url(case, one.code, box.label)) for one in verbs if is_possible(box, one)]
