"""Where a route closes: the other open routes of the country, and the first day each could be used. Pure.

The day is the best that can be said, not a promise: everything is filed today and complete, nobody objects, and the
authority takes the whole time that the source names. Where it names none, the day is not known: ask the authority.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from cases.deadlines.arithmetic import Computation, Rule, compute
from cases.deadlines.calendars import Calendars
from regulatory.impact.standing import THERE, Standing
from regulatory.profiles import words
from regulatory.profiles.acts import NO_PERMISSION, PERMISSION_ORDER
from regulatory.profiles.asking import THIS_CASE
from regulatory.profiles.facts import Attestation, AuthorizationHeld, DocumentHeld, Event, Facts, Party
from regulatory.profiles.gates import context_of, evaluate_gate
from regulatory.profiles.loader import Profile
from regulatory.profiles.logic import Missing
from regulatory.profiles.looks_at import attested_facts, gate_nodes

ONE = Decimal(1)
# What happens on the day a complete filing goes out, at best; what an authority decides is not among it.
_AT_ONCE = (
    "prescription_signed",
    "statement_completed",
    "ethics_opinion_given",
    "submitted",
    "received_by_regulator",
    "acknowledged",
    "documents_complete",
)
_PAPER_STATES = ("signed", "complete", "valid", "favourable", "shown")


@dataclass(frozen=True, slots=True)
class Route:
    """One other pathway of the country. ``first_on`` is None where the source names no time."""

    key: str
    version: str
    name: str
    first_on: date | None
    why: str

    def to_json(self) -> dict[str, Any]:
        first = self.first_on.isoformat() if self.first_on else None
        return {"key": self.key, "version": self.version, "name": self.name, "first_on": first, "why": self.why}


@dataclass(frozen=True, slots=True)
class Bridge:
    """What one patient has until another route can supply: stock, days of therapy, and the fastest other route.

    ``on_hand_days`` counts today and the last day with medicine in hand; None where no run-out day is known. ``coming``
    are consignments that arrive before the route ends. ``gap_days`` is None where one of the two days is not known.
    """

    on_hand_days: int | None
    lasts_until: date | None
    coming: tuple[str, ...]
    route: Route | None
    gap_days: int | None

    def to_json(self) -> dict[str, Any]:
        return {
            "on_hand_days": self.on_hand_days,
            "lasts_until": self.lasts_until.isoformat() if self.lasts_until else None,
            "coming": list(self.coming),
            "fastest": self.route.to_json() if self.route else None,
            "gap_days": self.gap_days,
        }

    def in_words(self) -> str:
        """One or two sentences for the line of the list."""
        if self.on_hand_days is None or self.lasts_until is None:
            stock = "Stock on hand is not recorded: ask the prescriber."
        else:
            days = f"{self.on_hand_days} {'day' if self.on_hand_days == 1 else 'days'} of therapy"
            stock = f"In hand: {days}, until {words.day(self.lasts_until)}."
        coming = f" Still coming: {', '.join(self.coming)}." if self.coming else ""
        if self.route is None:
            return f"{stock}{coming} No other signed route of this country is open here."
        if self.route.first_on is None:
            return f"{stock}{coming} {self.route.key}: day not known. {self.route.why}"
        gap = ""
        if self.gap_days:
            gap = f", {self.gap_days} {'day' if self.gap_days == 1 else 'days'} without"
        elif self.gap_days == 0:
            gap = ", in time"
        return f"{stock}{coming} Fastest: {self.route.key}, from {words.day(self.route.first_on)} at best{gap}."


def bridge(standing: Standing, fastest: Route | None, *, closes_on: date | None, today: date) -> Bridge:
    """What this patient has, by what is recorded, until the fastest other route can supply."""
    arrives = [
        one for one in standing.shipments if one.where == THERE or closes_on is None or one.arrives_on <= closes_on
    ]
    lasts = standing.runs_out_on
    if lasts is not None:
        lasts += timedelta(days=sum(one.days_of_therapy for one in arrives if one.where == THERE))
    gap = None
    if lasts is not None and fastest is not None and fastest.first_on is not None:
        gap = max(0, (fastest.first_on - lasts).days - 1)
    return Bridge(
        on_hand_days=None if lasts is None else max(0, (lasts - today).days + 1),
        lasts_until=lasts,
        coming=tuple(
            f"{one.label}, {one.days_of_therapy} days, on {words.day(one.arrives_on)}"
            for one in arrives
            if one.where != THERE
        ),
        route=fastest,
        gap_days=gap,
    )


def routes(others: Iterable[Profile], *, calendars: Calendars, now: datetime) -> list[Route]:
    """The fastest first; those whose day is not known last."""
    found = [_route(profile, calendars, now) for profile in others if _usable(profile, calendars, now)]
    return sorted(found, key=lambda route: (route.first_on or date.max, route.key))


def _usable(profile: Profile, calendars: Calendars, now: datetime) -> bool:
    today = now.astimezone(calendars[profile.jurisdiction].tzinfo).date()
    return profile.direction == "inbound" and profile.scope != "stock_no_patient" and profile.in_force(today)


def _route(profile: Profile, calendars: Calendars, now: datetime) -> Route:
    today = now.astimezone(calendars[profile.jurisdiction].tzinfo).date()
    first_on, why = _first_day(_in_office_hours(profile), calendars, now, today)
    return Route(profile.key, profile.version, profile.name, first_on, why)


def _in_office_hours(profile: Profile) -> Profile:
    """Without the gates of an emergency out of hours: they are no route that a supply can be planned on."""
    gates = [fact for fact in profile.section("gates") if "outside_office_hours" not in str(fact.get("expr"))]
    return replace(profile, raw={**profile.raw, "gates": gates})


def _first_day(profile: Profile, calendars: Calendars, now: datetime, today: date) -> tuple[date | None, str]:
    has = {str(fact["gate"]) for fact in profile.section("gates")}
    gates = [name for name in PERMISSION_ORDER if name in has]
    if not gates:
        why = NO_PERMISSION.get(profile.control_model)
        return (today, f"{words.capital(why)}.") if why else (None, "No gate is recorded: ask the authority.")
    opens, lacks = _opens(profile, gates, _facts(profile, today, None), calendars, now, today)
    if opens is not None:
        wait = "nothing is waited for" if opens == today else "the waiting window runs out in silence"
        return opens, f"If all is filed today, {wait}."
    decided = _decided_on(profile, calendars, today)
    if decided is None and {one.kind for one in lacks} & {"authorization", "event"}:
        return None, "The authority's time to decide is not known: ask it."
    if decided is None:
        return None, " ".join(one.sentence for one in lacks[:1]) or "Its gates are not known: ask the authority."
    at = datetime.combine(decided, time(12), tzinfo=calendars[profile.jurisdiction].tzinfo)
    opens, lacks = _opens(profile, gates, _facts(profile, today, decided), calendars, at.astimezone(UTC), decided)
    if opens is None:
        return None, f"A decision alone does not open it. {' '.join(one.sentence for one in lacks[:1])}".strip()
    return opens, "If all is filed today and the authority takes the longest time that its source names."


def _opens(
    profile: Profile, gates: list[str], facts: Facts, calendars: Calendars, now: datetime, on: date
) -> tuple[date | None, list[Missing]]:
    context = context_of(profile, facts, calendars=calendars, now=now, on=on)
    results = [evaluate_gate(name, context) for name in gates]
    known = [found.opens_on for found in results if found.opens_on is not None]
    lacks = [one for found in results if found.open is not True for one in found.missing]
    return (max(known), lacks) if len(known) == len(results) else (None, lacks)


def _facts(profile: Profile, today: date, decided: date | None) -> Facts:
    """The best case: all papers in every state and scope that a gate asks for, the right consignee, every signature."""
    nodes = list(gate_nodes(profile))
    papers = [node["document"] for node in nodes if isinstance(node.get("document"), Mapping)]
    parties = [node["party"] for node in nodes if isinstance(node.get("party"), Mapping)]
    permits = [node["authorisation"] for node in nodes if isinstance(node.get("authorisation"), Mapping)]
    aspects = {str(aspect): (THIS_CASE,) for permit in permits for aspect in permit["covers"]}
    kinds = dict.fromkeys((str(permit.get("level", "case")), permit.get("document")) for permit in permits)
    day = decided or today
    return Facts(
        events=(*(Event(name, today) for name in _AT_ONCE), *((Event("decided_granted", day),) if decided else ())),
        documents=tuple(
            DocumentHeld(
                str(paper["type"]),
                _PAPER_STATES,
                issued_on=today,
                held_by=tuple(filter(None, [paper.get("held_by")])),
                scopes=tuple(filter(None, [paper.get("scope")])),
            )
            for paper in papers
        ),
        authorizations=tuple(
            AuthorizationHeld(
                "assumed",
                level=level,
                covers=aspects,
                valid_from=day,
                valid_until=day + timedelta(days=365),
                uses_left=1,
                quantity_left=ONE,
                document=letter,
            )
            for level, letter in (kinds if decided else ())
        ),
        parties={str(one["party"]): Party(str(one["is_one_of"][0]), ("name", "civic_address")) for one in parties},
        attestations=tuple(_attested(profile, today)),
        planned={"import_day": day, "shipped": day},
        subject=dict.fromkeys(aspects, THIS_CASE),
        quantity=ONE,
    )


def _attested(profile: Profile, today: date) -> Iterator[Attestation]:
    for fact, pairs in attested_facts(profile).items():
        for role, statement in pairs:
            yield Attestation(role, statement, today, reference=fact)


def _decided_on(profile: Profile, calendars: Calendars, today: date) -> date | None:
    """The last day of the longest time to decide that the source names, urgent ones aside."""
    calendar = calendars[profile.jurisdiction]
    days = []
    for fact in profile.section("decision_times"):
        if fact["max"] is None or fact["kind"].endswith("_urgent"):
            continue
        rule = Rule(fact["starts_on"], fact["max"], fact["unit"], calendar.code, calendar.zone, kind="forecast")
        done = compute(rule, anchor=today, calendar=calendar)
        if isinstance(done, Computation):
            days.append(done.due_on)
    return max(days, default=None)
