"""What one reporting rule, or all of them, say of a report that is only thought of. Pure: no database, no clock.

A question about one rule gives its day 0 and its dates; a question about facts gives the rules that they meet. The
shapes are those of the worked examples that came with the rules (``manage.py reporting_clock``).
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cases.deadlines.calendars import PUBLIC_HOLIDAY, WEEKDAYS, Calendar, Override
from pharmacovigilance.library import RuleLibrary
from pharmacovigilance.rules import Stage, due_by, matching, stages_of

Answer = dict[str, Any]
# A date outside of these is a slip of the pen, and date arithmetic ends at the year 9999.
FIRST_YEAR, LAST_YEAR = 1900, 2200
AN_INSTANT: Final = "Write it with its offset, as 2026-03-02T10:00:00+01:00."
A_DAY: Final = "Write it as 2026-03-02."
A_PATHWAY: Final = "Write a key as “CH-49-1”, or “*” for none in particular."
# Monday to Friday, as the agreements that name none are read.
WEEKEND: Final = frozenset({5, 6})
CLOSED: Final = frozenset({PUBLIC_HOLIDAY, *(WEEKDAYS[day] for day in WEEKEND)})
ROLLS: Final[Mapping[str, frozenset[str]]] = {"none": frozenset(), "next_working_day": CLOSED}
# That a day has no time: only what is counted in days can begin with it.
BEGINNINGS: Final = ("received_at", "day0_date")
# Told beside it: when all four criteria were not held yet, and when the one heard for whom another acts.
BESIDE: Final = ("first_contact_at", "heard_by_holder_at")
INPUTS: Final = (*BEGINNINGS, *BESIDE, "zone", "holidays", "overrides", "first_stage_sent_on", "event")
ABOUT_A_RULE: Final = ("rule_id", "inputs")
ABOUT_FACTS: Final = ("jurisdictions", "pathway", "facts")


class NotAnswerable(ValueError):
    """The question cannot be answered as it is asked; ``faults`` name field, value and remedy, a sentence each."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def answer(question: Any, *, library: RuleLibrary, pathways: Collection[str]) -> Answer:
    """Answer one question in the form of an example, or of a selection example; what is only told beside is ignored.

    :raises NotAnswerable: naming every field that cannot be used.
    """
    if not isinstance(question, Mapping):
        raise NotAnswerable("The question is no object. Write {“rule_id”: …, “inputs”: {…}}.")
    if "rule_id" in question:
        return dates_of(question["rule_id"], question.get("inputs"), library=library)
    if "facts" in question:
        return selected_by(question, library=library, pathways=pathways)
    raise NotAnswerable("The question has neither “rule_id” with “inputs” nor “facts” with a place and a pathway.")


def dates_of(rule_id: Any, inputs: Any, *, library: RuleLibrary) -> Answer:
    """``day0`` and ``due_date`` with ``due_before``, the first instant after it; for hours ``due_at``.

    With a second stage also ``second_stage_due_date``, and ``second_stage_strict_due_date`` from the day on which the
    first stage was sent. A working figure of the house says so (``planning_figure``); a rule that says that nothing
    need be sent has no date (``no_duty``).
    """
    try:
        rule = library[rule_id if isinstance(rule_id, str) else ""]
    except LookupError:
        raise NotAnswerable(f"rule_id: there is no reporting rule {rule_id!r}.") from None
    asked = _Asked(inputs)
    first, *more = stages_of(rule)
    anchor = asked.anchor(first)
    if asked.sent_on is not None and asked.sent_on < asked.day0:
        asked.faults.append("inputs.first_stage_sent_on: lies before day 0. Nothing is sent before it is heard.")
    asked.answerable()
    if not rule.obliges:
        return {"day0": asked.day0.isoformat(), "due_date": None, "no_duty": True}
    due = due_by(rule, first, anchor=anchor, calendar=asked.calendar, zone=asked.zone.key)
    told: Answer = {"day0": asked.day0.isoformat()}
    if first.unit == "hour":
        told["due_at"] = due.due_at.astimezone(asked.zone).isoformat()
    else:
        told["due_date"] = due.due_on.isoformat()
        told["due_before"] = (due.due_at + timedelta(microseconds=1)).astimezone(asked.zone).isoformat()
    for second in more:
        for name, start in (("due_date", due.due_on), ("strict_due_date", asked.sent_on)):
            if start is not None:
                later = due_by(rule, second, anchor=start, calendar=asked.calendar, zone=asked.zone.key)
                told[f"second_stage_{name}"] = later.due_on.isoformat()
    return told | ({"planning_figure": True} if first.is_working_figure else {})


def selected_by(question: Mapping[str, Any], *, library: RuleLibrary, pathways: Collection[str]) -> Answer:
    """``matched``: the ids of the rules that the facts meet; ``undecided``: of those that turn on a fact not known.

    :param pathways: those that there are. The rules of a key that is none would silently be left out.
    """
    faults = [f"{name}: is missing." for name in ABOUT_FACTS if name not in question]
    places, pathway, facts = (question.get(name) for name in ABOUT_FACTS)
    known = {rule.jurisdiction for rule in library.rules}
    if not isinstance(places, list) or not all(isinstance(place, str) for place in places):
        faults.append("jurisdictions: is no list of codes. Write [“CH”, “CONTRACT”].")
    else:
        faults += [f"jurisdictions: there are no rules for {one!r}." for one in places if one not in known]
    if not isinstance(pathway, str):
        faults.append(f"pathway: is no key of a pathway. {A_PATHWAY}")
    elif pathway not in ("*", *pathways):
        faults.append(f"pathway: there is no pathway {pathway!r}. {A_PATHWAY}")
    if not isinstance(facts, Mapping):
        faults.append("facts: is no object of facts by name.")
    else:
        faults += [f"facts.{name}: the rules know no such fact." for name in sorted(set(facts) - set(library.facts))]
        faults += _unlike(facts, library)
    if faults:
        raise NotAnswerable(*dict.fromkeys(faults))
    found = matching(library.rules, jurisdictions=places or [], pathway=pathway or "", facts=facts or {})
    return {
        "matched": sorted(one.rule.id for one in found if one.is_certain),
        "undecided": sorted(one.rule.id for one in found if not one.is_certain),
    }


