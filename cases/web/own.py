"""Pages of the people abroad: prescriber, delegate, receiving pharmacist. One thing at a time, made for a phone."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cases import clock
from cases.access import case_for
from cases.audit.context import acting
from cases.lifecycle.steps import possible_steps
from cases.models import Case, Determination
from cases.people.models import User
from cases.people.roles import PRESCRIBING, Role
from cases.web.asked import asked_of, other_steps, waiting_on
from cases.web.briefing import briefings_for
from cases.web.case_page import OWN_PAGES, about, timeline, verb_url
from cases.web.chrome import home_of
from cases.web.rail import rail
from cases.web.registries import told_abroad

SIGNING = {Role.PRESCRIBER, Role.RECEIVING_PHARMACIST}
REPORT = "pharmacovigilance.report.receive"


@login_required
def own_cases(request: HttpRequest) -> HttpResponse:
    """The cases of this person, those that wait for them first."""
    user: User = request.user  # type: ignore[assignment]
    if user.role not in OWN_PAGES:
        return redirect(home_of(user))
    now = clock.now()
    cases = list(Case.objects.visible_to(user, at=now).with_people().order_by("stage", "-pk")[:200])
    waiting = waiting_on(user, cases)
    rows = sorted(((case, waiting.get(case.pk, [])) for case in cases), key=lambda row: (not row[1], row[0].pk))
    return render(request, "own/cases.html", {"rows": rows, "asked": sum(bool(asks) for _, asks in rows)})


@login_required
def own_case(request: HttpRequest, reference: str) -> HttpResponse:
    """What is asked, what happens, what was signed."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role not in OWN_PAGES:
        return redirect("case", case.reference)
    steps = possible_steps(case, by=user, now=now)
    return render(
        request,
        "own/case.html",
        {
            "case": case,
            "about": about(case),
            "rail": rail(case, user, now, tells=False),
            "asked": asked_of(user, case, steps, now=now),
            "more": other_steps(case, steps, apart=REPORT),
            "report_url": verb_url(case, REPORT),
            "determination": _determination_for(user, case),
            "shows_reasons": user.role in PRESCRIBING,
            "briefings": briefings_for(user, case),
            "sent": list(case.documents.filter(uploaded_by__in=_own_side(user, case)).order_by("-number")[:20]),
            "events": timeline(case, user, limit=6),
            "told": told_abroad(user, case),
            "shared": _shared_notes(user, case),
            "needs_accountability": user.role in SIGNING and user.accountability_accepted_at is None,
        },
    )


@login_required
@require_POST
def accept_accountability(request: HttpRequest, reference: str) -> HttpResponse:
    """Before the first signature: it binds like one by hand (21 CFR 11.10(j))."""
    user: User = request.user  # type: ignore[assignment]
    case = case_for(user, reference, now=clock.now())
    if user.accountability_accepted_at is None:
        with acting(by=user, verb="people.accountability.accepted", business_at=clock.now()):
            user.accountability_accepted_at = clock.now()
            user.save(update_fields=["accountability_accepted_at"])
    messages.success(request, "Recorded: your electronic signature binds you like one by hand.")
    return redirect("own_case", case.reference)


def _determination_for(user: User, case: Case) -> Determination | None:
    """The latest one; outside the prescriber's side only what is signed, since a draft binds nobody."""
    standing = case.determinations.exclude(state="withdrawn").select_related("prepared_by", "document__file")
    if user.role not in PRESCRIBING:
        standing = standing.filter(state="signed")
    return standing.order_by("-number").first()


def _own_side(user: User, case: Case) -> list[int]:
    """Whose papers a person sees as sent: their own, and on the prescriber's side those of both."""
    if user.role not in PRESCRIBING:
        return [user.pk]
    delegates = case.prescriber.delegations.values_list("delegate_id", flat=True)
    return [case.prescriber.user_id, *delegates]


def _shared_notes(user: User, case: Case) -> list[Any]:
    """What the pharmacy wrote to the prescriber, for the prescriber's side alone."""
    if user.role not in PRESCRIBING:
        return []
    return list(case.notes.filter(audience="prescriber").select_related("written_by").order_by("-id")[:10])
