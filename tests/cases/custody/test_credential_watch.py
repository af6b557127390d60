"""Every credential that ends, and every check that stops counting, is a date with an owner, told once a rung."""

from datetime import date, timedelta

from django.test import Client

from cases.audit.context import acting
from cases.custody.models import Partner, PartnerCredential
from cases.custody.partners.services import end_credential, enter_credential, enter_partner, record_check
from cases.custody.partners.watch import CHECK, ENDS, KIND, coming, rung_reached, tell_of_credentials_that_end
from cases.custody.tasks import watch_credentials
from cases.notices.letters import compose
from cases.notices.models import Notice
from cases.people.models import User
from config.schedule import BEAT_SCHEDULE
from tests.cases.custody.builders import Supply
from tests.cases.custody.test_partners import picture
from tests.factories import NOW, add_partner
from tests.laid import laid

TODAY = NOW.date()
ENDS_ON = date(2026, 6, 30)


@laid
def calder(supply: Supply) -> Partner:
    """A wholesaler that no consignment needs."""
    house = supply.house
    return enter_partner(
        pharmacy=house.pharmacy, name="Calder", kind="wholesaler", country="US", by=house.coordinator, now=NOW
    )


def licence(
    supply: Supply, calder: Partner, *, number: str = "WL-1", until: date | None = ENDS_ON
) -> PartnerCredential:
    return enter_credential(
        calder, kind="state_wholesale_licence", number=number, authority="Board of Pharmacy", valid_until=until,
        by=supply.house.coordinator, now=NOW,
    )  # fmt: skip


def checked(supply: Supply, credential: PartnerCredential, *, days: int = 0) -> None:
    record_check(
        credential, source="the board's search", result="confirmed", checked_at=NOW + timedelta(days=days),
        content=picture(), name="a.png", by=supply.house.second_pharmacist, now=NOW + timedelta(days=days),
    )  # fmt: skip


def dates(calder: Partner) -> list[tuple[str, date, str]]:
    found = coming(Partner.objects.filter(pk=calder.pk), today=TODAY)
    return [(one.what, one.on, one.owner.display_name if one.owner else "") for one in found]


def sweep(on: date) -> list[tuple[str, str, str]]:
    """(reader, what, rung) of what one sweep of that day planned about Calder."""
    known = set(Notice.objects.values_list("pk", flat=True))
    made = tell_of_credentials_that_end(
        by=User.objects.service("deadline-sweep"), now=NOW + timedelta(days=(on - TODAY).days)
    )
    new = Notice.objects.filter(kind=KIND).exclude(pk__in=known).select_related("recipient").order_by("pk")
    assert made == len(new)
    return [
        (one.recipient.display_name, str(one.facts["what"]), one.key.split(":")[4])
        for one in new
        if one.recipient and one.facts["partner"] == "Calder"
    ]


def test_a_credential_that_no_case_needs_has_its_date_and_its_owner(supply: Supply, calder: Partner) -> None:
    credential = licence(supply, calder)
    assert dates(calder) == [(ENDS, ENDS_ON, "M. Ostby")]
    checked(supply, credential)
    # A check of it counts for 30 days (rule PR-01); who looked it up looks again.
    checker = supply.house.second_pharmacist.display_name
    assert dates(calder) == [(CHECK, TODAY + timedelta(days=30), checker), (ENDS, ENDS_ON, "M. Ostby")]


def test_a_renewal_takes_the_place_of_the_date_and_an_ended_one_has_none(supply: Supply, calder: Partner) -> None:
    first = licence(supply, calder)
    renewed = licence(supply, calder, number="WL-2", until=date(2027, 6, 30))
    assert dates(calder) == [(ENDS, date(2027, 6, 30), "M. Ostby")]
    end_credential(renewed, ended_on=TODAY, reason="Withdrawn.", by=supply.house.coordinator, now=NOW)
    assert dates(calder) == [(ENDS, first.valid_until, "M. Ostby")]
    end_credential(first, ended_on=TODAY, reason="Withdrawn.", by=supply.house.coordinator, now=NOW)
    assert dates(calder) == []


def test_one_without_an_end_has_none(supply: Supply, calder: Partner) -> None:
    licence(supply, calder, until=None)
    assert dates(calder) == []


