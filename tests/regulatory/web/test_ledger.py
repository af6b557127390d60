"""The quantity ledger drawn: to scale, in words, each part with its name; nothing by colour alone."""

import re
from decimal import Decimal

import pytest

from regulatory.models import Authorization
from regulatory.quantities import Balance
from regulatory.web.ledger import NARROW, WIDE, drawing, finding, parts_of

A = Authorization(number=1, unit="vial", quantity=Decimal(10))


def stands(authorized: str | None = "10", **accounts: str) -> Balance:
    return Balance(
        Decimal(authorized) if authorized else None, {name: Decimal(total) for name, total in accounts.items()}
    )


def test_the_parts_stand_in_the_order_of_their_way_and_the_rest_last() -> None:
    found = parts_of(stands(reserved="1", dispensed="2", shipped="3", destroyed="0.5"))
    assert [(part.name, str(part.quantity)) for part in found] == [
        ("dispensed", "2"), ("destroyed", "0.5"), ("shipped", "3"), ("reserved", "1"), ("left", "3.5"),
    ]  # fmt: skip


def test_the_bar_is_told_in_a_sentence() -> None:
    told = finding(stands(dispensed="2", ordered="1"), "vial").replace("\u00a0", " ")
    assert told == "Of 10 vials authorized: 2 vials dispensed, 1 vial ordered, 7 vials left."


@pytest.mark.parametrize(("picture", "width"), [(0, WIDE), (1, NARROW)])
def test_each_part_is_to_scale(picture: int, width: float) -> None:
    drawn = str(drawing(A, stands(dispensed="2", received="5"))).split("</svg>")[picture]
    bars = [float(found) for found in re.findall(r'<rect x="[\d.]+" y="8" width="([\d.]+)"', drawn)]
    assert bars == [width - 1, pytest.approx((width - 1) * 0.2, abs=0.1), pytest.approx((width - 1) * 0.5, abs=0.1)]
    assert re.findall(r">([\d.]+ \w+)</text>", drawn) == ["2 dispensed", "5 received", "3 left"]


@pytest.mark.parametrize(
    "accounts", [{"dispensed": "0.1", "shipped": "0.1", "received": "0.1", "ordered": "0.1"}, {"reserved": "10"}]
)
def test_no_label_leaves_the_frame_or_covers_another(accounts: dict[str, str]) -> None:
    drawn = str(drawing(A, stands(**accounts))).split("</svg>")[1]
    height = float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', drawn)[1])  # type: ignore[index]
    boxes = [
        (float(x), float(y), float(x) + 6.2 * len(words))
        for x, y, words in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]+)<', drawn)
    ]
    assert all(left >= 0 and right <= NARROW + 1 and y <= height for left, y, right in boxes)
    for number, (left, y, right) in enumerate(boxes):
        assert all(
            y != other_y or right <= other_left or other_right <= left
            for other_left, other_y, other_right in boxes[number + 1 :]
        )


def test_an_authorization_without_a_quantity_has_no_bar() -> None:
    assert str(drawing(A, stands(None))) == ""
