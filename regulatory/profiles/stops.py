"""Clock stops: what a question of the authority does to the count of its window. Pure.

A fact of ``deadlines`` or ``decision_times`` may say it in ``on_question``: the count ``stops`` while a question is
open, ``restarts`` from the last answer, or ``runs_on``. What no fact says is not known: the authority's own word on the
question is taken where a person recorded it, else the latest of the three dates is counted and all three are told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.deadlines.computation import Anchor, Pause
from regulatory.profiles.facts import Event
from regulatory.profiles.loader import Profile
from regulatory.profiles.looks_at import gate_nodes
from regulatory.profiles.schema import COUNTED_FROM

STOPS, RESTARTS, RUNS_ON = "stops", "restarts", "runs_on"


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the authority: when it was asked, and when it was answered (None while it is open).

    ``word`` is what the authority said that it does to the count, where a person recorded it.
    """

    asked: Anchor
    answered: Anchor | None
    word: str = ""


def said(profile: Profile, event: str) -> str | None:
    """What the pathway says of the count from that event; None where it says nothing."""
    for section, field in COUNTED_FROM.items():
        for fact in profile.section(section):
            if fact[field] == event and fact.get("on_question"):
                return str(fact["on_question"])
    return None


def awaited_events(profile: Profile) -> tuple[str, ...]:
    """The events from which a gate counts a window."""
    found = (node["elapsed_since"]["event"] for node in gate_nodes(profile) if "elapsed_since" in node)
    return tuple(dict.fromkeys(str(name) for name in found))


def pauses_of(
    profile: Profile, events: Iterable[Event], questions: Sequence[Question], *, assume: str = RESTARTS
) -> Mapping[str, tuple[Pause, ...]]:
    """Clock stops by the event whose count they stop.

    Several questions at once are one stop: the clock runs again when all of them are answered.

    :param assume: what is taken of a window where neither the pathway nor the authority says anything: that it begins
        anew, which gives the latest date and lets nothing through too early.
    """
    if not questions:
        return {}
    last: dict[str, Event] = {}
    for event in events:
        if event.name not in last or _order(last[event.name].at) <= _order(event.at):
            last[event.name] = event
    found = {}
    for name, event in last.items():
        rule = said(profile, name) or ((_word(questions) or assume) if name in awaited_events(profile) else None)
        after = [one for one in questions if _order(one.asked) >= _order(event.at)]
        if after and rule in (STOPS, RESTARTS):
            found[name] = _merged(after) if rule == STOPS else (_restarted(event, after),)
    return found


def doubts_of(
    profile: Profile, events: Sequence[Event], questions: Sequence[Question]
) -> dict[str, dict[str, tuple[Pause, ...]]]:
    """The stops by each way in which the questions may act on a window, for windows of which nobody knows which."""
    if _word(questions):
        return {}
    ways = {way: pauses_of(profile, events, questions, assume=way) for way in (RUNS_ON, STOPS, RESTARTS)}
    doubted = [name for name in awaited_events(profile) if said(profile, name) is None and ways[RESTARTS].get(name)]
    return {name: {way: pauses.get(name, ()) for way, pauses in ways.items()} for name in doubted}


def _word(questions: Sequence[Question]) -> str:
    return next((one.word for one in reversed(questions) if one.word), "")


def _merged(questions: Sequence[Question]) -> tuple[Pause, ...]:
    spans: list[Question] = []
    for one in sorted(questions, key=lambda question: _order(question.asked)):
        before = spans[-1] if spans else None
        if before is None or (before.answered is not None and _order(before.answered) < _order(one.asked)):
            spans.append(one)
        else:
            spans[-1] = Question(before.asked, _later(before.answered, one.answered))
    return tuple(Pause(one.asked, one.answered, "question of the authority") for one in spans)


def _restarted(event: Event, questions: Sequence[Question]) -> Pause:
    """The count anew: the day after the last answer is its first, as if it had stood still since the event."""
    last: Anchor | None = questions[0].answered
    for one in questions[1:]:
        last = _later(last, one.answered)
    until = last + timedelta(days=1) if last is not None else None
    return Pause(event.at, until, "question of the authority: the count begins anew with the answer")


def _later(one: Anchor | None, other: Anchor | None) -> Anchor | None:
    if one is None or other is None:
        return None
    return max(one, other, key=_order)


def _order(moment: Anchor) -> tuple[str, str]:
    day = moment.date() if isinstance(moment, datetime) else moment
    return day.isoformat(), moment.isoformat()
