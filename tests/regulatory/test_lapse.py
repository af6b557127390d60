"""An authorization that ends, or is stopped, while goods travel under it: held, not used, regularised (edge case 4)."""

from cases.models import Hold
from cases.notices.models import Notice
from regulatory.quantities import balance
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground
from tests.regulatory.test_au_category_a import ship


@laid
def late(db: None) -> Ground:
    """A-1 ended on Thu 12 March; C-1 left on the 10th and arrived on the 14th."""
    ground = build_ground("AU-SAS-B", now=at("2026-03-01 22:00"), country="AU", zone="Australia/Sydney")
    ground.ready(kind="application", authority="TGA", quantity="6")
    ground.submit(at("2026-03-02 05:00"))
    ground.grant(at("2026-03-05 02:00"), quantity="6", valid_until="2026-03-12")
    ground.take("cases.case.begin_sourcing")
    ship(ground, dispatch="2026-03-10", arrival="2026-03-12", arrives="2026-03-14", authorization=ground.authorization)
    return ground


def line(ground: Ground) -> tuple[str, str]:
    found = ground.line(
        "ArrivedUnderItsAuthorization", "custody.consignment.accept", by=ground.house.pic, subject=ground.consignment
    )
    return found.state, found.fact


def test_what_arrived_after_the_end_is_not_used_until_another_authorization_carries_it(late: Ground) -> None:
    assert line(late) == ("unmet", "C-1 arrived on 2026-03-14; A-1 ended on 2026-03-12.")
    late.take("regulatory.filing.renew", renews=late.filing, quantity="6")
    for kind in ("clinical", "regulatory"):
        late.review(kind)
    late.take("regulatory.filing.make_ready", subject=late.filing)
    late.submit(at("2026-03-15 02:00"))
    late.grant(at("2026-03-16 02:00"), quantity="6", valid_from="2026-03-12", valid_until="2027-03-12")
    late.take("regulatory.authorization.assign", subject=late.authorization, consignment=late.consignment)
    assert line(late) == ("met", "C-1 arrived on 2026-03-14 under A-2.")
    first = late.case.authorizations.get(number=1)
    assert (balance(first).used, balance(late.authorization).accounts) == (0, {"received": 2})


def test_what_lies_there_is_not_used_while_its_authorization_is_stopped(late: Ground) -> None:
    ground = late
    ground.take("regulatory.authorization.suspend", subject=ground.authorization, reason="Letter of today.")
    assert line(ground)[0] == "unmet"
    assert Hold.objects.get(case=ground.case).reason == "A-1 is suspended: Letter of today."


def test_the_end_during_the_journey_places_a_hold_and_is_told_at_once(db: None) -> None:
    ground = build_ground("AU-SAS-B", now=at("2026-03-01 22:00"), country="AU", zone="Australia/Sydney")
    ground.ready(kind="application", authority="TGA", quantity="6")
    ground.submit(at("2026-03-02 05:00"))
    ground.grant(at("2026-03-05 02:00"), quantity="6", valid_until="2026-03-12")
    ground.take("cases.case.begin_sourcing")
    ground.plan("2026-03-10", "2026-03-12")
    ground.order(authorization=ground.authorization)
    ground.allocate()
    ground.take(
        "custody.consignment.release",
        by=ground.house.pic,
        subject=ground.consignment,
        now=at("2026-03-10 01:00"),
        planned_dispatch_on="2026-03-10",
        planned_arrival_on="2026-03-12",
    )
    ground.take("regulatory.authorization.expire", subject=ground.authorization, now=at("2026-03-13 02:00"))
    hold = Hold.objects.get(case=ground.case)
    assert (hold.kind, hold.reason) == (
        "regulatory",
        "A-1 ended while C-1 was under way. Tell the carrier, the consignee and the authority.",
    )
    told = Notice.objects.filter(kind="regulatory.authorization_stopped")
    assert [(one.recipient, one.is_urgent) for one in told] == [(ground.house.pic, True)]
