"""What a logger's extremes mean for one storage class."""

from decimal import Decimal

import pytest

from cases.custody.cold_chain.summary import judge_summary


@pytest.mark.parametrize(
    ("storage", "lowest", "highest", "minutes", "finding"),
    [
        ("refrigerated", "2.0", "8.0", 0, "in_range"),
        ("refrigerated", "1.9", "8.0", 0, "excursion"),
        ("refrigerated", "2.0", "8.1", 0, "excursion"),
        ("refrigerated", "2.9", "7.4", 10, "excursion"),
        ("refrigerated", None, "7.4", 0, "unmonitored"),
        ("refrigerated", "2.9", None, 0, "unmonitored"),
        ("room", "15.0", "25.0", 0, "in_range"),
        ("room", "14.9", "25.0", 0, "excursion"),
        ("room", "15.0", "25.1", 0, "excursion"),
        ("frozen", "-25.0", "-15.0", 0, "in_range"),
        ("frozen", "-25.1", "-15.0", 0, "excursion"),
        ("frozen", "-25.0", "-14.9", 0, "excursion"),
        ("cryo", "-196.0", "-150.0", 0, "in_range"),
        ("cryo", "-196.0", "-149.9", 0, "excursion"),
    ],
)
def test_judges_extremes_by_the_storage_class(
    storage: str, lowest: str | None, highest: str | None, minutes: int, finding: str
) -> None:
    judged, _ = judge_summary(
        storage,
        lowest=Decimal(lowest) if lowest else None,
        highest=Decimal(highest) if highest else None,
        minutes_outside=minutes,
    )

    assert judged == finding


def test_says_what_was_wrong() -> None:
    _, words = judge_summary("refrigerated", lowest=Decimal("1.5"), highest=Decimal("10.6"), minutes_outside=230)

    assert words == "1.5 °C is too cold and 10.6 °C is too warm; 230 min outside. Allowed: 2 to 8 °C."


def test_counts_an_unmonitored_journey_as_an_excursion() -> None:
    _, words = judge_summary("cryo", lowest=None, highest=None, minutes_outside=0)

    assert words == "No complete record of the temperature: it counts as an excursion. Allowed: at most -150 °C."
