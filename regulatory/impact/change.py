"""One version of a pathway instead of another, prepared once and asked for thousands of cases. Pure.

Only what differs is looked at: the gates with a changed fact, the dates counted by one, the papers and limits that
changed. Cases that a question cannot tell apart are answered once.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from cases.deadlines.calendars import Calendars
from regulatory.impact.date_effects import COUNTED, of_dates
from regulatory.impact.gate_effects import Looker, of_gates
from regulatory.impact.harm import Effect
from regulatory.impact.paper_effects import THE_WAY, of_limits, of_papers, of_the_way
from regulatory.impact.standing import OUT, Standing
from regulatory.profiles import words
from regulatory.profiles.difference import Difference, difference
from regulatory.profiles.facts import ListVersion
from regulatory.profiles.loader import Profile


@dataclass
class RuleChange:
    """Version ``after`` instead of ``before`` from now on.

    ``lists`` and ``list_keys`` are the dated lists and under which key each medicine stands; empty where no changed
    gate looks at one.
    """

    before: Profile
    after: Profile
    calendars: Calendars
    now: datetime
    lists: Mapping[str, tuple[ListVersion, ...]] = field(default_factory=dict)
    list_keys: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    counted: dict[Any, date | None] = field(default_factory=dict)

    @cached_property
    def found(self) -> Difference:
        return difference(self.before, self.after)

    @cached_property
    def zone(self) -> ZoneInfo:
        """Where the authority's days are counted."""
        return self.calendars[self.after.jurisdiction].tzinfo

    @cached_property
    def today(self) -> date:
        """The local day of the authority."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def lookers(self) -> list[Looker]:
        """One for each gate that a changed fact decides: its own, or a paper or a validity that it looks at."""
        sides = [
            (change.section, fact) for change in self.found.of_law for fact in (change.before, change.after) if fact
        ]
        own = {str(fact["gate"]) for section, fact in sides if section == "gates"}
        papers = {str(fact["doc_type"]) for section, fact in sides if section == "documents"}
        lapses = any(section == "validity" for section, _ in sides)
        names = {str(fact["gate"]): None for one in (self.after, self.before) for fact in one.section("gates")}
        lookers = [Looker(name, self.before, self.after) for name in names]
        return [one for one in lookers if one.gate in own or one.papers & papers or (lapses and one.authorizations)]

    @cached_property
    def facts(self) -> Mapping[str, tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
        """Every changed fact of the law by its id: (before, after)."""
        return {change.fact: (change.before, change.after) for change in self.found.of_law}

    @cached_property
    def sections(self) -> Mapping[str, list[str]]:
        """The ids of changed facts of the law, by section."""
        told: dict[str, list[str]] = {}
        for change in self.found.of_law:
            told.setdefault(change.section, []).append(change.fact)
        return told

    @cached_property
    def closes_on(self) -> date | None:
        """The last day of the route, where the new version ends it and the old one did not so soon."""
        end, former = self.after.effective_to, self.before.effective_to
        if end is not None and (former is None or end < former):
            return end
        return None

    @cached_property
    def running_deadlines(self) -> str:
        """What becomes of dates that run: ``keep`` (unless the version says otherwise) or ``move``."""
        return str(self._transition.get("running_deadlines", "keep"))

    @cached_property
    def running_filings(self) -> str:
        """What becomes of filings under way: ``keep``, ``refile`` or ``closed``."""
        return str(self._transition.get("running_filings", "keep"))

    @property
    def _transition(self) -> Mapping[str, Any]:
        stated = self.after.section("transition")
        return stated[0] if stated else {}

    @cached_property
    def only_changed(self) -> tuple[Profile, Profile]:
        """Both versions with no other papers than those that changed."""
        changed = set(self.sections.get("documents", ()))

        def narrowed(profile: Profile) -> Profile:
            kept = [fact for fact in profile.section("documents") if fact["id"] in changed]
            return replace(profile, raw={**profile.raw, "documents": kept})

        return narrowed(self.before), narrowed(self.after)

    def effects(self, standing: Standing) -> list[Effect]:
        """What changes for one case, worst first; one line that says so where nothing does."""
        found = [effect for part in self.parts for effect in part(self, standing)]
        if not found:
            return [Effect("later", "", self._untouched(standing))]
        return sorted(found, key=Effect.order) if len(found) > 1 else found

    @cached_property
    def parts(self) -> list[Callable[["RuleChange", Standing], Iterator[Effect]]]:
        """What has to be asked of each case: only what can say anything for this change."""
        changed = set(self.sections)
        asked: list[Callable[[RuleChange, Standing], Iterator[Effect]]] = []
        if self.closes_on is not None or self.running_filings != "keep":
            asked.append(RuleChange._of_the_route)
        asked += [of_gates] if self.lookers else []
        asked += [of_dates] if changed & COUNTED else []
        asked += [of_papers] if "documents" in changed else []
        asked += [of_limits] if "quantity_limits" in changed else []
        asked += [of_the_way] if changed & set(THE_WAY) else []
        return asked

    def _of_the_route(self, standing: Standing) -> Iterator[Effect]:
        out = [filing.label for filing in standing.filings if filing.stands == OUT]
        if self.closes_on is not None:
            last = f"The route ends on {words.day(self.closes_on)}"
            late = [one for one in standing.ahead if one.arrives_on > self.closes_on]
            if late:
                last += f"; {', '.join(one.label for one in late)} would arrive after it"
            yield Effect("route_closes", "", f"{last}.", fact="effective_to", on=self.closes_on)
            for label, until in standing.permits:
                names = f"names {words.day(until)}" if until else "names no last day"
                says = f"{label} {names}: ask whether it may be used after the route has ended."
                yield Effect("read", label, says, fact="effective_to", on=self.closes_on)
        if out and self.running_filings == "refile":
            says = f"{', '.join(out)} must be made again under {self.after.version}."
            yield Effect("refile", out[0], says, fact=str(self._transition["id"]))
        if out and self.running_filings == "closed":
            says = f"{', '.join(out)}: the route is closed to filings under way."
            yield Effect("route_closes", out[0], says, fact=str(self._transition["id"]), on=self.today)

    def _untouched(self, standing: Standing) -> str:
        if not self.found.of_law:
            return "The rule is the same; only what is known about it changed."
        if standing.is_before_filing:
            return f"Nothing is submitted yet: {self.after.version} counts when it is."
        return "No date moves and no gate shuts with what is recorded today."
