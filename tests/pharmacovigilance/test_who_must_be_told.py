"""The page "who must be told, if…": the rules asked without a case, and words that are no answer."""

from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client

from cases.people.models import User
from tests.factories import build_house

PAGE = "/safety/who-must-be-told/"
FATAL = {"serious": "yes", "criteria": "death", "unexpected": "yes", "related": "yes", "biological": "no"}


@pytest.fixture
def pic(db: None, client: Client) -> User:
    user = build_house().pic
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return user


def ask(client: Client, status: int = 200, **words: str) -> str:
    answer = client.get(f"{PAGE}?{urlencode(words)}")
    assert answer.status_code == status
    return unescape(answer.content.decode())


def test_names_who_tells_whom_by_when_for_a_fatal_event_in_australia(pic: User, client: Client) -> None:
    told = ask(client, pathway="AU-SAS-B", heard="26 Nov 2026 12:48", **FATAL, product_class="chemical")

    certain, perhaps = told.split("Perhaps: turns on what is not known yet")
    assert "Local sponsor tells TGA" in certain
    assert "Fatal or life-threatening event" in certain
    assert "Thu 3 Dec 2026" in certain
    assert "Rule: AU.sponsor.fatal-lt, duty read on a page, number read; high confidence; not reviewed." in certain
    assert "a research draft" in told
    assert "Coordinating pharmacy tells other party to the agreement" in perhaps
    assert "Turns on what is not known: agreement in force." in perhaps


def test_says_which_fact_a_duty_turns_on(pic: User, client: Client) -> None:
    told = ask(client, pathway="IT-DM1997", heard="26 Nov 2026 12:48", serious="yes", related="yes")

    assert "Turns on what is not known: biological medicine." in told


def test_says_that_the_default_stands_in_where_no_rule_is_known(pic: User, client: Client) -> None:
    told = ask(client, pathway="HK-NPP", serious="no", related="no", unexpected="no")

    assert "No rule for an authority was found." in told
    assert "Write the missing rule." in told


def test_asks_for_a_pathway_first(pic: User, client: Client) -> None:
    told = ask(client)

    assert "Choose a pathway and say what is known of the report." in told


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"pathway": "XX-NONE"}, "There is no pathway 'XX-NONE'. Choose one of the list."),
        ({"pathway": "AU-SAS-B", "serious": "perhaps"}, "'perhaps' is no answer to this."),
        ({"pathway": "AU-SAS-B", "heard": "26 Nov 2026"}, "“26 Nov 2026” has no time."),
        ({"pathway": "AU-SAS-B", "heard": "30 Feb 2026 10:00"}, "30 Feb 2026"),
    ],
)
def test_keeps_what_was_typed_and_says_what_is_wrong(
    pic: User, client: Client, words: dict[str, str], sentence: str
) -> None:
    told = ask(client, 422, **words)

    assert sentence in told
    assert "This question cannot be answered. What you typed is kept." in told
    assert f'value="{words.get("heard", "")}' in told


def test_the_hour_and_the_day_of_a_clock_of_hours_are_of_one_place(pic: User, client: Client) -> None:
    """Heard in Sydney on Monday at 14:30 it is Sunday at 22:30 at the pharmacy, and a day later Monday there."""
    told = ask(client, pathway="AU-SAS-B", heard="2 Mar 2026 14:30", serious="yes")

    contract = told.partition("Coordinating pharmacy tells other party to the agreement")[2]
    assert contract.startswith(' <span class="sr">Mon 2 Mar 2026</span>')
    assert "by 22:30 New York" in contract.partition("Why this date")[0]
