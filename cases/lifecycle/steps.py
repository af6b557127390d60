"""What this person could do on this case now, and which of it comes next."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import connection, models

from cases.access import permitted_roles
from cases.lifecycle.engine import consider, is_possible
from cases.lifecycle.verbs import VERBS, Verb
from cases.models import Case, CaseEvent, Stage
from cases.people.models import User


@dataclass(frozen=True)
class Step:
    """One verb that one record's state leads to, for one person now. Requirements may still refuse it."""

    verb: Verb
    subject: models.Model
    on: str
    by: User
    now: datetime
    today: date  # at the institution: what is due on a day is due by its calendar

    @property
    def label(self) -> str:
        return self.verb.called(self.on)

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
        "cases.case.begin_sourcing",
        "cases.case.begin_filing",
    ),
    Stage.FILING: (
        "regulatory.review.pass",
        "regulatory.filing.make_ready",
        "regulatory.filing.open",
        # Reviewed is what is on file: asked for once the papers are there.
        "regulatory.review.request",
        "regulatory.filing.submit",
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
        "custody.consignment.draw",
        "cases.case.begin_shipment",
        "cases.case.begin_dispensing",
    ),
    Stage.SHIPMENT: (
        "custody.consignment.arrive",
        "custody.consignment.inspect",
        "custody.consignment.record_temperature",
        "custody.consignment.second_check",
        "custody.consignment.decide_disposition",
        "custody.consignment.accept",
        "custody.consignment.dispatch",
        "custody.consignment.release",
        "cases.case.begin_dispensing",
    ),
    Stage.DISPENSING: ("custody.consignment.dispense", "cases.case.begin_follow_up"),
    Stage.FOLLOW_UP: (
        "pharmacovigilance.report.triage",
        "pharmacovigilance.report.attach",
        "pharmacovigilance.version.lock",
        "pharmacovigilance.version.assess",
        "pharmacovigilance.obligation.discharge",
        "pharmacovigilance.follow_up.answer",
        "cases.case.resupply",
        "cases.case.close",
    ),
    Stage.CLOSED: ("cases.case.reopen",),
}
# A further one of these is not the next step while so many are under way in these states.
ENOUGH: dict[str, tuple[int, tuple[str, ...]]] = {
    "cases.determination.prepare": (1, ("draft", "signed")),
    "regulatory.review.request": (2, ("requested", "passed")),
    "regulatory.filing.open": (
        1,
        (
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
    ),
    **dict.fromkeys(
        ("custody.consignment.plan", "custody.consignment.draw"),
        (1, ("planned", "ordered", "allocated", "released", "in_transit", "arrived", "accepted")),
    ),
}
# Possible again at any time, and the next step once for each record.
ONCE = frozenset(
    {
        "custody.consignment.inspect",
        "custody.consignment.record_temperature",
        "custody.consignment.second_check",
        "custody.consignment.decide_disposition",
    }
)
# Of several records the newest comes first, save of these, which are worked off in their order.
OLDEST_FIRST = frozenset(
    {
        "regulatory.review.pass",
        "pharmacovigilance.obligation.discharge",
        "pharmacovigilance.follow_up.answer",
    }
)
# An older record of the kind carries the case on no more.
NEWEST_ONLY = frozenset({"regulatory.filing.appeal"})
# Steps that skip a stage: the next step only where the pathway lets them be taken at once.
SKIPS: dict[str, frozenset[str]] = {Stage.DETERMINATION: frozenset({"cases.case.begin_sourcing"})}


# What a branch says that a case's pathway does not have: codes of verbs and stages, each with the reason.
NotInPathway = Callable[[Case], Mapping[str, str]]
_NOT_IN_PATHWAY: list[NotInPathway] = []


def tells_what_is_not_in_the_pathway(source: NotInPathway) -> NotInPathway:
    """Decorator: no page of a case offers these steps, and these stages are shown as what the pathway does not have."""
    _NOT_IN_PATHWAY.append(source)
    return source


def not_in_pathway(case: Case) -> dict[str, str]:
    """Verbs and stages that the case's pathway does not have, with the reason in a few words."""
    return {code: why for source in _NOT_IN_PATHWAY for code, why in source(case).items()}


def records_of(case: Case, labels: Iterable[str]) -> dict[str, list[models.Model]]:
    """The case's records of each kind, newest first; a query for which kinds it has, and one for each of those."""
    kinds = tuple(labels)
    has = kinds_of(case, kinds)
    return {
        label: list(apps.get_model(label)._default_manager.filter(case=case).order_by("-number"))
        if label in has
        else []
        for label in kinds
    }


def kinds_of(case: Case, labels: tuple[str, ...]) -> set[str]:
    """Of which kinds the case has records at all; most have few, and an empty list is not worth a query."""
    if not labels:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_which_kinds(labels), [value for label in labels for value in (label, case.pk)])
        return {label for (label,) in cursor.fetchall()}


