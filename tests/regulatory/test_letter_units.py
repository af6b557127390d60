"""A letter that counts in another unit than the medicine: the conversion is asked, kept and shown."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from regulatory.models import Authorization, QuantityEntry
from regulatory.quantities import balance
from regulatory.units import LETTER_HOLDS, MEDICINE_HOLDS, convert
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

DECIDED = at("2026-03-05 02:00")


@laid
def filed(db: None) -> Ground:
    ground = build_ground("AU-SAS-B", now=at("2026-03-01 22:00"), country="AU", zone="Australia/Sydney")
    ground.ready(kind="application", authority="TGA", quantity="6")
    ground.submit(at("2026-03-02 05:00"))
    return ground


@pytest.mark.parametrize(
    ("quantity", "unit", "holds", "way", "comes_to", "told"),
    [
        ("5", "pack", "10", LETTER_HOLDS, "50.000", "1 pack = 10 vial"),
        ("1500", "mg", "150", MEDICINE_HOLDS, "10.000", "1 vial = 150 mg"),
        # Never over what was allowed: rounded down.
        ("1000", "mg", "150", MEDICINE_HOLDS, "6.666", "1 vial = 150 mg"),
        ("1", "pack", "2.5", LETTER_HOLDS, "2.500", "1 pack = 2.5 vial"),
    ],
)
def test_a_quantity_comes_to(quantity: str, unit: str, holds: str, way: str, comes_to: str, told: str) -> None:
    found = convert(Decimal(quantity), unit=unit, own="vial", holds=Decimal(holds), way=way)
    assert (found.quantity, found.told) == (Decimal(comes_to), told)


def test_the_ledger_counts_in_the_medicines_unit_and_keeps_what_the_letter_said(filed: Ground) -> None:
    held = filed.grant(DECIDED, quantity="2", unit="pack", unit_holds="5", unit_way="letter_holds")
    assert (held.quantity, held.unit, held.as_stated) == (Decimal("10.000"), "vial", "2 pack, 1 pack = 5 vial")
    (line,) = QuantityEntry.objects.filter(authorization=held)
    assert (line.quantity, line.factor, line.note) == (Decimal("10.000"), Decimal("5.000000"), "1 pack = 5 vial")
    filed.take("cases.case.begin_sourcing")
    filed.plan("2026-03-10", "2026-03-14", quantity="4")
    filed.order(authorization=held)
    assert balance(held).remaining == Decimal("6.000")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"quantity": "2", "unit": "pack"},
            "2 pack is a quantity in a unit without a conversion: the medicine is counted in vial. Say how many one "
            "holds of the other, and which of them holds it, or give the quantity in vial.",
        ),
        (
            {"quantity": "2", "unit": "pack", "unit_holds": "10"},
            "2 pack is a quantity in a unit without a conversion: the medicine is counted in vial. Say how many one "
            "holds of the other, and which of them holds it, or give the quantity in vial.",
        ),
        (
            {"unit": "pack", "unit_holds": "10", "unit_way": "letter_holds"},
            "The unit pack was given without a quantity. Give both, or neither.",
        ),
        (
            {"quantity": "2", "unit": "vial", "unit_holds": "10", "unit_way": "letter_holds"},
            "The unit of the letter is that of the medicine, vial, and a conversion was given. Name the unit that the "
            "letter counts in, or leave the conversion out.",
        ),
        (
            {"quantity": "0.001", "unit": "mg", "unit_holds": "150", "unit_way": "medicine_holds"},
            "0.001 mg at 1 vial = 150 mg is less than a thousandth vial.",
        ),
        (
            {"quantity": "99999999", "unit": "pack", "unit_holds": "99999999", "unit_way": "letter_holds"},
            "99999999 pack at 1 pack = 99999999 vial is more than can be kept.",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(filed: Ground, given: dict[str, str], told: str) -> None:
    filed.paper("authorisation_letter")
    before = filed.written()
    with pytest.raises(RequirementsUnmet) as refused:
        filed.grant(DECIDED, **given)
    assert [(line.code, line.fact) for line in refused.value.unmet] == [("QuantityIsInAKnownUnit", told)]
    assert (filed.filing.state, Authorization.objects.count(), filed.written()) == ("submitted", 0, before)


def test_a_unit_that_nobody_counts_in_is_refused(filed: Ground) -> None:
    with pytest.raises(FactsInvalid) as refused:
        filed.grant(DECIDED, quantity="2", unit="fortnight")
    assert list(refused.value.errors) == ["unit"]


def test_a_conversion_between_equal_units_is_refused_when_a_consignment_goes_under_it(filed: Ground) -> None:
    held = filed.grant(DECIDED, quantity="10")
    filed.take("cases.case.begin_sourcing")
    filed.plan("2026-03-10", "2026-03-14", quantity="4")
    before = filed.written()
    with pytest.raises(RequirementsUnmet) as refused:
        filed.take("regulatory.authorization.assign", subject=held, consignment=filed.consignment, factor="2")
    assert [line.fact for line in refused.value.unmet] == [
        "C-1 and A-1 are both counted in vial: leave the conversion out."
    ]
    assert (filed.written(), balance(held).used) == (before, 0)


def test_page_and_api_show_both(filed: Ground, client: Client) -> None:
    filed.grant(DECIDED, quantity="2", unit="pack", unit_holds="5", unit_way="letter_holds")
    client.force_login(filed.house.coordinator)
    page: Any = client.get(f"/cases/{filed.case.reference}/filings/").content.decode()
    assert "in the letter 2\N{NO-BREAK SPACE}packs, 1 pack = 5 vial" in page
    (line,) = client.get(f"/api/v1/cases/{filed.case.reference}/authorizations").json()
    assert (Decimal(line["quantity"]), line["unit"], Decimal(line["stated_quantity"])) == (10, "vial", 2)
    assert (line["stated_unit"], line["conversion"]) == ("pack", "1 pack = 5 vial")
