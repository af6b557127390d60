"""What the pages, verbs and requirements ask of a pathway's data: authorities, kinds of filing, coverage, statements.

Everything is read from the version that the case pins, never from the product's newest data.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from regulatory.models import Filing, ProfileVersion
from regulatory.profiles.acts import ACT_ORDER, NO_PERMISSION, PERMISSION_ORDER, attested_statement
from regulatory.profiles.loader import Profile, load
from regulatory.profiles.looks_at import nodes_in
from regulatory.profiles.words import spaced

HOUSE = "coordinating_pharmacy"
STANDING = "standing"

# What is filed under each control model, as a suggestion; the person who opens the filing decides.
KIND_BY_CONTROL_MODEL = {
    "post_supply_notification": Filing.Kind.NOTIFICATION,
    "post_receipt_notification": Filing.Kind.NOTIFICATION,
    "prior_notification_no_wait": Filing.Kind.NOTIFICATION,
    "prior_notification_objection_window": Filing.Kind.NOTIFICATION,
    "import_confirmation": Filing.Kind.NOTIFICATION,
    "periodic_supply_report": Filing.Kind.REPORT,
    "record_keeping_only": Filing.Kind.STATEMENT,
    "list_based": Filing.Kind.STATEMENT,
    "enforcement_discretion": Filing.Kind.STATEMENT,
    "border_clearance": Filing.Kind.STATEMENT,
}


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that a gate asks a named person to sign; ``code`` names it in forms and events."""

    code: str
    fact: str
    role: str
    text: str


def profile_of(version: ProfileVersion) -> Profile:
    """The pathway as pure data, from exactly the bytes that were signed."""
    key = (version.data_sha256, version.version)
    found = _PROFILES.get(key)
    if found is None:
        drafted = Profile.from_raw(version.data, readings=load().readings)
        # A copy carries the draft's data; what rests on it names the version that was signed.
        found = replace(drafted, version=version.version)
        if len(_PROFILES) >= 256:
            _PROFILES.clear()
        _PROFILES[key] = found
    return found


# By the fingerprint of the data: a version's data never change, so that nothing here goes stale.
_PROFILES: dict[tuple[str, str], Profile] = {}


def in_use(versions: Iterable[ProfileVersion]) -> ProfileVersion:
    """The version of one pathway that cases rest on: signed before demonstration copies, else the newest that stands.

    A newer draft does not take the place of what is in use before somebody signs it.
    """
    active, retired = ProfileVersion.Status.ACTIVE, ProfileVersion.Status.RETIRED
    return max(
        versions,
        key=lambda one: (
            one.status == active and not one.is_demonstration,
            one.status == active,
            one.status != retired,
            one.pk,
        ),
    )


def named(version: ProfileVersion) -> str:
    """The version in words, with what a reader must know of it: "UK-SPECIALS 1.0.0-demo (demonstration copy)"."""
    if version.is_demonstration:
        return f"{version} (demonstration copy)"
    if version.status in (ProfileVersion.Status.DRAFT, ProfileVersion.Status.REVIEWED):
        return f"{version} ({'unreviewed' if version.status == ProfileVersion.Status.DRAFT else 'unsigned'} draft)"
    return str(version)


def rule_named(version: ProfileVersion, what: str, sources: tuple[str, ...] = ()) -> str:
    """How a finding names the rule it rests on: version, fact and the ids of its sources."""
    cited = f" [{', '.join(sources)}]" if sources else ""
    return f"{named(version)}, {what}{cited}"


def authorities(profile: Profile) -> list[str]:
    """The authorities of the pathway, in the order of its data."""
    return [str(entry["value"]) for entry in profile.section("authority")]


def suggested_kind(profile: Profile) -> str:
    """What is usually filed under this pathway's control model."""
    return str(KIND_BY_CONTROL_MODEL.get(profile.control_model, Filing.Kind.APPLICATION))


def submitters(profile: Profile) -> list[str]:
    """The roles that the data let submit, in words."""
    return [
        str(entry["role"]).replace("_", " ")
        for entry in profile.section("applicants")
        if "submit" in entry.get("may", [])
    ]


def zone_name(profile: Profile) -> str:
    """The IANA time zone in which the authority's days are counted."""
    return load().jurisdictions[profile.jurisdiction].zone


def local_day(profile: Profile, instant: datetime) -> date:
    """The day it is for the authority at that instant."""
    return instant.astimezone(load().jurisdictions[profile.jurisdiction].tzinfo).date()


def silence_clears(profile: Profile) -> bool:
    """Whether the authority's silence lets the act go ahead (cleared) or counts as its consent (granted)."""
    return any(entry.get("silence_means") in ("cleared", "granted") for entry in profile.section("decision_times"))


def silence_refuses(profile: Profile) -> bool:
    """Whether the authority's silence counts as its refusal (edge case 25)."""
    return any(entry.get("silence_means") == "refused" for entry in profile.section("decision_times"))


def unanswered_withdraws(profile: Profile) -> bool | None:
    """Whether a filing whose applicant does not answer in time counts as withdrawn; None where no fact says."""
    told = [entry["unanswered_means"] for entry in profile.section("decision_times") if entry.get("unanswered_means")]
    known = [one for one in told if one != "not_stated"]
    return "deemed_withdrawn" in known if known else None


