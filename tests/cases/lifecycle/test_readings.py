"""What many requirements read of a case is read once while a checklist is judged, and anew after it."""

import pytest

from cases.lifecycle.readings import once_a_checklist, reading_once
from cases.models import Case
from tests.factories import House, build_case, build_house
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def house() -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    return build_case(house)


def test_it_is_read_once_for_each_case_and_anew_after_the_checklist(house: House, case: Case) -> None:
    asked: list[str] = []

    @once_a_checklist
    def read(of: Case) -> int:
        asked.append(of.reference)
        return len(asked)

    other = build_case(house, number=2)
    assert [read(case), read(case)] == [1, 2]
    with reading_once():
        assert [read(case), read(other), read(Case.objects.get(pk=case.pk)), read(other)] == [3, 4, 3, 4]
    with reading_once():
        assert read(case) == 5
    assert read(case) == 6
    assert asked == [case.reference] * 3 + [other.reference, case.reference, case.reference]


def test_a_case_that_is_not_there_yet_is_read_every_time(house: House) -> None:
    asked: list[None] = []

    @once_a_checklist
    def read(of: Case) -> None:
        asked.append(None)

    with reading_once():
        read(Case())
        read(Case())
    assert len(asked) == 2
