"""What a pathway looks at: the events, papers and statements that its gates and clocks ask for. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from regulatory.profiles.duty import asked_as, asked_whether, condition_words
from regulatory.profiles.gates import attested
from regulatory.profiles.loader import Profile

# Conditions of a case that gates and duties ask about in any pathway.
ALWAYS_ASKED = {"controlled_drug": "controlled drug", "urgent_case": "urgent case"}


def events_of(profile: Profile) -> tuple[str, ...]:
    """The events that this pathway's gates and clocks look at, in the order a case meets them."""
    named = {
        str(node[field])
        for node in gate_nodes(profile)
        for field in ("event", "not_event", "from_event", "as_of", "at_event")
        if isinstance(node.get(field), str)
    }
    for section, field in (("deadlines", "trigger_event"), ("decision_times", "starts_on"), ("validity", "starts_on")):
        named |= {str(fact[field]) for fact in profile.section(section)}
    return tuple(sorted(named - {"unspecified"}, key=_met))


def ways_asked(profile: Profile) -> dict[str, tuple[str, ...]]:
    """The channels and recipients that gates ask of an event, by the event."""
    found: dict[str, dict[str, None]] = {}
    for node in gate_nodes(profile):
        if isinstance(node.get("event"), str):
            for way in (node[field] for field in ("recipient", "channel") if field in node):
                found.setdefault(node["event"], {})[str(way)] = None
    return {event: tuple(ways) for event, ways in found.items()}


def documents_of(profile: Profile) -> dict[str, tuple[str, ...]]:
    """The papers that this pathway's gates ask for, with the states they must be in."""
    found: dict[str, dict[str, None]] = {}
    for node in gate_nodes(profile):
        if isinstance(wanted := node.get("document"), Mapping):
            found.setdefault(wanted["type"], {})[wanted["state"]] = None
    return {doc_type: tuple(states) for doc_type, states in found.items()}


def lists_in(profile: Profile) -> tuple[str, ...]:
    """The dated lists that this pathway's gates look into."""
    wanted = (node.get("list_match") for node in gate_nodes(profile))
    return tuple(dict.fromkeys(str(node["list"]) for node in wanted if isinstance(node, Mapping)))


def parties_in(profile: Profile) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The parties that gates ask about, each with the roles it may have and the particulars that must be known."""
    nodes = (node["party"] for node in gate_nodes(profile) if isinstance(node.get("party"), Mapping))
    return {str(node["party"]): (tuple(node["is_one_of"]), tuple(node.get("has", ()))) for node in nodes}


def offices_of(profile: Profile) -> tuple[str, ...]:
    """The countries whose authority's office hours a gate asks about."""
    nodes = (node.get("outside_office_hours") for node in gate_nodes(profile))
    return tuple(dict.fromkeys(str(node["jurisdiction"]) for node in nodes if isinstance(node, Mapping)))


def asks_for_lots(profile: Profile) -> bool:
    """Whether a gate looks at the shelf life that is left."""
    return any("shelf_life_remaining" in node for node in gate_nodes(profile))


def conditions_asked(profile: Profile) -> dict[str, str]:
    """The conditions of papers and duties in their own words, by the key under which they are answered."""
    found = {
        asked_as(fact, field): text if fact.get(field) else asked_whether(fact)
        for section, field in (("documents", "condition"), ("deadlines", "applies_if"))
        for fact in profile.section(section)
        if (text := condition_words(fact, field))
    }
    return found | {key: text for key, text in ALWAYS_ASKED.items() if key not in found}


def attested_facts(profile: Profile) -> dict[str, tuple[tuple[str, str], ...]]:
    """The (role, statement) pairs that a named person signs, by the gate fact that asks for them."""
    found = {}
    for gate in profile.section("gates"):
        nodes = nodes_in(gate["expr"]) if "expr" in gate else [attested(gate)]
        pairs = [node["attested_by"] for node in nodes if isinstance(node.get("attested_by"), Mapping)]
        if pairs:
            found[str(gate["id"])] = tuple((pair["role"], pair["statement"]) for pair in pairs)
    return found


_ORDER = (
    "prescription_signed", "statement_completed", "ethics_opinion_given", "submitted", "received_by_regulator",
    "acknowledged", "documents_complete", "regulator_request", "objection_received", "objection_window_waived",
    "clinical_hold", "decided_granted", "order_placed", "shipped", "import_day", "received_at_port",
    "border_clearance_issued", "received_by_consignee", "dispensed_or_supplied", "first_dose", "adverse_event_aware",
    "quality_defect_aware", "treatment_ended", "period_ended", "month_ended", "quarter_ended", "anniversary",
    "authorisation_expires", "marketing_authorisation_granted",
)  # fmt: skip


def _met(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def gate_nodes(profile: Profile, gate: str = "") -> Iterator[Mapping[str, Any]]:
    """Every node of every gate expression of the pathway, or of the gates of one name."""
    for fact in profile.section("gates"):
        if gate in ("", fact["gate"]):
            yield from nodes_in(fact.get("expr"))


def nodes_in(expression: Any) -> Iterator[Mapping[str, Any]]:
    """Every node of a gate's expression, the outer before the inner; none where there is no expression."""
    if isinstance(expression, Mapping):
        yield expression
        for part in expression.values():
            yield from nodes_in(part)
    elif isinstance(expression, list):
        for part in expression:
            yield from nodes_in(part)
