"""What is asked of one person abroad: which thing first, by when and why, and where it is done."""

from dataclasses import dataclass
from datetime import date, datetime

from django.apps import apps
from django.db.models import Count
from django.urls import reverse

from cases.clocks import DETERMINATION_ASKED
from cases.deadlines.models import Deadline
from cases.documents.models import DocumentSlot
from cases.documents.queries import asked_slots, open_slots
from cases.lifecycle.steps import Step, is_due
from cases.models import Case, Determination
from cases.people.models import User
from cases.people.roles import PRESCRIBING, Role
from cases.web.case_page import verb_url

# Steps that are asked for, in this order, with the reason; every other step stands under "More".
WHY = {
    "custody.recall_letter.answer": "A recall concerns this case. Nothing of the packs it names is to be given.",
    "custody.recall.locate": "A recall stopped these packs. It stays open until somebody says what became of each.",
    "cases.determination.sign": "Nothing is filed or shipped before it is signed.",
    "cases.determination.prepare": "It says why this medicine is necessary for this patient. Nothing is filed before.",
    "custody.consignment.arrive": "Its time counts from the handing over; it stands in quarantine from then on.",
    "custody.consignment.inspect": "It stays in quarantine until it is inspected and a release is signed.",
    "custody.consignment.record_temperature": "Without a reading it counts as an excursion.",
    "custody.consignment.second_check": "Somebody else inspected it. Nothing is released before a second person has "
    "looked and signed.",
    "custody.consignment.dispense": "It was accepted; the patient waits for it.",
    "custody.consignment.record_dose": "A side effect is traced through the dose, its lot and its serial.",
    "pharmacovigilance.follow_up.answer": "We ask on this day; an adverse event becomes a report at once.",
}
# Steps that are shown only while they are asked for.
ONLY_WHEN_ASKED = frozenset({"custody.consignment.second_check"})
# Steps that have a guided page of their own: verb code -> name of the address.
GUIDED = {
    "cases.determination.sign": "sign",
    "custody.consignment.arrive": "inspect",
    "custody.consignment.inspect": "inspect",
    "custody.consignment.record_temperature": "logger",
    "pharmacovigilance.report.receive": "own_report",
    "pharmacovigilance.follow_up.answer": "own_answer",
}
# Steps that follow on something to be read first, whose page leads on to them.
READ_FIRST = {"custody.recall_letter.answer": "recall_letter"}
# What a receiving pharmacist has to do with a consignment in that state.
AT_THE_DOOR = {
    "in_transit": "record the arrival of {}",
    "arrived": "inspect {}, it is in quarantine",
    "accepted": "record the dispensing of {}",
}


@dataclass(frozen=True)
class Asked:
    """One thing that waits for a person. ``due_on`` ends at midnight of ``zone``; ``is_late`` when it is over."""

    title: str
    button: str
    url: str
    why: str
    due_on: date | None = None
    zone: str = ""
    is_late: bool = False


def asked_of(user: User, case: Case, steps: list[Step], *, now: datetime) -> list[Asked]:
    """Everything that is asked on one case: papers first, then steps, in the order they are worked through."""
    found = [_paper(slot, case, now) for slot in open_slots(case, user)]
    rank = list(WHY)
    due = [step for step in steps if step.verb.code in WHY and _is_theirs(step) and not _done_already(case, step)]
    due.sort(key=lambda step: (rank.index(step.verb.code), getattr(step.subject, "number", 0)))
    return found + [_step(step, case, now) for step in due]


def other_steps(case: Case, steps: list[Step], *, apart: str) -> list[tuple[str, str]]:
    """(label, address) of what is possible and not asked for; ``apart`` is the verb that has a button of its own."""
    return [
        (step.label, step_url(case, step))
        for step in steps
        if step.verb.code != apart
        and step.verb.code not in ONLY_WHEN_ASKED
        and _is_theirs(step)
        and (step.verb.code not in WHY or _done_already(case, step))
    ]


def step_url(case: Case, step: Step) -> str:
    """The guided page of a step where there is one, else the page of its verb."""
    if page := GUIDED.get(step.verb.code) or READ_FIRST.get(step.verb.code):
        return reverse(page, args=[case.reference, *([step.on] if step.on else [])])
    return verb_url(case, step.verb.code, step.on)


def waiting_on(user: User, cases: list[Case]) -> dict[int, list[str]]:
    """What waits for this person on each case, in a few words; one query a kind."""
    found: dict[int, list[str]] = {}
    if user.role in PRESCRIBING:
        for determination in Determination.objects.filter(case__in=cases, state="draft"):
            words = "sign the determination" if user.role == Role.PRESCRIBER else "determination not signed yet"
            found.setdefault(determination.case_id, []).append(words)
        written = set(Determination.objects.filter(case__in=cases).values_list("case_id", flat=True))
        for case in cases:
            if case.stage == "determination" and case.pk not in written:
                found.setdefault(case.pk, []).append("write the determination")
    for case_id, title in asked_slots(user).filter(case__in=cases).values_list("case_id", "title"):
        found.setdefault(case_id, []).append(f"send: {title}")
    if user.role == Role.RECEIVING_PHARMACIST:
        for case_id, words in _consignments_waiting(user, cases):
            found.setdefault(case_id, []).append(words)
    return found


def _paper(slot: DocumentSlot, case: Case, now: datetime) -> Asked:
    address = f"{reverse('upload', args=[case.reference])}?slot={slot.label}"
    late = slot.due_on is not None and slot.due_on < now.date()
    button = f"Send {slot.title[:1].lower()}{slot.title[1:]}"
    return Asked(slot.title, button, address, slot.note, slot.due_on, case.institution.time_zone, late)


def _step(step: Step, case: Case, now: datetime) -> Asked:
    due_on, late = None, False
    if step.verb.code.startswith("cases.determination."):
        deadline = (
            Deadline.objects.filter(case=case, kind=DETERMINATION_ASKED.code, state__in=["running", "missed"])
            .order_by("due_at")
            .first()
        )
        if deadline is not None:
            due_on, late = deadline.due_on, deadline.due_at < now
    why = WHY[step.verb.code]
    title = getattr(step.subject, "asked_as", "") or step.label
    return Asked(title, step.label, step_url(case, step), why, due_on, case.institution.time_zone, late)


def _is_theirs(step: Step) -> bool:
    """Whether its record is meant for this person; most are for whoever may act on them."""
    is_for = getattr(step.subject, "is_for", None)
    return is_for is None or bool(is_for(step.by))


def _done_already(case: Case, step: Step) -> bool:
    """Possible, but not asked for: a determination stands, the consignment was inspected or measured, a question is
    answered or not due yet."""
    if not is_due(step):
        return True
    if step.verb.code == "cases.determination.prepare":
        return bool(case.determinations.filter(state__in=["draft", "signed"]).exists())
    if step.verb.code == "custody.consignment.second_check":
        inspection = step.subject.inspections.order_by("pk").last()  # type: ignore[attr-defined]
        own = inspection is not None and inspection.inspected_by_id == step.by.pk
        return inspection is None or own or hasattr(inspection, "second_check")
    records = {
        "custody.consignment.inspect": "inspections",
        "custody.consignment.record_temperature": "exposure_assessments",
    }.get(step.verb.code)
    return bool(records and getattr(step.subject, records).exists())


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
