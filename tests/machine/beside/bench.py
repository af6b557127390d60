"""What every act works on: the world, its chance, and what it leaves for the walk to try."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from cases.models import Case
from cases.people.models import User
from tests.machine.ground import IN_SIGHT, World
from tests.machine.remedies import Wish


@dataclass
class Bench:
    """``hopes`` are verbs that should follow an act, for the walk to take."""

    world: World
    rng: Random
    number: int = 0
    uploads: int = 0
    strangers: int = 0
    hopes: list[tuple[Case, list[Wish]]] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.world.now

    @property
    def clerk(self) -> User:
        house = self.world.house
        return self.rng.choice([house.coordinator, house.pic, house.second_pharmacist])

    def next_number(self) -> int:
        self.number += 1
        return self.number

    def cases_in_sight(self) -> list[Case]:
        return self.world.cases[-IN_SIGHT:]

    def a_case(self) -> Case:
        return self.rng.choice(self.cases_in_sight())

    def one(self, rows: Any) -> Any:
        """One of these rows, the same for the same chance; None when there is none."""
        keys = sorted(rows.values_list("pk", flat=True))
        return rows.model._default_manager.get(pk=self.rng.choice(keys)) if keys else None


# An act gives None when there was nothing to do it on.
Act = Callable[[Bench], Any]
