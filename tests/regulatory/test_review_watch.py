"""Keepers of a pathway hear that its review falls due: once a rung, one message a person, never for a draft."""

from datetime import date, datetime, timedelta

from cases import clock
from cases.notices.letters import compose
from cases.notices.models import Notice
from cases.people.models import User
from config.schedule import BEAT_SCHEDULE
from regulatory.governance import load_drafts, retire_profile
from regulatory.models import ProfileVersion
from regulatory.review_watch import KIND, rung_reached, tell_of_reviews_due
from regulatory.tasks import watch_reviews
from tests.factories import NOW, House, build_house, signed_profile
from tests.laid import laid

DUE = date(2027, 3, 2)  # copies for the demonstration are reviewed anew after a year


@laid
def house(db: None) -> House:
    return build_house()


def sweep(on: date) -> list[tuple[str, str, list[str]]]:
    """(reader, key, pathways) of what one sweep of that day planned."""
    known = set(Notice.objects.values_list("pk", flat=True))
    now = NOW + timedelta(days=(on - NOW.date()).days)
    made = tell_of_reviews_due(by=User.objects.service("deadline-sweep"), now=now)
    new = Notice.objects.filter(kind=KIND).exclude(pk__in=known).select_related("recipient").order_by("pk")
    assert made == len(new)
    return [(str(one.recipient.display_name), one.key, one.facts["pathways"]) for one in new if one.recipient]


def test_the_reviewer_and_the_pharmacist_in_charge_hear_of_it_at_each_rung_once(house: House) -> None:
    versions = [signed_profile(house, "UK-SPECIALS"), signed_profile(house, "AU-SAS-A")]
    assert {version.next_review_due for version in versions} == {DUE}
    both = ["AU-SAS-A 1.0.0-demo", "UK-SPECIALS 1.0.0-demo"]
    assert sweep(DUE - timedelta(days=31)) == []
    for before in (30, 7, 0):
        found = sweep(DUE - timedelta(days=before))
        told = sorted((reader, pathways) for reader, _, pathways in found)
        assert told == [("H. Lindqvist", both), ("T. Adeyemi", both)]
        assert {key.split(":")[2] for _, key, _ in found} == {str(before)}
        assert sweep(DUE - timedelta(days=before)) == []
    assert sweep(DUE + timedelta(days=90)) == []


def test_after_an_outage_only_the_rung_that_is_reached_is_told(house: House) -> None:
    signed_profile(house, "UK-SPECIALS")
    assert {key.split(":")[2] for _, key, _ in sweep(DUE - timedelta(days=3))} == {"7"}
    assert [rung_reached(DUE, DUE - timedelta(days=days)) for days in (30, 8, 7, 1, 0, -400)] == [30, 30, 7, 7, 0, 0]


def test_nobody_hears_of_drafts_or_of_what_was_retired(house: House) -> None:
    load_drafts(by=house.administrator, now=NOW)
    version = signed_profile(house, "UK-SPECIALS")
    retire_profile(version, effective_to=None, reason="Replaced.", by=house.pic, now=NOW)
    assert ProfileVersion.objects.filter(status="draft_unreviewed").count() == 48
    assert sweep(DUE) == []


def test_the_letter_names_the_pathways_the_day_and_what_follows(house: House) -> None:
    signed_profile(house, "UK-SPECIALS")
    sweep(DUE - timedelta(days=30))
    sweep(DUE)
    letters = [
        compose(notice, now=datetime.combine(DUE, NOW.timetz()))
        for notice in Notice.objects.filter(kind=KIND, recipient=house.pic).order_by("pk")
    ]
    assert [letter.subject for letter in letters] == [  # type: ignore[union-attr]
        "1 pathway review due on 2027-03-02",
        "1 pathway review overdue since 2027-03-02",
    ]
    body = letters[0].body  # type: ignore[union-attr]
    assert "  UK-SPECIALS 1.0.0-demo\n" in body
    assert "After that day triage gives no confident answer from them" in body
    assert "/pathways/?review=due" in body


def test_the_task_of_the_worker_tells_by_the_one_clock_and_twice_tells_once(db: None) -> None:
    now = clock.now()
    signed_profile(build_house(now=now), "UK-SPECIALS")
    watch_reviews()
    assert not Notice.objects.filter(kind=KIND).exists()
    clock.forward(by_amount=timedelta(days=360), moved_by="tests")
    watch_reviews()
    watch_reviews()
    told = Notice.objects.filter(kind=KIND).values_list("recipient__display_name", flat=True)
    assert sorted(told) == ["H. Lindqvist", "T. Adeyemi"]


def test_it_is_rung_every_hour() -> None:
    entry = BEAT_SCHEDULE["tell of pathway reviews that fall due"]
    assert (entry["task"], entry["schedule"]) == ("regulatory.tasks.watch_reviews", timedelta(hours=1))
