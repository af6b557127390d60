"""The form of one fact, made from the schema of its section: what it says, and how it is known.

Every field is drawn again as it was typed. What stands in it is judged by the schema alone, so that the editor, a file
and the API refuse the same things in the same words.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from regulatory.profiles import words
from regulatory.profiles.files import ordered
from regulatory.profiles.schema import DATA, Problem, read_json
from regulatory.profiles.spoken import Line, spoken
from regulatory.web.fact_words import document_title

PROVENANCE = ("basis", "source", "confidence", "checked_on", "note")
_LABELS = {
    "value": "What it says",
    "opens_when": "It opens when (in words)",
    "expr": "Condition that is computed",
    "expr_basis": "Where the condition comes from",
    "doc_type": "Paper",
    "required": "Asked for",
    "owner_role": "From whom",
    "max_age": "Greatest age, number",
    "max_age_unit": "Greatest age, unit",
    "max_age_from": "Age counts from",
    "deadline_type": "Kind of clock",
    "holder_role": "Who owes it",
    "trigger_event": "Counted from",
    "starts_on": "Counted from",
    "applies_if": "Only if (condition in words)",
    "force": "By what force",
    "min": "At least",
    "max": "At most",
    "per": "For each",
    "may": "What they may do",
    "unanswered_means": "If the applicant does not answer in time",
    "appeal_within": "Time for an appeal from the letter, number",
    "appeal_unit": "Time for an appeal, unit",
    "basis": "Basis",
    "source": "Sources, by their numbers",
    "checked_on": "Checked on",
    "note": "Remark",
    "running_deadlines": "Dates that run",
    "running_filings": "Filings under way",
    "combine": "Joins gates of the same name by",
}
_HINTS = {
    "source": "Numbers of the table of sources, with blanks between: UK1 UK3. A new page is named below.",
    "expr": "JSON, as the schema has it. Beside it stands what it means in words; read both against the source.",
    "amount": "Empty where the source gives no number: never zero for not known.",
    "max": "Empty where the source gives no number.",
    "basis": "Sourced: a page says so. Recalled: from memory, no page was found.",
    "checked_on": "The day somebody read the source.",
}


_OPTIONS = {
    "ae_serious": "Serious adverse event",
    "ae_serious_fatal": "Fatal or life-threatening event",
    "keep": "Keep the version that started them",
    "move": "Are counted anew by this version",
    "refile": "Must be made again",
    "closed": "The route is closed to them",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One field: its kind is choice, number, text, long, day, words or json. ``value`` is what stands in it."""

    name: str
    label: str
    kind: str
    value: str
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()
    required: bool = False
    spoken: tuple[Line, ...] = field(default=())


def entries(
    section: str,
    fact: Mapping[str, Any],
    *,
    typed: Mapping[str, str] | None = None,
    problems: Iterable[Problem] = (),
    place: str = "",
) -> list[Entry]:
    """The fields of a fact of that section, as they stand or as they were typed, each with what is wrong in it."""
    shape = _item(section)
    found = list(problems)
    made = []
    names = [name for name in shape["properties"] if name != "id" and name not in PROVENANCE]
    for name in (*names, *(one for one in PROVENANCE if one in shape["properties"])):
        kind, options = _kind(name, shape["properties"][name])
        value = typed.get(name, "") if typed is not None else _shown(fact.get(name), kind)
        inside = f"{place}/{name}"
        errors = tuple(_told(one, inside) for one in found if _is_inside(one.path, inside))
        made.append(
            Entry(
                name=name,
                label=_LABELS.get(name, words.capital(words.spaced(name))),
                kind=kind,
                value=value,
                hint=_HINTS.get(name, ""),
                options=options,
                errors=errors,
                required=name in shape["required"],
                spoken=tuple(spoken(_json_or_none(value))) if name == "expr" else (),
            )
        )
    return made


def fact_of(section: str, typed: Mapping[str, str], before: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The fact that a form says, and what of it cannot even be read (a condition that is no JSON).

    What is empty is left out, or null where it stood as null or must be named; a number that is none is kept as it was
    typed, so that the schema names it.
    """
    shape = _item(section)
    made: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, rule in shape["properties"].items():
        if name == "id":
            continue
        kind, _ = _kind(name, rule)
        text = typed.get(name, "").replace("\x00", "").replace("\r\n", "\n").strip()
        needed = name in shape["required"]
        if not text and kind != "words":
            if needed or (name in before and "null" in _types(rule)):
                made[name] = None
            continue
        value, problem = _read(name, kind, text)
        if problem is not None:
            problems.append(problem)
        elif value != [] or needed:
            made[name] = value
    return made, problems


def _read(name: str, kind: str, text: str) -> tuple[Any, Problem | None]:
    if kind == "words":
        return text.replace(",", " ").split(), None
    if kind == "number":
        try:
            number = float(text)
        except ValueError:
            return text, None
        return (int(number) if number.is_integer() else number), None
    if kind == "json":
        try:
            return json.loads(text), None
        except (json.JSONDecodeError, RecursionError) as error:
            where = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "it"
            message, remedy = f"this is not JSON at {where}", "correct it at that place"
            return None, Problem("", f"/{name}", text[:80], message, remedy)
    return text, None


def _kind(name: str, rule: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    if "enum" in rule:
        return "choice", tuple((str(one), _option(name, str(one))) for one in rule["enum"] if one is not None)
    if name in ("source", "may"):
        return "words", ()
    if "$ref" in rule or "oneOf" in rule or "object" in _types(rule):
        return "json", ()
    if rule.get("format") == "date":
        return "day", ()
    if {"number", "integer"} & set(_types(rule)):
        return "number", ()
    return ("long" if name in ("value", "note", "opens_when") else "text"), ()


def _option(name: str, code: str) -> str:
    """A value of a vocabulary as a person chooses it."""
    if name == "doc_type":
        return document_title(code)
    if name in ("role", "owner_role", "holder_role"):
        return words.capital(words.role(code))
    if name in ("trigger_event", "starts_on"):
        return words.capital(words.event(code))
    return _OPTIONS.get(code) or words.capital(words.spaced(code))


def _types(rule: Mapping[str, Any]) -> tuple[str, ...]:
    kinds = rule.get("type", ())
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def _shown(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == "json":
        return json.dumps(ordered(value), ensure_ascii=False, indent=1)
    if kind == "words":
        return " ".join(map(str, value))
    return str(value)


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None


def _told(problem: Problem, inside: str) -> str:
    """What is wrong, with the place inside the field where it has one."""
    place = problem.path.removeprefix(inside).strip("/")
    return f"{f'at {place}: ' if place else ''}{problem.message}; {problem.remedy}."


def _is_inside(path: str, field_path: str) -> bool:
    return path == field_path or path.startswith(f"{field_path}/")


@cache
def _schema() -> Any:
    return read_json(DATA / "schema.json")["$defs"]["profile"]


def _item(section: str) -> Any:
    rule = _schema()["properties"][section]["items"]
    if "$ref" in rule:
        return read_json(DATA / "schema.json")["$defs"][rule["$ref"].rsplit("/", 1)[1]]
    return rule
