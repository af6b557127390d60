"""The words of a rule table: its format, its kinds, and what may be wrong with it."""

from dataclasses import dataclass

FORMAT = "npp-triage-rules/1"
UNKNOWN = "unknown"

# What a person answers, what is looked up, what is only raised; and the kinds whose values the rules can see.
KINDS = frozenset({"flag", "choice", "looked_up", "count", "amount", "looked_up_amount", "text", "country"})
CHOSEN = frozenset({"flag", "choice", "looked_up"})
NUMBERS = frozenset({"count", "amount", "looked_up_amount"})
REASON_KINDS = frozenset({"strong", "weak", "personal"})
CONSEQUENCE_KINDS = frozenset({"urgent", "task", "warning"})

# Not asked: reckoned from the supply and the country's limits, so that the rules see a yes or a no.
WITHIN_CAP = "within_cap"
ASKED_FOR_CAP = ("supply_months", "supply_doses", "cap_months", "cap_doses")


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong value in a rule table, and what to do about it."""

    path: str
    value: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}: {self.value!r} {self.sentence}. {self.remedy}"
