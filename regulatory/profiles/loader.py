"""Load the pathway data of the product: profiles, jurisdictions, sources, vocabularies, derived readings.

Everything here is read once and then frozen in use: nothing in this package writes to what it returns.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cases.deadlines.calendars import Calendars
from regulatory.profiles import schema
from regulatory.profiles.schema import DATA, Problem, ProfileDataError, read_json


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement with its provenance: basis (sourced or recalled), source ids, confidence."""

    id: str
    path: str
    basis: str
    sources: tuple[str, ...]
    confidence: str
    note: str
    raw: Mapping[str, Any] = field(repr=False, hash=False, compare=False)


@dataclass(frozen=True)
class Jurisdiction:
    """One country: its time zone, calendar facts and what it allows private persons to import."""

    code: str
    name: str
    zone: str
    raw: Mapping[str, Any] = field(repr=False, hash=False, compare=False)

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        return {fact.id: fact for fact in _facts(self.raw)}

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


@dataclass(frozen=True)
class Profile:
    """One pathway of one country in one legal version. `raw` is the file; sections are lists of facts."""

    key: str
    version: str
    name: str
    jurisdiction: str
    direction: str
    scope: str
    control_model: str
    status: str
    effective_from: date | None
    effective_to: date | None
    supersedes: str | None
    reviewed_on: date | None
    reviewed_by: str | None
    next_review_due: date | None
    unknown: tuple[str, ...]
    raw: Mapping[str, Any] = field(repr=False, hash=False, compare=False)
    readings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False, hash=False, compare=False)

    @classmethod
    def from_raw(cls, raw: Mapping[str, Any], *, readings: Mapping[str, Mapping[str, Any]] | None = None) -> "Profile":
        """Build from a checked file. Readings are structured readings of its notes, by fact id."""
        return cls(
            key=raw["profile_key"],
            version=raw["profile_version"],
            name=raw["name"],
            jurisdiction=raw["jurisdiction"],
            direction=raw["direction"],
            scope=raw["scope"],
            control_model=raw["control_model"],
            status=raw["status"],
            effective_from=_date(raw["effective_from"]),
            effective_to=_date(raw["effective_to"]),
            supersedes=raw["supersedes"],
            reviewed_on=_date(raw["reviewed_on"]),
            reviewed_by=raw["reviewed_by"],
            next_review_due=_date(raw["next_review_due"]),
            unknown=tuple(raw["unknown"]),
            raw=raw,
            readings={
                key: value for key, value in (readings or {}).items() if key.startswith(f"{raw['profile_key']}.")
            },
        )

    def section(self, name: str) -> list[Mapping[str, Any]]:
        """The facts of one section (`gates`, `deadlines`, `documents`, ...); an optional section may be empty."""
        return list(self.raw.get(name) or [])

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        return {fact.id: fact for fact in _facts(self.raw)}

    def in_force(self, on: date) -> bool:
        """Whether the rule holds in law on that local day; unknown limits count as open."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )

    def review_overdue(self, on: date) -> bool:
        """Whether nobody has checked it in time: a profile never reviewed is always overdue."""
        return self.reviewed_on is None or self.next_review_due is None or self.next_review_due <= on


@dataclass(frozen=True)
class Library:
    """All pathway data at once."""

    profiles: Mapping[str, Profile]
    jurisdictions: Mapping[str, Jurisdiction]
    sources: Mapping[str, Mapping[str, str]]
    vocabularies: Mapping[str, list[str]]
    readings: Mapping[str, Mapping[str, Any]]
    house_targets: Mapping[str, Any]
    collection: Mapping[str, Any]

    @cached_property
    def calendars(self) -> Calendars:
        """The calendars of all jurisdictions, with the product's table of overrides."""
        return Calendars.build([jurisdiction.raw for jurisdiction in self.jurisdictions.values()])

    def profile(self, key: str) -> Profile:
        """One profile by its key; raises LookupError with a sentence naming near keys."""
        try:
            return self.profiles[key]
        except KeyError:
            near = [known for known in self.profiles if known[:2] == key[:2].upper()] or sorted(self.profiles)
            raise LookupError(f"There is no pathway {key!r}. Known here: {', '.join(near)}.") from None


def validate_profile(raw: Any, *, library: Library) -> list[Problem]:
    """Every problem of one profile file (an import, a draft) against the library; an empty list means usable."""
    return schema.problems_in_profile(raw, sources=library.sources, jurisdictions=library.jurisdictions)


def load_directory(directory: Path) -> Library:
    """Load and check a whole data directory; raises ProfileDataError with all problems at once."""
    problems: list[Problem] = []

    def read(path: Path) -> Any:
        try:
            return read_json(path)
        except FileNotFoundError:
            problems.append(Problem(path.stem, "/", path.name, "this file is missing", "put the file back"))
        except ProfileDataError as error:
            problems.extend(error.problems)
        return None

    sources = read(directory / "sources.json") or {}
    vocabularies = read(directory / "vocabularies.json") or {}
    collection = read(directory / "collection.json") or {}
    readings = read(directory / "readings.json") or {}
    house_targets = read(directory / "house_targets.json") or {}
    raw_jurisdictions = read(directory / "jurisdictions.json") or []
    raw_profiles = [raw for raw in (read(path) for path in sorted((directory / "profiles").glob("*.json"))) if raw]

    codes = [str(entry.get("code")) for entry in raw_jurisdictions if isinstance(entry, dict)]
    for entry in raw_jurisdictions:
        problems += schema.problems_in_jurisdiction(entry, sources=sources)
    for raw in raw_profiles:
        problems += schema.problems_in_profile(raw, sources=sources, jurisdictions=codes)
    problems += schema.problems_between(
        [raw for raw in raw_profiles if isinstance(raw, dict)], [j for j in raw_jurisdictions if isinstance(j, dict)]
    )
    known_facts = {str(fact.get("id")) for raw in raw_profiles for _, fact in schema.facts_of(raw)}
    for fact_id in readings:
        if fact_id not in known_facts:
            problems.append(
                Problem("readings", f"/{fact_id}", fact_id, "a reading of a fact that does not exist", "correct the id")
            )
    if problems:
        raise ProfileDataError(problems)
    return Library(
        profiles={raw["profile_key"]: Profile.from_raw(raw, readings=readings) for raw in raw_profiles},
        jurisdictions={
            entry["code"]: Jurisdiction(entry["code"], entry["name"], entry["time_zone"], entry)
            for entry in raw_jurisdictions
        },
        sources=sources,
        vocabularies=vocabularies,
        readings=readings,
        house_targets=house_targets,
        collection=collection,
    )


@cache
def load() -> Library:
    """The product's own data, loaded and checked once per process."""
    return load_directory(DATA)


def _facts(raw: Mapping[str, Any]) -> Iterator[Fact]:
    for path, fact in schema.facts_of(raw):
        yield Fact(
            id=fact["id"],
            path=path,
            basis=fact["basis"],
            sources=tuple(fact["source"]),
            confidence=fact["confidence"],
            note=fact.get("note", ""),
            raw=fact,
        )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
