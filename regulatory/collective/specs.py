"""What is filed for many cases at once: forms of many notifications, reports of many supplies. Data, read once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from regulatory.profiles.periods import period_end

FORM, REPORT = "form", "report"


@dataclass(frozen=True, slots=True)
class Spec:
    """One form or report.

    `fact` is the pathway fact it rests on; `basis` and `confidence` are those of its columns. `longest` limits cells,
    in characters. `per` sums a report's supplies by these cells; without it each supply is a line.
    """

    code: str
    title: str
    kind: str
    authority: str
    profiles: tuple[str, ...]
    fact: str
    columns: tuple[tuple[str, str], ...]
    longest: Mapping[str, int]
    basis: str
    confidence: str
    note: str
    period: str = ""
    zone: str = "UTC"
    per: tuple[str, ...] = ()

    @property
    def is_report(self) -> bool:
        return self.kind == REPORT

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def period_of(self, day: date) -> tuple[date, date]:
        """First and last day of the period in which a local day lies."""
        last = period_end(self.period, day)
        first = date(last.year, last.month, 1)
        while period_end(self.period, date.fromordinal(first.toordinal() - 1)) == last:
            before = date.fromordinal(first.toordinal() - 1)
            first = date(before.year, before.month, 1)
        return first, last


@cache
def specs() -> Mapping[str, Spec]:
    """Every form and report, by code."""
    raw = json.loads(Path(__file__).with_name("specs.json").read_text("utf-8"))
    return {code: _spec(code, entry) for code, entry in raw.items()}


def _spec(code: str, entry: dict[str, Any]) -> Spec:
    lists = {name: tuple(value) for name, value in entry.items() if isinstance(value, list)}
    columns = tuple((name, head) for name, head in entry["columns"])
    return Spec(code=code, **{**entry, **lists, "columns": columns})
