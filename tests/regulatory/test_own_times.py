"""What a house's own filings took: median and nine in ten by local days, questions and refusals counted."""

from html import unescape

from regulatory.own_times import Took, own_times
from tests.factories import build_case, sign_determination
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground
from tests.regulatory.web.test_pathways import page_of

OPENED = at("2026-03-02 09:00")


@laid
def ground(db: None) -> Ground:
    return build_ground("UK-SPECIALS", now=OPENED, country="GB", zone="Europe/London")


def filed(ground: Ground, submitted: str, acknowledged: str) -> None:
    ground.ready()
    ground.take("cases.case.begin_filing")
    ground.submit(at(submitted))
    ground.acknowledge(at(acknowledged))


def test_nothing_is_said_before_the_first_filing(ground: Ground) -> None:
    assert own_times("UK-SPECIALS", user=ground.house.coordinator, now=OPENED) is None
    assert "What our own cases took" not in page_of(ground.house.coordinator, "/pathways/UK-SPECIALS/")


def test_days_are_local_and_what_has_not_come_is_left_out(ground: Ground) -> None:
    filed(ground, "2026-03-02 10:00", "2026-03-04 23:30")
    second = build_case(ground.house, now=OPENED, number=2)
    sign_determination(ground.house, second, now=OPENED)
    other = Ground(ground.house, second, OPENED)
    filed(other, "2026-03-30 22:30", "2026-03-30 23:30")  # half past midnight of the next day in London
    found = own_times("UK-SPECIALS", user=ground.house.coordinator, now=other.now)
    assert found is not None
    assert (found.filings, found.asked, found.refused) == (2, 0, 0)
    assert found.took == (Took("Submitted to acknowledged", 1.5, 2, 2),)
    page = unescape(page_of(ground.house.coordinator, "/pathways/UK-SPECIALS/"))
    assert "What our own cases took" in page
    assert "median; nine in ten within 2 days; 2 seen" in page
    assert "0 of 2" in page
    other.take(
        "regulatory.filing.receive_question",
        subject=other.filing,
        now=at("2026-04-01 10:00"),
        happened_at=at("2026-04-01 10:00"),
        text="Which batch?",
    )
    again = own_times("UK-SPECIALS", user=ground.house.coordinator, now=other.now)
    assert again is not None
    assert again.asked == 1


def test_a_window_that_ran_out_in_silence_counts_as_cleared(ground: Ground) -> None:
    filed(ground, "2026-03-02 10:00", "2026-03-02 15:00")
    ground.take("regulatory.filing.lapse", subject=ground.filing, now=at("2026-03-31 09:00"))
    found = own_times("UK-SPECIALS", user=ground.house.pic, now=ground.now)
    assert found is not None
    assert [(one.label, one.half_within) for one in found.took] == [
        ("Submitted to acknowledged", 0),
        ("Acknowledged to decided or cleared", 29),
        ("Submitted to decided or cleared", 29),
    ]
    assert own_times("UK-SPECIALS", user=ground.house.stranger.user, now=ground.now) is None
