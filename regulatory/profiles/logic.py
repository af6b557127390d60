"""Three-valued logic with reasons: true, false and not known, each with what is missing and when it may turn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from cases.deadlines.arithmetic import end_of_day, start_of_day
from cases.deadlines.calendars import Calendar, Calendars
from regulatory.profiles import words
from regulatory.profiles.facts import Event, Facts
from regulatory.profiles.loader import Profile

Truth = bool | None
DAY = timedelta(days=1)
# What a later event takes back: a waiver of the window speaks only until the authority objects.
TAKEN_BACK_BY = {"objection_window_waived": "objection_received"}


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is not there: a sentence, the role that can bring it, its kind, and the exact item.

    `choice` names alternatives: of `1a`, `1b` one is enough; an empty choice is always needed.
    Kinds: event, document, authorization, party, attestation, list, lot, hours, time, plan, profile.
    """

    sentence: str
    who: str
    kind: str
    what: str
    choice: str = ""

    def to_json(self) -> dict[str, str]:
        return {"sentence": self.sentence, "who": self.who, "kind": self.kind, "what": self.what, "choice": self.choice}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The value of an expression on one day, and why."""

    truth: Truth
    missing: tuple[Missing, ...] = ()
    turns_on: frozenset[date] = frozenset()
    because: tuple[str, ...] = ()
    creates: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
    route: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """One question: this profile, these facts, on this local day, asked at this instant."""

    profile: Profile
    facts: Facts
    calendars: Calendars
    on: date
    now: datetime
    defer_border: bool = False
    defer_documents: bool = False

    @property
    def calendar(self) -> Calendar:
        return self.calendars[self.profile.jurisdiction]

    @property
    def instant(self) -> datetime:
        """The instant asked about: now when the day is today, the start of the day when it lies ahead."""
        zone = self.calendar.tzinfo
        start = start_of_day(self.on, zone)
        if start <= self.now <= end_of_day(self.on, zone):
            return self.now
        return start

    def local(self, moment: date | datetime) -> date:
        if isinstance(moment, datetime):
            return moment.astimezone(self.calendar.tzinfo).date()
        return moment

    def occurrences(self, name: str) -> list[Event]:
        """Occurrences up to the instant asked about that no later event took back, oldest first."""
        found = []
        for event in self.facts.events:
            if event.name != name or self.local(event.at) > self.on:
                continue
            today = self.on == self.local(self.now)
            if today and isinstance(event.at, datetime) and event.at.astimezone(UTC) > self.now:
                continue
            found.append(event)
        back = self.latest(TAKEN_BACK_BY[name]) if name in TAKEN_BACK_BY else None
        standing = found if back is None else [event for event in found if self._order(event) > self._order(back)]
        return sorted(standing, key=self._order)

    def _order(self, event: Event) -> tuple[date, str]:
        return self.local(event.at), str(event.at)

    def latest(self, name: str) -> Event | None:
        found = self.occurrences(name)
        return found[-1] if found else None

    def day_of(self, name: str) -> date | None:
        """The day of an act that lies ahead: planned, but never before the day asked about; else the last recorded."""
        if name in words.PLANNED_EVENTS:
            planned = self.facts.planned.get(name)
            return max(planned, self.on) if planned else self.on
        found = self.latest(name)
        return self.local(found.at) if found else None


def both(verdicts: Sequence[Verdict]) -> Verdict:
    """True when all are true; false when one is false; otherwise not known."""
    truths = [verdict.truth for verdict in verdicts]
    truth: Truth = False if False in truths else None if None in truths else True
    return _joined(truth, verdicts, [verdict for verdict in verdicts if verdict.truth is not True])


def either(verdicts: Sequence[Verdict]) -> Verdict:
    """True when one is true; false when all are false; otherwise not known."""
    truths = [verdict.truth for verdict in verdicts]
    truth: Truth = True if True in truths else None if None in truths else False
    if truth is True:
        return _joined(True, [verdict for verdict in verdicts if verdict.truth is True], [])
    if len(verdicts) == 1:
        return verdicts[0]
    missing = []
    for index, verdict in enumerate(verdicts):
        letter = chr(ord("a") + index)
        for item in verdict.missing:
            missing.append(replace(item, choice=f"1{letter}" if not item.choice else f"1{letter}.{item.choice}"))
    return replace(_joined(truth, verdicts, []), missing=tuple(missing))


def negation(verdict: Verdict) -> Verdict:
    """Turn true and false around; not known stays not known."""
    truth = None if verdict.truth is None else not verdict.truth
    return Verdict(truth, verdict.missing if truth is None else (), verdict.turns_on, verdict.because)


def _joined(truth: Truth, verdicts: Sequence[Verdict], lacking: Sequence[Verdict]) -> Verdict:
    missing, offset = [], 0
    for verdict in lacking:
        highest = 0
        for item in verdict.missing:
            number = int("".join(c for c in item.choice.split(".")[0] if c.isdigit()) or 0)
            highest = max(highest, number)
            choice = item.choice.replace(str(number), str(number + offset), 1) if number else ""
            missing.append(replace(item, choice=choice))
        offset += highest
    return Verdict(
        truth,
        tuple(dict.fromkeys(missing)),
        frozenset().union(*(verdict.turns_on for verdict in verdicts)),
        tuple(dict.fromkeys(fact for verdict in verdicts for fact in verdict.because)),
        tuple(dict.fromkeys(duty for verdict in verdicts for duty in verdict.creates)),
        tuple(dict.fromkeys(note for verdict in verdicts for note in verdict.deferred)),
        next((verdict.route for verdict in verdicts if verdict.route), None),
    )
