"""Reporting rules as data of two people: proposed, decided, in force from a day, never changed."""

import json
from datetime import date
from typing import Any

import pytest
from django.db import Error, connection, transaction

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.lifecycle.errors import FactsInvalid, NotPermitted, NotPossible
from cases.people.models import User
from pharmacovigilance.deciding import decide, propose
from pharmacovigilance.library import release, rule_library
from pharmacovigilance.models import Obligation, ReportingRuleVersion
from pharmacovigilance.proposing import read_proposal, typed_of
from pharmacovigilance.releases import load_release
from pharmacovigilance.rulebook import fingerprint, in_force, rulebook, said_on
from tests.factories import NOW, House, build_house
from tests.laid import laid
from tests.pharmacovigilance.builders import DAY, LOCKED, Safety
from tests.written import refused_and_nothing_written

RULE = "GB.supplier.serious"
TABLE = "pharmacovigilance_reportingruleversion"
TODAY = NOW.date()
FROM = date(2026, 3, 1)


@laid
def house(db: None) -> House:
    found = build_house()
    load_release(by=User.objects.service("setup"), now=NOW)
    return found


def typed(**changed: str) -> dict[str, str]:
    text = said_on(RULE, day=TODAY).text
    return typed_of(text, today=TODAY) | {"in_force_from": FROM.isoformat(), "reason": "Read in the text."} | changed


def proposed(house: House, **changed: str) -> ReportingRuleVersion:
    return propose(RULE, read_proposal(RULE, typed(**changed), today=TODAY), by=house.coordinator, now=NOW)


def approved(house: House, **changed: str) -> ReportingRuleVersion:
    version = proposed(house, **changed)
    decide(version, approve=True, reason="", by=house.pic, now=NOW)
    return ReportingRuleVersion.objects.get(pk=version.pk)


