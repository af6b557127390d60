"""How long leave for the next supply takes: none where an authorization reaches it, else own times, else the pathway's.

An authorization reaches the next supply when it is in force on the day by which that must be there, leaves the
quantity of the last one, and has a use left. The house's own filings come before what a source states; what neither
knows is said to be not known. Nothing here opens or shuts a gate: it says only when to begin.
"""

from math import ceil
from typing import Final

from django.db.models import Count, Q

from cases.custody.models import Consignment
from cases.custody.next_supply import SEEN_AT_LEAST, Asked, Part, tells_leave
from cases.custody.running_out import what_it_needs_is_counted_anew
from cases.lifecycle.verbs import Situation, after
from cases.models import Case, CaseEvent
from regulatory.models import Authorization, Filing
from regulatory.own_times import own_times
from regulatory.pathway import local_day, named, profile_of
from regulatory.profiles import words
from regulatory.profiles.loader import Profile
from regulatory.profiles.route import MAIN
from regulatory.quantities import balance
from regulatory.requirements.common import plain
from regulatory.stages import filed_and_awaited
from regulatory.standing_authority import is_drawn_from_stock, speaking_for, stock_that_covers

LABEL: Final = "Leave of the authority"
DECIDED: Final = "Submitted to decided or cleared"
OUT: Final = (Filing.State.SUBMITTED, Filing.State.ACKNOWLEDGED, Filing.State.QUESTION, Filing.State.ANSWERED)
# Calendar days in one unit, never too few: a working day may cost a weekend, a month has at most 31 days.
DAYS: Final = {"calendar_day": 1.0, "working_day": 1.4, "day_unit_not_stated": 1.4, "week": 7.0, "month": 31.0}
# Times that a supply of the usual kind cannot count on.
NOT_COUNTED_ON: Final = ("none", "published_target_urgent")


@tells_leave
def leave_for_the_next_supply(case: Case, asked: Asked) -> Part:
    """Nought where none is needed or an authorization reaches it; None where nobody knows.

    Up to five queries, and one for each authorization that stands.
    """
    if is_drawn_from_stock(case) and (there := stock_that_covers(case)):
        packs = sum(one.packs for one in there)  # type: ignore[attr-defined]
        return Part(LABEL, 0, f"it is drawn from stock of {case.institution}, where {packs} packs are on hand")
    filed, is_awaited = filed_and_awaited(case)
    if filed != "before" or not is_awaited:
        return Part(LABEL, 0, "its pathway waits for no answer of an authority before the supply")
    held = _in_force(case, asked)
    for one in held:
        if (reaches := _reaches(one, case, asked)) is not None:
            return Part(LABEL, 0, reaches)
    ended = "" if held else f"no authorization is in force on {words.day(asked.arrives_on)}; "
    why = ended or f"{held[-1].named_in(case.pk)} does not reach the next supply; "
    took, basis = _usual(case, asked)
    if took is None:
        return Part(LABEL, None, f"{why}{basis}")
    running = case.filings.filter(step=MAIN, state__in=OUT, submitted_at__isnull=False).order_by("-number").first()
    if running is None or running.submitted_at is None:
        return Part(LABEL, took, f"{why}{basis}")
    profile = profile_of(running.profile_version)
    gone = (local_day(profile, asked.now) - local_day(profile, running.submitted_at)).days
    ago = f"{running.label} went out {gone} {'day' if gone == 1 else 'days'} ago"
    if gone >= took:
        return Part(LABEL, None, f"{ago}, longer than the {took} days it usually takes; {basis}")
    return Part(LABEL, took - gone, f"{ago}; {basis}")


def _in_force(case: Case, asked: Asked) -> list[Authorization]:
    """Those that stand on the day by which the next supply must be there, with how often each was used."""
    day = Q(valid_until__isnull=True) | Q(valid_until__gte=asked.arrives_on)
    used = Count("consignments", filter=~Q(consignments__state=Consignment.State.CANCELLED), distinct=True)
    return list(speaking_for(case).filter(day, state=Authorization.State.IN_FORCE).annotate(used=used))


def _reaches(held: Authorization, case: Case, asked: Asked) -> str | None:
    """Why the next supply can go under it, in words; None where it cannot."""
    used = int(getattr(held, "used", 0))
    most = 1 if "consignment" in held.covers else held.max_uses
    if most is not None and used >= most:
        return None
    until = f" until {words.day(held.valid_until)}" if held.valid_until else ""
    name = f"{held.named_in(case.pk)} is in force{until}"
    left = balance(held).remaining
    if left is None:
        return f"{name} and sets no quantity"
    if held.unit and held.unit != asked.unit:
        return None
    if left <= 0 or (asked.quantity is not None and left < asked.quantity):
        return None
    return f"{name} and leaves {plain(left)} (counted in {asked.unit})"


def _usual(case: Case, asked: Asked) -> tuple[int | None, str]:
    """Days from submission to the answer: nine in ten of our own filings, else the longest that a fact states."""
    key = case.profile_version.profile_key
    own = own_times(key, user=case.coordinator, now=asked.now)
    took = next((one for one in own.took if one.label == DECIDED), None) if own else None
    if took is not None and took.of >= SEEN_AT_LEAST:
        return took.most_within, f"nine in ten of {took.of} own filings by {key} were answered within it"
    stated = _stated(profile_of(case.profile_version))
    if stated is None:
        return None, f"no source states how long it takes by {key}, and fewer than {SEEN_AT_LEAST} own filings show it"
    return stated[0], f"{stated[1]} of {named(case.profile_version)}"


def _stated(profile: Profile) -> tuple[int, str] | None:
    """The longest time that a fact of the pathway states, in whole calendar days, and that fact."""
    found = [
        (ceil(entry["max"] * DAYS[entry["unit"]]), str(entry["id"]))
        for entry in profile.section("decision_times")
        if entry["kind"] not in NOT_COUNTED_ON and entry.get("max") and entry["unit"] in DAYS
    ]
    return max(found, default=None)


@after(
    "regulatory.filing.submit",
    "regulatory.filing.grant",
    "regulatory.filing.lapse",
    "regulatory.filing.refuse",
    "regulatory.authorization.suspend",
    "regulatory.authorization.reinstate",
    "regulatory.authorization.revoke",
    "regulatory.authorization.expire",
    "regulatory.authorization.exhaust",
    "regulatory.authorization.supersede",
)
def the_work_before_the_run_out_follows(situation: Situation, event: CaseEvent) -> None:
    """Leave came or ended: how long before the run-out day the work begins is counted anew."""
    what_it_needs_is_counted_anew(
        situation.case, by=situation.by, now=situation.now, reason="How long leave for the next supply takes changed."
    )
