"""Every unit on the allow lists is a unit of UCUM, by a reader that nobody here wrote."""

import pytest

from pharmacovigilance.e2b.elements import table

LISTS = ("unit", "age", "parent_age", "gestation", "time", "interval")


@pytest.fixture(scope="module")
def parser():
    ucumvert = pytest.importorskip(
        "ucumvert", reason="ucumvert 0.3.2 is not installed: no independent reader has parsed the units"
    )
    return ucumvert.get_ucum_parser()


@pytest.mark.parametrize("name", LISTS)
def test_every_unit_of_a_list_is_parsed(parser, name: str) -> None:
    for unit in table().codes[name]:
        parser.parse(unit)


def test_the_list_of_units_has_the_house_size_and_no_spelling_of_another_system() -> None:
    units = table().codes["unit"]
    assert len(units) == 62
    assert not {"mcg", "IU", "cc", "ml/kg"} & set(units)
