"""The pages of reporting rules and their API: listed, read with their versions, proposed by one, decided by another."""

import json

from django.test import Client

from cases.people.models import User
from pharmacovigilance.library import release
from pharmacovigilance.models import ReportingRuleVersion
from pharmacovigilance.proposing import typed_of
from pharmacovigilance.releases import load_release
from tests.factories import NOW, House, build_house
from tests.laid import laid

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
RULE = "GB.supplier.serious"
ADDRESS = f"/safety/rules/{RULE}/"


@laid
def house(db: None) -> House:
    found = build_house()
    load_release(by=User.objects.service("setup"), now=NOW)
    return found


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def typed(**changed: str) -> dict[str, str]:
    given = typed_of(release().texts[RULE], today=NOW.date())
    return given | {"in_force_from": "1 Mar 2026", "reason": "Read in the regulation."} | changed


def propose(house: House, **changed: str) -> str:
    answer = client_of(house.coordinator).post(f"{ADDRESS}propose/", typed(**changed), follow=True)
    return answer.content.decode()


def test_lists_every_rule_with_source_and_standing(house: House) -> None:
    page = client_of(house.pic).get("/safety/rules/").content.decode()

    assert "164 of 164; 0 reviewed, 0 proposals await a second person" in page
    assert page.count("Unreviewed draft</span>") == 164
    assert RULE in page


def test_lists_by_place_and_standing(house: House) -> None:
    client = client_of(house.pic)
    propose(house, amount="7")

    british = client.get("/safety/rules/", {"place": "GB"}).content.decode()
    waiting = client.get("/safety/rules/", {"standing": "proposed"}).content.decode()
    reviewed = client.get("/safety/rules/", {"standing": "reviewed"}).content.decode()

    assert "7 of 164" in british
    assert "1 of 164; 0 reviewed, 1 proposal awaits a second person" in waiting
    assert RULE in waiting
    assert "None has this place and standing." in reviewed


def test_one_rule_says_when_it_applies_by_when_and_from_which_source(house: House) -> None:
    page = client_of(house.auditor).get(ADDRESS).content.decode()

    for words in ("Serious is yes", "It applies if", "Counted from:".lower(), "Version 1: as it came with the product"):
        assert words in page, words
    assert "Propose a version" not in page


def test_one_proposes_and_another_approves(house: House) -> None:
    page = propose(house, amount="7", confidence="high")
    assert f"Version 2 of {RULE} awaits a second person." in page
    assert "Approve version 2" not in page

    second = client_of(house.pic)
    shown = second.get(ADDRESS).content.decode()
    assert "Approve version 2" in shown
    assert "“Read in the regulation.”" in shown
    after = second.post(ADDRESS, {"decision": "approve"}, follow=True).content.decode()

    assert f"Version 2 of {RULE} was approved." in after
    row = ReportingRuleVersion.objects.get(rule=RULE, version=2)
    assert (row.is_approved, row.decided_by, row.data["clock"]["amount"]) == (True, house.pic, 7)
    assert '>Clock, amount</th><td data-k="Was">nothing</td><td data-k="Is now">7</td>' in after


def test_a_decision_that_is_refused_says_why_and_leaves_it_open(house: House) -> None:
    propose(house)

    own = client_of(house.coordinator).post(ADDRESS, {"decision": "approve"})
    without_reason = client_of(house.pic).post(ADDRESS, {"decision": "decline", "reason": ""})

    assert (own.status_code, "Whoever proposed a version does not decide it." in own.content.decode()) == (409, True)
    assert without_reason.status_code == 409
    assert "Say why it is not approved." in without_reason.content.decode()
    assert ReportingRuleVersion.objects.get(rule=RULE, version=2).is_open


def test_nothing_to_decide_is_said(house: House) -> None:
    answer = client_of(house.pic).post(ADDRESS, {"decision": "approve"})

    assert answer.status_code == 409
    assert "has no proposal that awaits a second person" in answer.content.decode()


def test_a_wrong_proposal_names_the_field_and_keeps_what_was_typed(house: House) -> None:
    given = typed(amount="fifteen", reason="Of the new text.")

    answer = client_of(house.coordinator).post(f"{ADDRESS}propose/", given)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Limit: &#39;fifteen&#39; is no number from 1 to 3,650." in page
    assert 'value="fifteen"' in page
    assert "Of the new text.</textarea>" in page
    assert not ReportingRuleVersion.objects.filter(origin="house").exists()


def test_a_second_proposal_is_refused_while_one_is_open(house: House) -> None:
    propose(house)

    answer = client_of(house.pic).post(f"{ADDRESS}propose/", typed())

    assert answer.status_code == 409
    assert "Decide that one first." in answer.content.decode()


def test_is_not_there_for_another_rule(house: House) -> None:
    client = client_of(house.pic)

    assert client.get("/safety/rules/XX.nothing/").status_code == 404
    assert client.get("/safety/rules/XX.nothing/propose/").status_code == 404


def test_the_api_says_what_counts_on_a_day_and_who_stands_for_it(house: House) -> None:
    propose(house, amount="7")
    client = client_of(house.pic)
    client.post(ADDRESS, {"decision": "approve"})

    before = json.loads(client.get("/api/v1/safety/rules", {"jurisdiction": "GB", "on": "2026-02-28"}).content)
    after = json.loads(client.get("/api/v1/safety/rules", {"jurisdiction": "GB", "on": "2026-03-01"}).content)
    one = json.loads(client.get(f"/api/v1/safety/rules/{RULE}").content)

    own = release().texts[RULE]["clock"]["amount"]
    found = [{rule["id"]: rule for rule in rules}[RULE] for rules in (before, after)]
    assert [(rule["amount"], rule["is_reviewed"], rule["version"]) for rule in found] == [
        (own, False, "2026-11-22"), (7, True, "house version 2"),
    ]  # fmt: skip
    assert [(row["version"], row["standing"], row["decided_by"]) for row in one["versions"]] == [
        (1, "draft", ""), (2, "approved", house.pic.code),
    ]  # fmt: skip
    assert one["applies_if"] == release().texts[RULE]["applies_if"]
    assert client.get("/api/v1/safety/rules/XX.nothing").status_code == 404


def test_the_page_of_who_must_be_told_says_how_many_rules_were_reviewed(house: House) -> None:
    client = client_of(house.pic)
    assert "no rule has been reviewed by a qualified person" in client.get("/safety/who-must-be-told/").content.decode()
    propose(house)
    client.post(ADDRESS, {"decision": "approve"})

    page = client.get("/safety/who-must-be-told/", {"heard": "2 Mar 2026 12:00"}).content.decode()

    assert "1 of 163 rules were reviewed in this house" in page
