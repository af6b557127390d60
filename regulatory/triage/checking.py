"""What may be wrong with a rule table: every problem by path, value and remedy, before anything rests on it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from regulatory.triage.terms import (
    CHOSEN,
    CONSEQUENCE_KINDS,
    FORMAT,
    KINDS,
    NUMBERS,
    REASON_KINDS,
    WITHIN_CAP,
    Problem,
)

_QUESTIONS = ("Q1", "Q2", "Q3", "Q4", "+")
_STATUSES = ("draft_unreviewed", "reviewed", "active", "retired")
_TOP = (
    "format", "version", "status", "effective_from", "reviewed_on", "reviewed_by", "notice", "sources", "inputs",
    "reasons", "rules", "consequences", "outcomes", "contradictions", "readings",
)  # fmt: skip
_PARTS = {
    "inputs": ("id", "question", "kind", "text", "by"),
    "reasons": ("id", "kind", "when", "sentence", "effect", "question", "source"),
    "rules": ("id", "when", "outcome", "sentence", "source", "effective_from"),
    "consequences": ("id", "kind", "when", "sentence", "source"),
    "contradictions": ("id", "when", "inputs", "sentence", "remedy"),
}
_OUTCOME = ("words", "creates", "opens_case", "confident", "person_first")


def problems_in(raw: Any) -> list[Problem]:
    """Every problem of a rule table; an empty list means usable."""
    if not isinstance(raw, dict):
        return [Problem("/", type(raw).__name__, "is not an object", "Begin the file with {.")]
    missing = [Problem(f"/{name}", "", "is missing", "Add it.") for name in _TOP if name not in raw]
    if missing:
        return missing
    shape = list(_shapes(raw))
    return shape or [
        *_head(raw),
        *_inputs(raw),
        *_references(raw),
        *_expressions(raw),
        *_last_rule(raw),
        *_readings(raw),
    ]


def _shapes(raw: Mapping[str, Any]) -> Iterator[Problem]:
    for section, names in _PARTS.items():
        if not isinstance(raw[section], list) or not raw[section]:
            yield Problem(f"/{section}", str(raw[section])[:40], "is no list, or an empty one", "Write a list.")
            continue
        seen: set[str] = set()
        for index, one in enumerate(raw[section]):
            path = f"/{section}/{one.get('id', index) if isinstance(one, dict) else index}"
            if not isinstance(one, dict):
                yield Problem(path, str(one)[:40], "is not an object", "Write an object.")
                continue
            for name in names:
                if one.get(name) in (None, ""):
                    yield Problem(f"{path}/{name}", "", "is missing", "Add it.")
            if one.get("id") in seen:
                yield Problem(path, str(one["id"]), "stands here twice", "Give each an id of its own.")
            seen.add(str(one.get("id")))
    for section in ("outcomes", "sources", "readings"):
        if not isinstance(raw[section], dict) or not raw[section]:
            yield Problem(f"/{section}", str(raw[section])[:40], "is no object, or an empty one", "Write an object.")


def _head(raw: Mapping[str, Any]) -> Iterator[Problem]:
    if raw["format"] != FORMAT:
        yield Problem("/format", str(raw["format"]), "is another format", f"This house reads {FORMAT}.")
    if raw["status"] not in _STATUSES:
        yield Problem("/status", str(raw["status"]), "is no status", f"Write one of {', '.join(_STATUSES)}.")
    for name in ("effective_from", "reviewed_on"):
        if not (raw[name] is None and name == "reviewed_on") and not _is_day(raw[name]):
            yield Problem(f"/{name}", str(raw[name]), "is no day", "Write it as year-month-day.")
    for name, outcome in raw["outcomes"].items():
        for part in _OUTCOME:
            if part not in outcome:
                yield Problem(f"/outcomes/{name}/{part}", "", "is missing", "Add it.")


def _inputs(raw: Mapping[str, Any]) -> Iterator[Problem]:
    for one in raw["inputs"]:
        path = f"/inputs/{one['id']}"
        if one["kind"] not in KINDS:
            yield Problem(f"{path}/kind", str(one["kind"]), "is no kind", f"Write one of {', '.join(sorted(KINDS))}.")
        if one["question"] not in _QUESTIONS:
            yield Problem(f"{path}/question", str(one["question"]), "is no question", f"Write {', '.join(_QUESTIONS)}.")
        values = one.get("values", [])
        if one["kind"] in CHOSEN and (len(values) < 2 or len(set(values)) != len(values)):
            yield Problem(f"{path}/values", str(values), "are not two or more different values", "Correct them.")
        if one["kind"] in NUMBERS and not ("least" in one and "most" in one):
            yield Problem(path, str(one["kind"]), "has no least and most", "Add both.")


def _references(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Names that must be there: outcomes, kinds, sources."""
    kinds: dict[str, frozenset[str]] = {"reasons": REASON_KINDS, "consequences": CONSEQUENCE_KINDS}
    for section in ("reasons", "rules", "consequences"):
        for one in raw[section]:
            path = f"/{section}/{one['id']}"
            for source in one["source"]:
                if source not in raw["sources"]:
                    yield Problem(f"{path}/source", str(source), "is no source of this table", "Add it to sources.")
            if section in kinds and one["kind"] not in kinds[section]:
                yield Problem(
                    f"{path}/kind", str(one["kind"]), "is no kind", f"Write {', '.join(sorted(kinds[section]))}."
                )
            if section == "rules" and one["outcome"] not in raw["outcomes"]:
                yield Problem(f"{path}/outcome", str(one["outcome"]), "is no outcome", "Add it to outcomes.")
            if section == "rules" and not _is_day(one["effective_from"]):
                yield Problem(
                    f"{path}/effective_from", str(one["effective_from"]), "is no day", "Write year-month-day."
                )


