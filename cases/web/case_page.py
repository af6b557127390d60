"""The case: rail, holds, next deadlines, the next step's checklist, and tabs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cases import clock
from cases.access import case_for
from cases.deadlines.models import Deadline, Force
from cases.deadlines.queries import next_deadlines, why
from cases.lifecycle.checklist import Checked
from cases.lifecycle.engine import consider
from cases.lifecycle.steps import Step, next_step, possible_steps
from cases.lifecycle.telling import events_told_to, mark, reason_told_to, tell
from cases.models import Case, HoldKind
from cases.people.models import User
from cases.people.roles import PHARMACISTS, PRESCRIBING, Role
from cases.web.rail import rail
from cases.web.registries import overview_panels
from cases.web.tabs import Tab, register_tab, tab_named, tabs_for

OWN_PAGES = PRESCRIBING | {Role.RECEIVING_PHARMACIST}
STOPS = {
    HoldKind.REGULATORY: "Stops filing, sourcing, shipping and dispensing; not safety reports.",
    HoldKind.QUALITY: "Stops sourcing, shipping and dispensing; not filing or safety reports.",
    HoldKind.COMPLIANCE: "Stops filing, sourcing, shipping and dispensing; not safety reports.",
    HoldKind.CLINICAL: "Stops filing, sourcing, shipping and dispensing; not safety reports.",
    HoldKind.PAYMENT: "Stops sourcing and shipping; not filing, dispensing of what arrived, or safety reports.",
    HoldKind.CONSENT: "Stops filing, sourcing, shipping and dispensing; not safety reports.",
    HoldKind.FAMILY_MESSAGE: "Stops messages to the family; not filing, shipping or safety reports.",
}


@login_required
def case_detail(request: HttpRequest, reference: str, tab: str = "overview") -> HttpResponse:
    """One case, one tab."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role in OWN_PAGES:
        return redirect("own_case", case.reference)
    shown = tab_named(tab, user)
    if shown is None:
        raise Http404("There is no such page of this case.")
    context = frame(case, user, now, current=shown) | shown.context(case, user, now)
    return render(request, shown.template, context)


def frame(case: Case, user: User, now: datetime, *, current: Tab) -> dict[str, Any]:
    """What stands around every tab: head, rail, holds, tabs."""
    first = _breaks_first(case)
    return {
        "case": case,
        "about": about(case),
        **_ball(first, now),
        "rail": rail(case, user, now, first=first),
        "holds": [(hold, STOPS[HoldKind(hold.kind)]) for hold in case.standing_holds],
        "may_act": user.role in PHARMACISTS,
        "tabs": [
            {
                "label": tab.label,
                "url": reverse("case_tab", args=[case.reference, tab.slug])
                if tab.slug != "overview"
                else reverse("case", args=[case.reference]),
                "current": tab is current,
                "count": tab.count(case) if tab.count else None,
            }
            for tab in tabs_for(user)
        ],
    }


def _breaks_first(case: Case) -> Deadline | None:
    """The date on which work must begin first; one query."""
    return (
        Deadline.objects.filter(case=case, state__in=["running", "missed"])
        .exclude(force=Force.WAITING_WINDOW)
        .select_related("holder")
        .order_by("act_by", "id")
        .first()
    )


def _ball(first: Deadline | None, now: datetime) -> dict[str, Any]:
    """Who must act first, on what, and how much slack is left."""
    if first is None:
        return {"slack": None, "ball": ""}
    return {"slack": first.act_by - now, "ball": f"Ball: {first.ball}. {first.label}."}


def about(case: Case) -> str:
    """Initials and birth year (or whose stock), destination, medicine: no more of the patient stands in a head."""
    return f"{case.for_whom} · {case.country_name} · {case.medicine}"


def as_requirement(line: Checked, case: Case) -> dict[str, Any]:
    """A line of the checklist in the words of the component."""
    state = "over" if line.state == "unmet" and line.overridable else line.state
    source = " · ".join(part for part in (line.code, line.rule, ", ".join(line.sources)) if part)
    who = "" if line.state == "met" else _who(line.satisfied_by)
    if line.override:
        who = f"Overridden by {line.override['by']} with {line.override['second_person']}: {line.override['reason']}"
    return {
        "state": state,
        "sentence": line.sentence,
        "fact": line.fact,
        "who": who,
        "source": source,
        "code": line.code,
        "remedies": [{"label": line.remedy[0], "url": remedy_url(line.remedy[1], case)}] if line.remedy else [],
    }


def _who(satisfied_by: str) -> str:
    """Who can satisfy it, also where how ("the authority, by its silence") or why not ("nobody: ...") follows."""
    who, mark, rest = satisfied_by.partition(": ") if ": " in satisfied_by else satisfied_by.partition(", ")
    if mark == ": ":
        return f"{capitalised(who)} can satisfy it: {rest}."
    return f"{capitalised(who)} can satisfy it{mark}{rest}."


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def remedy_url(target: str, case: Case) -> str:
    """``tab:documents``, ``upload:prescription``, ``page:partner/7`` or ``cases.hold.lift/H-1`` as an address."""
    if target.startswith("page:"):
        page, _, key = target.removeprefix("page:").partition("/")
        return reverse(page, args=[key] if key else [])
    if target.startswith("upload:"):
        return f"{reverse('upload', args=[case.reference])}?type={target.removeprefix('upload:')}"
    if target.startswith("scan:"):
        return reverse("scan", args=[case.reference, target.removeprefix("scan:")])
    if target.startswith("tab:"):
        return reverse("case_tab", args=[case.reference, target.removeprefix("tab:")])
    verb, _, label = target.partition("/")
    return verb_url(case, verb, label)


