"""Duties of a pathway: which clocks its events have opened, who holds them, and when they fall due. Pure.

A duty whose holder is outside the pharmacy is evidence to receive, not a task to tick. An authority's usual time to
answer is a forecast and never a deadline. What cannot be counted says why, with a house target labelled as such.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal, cast

from cases.deadlines.arithmetic import Anchor, Computation, Kind, NotComputable, Rule, compute
from cases.deadlines.calendars import Calendars
from cases.deadlines.computation import COMPUTABLE_UNITS
from regulatory.profiles import words
from regulatory.profiles.duty import Alternative, Duty, condition_key, house_target
from regulatory.profiles.facts import Event, Facts
from regulatory.profiles.loader import Profile
from regulatory.profiles.periods import CALENDAR_PERIODS, period_ends
from regulatory.profiles.terms import Question, Terms

# What each type of deadline is for arithmetic; a type not named is a duty. A retention period is a window: the record
# must not be destroyed before it has passed, so nothing may shorten it.
DEADLINE_KINDS: dict[str, Kind] = {
    "objection_window": "waiting_window",
    "record_retention": "waiting_window",
    "pre_import_notice_lead": "notice_lead",
    "pre_export_notice_lead": "notice_lead",
    "renewal_lead": "notice_lead",
    "document_expiry": "expiry",
    "import_window": "expiry",
    "transition_wind_down": "expiry",
}
# What ends a wait before its time, when it comes after the wait began.
ENDED_BY: dict[str, tuple[str, ...]] = {
    "decision_clock": ("decided_granted",),
    "objection_window": ("objection_received", "objection_window_waived"),
}
URGENT_ONLY = "urgent case"
WAITING_DECISIONS = frozenset({"statutory_objection_window", "statutory_waiting"})
# A duty that repeats each period from an event ends with treatment.
REPEATS_END_WITH = "treatment_ended"
MOST_REPEATS = 60


def duties(
    profile: Profile, facts: Facts, *, calendars: Calendars, now: datetime, house_targets: Mapping[str, Any]
) -> tuple[Duty, ...]:
    """Every clock of the profile: opened ones by due date, then those that cannot be counted, then those not begun.

    `house_targets` is the library's table. Raises ValueError for a naive `now`.
    """
    if now.tzinfo is None:
        raise ValueError("an instant without its zone cannot be placed on a day")
    question = Question(profile, facts, calendars[profile.jurisdiction], now.astimezone(UTC), house_targets)
    found: list[Duty] = []
    for fact in profile.section("deadlines"):
        found += _of_deadline(fact, question)
    for fact in profile.section("decision_times"):
        found += _of_decision(fact, question)
    for fact in profile.section("validity"):
        found += _of_validity(fact, question)
    found += _of_renewal(question)
    return tuple(sorted(found, key=_order))


def _order(duty: Duty) -> tuple[int, date, str]:
    late = duty.target_on or date.max
    return (
        3 if duty.state == "ended" else 0 if duty.computable else 1 if duty.state == "open" else 2,
        duty.due_on or late,
        duty.key,
    )


def _of_deadline(fact: Mapping[str, Any], question: Question) -> list[Duty]:
    kind = "notice_lead" if fact["direction"] == "before" else DEADLINE_KINDS.get(fact["deadline_type"], "duty")
    terms = Terms(fact, fact["deadline_type"], kind, fact["holder_role"], fact["trigger_event"], fact["direction"])
    if fact["direction"] == "each_period":
        if fact["trigger_event"] in CALENDAR_PERIODS:
            return _of_periods(terms, question, lag_known=False)
        return _repeating(terms, question)
    if fact["trigger_event"] in CALENDAR_PERIODS:
        return _of_periods(terms, question, lag_known=True)
    return _of_events(terms, question)


def _of_decision(fact: Mapping[str, Any], question: Question) -> list[Duty]:
    """An authority's time to answer: a waiting window where silence clears by law, otherwise only a forecast."""
    if fact["kind"] == "none":
        return []
    waiting = fact["kind"] in WAITING_DECISIONS
    if waiting and _has_window(fact, question.profile):
        return []
    terms = Terms(
        {
            **fact,
            "amount": fact["max"],
            "applies_if": URGENT_ONLY if fact["kind"].endswith("_urgent") else None,
            "recipient": None,
            "force": fact["kind"],
        },
        "decision_clock",
        "waiting_window" if waiting else "forecast",
        "regulator",
        fact["starts_on"],
        "after",
    )
    found = _of_events(terms, question)
    if fact["min"] is None or fact["min"] == fact["max"]:
        return found
    return [_with_earliest(duty, fact, question) for duty in found]


def _has_window(fact: Mapping[str, Any], profile: Profile) -> bool:
    """Whether the profile states the same window among its deadlines already."""
    return any(
        (other["deadline_type"], other["trigger_event"], other["amount"], other["unit"])
        == ("objection_window", fact["starts_on"], fact["max"], fact["unit"])
        for other in profile.section("deadlines")
    )