def refused_by_the_database(house: House, statement: str) -> None:
    with (
        acting(by=house.pic, verb="pharmacovigilance.rule.changed"),
        pytest.raises(Error),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_products_own_text_counts_unreviewed_while_nobody_stands_for_another(db: None) -> None:
    assert in_force(TODAY) == rule_library()
    assert {rule.status for rule in in_force(TODAY).rules} == {"draft_unreviewed"}


def test_a_proposal_is_the_version_after_the_products_own(house: House) -> None:
    proposed(house, amount="7")

    first, second = ReportingRuleVersion.objects.filter(rule=RULE).order_by("version")
    assert (first.version, first.origin, first.data, first.is_approved) == (1, "shipped", release().texts[RULE], None)
    assert (first.name, second.name, second.release) == ("2026-11-22", "house version 2", "2026-11-22")
    assert (second.version, second.origin, second.data["clock"]["amount"], second.is_open) == (2, "house", 7, True)
    assert second.data_sha256 == fingerprint(second.data)
    assert second.data["applies_if"] == release().texts[RULE]["applies_if"]


def test_counts_nothing_before_a_second_person_approved_it(house: House) -> None:
    version = proposed(house, amount="7")

    assert in_force(FROM) == rule_library()
    decide(version, approve=True, reason="", by=house.pic, now=NOW)

    rule = in_force(FROM)[RULE]
    assert (rule.clock["amount"], rule.clock["unit"], rule.version) == (7, "calendar_day", "house version 2")
    assert (rule.is_reviewed, rule.status) == (True, "reviewed")
    others = [one for one in in_force(FROM).rules if one.id != RULE]
    assert not any(one.is_reviewed for one in others)


def test_is_in_force_from_its_first_day_to_its_last(house: House) -> None:
    approved(house, amount="7", in_force_until="2026-03-31")

    amounts = {day: rulebook().on(date.fromisoformat(day))[RULE].clock["amount"] for day in (
        "2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01",
    )}  # fmt: skip

    own = release().texts[RULE]["clock"]["amount"]
    assert amounts == {"2026-02-28": own, "2026-03-01": 7, "2026-03-31": 7, "2026-04-01": own}


def test_a_later_version_takes_over_on_its_day_and_the_earlier_one_stays(house: House) -> None:
    approved(house, amount="7")
    approved(house, amount="10", in_force_from="2026-06-01")

    assert [in_force(date(2026, month, 15))[RULE].clock["amount"] for month in (3, 5, 6)] == [7, 7, 10]
    assert [row.data["clock"]["amount"] for row in ReportingRuleVersion.objects.filter(rule=RULE).order_by("version")][
        1:
    ] == [7, 10]


def test_a_rule_may_be_confirmed_as_it_is(house: House) -> None:
    version = approved(house)

    assert version.data["clock"] | {"basis": None} == release().texts[RULE]["clock"] | {"basis": None}
    assert in_force(FROM)[RULE].is_reviewed


def test_the_default_rule_can_be_confirmed_too(house: House) -> None:
    name = "DEFAULT.15D"
    given = typed_of(release().texts[name], today=TODAY) | {"in_force_from": "2026-03-01", "reason": "House rule."}
    version = propose(name, read_proposal(name, given, today=TODAY), by=house.pic, now=NOW)
    decide(version, approve=True, reason="", by=house.coordinator, now=NOW)

    assert in_force(FROM).default.is_reviewed


def test_a_declined_version_counts_never_and_says_why(house: House) -> None:
    version = proposed(house, amount="7")

    with refused_and_nothing_written(FactsInvalid):
        decide(version, approve=False, reason=" ", by=house.pic, now=NOW)
    decide(version, approve=False, reason="The page is of 2012.", by=house.pic, now=NOW)

    row = ReportingRuleVersion.objects.get(pk=version.pk)
    assert (row.is_approved, row.decision_reason, row.decided_by) == (False, "The page is of 2012.", house.pic)
    assert in_force(FROM) == rule_library()
    assert proposed(house).version == 3


# -- Two people.


def test_whoever_proposed_it_does_not_decide_it(house: House) -> None:
    version = propose(RULE, read_proposal(RULE, typed(), today=TODAY), by=house.pic, now=NOW)

    with refused_and_nothing_written(NotPermitted):
        decide(version, approve=True, reason="", by=house.pic, now=NOW)

    assert ReportingRuleVersion.objects.get(pk=version.pk).is_open


@pytest.mark.parametrize("who", ["administrator", "auditor", "doctor", "receiving"])
def test_others_than_pharmacists_neither_propose_nor_decide(who: str, house: House) -> None:
    version, person = proposed(house), getattr(house, who)

    with refused_and_nothing_written(NotPermitted):
        decide(version, approve=True, reason="", by=person, now=NOW)
    with refused_and_nothing_written(NotPermitted):
        propose("GB.MAH.serious", read_proposal(RULE, typed(), today=TODAY), by=person, now=NOW)


def test_is_decided_once(house: House) -> None:
    version = approved(house)

    with refused_and_nothing_written(NotPossible):
        decide(version, approve=False, reason="Changed my mind.", by=house.pic, now=NOW)


def test_one_proposal_at_a_time_is_open(house: House) -> None:
    proposed(house)

    with pytest.raises(NotPossible, match="Decide that one first"):
        proposed(house, amount="9")

    assert ReportingRuleVersion.objects.filter(rule=RULE).count() == 2


@pytest.mark.parametrize(
    "change",
    [
        "data = '{}'", "in_force_from = '2020-01-01'", "reason = 'x'", "decision_reason = 'x'", "is_approved = false",
        "decided_at = now()",
    ],
)  # fmt: skip
def test_the_database_refuses_every_change_of_an_approved_version(change: str, house: House) -> None:
    version = approved(house)

    refused_by_the_database(house, f"UPDATE {TABLE} SET {change} WHERE id = {version.pk}")  # noqa: S608


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET data = '{{}}' WHERE id = {}",
        "DELETE FROM {} WHERE id = {}",
        "UPDATE {} SET decided_by_id = proposed_by_id, decided_at = now(), is_approved = true WHERE id = {}",
    ],
    ids=["another text", "deletion", "one person for two"],
)
def test_the_database_refuses_it_of_a_proposal_too(statement: str, house: House) -> None:
    version = proposed(house)

    refused_by_the_database(house, statement.format(TABLE, version.pk))

    assert ReportingRuleVersion.objects.get(pk=version.pk).is_open


