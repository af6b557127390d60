"""Which gates govern an act, and whether the act may be done on its day.

The table is about acts, not about countries. A pathway without a gate for an act is said to have none, with its control
model as the reason; where the model asks for permission first and the act comes before the profile's only gate, the
authority's part of that later gate stands in for it, because shipping ahead of the permission would be a guess.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from cases.deadlines.calendars import Calendars
from regulatory.profiles import words
from regulatory.profiles.expressions import evaluate
from regulatory.profiles.facts import Facts
from regulatory.profiles.gates import STATES, GateResult, context_of, evaluate_gate
from regulatory.profiles.loader import Profile
from regulatory.profiles.logic import Context, Missing, Truth

# Act: the gates that govern it. Inside a tuple the first gate that the profile has is the one that counts.
ACT_GATES: dict[str, tuple[tuple[str, ...], ...]] = {
    "choose_route": (("route_choice",),),
    "export": (("may_export",), ("may_export_controlled",)),
    "ship": (
        ("may_ship",),
        ("supplier_release",),
        ("consignee",),
        ("may_supply",),
        ("per_patient_step",),
        ("may_import",),
    ),
    "import": (("may_import", "customs_release"), ("consignee",)),
    "clear_customs": (("customs_release",),),
    "supply": (("may_supply",), ("supplier_release",), ("per_patient_step",)),
    "dispense": (("may_dispense",),),
    "administer": (("may_administer",),),
}
# The order in which a case meets its permission gates; what stands in for an earlier act is the first later one.
PERMISSION_ORDER = ("may_ship", "may_import", "customs_release", "may_supply", "may_dispense", "may_administer")
ACT_ORDER = ("ship", "import", "clear_customs", "supply", "dispense", "administer")
# Gates of a dispatch that are judged on the day of arrival only: they may open while the goods fly.
AT_ARRIVAL = frozenset({"may_import"})
# Gates that hold only under a condition of the case.
CONDITIONAL_GATES = {"may_export_controlled": "controlled_drug"}

NO_PERMISSION = {
    "post_supply_notification": "the pathway supplies first and notifies afterwards",
    "post_receipt_notification": "the pathway imports first and notifies after receipt",
    "periodic_supply_report": "the pathway reports supplies per period and asks no permission",
    "record_keeping_only": "the pathway asks for a documented check and a record, not for a permission",
    "prior_notification_no_wait": "the pathway asks for a notice, not for an answer",
    "border_clearance": "the pathway judges the papers at the border, after dispatch",
    "import_confirmation": "the pathway confirms each import at customs, after dispatch",
}


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether one act may be done. `state`: open, shut, not_known, or no_gate (allowed, and why no gate is asked)."""

    act: str
    state: str
    on: date
    arrives_on: date | None
    gates: tuple[GateResult, ...]
    missing: tuple[Missing, ...]
    remarks: tuple[str, ...]
    opens_on: date | None
    profile: str
    version: str

    @property
    def allowed(self) -> Truth:
        return {"open": True, "no_gate": True, "shut": False}.get(self.state)

    def to_json(self) -> dict[str, Any]:
        return {
            "act": self.act,
            "state": self.state,
            "allowed": self.allowed,
            "on": self.on.isoformat(),
            "arrives_on": self.arrives_on.isoformat() if self.arrives_on else None,
            "gates": [gate.to_json() for gate in self.gates],
            "missing": [item.to_json() for item in self.missing],
            "remarks": list(self.remarks),
            "opens_on": self.opens_on.isoformat() if self.opens_on else None,
            "profile": self.profile,
            "version": self.version,
        }


def may(
    profile: Profile, act: str, facts: Facts, *, calendars: Calendars, now: datetime, on: date | None = None
) -> Permission:
    """Whether the act may be done on that local day of the profile's jurisdiction (default: the day of `now` there).

    A dispatch is judged on its own day and on the planned import day. Raises ValueError for an unknown act.
    """
    if act not in ACT_GATES:
        raise ValueError(f"There is no act {act!r}. Known: {', '.join(ACT_GATES)}.")
    context = context_of(profile, facts, calendars=calendars, now=now, on=on)
    arrives_on = facts.planned.get("import_day") if act == "ship" else None
    if not profile.in_force(context.on):
        return _not_in_force(act, context)
    has = {fact["gate"] for fact in profile.section("gates")}
    names = [next((name for name in group if name in has), None) for group in ACT_GATES[act]]
    results: list[GateResult] = []
    remarks: list[str] = []
    for name in filter(None, names):
        condition = CONDITIONAL_GATES.get(name)
        answer = facts.conditions.get(condition) if condition else True
        if answer is False:
            remarks.append(f"The gate {words.spaced(name)} does not apply: not a {words.spaced(condition or '')}.")
            continue
        if answer is None:
            results.append(_condition_unknown(name, condition or "", context))
            continue
        results += _judged(name, act, context, arrives_on, remarks)
    if not results and not remarks:
        return _without_gate(profile, act, has, context, arrives_on)
    return _permission(act, context, arrives_on, results, remarks)


