"""Twenty thousand random steps over custody ledgers: after each, the fold of all entries equals the projection.

The engine is pure; another walk as long goes through the database, where the stored units are compared after each step
and a refusal leaves nothing behind.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from cases.audit.context import acting
from cases.custody.fold import ACTS, DID_NOT_OCCUR, ENDS, INCORRECT_DATA, Book, IllegalMovement, Movement, fold
from cases.custody.ledger import correct_event, differing, faults_of_chain, movements_of, record_act
from cases.custody.models import CustodyEvent, CustodyEventUnit, Unit
from tests.cases.custody.builders import DISPATCHED, Supply
from tests.cases.custody.test_fold import BEGINS, MAY_FOLLOW

STEPS, A_LEDGER, PACKS = 20_000, 60, 6
SEED = 20261125
START = datetime(2026, 3, 2, tzinfo=UTC)


def entry(book: Book, rng: Random) -> Movement:
    """A random entry: an act on some packs, a correction of an earlier one, or an earlier one captured again.

    Most acts may follow on where a pack is, so that ledgers grow long; the others are drawn without a look at it.
    """
    number = len(book.movements) + 1
    kind = rng.random()
    if book.movements and kind < 0.05:
        return rng.choice(book.movements)
    if book.movements and kind < 0.2:
        wrong = rng.choice(book.movements)
        error = rng.choice((DID_NOT_OCCUR, INCORRECT_DATA))
        return Movement(
            number, wrong.units, wrong.biz_step, wrong.disposition, f"holder {number}", "a place", wrong.id, error,
            capture=f"capture {number}",
        )  # fmt: skip
    units = tuple(sorted(rng.sample(range(1, PACKS + 1), rng.choice((1, 1, 2, 3)))))
    act = rng.choice(sorted(ACTS))
    if kind < 0.75:
        state = state_of(book, units[0])
        units = tuple(unit for unit in units if state_of(book, unit) == state)
        follow = BEGINS if state is None else MAY_FOLLOW[state]
        # An end is as likely as any other act only now and then: a pack at its end has no more to tell.
        going_on = sorted(act for act, to in follow.items() if to not in ENDS)
        act = rng.choice((rng.random() < 0.9 and going_on) or sorted(follow) or [act])
    words = ACTS[act]
    return Movement(
        number, units, words.biz_step, words.disposition, f"holder {number}", "a place", capture=f"capture {number}"
    )


def state_of(book: Book, unit: int) -> str | None:
    return book.positions[unit].state if unit in book.positions else None


def is_over(book: Book) -> bool:
    """Long enough, or nothing is left to happen in it: every pack is at its end."""
    ended = sum(position.state in ENDS for position in book.positions.values())
    return len(book.movements) >= A_LEDGER or ended == PACKS


def test_fold_equals_projection_after_each_of_twenty_thousand_steps() -> None:
    rng, counted, acted = Random(SEED), Counter[str](), Counter[str]()
    book = Book()
    ended: dict[int, str] = {}
    for _ in range(STEPS):
        if is_over(book):
            book, ended = Book(), {}
        candidate, before = entry(book, rng), dict(book.positions)
        entries = len(book.movements)
        try:
            taken = book.enter(candidate)
        except IllegalMovement:
            counted["refused"] += 1
            assert (book.positions, len(book.movements)) == (before, entries)
        else:
            again = taken is not candidate or len(book.movements) == entries
            counted["captured again" if again else "corrected" if candidate.corrects else "entered"] += 1
            assert len(book.movements) == entries + (not again)
        assert fold(book.movements) == book.positions
        # By another way than the fold: a plain act leads where the table written by hand says.
        if len(book.movements) > entries and candidate.corrects is None:
            act = next(
                a for a, w in ACTS.items() if (w.biz_step, w.disposition) == (candidate.biz_step, candidate.disposition)
            )
            acted[act] += 1
            for unit in candidate.units:
                expected = MAY_FOLLOW[before[unit].state][act] if unit in before else BEGINS[act]
                assert (book.positions[unit].state, book.positions[unit].holder) == (expected, candidate.holder)
        for unit, position in book.positions.items():
            assert ended.get(unit, position.state) == position.state
            if position.state in ENDS:
                ended[unit] = position.state

    assert sum(counted.values()) == STEPS
    assert all(counted[kind] > 400 for kind in ("entered", "corrected", "captured again", "refused")), counted
    assert set(acted) == set(ACTS), set(ACTS) - set(acted)


@pytest.mark.django_db
@pytest.mark.parametrize("steps", [160, pytest.param(STEPS, marks=pytest.mark.slow)])
def test_the_database_follows_the_same_walk(supply: Supply, steps: int) -> None:
    rng = Random(SEED)
    supply.bring_to("planned")
    supply.order()
    supply.allocate(serials="SN-1\nSN-2")
    consignment, by = supply.consignment(), supply.house.coordinator
    units = list(Unit.objects.order_by("pk"))
    taken = 0
    with acting(by=by, verb="tests.walked", business_at=DISPATCHED):
        for number in range(steps):
            if number and number % A_LEDGER == 0:
                units = [new_pack(units[0], f"SN-{number}-{nth}") for nth in (1, 2)]
                record_act(consignment, "allocate", by=by, event_at=START, now=DISPATCHED, place="a place",
                           holder="the supplier", zone="UTC", units=units, source=f"allocated {number}")  # fmt: skip
            at = START + timedelta(minutes=number % A_LEDGER)
            chosen = rng.sample(units, rng.choice((1, 2)))
            before = seen(units)
            try:
                if rng.random() < 0.15:
                    wrong = rng.choice(list(CustodyEvent.objects.filter(units__in=units).distinct().order_by("pk")))
                    correct_event(wrong, by=by, now=DISPATCHED, holder=f"holder {number}",
                                  did_not_occur=rng.random() < 0.3, source=str(number))  # fmt: skip
                else:
                    # Ends would stop the walk; they have tests of their own.
                    act = rng.choice([code for code, words in ACTS.items() if words.to not in ENDS])
                    record_act(consignment, act, by=by, event_at=at, now=DISPATCHED, place="a place",
                               holder=f"holder {number}", zone="UTC", units=chosen, source=str(number))  # fmt: skip
                taken += 1
            except IllegalMovement:
                assert seen(units) == before
            now = list(Unit.objects.filter(pk__in=[unit.pk for unit in units]).order_by("pk"))
            assert differing(now, fold(movements_of(now))) == []
            if number % 20 == 19:
                assert faults_of_chain(now) == []
    assert taken > steps // 6


def new_pack(like: Unit, serial: str) -> Unit:
    return Unit.objects.create(
        case_id=like.case_id, consignment_id=like.consignment_id, lot_id=like.lot_id, gtin=like.gtin, serial=serial
    )


def seen(units: list[Unit]) -> list[tuple[object, ...]]:
    """The packs as they are stored, and how much their ledger has."""
    keys = [unit.pk for unit in units]
    rows = Unit.objects.filter(pk__in=keys).order_by("pk")
    lines = CustodyEventUnit.objects.filter(unit__in=keys).count()
    return [*rows.values_list("state", "holder", "place", "last_event", "head_sha256"), (lines,)]