@dataclass(frozen=True, slots=True)
class AppealTime:
    """How long a refusal can be appealed, from the receipt of its letter, and the fact that says so."""

    amount: int
    unit: str
    fact: str


def appeal_time(profile: Profile) -> AppealTime | None:
    """The shortest time that a fact of the pathway states; None where none does: not known, ask the authority."""
    found = [
        AppealTime(int(entry["appeal_within"]), str(entry["appeal_unit"]), str(entry["id"]))
        for entry in profile.section("decision_times")
        if entry.get("appeal_within") and entry.get("appeal_unit")
    ]
    days = {"year": 365, "month": 28, "week": 7, "working_day": 1.4}
    return min(found, key=lambda one: one.amount * days.get(one.unit, 1), default=None)


def coverage_asked(profile: Profile) -> list[str]:
    """In what an authorization must match the case, by all gates of the pathway together."""
    asked = [str(covered) for _, node in _nodes(profile, "authorisation") for covered in node.get("covers", [])]
    return list(dict.fromkeys(asked))


def authorization_levels(profile: Profile) -> list[str]:
    """For what its authorizations are given: the case, the consignment, the invoice, or standing; in gate order."""
    levels = [str(node.get("level", "case")) for _, node in _nodes(profile, "authorisation")]
    return list(dict.fromkeys(levels)) or ["case"]


def standing_coverage(profile: Profile) -> tuple[str, ...] | None:
    """In what a standing authorization must match a case, by the gates that ask for one; None where none does."""
    nodes = [node for _, node in _nodes(profile, "authorisation") if node.get("level") == STANDING]
    if not nodes:
        return None
    return tuple(dict.fromkeys(str(covered) for node in nodes for covered in node.get("covers", [])))


def needs_authorization(profile: Profile) -> bool:
    """Whether some gate of the pathway opens by an authorization in force."""
    return bool(facts_that_ask_authorization(profile))


def facts_that_ask_authorization(profile: Profile) -> frozenset[str]:
    """The gates' facts that an authorization in force opens; another fact of the same gate may open it without."""
    return frozenset(fact for fact, _ in _nodes(profile, "authorisation"))


def uses_event(profile: Profile, name: str) -> bool:
    """Whether a gate, a deadline or a decision time of the pathway looks at that event."""
    gates = any(
        name in (node.get("event"), node.get("not_event"), node.get("from_event"))
        for gate in profile.section("gates")
        for node in nodes_in(gate.get("expr"))
    )
    return gates or any(
        name in (entry.get("trigger_event"), entry.get("starts_on"))
        for section in ("deadlines", "decision_times", "validity")
        for entry in profile.section(section)
    )


def statements(profile: Profile) -> list[Statement]:
    """Every statement that a gate of the pathway asks a named person to sign."""
    found = [
        (fact, str(node.get("role", "")), str(node.get("statement", "")))
        for fact, node in _nodes(profile, "attested_by")
    ]
    found += [(f"{profile.key}.control_model", HOUSE, text) for text in _attested_acts(profile)]
    found += [
        (str(limit["id"]), HOUSE, limit_statement(limit))
        for limit in profile.section("quantity_limits")
        if not is_comparable(limit)
    ]
    return [
        Statement(code=f"{fact}#{index}", fact=fact, role=role, text=text)
        for index, (fact, role, text) in enumerate(found, start=1)
    ]


def limit_statement(limit: Mapping[str, Any]) -> str:
    """What a pharmacist attests where a limit of the pathway cannot be compared with a consignment."""
    amount = "a small amount" if limit["amount"] is None else f"{limit['amount']} {spaced(str(limit['unit']))}"
    return f"the supply stays within {amount} per {spaced(str(limit['per']))} ({spaced(str(limit['basis_of_limit']))})"


def is_comparable(limit: Mapping[str, Any]) -> bool:
    """Whether a limit is set by a letter or a prescription, or counts days of therapy."""
    if limit["amount"] is None:
        return limit["unit"] in ("per_letter", "per_prescription")
    return limit["basis_of_limit"] == "days_of_therapy" and limit["unit"] in ("calendar_day", "week", "month", "year")


def waits_in(profile: Profile) -> list[str]:
    """The gates that open by the passing of a window."""
    return list(
        dict.fromkeys(
            str(gate["gate"])
            for gate in profile.section("gates")
            if any("elapsed_since" in node for node in nodes_in(gate.get("expr")))
        )
    )


def _attested_acts(profile: Profile) -> list[str]:
    """Where a profile knows of a permission but records no gate, a named person attests it, act by act."""
    gates = {str(gate["gate"]) for gate in profile.section("gates")}
    if profile.direction == "outbound" or profile.control_model in NO_PERMISSION or gates & set(PERMISSION_ORDER):
        return []
    return [attested_statement(profile, act) for act in ACT_ORDER]


def _nodes(profile: Profile, operator: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(fact id of the gate, operand) of every node with that operator."""
    for gate in profile.section("gates"):
        for node in nodes_in(gate.get("expr")):
            if isinstance(operand := node.get(operator), dict):
                yield str(gate["id"]), operand


@lru_cache(maxsize=1)
def event_names() -> tuple[str, ...]:
    """The events that gates and duties are computed from (vocabulary ``expr_event``)."""
    return tuple(load().vocabularies["expr_event"])
