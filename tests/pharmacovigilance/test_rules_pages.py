"""The pages of reporting rules and their API: listed, read with their versions, proposed by one, decided by another."""

import json
from typing import Any

from cases.people.models import User
from pharmacovigilance.library import Release, release
from pharmacovigilance.models import ReportingRuleVersion
from pharmacovigilance.proposing import typed_of
from pharmacovigilance.releases import load_release
from tests.factories import NOW, House, build_house
from tests.laid import laid
from tests.pharmacovigilance.builders import DAY, LOCKED, Safety, signed_in

RULE = "GB.supplier.serious"
ADDRESS = f"/safety/rules/{RULE}/"
SECOND = f"{ADDRESS}versions/2/"


@laid
def house(db: None) -> House:
    found = build_house()
    load_release(by=User.objects.service("setup"), now=NOW)
    return found


def typed(**changed: Any) -> dict[str, Any]:
    """The form as it comes, on the first of March, with the conditions as they stand."""
    given = typed_of(release().texts[RULE], today=NOW.date())
    stated = {
        "ways": "1",
        "w1-serious": "yes",
        "w1-reaction_present": "yes",
        "in_force_from": "1 Mar 2026",
        "reason": "Read in the regulation.",
    }
    return given | stated | changed


def propose(house: House, **changed: Any) -> str:
    answer = signed_in(house.coordinator).post(f"{ADDRESS}propose/", typed(**changed), follow=True)
    return answer.content.decode()


def test_lists_every_rule_with_source_and_standing(house: House) -> None:
    page = signed_in(house.pic).get("/safety/rules/").content.decode()

    assert "164 of 164; 0 reviewed, 0 proposals await a second person" in page
    assert page.count("Unreviewed draft</span>") == 164
    assert RULE in page


def test_lists_by_place_and_standing(house: House) -> None:
    client = signed_in(house.pic)
    propose(house, amount="7")

    british = client.get("/safety/rules/", {"place": "GB"}).content.decode()
    waiting = client.get("/safety/rules/", {"standing": "proposed"}).content.decode()
    reviewed = client.get("/safety/rules/", {"standing": "reviewed"}).content.decode()

    assert "7 of 164" in british
    assert "1 of 164; 0 reviewed, 1 proposal awaits a second person" in waiting
    assert RULE in waiting
    assert "None has this place and standing." in reviewed


def test_one_rule_says_when_it_applies_by_when_and_from_which_source(house: House) -> None:
    page = signed_in(house.auditor).get(ADDRESS).content.decode()

    for words in ("Serious is yes", "It applies if", "Counted from:".lower(), "Version 1: as it came with the product"):
        assert words in page, words
    assert "Propose a version" not in page


def test_one_proposes_and_another_approves(house: House) -> None:
    page = propose(house, amount="7", confidence="high")
    assert f"Version 2 of {RULE} awaits a second person." in page
    assert "Approve version 2" not in page

    second = signed_in(house.pic)
    assert f'href="{SECOND}">Compare and decide' in second.get(ADDRESS).content.decode()
    shown = second.get(SECOND).content.decode()
    assert "Approve version 2" in shown
    assert "“Read in the regulation.”" in shown
    assert '>Clock, amount</th><td data-k="As it counts">nothing</td><td data-k="In this version">7</td>' in shown
    after = second.post(SECOND, {"decision": "approve"}, follow=True).content.decode()

    assert f"Version 2 of {RULE} was approved." in after
    row = ReportingRuleVersion.objects.get(rule=RULE, version=2)
    assert (row.is_approved, row.decided_by, row.data["clock"]["amount"]) == (True, house.pic, 7)
    assert '>Clock, amount</th><td data-k="Was">nothing</td><td data-k="Is now">7</td>' in after


def test_a_decision_that_is_refused_says_why_and_leaves_it_open(house: House) -> None:
    propose(house)

    own = signed_in(house.coordinator).post(SECOND, {"decision": "approve"})
    without_reason = signed_in(house.pic).post(SECOND, {"decision": "decline", "reason": ""})

    assert (own.status_code, "Whoever proposed a version does not decide it." in own.content.decode()) == (409, True)
    assert without_reason.status_code == 409
    assert "Say why it is not approved." in without_reason.content.decode()
    assert ReportingRuleVersion.objects.get(rule=RULE, version=2).is_open


def test_what_was_decided_is_not_decided_again(house: House) -> None:
    propose(house)
    client = signed_in(house.pic)
    client.post(SECOND, {"decision": "approve"})

    again = client.post(SECOND, {"decision": "decline", "reason": "Second thoughts."})

    assert (again.status_code, "was decided before. Nothing changed." in again.content.decode()) == (409, True)
    assert client.post(f"{ADDRESS}versions/1/", {"decision": "approve"}).status_code == 409
    assert client.get(f"{ADDRESS}versions/9/").status_code == 404


