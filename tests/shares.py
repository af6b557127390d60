"""Which tests each worker begins with: a test of a minute that begins last keeps one core busy and the others idle."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import pytest


def long_ones_first(items: Sequence[pytest.Item], *, workers: int) -> list[pytest.Item]:
    """The tests in their order, but those marked ``long`` at the head of the workers' shares, dealt in turn.

    A worker's share is one piece of the list, as large as the others' (``--dist worksteal``); who is done early takes
    from the tail of another's.
    """
    long = [item for item in items if item.get_closest_marker("long")]
    others = (item for item in items if not item.get_closest_marker("long"))
    dealt: list[pytest.Item] = []
    for worker in range(workers):
        end = len(items) * (worker + 1) // workers
        dealt += long[worker::workers]
        dealt += islice(others, max(0, end - len(dealt)))
    return [*dealt, *others]
