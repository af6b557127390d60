"""Who knew of an event when. Each party that has a duty has a day 0 of its own. Pure: no database, no clock.

What is not on record is said, and never makes a date later: a party whose own day is not known, or is later than the
day on which the pharmacy heard, is counted from the pharmacy's day. Source: facts, reporting rules, clock semantics
("a report heard by several parties has one day 0 for each").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from cases.deadlines.arithmetic import Anchor, Step, start_of_day
from cases.lifecycle.typed_days import write_day

OURS: Final = frozenset({"coordinating_pharmacy", "person_who_sells_or_supplies"})
PRESCRIBERS: Final = frozenset({"treating_prescriber", "health_professional"})
INSTITUTIONS: Final = frozenset({"hospital", "medical_institution", "dispensing_pharmacy"})
COMPANIES: Final = frozenset({"manufacturer", "marketing_authorisation_holder"})
SPONSORS: Final = frozenset({
    "licensed_importer", "local_sponsor", "ind_sponsor", "foreign_drug_supplier",
    "packer_or_distributor_named_on_label",
})  # fmt: skip

# Those who are asked when they first knew, by the name of the column of a version; and the words for them.
PRESCRIBER, COMPANY, SPONSOR = "prescriber_knew_on", "company_knew_on", "sponsor_knew_on"
SIDES: Final[Mapping[str, frozenset[str]]] = {
    PRESCRIBER: PRESCRIBERS | INSTITUTIONS,
    COMPANY: COMPANIES,
    SPONSOR: SPONSORS,
}
Knew = Mapping[str, date | None]


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a party's clock counts from, its day 0, and the line that says why; none where it is the pharmacy's own."""

    anchor: Anchor
    day0: date
    why: Step | None = None


def beginning_of(role: str, *, unit: str, aware_at: datetime, zone: str, knew: Knew | None) -> Beginning:
    """Where the clock of one party begins.

    :param role: the holder of the duty, by its code in the rules.
    :param unit: of the rule; hours begin with the first instant of a day of which no time is known.
    :param knew: the days on which others first knew; ``None`` where nobody asks, as for a report only thought of.
    """
    heard = aware_at.astimezone(ZoneInfo(zone)).date()
    if knew is None or role in OURS:
        return Beginning(aware_at, heard)
    who = role.replace("_", " ")
    side = next((name for name, roles in SIDES.items() if role in roles), "")
    if (theirs := knew.get(side)) is None:
        said = f"not on record when the {who} first knew; if it was earlier, this date is earlier by as much"
        return Beginning(aware_at, heard, Step("Counted from when the pharmacy heard", said, heard, "check"))
    if theirs >= heard:
        said = f"the {who} knew of it on {write_day(theirs)}; the earlier day counts"
        return Beginning(aware_at, heard, Step("Counted from when the pharmacy heard", said, heard))
    said = f"earlier than this pharmacy, which heard on {write_day(heard)}"
    step = Step(f"Known to the {who}", said, theirs)
    return Beginning(start_of_day(theirs, ZoneInfo(zone)) if unit == "hour" else theirs, theirs, step)