def _judged(name: str, act: str, context: Context, arrives_on: date | None, remarks: list[str]) -> list[GateResult]:
    if act != "ship":
        return [evaluate_gate(name, context)]
    at_dispatch = replace(context, defer_border=True)
    if arrives_on is None:
        remarks.append("No import day is planned: judged as if the goods arrived on the day of dispatch.")
        return [evaluate_gate(name, at_dispatch)]
    at_arrival = replace(at_dispatch, on=max(arrives_on, context.on))
    if name in AT_ARRIVAL or at_arrival.on == context.on:
        return [evaluate_gate(name, at_arrival)]
    leaving, arriving = evaluate_gate(name, at_dispatch), evaluate_gate(name, at_arrival)
    return [leaving] if leaving.open is not True or arriving.open is True else [arriving]


def _permission(
    act: str, context: Context, arrives_on: date | None, results: list[GateResult], remarks: list[str]
) -> Permission:
    truths = [result.open for result in results]
    truth: Truth = False if False in truths else None if None in truths else True
    remarks += [note for result in results for note in result.deferred]
    openings = [result.opens_on for result in results]
    return Permission(
        act=act,
        state=STATES[truth],
        on=context.on,
        arrives_on=arrives_on,
        gates=tuple(results),
        missing=tuple(dict.fromkeys(item for result in results if result.open is not True for item in result.missing)),
        remarks=tuple(dict.fromkeys(remarks)),
        opens_on=max(day for day in openings if day) if all(openings) and openings else None,
        profile=context.profile.key,
        version=context.profile.version,
    )


def _without_gate(profile: Profile, act: str, has: set[str], context: Context, arrives_on: date | None) -> Permission:
    """An act for which the profile has no gate: free by its control model, after its gate, or before it."""

    def free(reason: str) -> Permission:
        remark = f"No gate in this profile for this act: {reason}."
        return Permission(
            act, "no_gate", context.on, arrives_on, (), (), (remark,), context.on, profile.key, profile.version
        )

    if act in ("export", "choose_route") or profile.direction == "outbound":
        return free(f"its control model, {words.spaced(profile.control_model)}, does not govern it")
    model = words.spaced(profile.control_model)
    permissions = [name for name in PERMISSION_ORDER if name in has]
    position = ACT_ORDER.index(act)
    later = [
        name for name in permissions if any(name in group for a in ACT_ORDER[position + 1 :] for group in ACT_GATES[a])
    ]
    if profile.control_model in NO_PERMISSION:
        return free(f"{NO_PERMISSION[profile.control_model]} (control model: {model})")
    if act not in ("dispense", "administer") and later and not _earlier(permissions, act):
        stand_in = evaluate_gate(later[0], replace(context, defer_border=True, defer_documents=True))
        note = (
            f"No gate in this profile for this act; the authority's part of {words.spaced(later[0])} stands in for it."
        )
        return _permission(act, context, arrives_on, [stand_in], [note])
    if permissions:
        tied = ", ".join(words.spaced(name) for name in permissions)
        return free(f"the permission of this pathway is tied to {tied} (control model: {model})")
    return _attested_act(profile, act, context, arrives_on)


def _earlier(permissions: list[str], act: str) -> bool:
    """Whether one of the profile's permissions belongs to an act before this one."""
    before = ACT_ORDER[: ACT_ORDER.index(act)]
    return any(name in group for name in permissions for a in before for group in ACT_GATES[a])


def attested_statement(profile: Profile, act: str) -> str:
    """What a person must attest where a profile knows of a permission but records no gate."""
    pathway = f"{profile.key} {profile.version}"
    return f"{pathway}: the authority's permission for this case covers the act “{words.spaced(act)}”"


def _attested_act(profile: Profile, act: str, context: Context, arrives_on: date | None) -> Permission:
    statement = attested_statement(profile, act)
    verdict = evaluate({"attested_by": {"role": "coordinating_pharmacy", "statement": statement}}, context)
    note = (
        f"The profile records no gate, and its control model, {words.spaced(profile.control_model)}, does not say that "
        "none is needed: not known, ask the authority; a named person attests the answer."
    )
    return Permission(
        act,
        "open" if verdict.truth is True else "not_known",
        context.on,
        arrives_on,
        (),
        verdict.missing,
        (note,),
        context.on if verdict.truth is True else None,
        profile.key,
        profile.version,
    )


def _condition_unknown(name: str, condition: str, context: Context) -> GateResult:
    sentence = f"Not answered: is it a {words.spaced(condition)}? The gate {words.spaced(name)} depends on it."
    judged = evaluate_gate(name, context)
    missing = (Missing(sentence, "coordinating_pharmacy", "plan", condition),)
    return replace(judged, state="not_known", opens_on=None, closes_on=None, missing=missing)


def _not_in_force(act: str, context: Context) -> Permission:
    profile = context.profile
    start = f"from {words.day(profile.effective_from)}" if profile.effective_from else ""
    end = f"until {words.day(profile.effective_to)}" if profile.effective_to else ""
    sentence = f"{profile.key} is in force {' '.join(filter(None, (start, end)))} only, not on {words.day(context.on)}."
    missing = (Missing(sentence, "coordinating_pharmacy", "profile", profile.key),)
    return Permission(act, "shut", context.on, None, (), missing, (), None, profile.key, profile.version)
