"""Whether a person sees a case: told from the rows at hand, and the same as the list of cases says."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from cases.models import Case
from cases.people.models import Institution, Pharmacy, User
from cases.people.roles import Role
from cases.querysets import sees
from tests.factories import NOW, House, build_case, build_house
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def house() -> House:
    return build_house()


def of_elsewhere() -> list[User]:
    """Everybody inside a pharmacy and whoever receives, of another house, and of none."""
    pharmacy = Pharmacy(name="Another Invented Pharmacy", code="AIP", pk=-1)
    institution = Institution(name="Another Invented Hospital", pk=-1)
    roles = (Role.COORDINATING_PHARMACIST, Role.PHARMACIST_IN_CHARGE, Role.ADMINISTRATOR, Role.RECEIVING_PHARMACIST)
    return [
        User(email=f"{number}.{role}@example.org", role=role, pk=-number, **home)
        for number, home in enumerate(({"pharmacy": pharmacy, "institution": institution}, {}), start=1)
        for role in roles
    ]


def test_it_agrees_with_the_list_for_every_role(house: House) -> None:
    case = build_case(house)
    own = [
        house.coordinator, house.pic, house.doctor, house.delegate, house.receiving, house.administrator, house.auditor,
    ]  # fmt: skip
    others = [house.stranger.user, User(email="nobody@example.org", role="unheard_of", pk=-9), *of_elsewhere()]
    gone = User.objects.get(pk=house.coordinator.pk)
    gone.is_active = False
    told = [(person.email, person.role, sees(person, case, at=NOW)) for person in [*own, *others, gone]]
    listed = [
        (person.email, person.role, Case.objects.visible_to(person, at=NOW).filter(pk=case.pk).exists())
        for person in [*own, *others, gone]
    ]
    assert told == listed
    assert [seen for _, _, seen in told] == [True] * len(own) + [False] * (len(others) + 1)


@pytest.mark.parametrize("who", ["coordinator", "administrator", "receiving"])
def test_it_asks_nothing_of_the_database_where_the_rows_tell_it(
    house: House, who: str, django_assert_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    case = build_case(house)
    with django_assert_num_queries(0):
        assert sees(getattr(house, who), case, at=NOW)
