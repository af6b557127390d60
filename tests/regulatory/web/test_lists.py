"""Pages of dated lists: entered by one person, confirmed by another; which edition stood on a day; auditors read."""

from datetime import date, timedelta
from html import unescape
from typing import Any

from django.test import Client

from regulatory.lists.models import ListEdition, ListPlace
from regulatory.lists.services import confirm_edition, enter_edition, entries_from, place_medicine
from tests.factories import NOW, House, build_house
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground
from tests.regulatory.test_au_category_a import give, ship
from tests.regulatory.web.test_pathways import page_of, signed_in

RULES = "au_authorised_supply_rules"
LIST = f"/pathways/lists/{RULES}/"
OPENED = at("2026-10-05 01:00")


@laid
def house(db: None) -> House:
    return build_house()


def form(**more: str) -> dict[str, str]:
    given = {
        "edition": "2026 No. 1",
        "from_on": "1 Jan 2026",
        "until_on": "",
        "source": "Invented gazette, read 2 Mar 2026",
        "entries": "A12; orvelumab injection\nA13; pirelastat tablet",
    }
    return given | more


def sent(client: Client, address: str, status: int, **fields: Any) -> str:
    answer = client.post(address, fields)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return unescape(answer.content.decode())


def edition_of(house: House, edition: str, from_on: date, entries: str = "A12; orvelumab") -> ListEdition:
    made = enter_edition(
        name=RULES,
        edition=edition,
        from_on=from_on,
        entries=entries_from(entries),
        source="Invented gazette",
        by=house.coordinator,
        now=NOW,
    )
    return confirm_edition(made, by=house.pic, now=NOW)


def test_every_list_says_who_reads_it_and_that_nothing_stands_yet(house: House) -> None:
    page = page_of(house.auditor, "/pathways/lists/")
    assert page.count("data-row") == 7
    assert "Authorised supply rules, Category C (Australia)" in page
    assert '<a href="/pathways/AU-SAS-C/">AU-SAS-C</a>' in page
    assert page.count("no confirmed edition") == 7
    assert 'href="/pathways/lists/"' in page_of(house.auditor, "/pathways/")


def test_one_person_enters_and_another_confirms(house: House) -> None:
    entering, confirming = signed_in(house.coordinator), signed_in(house.pic)
    answer = entering.post(f"{LIST}enter/", form())
    row = ListEdition.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}{row.pk}/")
    assert (row.edition, row.from_on, row.until_on, row.state, row.entered_by) == (
        "2026 No. 1",
        date(2026, 1, 1),
        None,
        "entered",
        house.coordinator,
    )
    own = page_of(house.coordinator, f"{LIST}{row.pk}/")
    assert "You entered it: somebody else confirms it." in own
    assert "orvelumab injection" in own
    assert "Invented gazette, read 2 Mar 2026" in own
    refused = sent(entering, f"{LIST}{row.pk}/confirm/", 409, compared="on")
    assert f"{RULES} 2026 No. 1 was not confirmed. Nothing was changed." in refused
    assert f"Entered by {house.coordinator}." in refused
    bare = sent(confirming, f"{LIST}{row.pk}/confirm/", 422)
    assert "Say that you compared it with its source: your name stands under it." in bare
    assert ListEdition.objects.get().state == "entered"
    assert confirming.post(f"{LIST}{row.pk}/confirm/", {"compared": "on"}).status_code == 302
    assert (ListEdition.objects.get().state, ListEdition.objects.get().confirmed_by) == ("confirmed", house.pic)


def test_a_refused_edition_keeps_the_typing_and_names_each_line_and_reason(house: House) -> None:
    client = signed_in(house.coordinator)
    page = sent(client, f"{LIST}enter/", 422, **form(from_on="1/2/2026", entries="A12; x\n; none\nA12; y", source=""))
    assert "“1/2/2026” can be read as two days." in page
    assert "Line 2, “; none”: There is no key of at most 80 characters. Write key; words." in page
    assert "Line 3, “A12; y”: A12 stands on line 1 already. Leave one of them out." in page
    assert "A12; x\n; none\nA12; y</textarea>" in page.replace("\r", "")
    assert 'value="2026 No. 1"' in page
    client.post(f"{LIST}enter/", form())
    twice = sent(client, f"{LIST}enter/", 409, **form(until_on="31 Dec 2025"))
    assert f"{RULES} 2026 No. 1 is entered, not confirmed." in twice
    assert "2026-01-01 to 2025-12-31." in twice
    assert 'value="31 Dec 2025"' in twice
    assert ListEdition.objects.count() == 1


def test_which_edition_stood_on_a_day_is_looked_up(house: House) -> None:
    edition_of(house, "2026 No. 1", date(2026, 1, 1))
    edition_of(house, "2026 No. 2", date(2026, 7, 1))
    for on, told in {
        "30 Jun 2026": "On Tue 30 Jun 2026 edition 2026 No. 1 stood.",
        "2026-07-01": "On Wed 1 Jul 2026 edition 2026 No. 2 stood.",
        "31 Dec 2025": "Not known: no confirmed edition stood on Wed 31 Dec 2025.",
    }.items():
        assert told in page_of(house.auditor, f"{LIST}?on={on}")
    answer = signed_in(house.auditor).get(LIST, {"on": "soon\x00"})
    assert answer.status_code == 422
    assert "“soon” is not a day." in unescape(answer.content.decode())