def _with_earliest(duty: Duty, fact: Mapping[str, Any], question: Question) -> Duty:
    if duty.anchor is None:
        return duty
    terms = Terms(
        {**fact, "amount": fact["min"]}, "decision_clock", "forecast", "regulator", fact["starts_on"], "after"
    )
    earliest = compute(_rule(terms, question), anchor=duty.anchor, calendar=question.calendar)
    return _replace_also(duty, (Alternative("earliest usual answer", earliest),))


def _of_validity(fact: Mapping[str, Any], question: Question) -> list[Duty]:
    terms = Terms(
        {**fact, "applies_if": None, "recipient": None, "force": "condition_of_approval"},
        "authorization_expiry",
        "expiry",
        "coordinating_pharmacy",
        fact["starts_on"],
        "after",
    )
    remark = "The period stated in the letter goes before this one."
    return [_replace_remarks(duty, (*duty.remarks, remark)) for duty in _of_events(terms, question)]


def _of_renewal(question: Question) -> list[Duty]:
    stated = any(fact["deadline_type"] == "renewal_lead" for fact in question.profile.section("deadlines"))
    found: list[Duty] = []
    for fact in question.profile.section("renewal"):
        if fact["lead_amount"] is None or stated:
            continue
        terms = Terms(
            {
                **fact,
                "amount": fact["lead_amount"],
                "unit": fact["lead_unit"],
                "applies_if": None,
                "recipient": "regulator",
                "force": "statutory",
            },
            "renewal_lead",
            "notice_lead",
            "coordinating_pharmacy",
            "authorisation_expires",
            "before",
        )
        found += _of_events(terms, question)
    return found


def _of_events(terms: Terms, question: Question) -> list[Duty]:
    """One duty per occurrence of its event; a window only from the latest, as the gate counts it."""
    anchors = _anchors(terms, question)
    if not anchors:
        return [_duty(terms, question, None, None, "")]
    return [
        _duty(terms, question, anchor, _compute(terms, question, anchor), suffix) for suffix, anchor in anchors.items()
    ]


def _anchors(terms: Terms, question: Question) -> dict[str, Anchor]:
    """What the clock starts from, by the suffix that tells its occurrences apart in the key of the duty.

    A window and a lead to a planned day have no suffix: when their event is corrected, the same clock moves.
    """
    if terms.kind == "notice_lead":
        planned = question.facts.planned.get(terms.trigger)
        if planned:
            return {"": planned}
        if terms.trigger == "authorisation_expires":
            held = {
                f"#{held.reference}": held.valid_until
                for held in question.facts.authorizations
                if held.valid_until and held.state == "in_force"
            }
            return {**held, **_told_apart(event for event in question.facts.events if event.name == terms.trigger)}
    happened = question.occurrences(terms.trigger)
    if terms.kind == "waiting_window" and terms.deadline_type != "record_retention":
        return {"": happened[-1].at} if happened else {}
    return dict(_told_apart(happened))


def _told_apart(events: Iterable[Event]) -> dict[str, Anchor]:
    """Occurrences by their own reference, else by their day, so that an earlier one entered later re-keys none."""
    found: dict[str, Anchor] = {}
    for event in events:
        moment = event.at.isoformat()
        suffix = f"#{event.reference}" if event.reference else f"@{moment}"
        number = 2
        while suffix in found:
            suffix, number = f"{suffix.split('~')[0]}~{number}", number + 1
        found[suffix] = event.at
    return found


def _of_periods(terms: Terms, question: Question, *, lag_known: bool) -> list[Duty]:
    """One duty per calendar period that has a supply in it (or a standing permission), by the period's last day."""
    reading = question.profile.readings.get(terms.fact["id"], {})
    period = reading.get("period") or CALENDAR_PERIODS[terms.trigger]
    recorded = [question.local(event.at) for event in question.occurrences(terms.trigger)]
    supplies = [question.local(event.at) for event in question.occurrences("dispensed_or_supplied")]
    since = [question.local(event.at) for name in reading.get("also_from", ()) for event in question.occurrences(name)]
    since += [held.valid_from for held in question.facts.authorizations if held.valid_from and reading.get("also_from")]
    ends = sorted({*recorded, *(period_ends(period, supplies, since, question.today) if period else ())})
    if not ends:
        return [_duty(terms, question, None, None, "")]
    return [
        _duty(terms, question, end, _compute(terms, question, end, lag_known=lag_known), f"@{end.isoformat()}")
        for end in ends
    ]


