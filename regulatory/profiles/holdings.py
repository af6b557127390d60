"""The operators that look at what is held: papers with their age, authorizations with their scope."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from cases.deadlines.arithmetic import add_months
from regulatory.profiles import words
from regulatory.profiles.facts import AuthorizationHeld, DocumentHeld
from regulatory.profiles.loader import Profile
from regulatory.profiles.logic import DAY, Context, Missing, Truth, Verdict

UNUSABLE = frozenset({"rejected", "superseded", "withdrawn", "expired", "stale"})


def fresh_until(document: DocumentHeld, requirement: Mapping[str, Any] | None) -> tuple[date | None, bool]:
    """The last day a paper may be used by its own date and by its greatest age, and whether its age is unknown."""
    limits = [document.valid_until] if document.valid_until else []
    if requirement and requirement.get("max_age"):
        amount, unit = int(requirement["max_age"]), requirement["max_age_unit"]
        if document.issued_on is None:
            return (min(limits) if limits else None), True
        if unit in ("month", "year"):
            limits.append(add_months(document.issued_on, amount * (12 if unit == "year" else 1)))
        else:
            limits.append(document.issued_on + DAY * amount * (7 if unit == "week" else 1))
    return (min(limits) if limits else None), False


def requirement_for(profile: Profile, doc_type: str) -> Mapping[str, Any] | None:
    """The profile's own fact about that type of paper; the strictest age when it has several."""
    found = [fact for fact in profile.section("documents") if fact["doc_type"] == doc_type]
    return min(found, key=lambda fact: fact.get("max_age") or 10**6) if found else None


def document(node: Mapping[str, Any], context: Context) -> Verdict:
    wanted = node["document"]
    requirement = requirement_for(context.profile, wanted["type"])
    because = (requirement["id"],) if requirement else ()
    owner = wanted.get("held_by") or (requirement["owner_role"] if requirement else "coordinating_pharmacy")
    name = words.paper(wanted["type"])
    held = [document for document in context.facts.documents if document.type == wanted["type"]]
    if context.defer_documents:
        return Verdict(
            True, because=because, deferred=(f"The {name} is needed before the act itself, not before dispatch.",)
        )
    verdicts = [_paper(document, wanted, requirement, name, owner, context) for document in held]
    if not verdicts:
        at = f", held by {words.role(wanted['held_by'])}" if "held_by" in wanted else ""
        verdicts = [
            Verdict(False, (Missing(f"There is no {wanted['state']} {name}{at}.", owner, "document", wanted["type"]),))
        ]
    best = max(verdicts, key=lambda verdict: {True: 2, None: 1, False: 0}[verdict.truth])
    turning = frozenset().union(*(verdict.turns_on for verdict in verdicts))
    return replace(best, because=because, turns_on=turning)


def _paper(
    document: DocumentHeld,
    wanted: Mapping[str, Any],
    requirement: Mapping[str, Any] | None,
    name: str,
    owner: str,
    context: Context,
) -> Verdict:
    until, age_unknown = fresh_until(document, requirement)
    turning = frozenset({until + DAY}) if until else frozenset()

    def lacks(sentence: str, truth: Truth = False) -> Verdict:
        return Verdict(truth, (Missing(sentence, owner, "document", document.type),), turning)

    if UNUSABLE & set(document.states):
        return lacks(document.stale or f"The {name} is {sorted(UNUSABLE & set(document.states))[0]}.")
    deferred: tuple[str, ...] = ()
    if wanted["state"] not in document.states:
        if not (wanted["state"] == "shown" and context.defer_border):
            return lacks(f"The {name} is not {wanted['state']}.")
        deferred = (f"The {name} is shown at the border, after dispatch.",)
    if until and context.on > until:
        return lacks(f"The {name} could be used until {words.day(until)} only.")
    if document.issued_on and document.issued_on > context.on:
        return replace(
            lacks(f"The {name} is dated {words.day(document.issued_on)}."), turns_on=turning | {document.issued_on}
        )
    if "held_by" in wanted and wanted["held_by"] not in document.held_by:
        return lacks(f"The {name} is not held by {words.role(wanted['held_by'])}.")
    if "scope" in wanted and wanted["scope"] not in document.scopes:
        truth = False if document.scopes else None
        return lacks(f"The {name} does not say that it covers {wanted['scope']}.", truth)
    if age_unknown:
        return lacks(f"The {name} has no date, and its age is limited.", None)
    return Verdict(True, turns_on=turning, deferred=deferred)


