"""What a pharmacist stated of a rule, read into a proposal: its clock, its parties, when it applies, its grounds."""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from typing import Any, Final

from cases.countries import NAMES
from cases.lifecycle.errors import FactsInvalid
from cases.lifecycle.typed_days import NotADay, read_day
from pharmacovigilance.conditions import Tree, read_ways
from pharmacovigilance.deciding import Proposal
from pharmacovigilance.library import DEFAULT, rule_library
from pharmacovigilance.rulebook import is_known, said_on
from pharmacovigilance.rules import CONTRACT, EU, MODEL
from pharmacovigilance.terms import REPORT_KINDS
from regulatory.profiles.loader import load

Choices = tuple[tuple[str, str], ...]
Ways = Sequence[Mapping[str, Sequence[str]]]
UNITS: Final[Choices] = (
    ("calendar_day", "calendar days"),
    ("working_day", "working days"),
    ("business_day", "business days of the agreement"),
    ("hour", "hours"),
    ("month", "months"),
)
PLACES: Final[Choices] = (
    *sorted({**NAMES, "NL": "Netherlands"}.items(), key=lambda pair: pair[1]),
    (EU, "European Union"), (CONTRACT, "Agreements"), (MODEL, "ICH, where no other rule obliges"),
)  # fmt: skip
CHOICES: Final[Mapping[str, Choices]] = {
    "jurisdiction": PLACES,
    "duty_role": tuple(rule_library().roles.items()),
    "report_kind": tuple(REPORT_KINDS.items()),
    "force": tuple(rule_library().forces.items()),
    "unit": UNITS,
    "day0_basis": tuple(rule_library().beginnings.items()),
    "second_unit": UNITS,
    "basis": (("sourced", "read in the source"), ("recalled", "recalled, not read")),
    "confidence": (("low", "low"), ("medium", "medium"), ("high", "high")),
}
FIELDS: Final = (
    "jurisdiction", "pathways", "duty_role", "recipients", "report_kind", "force", "amount", "unit", "day0_basis",
    "second_amount", "second_unit", "basis", "confidence", "source", "legal_basis", "note", "in_force_from",
    "in_force_until", "reason",
)  # fmt: skip
# What the default rule is: it stands in everywhere and for everything, so that these stay as they are.
FIXED_BY_DEFAULT: Final = frozenset({"jurisdiction", "pathways", "conditions"})
NEW: Final = "name"
MOST: Final = 3650
FIRST_COUNTED: Final[Mapping[str, str]] = {
    "hour": "elapsed_from_timestamp",
    "working_day": "first_working_day_after_day0",
    "business_day": "first_business_day_after_day0",
}
EVERY: Final = "*"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)


def typed_of(text: Mapping[str, Any], *, today: date) -> dict[str, str]:
    """The form as it begins: what the rule says now, in force from today."""
    clock, second = text["clock"], text["clock"]["second_stage"] or {}
    return {
        "jurisdiction": text["jurisdiction"], "pathways": ", ".join(text["pathways"]),
        "duty_role": text["duty_holder"]["role"], "recipients": "\n".join(one["name"] for one in text["recipients"]),
        "report_kind": text["report_kind"], "force": text["force"], "amount": _number(clock["amount"]),
        "unit": clock["unit"] or "calendar_day", "day0_basis": clock["day0_basis"],
        "second_amount": _number(second.get("amount")), "second_unit": second.get("unit", "calendar_day"),
        "basis": text["basis"], "confidence": text["confidence"], "source": ", ".join(text["source"]),
        "legal_basis": text["legal_basis"] or "", "note": text["note"] or "", "in_force_from": today.isoformat(),
        "in_force_until": "", "reason": "",
    }  # fmt: skip


