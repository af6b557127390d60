"""A house with one case, and its people as callers of the API."""

from collections.abc import Callable

import pytest

from cases.models import Case
from cases.people.models import User
from tests.api.callers import Caller
from tests.factories import House, build_case, build_house
from tests.laid import laid


@laid
def house(db: None) -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    return build_case(house)


@pytest.fixture
def call(db: None) -> Callable[[User | None], Caller]:
    """``call(house.pic)``: the person, with a token."""
    return Caller


@pytest.fixture
def pharmacist(house: House) -> Caller:
    return Caller(house.coordinator)


@pytest.fixture
def prescriber(house: House) -> Caller:
    return Caller(house.doctor)


@pytest.fixture
def auditor(house: House) -> Caller:
    return Caller(house.auditor)


@pytest.fixture
def stranger(house: House) -> Caller:
    """A prescriber of other cases."""
    return Caller(house.stranger.user)


@pytest.fixture
def receiving(house: House) -> Caller:
    """The pharmacist of the institution that receives."""
    return Caller(house.receiving)
