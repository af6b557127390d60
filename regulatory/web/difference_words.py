"""What differs between two versions in plain words: each fact before and after, the differing words marked."""

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from regulatory.profiles import words
from regulatory.profiles.difference import Change, Difference
from regulatory.profiles.spoken import as_text
from regulatory.web.fact_words import tell

SECTIONS = {
    "authority": "Authority",
    "legal_basis": "Legal basis",
    "eligibility": "Who is eligible",
    "border": "At the border",
    "notes": "Remark",
    "applicants": "Who may do what",
    "submission": "How it is filed",
    "gates": "Gate",
    "decision_times": "Time to decide",
    "validity": "Validity",
    "quantity_limits": "Limit",
    "renewal": "Next supply",
    "change_triggers": "When something changes",
    "documents": "Paper",
    "deadlines": "Clock",
    "fees": "Fee",
    "transition": "Cases under way",
    "unknown": "Not known",
    "sources": "Sources of this version",
    "effective_from": "In force from",
    "effective_to": "In force until",
    "name": "Name",
    "scope": "For whom",
    "control_model": "How it works",
    "direction": "Direction",
    "jurisdiction": "Country",
}
KINDS = {"added": "New", "removed": "Taken out", "changed": "Changed"}
_GONE, _NEW = Markup("<del>{}</del>"), Markup("<ins>{}</ins>")
_TOKEN = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a change: what the fact says with the differing words marked, and how it is known."""

    says: Markup
    known: str


@dataclass(frozen=True, slots=True)
class Row:
    """One change as the page and the print show it."""

    title: str
    kind: str
    fact: str
    of_law: bool
    before: Side
    after: Side


def rows(found: Difference) -> list[Row]:
    """Changes of the law first, then of what is known about it; each in the order of the file."""
    return [_row(change) for change in sorted(found.changes, key=lambda change: not change.of_law)]


def says(section: str, fact: Any) -> str:
    """One fact in words, with its gate's condition and its remark, a part a line."""
    if fact is None:
        return ""
    if not isinstance(fact, Mapping):
        return _plain(fact)
    if section in fact or set(fact) == {"value"}:
        return _plain(fact.get("value", fact.get(section)))
    told = tell(section, fact)
    lines = [told.says, told.more, as_text(fact.get("expr"))]
    return "\n".join(line for line in lines if line)


def known(fact: Any) -> str:
    """How a fact is known: source, confidence, day it was checked, remark."""
    if not isinstance(fact, Mapping) or "basis" not in fact:
        return ""
    source = ", ".join(map(str, fact["source"])) if fact["source"] else "from memory, no source"
    parts = [f"source {source}" if fact["source"] else source, f"confidence {fact['confidence']}"]
    if fact.get("checked_on"):
        parts.append(f"checked on {fact['checked_on']}")
    return "; ".join([*parts, *([str(fact["note"])] if fact.get("note") else [])])


def _row(change: Change) -> Row:
    was, now = says(change.section, change.before), says(change.section, change.after)
    old, new = marked(was, now)
    return Row(
        title=SECTIONS.get(change.section, words.capital(words.spaced(change.section))),
        kind=KINDS[change.kind],
        fact=change.fact,
        of_law=change.of_law,
        before=Side(old, known(change.before)),
        after=Side(new, known(change.after)),
    )


def marked(was: str, now: str) -> tuple[Markup, Markup]:
    """Both texts with the words that differ in ``del`` and ``ins``; a text that is only on one side is marked whole."""
    if not was or not now:
        empty = Markup('<span class="quiet">not in this version</span>')
        return (_GONE.format(was) if was else empty, _NEW.format(now) if now else empty)
    old, new = _TOKEN.findall(was), _TOKEN.findall(now)
    left, right = Markup(), Markup()
    for op, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        before, after = "".join(old[i1:i2]), "".join(new[j1:j2])
        left += escape(before) if op == "equal" or not before.strip() else _GONE.format(before)
        right += escape(after) if op == "equal" or not after.strip() else _NEW.format(after)
    return left, right


def _plain(value: Any) -> str:
    if value is None:
        return "nothing named"
    if isinstance(value, str):
        return words.spaced(value) if re.fullmatch(r"[a-z_]+", value) else value
    return json.dumps(value, ensure_ascii=False)
