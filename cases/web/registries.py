"""What branches put on Today and on the case: each registers a function; the trunk's pages ask them all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cases.deadlines.day import Narrowed
from cases.deadlines.models import Harm
from cases.models import Case, CaseEvent, Medicine
from cases.people.models import User


@dataclass(frozen=True)
class Arrived:
    """Something new that nobody has acknowledged."""

    reference: str
    url: str
    kind: str
    what: str
    arrived_at: datetime
    acknowledge_by: datetime | None


Arrivals = Callable[[User, datetime], Iterable[Arrived]]
_ARRIVALS: list[Arrivals] = []


def arrives(source: Arrivals) -> Arrivals:
    """Decorator: these are new; one query a source, at most 50 rows."""
    _ARRIVALS.append(source)
    return source


def newly_arrived(user: User, now: datetime) -> list[Arrived]:
    """What must be acknowledged first, first."""
    return sorted(
        (row for source in _ARRIVALS for row in source(user, now)), key=lambda row: row.acknowledge_by or row.arrived_at
    )


@dataclass(frozen=True)
class HouseDate:
    """A date of the house that belongs to no case: what, whose, why this day, and the page on which it is met."""

    key: str
    about: str
    place: str
    what: str
    url: str
    due_at: datetime
    due_on: date
    zone: str
    harm: Harm
    owner: User | None
    opened_at: datetime
    because: str


HouseDates = Callable[[Narrowed, str, bool, datetime], Iterable[HouseDate]]
_HOUSE_DATES: list[HouseDates] = []


def breaks_in_the_house(source: HouseDates) -> HouseDates:
    """Decorator: dates that belong to no case, for Today; one query a source, at most 25 rows, the first first.

    It is asked with what the reader wants to see, a country or nothing, and whether only the reader's own.
    """
    _HOUSE_DATES.append(source)
    return source


def house_dates(narrowed: Narrowed, *, country: str, mine: bool, now: datetime) -> list[HouseDate]:
    """What breaks in the house, the least slack first."""
    found = (one for source in _HOUSE_DATES for one in source(narrowed, country, mine, now))
    return sorted(found, key=lambda one: (one.due_at, one.key))


@dataclass(frozen=True)
class Change:
    """What became of a thing since the last filing: unchanged (good), to be looked at (care), not enough (harm)."""

    state: str
    sentence: str


Changes = Callable[[Case, datetime], Iterable[Change]]
_CHANGES: list[Changes] = []


def tells_changes(source: Changes) -> Changes:
    """Decorator: what a branch knows to have changed on a case since it was last filed; nothing before a filing."""
    _CHANGES.append(source)
    return source


def changed_since_filing(case: Case, now: datetime) -> list[Change]:
    """The worst first."""
    found = [change for source in _CHANGES for change in source(case, now)]
    return sorted(found, key=lambda change: ("harm", "care", "good").index(change.state))


Drawn = Callable[[Case, User, datetime], dict[str, Any]]
_PANELS: list[tuple[str, Drawn]] = []


def overview_panel(template: str) -> Callable[[Drawn], Drawn]:
    """Decorator: a branch's own picture on the case page; its template finds what this returns as ``panel``."""

    def register(source: Drawn) -> Drawn:
        _PANELS.append((template, source))
        return source

    return register


def overview_panels(case: Case, user: User, now: datetime) -> list[tuple[str, dict[str, Any]]]:
    """Every registered panel that has something to show."""
    return [(template, panel) for template, source in _PANELS if (panel := source(case, user, now))]


OfMedicine = Callable[[Medicine, User, datetime], dict[str, Any]]
_MEDICINE_SHEETS: list[tuple[str, OfMedicine]] = []


def medicine_sheet(template: str) -> Callable[[OfMedicine], OfMedicine]:
    """Decorator: a branch's own sheet on the page of a medicine; its template finds what this returns as ``sheet``."""

    def register(source: OfMedicine) -> OfMedicine:
        _MEDICINE_SHEETS.append((template, source))
        return source

    return register


def medicine_sheets(medicine: Medicine, user: User, now: datetime) -> list[tuple[str, dict[str, Any]]]:
    """Every registered sheet, in the order of the branches."""
    return [(template, source(medicine, user, now)) for template, source in _MEDICINE_SHEETS]


@dataclass(frozen=True)
class Told:
    """Something the pharmacy says to one person abroad on the page of the case; ``paper`` is one to open with it."""

    title: str
    lines: tuple[str, ...]
    who: str
    when_at: datetime
    paper: str = ""


TellsOwn = Callable[[User, Case], Iterable[Told]]
_TELLS_OWN: list[TellsOwn] = []


def tells_abroad(source: TellsOwn) -> TellsOwn:
    """Decorator: what a branch says to a prescriber, a delegate or a receiving pharmacist on their own page."""
    _TELLS_OWN.append(source)
    return source


def told_abroad(user: User, case: Case) -> list[Told]:
    """The newest first."""
    found = [told for source in _TELLS_OWN for told in source(user, case)]
    return sorted(found, key=lambda told: told.when_at, reverse=True)


_DESK_PAGES: dict[str, str] = {}


def desk_page(verb: str, page: str) -> None:
    """A branch's own page for a verb: who goes to the verb's page is led there. Its address is named like ``sign``."""
    _DESK_PAGES[verb] = page


def desk_page_of(verb: str) -> str:
    """The name of the address of a verb's own page at the desk; empty where it has none."""
    return _DESK_PAGES.get(verb, "")


_PROGRESS: dict[str, str] = {}


def tells_progress(verb: str, page: str) -> None:
    """The address that tells how far a verb is while its form waits; asked for case and record."""
    _PROGRESS[verb] = page


_LANDS_ON: dict[str, str] = {}


def lands_on(verb: str, tab: str) -> None:
    """The tab of the case on which a verb's result is read, where that is not the overview."""
    _LANDS_ON[verb] = tab


def tab_of_result(verb: str) -> str:
    """The slug of that tab; empty for the overview."""
    return _LANDS_ON.get(verb, "")


PageOf = Callable[[Case, CaseEvent], str]
_RETURNS: dict[str, PageOf] = {}


def returns_to(*verbs: str) -> Callable[[PageOf], PageOf]:
    """Decorator: the address of the page from which these verbs are taken, and to which they lead back."""

    def register(source: PageOf) -> PageOf:
        _RETURNS.update(dict.fromkeys(verbs, source))
        return source

    return register


def page_after(case: Case, verb: str, event: CaseEvent) -> str:
    """That address; empty for a verb that leads back to the case."""
    source = _RETURNS.get(verb)
    return source(case, event) if source else ""


def progress_page_of(verb: str) -> str:
    """The name of that address; empty for a verb that is done at once."""
    return _PROGRESS.get(verb, "")
