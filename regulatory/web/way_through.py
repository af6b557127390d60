"""The way through a pathway as a picture: who does what in which order, where the clock runs, what can stop it.

Drawn from the pathway's own data under its control model; nothing here knows a country. Wide and narrow are drawn
apart, so that type is never scaled (the look, section 6).
"""

import textwrap
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from markupsafe import Markup

from cases.deadlines.calendars import installed
from cases.web.svg import diamond, line, paint, rect, svg, text
from cases.web.words import capital, day_with_year, joined
from regulatory.pathway import submitters
from regulatory.profiles import words
from regulatory.profiles.facts import Event, Facts
from regulatory.profiles.gates import evaluate_gates
from regulatory.profiles.loader import Profile
from regulatory.web.control_models import ControlModel
from regulatory.web.fact_words import GATES, document_title, span, tell

AFTERWARDS = ("post_supply_notification", "post_receipt_notification", "emergency_regularisation")
REPORTS = (*AFTERWARDS, "periodic_supply_report", "outcome_report", "quantity_account")
WINDOW, PAPERS = "statutory_objection_window", 3
WIDE, NARROW, HEAD = 1150, 328, 13.0
# Units of a picture one letter takes, on average, in the two sizes of type used here.
TITLE_LETTER, LINE_LETTER = 7.0, 6.1


@dataclass(frozen=True, slots=True)
class Station:
    """One box on the way; ``days`` makes it a window of so many days, ``look`` its ground."""

    title: str
    lines: tuple[str, ...] = ()
    look: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """The stations in order, and what may happen beside the usual way."""

    stations: tuple[Station, ...]
    branches: tuple[Station, ...]

    @property
    def sentence(self) -> str:
        """The whole picture in words, for readers who do not see it."""
        usual = "; then ".join(_told(one) for one in self.stations)
        return f"{usual}." + "".join(f" {_told(one)}." for one in self.branches)


