"""Short hands for what two people read and check on an arrival."""

from typing import Any

from cases.audit.context import acting
from cases.people.models import User
from cases.people.roles import Role
from tests.cases.custody.builders import GTIN, HOUR, INSPECTED, Supply
from tests.factories import PASSWORD, person


def unmet(refusal: Any) -> dict[str, str]:
    return {line.code: line.fact for line in refusal.value.unmet}


def typed(serial: str) -> str:
    return f"(01){GTIN}(17)270831(10)7K04B8(21){serial}"


def colleague(supply: Supply) -> User:
    with acting(by=supply.house.administrator, verb="tests.person.added"):
        return person("bell@example.org", "R. Bell", Role.RECEIVING_PHARMACIST, institution=supply.house.institution)


def read_typed(supply: Supply, serial: str, by: User) -> None:
    supply.do("read_pack", by=by, now=INSPECTED, text=typed(serial), entry_method="typed")


def check(supply: Supply, by: User | None = None, **facts: Any) -> None:
    given = {"units_counted": "2", "agrees": "yes", "password": PASSWORD} | facts
    supply.do("second_check", by=by or supply.house.doctor, now=INSPECTED + HOUR / 2, **given)
