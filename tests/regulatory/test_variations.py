"""A change of dose, product or prescriber: the old authorization stands until the variation is granted."""

import pytest

from cases.lifecycle.errors import FactsInvalid
from regulatory.models import Authorization
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

NOTE = "From 150 mg every 14 days to 300 mg every 14 days."


@laid
def granted(db: None) -> Ground:
    ground = build_ground("UK-SPECIALS", now=at("2026-03-02 09:00"), country="GB", zone="Europe/London")
    ground.ready(quantity="10")
    ground.submit(at("2026-03-02 10:00"))
    ground.grant(at("2026-03-04 01:00"), quantity="10")
    return ground


def vary(ground: Ground, *changes: str) -> None:
    ground.take("regulatory.filing.vary", varies=ground.authorization, changes=list(changes), change_note=NOTE)


def test_a_variation_takes_over_what_it_does_not_change(granted: Ground) -> None:
    vary(granted, "dose", "product")
    filing = granted.filing
    assert (filing.label, filing.kind, filing.authority, filing.state) == ("F-2", "notification", "MHRA", "preparing")
    assert (filing.varies, filing.changes, filing.change_note) == (granted.authorization, ["dose", "product"], NOTE)
    assert str(filing.quantity) == "10.000"


def test_the_pathway_says_what_a_change_asks_or_that_it_is_not_known(granted: Ground) -> None:
    granted.take("regulatory.filing.vary", varies=granted.authorization, changes=["dose", "product"], change_note=NOTE)
    event = granted.case.events.latest("seq")
    told = [line["fact"] for line in event.checklist if line["code"].startswith("VariationByThePathway")]
    assert told == [
        "The pathway does not say what a change of the dose asks: not known, ask the authority.",
        "A change of the product or its manufacturer: new notification, medium confidence.",
    ]


def test_the_old_one_stands_until_the_variation_is_granted(granted: Ground) -> None:
    old = granted.authorization
    vary(granted, "dose")
    granted.take("regulatory.filing.make_ready", subject=granted.filing)
    granted.submit(at("2026-03-05 10:00"))
    assert Authorization.objects.get(pk=old.pk).state == "in_force"
    granted.grant(at("2026-03-06 01:00"), quantity="20")
    assert [(one.label, one.state) for one in granted.case.authorizations.order_by("number")] == [
        ("A-1", "superseded"), ("A-2", "in_force"),
    ]  # fmt: skip


def test_a_refused_variation_leaves_the_old_one_as_it_is(granted: Ground) -> None:
    vary(granted, "dose")
    granted.take("regulatory.filing.make_ready", subject=granted.filing)
    granted.submit(at("2026-03-05 10:00"))
    granted.take(
        "regulatory.filing.refuse", subject=granted.filing, now=at("2026-03-06 01:00"),
        happened_at=at("2026-03-06 01:00"), reason="The dose is too high.",
    )  # fmt: skip
    assert granted.authorization.state == "in_force"


def test_a_variation_of_nothing_is_refused_by_field(granted: Ground) -> None:
    before = granted.written()
    with pytest.raises(FactsInvalid) as refused:
        granted.take("regulatory.filing.vary", varies=granted.authorization, changes=["colour"], change_note="")
    assert sorted(refused.value.errors) == ["change_note", "changes"]
    assert granted.written() == before
