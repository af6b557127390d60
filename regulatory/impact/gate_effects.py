"""What a change of a gate does to one case: to what is on its way, to what is planned, to the day it opens. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from regulatory.impact.harm import Effect
from regulatory.impact.standing import AHEAD, THERE, UNDER_WAY, Shipment, Standing
from regulatory.profiles import words
from regulatory.profiles.acts import PERMISSION_ORDER
from regulatory.profiles.facts import AuthorizationHeld, Event, Facts, Party
from regulatory.profiles.gates import context_of, evaluate_gate
from regulatory.profiles.loader import Profile
from regulatory.profiles.looks_at import gate_nodes

if TYPE_CHECKING:
    from regulatory.impact.change import RuleChange

# Gates that are judged on the day of arrival, and those that are judged on the day of dispatch.
ON_ARRIVAL = frozenset({"may_import", "customs_release", "consignee"})
ON_DISPATCH = frozenset({"may_ship", "may_export", "may_export_controlled", "supplier_release"})
# After the goods are there: a change of these stops what is with the institution.
IN_USE = frozenset({"may_supply", "may_dispense", "may_administer", "per_patient_step"})
_EVENT_FIELDS = ("event", "not_event", "from_event", "as_of", "at_event")


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a gate stands today and when that turns. ``missing`` is the first thing that keeps it shut."""

    open: bool | None
    opens_on: date | None
    closes_on: date | None
    missing: str
    lacks: frozenset[tuple[str, str]] = frozenset()

    def allows(self, day: date) -> bool:
        """Whether it is open on that day, if nothing else happens."""
        if self.open is True:
            return self.closes_on is None or day < self.closes_on
        return self.opens_on is not None and self.opens_on <= day


FREE = Outlook(open=True, opens_on=None, closes_on=None, missing="")


class Looker:
    """One gate in both versions: which facts of a case it looks at, and the answers it has given already."""

    def __init__(self, gate: str, before: Profile, after: Profile) -> None:
        self.gate = gate
        self.fact = next(
            str(one["id"]) for one in (*after.section("gates"), *before.section("gates")) if one["gate"] == gate
        )
        nodes = [*gate_nodes(before, gate), *gate_nodes(after, gate)]
        self.events = {str(node[name]) for node in nodes for name in _EVENT_FIELDS if isinstance(node.get(name), str)}
        self.papers = {str(node["document"]["type"]) for node in nodes if isinstance(node.get("document"), Mapping)}
        self.lists = {str(node["list"]) for node in nodes if "list" in node and "as_of" in node}
        operators = {name for node in nodes for name in node}
        self.authorizations = "authorisation" in operators
        self.attests = "attested_by" in operators or any(gate_has_no_expression(one, gate) for one in (before, after))
        self.hours = any(node.get("unit") == "hour" for node in nodes)
        self.answers: dict[Any, tuple[Outlook, ...]] = {}

    def outlooks(
        self, change: "RuleChange", standing: Standing, shipment: Shipment | None = None
    ) -> tuple[Outlook, ...]:
        """The gate under both versions with what is recorded of the case; one answer for cases it cannot tell apart.

        :param shipment: judge it with what speaks for this consignment alone.
        """
        events = self._events(change, _own(shipment, "events", standing.events))
        papers = tuple([one for one in standing.documents if one.type in self.papers]) if self.papers else ()
        permits = _own(shipment, "authorizations", standing.authorizations) if self.authorizations else ()
        attested = _own(shipment, "attestations", standing.attestations) if self.attests else ()
        planned = _planned(standing, self.events, shipment)
        keys = change.list_keys.get(standing.medicine, {}) if self.lists else {}
        like = (
            events,
            tuple([(one.type, one.states, one.issued_on, one.valid_until, one.held_by, one.scopes) for one in papers]),
            tuple([_permit_key(one) for one in permits]),
            attested,
            tuple(planned.items()),
            standing.conditions,
            tuple(keys.items()),
        )
        found = self.answers.get(like)
        if found is None:
            facts = Facts(
                events=tuple(Event(*one) for one in events),
                documents=papers,
                authorizations=permits,
                attestations=attested,
                planned=planned,
                conditions=dict(standing.conditions),
                subject=dict.fromkeys(_ASPECTS, THIS),
                parties=_PARTIES,
                lists={name: change.lists[name] for name in self.lists if name in change.lists},
                list_keys=dict(keys),
            )
            found = tuple(_outlook(self.gate, version, facts, change) for version in (change.before, change.after))
            self.answers[like] = found
        return found

    def _events(
        self, change: "RuleChange", events: Iterable[Event]
    ) -> tuple[tuple[str, Any, str | None, str | None], ...]:
        """What the gate looks at, by local day unless it counts hours."""
        zone = change.zone
        return tuple(
            [
                (one.name, one.at if self.hours or not isinstance(one.at, datetime) else one.at.astimezone(zone).date(),
                 one.recipient, one.channel)
                for one in events
                if one.name in self.events
            ]
        )  # fmt: skip


