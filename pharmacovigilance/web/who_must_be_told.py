"""Who must be told what by when, if…: the reporting rules asked without a case, from an address that can be shared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases import clock
from cases.countries import name_of
from cases.deadlines.calendars import installed
from cases.deadlines.queries import LedgerLine, steps_of
from cases.lifecycle.typed_days import NotADay, read_moment
from cases.people.models import User
from cases.web.words import hour, place, until
from pharmacovigilance.knowledge import HOUSE_CALENDAR
from pharmacovigilance.library import SECOND_STAGE, ReportingRule, RuleLibrary
from pharmacovigilance.obligations import FORCES, party_of
from pharmacovigilance.rulebook import in_force
from pharmacovigilance.rules import Planned, not_known, plan, select
from pharmacovigilance.terms import REPORT_KINDS
from pharmacovigilance.web.desk import reader
from pharmacovigilance.web.supposed import QUESTIONS, WHAT, WHICH, asked, facts_of
from regulatory.profiles.loader import Profile, load


@dataclass(frozen=True, slots=True)
class Source:
    """A page that stands behind a rule."""

    id: str
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that somebody owes: the words, the date, why, and where the rule comes from."""

    planned: Planned
    who: str
    to: str
    what: str
    force: str
    distance: str
    turns_on: tuple[str, ...]
    lines: tuple[LedgerLine, ...]
    sources: tuple[Source, ...]

    @property
    def rule(self) -> ReportingRule:
        return self.planned.rule


@login_required
def who_must_be_told(request: HttpRequest) -> HttpResponse:
    """The obligations of a report that is only supposed, earliest first; 422 where a word cannot be used."""
    user = reader(request)
    profiles = load().profiles
    what, which = list(asked(request.GET, WHAT)), list(asked(request.GET, WHICH))
    key, typed = request.GET.get("pathway", ""), request.GET.get("heard", "").strip()
    profile = profiles.get(key)
    zone = _zone(profile, user)
    faults = {one.question.name: f"{one.wrong[0]!r} is no answer to this." for one in (*what, *which) if one.wrong}
    if key and profile is None:
        faults["pathway"] = f"There is no pathway {key!r}. Choose one of the list."
    heard = clock.now()
    try:
        heard = read_moment(typed, zone=zone) if typed else heard
    except NotADay as wrong:
        faults["heard"] = str(wrong)
    library = in_force(heard.astimezone(zone).date())
    page: dict[str, Any] = {
        "pathways": _by_country(profiles),
        "chosen": profile,
        "country": name_of(profile.jurisdiction) if profile else "",
        "zone": zone.key,
        "heard": heard,
        "typed": typed or f"{heard.astimezone(zone):%-d %b %Y %H:%M}",
        "groups": (("The event", what), ("The report and the product", which)),
        "faults": faults,
        "library": library,
        "reviewed": sum(rule.is_reviewed for rule in library.rules),
        "answered": profile is not None and not faults,
    }
    if profile is not None and not faults:
        page |= _answer(profile, library, facts_of([*what, *which]), heard, zone, user)
    return render(request, "pharmacovigilance/who_must_be_told.html", page, status=422 if faults else 200)


def _answer(
    profile: Profile, library: RuleLibrary, facts: dict[str, Any], heard: datetime, zone: ZoneInfo, user: User
) -> dict[str, Any]:
    calendars = installed()
    chosen = select(library, country=profile.jurisdiction, pathway=profile.key, facts=facts)
    country = profile.jurisdiction if profile.jurisdiction in calendars else HOUSE_CALENDAR
    planned = plan(
        chosen,
        aware_at=heard,
        calendar=calendars[country],
        zone=zone.key,
        contract_calendar=calendars[HOUSE_CALENDAR],
        contract_zone=user.pharmacy.time_zone if user.pharmacy else user.time_zone,
    )
    told = [_told(one, library, facts, heard, zone) for one in planned]
    return {
        "certain": [one for one in told if one.planned.is_certain],
        "possible": [one for one in told if not one.planned.is_certain],
        "nothing": [(rule, party_of(rule), _sources(rule, library)) for rule in chosen.no_duty],
        "is_default": chosen.is_default,
    }


def _told(planned: Planned, library: RuleLibrary, facts: Mapping[str, Any], heard: datetime, zone: ZoneInfo) -> Told:
    rule = planned.rule
    what = REPORT_KINDS[rule.report_kind]
    return Told(
        planned,
        who=party_of(rule),
        to=planned.recipient,
        what=f"{what}, complete report" if planned.rule_id.endswith(SECOND_STAGE) else what,
        force="" if planned.is_planning_figure else FORCES[rule.force],
        distance=_distance(planned, heard, zone),
        turns_on=tuple(_named(name) for name in not_known(rule.applies_if, facts)),
        lines=tuple(steps_of(planned.due.to_json()["ledger"])),
        sources=_sources(rule, library),
    )


def _named(fact: str) -> str:
    """A fact as the form calls it, or in its own words where the form does not ask for it."""
    return next((one.label for one in QUESTIONS if one.name == fact), fact.replace("_", " ")).lower()


def _distance(planned: Planned, heard: datetime, zone: ZoneInfo) -> str:
    """From the moment of hearing: days, or the hour by which it is due."""
    if planned.due.rule.unit == "hour":
        there = planned.due.rule.zone  # where the day beside it is counted, which need not be where it was heard
        return f"by {hour(planned.due.due_at, zone=there)} {place(there)}"
    return until(planned.due.due_on, today=heard.astimezone(zone).date())


def _sources(rule: ReportingRule, library: RuleLibrary) -> tuple[Source, ...]:
    known = library.sources
    return tuple(Source(id_, known[id_]["title"], known[id_]["address"]) for id_ in rule.sources if id_ in known)


def _by_country(profiles: Mapping[str, Profile]) -> list[tuple[str, list[Profile]]]:
    groups: dict[str, list[Profile]] = {}
    for profile in profiles.values():
        groups.setdefault(name_of(profile.jurisdiction), []).append(profile)
    return sorted(groups.items())


def _zone(profile: Profile | None, user: User) -> ZoneInfo:
    """Where the recipient is, by the pathway's country."""
    calendars = installed()
    return (
        calendars[profile.jurisdiction].tzinfo
        if profile is not None and profile.jurisdiction in calendars
        else ZoneInfo(user.time_zone)
    )
