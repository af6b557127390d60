"""The other routes of a country: the first day each could be used, at best."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from regulatory.impact.alternatives import Bridge, Route, bridge, routes
from regulatory.impact.standing import THERE, UNDER_WAY, Shipment, Standing
from tests.regulatory.profiles.ground import LIBRARY

NOW = datetime(2026, 12, 2, 14, 0, tzinfo=UTC)
TODAY = date(2026, 12, 2)


@pytest.mark.parametrize(
    ("key", "first_on", "why"),
    [
        ("IE-EMP", date(2026, 12, 2), "If all is filed today, nothing is waited for."),
        ("UK-SPECIALS", date(2026, 12, 31), "If all is filed today, the waiting window runs out in silence."),
        (
            "MY-REG15-6",
            date(2026, 12, 22),
            "If all is filed today and the authority takes the longest time that its source names.",
        ),
        ("HK-NPP", None, "The authority's time to decide is not known: ask it."),
        # Out of hours a gate opens on a Saturday; nobody plans a supply on that.
        ("FR-AAC", None, "The authority's time to decide is not known: ask it."),
    ],
)
def test_the_first_day_follows_from_its_gates_and_the_time_to_decide(key: str, first_on: date | None, why: str) -> None:
    (route,) = routes([LIBRARY.profile(key)], calendars=LIBRARY.calendars, now=NOW)
    assert (route.key, route.first_on, route.why) == (key, first_on, why)


def test_every_route_of_the_house_can_be_asked() -> None:
    found = routes(LIBRARY.profiles.values(), calendars=LIBRARY.calendars, now=NOW)
    days = [route.first_on for route in found]
    assert all(route.why for route in found)
    assert days == sorted(days, key=lambda day: day or date.max)
    assert not {route.key for route in found} & {"US-EXPORT", "ZA-S21-BULK"}


def test_a_bridge_counts_what_is_there_and_names_what_still_comes() -> None:
    route = Route("IE-EMP", "1.0.0", "", date(2026, 12, 20), "")
    there, coming = (
        Shipment("C-1", THERE, TODAY, TODAY, 7),
        Shipment("C-2", UNDER_WAY, TODAY, date(2026, 12, 5), 28),
    )
    case = Standing("NP-1", "dispensing", runs_out_on=date(2026, 12, 6), shipments=(there, coming))
    found = bridge(case, route, closes_on=date(2026, 12, 4), today=TODAY)
    assert found == Bridge(12, date(2026, 12, 13), (), route, 6)
    assert bridge(case, route, closes_on=date(2026, 12, 5), today=TODAY).coming == ("C-2, 28 days, on Sat 5 Dec 2026",)
    assert "ask the prescriber" in bridge(replace(case, runs_out_on=None), None, closes_on=None, today=TODAY).in_words()