def _repeating(terms: Terms, question: Question) -> list[Duty]:
    """Each period from the event: all that fell due, and the next; nothing after the end of treatment."""
    anchors = question.occurrences(terms.trigger)
    if not anchors or terms.fact["amount"] is None or terms.fact["unit"] not in COMPUTABLE_UNITS:
        done = _compute(terms, question, anchors[0].at) if anchors else None
        return [_duty(terms, question, anchors[0].at if anchors else None, done, "")]
    ended = question.occurrences(REPEATS_END_WITH)
    last = question.local(ended[-1].at) if ended else None
    found = []
    for number in range(1, MOST_REPEATS + 1):
        rule = _rule(terms, question)
        done = compute(rule, anchor=anchors[0].at, calendar=question.calendar, occurrence=number)
        if not isinstance(done, Computation) or (last is not None and done.target_on > last):
            break
        found.append(_duty(terms, question, anchors[0].at, done, f"#{number}"))
        if done.due_on > question.today:
            break
    return found


def _rule(terms: Terms, question: Question) -> Rule:
    return Rule(
        event=terms.trigger,
        amount=terms.fact["amount"],
        unit=terms.fact["unit"] or "unspecified",
        calendar=question.calendar.code,
        zone=question.calendar.zone,
        kind=cast(Kind, terms.kind),
        direction=cast(Any, terms.direction),
        rule_version=f"{question.profile.key} {question.profile.version}",
    )


def _compute(
    terms: Terms, question: Question, anchor: Anchor, *, lag_known: bool = True
) -> Computation | NotComputable:
    target = house_target(question.house_targets, terms.deadline_type, terms.fact["unit"] if lag_known else "period")
    rule = _rule(terms, question)
    if not lag_known:
        own = compute(
            Rule(**{**_fields(rule), "amount": None, "unit": "unspecified", "direction": "after"}),
            anchor=anchor,
            calendar=question.calendar,
            house_target=target,
        )
        shown = own.house_target if isinstance(own, NotComputable) else None
        amount = f"{terms.fact['amount']} {words.spaced(terms.fact['unit'])}" if terms.fact["amount"] else "period"
        return NotComputable(rule, f"the source names the period ({amount}) but not how long after its end", shown)
    pauses: Iterable[Any] = ()
    if terms.kind == "forecast" or (terms.kind == "waiting_window" and terms.deadline_type != "record_retention"):
        pauses = question.facts.pauses.get(terms.trigger, ())
    return compute(
        rule, anchor=anchor, calendar=question.calendar, pauses=pauses, as_of=question.today, house_target=target
    )


def _duty(
    terms: Terms, question: Question, anchor: Anchor | None, due: Computation | NotComputable | None, suffix: str
) -> Duty:
    fact = terms.fact
    reading = question.profile.readings.get(fact["id"], {})
    also = tuple(_alternatives(reading, terms, question))
    remarks = [fact["note"]] if fact.get("note") else []
    if reading:
        remarks.append(f"Derived reading: {reading['because']}.")
    outside = terms.holder not in words.HOUSE_ROLES
    if outside and terms.kind == "duty":
        remarks.append(f"Held by {words.role(terms.holder)}: to be shown by evidence received, not by a tick of ours.")
    applies_if = fact["applies_if"]
    return Duty(
        key=f"{fact['id']}{suffix}",
        fact=fact["id"],
        deadline_type=terms.deadline_type,
        kind=cast(Kind, terms.kind),
        holder=terms.holder,
        holder_outside=outside,
        trigger=terms.trigger,
        anchor=anchor,
        direction=terms.direction,
        state=_state(terms, question, anchor),
        due=due,
        force=fact["force"],
        recipient=fact["recipient"],
        applies_if=applies_if,
        applies=question.facts.conditions.get(condition_key(applies_if)) if applies_if else True,
        basis=fact["basis"],
        sources=tuple(fact["source"]),
        confidence=fact["confidence"],
        also=also,
        remarks=tuple(remarks),
        profile=question.profile.key,
        version=question.profile.version,
    )


def _state(terms: Terms, question: Question, anchor: Anchor | None) -> Literal["open", "not_begun", "ended"]:
    if anchor is None:
        return "not_begun"
    began = question.local(anchor)
    answers = (event for name in ENDED_BY.get(terms.deadline_type, ()) for event in question.occurrences(name))
    return "ended" if any(question.local(event.at) >= began for event in answers) else "open"


def _alternatives(reading: Mapping[str, Any], terms: Terms, question: Question) -> Iterable[Alternative]:
    for other in reading.get("show_earlier_of", ()):
        for event in question.occurrences(other["event"])[-1:]:
            changed = {"event": other["event"], "amount": other["amount"], "unit": other["unit"]}
            rule = Rule(**{**_fields(_rule(terms, question)), **changed})
            label = f"{other['amount']} {words.spaced(other['unit'])}s after {words.event(other['event'])}"
            yield Alternative(label, compute(rule, anchor=event.at, calendar=question.calendar))


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _replace_also(duty: Duty, also: tuple[Alternative, ...]) -> Duty:
    return Duty(**{**_fields(duty), "also": (*duty.also, *also)})


def _replace_remarks(duty: Duty, remarks: tuple[str, ...]) -> Duty:
    return Duty(**{**_fields(duty), "remarks": remarks})
