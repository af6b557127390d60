"""FDA's exemption of small dispensers ends with 26 November 2026: the gate and the page flip with the clock alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from cases import clock
from cases.custody.models import Partner
from cases.custody.partners.services import enter_credential, enter_partner, record_check
from cases.lifecycle.errors import RequirementsUnmet
from tests.cases.custody.builders import Supply
from tests.cases.custody.test_partners import picture
from tests.written import refused_and_nothing_written

# The pharmacy is in New York: its 26 November ends at 05:00 UTC of the 27th.
EVENING = datetime(2026, 11, 27, 4, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
WORDS = "Exchange of transaction data package by package"


@pytest.fixture
def northgate(supply: Supply) -> Partner:
    """A wholesaler with licence and entry, both checked within the month, that exchanges no data by package yet."""
    house, entered = supply.house, EVENING - timedelta(days=5)
    partner = enter_partner(
        pharmacy=house.pharmacy, name="Northgate", kind="wholesaler", country="US", by=house.coordinator, now=entered
    )
    for kind, until in (("state_wholesale_licence", date(2027, 12, 31)), ("fda_annual_report", None)):
        held = enter_credential(
            partner, kind=kind, number=f"N-{kind}", authority="the authority", valid_until=until,
            by=house.coordinator, now=entered,
        )  # fmt: skip
        record_check(
            held, source="the register", result="confirmed", checked_at=entered, content=picture(), name="a.png",
            by=house.second_pharmacist, now=entered,
        )  # fmt: skip
    supply.plan(planned_dispatch_on="2026-12-04", planned_arrival_on="2026-12-06")
    return partner


def order(supply: Supply, partner: Partner, now: datetime) -> None:
    supply.do("order", by=supply.house.coordinator, now=now, supplier=partner, order_number="PO-1")


def test_on_its_last_evening_the_order_is_taken(supply: Supply, northgate: Partner) -> None:
    order(supply, northgate, EVENING)
    assert supply.consignment().state == "ordered"


def test_on_the_morning_after_it_is_refused_by_that_rule_alone(supply: Supply, northgate: Partner) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        order(supply, northgate, MORNING)

    (line,) = refusal.value.unmet
    assert (line.code, line.fact) == (
        "SupplierCredentialValid:electronic_exchange",
        "No exchange of transaction data package by package of Northgate is on file.",
    )
    assert line.rule == "partner rule PR-07 of 2026-11-27, table version 1, unreviewed draft, medium confidence"
    assert supply.consignment().state == "planned"


@pytest.mark.parametrize(
    ("now", "said", "asked"),
    [(EVENING, "Asked later", "from Fri 27 Nov 2026"), (MORNING, "Does not count", "before the next deed")],
)
def test_the_page_of_the_partner_says_it_before_and_after(
    supply: Supply, northgate: Partner, client: Client, monkeypatch: pytest.MonkeyPatch, now: datetime, said: str,
    asked: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(supply.house.coordinator)
    page = client.get(f"/partners/{northgate.pk}/").content.decode()
    [row] = [one for one in page.split("<tr>") if f'"row">{WORDS}' in one]
    assert said in row
    assert asked in row
    assert "FDA&#39;s exemption of small dispensers ends on 27 November 2026" in row
