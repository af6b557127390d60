"""A long walk through everything that can be done to a case breaks no law and takes every move that is drawn.

``NPP_WALK_SEED=7 NPP_WALK_STEPS=50000`` walks elsewhere, and further. What is broken is told with its seed, its step
and the steps that led to it; the same seed over the same code takes the same steps.
"""

import os
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from cases.audit.verify import verify
from tests.databases import FreshDatabase
from tests.machine.chart import DECLARED, Move, coverage
from tests.machine.desk import Desk
from tests.machine.ground import lay_ground
from tests.machine.picture import Eye
from tests.machine.walk import Walk

BEGINS = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEPS = int(os.environ.get("NPP_WALK_STEPS", "5000"))
SEED = int(os.environ.get("NPP_WALK_SEED", "20260302"))
# Every move comes by within 4,500 steps as a rule; a change of the product sends a seed elsewhere, where a rare one may
# take longer.
AT_MOST = 2 * max(STEPS, 5000)


# Two walks share the moves, so that each goes for its own: the way to the permission with its papers, dates and
# reports, and what packs go through, which leads by the later stages of a case and a permission's last pack anyway.
LATER = frozenset({"sourcing", "shipment", "dispensing", "follow_up", "closed"})


def is_of_the_first(move: Move) -> bool:
    table, source, target = move
    if table == "cases_case":
        return source not in LATER
    return not table.startswith("custody_") and target != "exhausted"


OF_THE_FIRST = frozenset(move for move in DECLARED if is_of_the_first(move))
SHARES = (OF_THE_FIRST, DECLARED - OF_THE_FIRST)


@pytest.mark.slow
@pytest.mark.parametrize("half", [0, 1], ids=["one half", "the other half"])
def test_no_step_breaks_a_law_and_every_declared_move_is_taken(
    fresh_database: FreshDatabase, settings: Any, half: int
) -> None:
    """Two halves of 5,000 steps at least, so that two workers share them; each finds every move of its share."""
    settings.EMAIL_BACKEND = "tests.machine.beside.letters.Post"
    eye = Eye(fresh_database)
    since = eye.last_entry()
    world, share = lay_ground(BEGINS), SHARES[half]
    walk, desk = Walk(world, eye, SEED + half, since=since, share=share), Desk(world, Random(SEED + half))

    while walk.steps < STEPS or (share - walk.taken.keys() and walk.steps < AT_MOST):
        walk.go(desk)

    assert walk.steps >= STEPS
    assert walk.taken.keys() >= share, f"{coverage(walk.taken)}\n{walk.name}, {walk.steps} steps: {walk.outcomes}"
    assert verify().findings == []
