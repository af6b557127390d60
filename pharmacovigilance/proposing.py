"""What a pharmacist typed about one rule, read into a proposal. Conditions, parties and recipients stay as they are."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any, Final

from cases.lifecycle.errors import FactsInvalid
from cases.lifecycle.typed_days import NotADay, read_day
from pharmacovigilance.deciding import Proposal
from pharmacovigilance.library import rule_library
from pharmacovigilance.rulebook import said_on

UNITS: Final = (
    ("calendar_day", "calendar days"),
    ("working_day", "working days"),
    ("business_day", "business days of the agreement"),
    ("hour", "hours"),
    ("month", "months"),
)
BASES: Final = (("sourced", "read in the source"), ("recalled", "recalled, not read"))
CONFIDENCES: Final = (("low", "low"), ("medium", "medium"), ("high", "high"))
FIELDS: Final = (
    "amount", "unit", "basis", "confidence", "source", "legal_basis", "note", "in_force_from", "in_force_until",
    "reason",
)  # fmt: skip
MOST: Final = 3650
_CHOICES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {"basis": BASES, "confidence": CONFIDENCES}


def typed_of(text: Mapping[str, Any], *, today: date) -> dict[str, str]:
    """The form as it begins: what the rule says now, in force from today."""
    clock = text["clock"]
    return {
        "amount": "" if clock["amount"] is None else str(clock["amount"]), "unit": clock["unit"] or "calendar_day",
        "basis": text["basis"], "confidence": text["confidence"], "source": ", ".join(text["source"]),
        "legal_basis": text["legal_basis"] or "", "note": text["note"] or "", "in_force_from": today.isoformat(),
        "in_force_until": "", "reason": "",
    }  # fmt: skip


def read_proposal(rule_id: str, typed: Mapping[str, str], *, today: date) -> Proposal:
    """The proposal that was typed.

    :raises FactsInvalid: naming each field with its value and the remedy.
    """
    errors: dict[str, list[str]] = {}
    amount = _amount(typed["amount"], errors)
    if typed["unit"] not in dict(UNITS):
        errors["unit"] = [f"There is no unit {typed['unit']!r}. Choose one of the list."]
    for name, choices in _CHOICES.items():
        if typed[name] not in dict(choices):
            errors[name] = [f"{typed[name]!r} is not one of: {', '.join(code for code, _ in choices)}."]
    sources = [part.strip() for part in typed["source"].split(",") if part.strip()]
    known = rule_library().sources
    if unknown := [name for name in sources if name not in known]:
        errors["source"] = [
            f"There is no source {unknown[0]!r}. Write the numbers of sources, or cite it as legal basis."
        ]
    if typed["basis"] == "sourced" and not sources and not typed["legal_basis"]:
        errors["legal_basis"] = ["Is missing. A rule that was read names where: a source or the text of the law."]
    days = {name: _day(typed[name], name, errors) for name in ("in_force_from", "in_force_until")}
    if not typed["reason"]:
        errors["reason"] = ["Is missing. Say what was read or changed, and where."]
    if errors:
        raise FactsInvalid("The proposal was not kept. Nothing changed.", errors)
    text = deepcopy(dict(said_on(rule_id, day=today).text))
    _set_clock(text["clock"], amount, typed["unit"], typed["basis"])
    text |= {
        "basis": typed["basis"], "confidence": typed["confidence"], "source": sources,
        "legal_basis": typed["legal_basis"], "note": typed["note"],
    }  # fmt: skip
    return Proposal(text, days["in_force_from"], days["in_force_until"], typed["reason"])


def _set_clock(clock: dict[str, Any], amount: int | None, unit: str, basis: str) -> None:
    """Another limit in its place; one that is confirmed as it stands keeps its words."""
    if amount == clock["amount"] and (amount is None or unit == clock["unit"]):
        clock["basis"] = basis if amount is not None else clock["basis"]
        return
    clock |= {
        "kind": "fixed_limit" if amount is not None else "not_known", "amount": amount,
        "unit": unit if amount is not None else None, "unit_stated": amount is not None,
        "basis": basis if amount is not None else "not_seen", "planning": None,
    }  # fmt: skip


def _amount(typed: str, errors: dict[str, list[str]]) -> int | None:
    if not typed:
        return None
    if typed.isascii() and typed.isdecimal() and 1 <= int(typed[:9]) <= MOST:
        return int(typed)
    errors["amount"] = [f"{typed!r} is no number from 1 to {MOST:,}. Leave it empty where the text names none."]
    return None


def _day(typed: str, name: str, errors: dict[str, list[str]]) -> date | None:
    try:
        return read_day(typed) if typed else None
    except NotADay as wrong:
        errors[name] = [str(wrong)]
        return None
