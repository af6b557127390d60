"""A credential that ends is a date of the house: a row with an owner, on Today, settled by what was done."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.custody.models import CredentialDate, Partner
from cases.custody.partners.services import end_credential, record_check
from cases.custody.partners.watch import tell_of_credentials_that_end
from cases.people.models import User
from tests.cases.custody.builders import Supply
from tests.cases.custody.test_credential_watch import ENDS_ON, calder, checked, licence
from tests.cases.custody.test_partners import picture
from tests.factories import NOW, add_partner

__all__ = ["calder"]
TODAY = NOW.date()
DAY = timedelta(days=1)
# The pages are read at the clock of the machine.
AHEAD = datetime.now(UTC).date() + 60 * DAY


def rows(partner: Partner) -> list[tuple[str, date, str, str]]:
    """(what, last day, what became of it, why) of every date, the oldest first."""
    found = CredentialDate.objects.filter(partner=partner).order_by("pk")
    return [(one.what, one.due_on, one.settled, one.settled_because) for one in found]


def sweep(on: date) -> None:
    tell_of_credentials_that_end(by=User.objects.service("deadline-sweep"), now=NOW + (on - TODAY))


def test_a_credential_opens_its_date_once_with_owner_and_reason(supply: Supply, calder: Partner) -> None:
    licence(supply, calder)
    sweep(TODAY)
    row = CredentialDate.objects.get(partner=calder)

    assert (row.what, row.due_on, row.owner, row.opened_at) == ("ends", ENDS_ON, supply.house.coordinator, NOW)
    assert row.because == "Its paper, entered by M. Ostby, says so."
    assert row.settled == ""


def test_a_check_opens_its_date_and_the_reason_names_rule_and_days(supply: Supply, calder: Partner) -> None:
    checked(supply, licence(supply, calder))
    row = CredentialDate.objects.get(partner=calder, what="check")

    assert row.due_on == TODAY + 30 * DAY
    said = "Looked up on 2026-03-02; a look counts 30 days by partner rule PR-01, an unreviewed draft."
    assert row.because == said


def test_checking_again_meets_it_and_opens_the_next(supply: Supply, calder: Partner) -> None:
    credential = licence(supply, calder)
    checked(supply, credential)
    checked(supply, credential, days=20)

    assert rows(calder) == [
        ("ends", ENDS_ON, "", ""),
        ("check", TODAY + 30 * DAY, "met", "Checked again on 2026-03-22."),
        ("check", TODAY + 50 * DAY, "", ""),
    ]


def test_checking_again_after_the_day_meets_it_late(supply: Supply, calder: Partner) -> None:
    credential = licence(supply, calder)
    checked(supply, credential)
    checked(supply, credential, days=31)

    assert rows(calder)[1] == ("check", TODAY + 30 * DAY, "met_late", "Checked again on 2026-04-02.")


def test_a_check_that_was_not_confirmed_does_not_meet_it(supply: Supply, calder: Partner) -> None:
    credential = licence(supply, calder)
    checked(supply, credential)
    record_check(
        credential, source="the board's search", result="restricted", checked_at=NOW + DAY, content=picture(),
        name="a.png", by=supply.house.coordinator, now=NOW + DAY,
    )  # fmt: skip

    assert rows(calder)[1] == (
        "check", TODAY + 30 * DAY, "dropped",
        "The source did not confirm it on 2026-03-03: restricted, suspended or revoked.",
    )  # fmt: skip


def test_a_renewal_meets_it_and_has_a_date_of_its_own(supply: Supply, calder: Partner) -> None:
    licence(supply, calder)
    licence(supply, calder, number="WL-2", until=date(2027, 6, 30))

    assert rows(calder) == [
        ("ends", ENDS_ON, "met", "Renewed: WL-2 is on file."),
        ("ends", date(2027, 6, 30), "", ""),
    ]


def test_one_that_was_ended_is_dropped_and_the_renewed_one_stands_again(supply: Supply, calder: Partner) -> None:
    licence(supply, calder)
    renewed = licence(supply, calder, number="WL-2", until=date(2027, 6, 30))
    end_credential(renewed, ended_on=TODAY, reason="Withdrawn.", by=supply.house.coordinator, now=NOW)

    assert rows(calder) == [
        ("ends", ENDS_ON, "met", "Renewed: WL-2 is on file."),
        ("ends", date(2027, 6, 30), "dropped", "The credential no longer counts since 2026-03-02."),
        ("ends", ENDS_ON, "", ""),
    ]


def test_the_owner_who_left_gives_it_to_the_one_in_charge(supply: Supply, calder: Partner) -> None:
    licence(supply, calder)
    with acting(by=supply.house.administrator, verb="people.user.ended", business_at=NOW):
        User.objects.filter(pk=supply.house.coordinator.pk).update(is_active=False)
    sweep(TODAY)

    assert CredentialDate.objects.get(partner=calder).owner == supply.house.pic


def test_a_date_from_before_these_rows_is_opened_by_the_sweep(supply: Supply, calder: Partner) -> None:
    licence(supply, calder)
    partner = add_partner(supply.house.pharmacy, "supplier", "Elder", now=NOW, lasts=300 * DAY)
    known = CredentialDate.objects.filter(partner=partner).count()
    sweep(TODAY)

    assert CredentialDate.objects.filter(partner=partner, settled="").count() >= max(known, 1)


@pytest.mark.parametrize("change", [{"due_on": TODAY}, {"because": "x"}, {"what": "check"}, {"partner_id": 1}])
def test_the_database_moves_no_date(change: dict[str, Any], supply: Supply, calder: Partner) -> None:
    licence(supply, calder)
    with (
        acting(by=supply.house.coordinator, verb="custody.credential.entered", business_at=NOW),
        pytest.raises(DatabaseError, match="a date is not moved"),
        transaction.atomic(),
    ):
        CredentialDate.objects.update(**change)


def test_the_trail_of_the_partner_has_it(supply: Supply, calder: Partner) -> None:
    licence(supply, calder)
    entry = AuditEntry.objects.filter(table_name="custody_credentialdate").latest("seq")
    assert entry.chain == f"partner:{calder.pk}"


def test_the_partner_s_page_and_the_api_tell_what_became_of_each(supply: Supply, calder: Partner) -> None:
    credential = licence(supply, calder)
    checked(supply, credential)
    checked(supply, credential, days=31)
    client = Client()
    client.force_login(supply.house.auditor)

    page = client.get(f"/partners/{calder.pk}/").content.decode()
    told = client.get(f"/api/v1/partners/{calder.pk}").json()["dates"]

    sheet = page.partition('id="h-dates"')[2].partition("</section>")[0]
    for words in ("WL-1 is to be checked again", "Met late", "Checked again on 2026-04-02.", "Overdue"):
        assert words in sheet, words
    assert [(one["what"], one["due_on"], one["settled"]) for one in told] == [
        ("check", "2026-05-02", ""), ("ends", "2026-06-30", ""), ("check", "2026-04-01", "met_late"),
    ]  # fmt: skip
    assert told[2]["settled_because"] == "Checked again on 2026-04-02."


# -- On Today.


def day(person: User, **asked: str) -> str:
    client = Client()
    client.force_login(person)
    page = client.get("/today/", {"within": "all"} | asked)
    assert page.status_code == 200
    _, _, band = page.content.decode().partition('id="h-house"')
    return band.partition("</section>")[0]


def test_today_says_what_when_why_and_whose(supply: Supply, calder: Partner) -> None:
    licence(supply, calder, until=AHEAD)
    own, others = day(supply.house.coordinator), day(supply.house.pic)

    for words in ("Calder", "United States", "State wholesale distributor licence WL-1 ends, last day "):
        assert words in own
    assert f"{AHEAD.day} {AHEAD:%b}" in own
    assert "A licence or paper lapses." in own
    assert "Its paper, entered by M. Ostby, says so." in own
    assert f"/partners/{calder.pk}/#h-cred-" in own
    assert "<b>You</b>" in own
    assert "<b>M. Ostby</b>" in others


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, True), ({"within": ""}, False), ({"show": "mine"}, True), ({"show": "statutory"}, False),
        ({"ball": "me"}, True), ({"ball": "colleague"}, False), ({"ball": "outside"}, False),
        ({"harm": "1"}, True), ({"harm": "5"}, False), ({"country": "US"}, True), ({"country": "GB"}, False),
    ],
)  # fmt: skip
def test_it_is_narrowed_like_the_day(asked: dict[str, Any], shown: bool, supply: Supply, calder: Partner) -> None:
    licence(supply, calder, until=AHEAD)
    assert ("WL-1" in day(supply.house.coordinator, **asked)) == shown


def test_a_date_that_a_case_has_is_not_told_twice(supply: Supply) -> None:
    calder = add_partner(supply.house.pharmacy, "supplier", "Calder", now=NOW, lasts=DAY)
    sweep(TODAY)
    named = "State wholesale distributor licence INV-1 ends, last day was "
    assert named in day(supply.house.coordinator)
    supply.plan()
    supply.order(supplier=calder)
    assert named not in day(supply.house.coordinator)


def test_the_house_costs_one_query_however_many_dates(supply: Supply, calder: Partner) -> None:
    def of_dates() -> int:
        with CaptureQueriesContext(connection) as captured:
            day(supply.house.coordinator)
        return sum('FROM "custody_credentialdate"' in query["sql"] for query in captured.captured_queries)

    few = of_dates()
    for number in range(5):
        licence(supply, calder, number=f"WL-{number}", until=ENDS_ON + number * DAY)
    assert (few, of_dates()) == (1, 1)
