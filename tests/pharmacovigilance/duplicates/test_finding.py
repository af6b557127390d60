"""Pairs are found whenever a safety case changes, and by a command; each once, and never taken away."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.audit.context import acting
from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from cases.people.models import Pharmacy
from pharmacovigilance.duplicates.services import decide, find_all
from pharmacovigilance.duplicates.telling import told_of
from pharmacovigilance.models import DuplicateCandidate, OtherIdentifier, SafetyCase
from tests.pharmacovigilance.builders import ASSESSED, DAY, LOCKED
from tests.pharmacovigilance.duplicates.builders import Pair
from tests.written import refused_and_nothing_written


def the_pair() -> DuplicateCandidate:
    return DuplicateCandidate.objects.get()


def test_attaching_a_report_of_the_same_event_finds_the_pair(pair: Pair) -> None:
    found = the_pair()

    assert (found.first, found.second, found.pharmacy) == (pair.first, pair.second, pair.one.supply.house.pharmacy)
    assert (found.grounds, found.decision, found.weights) == ([], "", "1")
    assert {one["code"]: one["verdict"] for one in found.features} == {
        "product": "agrees", "event": "agrees", "onset": "agrees", "sex": "not_known", "age": "agrees",
        "country": "agrees",
    }  # fmt: skip
    assert found.score == 12


def test_of_one_patient_the_pair_is_certain_whatever_was_said(twice: Pair) -> None:
    assert (the_pair().grounds, the_pair().score) == (["same_patient"], 3)


def test_two_patients_with_unlike_events_are_no_pair(unlike: Pair) -> None:
    assert not DuplicateCandidate.objects.exists()


def test_another_senders_number_that_is_ours_makes_the_pair_certain(pair: Pair) -> None:
    number = pair.first.worldwide_id
    pair.other.take(
        "other_identifier.note", now=ASSESSED, safety_case=pair.second, source="Invented Biologics", identifier=number
    )

    assert the_pair().grounds == ["same_number"]
    noted = OtherIdentifier.objects.get()
    assert (noted.label, noted.source, noted.identifier) == ("OI-1", "Invented Biologics", number)
    assert SafetyCase.objects.get(pk=pair.second.pk).worldwide_id == pair.second.worldwide_id


def test_the_same_number_is_noted_once(pair: Pair) -> None:
    given = {"safety_case": pair.second, "source": "Invented Biologics", "identifier": "X-1"}
    pair.other.take("other_identifier.note", now=ASSESSED, **given)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        pair.other.take("other_identifier.note", now=ASSESSED, **given)

    assert [(line.code, line.fact) for line in refusal.value.unmet] == [  # type: ignore[attr-defined]
        ("IdentifierIsNew", "OI-1 is X-1 of Invented Biologics.")
    ]


def test_a_number_that_no_message_can_carry_is_refused(pair: Pair) -> None:
    given = {"safety_case": pair.second, "source": "Invented Biologics", "identifier": "X" * 101}

    with refused_and_nothing_written(FactsInvalid) as refusal:
        pair.other.take("other_identifier.note", now=ASSESSED, **given)

    told = "Their number: 101 characters were given, at most 100 are kept. Shorten it."  # ICH E2B(R3), C.1.9.1.r.2
    assert refusal.value.errors == {"identifier": [told]}


def test_what_is_learned_of_the_patient_is_compared_at_once(pair: Pair) -> None:
    def sex() -> tuple[str, int]:
        return next(one["verdict"] for one in the_pair().features if one["code"] == "sex"), the_pair().score

    for one, said in ((pair.one, "2"), (pair.other, "2")):
        one.take("version.describe_patient", now=ASSESSED, subject=one.version(), sex=said)
    assert sex() == ("agrees", 13)

    pair.other.take("version.describe_patient", now=LOCKED, subject=pair.other.version(), sex="1")
    assert sex() == ("differs", 8)


def test_what_is_compared_is_kept_even_where_the_sum_is_the_same(pair: Pair) -> None:
    row = the_pair()
    stale = [one | {"verdict": "not_known"} if one["code"] == "age" else one for one in row.features]
    with acting(by=pair.one.pic, verb="tests.compared_before", business_at=LOCKED):
        DuplicateCandidate.objects.update(features=stale)

    find_all(row.pharmacy, by=pair.one.pic, now=LOCKED)

    assert the_pair().features == row.features


def test_comparing_all_again_changes_nothing(pair: Pair) -> None:
    before = the_pair()

    found = find_all(before.pharmacy, by=pair.one.pic, now=LOCKED)

    assert (found.compared, found.new, found.again) == (1, 0, 0)
    assert (the_pair().found_at, the_pair().score) == (before.found_at, before.score)


def test_the_command_finds_what_no_deed_has_compared(unlike: Pair) -> None:
    with acting(by=unlike.one.pic, verb="tests.brought_over", business_at=LOCKED):
        OtherIdentifier.objects.create(
            case=unlike.second.case, safety_case=unlike.second, number=1, source="Them",
            identifier=unlike.first.worldwide_id, noted_by=unlike.one.pic, noted_at=LOCKED,
        )  # fmt: skip
    told = StringIO()

    call_command("find_duplicates", "--by", unlike.one.pic.email, "--json", stdout=told)

    assert json.loads(told.getvalue()) == {"compared": 1, "new": 1, "again": 0}
    assert (the_pair().first, the_pair().second) == (unlike.first, unlike.second)


def test_the_command_names_an_address_that_is_no_pharmacists(pair: Pair) -> None:
    doctor = pair.one.supply.house.doctor.email
    with pytest.raises(CommandError, match=f"no pharmacist of a pharmacy has the address {doctor}"):
        call_command("find_duplicates", "--by", doctor)


def test_a_decided_pair_is_asked_again_only_for_a_new_certain_ground(pair: Pair) -> None:
    decide(the_pair(), decision="different", reason="Two patients.", by=pair.one.pic, now=ASSESSED)
    pair.other.assess(narrative="Nothing new.")
    assert the_pair().decision == "different"

    pair.other.take(
        "other_identifier.note", now=LOCKED, safety_case=pair.second, source="Them", identifier=pair.first.worldwide_id
    )

    assert (the_pair().decision, the_pair().reason, the_pair().grounds) == ("", "", ["same_number"])


def test_another_pharmacys_safety_cases_are_never_compared(pair: Pair) -> None:
    with acting(by=pair.one.pic, verb="tests.colleagues_came", business_at=LOCKED):
        elsewhere = Pharmacy.objects.create(name="Another Invented Pharmacy", code="AIP")

    assert find_all(elsewhere, by=pair.one.pic, now=LOCKED).compared == 0


def test_reading_what_they_tell_takes_the_same_queries_for_any_number(pair: Pair) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            told_of(SafetyCase.objects.all())
        return len(seen)

    few = queries()
    pair.one.attach(pair.one.receive())

    assert (few, queries()) == (5, 5)


def test_no_pair_is_deleted_or_made_another(pair: Pair) -> None:
    rows = DuplicateCandidate.objects.all()
    for attempt in (lambda: rows.delete(), lambda: rows.update(first=pair.second, second=pair.first)):
        with (
            acting(by=pair.one.pic, verb="tests.tampered", business_at=LOCKED + DAY),
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            attempt()
    assert the_pair().first == pair.first