def way_through(profile: Profile, model: ControlModel) -> Way:
    """What a pathway's data say about its order of steps."""
    return Way(
        tuple(station for name in model.way for station in [_STATIONS[name](profile)]),
        tuple(_branches(profile)),
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


def draw(way: Way, key: str) -> tuple[Markup, Markup]:
    """The picture for a wide page and for a phone."""
    title = f"{key} as a flow"
    return (
        _wide(way, f"{key.lower()}-w", title),
        _narrow(way, f"{key.lower()}-n", title),
    )


# ---------- What each station says ----------


def _order(profile: Profile) -> Station:
    owners = [str(one["role"]) for one in profile.section("applicants") if {"order", "prescribe"} & set(one["may"])]
    who = words.role(owners[0]) if owners else "the treating prescriber"
    titles = [
        document_title(str(one["doc_type"]))
        for one in profile.section("documents")
        if one["required"] == "always" and one.get("owner_role") == "treating_prescriber"
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
    silence = {"cleared": "silence clears the way", "granted": "silence counts as granted"}.get(
        str(found.get("silence_means")), "what silence means is not stated"
    )
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
    named = [GATES[one] for one in gates if one.startswith("may_") and one in GATES]
    title = named[0] if named else "Act"
    also = tuple(f"also: {one.lower()}" for one in named[1:2])
    silence = () if named else ("no gate is recorded: a named person attests it",)
    return Station(title, (*also, *silence), look="good-bg")


def _notify_after(profile: Profile) -> Station:
    found = next((one for one in profile.section("deadlines") if one["deadline_type"] in REPORTS), None)
    if found is None:
        return Station("Notify afterwards", ("the time is not known",), look="draft-bg")
    told = tell("deadlines", found)
    when = told.says.split(": ", 1)[-1].rstrip(".")
    verb = "reports" if found["deadline_type"] not in AFTERWARDS else "notifies"
    return Station(f"{_short(words.role(found['holder_role']))} {verb}", (when,), look="wait-bg")


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
        for node in _walk(gate.get("expr"))
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
    return next((str(n["elapsed_since"]["event"]) for n in _walk(expression) if "elapsed_since" in n), "")


def _walk(expression: Any) -> list[dict[str, Any]]:
    if isinstance(expression, dict):
        return [expression, *(node for part in expression.values() for node in _walk(part))]
    if isinstance(expression, list):
        return [node for part in expression for node in _walk(part)]
    return []


def _told(station: Station) -> str:
    return f"{station.title} ({'; '.join(station.lines)})" if station.lines else station.title


# ---------- Drawing ----------

_EDGE = {
    "accent-weak": ("accent", "ink"),
    "wait-bg": ("wait", "wait"),
    "good-bg": ("good", "good"),
    "harm-bg": ("harm", "harm"),
    "care-bg": ("care", "care"),
    "draft-bg": ("draft", "draft"),
    "": ("edge", "ink"),
}


def _wide(way: Way, key: str, title: str) -> Markup:
    gap, y = 26.0, 20.0
    shares = [1.7 if one.days else 1.0 for one in way.stations]
    unit = (WIDE - gap * (len(shares) - 1)) / sum(shares)
    boxes = [
        (station, share * unit, _lines(station, share * unit, number))
        for number, (station, share) in enumerate(zip(way.stations, shares, strict=True), start=1)
    ]
    height = max(_height(lines, station) for station, _, lines in boxes)
    parts, x = [], 0.0
    for nth, (station, width, lines) in enumerate(boxes):
        parts += _box(station, lines, x, y, width, height)
        if nth < len(boxes) - 1:
            parts += _arrow_right(x + width, x + width + gap, y + 24)
        x += width + gap
    bottom = y + height
    if way.branches:
        top, across = bottom + 44, (WIDE - gap * (len(way.branches) - 1)) / max(3, len(way.branches))
        parts.append(text(0, top - 14, "Beside the usual way:", "2", 12, weight=600))
        tall = max(_height(_lines(one, across), one) for one in way.branches)
        for nth, branch in enumerate(way.branches):
            parts += _box(branch, _lines(branch, across), nth * (across + gap), top, across, tall, dashed=True)
        bottom = top + tall
    return svg(WIDE, bottom + 6, parts, title=title, desc=way.sentence, key=key, classes="wide-only")


def _narrow(way: Way, key: str, title: str) -> Markup:
    parts, y = [], 2.0
    for number, station in enumerate(way.stations, start=1):
        lines = _lines(station, NARROW, number)
        height = _height(lines, station)
        parts += _box(station, lines, 0, y, NARROW, height)
        y += height
        if number < len(way.stations):
            parts += _arrow_down(40, y, y + 22)
            y += 24
    if way.branches:
        y += 34
        parts.append(text(0, y - 12, "Beside the usual way:", "2", 12, weight=600))
        for branch in way.branches:
            lines = _lines(branch, NARROW)
            height = _height(lines, branch)
            parts += _box(branch, lines, 0, y, NARROW, height, dashed=True)
            y += height + 10
    return svg(NARROW, y + 4, parts, title=title, desc=way.sentence, key=key, classes="narrow-only")


def _lines(station: Station, width: float, number: int = 0) -> tuple[list[str], list[str]]:
    room = width - 20
    title = f"{number}  {station.title}" if number else station.title
    below = [part for one in station.lines for part in textwrap.wrap(one, max(8, int(room / LINE_LETTER)))]
    return textwrap.wrap(title, max(8, int(room / TITLE_LETTER))), below


def _height(lines: tuple[list[str], list[str]], station: Station) -> float:
    return 14 + 17 * len(lines[0]) + 15 * len(lines[1]) + (34 if station.days else 0) + 4


def _box(
    station: Station,
    lines: tuple[list[str], list[str]],
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    dashed: bool = False,
) -> list[str]:
    edge, tone = _EDGE[station.look]
    unknown = station.look == "draft-bg" or dashed
    parts = [rect(x, y, width, height, station.look or "surface", edge, 1.3, 4, "5 4" if unknown else "")]
    at = y + 20
    for one in lines[0]:
        parts.append(text(x + 10, at, one, tone, HEAD, weight=600))
        at += 17
    if station.days:
        parts += _days(station.days, x + 10, at - 8, width - 20)
        at += 34
    for one in lines[1]:
        parts.append(text(x + 10, at, one, "2", 11.5))
        at += 15
    if station.look == "good-bg" and not dashed:
        parts.append(diamond(x + width - 14, y + 15, 6, "good"))
    return parts


def _days(count: int, x: float, y: float, width: float) -> list[str]:
    """Every day of a window as a cell; the first, each seventh and the last bear their number."""
    step = width / count
    parts = []
    for nth in range(1, count + 1):
        at = x + (nth - 1) * step
        box = f'x="{at:.1f}" y="{y:.1f}" width="{max(1.0, step - 1.5):.1f}" height="24"'
        parts.append(f"<rect {box} {paint('surface', 'wait', 0.8)}/>")
        if nth in (1, count) or (nth % 7 == 0 and step > 4):
            parts.append(text(at + step / 2, y + 16, str(nth), "wait", 11, "middle", 600, halo=step < 14))
    return parts


def _arrow_right(x1: float, x2: float, y: float) -> list[str]:
    head = f'<path d="M{x2:.1f} {y:.1f}L{x2 - 6:.1f} {y + 3:.1f}L{x2 - 6:.1f} {y - 3:.1f}Z" {paint("edge")}/>'
    return [line(x1, y, x2 - 5, y, "edge", 1.5), head]


def _arrow_down(x: float, y1: float, y2: float) -> list[str]:
    head = f'<path d="M{x:.1f} {y2:.1f}L{x - 3:.1f} {y2 - 6:.1f}L{x + 3:.1f} {y2 - 6:.1f}Z" {paint("edge")}/>'
    return [line(x, y1, x, y2 - 5, "edge", 1.5), head]
