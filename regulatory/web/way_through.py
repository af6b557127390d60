"""The way through a pathway as a picture: who does what in which order, where the clock runs, what can stop it.

Read from the pathway's own data under its control model; nothing here knows a country. It is drawn by
:mod:`regulatory.web.way_drawn`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from cases.deadlines.calendars import installed
from cases.deadlines.computation import COMPUTABLE_UNITS
from cases.web.words import capital, day_with_year, joined
from regulatory.pathway import submitters
from regulatory.profiles import words
from regulatory.profiles.facts import Event, Facts
from regulatory.profiles.gates import evaluate_gates
from regulatory.profiles.loader import Profile
from regulatory.profiles.looks_at import nodes_in
from regulatory.profiles.papers import AFTER_THE_SUPPLY, WITH_THE_SHIPMENT
from regulatory.web.control_models import ControlModel
from regulatory.web.fact_words import GATES, document_title, duty_title, span, tell

AFTERWARDS = ("post_supply_notification", "post_receipt_notification", "emergency_regularisation")
REPORTS = (*AFTERWARDS, "periodic_supply_report", "outcome_report", "quantity_account")
WINDOW, PAPERS = "statutory_objection_window", 3
# A condition longer than this stands among the facts only.
LONGEST_LINE = 100


@dataclass(frozen=True, slots=True)
class Station:
    """One box on the way; ``days`` makes it a window of so many days, ``look`` its ground."""

    title: str
    lines: tuple[str, ...] = ()
    look: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """The stations in order, what may happen beside the usual way, and the clocks that start on it."""

    stations: tuple[Station, ...]
    branches: tuple[Station, ...]
    clocks: tuple[Station, ...] = ()

    @property
    def sentence(self) -> str:
        """The whole picture in words, for readers who do not see it."""
        usual = "; then ".join(_told(one) for one in self.stations)
        return f"{usual}." + "".join(f" {_told(one)}." for one in (*self.branches, *self.clocks))


def way_through(profile: Profile, model: ControlModel) -> Way:
    """What a pathway's data say about its order of steps."""
    return Way(
        tuple(station for name in model.way for station in [_STATIONS[name](profile)]),
        tuple(_branches(profile)),
        tuple(_clocks(profile, model)),
    )


def worked_example(profile: Profile, *, on: date) -> str:
    """A waiting window counted once, by the same rule that judges cases; empty where none runs."""
    for gate in profile.section("gates"):
        starts = _window_event(gate.get("expr"))
        if not starts:
            continue
        now = datetime.combine(on, time(12), tzinfo=UTC)
        facts = Facts(events=(Event(starts, on), Event("submitted", on)))
        judged = evaluate_gates(profile, facts, calendars=installed(), now=now)
        found = next(one for one in judged if one.gate == gate["gate"])
        if found.opens_on is not None:
            return (
                f"If {words.event(starts)} is dated {day_with_year(on)} and nothing else happens, "
                f"the first open day is {day_with_year(found.opens_on)}."
            )
    return ""


# ---------- What each station says ----------


def _order(profile: Profile) -> Station:
    owners = [str(one["role"]) for one in profile.section("applicants") if {"order", "prescribe"} & set(one["may"])]
    who = words.role(owners[0]) if owners else "the treating prescriber"
    titles = [
        document_title(str(one["doc_type"]))
        for one in profile.section("documents")
        if one["required"] == "always"
        and one.get("owner_role") == "treating_prescriber"
        and one["doc_type"] not in WITH_THE_SHIPMENT | AFTER_THE_SUPPLY
    ]
    more = f" and {len(titles) - PAPERS} more" if len(titles) > PAPERS else ""
    papers = capital(joined(one.lower() for one in titles[:PAPERS])) + more if titles else "judges the need and signs"
    return Station(f"{_short(who)} orders", (papers,))


def _notify(profile: Profile) -> Station:
    return Station(f"{_submitter(profile)} notifies", (_channel(profile),))


def _apply(profile: Profile) -> Station:
    return Station(f"{_submitter(profile)} applies", (_channel(profile),))


def _acknowledge(profile: Profile) -> Station:
    starts = any(one.get("starts_on") == "acknowledged" for one in profile.section("decision_times"))
    said = "this starts the clock; sending does not" if starts else "the authority confirms the receipt"
    return Station(f"{_authority(profile)} acknowledges", (said,), look="accent-weak")


def _window(profile: Profile) -> Station:
    found = next((one for one in profile.section("decision_times") if one["kind"] == WINDOW), None)
    if found is None:
        return Station("The window runs", ("its length is not stated",), look="draft-bg")
    length = span(found["max"], found["unit"])
    silence = {
        "cleared": "silence clears the way",
        "granted": "silence counts as granted",
        "refused": "silence counts as refused",
    }.get(str(found.get("silence_means")), "what silence means is not stated")
    days = int(found["max"] or 0) if found["unit"] in ("calendar_day", "working_day") else 0
    return Station(f"Silence for {length}", (silence,), look="wait-bg", days=days)


def _decide(profile: Profile) -> Station:
    times = [one for one in profile.section("decision_times") if one["kind"] not in ("none", WINDOW)]
    if not times:
        said = "how long it takes is not known"
    else:
        first = times[0]
        length = "no time is stated" if first["max"] is None else span(first["max"], first["unit"], least=first["min"])
        said = {"statutory": "by law: ", "published_target": "own target: ", "observed": "as observed: "}.get(
            first["kind"], ""
        ) + length
    return Station(f"{_authority(profile)} decides", (said,), look="accent-weak")


