"""Kinds of effect in order of harm, worst first, and what is proposed for each when a version is published.

What is on its way comes first, because it cannot wait (edge case 33); then who would be without medicine.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

HOLD, TASK, NOTHING = "hold", "task", "nothing"
CHOICES = {HOLD: "Hold and task", TASK: "Task", NOTHING: "Nothing"}


@dataclass(frozen=True, slots=True)
class Harm:
    """One kind: its words, how it looks, what is proposed, in how many days the task is due, and why it ranks there."""

    code: str
    words: str
    look: str
    proposed: str
    days: int
    why: str


_TABLE = (
    Harm("in_transit", "Under way before it is allowed", "harm", HOLD, 0, "Goods that travel cannot wait."),
    Harm("without_medicine", "Patient without medicine", "harm", HOLD, 1, "A patient would run out."),
    Harm("shipment", "Shipment before it is allowed", "harm", HOLD, 1, "A consignment would arrive unlawfully."),
    Harm("route_closes", "The route closes", "harm", TASK, 1, "No supply can follow on this route."),
    Harm("overdue", "Date already past", "harm", TASK, 0, "What is owed would be late at once."),
    Harm("gate_shuts", "An open gate shuts", "harm", HOLD, 2, "What is allowed today would not be."),
    Harm("limit_exceeded", "More than the new limit", "harm", HOLD, 2, "A planned supply would be over the limit."),
    Harm("date_sooner", "Date is sooner", "care", TASK, 2, "There is less time."),
    Harm("refile", "To be filed again", "care", TASK, 3, "What is out with the authority no longer counts."),
    Harm("paper_missing", "Paper missing", "care", TASK, 5, "A filing would be incomplete."),
    Harm("gate_later", "First open day is later", "care", TASK, 5, "The wait is longer."),
    Harm(
        "limit_check", "Limit to be checked", "care", TASK, 5, "The limit falls; whether it is kept must be looked up."
    ),
    Harm("read", "To be read before filing", "care", TASK, 7, "How, by whom or for whom is filed changes."),
    Harm("enquiry", "Answer may be older than the rule", "draft", NOTHING, 7, "Somebody was told of the old rule."),
    Harm("keeps", "Runs on as it began", "wait", NOTHING, 14, "The date keeps the version that started it."),
    Harm("eased", "Eased", "good", NOTHING, 14, "There is more time, or less to bring."),
    Harm("later", "None today", "draft", NOTHING, 14, "Nothing that stands is touched."),
)
HARMS = {harm.code: harm for harm in _TABLE}
RANK = {harm.code: rank for rank, harm in enumerate(_TABLE)}
# Up to here a line is shown by itself; the kinds after it are told in one line a kind.
SHOWN = frozenset(harm.code for harm in _TABLE if harm.look in ("harm", "care"))


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes for one record. ``record`` is its label in the case; ``on`` the first day on which it matters.

    ``was`` and ``becomes`` are the two dates where one moves; ``fact`` the fact of the pathway that moves it.
    """

    harm: str
    record: str
    says: str
    fact: str = ""
    on: date | None = None
    was: date | None = None
    becomes: date | None = None

    def order(self) -> tuple[int, date, str]:
        """Worst first, then what matters first."""
        return (RANK[self.harm], self.on or date.max, self.record)

    def to_json(self) -> dict[str, Any]:
        return {
            "harm": self.harm,
            "record": self.record,
            "says": self.says,
            "fact": self.fact,
            "on": self.on.isoformat() if self.on else None,
            "was": self.was.isoformat() if self.was else None,
            "becomes": self.becomes.isoformat() if self.becomes else None,
        }