def _unlike(facts: Mapping[str, Any], library: RuleLibrary) -> list[str]:
    """Facts whose values no rule could compare: a word where yes or no is asked, one word where several are."""
    faults = []
    for name, value in facts.items():
        shape = library.facts.get(name, "")
        if value is None or not shape:
            continue
        if shape.startswith("boolean") and not isinstance(value, bool):
            faults.append(f"facts.{name}: {value!r} is neither true, false nor null.")
        elif shape.startswith("set of"):
            words = shape.removeprefix("set of ").split(", ")
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                faults.append(f"facts.{name}: {value!r} is no list. Write a list of: {', '.join(words)}.")
            else:
                faults += [
                    f"facts.{name}: {one!r} is not one of: {', '.join(words)}." for one in value if one not in words
                ]
        elif "|" in shape:
            words = [word.strip() for word in shape.partition(",")[0].split("|")]
            if value not in words:
                faults.append(f"facts.{name}: {value!r} is not one of: {', '.join(words)}.")
    return faults


class _Asked:
    """The inputs of a question, read one by one; what cannot be used is kept as a fault."""

    def __init__(self, inputs: Any) -> None:
        self.faults: list[str] = []
        if not isinstance(inputs, Mapping):
            raise NotAnswerable("inputs: is no object. Write {“received_at”: …, “zone”: …}.")
        self.given = inputs
        self.faults += [
            f"inputs.{name}: is not asked. Known: {', '.join(INPUTS)}." for name in inputs if name not in INPUTS
        ]
        self.zone: ZoneInfo = self._read("zone", _zone) or ZoneInfo("UTC")
        if "zone" not in inputs:
            self.faults.append("inputs.zone: is missing. Write the time zone of who reports, as Europe/Paris.")
        self.sent_on: date | None = self._read("first_stage_sent_on", _day)
        overrides = inputs.get("overrides", {})
        roll = overrides.get("roll", "none") if isinstance(overrides, Mapping) else None
        if not isinstance(roll, str) or roll not in ROLLS or set(overrides) - {"roll"}:
            self.faults.append(f"inputs.overrides: {overrides!r}; only roll can be set, to {' or '.join(ROLLS)}.")
        self.calendar = Calendar(
            code="given", name="the days given", zone=self.zone.key, version="given", weekend=WEEKEND,
            roll_days=ROLLS.get(str(roll), frozenset()), overrides=self._holidays(),
        )  # fmt: skip
        self.day0 = date.min

    def anchor(self, first: Stage) -> date | datetime:
        """What is counted from, with ``day0`` set to its local day."""
        there = [name for name in BEGINNINGS if name in self.given]
        if len(there) != 1:
            self.faults.append("inputs: give either received_at, an instant, or day0_date, a day.")
            return date.min
        if there == ["day0_date"]:
            self.day0 = self._read("day0_date", _day) or date.min
            if first.unit == "hour":
                self.faults.append("inputs.day0_date: hours are counted from an instant. Give received_at.")
            return self.day0
        moment: datetime | None = self._read("received_at", _instant)
        contact, holder = (self._read(name, _instant) for name in BESIDE)
        if moment is None:
            return date.min
        if contact is not None and contact > moment:
            self.faults.append("inputs.first_contact_at: lies after received_at, when all four criteria were held.")
        # Who acts for the holder gives it its day 0; what the holder heard before counts from then.
        moment = min(moment, holder or moment)
        self.day0 = moment.astimezone(self.zone).date()
        return moment

    def answerable(self) -> None:
        if self.faults:
            raise NotAnswerable(*self.faults)

    def _read(self, name: str, reading: Callable[[Any], Any]) -> Any:
        if name not in self.given:
            return None
        try:
            return reading(self.given[name])
        except ValueError as wrong:
            self.faults.append(f"inputs.{name}: {self.given[name]!r} {wrong}")
            return None

    def _holidays(self) -> dict[date, tuple[Override, ...]]:
        given = self.given.get("holidays", [])
        if not isinstance(given, list):
            self.faults.append(f"inputs.holidays: {given!r} is no list of days.")
            return {}
        found: dict[date, tuple[Override, ...]] = {}
        for text in given:
            try:
                day = _day(text)
            except ValueError as wrong:
                self.faults.append(f"inputs.holidays: {text!r} {wrong}")
            else:
                found[day] = (Override("given", day, "holiday", "holiday as given", "the question"),)
        return found


def _zone(text: Any) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise ValueError("is no time zone. Write it as Europe/Paris.") from None


def _day(text: Any) -> date:
    try:
        return _near(date.fromisoformat(text))
    except (TypeError, ValueError):
        raise ValueError(f"is no day between {FIRST_YEAR} and {LAST_YEAR}. {A_DAY}") from None


def _instant(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        _near(moment.date())
    except (TypeError, ValueError):
        raise ValueError(f"is no instant between {FIRST_YEAR} and {LAST_YEAR}. {AN_INSTANT}") from None
    if moment.utcoffset() is None:
        raise ValueError(f"says no offset from UTC. {AN_INSTANT}")
    return moment


def _near(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("too far away")
    return day