def _expressions(raw: Mapping[str, Any]) -> Iterator[Problem]:
    values = {one["id"]: one["values"] for one in raw["inputs"] if one["kind"] in CHOSEN} | {WITHIN_CAP: ["yes", "no"]}
    reasons = {one["id"] for one in raw["reasons"]}
    for section in ("reasons", "rules", "consequences", "contradictions"):
        # A reason is built from answers alone, so that no reason can rest on itself.
        known = set() if section == "reasons" else reasons
        for one in raw[section]:
            yield from _expression(one["when"], f"/{section}/{one['id']}/when", values, known)


def _expression(tree: Any, path: str, values: Mapping[str, list[str]], reasons: set[str]) -> Iterator[Problem]:
    if not isinstance(tree, dict):
        yield Problem(path, str(tree)[:40], "is not an object", "Write an operator.")
        return
    readers: dict[str, Callable[[Any], Iterator[Problem]]] = {
        "input": lambda operand: _literal(tree, operand, path, values),
        "reason": lambda operand: _named(operand, reasons, path, "reason"),
        "group": lambda operand: _named(operand, REASON_KINDS if reasons else frozenset(), path, "group of reasons"),
        "not": lambda operand: _expression(operand, f"{path}/not", values, reasons),
        "all": lambda operand: _several(operand, f"{path}/all", values, reasons),
        "any": lambda operand: _several(operand, f"{path}/any", values, reasons),
    }
    found = [name for name in readers if name in tree]
    extra = set(tree) - set(found) - {"in"}
    if len(found) != 1 or extra or ("in" in tree and found != ["input"]):
        yield Problem(
            path, ", ".join(sorted(tree)), "is not exactly one operator", f"Write one of {', '.join(readers)}."
        )
        return
    yield from readers[found[0]](tree[found[0]])


def _literal(tree: Mapping[str, Any], name: Any, path: str, values: Mapping[str, list[str]]) -> Iterator[Problem]:
    if name not in values:
        yield Problem(path, str(name), "is no question with choices", "Name one of the inputs.")
        return
    wanted = tree.get("in")
    if not isinstance(wanted, list) or not wanted:
        yield Problem(f"{path}/in", str(wanted), "is no list of values", "Write a list.")
        return
    for value in wanted:
        if value not in values[name]:
            yield Problem(
                f"{path}/in", str(value), f"is no value of {name}", f"Write one of {', '.join(values[name])}."
            )


def _named(name: Any, known: set[str] | frozenset[str], path: str, what: str) -> Iterator[Problem]:
    if name not in known:
        yield Problem(path, str(name), f"is no {what} that may stand here", "Name one of the table.")


def _several(parts: Any, path: str, values: Mapping[str, list[str]], reasons: set[str]) -> Iterator[Problem]:
    if not isinstance(parts, list):
        yield Problem(path, str(parts)[:40], "is no list", "Write a list of expressions.")
        return
    for index, part in enumerate(parts):
        yield from _expression(part, f"{path}/{index}", values, reasons)


def _last_rule(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """The table is total because its last row takes what is left."""
    last = raw["rules"][-1]
    if last["when"] != {"all": []}:
        yield Problem(
            f"/rules/{last['id']}/when", str(last["when"])[:60], "does not take what is left", 'Write {"all": []}.'
        )


def _readings(raw: Mapping[str, Any]) -> Iterator[Problem]:
    values = {one["id"]: one.get("values", []) for one in raw["inputs"]}
    for name, fact in (
        ("npp_status_by_control_model", "npp_status"),
        ("personal_import_by_posture", "personal_import"),
    ):
        for key, value in raw["readings"].get(name, {}).items():
            if value not in values.get(fact, []):
                yield Problem(f"/readings/{name}/{key}", str(value), f"is no value of {fact}", "Correct it.")


def _is_day(text: Any) -> bool:
    try:
        date.fromisoformat(str(text))
    except ValueError:
        return False
    return True