def _own(shipment: Shipment | None, name: str, of_the_case: tuple[Any, ...]) -> tuple[Any, ...]:
    own = getattr(shipment, name) if shipment is not None else None
    return of_the_case if own is None else own


def _permit_key(held: AuthorizationHeld) -> tuple[Any, ...]:
    """All that a gate can see of an authorization, hashable."""
    return (
        held.state,
        held.level,
        tuple(held.covers.items()),
        held.valid_from,
        held.valid_until,
        held.uses_left,
        held.quantity_left,
        held.document,
    )


THIS = "this case"
_ASPECTS = (
    "patient",
    "prescriber",
    "product",
    "indication",
    "applicant",
    "importer",
    "consignee",
    "consignment",
    "port",
)
_PARTIES = {"consignee": Party(role="hospital_pharmacist", has=("name", "civic_address"))}


def gate_has_no_expression(profile: Profile, gate: str) -> bool:
    """Whether a part of the gate is in words only, so that a person attests it."""
    return any("expr" not in fact for fact in profile.section("gates") if fact["gate"] == gate)


def of_gates(change: "RuleChange", standing: Standing) -> Iterator[Effect]:
    """What each changed gate does to this case."""
    for looker in change.lookers:
        before, after = looker.outlooks(change, standing)
        stopped = [one for shipment in standing.shipments for one in _of_shipment(looker, shipment, change, standing)]
        yield from stopped
        if before != after:
            yield from _compared(looker, before, after, change, standing, stopped=bool(stopped))


def _of_shipment(looker: Looker, shipment: Shipment, change: "RuleChange", standing: Standing) -> Iterator[Effect]:
    """What the gate does to one consignment, by its own authorization, port and papers, on its own day."""
    day = _judged_on(looker.gate, shipment, change.today)
    if day is None:
        return
    before, after = looker.outlooks(change, standing, shipment)
    if not before.allows(day) or after.allows(day):
        return
    code = "shipment" if shipment.where == AHEAD else "in_transit" if shipment.where == UNDER_WAY else "gate_shuts"
    what = {
        AHEAD: f"{shipment.label} is planned to arrive on {words.day(shipment.arrives_on)}",
        UNDER_WAY: f"{shipment.label} is under way and arrives on {words.day(shipment.arrives_on)}",
    }.get(shipment.where, f"{shipment.label} is with the institution")
    opens = _opens(after, _act(looker.gate), change.after.version)
    yield Effect(code, shipment.label, f"{what}; {opens}.", looker.fact, day, before.opens_on, after.opens_on)


def _compared(
    looker: Looker, before: Outlook, after: Outlook, change: "RuleChange", standing: Standing, *, stopped: bool
) -> Iterator[Effect]:
    act = _act(looker.gate)
    if looker.gate in PERMISSION_ORDER and (gap := _without(before, after, standing)) is not None:
        lasts, days = gap
        moved = _moved(before, after, act)
        at_least = f"at least {days} {'day' if days == 1 else 'days'} without" if days else "nothing is sure after it"
        says = f"{moved}; the medicine lasts until {words.day(lasts)}: {at_least}."
        yield Effect("without_medicine", "", says, looker.fact, lasts, before.opens_on, after.opens_on)
        return
    if not stopped:
        yield from _of_the_gate(looker, before, after, change, standing)


def _of_the_gate(
    looker: Looker, before: Outlook, after: Outlook, change: "RuleChange", standing: Standing
) -> Iterator[Effect]:
    act = _act(looker.gate)
    moved = _moved(before, after, act) + "."
    if before.open is True and after.open is not True:
        says = f"{words.capital(act)} is allowed today; {_opens(after, act, change.after.version)}."
        record = ", ".join(label for label, _ in standing.permits) if looker.authorizations else ""
        yield Effect("gate_shuts", record, says, looker.fact, change.today, before.opens_on, after.opens_on)
    elif after.open is True and before.open is not True:
        yield Effect("eased", "", f"{words.capital(act)} becomes allowed at once.", looker.fact, change.today)
    elif after.open is True:
        yield from _of_the_end(looker, before, after, act)
    elif before.opens_on != after.opens_on:
        later = after.opens_on is None or (before.opens_on is not None and after.opens_on > before.opens_on)
        code = "gate_later" if later else "eased"
        yield Effect(code, "", moved, looker.fact, before.opens_on or after.opens_on, before.opens_on, after.opens_on)
    elif after.lacks - before.lacks:
        yield Effect("later", "", f"{words.capital(act)} will ask for more: {after.missing}", looker.fact)


