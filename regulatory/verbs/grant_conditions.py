"""Conditions of an authorization: sorted into task, gate or report, met with evidence, lifted by the authority."""

from datetime import date

from django.db import models

from cases.deadlines.arithmetic import add_months
from cases.deadlines.models import Deadline
from cases.deadlines.services import meet
from cases.lifecycle.verbs import Ask, Situation, Verb, register_verbs
from regulatory.models import GrantCondition
from regulatory.pathway import local_day, profile_of
from regulatory.verbs.filings import WHEN


def _sort(situation: Situation) -> models.Model:
    condition, facts = situation.record(GrantCondition), situation.facts
    condition.sort(
        kind=facts["kind"],
        due_on=facts.get("due_on") if facts["kind"] != GrantCondition.Kind.GATE else None,
        every_months=facts.get("every_months") if facts["kind"] == GrantCondition.Kind.REPORT else None,
    )
    condition.save()
    return condition


def _meet(situation: Situation) -> models.Model:
    """The running date is met at the moment given; a report's next day counts from the day it was due."""
    condition, facts = situation.record(GrantCondition), situation.facts
    running = Deadline.objects.filter(case_id=situation.case.pk, key=condition.due_key).first()
    if running is not None and running.is_open:
        meet(deadline=running, on=facts["happened_at"], by=situation.by, now=situation.now)
    told = {"met_at": facts["happened_at"], "evidence": facts["evidence"]}
    if condition.kind == GrantCondition.Kind.REPORT and condition.due_on and condition.every_months:
        condition.report(**told, next_on=add_months(condition.due_on, condition.every_months))
    else:
        condition.meet(**told)
    condition.save()
    return condition


def _lift(situation: Situation) -> models.Model:
    condition = situation.record(GrantCondition)
    condition.lift()
    condition.save()
    return condition


def _today(situation: Situation) -> date:
    return local_day(profile_of(situation.case.profile_version), situation.now)


register_verbs(
    Verb(
        code="regulatory.grant_condition.sort",
        past="sorted",
        label="Say what it asks",
        subject="regulatory.GrantCondition",
        transition="sort",
        effect=_sort,
        asks=(
            Ask("kind", "What it is", "choice", options=GrantCondition.Kind.choices),
            Ask("due_on", "First due on", "date", required=False, hint="For a task or a report, as the letter says."),
            Ask("every_months", "Again every so many months", "integer", required=False, least=1, most=120,
                hint="For a report."),
        ),
        consequence="Task and report get a date with reminders; a gate keeps every consignment back until it is met.",
    ),
    Verb(
        code="regulatory.grant_condition.meet",
        past="met",
        label="Record that it was met",
        subject="regulatory.GrantCondition",
        transition="meet",
        effect=_meet,
        asks=(*WHEN, Ask("evidence", "Evidence", "document", hint="What was sent, or what shows that it is so.")),
        consequence="A task or a gate ends with it; a report is due again after its interval.",
    ),
    Verb(
        code="regulatory.grant_condition.lift",
        past="lifted",
        label="Record that it was lifted",
        subject="regulatory.GrantCondition",
        transition="lift",
        effect=_lift,
        needs_reason=True,
        consequence="Nothing is asked by it any more; the reason says who lifted it, or why it was none.",
    ),
)  # fmt: skip
