"""What this person could do on this case now, and which of it comes next."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db import models

from cases.access import permitted_roles
from cases.lifecycle.engine import is_possible
from cases.lifecycle.verbs import VERBS, Verb
from cases.models import Case, Stage
from cases.people.models import User


@dataclass(frozen=True)
class Step:
    """One verb that one record's state leads to. Requirements may still refuse it."""

    verb: Verb
    subject: models.Model
    on: str

    @property
    def label(self) -> str:
        return f"{self.verb.label} {self.on}".rstrip() if self.on else self.verb.label

    @property
    def in_a_sentence(self) -> str:
        """The label with a small first letter, for the middle of a sentence."""
        return self.label[:1].lower() + self.label[1:]


# Which verbs carry a case on, in order; the first that is possible is the next step. Branch verbs by name only.
NEXT: dict[str, tuple[str, ...]] = {
    Stage.DETERMINATION: (
        "cases.determination.prepare",
        "cases.determination.sign",
        "regulatory.review.pass",
        "cases.case.begin_filing",
        "cases.case.begin_sourcing",
    ),
    Stage.FILING: (
        "regulatory.review.pass",
        "regulatory.filing.submit",
        "regulatory.filing.make_ready",
        "regulatory.filing.open",
        "cases.case.await_authorization",
        "cases.case.begin_sourcing",
    ),
    Stage.AUTHORIZATION: (
        "regulatory.filing.answer_question",
        "regulatory.filing.acknowledge",
        "regulatory.filing.lapse",
        "regulatory.filing.appeal",
        "regulatory.filing.grant",
        "cases.case.begin_sourcing",
    ),
    Stage.SOURCING: (
        "custody.consignment.dispatch",
        "custody.consignment.release",
        "custody.consignment.allocate",
        "custody.consignment.order",
        "custody.consignment.plan",
        "cases.case.begin_shipment",
    ),
    Stage.SHIPMENT: (
        "custody.consignment.accept",
        "custody.consignment.decide_disposition",
        "custody.consignment.inspect",
        "custody.consignment.arrive",
        "custody.consignment.dispatch",
        "custody.consignment.release",
        "cases.case.begin_dispensing",
    ),
    Stage.DISPENSING: ("custody.consignment.dispense", "cases.case.begin_follow_up"),
    Stage.FOLLOW_UP: (
        "pharmacovigilance.report.triage",
        "pharmacovigilance.version.assess",
        "pharmacovigilance.version.lock",
        "pharmacovigilance.follow_up.answer",
        "cases.case.resupply",
        "cases.case.close",
    ),
    Stage.CLOSED: ("cases.case.reopen",),
}
# Opening a further one of these is not the next step while one is under way.
ONE_AT_A_TIME = {
    "cases.determination.prepare": ("draft", "signed"),
    "regulatory.filing.open": (
        "preparing",
        "ready",
        "submitted",
        "acknowledged",
        "question",
        "answered",
        "granted",
        "no_objection",
        "appealed",
    ),
    "custody.consignment.plan": ("planned", "ordered", "allocated", "released", "in_transit", "arrived", "accepted"),
}


def records_of(case: Case, labels: Iterable[str]) -> dict[str, list[models.Model]]:
    """The case's records of each kind, newest first; one query a kind."""
    return {
        label: list(apps.get_model(label)._default_manager.filter(case=case).order_by("-number")) for label in labels
    }


def possible_steps(case: Case, *, by: User, now: datetime) -> list[Step]:
    """Every verb this person may take on a record whose state leads there, in the order verbs are registered."""
    if by.only_reads:
        return []
    mine = [verb for verb in VERBS.values() if by.role in permitted_roles(verb) and verb.code != "cases.case.open"]
    kinds = {verb.subject for verb in mine if not verb.creates and verb.subject != "cases.Case"}
    records: dict[str, list[models.Model]] = defaultdict(list, records_of(case, sorted(kinds)))
    records["cases.Case"] = [case]
    steps = []
    for verb in mine:
        if verb.creates:
            if case.stage != Stage.CLOSED or verb.code.startswith(("pharmacovigilance.", "cases.note.")):
                steps.append(Step(verb, case, ""))
            continue
        steps.extend(
            Step(verb, record, "" if record is case else str(getattr(record, "label", "")))
            for record in records[verb.subject]
            if is_possible(record, verb)
        )
    return steps


def next_step(case: Case, steps: Iterable[Step]) -> Step | None:
    """The step that carries the case on, or nothing when the ball is with somebody else."""
    by_code: dict[str, Step] = {}
    for step in steps:
        by_code.setdefault(step.verb.code, step)
    for code in NEXT.get(case.stage, ()):
        found = by_code.get(code)
        if found is not None and not _already_under_way(case, found):
            return found
    return None


def _already_under_way(case: Case, step: Step) -> bool:
    states = ONE_AT_A_TIME.get(step.verb.code)
    if not states:
        return False
    model = apps.get_model(step.verb.subject)
    return bool(model._default_manager.filter(case=case, state__in=states).exists())