def _of_the_end(looker: Looker, before: Outlook, after: Outlook, act: str) -> Iterator[Effect]:
    if before.closes_on == after.closes_on:
        return
    sooner = after.closes_on is not None and (before.closes_on is None or after.closes_on < before.closes_on)
    end = words.day(after.closes_on) if after.closes_on else "no day that is known"
    says = f"{words.capital(act)} stays allowed, until {end}."
    code = "date_sooner" if sooner else "eased"
    yield Effect(code, "", says, looker.fact, after.closes_on, before.closes_on, after.closes_on)


def _outlook(gate: str, profile: Profile, facts: Facts, change: "RuleChange") -> Outlook:
    if all(fact["gate"] != gate for fact in profile.section("gates")):
        return FREE
    context = context_of(profile, facts, calendars=change.calendars, now=change.now)
    found = evaluate_gate(gate, context)
    missing = found.missing[0].sentence if found.missing else ""
    lacks = frozenset((one.kind, one.what) for one in found.missing)
    return Outlook(found.open, None if found.open is True else found.opens_on, found.closes_on, missing, lacks)


def _without(before: Outlook, after: Outlook, standing: Standing) -> tuple[date, int] | None:
    """(last day in hand, days without at least) where the old rule was in time and the new one is not."""
    if standing.runs_out_on is None:
        return None
    there = sum(one.days_of_therapy for one in standing.shipments if one.where == THERE)
    lasts = standing.runs_out_on + timedelta(days=there)
    if not before.allows(lasts) or after.allows(lasts):
        return None
    return lasts, (after.opens_on - lasts).days if after.opens_on is not None else 0


def _judged_on(gate: str, shipment: Shipment, today: date) -> date | None:
    """The day on which this gate judges that consignment; None where it has passed the gate."""
    if gate in ON_ARRIVAL:
        return None if shipment.where == THERE else max(today, shipment.arrives_on)
    if gate in ON_DISPATCH:
        return max(today, shipment.leaves_on) if shipment.where == AHEAD else None
    if gate in IN_USE:
        return max(today, shipment.arrives_on)
    return None


def _planned(standing: Standing, wanted: set[str], shipment: Shipment | None = None) -> dict[str, date]:
    """The days of that consignment; without one, of the first that has not left."""
    ahead = shipment or min(standing.ahead, key=lambda one: one.arrives_on, default=None)
    if ahead is None or not wanted:
        return {}
    days = {"shipped": ahead.leaves_on, "import_day": ahead.arrives_on, "received_by_consignee": ahead.arrives_on}
    return {name: day for name, day in days.items() if name in wanted}


def _act(gate: str) -> str:
    return {
        "may_ship": "shipping",
        "may_import": "import",
        "may_export": "export",
        "may_export_controlled": "export of a controlled drug",
        "may_supply": "supply",
        "may_dispense": "dispensing",
        "may_administer": "giving it",
        "customs_release": "customs release",
        "supplier_release": "the supplier's release",
        "consignee": "receipt by this consignee",
        "per_patient_step": "the step for this patient",
        "route_choice": "the route",
    }.get(gate, words.spaced(gate))


def _opens(after: Outlook, act: str, version: str) -> str:
    if after.opens_on is not None:
        return f"under {version} the first day of {act} is {words.day(after.opens_on)}"
    because = f": {after.missing[:1].lower()}{after.missing[1:].rstrip('.')}" if after.missing else ""
    return f"under {version} {act} is not allowed{because}"


def _moved(before: Outlook, after: Outlook, act: str) -> str:
    was = words.day(before.opens_on) if before.opens_on else "today" if before.open is True else "no day that is known"
    now = words.day(after.opens_on) if after.opens_on else "today" if after.open is True else "no day that is known"
    return f"The first day of {act} moves from {was} to {now}"


def canonical(held: AuthorizationHeld, subject: Mapping[str, str]) -> AuthorizationHeld:
    """An authorization with what it covers said as "this case" or "another", so that like cases look alike."""
    covers = {
        aspect: (THIS,) if subject.get(aspect) in named else ("another",) for aspect, named in held.covers.items()
    }
    return replace(held, covers=covers)
