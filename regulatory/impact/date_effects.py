"""What a change of a clock does to the dates of one case: those that run, and those that are counted back. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from cases.deadlines.arithmetic import compute
from cases.deadlines.computation import Computation, NotComputable, Pause, Rule, read_anchor
from regulatory.impact.harm import Effect
from regulatory.impact.standing import Running, Standing
from regulatory.profiles import words

if TYPE_CHECKING:
    from regulatory.impact.change import RuleChange

# How each section names what a date is counted from and by how much: (event, amount, unit).
_NAMES = {
    "deadlines": ("trigger_event", "amount", "unit"),
    "decision_times": ("starts_on", "max", "unit"),
    "validity": ("starts_on", "amount", "unit"),
    "renewal": ("", "lead_amount", "lead_unit"),
}
COUNTED = frozenset(_NAMES)
# What is counted back from a planned day has not begun by any event: it always follows the version of the case.
_COUNTED_BACK = "notice_lead"
_PLANNED = {"import_day": "arrives_on", "shipped": "leaves_on"}


def of_dates(change: "RuleChange", standing: Standing) -> Iterator[Effect]:
    """Every running date that a changed clock counts, and new notices before what is planned."""
    changed = [fact for section in _NAMES for fact in change.sections.get(section, ())]
    for running in standing.running:
        if running.fact in change.facts:
            yield from _of_running(running, change, {one.label for one in standing.ahead})
    for fact in changed:
        before, after = change.facts[fact]
        if before is None and after is not None:
            yield from _of_new(fact, after, change, standing)


def _of_running(running: Running, change: "RuleChange", ahead: set[str]) -> Iterator[Effect]:
    _, after = change.facts[running.fact]
    name = f"{running.label} ({running.subject})" if running.subject else running.label
    version = change.after.version
    keeps = change.running_deadlines == "keep" and running.rule.get("kind") != _COUNTED_BACK
    if running.met_on is not None and (after is None or running.subject not in ahead):
        return
    if after is None:
        says = f"{name}: {version} has no such date" + (
            f"; it runs on to {words.day(running.due_on)} as it began." if keeps else "; it is no longer owed."
        )
        yield Effect("keeps" if keeps else "eased", running.subject, says, running.fact, running.due_on, running.due_on)
        return
    moved = _recounted(running, after, change)
    if moved is None:
        says = f"{name} is due {words.day(running.due_on)}; {version} gives no number of days: ask the authority."
        yield Effect("keeps" if keeps else "read", running.subject, says, running.fact, running.due_on, running.due_on)
        return
    if running.met_on is not None:
        if moved < running.met_on:
            says = f"{name} was given on {words.day(running.met_on)}; {version} asks for it by {words.day(moved)}."
            yield Effect("overdue", running.subject, says, running.fact, moved, running.due_on, moved)
        return
    if moved == running.due_on:
        return
    if keeps:
        says = f"{name} stays {words.day(running.due_on)} as it began; by {version} it would be {words.day(moved)}."
        yield Effect("keeps", running.subject, says, running.fact, running.due_on, running.due_on, moved)
        return
    days = abs((moved - running.due_on).days)
    sooner = moved < running.due_on
    says = (
        f"{name} moves from {words.day(running.due_on)} to {words.day(moved)}, "
        f"{days} {'day' if days == 1 else 'days'} {'sooner' if sooner else 'later'}."
    )
    waits = running.force == "waiting_window"
    code = "overdue" if moved < change.today else "date_sooner" if sooner else "gate_later" if waits else "eased"
    yield Effect(code, running.subject, says, running.fact, moved, running.due_on, moved)


def _recounted(running: Running, after: Mapping[str, Any], change: "RuleChange") -> date | None:
    """The date by the new rule from the same event; None where it cannot be counted, or counts from another event."""
    section = next(name for name, ids in change.sections.items() if running.fact in ids)
    event, amount, unit = _NAMES.get(section, ("", "amount", "unit"))
    rule = dict(running.rule)
    if event and after.get(event) != rule.get("event"):
        return None
    if "direction" in after and (after["direction"] == "before") != (rule.get("kind") == _COUNTED_BACK):
        return None
    rule |= {
        "amount": after.get(amount),
        "unit": after.get(unit) or "unspecified",
        "rule_version": f"{change.after.key} {change.after.version}",
    }
    key = (running.fact, running.anchor, running.pauses, rule["event"])
    if key not in change.counted:
        done = compute(
            Rule(**rule),
            anchor=read_anchor(running.anchor),
            calendar=change.calendars[rule["calendar"]],
            pauses=[Pause(*pause) for pause in running.pauses],
        )
        change.counted[key] = done.due_on if isinstance(done, Computation) else None
    return change.counted[key]


def _of_new(fact: str, after: Mapping[str, Any], change: "RuleChange", standing: Standing) -> Iterator[Effect]:
    """A notice before a planned day is owed at once; a duty after an event is owed from the next such event on."""
    if after.get("direction") != "before" or after.get("trigger_event") not in _PLANNED:
        return
    calendar = change.calendars[change.after.jurisdiction]
    rule = Rule(
        event=after["trigger_event"],
        amount=after["amount"],
        unit=after["unit"],
        calendar=calendar.code,
        zone=calendar.zone,
        kind="notice_lead",
        direction="before",
    )
    for shipment in standing.ahead:
        done = compute(rule, anchor=getattr(shipment, _PLANNED[after["trigger_event"]]), calendar=calendar)
        if isinstance(done, NotComputable):
            continue
        what = words.capital(words.spaced(str(after["deadline_type"])))
        says = f"{what} for {shipment.label} becomes due by {words.day(done.due_on)}."
        code = "overdue" if done.due_on < change.today else "date_sooner"
        yield Effect(code, shipment.label, says, fact, done.due_on, None, done.due_on)
