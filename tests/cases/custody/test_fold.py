"""The custody ledger's fold: one position a unit, nothing after the end, corrections in place."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from cases.custody.fold import ACTS, IllegalMovement, Movement, fold
from cases.custody.models import UnitState

ENDS = {"cancelled", "destroyed", "drawn", "lost", "returned"}
WAY = {
    "allocated": ["allocate"],
    "in_transit": ["allocate", "dispatch"],
    "quarantine": ["allocate", "dispatch", "arrive"],
    "accepted": ["allocate", "dispatch", "arrive", "accept"],
    "rejected": ["allocate", "dispatch", "arrive", "reject"],
    "dispensed": ["allocate", "dispatch", "arrive", "accept", "dispense"],
    "returned": ["allocate", "dispatch", "give_back"],
    "destroyed": ["allocate", "destroy"],
    "lost": ["allocate", "dispatch", "lose"],
    "cancelled": ["allocate", "cancel"],
    "drawn": ["draw_in", "draw_out"],
}
# Where a pack begins: set aside by its supplier, or come from stock, where it was accepted before.
BEGINS = {"allocate": "allocated", "draw_in": "accepted"}
# What may follow on each state, written down by hand and not read from the table under test.
MAY_FOLLOW = {
    "allocated": {
        "release": "allocated",
        "take_back": "allocated",
        "dispatch": "in_transit",
        "destroy": "destroyed",
        "cancel": "cancelled",
    },
    "in_transit": {"arrive": "quarantine", "hand_over": "in_transit", "give_back": "returned", "lose": "lost"},
    "quarantine": {
        "inspect_sound": "quarantine",
        "inspect_flawed": "quarantine",
        "temperature_sound": "quarantine",
        "temperature_flawed": "quarantine",
        "decide_release": "quarantine",
        "decide_quarantine": "quarantine",
        "decide_reject": "quarantine",
        "accept": "accepted",
        "reject": "rejected",
        "give_back": "returned",
        "destroy": "destroyed",
    },
    "accepted": {
        "temperature_sound": "accepted",
        "temperature_flawed": "quarantine",
        "decide_release": "accepted",
        "decide_quarantine": "quarantine",
        "decide_reject": "quarantine",
        "accept": "accepted",
        "dispense": "dispensed",
        "dispense_part": "accepted",
        "use_up": "dispensed",
        "give_dose": "accepted",
        "give_back": "returned",
        "destroy": "destroyed",
        "draw_out": "drawn",
    },
    "rejected": {"give_back": "returned", "destroy": "destroyed"},
    "dispensed": {"give_dose": "dispensed"},
    "returned": {},
    "destroyed": {},
    "lost": {},
    "cancelled": {},
    "drawn": {},
}


def movement(number: int, act: str, *units: int, holder: str = "somebody", corrects: int | None = None) -> Movement:
    words = ACTS[act]
    return Movement(number, units or (1,), words.biz_step, words.disposition, holder, corrects=corrects)


def way_to(state: str) -> list[Movement]:
    return [movement(number, act) for number, act in enumerate(WAY[state], start=1)]


def test_covers_every_state_of_a_unit() -> None:
    assert set(MAY_FOLLOW) == set(UnitState.values)


@pytest.mark.parametrize("state", sorted(WAY))
@pytest.mark.parametrize("act", sorted(ACTS))
def test_allows_exactly_what_may_follow(state: str, act: str) -> None:
    movements = [*way_to(state), movement(9, act)]

    if act in MAY_FOLLOW[state]:
        assert fold(movements)[1].state == MAY_FOLLOW[state][act]
    else:
        with pytest.raises(IllegalMovement, match=f"Unit 1 is {state}"):
            fold(movements)


@pytest.mark.parametrize(("act", "state"), sorted(BEGINS.items()))
def test_begins_where_it_came_from(act: str, state: str) -> None:
    assert fold([movement(1, act)])[1].state == state


@pytest.mark.parametrize("act", sorted(set(ACTS) - set(BEGINS)))
def test_begins_with_an_allocation_or_from_stock_only(act: str) -> None:
    with pytest.raises(IllegalMovement, match="Unit 1 is not allocated"):
        fold([movement(1, act)])


def test_folds_in_the_order_of_record_not_of_listing() -> None:
    assert fold(list(reversed(way_to("accepted"))))[1].state == "accepted"


def test_keeps_the_holder_of_the_last_event() -> None:
    position = fold([movement(1, "allocate", holder="supplier"), movement(2, "dispatch", holder="carrier")])[1]

    assert (position.state, position.holder, position.last_event) == ("in_transit", "carrier", 2)


def test_lets_a_correction_take_the_place_of_what_it_corrects() -> None:
    wrong = [movement(1, "allocate", 1, 2), movement(2, "dispatch", 1, 2), movement(3, "arrive", 1, 2)]
    corrected = [*wrong, movement(4, "arrive", 1, corrects=3), movement(5, "lose", 2)]

    positions = fold(corrected)

    assert (positions[1].state, positions[2].state) == ("quarantine", "lost")
    with pytest.raises(IllegalMovement):
        fold([*wrong, movement(5, "lose", 2)])


def test_lets_a_correction_be_corrected() -> None:
    movements = [
        movement(1, "allocate", holder="first"),
        movement(2, "allocate", holder="second", corrects=1),
        movement(3, "allocate", holder="third", corrects=2),
    ]

    assert fold(movements)[1].holder == "third"


@pytest.mark.parametrize(
    ("movements", "words"),
    [
        ([movement(1, "allocate"), movement(2, "dispatch", corrects=7)], "which is not before it"),
        ([movement(1, "allocate", corrects=1)], "which is not before it"),
        (
            [movement(1, "allocate"), movement(2, "allocate", corrects=1), movement(3, "allocate", corrects=1)],
            "corrected twice",
        ),
        ([Movement(1, (1,), "dispensingg", "dispensed", "x")], "no such words"),
    ],
)
def test_refuses_what_makes_no_sense(movements: list[Movement], words: str) -> None:
    with pytest.raises(IllegalMovement, match=words):
        fold(movements)


class CustodyLedger(RuleBasedStateMachine):
    """Random acts on many units against a model written by hand; what is refused changes nothing."""

    packs = Bundle("packs")

    def __init__(self) -> None:
        super().__init__()
        self.movements: list[Movement] = []
        self.model: dict[int, tuple[str, str]] = {}

    def _next(self) -> int:
        return len(self.movements) + 1

    @initialize(target=packs)
    def first(self) -> int:
        return self.allocate()

    @rule(target=packs)
    def allocate(self) -> int:
        unit = len(self.model) + 1
        self.movements.append(movement(self._next(), "allocate", unit, holder="supplier"))
        self.model[unit] = ("allocated", "supplier")
        return unit

    @precondition(lambda self: self.model)
    @rule(
        units=st.lists(packs, min_size=1, max_size=4, unique=True),
        act=st.sampled_from(sorted(ACTS)),
        holder=st.sampled_from(["carrier", "hospital", "the patient"]),
    )
    def act(self, units: list[int], act: str, holder: str) -> None:
        candidate = movement(self._next(), act, *units, holder=holder)
        if all(act in MAY_FOLLOW[self.model[unit][0]] for unit in units):
            self.movements.append(candidate)
            for unit in units:
                self.model[unit] = (MAY_FOLLOW[self.model[unit][0]][act], holder)
            return
        with pytest.raises(IllegalMovement):
            fold([*self.movements, candidate])

    @precondition(lambda self: self.movements)
    @rule(holder=st.sampled_from(["carrier", "hospital"]))
    def correct_the_last_holder(self, holder: str) -> None:
        last = self.movements[-1]
        self.movements.append(
            Movement(self._next(), last.units, last.biz_step, last.disposition, holder, corrects=last.id)
        )
        for unit in last.units:
            self.model[unit] = (self.model[unit][0], holder)

    @invariant()
    def every_unit_has_one_position(self) -> None:
        positions = fold(self.movements)
        assert {unit: (at.state, at.holder) for unit, at in positions.items()} == self.model

    @invariant()
    def nothing_is_gained_or_lost(self) -> None:
        positions = fold(self.movements)
        by_state = {state: sum(at.state == state for at in positions.values()) for state in UnitState.values}
        assert sum(by_state.values()) == len(self.model)


TestCustodyLedger = CustodyLedger.TestCase
TestCustodyLedger.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
