"""Pages of the people abroad: prescriber, delegate, receiving pharmacist. One thing at a time, made for a phone."""

from typing import Any

from django.apps import apps
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cases import clock
from cases.access import case_for
from cases.audit.context import acting
from cases.documents.queries import asked_slots, open_slots
from cases.lifecycle.steps import Step, possible_steps
from cases.models import STATEMENTS, Case, Determination
from cases.people.models import User
from cases.people.roles import PRESCRIBING, Role
from cases.verbs.determinations import MEANING, text_of
from cases.web.case_page import OWN_PAGES, about, rail, timeline, verb_url
from cases.web.chrome import home_of

# What a page offers first, by role; everything else stands under "More".
FIRST = (
    "cases.determination.sign",
    "cases.determination.prepare",
    "custody.consignment.arrive",
    "custody.consignment.inspect",
    "custody.consignment.record_temperature",
    "custody.consignment.dispense",
    "custody.consignment.record_dose",
    "pharmacovigilance.follow_up.answer",
)
# What a receiving pharmacist has to do with a consignment in that state.
AT_THE_DOOR = {
    "in_transit": "record the arrival of {}",
    "arrived": "inspect {}, it is in quarantine",
    "accepted": "record the dispensing of {}",
}
REPORT = "pharmacovigilance.report.receive"


@login_required
def own_cases(request: HttpRequest) -> HttpResponse:
    """The cases of this person, those that wait for them first."""
    user: User = request.user  # type: ignore[assignment]
    if user.role not in OWN_PAGES:
        return redirect(home_of(user))
    now = clock.now()
    cases = list(Case.objects.visible_to(user, at=now).with_people().order_by("stage", "-pk")[:200])
    waiting = _waiting(user, cases)
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
            "rail": rail(case),
            "slots": list(open_slots(case, user)),
            "asked": _offered(case, steps),
            "more": _more(case, steps),
            "report_url": verb_url(case, REPORT),
            "determination": _determination_for(user, case),
            "shows_reasons": user.role in PRESCRIBING,
            "sent": list(case.documents.filter(uploaded_by=user).order_by("-number")[:20]),
            "events": timeline(case, user, limit=6),
            "shared": _shared_notes(user, case),
            "needs_accountability": user.role == Role.PRESCRIBER and user.accountability_accepted_at is None,
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


def signing_context(case: Case, determination: Determination) -> dict[str, Any]:
    """The exact text that would be signed now, for the page of the verb."""
    return {"text": text_of(determination, list(STATEMENTS)), "meaning": MEANING}


def _determination_for(user: User, case: Case) -> Determination | None:
    """The latest one; outside the prescriber's side only what is signed, since a draft binds nobody."""
    standing = case.determinations.exclude(state="withdrawn")
    if user.role not in PRESCRIBING:
        standing = standing.filter(state="signed")
    return standing.order_by("-number").first()


def _shared_notes(user: User, case: Case) -> list[Any]:
    """What the pharmacy wrote to the prescriber, for the prescriber's side alone."""
    if user.role not in PRESCRIBING:
        return []
    return list(case.notes.filter(audience="prescriber").select_related("written_by").order_by("-id")[:10])


def _waiting(user: User, cases: list[Case]) -> dict[int, list[str]]:
    """What waits for this person on each case, in a few words; two queries."""
    found: dict[int, list[str]] = {}
    if user.role in PRESCRIBING:
        for determination in Determination.objects.filter(case__in=cases, state="draft"):
            words = "sign the determination" if user.role == Role.PRESCRIBER else "determination not signed yet"
            found.setdefault(determination.case_id, []).append(words)
        for case in cases:
            if case.stage == "determination" and case.pk not in found and not case.determinations.exists():
                found.setdefault(case.pk, []).append("write the determination")
    for case_id, title in asked_slots(user).filter(case__in=cases).values_list("case_id", "title"):
        found.setdefault(case_id, []).append(f"send: {title}")
    if user.role == Role.RECEIVING_PHARMACIST:
        for case_id, words in _consignments_waiting(user, cases):
            found.setdefault(case_id, []).append(words)
    return found


def _consignments_waiting(user: User, cases: list[Case]) -> list[tuple[int, str]]:
    """What the own institution has to do with its consignments; one query.

    An arrival waits for its inspection, then for its temperature; the release is somebody else's.
    """
    consignments = apps.get_model("custody.Consignment")._default_manager
    rows = (
        consignments.filter(case__in=cases, institution=user.institution_id, state__in=AT_THE_DOOR)
        .annotate(looked_at=Count("inspections", distinct=True), measured=Count("exposure_assessments", distinct=True))
        .order_by("case_id", "number")
        .values_list("case_id", "number", "state", "looked_at", "measured")
    )
    waiting = []
    for case_id, number, state, looked_at, measured in rows:
        words = AT_THE_DOOR[state]
        if state == "arrived" and looked_at:
            words = "" if measured else "record the temperature of {}"
        if words:
            waiting.append((case_id, words.format(f"C-{number}")))
    return waiting


def _offered(case: Case, steps: list[Step]) -> list[dict[str, str]]:
    rank = {code: place for place, code in enumerate(FIRST)}
    due = [step for step in steps if step.verb.code in rank and not _already_there(case, step)]
    due.sort(key=lambda step: rank[step.verb.code])
    return [
        {"label": step.label, "url": verb_url(case, step.verb.code, step.on), "text": step.verb.consequence}
        for step in due
    ]


def _already_there(case: Case, step: Step) -> bool:
    """A further determination is not asked for while one is drafted or signed."""
    return step.verb.code == "cases.determination.prepare" and (
        case.determinations.filter(state__in=["draft", "signed"]).exists()
    )


def _more(case: Case, steps: list[Step]) -> list[tuple[str, str]]:
    return [
        (step.label, verb_url(case, step.verb.code, step.on))
        for step in steps
        if step.verb.code not in FIRST and step.verb.code != REPORT
    ]
