"""The answer to a what-if question in the words of the desk: gates with what is missing, clocks with their sums."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.http import urlencode

from cases.deadlines.computation import Anchor, Computation, NotComputable
from cases.deadlines.queries import LedgerLine, steps_of
from cases.web.words import day_with_year, until
from regulatory.counted import FORCES, KIND_FORCES
from regulatory.dates import NOTICES_AFTER
from regulatory.models import ProfileVersion
from regulatory.profiles import words
from regulatory.profiles.duty import Duty
from regulatory.profiles.facts import Facts
from regulatory.profiles.gates import GatePart, GateResult
from regulatory.profiles.loader import Profile
from regulatory.profiles.logic import Missing
from regulatory.profiles.what_if import Answer
from regulatory.standing_reports import of_an_authorization
from regulatory.web.fact_words import GATES, duty_title, recipient_words

LOOKS = {True: ("good", "Open"), False: ("harm", "Shut"), None: ("unknown", "Not known")}
SUMS = {"waiting_window": "Last day of the window", "expiry": "Last day", "forecast": "Expected"}
_OF_A_LIST = "list:"


@dataclass(frozen=True, slots=True)
class Cited:
    """A fact that decided: its id and address, where it comes from, how sure it is."""

    id: str
    url: str
    sources: tuple[str, ...] = ()
    confidence: str = ""
    derived: bool = False


@dataclass(frozen=True, slots=True)
class GateTold:
    """One gate: open, shut or not known, since or until when, why, and what is missing."""

    title: str
    look: str
    word: str
    when: str
    opens_when: tuple[str, ...]
    needed: tuple[tuple[str, str], ...]
    choices: tuple[tuple[tuple[tuple[str, str], ...], ...], ...]
    because: tuple[Cited, ...]
    confidence: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DutyTold:
    """One clock: the date or why there is none, its kind, who holds it, and the sum."""

    title: str
    on: date | None
    force: str
    is_forecast: bool
    distance: str
    holder: str
    says: str
    remarks: tuple[str, ...]
    lines: tuple[LedgerLine, ...]
    others: tuple[tuple[str, tuple[LedgerLine, ...]], ...]
    fact: Cited
    zone: str


def gates_told(gates: Iterable[GateResult], profile: Profile, version: ProfileVersion) -> list[GateTold]:
    """Shut and unknown gates first, in the order of the pathway."""
    told = [_gate(gate, profile, version) for gate in gates]
    return sorted(told, key=lambda gate: gate.look == "good")


def _gate(gate: GateResult, profile: Profile, version: ProfileVersion) -> GateTold:
    look, word = LOOKS[gate.open]
    needed, choices = _sorted_out(gate.missing)
    remarks = list(gate.deferred)
    if gate.route:
        remarks.append(f"Route: {words.spaced(gate.route)}.")
    if len(gate.parts) > 1:
        remarks.append("One of its parts is enough." if gate.combine == "or" else "All of its parts are needed.")
    return GateTold(
        title=GATES.get(gate.gate, words.capital(words.spaced(gate.gate))),
        look=look,
        word=word,
        when=_when(gate),
        opens_when=tuple(dict.fromkeys(part.opens_when for part in gate.parts)),
        needed=needed,
        choices=choices,
        because=tuple(_cited(fact, gate.parts, profile, version) for fact in gate.because),
        confidence=gate.confidence,
        remarks=tuple(remarks),
    )


def _when(gate: GateResult) -> str:
    if gate.open is True:
        closes = f"; it shuts on {words.day(gate.closes_on)} if nothing else happens" if gate.closes_on else ""
        return f"Open on {words.day(gate.on)}{closes}."
    if gate.opens_on is not None:
        return f"Opens on {words.day(gate.opens_on)} if nothing else happens."
    return "It does not open by waiting alone."


def _sorted_out(missing: Iterable[Missing]) -> tuple[Any, Any]:
    """What is always needed; and, choice by choice, the alternatives of which one is enough."""
    needed, choices = [], dict[str, dict[str, list[tuple[str, str]]]]()
    for item in missing:
        # Nobody brings time.
        pair = (item.sentence, "" if item.kind == "time" else words.role(item.who))
        if not item.choice:
            needed.append(pair)
            continue
        first = item.choice.split(".")[0]
        number = "".join(char for char in first if char.isdigit())
        choices.setdefault(number, {}).setdefault(first, []).append(pair)
    return tuple(needed), tuple(tuple(tuple(way) for way in ways.values()) for ways in choices.values())


def _cited(fact: str, parts: Iterable[GatePart], profile: Profile, version: ProfileVersion) -> Cited:
    if fact.startswith(_OF_A_LIST):
        name, _, edition = fact.removeprefix(_OF_A_LIST).partition("@")
        return Cited(f"{words.list_title(name)}, edition {edition}", "")
    part = next((part for part in parts if part.fact == fact), None)
    known = profile.facts.get(fact)
    return Cited(
        fact,
        _address(version, fact),
        sources=part.sources if part else known.sources if known else (),
        confidence=part.confidence if part else known.confidence if known else "",
        derived=part is not None and part.expr_basis == "derived",
    )


def _address(version: ProfileVersion, fact: str) -> str:
    return f"{reverse('pathway', args=[version.profile_key])}?{urlencode({'version': version.version})}#{fact}"


# ---------- The days in order ----------

MARKS = {"statutory": "due", "waiting_window": "wait", "expiry": "care", "house_target": "draft", "guideline": "draft"}


def days_in_order(answer: Answer, *, zone: ZoneInfo, today: date) -> list[dict[str, str]]:
    """Events, openings and due days on one line of time, as entries of the timeline; the day asked about among them."""
    found: list[tuple[date, int, str, str, str]] = [(today, 3, "here", "", "The day asked about")]
    facts = answer.question.facts
    for event in facts.events:
        on = event.at.astimezone(zone).date() if isinstance(event.at, datetime) else event.at
        found.append((on, 0, "event", "", words.capital(words.event(event.name))))
    for number, question in enumerate(answer.question.questions, start=1):
        for at, what in ((question.asked, "asked"), (question.answered, "answered")):
            if at is not None:
                on = at.astimezone(zone).date() if isinstance(at, datetime) else at
                found.append((on, 0, "event", "hold" if what == "asked" else "", f"Question {number} is {what}"))
    found += [(on, 0, "open", "draft", f"Planned: {words.event(name)}") for name, on in facts.planned.items()]
    for gate in answer.gates:
        title = GATES.get(gate.gate, words.capital(words.spaced(gate.gate)))
        if gate.open is not True and gate.opens_on is not None:
            found.append((gate.opens_on, 1, "good", "good", f"{title}: opens if nothing else happens"))
        if gate.closes_on is not None:
            found.append((gate.closes_on, 1, "harm", "harm", f"{title}: shut again"))
    for duty in answer.duties:
        counted = duty.due if isinstance(duty.due, Computation) else duty.due.house_target if duty.due else None
        if counted is None or duty.applies is False or duty.state == "ended":
            continue
        force = _force(duty)
        kind = "forecast" if duty.kind == "forecast" else words.spaced(force)
        mark = MARKS.get(force, "draft")
        found.append((counted.due_on, 2, mark, "", f"{duty_title(duty.deadline_type)} ({kind})"))
    return [
        {"when": words.day(on), "what": what, "mark": mark, "state": state}
        for on, _, mark, state, what in sorted(found, key=lambda one: (one[0], one[1]))
    ]


# ---------- Clocks ----------


def duties_told(duties: Iterable[Duty], version: ProfileVersion, facts: Facts, *, today: date) -> list[DutyTold]:
    """Clocks in the order in which they fall due; distances count from the day that was asked about."""
    return [_duty(duty, version, facts, today) for duty in duties]


def _duty(duty: Duty, version: ProfileVersion, facts: Facts, today: date) -> DutyTold:
    due = duty.due
    target = due.house_target if isinstance(due, NotComputable) else None
    counted = due if isinstance(due, Computation) else target
    on = counted.due_on if counted else None
    return DutyTold(
        title=duty_title(duty.deadline_type),
        on=on,
        force=_force(duty),
        is_forecast=duty.kind == "forecast",
        distance=until(on, today=today) if on else "",
        holder=_holder(duty),
        says=" ".join(part for part in (_says(duty), _done(duty, facts)) if part),
        remarks=tuple(_remarks(duty)),
        lines=_ledger(counted, duty) if counted else (),
        others=tuple(
            (_label_of(one.due, one.label), _ledger(one.due, duty) if isinstance(one.due, Computation) else ())
            for one in duty.also
        ),
        fact=Cited(duty.fact, _address(version, duty.fact), duty.sources, duty.confidence),
        zone=due.rule.zone if due else "",
    )


def _force(duty: Duty) -> str:
    if duty.kind == "forecast":
        return ""
    if isinstance(duty.due, NotComputable):
        return "house_target" if duty.due.house_target else ""
    return str(KIND_FORCES.get(duty.kind) or FORCES.get(duty.force) or "statutory")


def _holder(duty: Duty) -> str:
    who = words.capital(words.role(duty.holder))
    return f"{who} to {recipient_words(duty.recipient)}" if duty.recipient else who


def _says(duty: Duty) -> str:
    """What a reader must know before the date: whose it is, ended, conditional, a forecast, or why there is none."""
    said = []
    if duty.fact in of_an_authorization():
        said.append("One for each standing authority and period, zero included; it is not owed for a case.")
    if duty.state == "ended":
        said.append("Ended: what it waited for has come.")
    if duty.applies is False:
        said.append(f"Does not apply here: {duty.applies_if}.")
    elif duty.applies is None:
        said.append(f"Only if: {duty.applies_if}.")
    if duty.kind == "forecast":
        said.append("A forecast of the authority’s answer, no deadline.")
    if isinstance(duty.due, NotComputable):
        said.append(f"Not computable: {duty.due.why}.")
        if duty.due.house_target is None:
            said.append("Not known: ask the authority.")
    if isinstance(duty.due, Computation) and duty.due.flags.unknown_years:
        years = ", ".join(map(str, duty.due.flags.unknown_years))
        said.append(f"The public holidays of {years} are not known yet: the date can only become later.")
    if isinstance(duty.due, Computation) and duty.target_on and duty.due_on and duty.target_on < duty.due_on:
        said.append(f"Safe by every reading: {words.day(duty.target_on)}.")
    return " ".join(said)


def _done(duty: Duty, facts: Facts) -> str:
    """Whether the submission that is given was in time for a notice; other duties are shown by their own evidence."""
    if duty.due_on is None or not (duty.kind == "notice_lead" or duty.deadline_type in NOTICES_AFTER):
        return ""
    days = sorted(_local(event.at, duty) for event in facts.events if event.name == "submitted")
    if duty.kind != "notice_lead":
        days = [day for day in days if duty.anchor is not None and day >= _local(duty.anchor, duty)]
    if not days:
        return "No submission is given for it."
    late = "in time" if days[0] <= duty.due_on else "too late"
    return f"The submission of {words.day(days[0])} is {late}."


def _local(moment: Anchor, duty: Duty) -> date:
    zone = ZoneInfo(duty.due.rule.zone) if duty.due else UTC
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment


def _remarks(duty: Duty) -> Iterable[str]:
    for remark in duty.remarks:
        yield words.capital(remark if remark.endswith(".") else f"{remark}.")


def _label_of(due: Computation | NotComputable, label: str) -> str:
    if isinstance(due, Computation):
        return f"{words.capital(label)}: {day_with_year(due.due_on)}"
    return f"{words.capital(label)}: not computable, {due.why}"


def _ledger(done: Computation, duty: Duty) -> tuple[LedgerLine, ...]:
    steps: list[Mapping[str, Any]] = done.to_json()["ledger"]
    at = done.due_at.astimezone(ZoneInfo(done.rule.zone))
    ends_day = (at + timedelta(microseconds=1)).date() > at.date()
    detail = f"to the end of the day in {done.rule.zone}" if ends_day else f"{at:%H:%M} in {done.rule.zone}"
    total = {"waiting_window": "Last day of the window", "expiry": "Last day", "forecast": "Expected"}.get(
        duty.kind, "Due"
    )
    return (*steps_of(steps), LedgerLine(total, day_with_year(done.due_on), detail, total=True))