def test_a_wrong_proposal_names_the_field_and_keeps_what_was_typed(house: House) -> None:
    given = typed(amount="fifteen", reason="Of the new text.")

    answer = signed_in(house.coordinator).post(f"{ADDRESS}propose/", given)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Limit: &#39;fifteen&#39; is no number from 1 to 3,650." in page
    assert 'value="fifteen"' in page
    assert "Of the new text.</textarea>" in page
    assert not ReportingRuleVersion.objects.filter(origin="house").exists()


def test_a_second_proposal_is_refused_while_one_is_open(house: House) -> None:
    propose(house)

    answer = signed_in(house.pic).post(f"{ADDRESS}propose/", typed())

    assert answer.status_code == 409
    assert "Decide that one first." in answer.content.decode()


def test_is_not_there_for_another_rule(house: House) -> None:
    client = signed_in(house.pic)

    assert client.get("/safety/rules/XX.nothing/").status_code == 404
    assert client.get("/safety/rules/XX.nothing/propose/").status_code == 404


def test_the_api_says_what_counts_on_a_day_and_who_stands_for_it(house: House) -> None:
    propose(house, amount="7")
    client = signed_in(house.pic)
    client.post(SECOND, {"decision": "approve"})

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
    client = signed_in(house.pic)
    assert "no rule has been reviewed by a qualified person" in client.get("/safety/who-must-be-told/").content.decode()
    propose(house)
    client.post(SECOND, {"decision": "approve"})

    page = client.get("/safety/who-must-be-told/", {"heard": "2 Mar 2026 12:00"}).content.decode()

    assert "1 of 163 rules were reviewed in this house" in page


# -- Conditions, new rules, and what an approval would change.


NEW = {
    "name": "lack-of-effect", "jurisdiction": "GB", "pathways": "*", "duty_role": "coordinating_pharmacy",
    "recipients": "MHRA\nWholesaler", "report_kind": "lack_of_effect", "force": "statutory", "ways": "2",
    "w1-special": ["lack_of_effect"], "w1-serious": "yes", "w2-criteria": ["death", "disability"],
    "w2-no_special": ["off_label"], "amount": "3", "unit": "working_day", "day0_basis": "aware_any",
    "second_amount": "8", "second_unit": "calendar_day", "basis": "recalled", "confidence": "low", "source": "",
    "legal_basis": "", "note": "", "in_force_from": "1 Mar 2026", "in_force_until": "", "reason": "Told by the MHRA.",
}  # fmt: skip
NEW_ID = "GB.house.lack-of-effect"


def test_the_form_shows_the_conditions_as_they_stand(house: House) -> None:
    page = signed_in(house.coordinator).get(f"{ADDRESS}propose/").content.decode()

    assert 'name="w1-serious"><option value="">Does not matter</option><option value="yes" selected>' in page
    assert 'name="w1-no_criteria" value="death">' in page
    assert "Seriousness, expectedness, causality (1 stated)" in page


def test_other_conditions_are_proposed_and_told_as_sentences(house: House) -> None:
    propose(house, **{"w1-reaction_present": "", "w1-criteria": ["death", "life_threatening"]})

    row = ReportingRuleVersion.objects.get(rule=RULE, version=2)
    assert row.data["applies_if"] == {
        "all": [
            {"fact": "serious", "op": "is", "value": True},
            {"fact": "criteria", "op": "has_any", "value": ["death", "life_threatening"]},
        ]
    }
    page = signed_in(house.pic).get(SECOND).content.decode()
    assert (
        '>Applies if</th><td data-k="As it counts">serious is yes; reaction present is yes</td>'
        '<td data-k="In this version">serious is yes; criteria holds any of: death, life threatening</td>'
    ) in page


def test_another_way_is_added_and_nothing_typed_is_lost(house: House) -> None:
    answer = signed_in(house.coordinator).post(f"{ADDRESS}propose/", typed(add="way", note="Half typed"))

    page = answer.content.decode()
    assert (answer.status_code, '<input type="hidden" name="ways" value="2">' in page) == (200, True)
    assert "Half typed</textarea>" in page
    assert 'name="w2-serious"' in page
    assert not ReportingRuleVersion.objects.filter(origin="house").exists()


def test_conditions_that_contradict_themselves_are_named(house: House) -> None:
    given = typed(**{"w1-criteria": ["death"], "w1-no_criteria": ["death"], "recipients": " ", "pathways": "UK-X"})

    answer = signed_in(house.coordinator).post(f"{ADDRESS}propose/", given)

    page = answer.content.decode()
    assert answer.status_code == 422
    for sentence in (
        "It applies if: Way 1, criterion of seriousness: death must and must not be there. Take one away.",
        "Who is told: Is missing. Write who has to be told, one in a line.",
        "Pathways: There is no pathway &#39;UK-X&#39;. Write keys as UK-SPECIALS, or * for all.",
    ):
        assert sentence in page, sentence