def verb_url(case: Case, verb: str, label: str = "") -> str:
    """The page of one verb on one record of the case."""
    address = reverse("verb", args=[case.reference, verb])
    return f"{address}?on={label}" if label else address


def _overview(case: Case, user: User, now: datetime) -> dict[str, Any]:
    steps = possible_steps(case, by=user, now=now)
    following = next_step(case, steps)
    checklist = consider(case, following.verb.code, by=user, now=now, subject=following.subject) if following else []
    return {
        "next_step": following,
        "next_url": verb_url(case, following.verb.code, following.on) if following else "",
        "checklist": [as_requirement(line, case) for line in checklist],
        "blocked": [line for line in checklist if line.blocks],
        "other_steps": grouped(case, [step for step in steps if step is not following]),
        "deadlines": [(deadline, why(deadline)) for deadline in next_deadlines(case, 3)],
        "events": timeline(case, user, limit=8),
        "consignments": list(case.consignments.order_by("-number")[:5]),
        "panels": overview_panels(case, user, now),
    }


HEADINGS = {
    "cases": "This case",
    "regulatory": "Filings",
    "custody": "Supply",
    "documents": "Documents",
    "pharmacovigilance": "Safety",
}


@dataclass(frozen=True, slots=True)
class Offered:
    """A step as a line of links: the first record in full, the others that the same verb leads to by their labels."""

    label: str
    url: str
    others: tuple[tuple[str, str, str], ...] = ()  # (label of the record, label of the step, address)


def grouped(case: Case, steps: list[Step]) -> list[tuple[str, list[Offered]]]:
    """Other possible steps by what they are about, in the order of the case's life; one line a verb."""
    groups: dict[str, dict[str, list[Step]]] = {heading: {} for heading in HEADINGS.values()}
    for step in steps:
        owner = step.verb.code.split(".", 1)[0]
        heading = groups.setdefault(HEADINGS.get(owner, capitalised(owner)), {})
        heading.setdefault(step.verb.code, []).append(step)
    return [(heading, [_offered(case, same) for same in verbs.values()]) for heading, verbs in groups.items() if verbs]


def _offered(case: Case, same: list[Step]) -> Offered:
    first, *others = same
    return Offered(
        first.label,
        verb_url(case, first.verb.code, first.on),
        tuple((step.on, step.label, verb_url(case, step.verb.code, step.on)) for step in others),
    )


def timeline(case: Case, reader: User, *, limit: int) -> list[dict[str, Any]]:
    """The newest events that this person reads, as entries of the timeline component."""
    entries = []
    for event in events_told_to(reader, case)[:limit]:
        glyph, state = mark(event)
        reason = reason_told_to(reader, event)
        detail = event.by.display_name + (f": {reason}" if reason else "")
        entries.append(
            {
                "when_at": event.happened_at,
                "what": tell(event),
                "detail": detail,
                "mark": glyph,
                "state": state,
                "seq": event.seq,
                "facts": event.facts,
                "checklist": event.checklist,
            }
        )
    return entries


def _timeline_tab(case: Case, user: User, now: datetime) -> dict[str, Any]:
    return {"events": timeline(case, user, limit=200), "total": case.event_seq}


def _people_tab(case: Case, user: User, now: datetime) -> dict[str, Any]:
    return {
        "determinations": list(case.determinations.select_related("prescriber__user", "document").order_by("-number")),
        "delegations": list(case.prescriber.delegations.select_related("delegate").order_by("-valid_from")),
        "notes": list(case.notes.select_related("written_by").order_by("-id")[:50]),
        "overrides": list(case.overrides.select_related("proposed_by", "second_person").order_by("-number")),
    }


def _messages_tab(case: Case, user: User, now: datetime) -> dict[str, Any]:
    return {"notices": list(case.notices.select_related("recipient").order_by("-id")[:100])}


def _deadlines_tab(case: Case, user: User, now: datetime) -> dict[str, Any]:
    open_first = (
        case.deadlines.select_related("holder")
        .annotate(settled=Count("pk", filter=Q(state__in=["met", "met_late", "cancelled"])))
        .order_by("settled", "due_at")
    )
    return {"deadlines": [(deadline, why(deadline)) for deadline in open_first]}


register_tab(Tab("overview", "Overview", 0, "cases/overview.html", _overview))
register_tab(Tab("timeline", "Timeline", 10, "cases/timeline.html", _timeline_tab))
register_tab(
    Tab(
        "deadlines",
        "Deadlines",
        15,
        "cases/deadlines.html",
        _deadlines_tab,
        lambda case: case.deadlines.filter(state__in=["running", "paused", "missed"]).count(),
    )
)
register_tab(Tab("people", "People", 50, "cases/people.html", _people_tab))
register_tab(Tab("messages", "Messages", 60, "cases/messages.html", _messages_tab, lambda case: case.notices.count()))