def authorization(node: Mapping[str, Any], context: Context) -> Verdict:
    wanted = node["authorisation"]
    level = wanted.get("level", "case")
    owner = _applicant(context.profile)
    held = [entry for entry in context.facts.authorizations if entry.level == level]
    if "document" in wanted:
        held = [entry for entry in held if entry.document in (None, wanted["document"])]
    verdicts = [_one_authorization(entry, wanted, owner, context) for entry in held]
    if not verdicts:
        kind = "" if level == "case" else f"{words.spaced(level)} "
        covering = ", ".join(wanted["covers"])
        sentence = f"There is no {kind}authorization that covers {covering}."
        verdicts = [Verdict(False, (Missing(sentence, owner, "authorization", level),))]
    best = max(verdicts, key=lambda verdict: ({True: 2, None: 1, False: 0}[verdict.truth], -len(verdict.missing)))
    return replace(best, turns_on=frozenset().union(*(verdict.turns_on for verdict in verdicts)))


def _one_authorization(held: AuthorizationHeld, wanted: Mapping[str, Any], owner: str, context: Context) -> Verdict:
    false: list[str] = []
    unknown: list[str] = []
    turning = {day for day in (held.valid_from, held.valid_until + DAY if held.valid_until else None) if day}
    name = f"Authorization {held.reference}"
    if held.state != "in_force":
        false.append(f"{name} is {words.spaced(held.state)}.")
    if held.valid_from and context.on < held.valid_from:
        false.append(f"{name} is valid from {words.day(held.valid_from)}.")
    if held.valid_until and context.on > held.valid_until:
        false.append(f"{name} expired on {words.day(held.valid_until)}.")
    if held.valid_until is None and held.valid_from and "period" not in wanted["covers"]:
        usual = _usual_end(held.valid_from, context.profile)
        if usual and context.on > usual:
            unknown.append(f"{name} states no end, and the usual period ended on {words.day(usual)}.")
        turning |= {usual + DAY} if usual else set()
    if held.uses_left is not None and held.uses_left <= 0:
        false.append(f"{name} is used up.")
    if "document" in wanted and held.document is None:
        unknown.append(f"The {words.paper(wanted['document'])} of {name} is not recorded.")
    for aspect in wanted["covers"]:
        _covers(held, aspect, name, false, unknown, context)
    truth: Truth = False if false else None if unknown else True
    missing = tuple(Missing(sentence, owner, "authorization", held.reference) for sentence in (*false, *unknown))
    return Verdict(truth, missing, frozenset(turning))


def _covers(
    held: AuthorizationHeld, aspect: str, name: str, false: list[str], unknown: list[str], context: Context
) -> None:
    if aspect == "period":
        if held.valid_from is None or held.valid_until is None:
            unknown.append(f"{name} does not say for which period.")
    elif aspect == "quantity":
        if held.quantity_left is None:
            unknown.append(f"{name} does not say which quantity is left.")
        elif held.quantity_left <= 0 or (
            context.facts.quantity is not None and held.quantity_left < context.facts.quantity
        ):
            wanted = "" if context.facts.quantity is None else f", {context.facts.quantity} are planned"
            false.append(f"{name} has {held.quantity_left} left{wanted}.")
    elif aspect not in held.covers:
        unknown.append(f"{name} does not say which {aspect} it covers.")
    elif aspect not in context.facts.subject:
        unknown.append(f"The {aspect} of this case is not recorded.")
    elif context.facts.subject[aspect] not in held.covers[aspect]:
        false.append(f"{name} covers another {aspect}.")


def _usual_end(valid_from: date, profile: Profile) -> date | None:
    ends = []
    for fact in profile.section("validity"):
        if fact["amount"] and fact["starts_on"] == "decided_granted" and fact["unit"] in ("month", "year"):
            ends.append(add_months(valid_from, int(fact["amount"]) * (12 if fact["unit"] == "year" else 1)))
    return min(ends) if ends else None


def _applicant(profile: Profile) -> str:
    """The role that may ask for the authorization by the profile; the authority where nobody is named."""
    for verb in ("submit", "request", "order"):
        for fact in profile.section("applicants"):
            if verb in fact["may"]:
                return str(fact["role"])
    return "regulator"
