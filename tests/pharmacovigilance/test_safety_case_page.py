"""The page of a safety case: what is known, what is owed, what is still to ask, and where each step leads back to."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pharmacovigilance.judging.completeness import scale
from pharmacovigilance.models import AdverseEvent, ReportedProduct
from pharmacovigilance.web.said_days import said_day
from tests.pharmacovigilance.builders import DAY, LOCKED, READ, Safety, signed_in

QUERIES = 23  # one of them the key by which words that name the patient are found


def address(safety: Safety, label: str = "SC-1") -> str:
    return f"/cases/{safety.supply.case.reference}/safety/{label}/"


def shown(safety: Safety) -> str:
    answer = signed_in(safety.coordinator).get(address(safety))
    assert answer.status_code == 200
    return answer.content.decode()


def test_shows_the_pair_to_be_judged_and_what_to_ask_next(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose()))
    text = shown(safety)

    for words in (
        "Not judged",
        "Assess V-1",
        "Lot 7K04B8.",
        "supplier Northway Invented Wholesale",
        "How complete it is",
        f"{scale().provenance} It only puts questions; nothing is refused or sent by it.",
    ):
        assert words in text, words
    assert "?event=AE-1&amp;product=MP-1" in text
    assert "As it stands they would be" in text


def test_shows_what_stands_and_the_clock_of_each_party_once_it_is_locked(safety: Safety) -> None:
    safety.locked()
    text = shown(safety)

    for words in (
        "As a whole: related",
        "Expectedness: unexpected",
        "Health professional tells",
        "Day 0",
        "Papers of V-1",
        "GB.supplier.serious, 2026-11-22, medium confidence, an unreviewed draft",
    ):
        assert words in text, words
    assert text.count('class="pic__window"') >= 2
    assert [f">Record O-{number} as told<" in text for number in (1, 2, 3, 4)] == [True, True, True, False]
    assert "Add an event" not in text


def test_a_judgement_begins_with_its_pair_and_leads_back(safety: Safety) -> None:
    safety_case = safety.attach(safety.receive())
    safety.take("event.add", now=READ, safety_case=safety_case, verbatim="Rash.", outcome="1", criteria=[])
    client, event, product = (
        signed_in(safety.coordinator),
        AdverseEvent.objects.get(number=2),
        ReportedProduct.objects.get(),
    )
    verb = f"/cases/{safety.supply.case.reference}/do/pharmacovigilance.assessment.who_umc/"

    form = client.get(verb, {"event": "AE-2", "product": "MP-1"}).content.decode()
    assert f'<option value="{event.pk}" selected' in form

    done = client.post(
        verb, {"event": event.pk, "product": product.pk, "source": "pharmacist", "result": "unlikely", "remark": ""}
    )
    assert (done.status_code, done["Location"]) == (302, address(safety))


def test_what_is_missing_is_asked_of_the_prescriber_once(safety: Safety) -> None:
    safety.attach(safety.receive())
    wanted = {"now": READ, "subject": safety.version(), "questions": ["outcome", "sex"]}
    safety.take("version.ask_what_is_missing", **wanted)
    safety.take("version.ask_what_is_missing", **wanted)

    asked = safety.supply.case.follow_ups.filter(report__isnull=False).order_by("number")
    assert [(one.what, f"{one.due_on}") for one in asked] == [
        (
            "How is the patient now: recovered, recovering, not recovered, recovered with sequelae, or deceased?",
            "2026-03-23",
        ),
        ("Is the patient male or female?", "2026-03-23"),
    ]
    assert "Is the patient male or female?" in shown(safety)


@pytest.mark.parametrize("label", ["SC-2", "SC-01", "V-1", "SC-", "SC-999999"])
def test_of_a_label_that_is_not_there_is_not_found(label: str, safety: Safety) -> None:
    safety.attach(safety.receive())
    assert signed_in(safety.coordinator).get(address(safety, label)).status_code == 404


def test_asks_as_often_for_ten_events_and_ten_products_as_for_one(safety: Safety) -> None:
    safety_case = safety.attach(safety.receive(dose=safety.dose()))
    assert _asked(safety, signed_in(safety.coordinator)) == QUERIES
    product: dict[str, Any] = {"role": "1", "action": "0", "abated": "not_known"}
    for number in range(9):
        safety.take(
            "event.add", now=READ, safety_case=safety_case, verbatim=f"Rash {number}.", outcome="1", criteria=[]
        )
        safety.take("product.add", now=READ, safety_case=safety_case, name=f"Invented {number}", **product)

    assert _asked(safety, signed_in(safety.coordinator)) == QUERIES


def _asked(safety: Safety, client: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(address(safety)).status_code == 200
    return len(asked)


def test_the_tab_stands_when_nothing_waits_to_be_asked(safety: Safety) -> None:
    for question in safety.supply.case.follow_ups.order_by("number"):
        facts = {"answered_at": READ, "answer": "Well.", "adverse_event": "no"}
        safety.take("follow_up.answer", by=safety.supply.house.doctor, now=READ, subject=question, **facts)

    shown = signed_in(safety.coordinator).get(f"/cases/{safety.supply.case.reference}/safety/")
    assert shown.status_code == 200
    assert "Nothing waits to be asked" in shown.content.decode()


def test_says_once_that_no_lot_is_confirmed_and_names_who_would_be_told(safety: Safety) -> None:
    safety.attach(safety.receive())
    text = shown(safety)

    assert text.count("Lot not confirmed: no dose was named") == 1
    assert "lot not confirmed: no dose" not in text
    assert f"Coordinating pharmacy tells {safety.supply.case.medicine.manufacturer}" in text
    assert "other party to the agreement" not in text


HOUR = re.compile(r"<time[^>]*>Sat 21 Mar(?: 2026)? 06:00 New York</time>")


def test_a_clock_of_hours_is_told_with_its_hour_and_says_when_it_is_over(safety: Safety) -> None:
    """24 hours from 10:00 UTC: "Sat 21 Mar" alone would read as the whole day."""
    client, case = signed_in(safety.coordinator), safety.supply.case
    safety.attach(safety.receive())
    pages = (address(safety), "/safety/", f"/cases/{case.reference}/safety/")

    drafted = [client.get(page).content.decode() for page in pages]
    safety.assess()
    safety.lock()
    locked = [client.get(page).content.decode() for page in pages]

    for text in (*drafted, *locked):
        assert HOUR.search(text)
        assert "Overdue" in text
    assert "SC-1: earliest reporting date, provisional" in drafted[2]
    # A clock of days is told by its day.
    assert "Sat 4 Apr 2026" in locked[0]
    assert "Sat 4 Apr 2026 2" not in locked[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-26", "Thu 26 Nov 2026"),
        ("2026-03-18T10:00:00+00:00", "Wed 18 Mar 2026"),
        ("2026-03", "Mar 2026"),
        ("2026", "2026"),
        ("", ""),
    ],
)
def test_a_day_is_told_in_words_as_far_as_it_is_known(text: str, words: str) -> None:
    assert said_day(text) == words


def test_no_day_of_events_and_lots_stands_in_the_spelling_of_machines(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose(), began="2026-03-18"))
    text = shown(safety).partition('id="h-events"')[2].partition('id="h-patient"')[0]

    assert "Wed 18 Mar 2026" in text
    assert re.findall(r"\d{4}-\d\d-\d\d", text) == []


def test_a_draft_takes_nothing_off_the_list_that_is_owed_of_the_version_before(safety: Safety) -> None:
    """Until the further version is locked the dates of the one before are those that count."""
    safety.locked()
    safety.follow_up(now=LOCKED + DAY, received_at=LOCKED + DAY)

    text = shown(safety).partition('id="h-owed"')[2].partition('id="h-grid"')[0]

    assert "V-2 is not locked: what was owed before stands by its own date until then." in text
    for words in ("O-1 of V-1, day 0 Fri 20 Mar 2026", "O-2 of V-1, ", "O-3 of V-1, ", "06:00 New York"):
        assert words in text, words
    assert "Further duties open when V-2 is locked. As it stands they would be:" in text
    assert "Nothing is on record yet" not in text
    assert text.index("O-1 of V-1") < text.index("Further duties")


def test_what_was_carried_into_the_further_version_stands_once(safety: Safety) -> None:
    safety.locked()
    safety.follow_up(now=LOCKED + DAY, received_at=LOCKED + DAY)
    safety.assess(2, now=LOCKED + DAY)
    safety.lock(2, now=LOCKED + DAY)

    text = shown(safety).partition('id="h-owed"')[2].partition('id="h-grid"')[0]

    assert " of V-1, day 0" not in text
    assert "is not locked" not in text