def test_who_proposed_and_who_approved_stand_in_the_audit_trail(house: House) -> None:
    approved(house)

    entries = AuditEntry.objects.filter(chain=f"reporting_rule:{RULE}").order_by("seq")
    assert [(entry.verb, entry.actor, entry.op) for entry in entries] == [
        ("pharmacovigilance.rule.loaded", User.objects.service("setup").code, "I"),
        ("pharmacovigilance.rule.proposed", house.coordinator.code, "I"),
        ("pharmacovigilance.rule.approved", house.pic.code, "U"),
    ]


# -- What was typed.


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"amount": "0"}, "amount", "'0' is no number from 1 to 3,650. Leave it empty where the text names none."),
        ({"amount": "fifteen"}, "amount", "'fifteen' is no number"),
        ({"amount": "٣"}, "amount", "is no number"),
        ({"amount": "9" * 40}, "amount", "is no number"),
        ({"unit": "fortnight"}, "unit", "'fortnight' is not one of: calendar_day, working_day"),
        ({"confidence": "certain"}, "confidence", "'certain' is not one of: low, medium, high."),
        ({"source": "AU9, NOWHERE"}, "source", "There is no source 'NOWHERE'."),
        ({"in_force_from": "soon"}, "in_force_from", "“soon” is not a day."),
        ({"reason": ""}, "reason", "Is missing."),
        ({"source": "", "legal_basis": "", "basis": "sourced"}, "legal_basis", "Is missing."),
    ],
)
def test_names_what_cannot_be_used(changed: dict[str, str], field: str, words: str, db: None) -> None:
    with pytest.raises(FactsInvalid) as refused:
        read_proposal(RULE, typed(**changed), today=TODAY)

    assert list(refused.value.errors) == [field]
    assert words in refused.value.errors[field][0]


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"in_force_from": ""}, "in_force_from"), ({"in_force_until": "2026-02-01"}, "in_force_until")],
)
def test_a_version_has_its_days_in_their_order(changed: dict[str, str], field: str, house: House) -> None:
    with refused_and_nothing_written(FactsInvalid) as refused:
        proposed(house, **changed)

    assert list(refused.value.errors) == [field]


def test_a_limit_taken_away_leaves_a_working_figure_that_says_so(house: House) -> None:
    approved(house, amount="7", in_force_from="2026-01-01")
    clock = approved(house, amount="", in_force_from="2026-01-02").data["clock"]

    assert (clock["kind"], clock["amount"], clock["unit"], clock["basis"]) == ("not_known", None, None, "not_seen")


# -- What rests on it.


def test_obligations_are_opened_by_the_version_of_their_day_0_and_keep_it(safety: Safety) -> None:
    house = safety.supply.house
    load_release(by=User.objects.service("setup"), now=NOW)
    approved(house, amount="7")
    safety.attach(safety.receive())
    safety.assess()
    safety.lock()
    approved(house, amount="3", in_force_from="2026-03-01")

    first = safety.obligation(RULE)
    assert (first.rule_version, first.rule_status) == ("house version 2", "reviewed")
    assert first.deadline is not None
    assert (first.deadline.due_on, "draft rule" in first.deadline.label) == (date(2026, 3, 27), False)
    drafts = Obligation.objects.exclude(rule=RULE)
    assert {(one.rule_version, one.rule_status) for one in drafts} == {("2026-11-22", "draft_unreviewed")}
    ledger = json.dumps(first.deadline.computation)
    assert f"{RULE}, house version 2" in ledger
    assert "Rule not reviewed" not in ledger

    safety.follow_up(now=LOCKED + DAY, kind="amendment")
    safety.assess(2, now=LOCKED + DAY)
    safety.lock(2, now=LOCKED + DAY)

    carried = safety.obligation(RULE, version=2)
    assert carried.deadline is not None
    assert (carried.rule_version, carried.rule_status, carried.deadline.due_on) == (
        "house version 2", "reviewed", date(2026, 3, 27),
    )  # fmt: skip


def test_costs_one_query_whatever_the_number_of_versions(house: House, django_assert_num_queries: Any) -> None:
    approved(house, amount="7")
    approved(house, amount="10", in_force_from="2026-06-01")
    rulebook()  # a text is read once in a process

    with django_assert_num_queries(1):
        book = rulebook()
        libraries = [book.on(date(2026, month, 15)) for month in range(1, 13)]

    assert len({id(one) for one in libraries}) == 3
    with django_assert_num_queries(1):
        assert in_force(FROM) is libraries[2]
