"""What the computation of duties asks with: the question, and the terms of one clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from cases.deadlines.calendars import Calendar
from cases.deadlines.computation import Anchor
from regulatory.profiles.facts import Event, Facts
from regulatory.profiles.loader import Profile


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the clocks of this profile, on these facts, at this instant."""

    profile: Profile
    facts: Facts
    calendar: Calendar
    now: datetime
    house_targets: Mapping[str, Any]

    @property
    def today(self) -> date:
        return self.now.astimezone(self.calendar.tzinfo).date()

    def local(self, moment: Anchor) -> date:
        """The day of a moment in the jurisdiction."""
        return moment.astimezone(self.calendar.tzinfo).date() if isinstance(moment, datetime) else moment

    def occurrences(self, name: str) -> list[Event]:
        """Occurrences that have happened by now, oldest first."""
        found = [event for event in self.facts.events if event.name == name and self._happened(event.at)]
        return sorted(found, key=lambda event: (self.local(event.at), str(event.at)))

    def _happened(self, moment: Anchor) -> bool:
        if isinstance(moment, datetime):
            return moment.astimezone(UTC) <= self.now
        return moment <= self.today


@dataclass(frozen=True, slots=True)
class Terms:
    """What one fact says of a clock, in the terms of arithmetic."""

    fact: Mapping[str, Any]
    deadline_type: str
    kind: str
    holder: str
    trigger: str
    direction: str
