"""Every unit on the allow lists is a unit of UCUM, by a reader that nobody here wrote."""

from typing import Any

import lark
import pytest
import ucumvert

from pharmacovigilance.e2b.elements import table

LISTS = ("unit", "age", "parent_age", "gestation", "time", "interval")


@pytest.fixture(scope="module")
def parser() -> Any:
    return ucumvert.get_ucum_parser()


@pytest.mark.parametrize("name", LISTS)
def test_every_unit_of_a_list_is_parsed(parser: Any, name: str) -> None:
    for unit in table().codes[name]:
        parser.parse(unit)


def test_a_spelling_of_another_system_is_not_parsed(parser: Any) -> None:
    for unit in ("mcg", "IU", "cc"):
        with pytest.raises(lark.exceptions.LarkError):
            parser.parse(unit)


def test_the_list_of_units_has_the_house_size_and_no_spelling_of_another_system() -> None:
    units = table().codes["unit"]
    assert len(units) == 62
    assert not {"mcg", "IU", "cc", "ml/kg"} & set(units)