def test_who_is_no_more_at_work_owns_nothing_and_the_pharmacist_in_charge_does(supply: Supply, calder: Partner) -> None:
    licence(supply, calder)
    with acting(by=supply.house.administrator, verb="people.user.ended", business_at=NOW):
        User.objects.filter(pk=supply.house.coordinator.pk).update(is_active=False)
    assert dates(calder) == [(ENDS, ENDS_ON, supply.house.pic.display_name)]


def test_the_owner_hears_at_each_rung_once_and_those_in_charge_from_the_day_on(supply: Supply, calder: Partner) -> None:
    licence(supply, calder)
    what = "State wholesale distributor licence WL-1 ends"
    assert sweep(ENDS_ON - timedelta(days=31)) == []
    for before in (30, 14, 7, 1):
        assert sweep(ENDS_ON - timedelta(days=before)) == [("M. Ostby", what, str(before))]
        assert sweep(ENDS_ON - timedelta(days=before)) == []
    everybody = ["M. Ostby", supply.house.pic.display_name]
    assert sweep(ENDS_ON) == [(who, what, "0") for who in everybody]
    assert sweep(ENDS_ON + timedelta(days=40)) == [(who, what, "-7") for who in everybody]
    assert sweep(ENDS_ON + timedelta(days=80)) == []


def test_after_an_outage_only_the_rung_that_is_reached_is_told(supply: Supply, calder: Partner) -> None:
    licence(supply, calder)
    [one] = coming(Partner.objects.filter(pk=calder.pk), today=TODAY)
    reached = [rung_reached(one, ENDS_ON - timedelta(days=days)) for days in (31, 30, 8, 7, 0, -6, -7, -400)]
    assert reached == [None, 30, 14, 7, 0, 0, -7, -7]
    assert [rung for _, _, rung in sweep(ENDS_ON - timedelta(days=3))] == ["7"]


def test_where_an_open_case_needs_it_the_case_s_own_date_is_told_instead(supply: Supply) -> None:
    calder = add_partner(supply.house.pharmacy, "supplier", "Calder", now=NOW, lasts=timedelta(days=1))
    needed = Partner.objects.filter(pk=calder.pk)
    assert {one.has_case for one in coming(needed, today=TODAY)} == {False}
    supply.plan()
    supply.order(supplier=calder)
    told = {one.credential.kind: one.has_case for one in coming(needed, today=TODAY) if one.what == ENDS}
    assert told["state_wholesale_licence"] is True
    assert "State wholesale distributor licence INV-1 ends" not in {what for _, what, _ in sweep(TODAY)}


def test_the_letter_names_partner_day_and_owner_and_leads_to_the_page(supply: Supply, calder: Partner) -> None:
    licence(supply, calder)
    sweep(ENDS_ON - timedelta(days=14))
    sweep(ENDS_ON + timedelta(days=8))
    letters = [
        compose(one, now=NOW) for one in Notice.objects.filter(kind=KIND, facts__partner="Calder").order_by("pk")
    ]
    assert [letter.subject for letter in letters[:2]] == [  # type: ignore[union-attr]
        "Calder: State wholesale distributor licence WL-1 ends on 2026-06-30",
        "Calder: State wholesale distributor licence WL-1 ends, over since 2026-06-30",
    ]
    body = letters[0].body  # type: ignore[union-attr]
    assert "Owner: M. Ostby" in body
    assert f"/partners/{calder.pk}/" in body


def test_the_page_of_partners_lists_the_dates_ahead_with_their_owners(
    supply: Supply, calder: Partner, client: Client
) -> None:
    checked(supply, licence(supply, calder))
    client.force_login(supply.house.coordinator)
    page = client.get("/partners/").content.decode()
    [line] = [row for row in page.split("<tr>") if "WL-1 is to be checked again" in row]
    assert "State wholesale distributor licence WL-1 is to be checked again" in line
    assert supply.house.second_pharmacist.display_name in line
    assert "letters to the owner" in line


def test_beat_runs_it_each_hour() -> None:
    entry = BEAT_SCHEDULE["tell of partners' credentials that end"]
    assert (entry["task"], entry["schedule"]) == (watch_credentials.name, timedelta(hours=1))
