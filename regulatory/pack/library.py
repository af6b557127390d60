"""The pack's own words, by language, and the order of its lines, by pathway: files beside this one, read once."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from regulatory.operated import is_stock
from regulatory.profiles.loader import Profile

HERE = Path(__file__).parent
LANGUAGES = {"en": "English", "fr": "French", "es": "Spanish", "ar": "Arabic", "ja": "Japanese"}
# What the pathway says of the patient's name on what is filed. Without a word of it the name stays off.
_FILED = ("regulator_form", "application_letter", "patient_information_form")


@cache
def words_of(language: str) -> Mapping[str, Any]:
    """The words of one language; `version` and `language` say which template was used."""
    found: dict[str, Any] = json.loads((HERE / "words" / f"{language}.json").read_text("utf-8"))
    return found


@cache
def _orders() -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "orders.json").read_text("utf-8"))
    return found


def order_for(profile: Profile) -> Mapping[str, Any]:
    """In which order the lines stand, with where that order is known from; the general order without one on file."""
    orders = _orders()
    found: Mapping[str, Any] = orders.get(profile.key, orders["general"])
    order = {**orders[found["like"]], **found} if "like" in found else found
    return _without_a_patient(order) if is_stock(profile) else order


def _without_a_patient(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """The lines that stock has: those of a patient are left out, and a heading that nothing is left under."""
    kept = [[heading, [one for one in codes if not one.startswith("patient_")]] for heading, codes in order["sections"]]
    return {**order, "sections": [[heading, codes] for heading, codes in kept if codes]}


def name_rule(profile: Profile) -> tuple[str, str]:
    """(rule, fact id) on the patient's name in what is filed: required, allowed, forbidden, not_asked; empty if unsaid.

    The strictest of the papers that the pharmacy writes wins: one form that forbids the name forbids it in the pack.
    """
    said = {
        fact["privacy_rule"]["patient_name"]: str(fact["privacy_rule"].get("id", fact["id"]))
        for fact in profile.section("documents")
        if fact["doc_type"] in _FILED and fact.get("privacy_rule")
    }
    for rule in ("forbidden", "not_asked", "required", "allowed"):
        if rule in said:
            return rule, said[rule]
    return "", ""