def test_the_default_rule_stays_the_default(house: House) -> None:
    client, address = signed_in(house.coordinator), "/safety/rules/DEFAULT.15D/"
    page = client.get(f"{address}propose/").content.decode()
    assert "The default stays the default." in page
    given = typed_of(release().texts["DEFAULT.15D"], today=NOW.date())
    client.post(f"{address}propose/", given | {"w1-serious": "yes", "jurisdiction": "GB", "reason": "Confirmed."})

    row = ReportingRuleVersion.objects.get(rule="DEFAULT.15D", version=2)
    assert (row.data["jurisdiction"], row.data["applies_if"]) == (
        "*", {"fact": "no_rule_matched", "op": "is", "value": True},
    )  # fmt: skip


def test_a_new_rule_is_proposed_by_one_and_counts_once_another_approved_it(house: House) -> None:
    first, second = signed_in(house.coordinator), signed_in(house.pic)
    assert first.get("/safety/rules/new/").status_code == 200
    page = first.post("/safety/rules/new/", NEW, follow=True).content.decode()
    assert f"Version 1 of {NEW_ID} awaits a second person." in page
    assert "This rule does not count today" in page
    listed = first.get("/safety/rules/", {"standing": "ended"}).content.decode()
    assert f"{NEW_ID}</a>" in listed

    address = f"/safety/rules/{NEW_ID}/versions/1/"
    assert "What differs" not in second.get(address).content.decode()
    second.post(address, {"decision": "approve"})

    rules = json.loads(second.get("/api/v1/safety/rules", {"jurisdiction": "GB", "on": "2026-03-01"}).content)
    assert [(one["tells"], one["amount"], one["unit"], one["version"]) for one in rules if one["id"] == NEW_ID] == [
        (["MHRA", "Wholesaler"], 3, "working_day", "house version 1")
    ]
    data = ReportingRuleVersion.objects.get(rule=NEW_ID).data
    assert data["clock"]["first_counted_day"] == "first_working_day_after_day0"
    assert data["clock"]["second_stage"]["amount"] == 8
    assert [len(branch["all"]) for branch in data["applies_if"]["any"]] == [2, 2]
    again = first.post("/safety/rules/new/", NEW)
    assert again.status_code == 422
    assert f"There is a rule {NEW_ID} already." in again.content.decode()


def test_a_new_rule_names_what_is_missing(house: House) -> None:
    given = NEW | {"name": "Lack of Effect", "jurisdiction": "", "ways": "1", "w1-special": [], "w1-serious": ""}

    answer = signed_in(house.coordinator).post("/safety/rules/new/", given)

    page = answer.content.decode()
    assert answer.status_code == 422
    for label in (
        "Short name: &#39;Lack of Effect&#39; is no short name.",
        "Place: &#39;&#39;",
        "It applies if: Is missing.",
    ):
        assert label in page, label


def test_what_an_approval_would_change_is_shown_before_it(safety: Safety) -> None:
    house = safety.supply.house
    load_release(by=User.objects.service("setup"), now=NOW)
    safety.locked()
    safety.follow_up(now=LOCKED + DAY, received_at=LOCKED)
    propose(house, amount="3", unit="calendar_day")
    signed_in(house.coordinator).post("/safety/rules/new/", NEW | {"ways": "1", "w1-special": []})
    second = signed_in(house.pic)

    changed = second.get(SECOND).content.decode()
    new = second.get(f"/safety/rules/{NEW_ID}/versions/1/").content.decode()

    first = safety.obligation(RULE)
    assert first.deadline is not None
    reference = safety.supply.case.reference
    assert changed.count(f"{reference}</a>") == 2
    # The draft would be owed earlier; what is open keeps its date.
    assert (
        '<td data-k="By the rules today">Sat 4 Apr 2026</td><td data-k="By this version">Mon 23 Mar 2026</td>'
        in changed
    )
    assert '<td data-k="Due, and stays">Sat 4 Apr 2026</td><td data-k="By this version">Mon 23 Mar 2026</td>' in changed
    assert new.count('<td data-k="By the rules today">not owed</td>') == 4  # two recipients, two stages
    assert "Nobody owes anything by this rule today." in new


def test_what_is_locked_and_would_owe_more_is_named(safety: Safety) -> None:
    safety.locked()
    signed_in(safety.coordinator).post("/safety/rules/new/", NEW | {"ways": "1", "w1-special": []})

    page = signed_in(safety.pic).get(f"/safety/rules/{NEW_ID}/versions/1/").content.decode()

    assert "Locked versions would owe more" in page
    assert "Approving opens nothing for them." in page


def test_a_text_that_the_product_changed_since_is_told_to_those_who_stand_for_another(house: House) -> None:
    propose(house, amount="7")
    client = signed_in(house.pic)
    client.post(SECOND, {"decision": "approve"})
    texts = {rule: text for rule, text in release().texts.items() if rule != RULE}
    load_release(by=User.objects.service("setup"), now=NOW, brought=Release("2026-12-01", texts))

    page = client.get(ADDRESS).content.decode()

    assert "The product says otherwise since release 2026-12-01" in page
    assert "It has this rule no longer. What two people of this house stand for counts on" in page
