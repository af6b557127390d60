"""Check profile data before anything rests on it: shape, vocabularies, and what one file cannot see by itself.

All problems of all files are reported at once. Each names the profile, the path inside it, the value found and the
remedy, because the person who reads it is a pharmacist with a file, not a programmer with a stack trace.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jsonschema_rs

from regulatory.profiles.together import incomplete

DATA = Path(__file__).parent / "data"

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")

# Where in a profile (or jurisdiction) each vocabulary is used: a key of an object, wherever it stands.
# The schema holds the same values as enumerations; a test keeps the two equal.
_REMEDIES = {
    "enum": "use one of: {options}",
    "required": "add the missing field",
    "additionalProperties": "remove the field, or correct its spelling",
    "format": "write a date that exists as YYYY-MM-DD",
    "pattern": "write it in the form {options}",
    "type": "write a value of type {options}",
    "minItems": "give at least {options}: a sourced fact names its source, a list is not empty",
    "maxItems": "leave the list empty (a recalled fact has no source), or set basis to sourced",
    "dependentRequired": "a gate with an expression says expr_basis: derived",
    "minimum": "give a value of at least {options}",
    "maximum": "give a value of at most {options}",
    "exclusiveMinimum": "give a value above {options}",
    "minLength": "write it; it may not be empty",
    "const": "write {options}",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file: where, what stands there, and what to do about it."""

    profile: str
    path: str
    value: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.profile} at {self.path}: {self.message} (found {self.value}). Remedy: {self.remedy}."


class ProfileDataError(ValueError):
    """The data may not be used; `problems` holds every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


# From which event each kind of count runs: the field of its facts that names it.
COUNTED_FROM: Final = {"deadlines": "trigger_event", "decision_times": "starts_on"}


def read_json(path: Path) -> Any:
    """Read one JSON file; raises ProfileDataError naming the line when it is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ProfileDataError(
            [
                Problem(
                    path.stem, f"byte {error.start}", "bytes that are not UTF-8", str(error.reason), "save it as UTF-8"
                )
            ]
        ) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ProfileDataError(
            [Problem(path.stem, where, "text that is not JSON", error.msg, "correct the file at that place")]
        ) from error