def _act(profile: Profile) -> Station:
    gates = list(dict.fromkeys(str(one["gate"]) for one in profile.section("gates")))
    named = sorted((GATES[one] for one in gates if one in GATES), key=lambda title: not title.startswith("May "))
    title = named[0] if named else "Act"
    also = tuple(f"also: {one.lower()}" for one in named[1:2])
    silence = () if named else ("no gate is recorded: a named person attests it",)
    opens = str((gates and profile.section("gates")[0]["opens_when"]) or "")
    within = [
        tell(section, one).says.rstrip(".")
        for section in ("quantity_limits", "validity")
        for one in profile.section(section)[:1]
    ]
    lines = (opens if len(opens) <= LONGEST_LINE else "", *also, *silence, *within)
    return Station(title, tuple(one for one in lines if one), look="good-bg")


def _notify_after(profile: Profile) -> Station:
    found = _notified(profile)
    if found is None:
        return Station("Notify afterwards", ("the time is not known",), look="draft-bg")
    told = tell("deadlines", found)
    when = told.says.split(": ", 1)[-1].rstrip(".")
    verb = "reports" if found["deadline_type"] not in AFTERWARDS else "notifies"
    return Station(f"{_short(words.role(found['holder_role']))} {verb}", (when,), look="wait-bg")


def _notified(profile: Profile) -> Mapping[str, Any] | None:
    """The notice or report that stands on the way itself, after the act."""
    return next((one for one in profile.section("deadlines") if one["deadline_type"] in REPORTS), None)


def _keep(profile: Profile) -> Station:
    found = next((one for one in profile.section("deadlines") if one["deadline_type"] == "record_retention"), None)
    said = tell("deadlines", found).says.split(": ", 1)[-1].rstrip(".") if found else "how long is not stated"
    return Station("The record is kept", (said,), look="wait-bg")


def _border(profile: Profile) -> Station:
    return Station("Declared at the border", ("with the papers that travel along",), look="accent-weak")


def _look_up(profile: Profile) -> Station:
    return Station(f"Entry in the list of {_authority(profile)}", ("the conditions of the entry are kept",))


_STATIONS = {
    "order": _order,
    "notify": _notify,
    "apply": _apply,
    "acknowledge": _acknowledge,
    "window": _window,
    "decide": _decide,
    "act": _act,
    "notify_after": _notify_after,
    "keep": _keep,
    "border": _border,
    "look_up": _look_up,
}


def _branches(profile: Profile) -> list[Station]:
    """What may happen beside the usual way, as far as the gates ask about it."""
    asked = {
        str(node[operator])
        for gate in profile.section("gates")
        for node in nodes_in(gate.get("expr"))
        for operator in ("event", "not_event")
        if operator in node
    }
    found = []
    if "objection_received" in asked:
        found.append(Station(f"{_authority(profile)} objects", ("the gate shuts",), look="harm-bg"))
    if "objection_window_waived" in asked:
        urgent = next((one for one in profile.section("decision_times") if one["kind"].endswith("urgent")), None)
        said = f"about {span(urgent['max'], urgent['unit'])}" if urgent else "how fast is not stated"
        found.append(Station("Emergency: the wait may be waived", (said,), look="good-bg"))
    restart = next((one for one in profile.raw["unknown"] if "restart" in one), "")
    if restart:
        found.append(Station("The authority asks a question", (f"not known: {restart}",), look="draft-bg"))
    lead = next((one for one in profile.section("deadlines") if one["deadline_type"].endswith("_notice_lead")), None)
    if lead is not None:
        told = tell("deadlines", lead).says.split(": ", 1)[-1].rstrip(".")
        found.append(Station("A second clock, counted back", (told,), look="care-bg"))
    return found


def _clocks(profile: Profile, model: ControlModel) -> list[Station]:
    """Every clock that an event on the way starts, with its holder; one that cannot be counted is dashed."""
    on_the_way = _notified(profile) if "notify_after" in model.way else None
    kept = "keep" in model.way
    found = []
    for one in profile.section("deadlines"):
        beside = one["deadline_type"].endswith("_notice_lead") or one["deadline_type"] == "objection_window"
        if beside or one is on_the_way or (kept and one["deadline_type"] == "record_retention"):
            continue
        says = tell("deadlines", one).says
        when = says.split(": ", 1)[-1].rstrip(".")
        countable = one["amount"] is not None and one["unit"] in COMPUTABLE_UNITS
        title = duty_title(str(one["deadline_type"]))
        found.append(
            Station(title, (when, words.role(str(one["holder_role"]))), look="wait-bg" if countable else "draft-bg")
        )
    return found


def _submitter(profile: Profile) -> str:
    named = submitters(profile)
    return _short(words.role(named[0].replace(" ", "_"))) if named else "Who files is not stated: somebody"


def _authority(profile: Profile) -> str:
    names = [str(one["value"]) for one in profile.section("authority")]
    short = names[0].split(" (")[0].split(";")[0] if names else "The authority"
    return short if len(short) <= 24 else "The authority"


def _channel(profile: Profile) -> str:
    filed = profile.section("submission")
    if not filed:
        return "how it is filed is not stated"
    said = tell("submission", filed[0]).says
    return said.split(";")[0]


def _short(role: str) -> str:
    return capital(role.removeprefix("the "))


def _window_event(expression: Any) -> str:
    return next((str(n["elapsed_since"]["event"]) for n in nodes_in(expression) if "elapsed_since" in n), "")


def _told(station: Station) -> str:
    return f"{station.title} ({'; '.join(station.lines)})" if station.lines else station.title