def blank_rule() -> dict[str, Any]:
    """A rule of which nothing was said yet; recalled with low confidence until somebody says where it was read."""
    return {
        "id": "", "jurisdiction": "", "pathways": [EVERY],
        "duty_holder": {"role": "coordinating_pharmacy", "detail": None}, "recipients": [],
        "report_kind": "any_suspected_reaction", "applies_if": {"any": []},
        "clock": {
            "kind": "not_known", "amount": None, "unit": None, "unit_stated": False, "basis": "not_seen",
            "urgency_words": None, "day0_basis": "aware_minimum_criteria", "plan_day0_basis": None,
            "first_counted_day": None, "roll": "none", "roll_basis": "assumed", "second_stage": None, "period": None,
            "planning": None,
        },
        "force": "statutory", "channels": ["per_authority"], "forms": [], "legal_basis": "", "effective_from": None,
        "effective_to": None, "basis": "recalled", "source": [], "confidence": "low", "note": "",
        "status": "draft_unreviewed", "reviewed_by": None, "reviewed_on": None,
    }  # fmt: skip


def read_proposal(rule_id: str, typed: Mapping[str, str], ways: Ways | None = None, *, today: date) -> Proposal:
    """The proposed version of a rule that there is.

    :param ways: when it applies; ``None`` leaves that as it is.
    :raises FactsInvalid: naming each field with its value and the remedy.
    """
    errors: dict[str, list[str]] = {}
    text = _read(deepcopy(dict(said_on(rule_id, day=today).text)), typed, ways, errors)
    return _proposal(text, typed, errors)


def read_new_rule(typed: Mapping[str, str], ways: Ways, *, today: date) -> Proposal:
    """The first version of a rule that there was not; its id is the place, ``house`` and the name that was given.

    :raises FactsInvalid: naming each field with its value and the remedy.
    """
    errors: dict[str, list[str]] = {}
    text, name = _read(blank_rule(), typed, ways, errors), typed[NEW]
    text["id"] = f"{typed['jurisdiction']}.house.{name}"
    if not _NAME.fullmatch(name) or len(name) > 40:
        errors[NEW] = [f"{name!r} is no short name. Write small letters and digits with hyphens, as lack-of-effect."]
    elif is_known(text["id"]):
        errors[NEW] = [f"There is a rule {text['id']} already. Propose a version of it, or choose another name."]
    return _proposal(text, typed, errors)


def _proposal(text: dict[str, Any], typed: Mapping[str, str], errors: dict[str, list[str]]) -> Proposal:
    days = {name: _day(typed[name], name, errors) for name in ("in_force_from", "in_force_until")}
    if not typed["reason"]:
        errors["reason"] = ["Is missing. Say what was read or changed, and where."]
    if errors:
        raise FactsInvalid("The proposal was not kept. Nothing changed.", errors)
    return Proposal(text, days["in_force_from"], days["in_force_until"], typed["reason"])


def _read(
    text: dict[str, Any], typed: Mapping[str, str], ways: Ways | None, errors: dict[str, list[str]]
) -> dict[str, Any]:
    fixed = FIXED_BY_DEFAULT if text["id"] == DEFAULT else frozenset[str]()
    for name, choices in CHOICES.items():
        if name not in fixed and typed[name] not in dict(choices):
            errors[name] = [f"{typed[name]!r} is not one of: {', '.join(code for code, _ in choices)}."]
    amount = _amount(typed["amount"], "amount", errors)
    second = _amount(typed["second_amount"], "second_amount", errors)
    if second is not None and amount is None and "amount" not in errors:
        errors["amount"] = ["Is missing. A second stage is counted from the first; write both, or neither."]
    text |= {
        "recipients": _recipients(text, typed, errors), "source": _sources(typed, errors),
        "report_kind": typed["report_kind"], "force": typed["force"], "basis": typed["basis"],
        "confidence": typed["confidence"], "legal_basis": typed["legal_basis"], "note": typed["note"],
    }  # fmt: skip
    text["duty_holder"] |= {"role": typed["duty_role"]}
    if not fixed:
        text |= {"jurisdiction": typed["jurisdiction"], "pathways": _pathways(typed, errors)}
    if ways is not None and not fixed:
        text["applies_if"] = _applies_if(ways, text["applies_if"], errors)
    _set_clock(text["clock"], amount, typed)
    _set_second(text["clock"], second, typed)
    return text


