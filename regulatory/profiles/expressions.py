"""Evaluate gate expressions in three values: true, false, not known.

One function per operator of the schema, none per country. Each returns a Verdict: the value, what is missing, and the
days on which the value may turn by itself, from which the gate's opening day is searched.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from regulatory.profiles import holdings, operators
from regulatory.profiles.logic import Context, Missing, Verdict, both, either, negation


def evaluate(expression: Mapping[str, Any], context: Context) -> Verdict:
    """The value of one expression; raises ValueError for an operator the schema does not have."""
    for operator, function in _OPERATORS.items():
        if operator in expression:
            verdict = function(expression, context)
            duties = expression.get("creates_duty", ())
            if verdict.truth is True and duties:
                named = (duties,) if isinstance(duties, str) else tuple(duties)
                verdict = replace(verdict, creates=(*verdict.creates, *named))
            return verdict
    raise ValueError(f"no operator in {sorted(expression)}")


def _all(node: Mapping[str, Any], context: Context) -> Verdict:
    verdict = both([evaluate(child, context) for child in node["all"]])
    if verdict.truth is True:
        verdict = operators.signed_by_one(node["all"], context) or verdict
    if "or" in node:
        return either([verdict, *(evaluate(child, context) for child in node["or"])])
    return verdict


def _any(node: Mapping[str, Any], context: Context) -> Verdict:
    return either([evaluate(child, context) for child in node["any"]])


def _not(node: Mapping[str, Any], context: Context) -> Verdict:
    verdict = negation(evaluate(node["not"], context))
    if verdict.truth is False:
        return replace(
            verdict,
            missing=(Missing("A condition that must not hold, holds.", "coordinating_pharmacy", "event", "not"),),
        )
    return verdict


def _choose(node: Mapping[str, Any], context: Context) -> Verdict:
    for option in node["choose"]:
        if "otherwise" in option:
            return Verdict(True, route=option["otherwise"])
        verdict = evaluate(option["when"], context)
        if verdict.truth is True:
            return replace(verdict, route=option["route"])
        if verdict.truth is None:
            return verdict
    return Verdict(None, (Missing("No route fits.", "coordinating_pharmacy", "plan", "route"),))


_OPERATORS: dict[str, Callable[[Mapping[str, Any], Context], Verdict]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "not_event": operators.not_event,
    "event": operators.event,
    "elapsed_since": operators.elapsed_since,
    "lead_before": operators.lead_before,
    "document": holdings.document,
    "authorisation": holdings.authorization,
    "party": operators.party,
    "choose": _choose,
    "attested_by": operators.attested_by,
    "list_match": operators.list_match,
    "shelf_life_remaining": operators.shelf_life_remaining,
    "outside_office_hours": operators.outside_office_hours,
}
