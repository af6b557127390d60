"""How long leave for the next supply takes: by what is in force, own filings, what a source states, or unknown."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from cases.custody.next_supply import Asked
from cases.deadlines.models import Deadline
from regulatory import supply_times
from regulatory.own_times import OwnTimes, Took
from regulatory.supply_times import LABEL, leave_for_the_next_supply
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

OPENED = at("2026-03-02 09:00")
NONE_STANDS = "no authorization is in force on Mon 1 Jun 2026"
ASKED = Asked(Decimal(2), "vial", date(2026, 6, 1), OPENED)


@laid
def ground(db: None) -> Ground:
    """A British notification: its window is stated in days, and its silence gives leave."""
    return build_ground("UK-SPECIALS", now=OPENED, country="GB", zone="Europe/London")


@laid
def granted(db: None) -> Ground:
    """An Australian approval of four vials until the end of the year."""
    found = build_ground("AU-SAS-B", now=OPENED, country="AU", zone="Australia/Sydney")
    found.ready(kind="application", authority="TGA")
    found.take("cases.case.begin_filing")
    found.submit(at("2026-03-03 10:00"))
    found.grant(at("2026-03-06 10:00"), valid_until="2026-12-31", quantity="4", unit="vial")
    return found


def test_nothing_is_in_force_and_the_pathway_states_its_time(ground: Ground) -> None:
    told = leave_for_the_next_supply(ground.case, ASKED)

    assert (told.label, told.days) == (LABEL, 28)
    assert told.basis.startswith(f"{NONE_STANDS}; UK-SPECIALS.decision_times.1 of UK-SPECIALS")


def test_own_filings_come_before_what_is_stated(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    took = Took(supply_times.DECIDED, 30, 34, 18)
    monkeypatch.setattr(supply_times, "own_times", lambda key, **more: OwnTimes(18, (took,), 0, 0))

    told = leave_for_the_next_supply(ground.case, ASKED)

    assert told.days == 34
    assert told.basis == (f"{NONE_STANDS}; nine in ten of 18 own filings by UK-SPECIALS were answered within it")


def test_of_a_filing_that_went_out_the_rest_is_left(ground: Ground) -> None:
    ground.ready()
    ground.take("cases.case.begin_filing")
    ground.submit(at("2026-03-02 10:00"))

    early = leave_for_the_next_supply(ground.case, replace(ASKED, now=at("2026-03-12 10:00")))
    late = leave_for_the_next_supply(ground.case, replace(ASKED, now=at("2026-04-20 10:00")))

    assert (early.days, late.days) == (18, None)
    assert early.basis.startswith("F-1 went out 10 days ago; UK-SPECIALS.decision_times.1")
    assert late.basis.startswith("F-1 went out 49 days ago, longer than the 28 days it usually takes; UK-SPECIALS.dec")


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        (ASKED, 0),
        (replace(ASKED, quantity=Decimal(4)), 0),
        (replace(ASKED, quantity=Decimal(5)), 7),  # 5 working days
        (replace(ASKED, unit="pack"), 7),
        (replace(ASKED, arrives_on=date(2026, 12, 31)), 0),
        (replace(ASKED, arrives_on=date(2027, 1, 1)), 7),
    ],
)
def test_an_authorization_reaches_a_supply_of_its_quantity_within_its_days(
    granted: Ground, asked: Asked, days: int
) -> None:
    told = leave_for_the_next_supply(granted.case, asked)

    assert told.days == days
    if not days:
        assert told.basis.startswith("A-1 is in force until Thu 31 Dec 2026 and leaves 4 (counted in vial)")


def test_one_that_was_revoked_reaches_nothing(granted: Ground) -> None:
    granted.take("regulatory.authorization.revoke", subject=granted.authorization, reason="Safety.")

    assert leave_for_the_next_supply(granted.case, ASKED).days == 7


def test_what_nobody_knows_is_not_known(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supply_times, "_stated", lambda profile: None)

    told = leave_for_the_next_supply(ground.case, ASKED)

    assert told.days is None
    assert told.basis == (
        f"{NONE_STANDS}; no source states how long it takes by UK-SPECIALS, and fewer than 3 own filings show it"
    )


def test_leave_that_ends_moves_the_day_on_which_to_begin(granted: Ground) -> None:
    granted.take("cases.case.note_run_out", runs_out_on="2026-06-30")
    before = Deadline.objects.get(case=granted.case, kind="custody.run_out")
    assert (before.lead, before.act_on) == (timedelta(days=21), date(2026, 6, 9))

    granted.take("regulatory.authorization.revoke", subject=granted.authorization, reason="Safety.")

    after = Deadline.objects.get(case=granted.case, kind="custody.run_out")
    # 7 of leave, 7 of sourcing, 5 of shipping, 1 of receiving: 20, and a week.
    assert (after.lead, after.act_on, after.due_on) == (timedelta(days=27), date(2026, 6, 3), date(2026, 6, 30))
    move = after.moves.latest("number")
    assert (move.what, move.reason) == ("recomputed", "How long leave for the next supply takes changed.")