@cache
def _validator(definition: str) -> Any:
    schema = read_json(DATA / "schema.json")
    return jsonschema_rs.Draft202012Validator(
        {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{definition}"}, validate_formats=True
    )


def problems_in_profile(data: Any, *, sources: Mapping[str, Any], jurisdictions: Iterable[str]) -> list[Problem]:
    """Every problem of one profile: its shape, its fact ids, its sources, its jurisdiction, its dates."""
    name = _name(data, "profile_key")
    found = list(_shape(data, "profile", name))
    if not isinstance(data, dict):
        return found
    if str(data.get("jurisdiction")) not in set(jurisdictions):
        found.append(
            Problem(
                name,
                "/jurisdiction",
                _shown(data.get("jurisdiction")),
                "this jurisdiction is not known",
                "add it to jurisdictions.json, or correct the code",
            )
        )
    own = data["sources"] if isinstance(data.get("sources"), dict) else {}
    for code in sorted(set(own) & set(sources)):
        message, remedy = "this number is taken by the product's table of sources", "give it a free one, such as GB901"
        found.append(Problem(name, f"/sources/{code}", code, message, remedy))
    found += _sources_and_ids(data, name, {**sources, **own})
    found += _ids_used_twice(data, name)
    found += _dates(data, name)
    found += (Problem(name, path, _shown(value), *told) for path, value, *told in incomplete(data))
    found += _clock_stops(data, name)
    found += _expressions(data, name, set(jurisdictions))
    return found


def problems_in_jurisdiction(data: Any, *, sources: Mapping[str, Any]) -> list[Problem]:
    """Every problem of one jurisdiction: its shape, sources, time zone, weekend and dated history."""
    name = _name(data, "code")
    found = list(_shape(data, "jurisdiction", name))
    if not isinstance(data, dict):
        return found
    found += _sources_and_ids(data, name, sources)
    try:
        ZoneInfo(data.get("time_zone") or "")
    except (ZoneInfoNotFoundError, ValueError):
        found.append(
            Problem(
                name,
                "/time_zone",
                _shown(data.get("time_zone")),
                "this time zone does not exist",
                "use a name of the IANA time zone database, such as Europe/London",
            )
        )
    calendar: Any = data.get("calendar")
    calendar = calendar if isinstance(calendar, dict) else {}
    weekends = [("/calendar/weekend/value", (calendar.get("weekend") or {}).get("value"))]
    for index, entry in enumerate(calendar.get("history") or []):
        value = entry.get("value") if isinstance(entry, dict) else None
        value = value if isinstance(value, dict) else {}
        weekends.append((f"/calendar/history/{index}/value/weekend", value.get("weekend")))
        if not _is_date(value.get("until")):
            found.append(
                Problem(
                    name,
                    f"/calendar/history/{index}/value/until",
                    _shown(value.get("until")),
                    "an earlier weekend needs its last day",
                    "write the date as YYYY-MM-DD",
                )
            )
    for path, days in weekends:
        if not isinstance(days, list) or not days or not set(map(str, days)) <= set(WEEKDAYS):
            found.append(
                Problem(name, path, _shown(days), "a weekend is a list of weekdays", f"use {', '.join(WEEKDAYS)}")
            )
    return found


def problems_between(
    profiles: Iterable[Mapping[str, Any]], jurisdictions: Iterable[Mapping[str, Any]]
) -> list[Problem]:
    """Problems that only show when all files are seen together: keys and fact ids used twice, broken succession."""
    found: list[Problem] = []
    profiles = list(profiles)
    keys: set[str] = set()
    seen: dict[str, str] = {}
    for owner, data in [(str(p.get("profile_key")), p) for p in profiles] + [
        (str(j.get("code")), j) for j in jurisdictions
    ]:
        if owner in keys:
            found.append(Problem(owner, "/", owner, "this key is used by two files", "give one of them another key"))
        keys.add(owner)
        for path, fact in facts_of(data):
            fact_id = str(fact.get("id"))
            if seen.get(fact_id, owner) != owner:
                found.append(
                    Problem(
                        owner,
                        f"{path}/id",
                        fact_id,
                        f"this fact id is already used by {seen[fact_id]}",
                        "give every fact its own id",
                    )
                )
            seen[fact_id] = owner
    for data in profiles:
        if data.get("supersedes") and data["supersedes"] not in keys:
            found.append(
                Problem(
                    str(data.get("profile_key")),
                    "/supersedes",
                    _shown(data["supersedes"]),
                    "the profile it supersedes is not here",
                    "correct the key, or use null",
                )
            )
    return found


def facts_of(data: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every fact (an object with a basis) inside a profile or jurisdiction, with its path."""
    if isinstance(data, dict):
        if "basis" in data:
            yield path, data
        for key, value in data.items():
            yield from facts_of(value, f"{path}/{key}")
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from facts_of(value, f"{path}/{index}")


def _shape(data: Any, definition: str, name: str) -> Iterator[Problem]:
    for error in _validator(definition).iter_errors(data):
        keyword = str(error.schema_path[-1]) if error.schema_path else ""
        if keyword in ("allOf", "if", "then", "else"):
            continue
        options = getattr(error.kind, "options", None) or getattr(error.kind, "expected_value", None)
        if options is None:
            for field in ("pattern", "limit", "types", "format", "property", "unexpected"):
                options = getattr(error.kind, field, None)
                if options is not None:
                    break
        if isinstance(options, (list, tuple)):
            options = ", ".join(str(option) for option in options)
        remedy = _REMEDIES.get(keyword, "correct the value by the schema").format(options=options)
        path = "/" + "/".join(str(part) for part in error.instance_path)
        yield Problem(name, path, _shown(_at(data, error.instance_path)), error.message, remedy)


def _sources_and_ids(data: Mapping[str, Any], name: str, sources: Mapping[str, Any]) -> list[Problem]:
    found = []
    for path, fact in facts_of(data):
        named = fact.get("source")
        for source in named if isinstance(named, list) else []:
            if not isinstance(source, str) or source not in sources:
                found.append(
                    Problem(
                        name,
                        f"{path}/source",
                        _shown(source),
                        "this source is not in the table of sources",
                        "add it to the table of sources with its title and address, or correct its number",
                    )
                )
        if not str(fact.get("id", "")).startswith(f"{name}."):
            found.append(
                Problem(
                    name,
                    f"{path}/id",
                    _shown(fact.get("id")),
                    "a fact id begins with the key of its file",
                    f"write {name}.<section>.<number>",
                )
            )
    return found


def _ids_used_twice(data: Mapping[str, Any], name: str) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for path, fact in facts_of(data):
        fact_id = str(fact.get("id"))
        if fact_id in first:
            message = f"this fact id is already used at {first[fact_id]}"
            yield Problem(name, f"{path}/id", fact_id, message, "give every fact its own id")
        first.setdefault(fact_id, path)


def _clock_stops(data: Mapping[str, Any], name: str) -> Iterator[Problem]:
    """One count has one rule on a question: two facts that count from the same event may not say different things."""
    first: dict[str, tuple[str, str]] = {}
    for section, counted_from in COUNTED_FROM.items():
        facts = data.get(section)
        for index, fact in enumerate(facts if isinstance(facts, list) else ()):
            if not isinstance(fact, dict) or not fact.get("on_question"):
                continue
            rule, event = fact["on_question"], str(fact.get(counted_from))
            path = f"/{section}/{index}/on_question"
            known, there = first.setdefault(event, (str(rule), path))
            if rule != known:
                message = f"the count from {event} is said to do something else at {there} ({known})"
                yield Problem(name, path, _shown(rule), message, "say the same on both, as the source has it")


def _dates(data: Mapping[str, Any], name: str) -> list[Problem]:
    start, end = data.get("effective_from"), data.get("effective_to")
    if _is_date(start) and _is_date(end) and str(end) < str(start):
        return [
            Problem(name, "/effective_to", _shown(end), f"the rule ends before it begins on {start}", "correct one")
        ]
    return []


def _expressions(data: Mapping[str, Any], name: str, jurisdictions: set[str]) -> list[Problem]:
    found = []
    combines: dict[str, set[str]] = {}
    gates = data.get("gates")
    for index, gate in enumerate(gates if isinstance(gates, list) else []):
        if not isinstance(gate, dict):
            continue
        combines.setdefault(str(gate.get("gate")), set()).add(str(gate.get("combine", "and")))
        for node in _nodes(gate.get("expr")):
            outside = node.get("outside_office_hours")
            if isinstance(outside, dict) and str(outside.get("jurisdiction")) not in jurisdictions:
                found.append(
                    Problem(
                        name,
                        f"/gates/{index}/expr",
                        _shown(outside.get("jurisdiction")),
                        "office hours of a jurisdiction that is not known",
                        "correct the code",
                    )
                )
            for operator in ("elapsed_since", "lead_before"):
                rule = node.get(operator)
                if isinstance(rule, dict) and rule.get("unit") not in COUNTABLE_UNITS:
                    found.append(
                        Problem(
                            name,
                            f"/gates/{index}/expr/{operator}/unit",
                            _shown(rule.get("unit")),
                            "a gate can only count what can be counted",
                            f"use {', '.join(COUNTABLE_UNITS)}",
                        )
                    )
    for gate_name, ways in combines.items():
        if len(ways) > 1:
            found.append(
                Problem(
                    name,
                    "/gates",
                    _shown(sorted(ways)),
                    f"gates named {gate_name} join in two different ways",
                    "give all gates of one name the same combine",
                )
            )
    return found


COUNTABLE_UNITS = ("hour", "calendar_day", "working_day", "day_unit_not_stated", "week", "month", "year")


def _nodes(expression: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(expression, dict):
        yield expression
        for value in expression.values():
            yield from _nodes(value)
    elif isinstance(expression, list):
        for value in expression:
            yield from _nodes(value)


def _name(data: Any, field: str) -> str:
    return str(data.get(field) or "a file without a key") if isinstance(data, dict) else "a file that is not an object"


def _at(data: Any, path: Iterable[Any]) -> Any:
    for part in path:
        data = data[part]
    return data


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
