"""Conditions of an authorization: sorted before anything ships, gates met, tasks not overdue, none open at the end."""

from collections.abc import Iterator
from datetime import date

from cases.custody.models import Consignment
from cases.deadlines.models import Deadline
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.models import GrantCondition
from regulatory.pathway import local_day, profile_of
from regulatory.profiles.words import day
from regulatory.requirements.common import SHIPPING

RULE = "house rule R-16, version 1: a condition is a task, a gate or a report (edge case 27)"


@requirement(
    "GrantConditionsHold",
    "The conditions of the authorization hold",
    on=SHIPPING,
    satisfied_by="whoever owes what the letter asks",
    rule=RULE,
)
def grant_conditions_hold(situation: Situation) -> Iterator[Finding]:
    consignment = situation.subject if isinstance(situation.subject, Consignment) else None
    authorization = consignment.authorization if consignment else None
    asked = list(authorization.grant_conditions.order_by("number")) if authorization else []
    open_ones = [one for one in asked if one.is_open]
    today = local_day(profile_of(situation.case.profile_version), situation.now)
    for one in open_ones:
        met, fact = _holds(one, today)
        # A condition of a standing authority is settled where the letter came to.
        is_own = one.case_id == situation.case.pk
        of = "" if is_own or authorization is None else f" of {authorization.named_in(situation.case.pk)}"
        yield Finding(
            met=met,
            fact=fact,
            sentence=f"Condition {one.label}{of}: {one.text[:120]}",
            code=f"GrantConditionsHold:{one.label}",
            sources=(f"{one.label}{of}",),
            remedy=_remedy(one) if is_own and not met else None,
        )
    if not open_ones:
        told = f"{len(asked)} conditions, none open." if asked else "The authorization names no condition."
        yield Finding(
            met=True, fact=told if authorization else "Nothing was authorized.", code="GrantConditionsHold:none"
        )


def _holds(one: GrantCondition, today: date) -> tuple[bool, str]:
    if one.state == GrantCondition.State.STATED:
        return False, f"{one.label} is free text: say whether it is a task, a gate or a report."
    if one.kind == GrantCondition.Kind.GATE:
        return False, f"{one.label} is a gate and not met."
    if one.due_on is not None and one.due_on < today:
        return False, f"{one.label} was due on {day(one.due_on)}."
    return True, f"{one.label} is due on {day(one.due_on)}." if one.due_on else f"{one.label} stands."


def _remedy(one: GrantCondition) -> tuple[str, str]:
    if one.state == GrantCondition.State.STATED:
        return "Say what it asks", f"regulatory.grant_condition.sort/{one.label}"
    return "Record that it was met", f"regulatory.grant_condition.meet/{one.label}"


@requirement(
    "GrantConditionSortedWhole",
    "A task and a report have their day, a report its interval",
    on=("regulatory.grant_condition.sort",),
    satisfied_by="you, by giving the day that the letter names",
    rule=RULE,
)
def sorted_whole(situation: Situation) -> Finding:
    facts = situation.facts
    kind = facts.get("kind")
    if kind is None:
        return Finding(met=True, fact="Say what it is.")
    if kind == GrantCondition.Kind.GATE:
        return Finding(met=True, fact="A gate has no day of its own: the consignment's decides.")
    if facts.get("due_on") is None:
        return Finding(met=False, fact="No day was given. Where the letter names none, take one and say so in a note.")
    if kind == GrantCondition.Kind.REPORT and not facts.get("every_months"):
        return Finding(met=False, fact="No interval was given: after how many months is the next report due?")
    if _was_met_for(situation, facts["due_on"]):
        return Finding(met=False, fact=f"What was due on {day(facts['due_on'])} is met already. Give the next day.")
    return Finding(met=True, fact=f"First due on {day(facts['due_on'])}.")


def _was_met_for(situation: Situation, due_on: date) -> bool:
    """Whether that day's own deadline has ended: it would not run again, and nobody would be reminded."""
    condition = situation.record(GrantCondition)
    key = f"regulatory.grant_condition:{condition.label}:{due_on}"
    return Deadline.objects.filter(case_id=situation.case.pk, key=key, met_at__isnull=False).exists()


@requirement(
    "GrantConditionsSettled",
    "No condition of an authorization is left as free text or as a gate not met",
    on=("cases.case.close",),
    satisfied_by="you, by sorting it, meeting it, or saying who lifted it",
    rule=RULE,
)
def grant_conditions_settled(situation: Situation) -> Finding:
    """Tasks and reports run on after the close: their dates outlive the case."""
    open_ones = [
        one.label for one in situation.case.grant_conditions.order_by("number")
        if one.state == GrantCondition.State.STATED
        or (one.state == GrantCondition.State.STANDING and one.kind == GrantCondition.Kind.GATE)
    ]  # fmt: skip
    if open_ones:
        return Finding(met=False, fact=f"Not settled: {', '.join(open_ones)}.", sources=tuple(open_ones))
    return Finding(met=True, fact="None is.")