@cache
def _which_kinds(labels: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    asked = []
    for meta in (apps.get_model(label)._meta for label in labels):
        table, owner = quote(meta.db_table), quote(meta.get_field("case").column)
        asked.append(f"SELECT %s::text WHERE EXISTS (SELECT FROM {table} WHERE {owner} = %s)")  # noqa: S608 - our models
    return " UNION ALL ".join(asked)


def possible_steps(case: Case, *, by: User, now: datetime, unlisted: bool = False) -> list[Step]:
    """Every verb this person may take on a record whose state leads there, in the order verbs are registered.

    Steps that the case's pathway does not have are left out.

    :param unlisted: with the steps that a page of their own offers, which the page of the case does not list.
    """
    if by.only_reads:
        return []
    left_out = {"cases.case.open", *not_in_pathway(case)}
    mine = [
        verb
        for verb in VERBS.values()
        if (verb.listed or unlisted) and by.role in permitted_roles(verb) and verb.code not in left_out
    ]
    kinds = {verb.subject for verb in mine if not verb.creates and verb.subject != "cases.Case"}
    kinds |= {verb.needs[0] for verb in mine if verb.needs}
    records: dict[str, list[models.Model]] = defaultdict(list, records_of(case, sorted(kinds)))
    records["cases.Case"] = [case]
    today = now.astimezone(ZoneInfo(case.institution.time_zone)).date()
    steps = []
    for verb in mine:
        if verb.creates:
            is_open = case.stage != Stage.CLOSED or verb.code.startswith(("pharmacovigilance.", "cases.note."))
            if is_open and _has_what_it_needs(verb, records):
                steps.append(Step(verb, case, "", by, now, today))
            continue
        steps.extend(
            Step(verb, record, "" if record is case else str(getattr(record, "label", "")), by, now, today)
            for record in records[verb.subject]
            if is_possible(record, verb)
        )
    return steps


def _has_what_it_needs(verb: Verb, records: Mapping[str, list[models.Model]]) -> bool:
    if verb.needs is None:
        return True
    kind, states = verb.needs
    return any(getattr(record, "state", "") in states for record in records[kind])


def next_step(case: Case, steps: Iterable[Step]) -> Step | None:
    """The step that carries the case on, or nothing when the ball is with somebody else."""
    by_code: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        by_code[step.verb.code].append(step)
    for code in NEXT.get(case.stage, ()):
        for found in reversed(by_code[code]) if code in OLDEST_FIRST else by_code[code]:
            may_be_filed = bool(by_code["cases.case.begin_filing"])
            if _carries_on(case, found, skips=SKIPS.get(case.stage, frozenset()) if may_be_filed else frozenset()):
                return found
    return None


def is_due(step: Step) -> bool:
    """Whether what it is about has come to its day and is not answered; what has no day is always due."""
    due_on: date | None = getattr(step.subject, "due_on", None)
    answered_at: datetime | None = getattr(step.subject, "answered_at", None)
    return answered_at is None and (due_on is None or due_on <= step.today)


def _carries_on(case: Case, step: Step, *, skips: frozenset[str]) -> bool:
    """Whether a possible step is due now, and not done already or overtaken.

    :param skips: verbs that pass over a stage, and so come next only where nothing keeps them back.
    """
    code, model = step.verb.code, apps.get_model(step.verb.subject)
    if not is_due(step):
        return False
    if code in ENOUGH:
        most, states = ENOUGH[code]
        return int(model._default_manager.filter(case=case, state__in=states).count()) < most
    if code in ONCE:
        return not CaseEvent.objects.filter(case=case, verb=step.verb.event, subject=step.on).exists()
    if code in NEWEST_ONLY:
        number = getattr(step.subject, "number", 0)
        return not model._default_manager.filter(case=case, number__gt=number).exists()
    if code in skips:
        return not any(line.blocks for line in consider(case, code, by=step.by, now=step.now, subject=step.subject))
    return True