def test_a_withdrawn_edition_lets_the_one_it_ended_stand_again(house: House) -> None:
    first = edition_of(house, "2026 No. 1", date(2026, 1, 1))
    second = edition_of(house, "2026 No. 2", date(2026, 7, 1))
    third = edition_of(house, "2026 No. 3", date(2026, 9, 1))
    client = signed_in(house.pic)
    assert "No reason was given." in sent(client, f"{LIST}{second.pk}/withdraw/", 422, reason=" ")
    assert client.post(f"{LIST}{second.pk}/withdraw/", {"reason": "Read from the wrong year."}).status_code == 302
    ends = {row.edition: (row.until_on, row.ended_by_id) for row in ListEdition.objects.filter(state="confirmed")}
    assert ends == {"2026 No. 1": (date(2026, 8, 31), third.pk), "2026 No. 3": (None, None)}
    client.post(f"{LIST}{third.pk}/withdraw/", {"reason": "That too."})
    assert ListEdition.objects.get(pk=first.pk).until_on is None


def test_an_edition_entered_late_for_days_before_another_ends_where_that_begins(house: House) -> None:
    edition_of(house, "2026 No. 2", date(2026, 7, 1))
    earlier = edition_of(house, "2026 No. 1", date(2026, 1, 1))
    assert earlier.until_on == date(2026, 6, 30)
    twin = enter_edition(
        name=RULES,
        edition="2026 No. 2, corrected",
        from_on=date(2026, 7, 1),
        entries=entries_from("A12"),
        source="Invented gazette",
        by=house.coordinator,
        now=NOW,
    )
    page = sent(signed_in(house.pic), f"{LIST}{twin.pk}/confirm/", 409, compared="on")
    assert f"{RULES} 2026 No. 2 begins on 2026-07-01 too." in page


def test_a_medicine_is_placed_by_a_pharmacist_with_a_reading(house: House) -> None:
    edition_of(house, "2026 No. 1", date(2026, 1, 1))
    client = signed_in(house.coordinator)
    given = {"medicine": house.medicine.pk, "key": "Z9", "reading": "Same form and route."}
    page = sent(client, f"{LIST}place/", 409, **given)
    assert "'Z9' was given." in page
    assert ">Same form and route.</textarea>" in page.replace("\r", "").replace("\n", "")
    assert client.post(f"{LIST}place/", given | {"key": "A12"}).status_code == 302
    assert ListPlace.objects.values_list("key", "reading").get() == ("A12", "Same form and route.")
    assert "Same form and route." in page_of(house.auditor, LIST)
    assert "Place it under this entry" not in page_of(house.auditor, LIST)
    assert signed_in(house.administrator).post(f"{LIST}place/", given | {"key": "A12"}).status_code == 403


def test_entries_are_found_by_words_and_a_long_edition_says_how_many_there_are(house: House) -> None:
    lines = "\n".join(f"K{number:03}; invented {number}" for number in range(250))
    row = edition_of(house, "long", date(2026, 1, 1), lines)
    page = page_of(house.auditor, f"{LIST}{row.pk}/")
    assert "250 entries" in page
    assert "200 of 250 shown: find by words to see the others." in page
    found = page_of(house.auditor, f"{LIST}{row.pk}/?q=K249")
    assert "invented 249" in found
    assert "invented 248" not in found
    assert signed_in(house.auditor).get(f"/pathways/lists/it_law_648/{row.pk}/").status_code == 404
    assert signed_in(house.auditor).get("/pathways/lists/nothing/").status_code == 404


@laid
def category_c(db: None) -> Ground:
    ground = build_ground("AU-SAS-C", now=OPENED, country="AU", zone="Australia/Sydney")
    for doc_type in ("regulator_form", "patient_consent", "prescription"):
        ground.paper(doc_type, uploaded=True, held_by="local_sponsor" if doc_type == "regulator_form" else "")
    return ground


def test_the_edition_of_the_supply_date_is_kept_and_shown_on_the_case(category_c: Ground) -> None:
    house = category_c.house
    edition_of(house, "2026 No. 1", date(2026, 1, 1))
    edition_of(house, "2026 No. 2", date(2026, 10, 25))
    place_medicine(house.medicine, name=RULES, key="A12", reading="Same form.", by=house.coordinator, now=OPENED)
    category_c.take("cases.case.begin_sourcing")
    ship(category_c, dispatch="2026-10-20", arrival="2026-10-24")
    give(category_c, dispensed_at=at("2026-10-31 02:00"))
    address = f"/cases/{category_c.case.reference}/filings/"
    shown = page_of(house.coordinator, address).split("What each step rested on", 1)[1].split("</dl>", 1)[0]
    assert "Sat 31 Oct 2026</dt><dd>Edition 2026 No. 2: " in shown
    assert "dispensed" in shown.rsplit("Edition 2026 No. 2: ", 1)[1]
    assert "Tue 20 Oct 2026</dt><dd>Edition 2026 No. 1: " in shown
    later = edition_of(house, "2026 No. 3", date(2026, 10, 31))
    assert ListEdition.objects.get(edition="2026 No. 2").until_on == later.from_on - timedelta(days=1)
    again = page_of(house.coordinator, address).split("What each step rested on", 1)[1].split("</dl>", 1)[0]
    assert again == shown
