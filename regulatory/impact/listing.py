"""The impact list of one version: every open case and enquiry it touches, worst first, each with what would change."""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from cases.deadlines.calendars import installed
from cases.querysets import CaseQuerySet
from regulatory.impact.alternatives import Bridge, Route, bridge, routes
from regulatory.impact.change import RuleChange
from regulatory.impact.gathering import standings
from regulatory.impact.harm import HARMS, RANK, SHOWN, Effect, Harm
from regulatory.impact.standing import Standing
from regulatory.models import Enquiry, ProfileVersion
from regulatory.pathway import profile_of
from regulatory.profiles.difference import Difference
from regulatory.profiles.loader import Profile

ENQUIRY_STATES = (Enquiry.State.OPEN, Enquiry.State.ANSWERED)


@dataclass(frozen=True, slots=True)
class Line:
    """One case or enquiry: what changes for it, worst first. ``pk`` is of the case, or of the enquiry."""

    pk: int
    reference: str
    effects: tuple[Effect, ...]
    standing: Standing | None
    version: str
    bridge: Bridge | None = None

    @property
    def harm(self) -> Harm:
        """The worst of its effects."""
        return HARMS[self.effects[0].harm]

    @property
    def told(self) -> tuple[Effect, ...]:
        """What a page says of it: without what only counts later, where there is anything else."""
        return tuple(effect for effect in self.effects if effect.harm != "later") or self.effects

    @property
    def is_enquiry(self) -> bool:
        return self.standing is None

    @property
    def key(self) -> str:
        """How a form names the line."""
        return f"{'enquiry' if self.is_enquiry else 'case'}:{self.reference}"

    def order(self) -> tuple[Any, ...]:
        """By kind of harm, then the longest gap or the earliest day, then urgency, then reference."""
        urgency = self.standing.urgency if self.standing else 0
        return (*self.effects[0].order()[:2], -urgency, self.reference)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "enquiry" if self.is_enquiry else "case",
            "reference": self.reference,
            "stage": self.standing.stage if self.standing else None,
            "pinned": self.version,
            "harm": self.harm.code,
            "harm_in_words": self.harm.words,
            "proposed": self.harm.proposed,
            "effects": [effect.to_json() for effect in self.effects],
            "bridge": self.bridge.to_json() if self.bridge else None,
        }


@dataclass(frozen=True, slots=True)
class Impact:
    """Everything one version touches. ``differences`` is by the number of the version that cases pin."""

    after: Profile
    differences: Mapping[str, Difference]
    changes: Mapping[str, RuleChange]
    lines: tuple[Line, ...]
    at: datetime
    routes: tuple[Route, ...] = ()

    @property
    def shown(self) -> tuple[Line, ...]:
        """The lines that somebody has to act on or to decide about."""
        return tuple(line for line in self.lines if line.harm.code in SHOWN)

    @property
    def folded(self) -> list[tuple[Harm, list[Line]]]:
        """The others, by kind: what is not touched today, and whose answer may be older than the rule."""
        by_kind: dict[str, list[Line]] = {}
        for line in self.lines:
            if line.harm.code not in SHOWN:
                by_kind.setdefault(line.harm.code, []).append(line)
        return [(HARMS[code], lines) for code, lines in sorted(by_kind.items(), key=lambda one: RANK[one[0]])]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines of each kind of harm, worst first."""
        found = Counter(line.harm.code for line in self.lines)
        return {code: found[code] for code in RANK if code in found}

    def to_json(self) -> dict[str, Any]:
        return {
            "profile": self.after.key,
            "version": self.after.version,
            "at": self.at.isoformat(),
            "compared_with": {number: found.to_json() for number, found in self.differences.items()},
            "counts": self.counts,
            "other_routes": [route.to_json() for route in self.routes],
            "lines": [{"rank": rank, **line.to_json()} for rank, line in enumerate(self.lines, start=1)],
        }


def impact_of(
    after: Profile, *, cases: CaseQuerySet, enquiries: "QuerySet[Enquiry]", now: datetime, but: int | None = None
) -> Impact:
    """What a version of a pathway would change for these cases and enquiries; nothing is written.

    :param cases: whose impact is asked; only those that pin a version of this pathway are looked at.
    :param but: the pk of the version itself, where it is stored: what pins it already is not touched by it.
    """
    others = ProfileVersion.objects.filter(profile_key=after.key)
    if but is not None:
        others = others.exclude(pk=but)
    concerned = cases.open().filter(profile_version__in=others.values("pk"))
    told = enquiries.filter(profile_version__in=others.values("pk"), state__in=ENQUIRY_STATES)
    pinned = others.filter(Q(pk__in=concerned.values("profile_version")) | Q(pk__in=told.values("profile_version")))
    versions = {row.pk: row for row in pinned}
    changes = {pk: RuleChange(profile_of(row), after, installed(), now) for pk, row in versions.items()}
    closing = {pk for pk, change in changes.items() if change.closes_on or change.running_filings == "closed"}
    ways: list[Route] = _other_routes(after, now) if closing else []
    fastest = ways[0] if ways else None
    lines = []
    for pk, version, standing in standings(concerned.order_by(), changes):
        change = changes[version]
        spans = (
            bridge(standing, fastest, closes_on=change.closes_on, today=change.today) if version in closing else None
        )
        effects = tuple(change.effects(standing))
        lines.append(Line(pk, standing.reference, effects, standing, versions[version].version, spans))
    lines += _of_enquiries(told.filter(profile_version__in=versions), versions, changes)
    return Impact(
        after=after,
        differences={row.version: changes[pk].found for pk, row in versions.items()},
        changes={row.version: changes[pk] for pk, row in versions.items()},
        lines=tuple(sorted(lines, key=Line.order)),
        at=now,
        routes=tuple(ways),
    )


@contextmanager
def _no_collection() -> Iterator[None]:
    """Ten thousand cases are plain values without a cycle; looking for cycles in them takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _other_routes(after: Profile, now: datetime) -> list[Route]:
    """The other routes of the country that somebody signed here, the fastest first."""
    rows = ProfileVersion.objects.filter(jurisdiction=after.jurisdiction, status=ProfileVersion.Status.ACTIVE)
    profiles = {row.profile_key: profile_of(row) for row in rows.exclude(profile_key=after.key).order_by("id")}
    return routes(profiles.values(), calendars=installed(), now=now)


def _of_enquiries(
    rows: "QuerySet[Enquiry]", versions: Mapping[int, ProfileVersion], changes: Mapping[int, RuleChange]
) -> Iterable[Line]:
    """Whoever was answered from a version whose rule changes; a question that is still open is answered anew."""
    for pk, reference, state, version in rows.values_list("pk", "reference", "state", "profile_version_id"):
        if not changes[version].found.of_law:
            says, harm = "The rule is the same; only what is known about it changed.", "later"
        elif state == Enquiry.State.ANSWERED:
            says, harm = (
                f"Answered from {versions[version].version}; triage is offered again, no letter by itself.",
                "enquiry",
            )
        else:
            says, harm = "Not answered yet: it is answered from the new version.", "later"
        yield Line(pk, reference, (Effect(harm, "", says),), None, versions[version].version)