def _applies_if(ways: Ways, now: Tree, errors: dict[str, list[str]]) -> Tree:
    tree, faults = read_ways(ways, now=now)
    if faults:
        errors["conditions"] = faults
    return tree


def _pathways(typed: Mapping[str, str], errors: dict[str, list[str]]) -> list[str]:
    named, known = _parted(typed["pathways"], ","), load().profiles
    if not named:
        errors["pathways"] = [f"Is missing. Write their keys with commas, or {EVERY} for every pathway."]
    if unknown := [key for key in named if key != EVERY and key not in known]:
        errors["pathways"] = [f"There is no pathway {unknown[0]!r}. Write keys as UK-SPECIALS, or {EVERY} for all."]
    elif EVERY in named and len(named) > 1:
        errors["pathways"] = [f"{EVERY} is every pathway already. Write it alone, or the keys alone."]
    return named


def _recipients(
    text: Mapping[str, Any], typed: Mapping[str, str], errors: dict[str, list[str]]
) -> list[dict[str, str]]:
    named = _parted(typed["recipients"], "\n")
    if not named:
        errors["recipients"] = ["Is missing. Write who has to be told, one in a line."]
    kinds = {one["name"]: one["type"] for one in text["recipients"]}
    usual = "trading_partner" if typed["jurisdiction"] == CONTRACT else "authority"
    return [{"type": kinds.get(name, usual), "name": name} for name in named]


def _sources(typed: Mapping[str, str], errors: dict[str, list[str]]) -> list[str]:
    named, known = _parted(typed["source"], ","), rule_library().sources
    if unknown := [name for name in named if name not in known]:
        errors["source"] = [
            f"There is no source {unknown[0]!r}. Write the numbers of sources, or cite it as legal basis."
        ]
    if typed["basis"] == "sourced" and not named and not typed["legal_basis"]:
        errors["legal_basis"] = ["Is missing. A rule that was read names where: a source or the text of the law."]
    return named


def _set_clock(clock: dict[str, Any], amount: int | None, typed: Mapping[str, str]) -> None:
    """Another limit in its place; one that is confirmed as it stands keeps its words."""
    basis, unit = typed["basis"], typed["unit"]
    clock["day0_basis"] = typed["day0_basis"]
    if amount == clock["amount"] and (amount is None or unit == clock["unit"]):
        clock["basis"] = basis if amount is not None else clock["basis"]
        return
    is_known_now = amount is not None
    clock |= {
        "kind": "fixed_limit" if is_known_now else "not_known", "amount": amount,
        "unit": unit if is_known_now else None, "unit_stated": is_known_now,
        "first_counted_day": FIRST_COUNTED.get(unit, "day_after_day0") if is_known_now else None,
        "basis": basis if is_known_now else "not_seen", "planning": None,
    }  # fmt: skip


def _set_second(clock: dict[str, Any], amount: int | None, typed: Mapping[str, str]) -> None:
    before = clock["second_stage"]
    if amount is None:
        clock["second_stage"] = None
    elif before is None or (before["amount"], before["unit"]) != (amount, typed["second_unit"]):
        clock["second_stage"] = {
            "amount": amount, "unit": typed["second_unit"], "from": "first_stage_due",
            "content": "complete follow-up report", "basis": typed["basis"],
        }  # fmt: skip


def _parted(typed: str, by: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in typed.split(by) if part.strip()))


def _number(amount: int | None) -> str:
    return "" if amount is None else str(amount)


def _amount(typed: str, name: str, errors: dict[str, list[str]]) -> int | None:
    if not typed:
        return None
    if typed.isascii() and typed.isdecimal() and 1 <= int(typed[:9]) <= MOST:
        return int(typed)
    errors[name] = [f"{typed!r} is no number from 1 to {MOST:,}. Leave it empty where the text names none."]
    return None


def _day(typed: str, name: str, errors: dict[str, list[str]]) -> date | None:
    try:
        return read_day(typed) if typed else None
    except NotADay as wrong:
        errors[name] = [str(wrong)]
        return None
