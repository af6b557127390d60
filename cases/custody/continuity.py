"""Days of therapy in hand against the days the next supply needs. Pure: no database, no clock (edge case D1.1)."""

from dataclasses import dataclass
from datetime import date, timedelta


def runs_out_after(*, dispensed_on: date, days_of_therapy: int, runs_out_on: date | None) -> date:
    """The last day with medicine in hand once a supply is dispensed.

    What is still in hand is used up first: the new supply begins on the day after the earlier run-out, or on the day of
    dispensing when nothing is left.
    """
    begins = dispensed_on if runs_out_on is None or runs_out_on < dispensed_on else runs_out_on + timedelta(days=1)
    return begins + timedelta(days=days_of_therapy - 1)


@dataclass(frozen=True, slots=True)
class Needs:
    """Days that the next supply still needs, each as the house knows it: a forecast, not a promise."""

    renewal_days: int = 0
    sourcing_days: int = 0
    shipping_days: int = 0
    receiving_days: int = 0
    margin_days: int = 0

    @property
    def total_days(self) -> int:
        parts = (self.renewal_days, self.sourcing_days, self.shipping_days, self.receiving_days, self.margin_days)
        return sum(parts)


@dataclass(frozen=True, slots=True)
class Continuity:
    """How long the medicine lasts and how long the next supply takes.

    ``on_hand_days`` counts today and the run-out day; 0 when it has run out. ``slack_days`` is negative when the
    patient will be without medicine unless something is quicker than usual. ``begin_by`` is the last day on which the
    work can begin: the whole days that it needs come after it. It is past when no day of slack is left.
    ``with_under_way`` says that ``runs_out_on`` counts consignments that come in time.
    """

    today: date
    runs_out_on: date
    needs: Needs
    with_under_way: bool = False

    @property
    def on_hand_days(self) -> int:
        return max((self.runs_out_on - self.today).days + 1, 0)

    @property
    def slack_days(self) -> int:
        return (self.runs_out_on - self.today).days + 1 - self.needs.total_days

    @property
    def begin_by(self) -> date:
        return self.runs_out_on - timedelta(days=self.needs.total_days)

    def as_sentence(self) -> str:
        """The card's one line, for example "Slack 4 days: 16 days in hand, 12 still needed"."""
        slack = f"{'−' if self.slack_days < 0 else ''}{_days(abs(self.slack_days))}"
        where = "in hand or on the way" if self.with_under_way else "in hand"
        return f"Slack {slack}: {_days(self.on_hand_days)} {where}, {self.needs.total_days} still needed"


def _days(number: int) -> str:
    return f"{number} {'day' if number == 1 else 'days'}"
