"""What date arithmetic takes and gives: rules, pauses, ledgers, results, and how they are written as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal

Kind = Literal["duty", "waiting_window", "notice_lead", "expiry", "forecast"]
Anchor = date | datetime

COMPUTABLE_UNITS = ("hour", "calendar_day", "working_day", "day_unit_not_stated", "week", "month", "year")
KINDS = ("duty", "waiting_window", "notice_lead", "expiry", "forecast")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is counted, from which event, in whose days. `zone` is an IANA name, `calendar` a jurisdiction code."""

    event: str
    amount: float | None
    unit: str
    calendar: str
    zone: str
    kind: Kind = "duty"
    direction: Literal["after", "before", "each_period"] = "after"
    rule_version: str = ""
    first_counted_day: Literal["day_after_event", "event_day"] = "day_after_event"
    opens: Literal["day_after_last_counted_day", "last_counted_day"] = "day_after_last_counted_day"

    def __post_init__(self) -> None:
        wrong = []
        if self.kind not in KINDS:
            wrong.append(f"kind {self.kind!r} is none of {', '.join(KINDS)}")
        if (self.direction == "before") != (self.kind == "notice_lead"):
            wrong.append("a notice lead counts before its event, every other kind after it")
        if self.first_counted_day not in ("day_after_event", "event_day"):
            wrong.append(f"first_counted_day {self.first_counted_day!r} is not known")
        if self.opens not in ("day_after_last_counted_day", "last_counted_day"):
            wrong.append(f"opens {self.opens!r} is not known")
        if self.amount is not None and self.amount < 0:
            wrong.append("an amount cannot be negative")
        if self.unit in COMPUTABLE_UNITS and self.unit != "hour" and self.amount not in (None, int(self.amount or 0)):
            wrong.append(f"{self.amount} {self.unit}: only whole amounts can be counted")
        if wrong:
            raise ValueError("; ".join(wrong))


@dataclass(frozen=True, slots=True)
class Pause:
    """A clock stop: from the day (or instant) it began up to the day (or instant) the clock runs again, exclusive.

    With dates, the first day does not count and the day of `until` counts again. `until` None means still stopped.
    """

    began: Anchor
    until: Anchor | None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """More time, given by somebody who may: counted on in the rule's own unit from the last counted day."""

    amount: int
    because: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a ledger: what, which day, and a short value or sentence."""

    label: str
    detail: str = ""
    on: date | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class Flags:
    """What a reader must know before trusting the date."""

    unknown_years: tuple[int, ...] = ()
    estimated_holidays: tuple[date, ...] = ()
    day_kind_assumed: str | None = None
    provisional: bool = False
    weather_may_move: bool = False
    roll_not_confirmed: bool = False
    half_day_closes_at: time | None = None
    event_time_assumed: bool = False


@dataclass(frozen=True, slots=True)
class Computation:
    """A computed date with its ledger. `target_on` is the day before any roll: nobody is late who meets it."""

    rule: Rule
    anchor: Anchor
    due_on: date
    due_at: datetime
    target_on: date
    calendar_version: str
    ledger: tuple[Step, ...]
    opens_on: date | None = None
    opens_at: datetime | None = None
    flags: Flags = field(default_factory=Flags)
    is_house_target: bool = False
    computable: bool = True

    def to_json(self) -> dict[str, Any]:
        """Plain values only; `from_json` gives back an equal object."""
        return {"computable": True, **{name: _plain(getattr(self, name)) for name in _COMPUTATION_FIELDS}}


@dataclass(frozen=True, slots=True)
class NotComputable:
    """No date follows from the rule, and why. A house target, when given, is the house's own and says so."""

    rule: Rule
    why: str
    house_target: Computation | None = None
    computable: bool = False

    def to_json(self) -> dict[str, Any]:
        target = self.house_target.to_json() if self.house_target else None
        return {"computable": False, "rule": _plain(self.rule), "why": self.why, "house_target": target}


@dataclass(frozen=True, slots=True)
class HouseTarget:
    """A target the house sets itself where the source gives none that can be counted."""

    amount: int
    unit: str
    because: str


_COMPUTATION_FIELDS = (
    "rule",
    "anchor",
    "due_on",
    "due_at",
    "target_on",
    "calendar_version",
    "ledger",
    "opens_on",
    "opens_at",
    "flags",
    "is_house_target",
)


def from_json(raw: Mapping[str, Any]) -> Computation | NotComputable:
    """Read what `to_json` of either result wrote."""
    rule = Rule(**raw["rule"])
    if not raw["computable"]:
        target = from_json(raw["house_target"]) if raw["house_target"] else None
        return NotComputable(rule, raw["why"], target if isinstance(target, Computation) else None)
    flags = dict(raw["flags"])
    flags["unknown_years"] = tuple(flags["unknown_years"])
    flags["estimated_holidays"] = tuple(date.fromisoformat(day) for day in flags["estimated_holidays"])
    closes = flags["half_day_closes_at"]
    flags["half_day_closes_at"] = time.fromisoformat(closes) if closes else None
    return Computation(
        rule=rule,
        anchor=read_anchor(raw["anchor"]),
        due_on=date.fromisoformat(raw["due_on"]),
        due_at=datetime.fromisoformat(raw["due_at"]),
        target_on=date.fromisoformat(raw["target_on"]),
        calendar_version=raw["calendar_version"],
        ledger=tuple(
            Step(step["label"], step["detail"], date.fromisoformat(step["on"]) if step["on"] else None, step["value"])
            for step in raw["ledger"]
        ),
        opens_on=date.fromisoformat(raw["opens_on"]) if raw["opens_on"] else None,
        opens_at=datetime.fromisoformat(raw["opens_at"]) if raw["opens_at"] else None,
        flags=Flags(**flags),
        is_house_target=raw["is_house_target"],
    )


def read_anchor(text: str) -> Anchor:
    """A date (YYYY-MM-DD) or an instant with its offset, as written by `to_json`."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _plain(value: Any) -> Any:
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
