"""A person decides a pair, with a reason; both safety cases stay."""

import pytest
from django.test import Client

from cases.audit.models import AuditEntry
from cases.lifecycle.errors import FactsInvalid, NotPermitted
from pharmacovigilance.duplicates.comparing import provenance_of
from pharmacovigilance.duplicates.services import cross_references_of, decide
from pharmacovigilance.e2b.reading import parts_of, root_of
from pharmacovigilance.messages import export_of
from pharmacovigilance.models import DuplicateCandidate, SafetyCase
from pharmacovigilance.web.side_by_side import side_by_side
from tests.pharmacovigilance.builders import ASSESSED, BACKEND, DAY, LOCKED
from tests.pharmacovigilance.duplicates.builders import Pair
from tests.written import refused_and_nothing_written


def the_pair() -> DuplicateCandidate:
    return DuplicateCandidate.objects.get()


@pytest.fixture
def desk(pair: Pair, client: Client) -> Client:
    client.force_login(pair.one.coordinator, backend=BACKEND)
    return client


def test_one_event_has_a_master_and_each_names_the_other(pair: Pair) -> None:
    decided = decide(
        the_pair(), decision="same", master=pair.first, reason="The same admission.", by=pair.one.pic, now=ASSESSED
    )

    assert (decided.decision, decided.master, decided.other) == ("same", pair.first, pair.second)
    assert (decided.decided_by, decided.decided_at, decided.reason) == (pair.one.pic, ASSESSED, "The same admission.")
    assert SafetyCase.objects.count() == 2
    assert cross_references_of(pair.second) == [{"source": "Harrow Street Pharmacy", "number": pair.first.worldwide_id}]
    assert cross_references_of(pair.first) == [{"source": "Harrow Street Pharmacy", "number": pair.second.worldwide_id}]
    entry = AuditEntry.objects.filter(table_name="pharmacovigilance_duplicatecandidate").latest("id")
    assert (entry.verb, entry.actor, entry.reason) == (
        "pharmacovigilance.duplicate.decided", pair.one.pic.code, "The same admission.",
    )  # fmt: skip


def test_the_further_version_and_its_message_name_the_master(pair: Pair) -> None:
    decide(the_pair(), decision="same", master=pair.first, reason="One.", by=pair.one.pic, now=ASSESSED)
    pair.other.assess()

    locked = pair.other.lock()

    assert locked.snapshot is not None
    named = {"source": "Harrow Street Pharmacy", "number": pair.first.worldwide_id}
    assert locked.snapshot["others"] == [named]
    (report,) = parts_of(root_of(export_of(locked, profile="ich"))).parts("report")
    assert report.text("C.1.9.1") == "true"
    assert [(one.text("C.1.9.1.r.1"), one.text("C.1.9.1.r.2")) for one in report.parts("other_identifier")] == [
        (named["source"], named["number"])
    ]


def test_two_events_have_no_master_and_name_nobody(pair: Pair) -> None:
    decide(the_pair(), decision="different", reason="Two patients.", by=pair.one.pic, now=ASSESSED)

    assert (the_pair().decision, the_pair().master) == ("different", None)
    assert cross_references_of(pair.first) == []


def test_numbers_of_other_senders_are_named_as_well(pair: Pair) -> None:
    pair.one.take("other_identifier.note", now=ASSESSED, safety_case=pair.first, source="Them", identifier="X-1")
    assert cross_references_of(pair.first) == [{"source": "Them", "number": "X-1"}]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"decision": "", "reason": ""}, ["decision", "reason"]),
        ({"decision": "perhaps", "reason": "Words."}, ["decision"]),
        ({"decision": "same", "reason": "Words."}, ["master"]),
    ],
)
def test_is_refused_with_each_thing_that_is_missing(pair: Pair, given: dict[str, str], named: list[str]) -> None:
    with refused_and_nothing_written(FactsInvalid) as refusal:
        decide(the_pair(), by=pair.one.pic, now=ASSESSED, **given)

    assert list(refusal.value.errors) == named  # type: ignore[attr-defined]
    assert the_pair().decision == ""


@pytest.mark.parametrize("who", ["doctor", "administrator", "auditor"])
def test_is_for_pharmacists_of_the_pharmacy(pair: Pair, who: str) -> None:
    with refused_and_nothing_written(NotPermitted):
        decide(the_pair(), decision="different", reason="No.", by=getattr(pair.one.supply.house, who), now=ASSESSED)


def test_the_desk_counts_what_waits_and_the_list_leads_to_it(pair: Pair, desk: Client) -> None:
    number = the_pair().pk

    assert 'Possible duplicates <span class="count">1</span>' in desk.get("/safety/").text
    page = desk.get("/safety/duplicates/").text
    assert f'href="/safety/duplicates/{number}/"' in page
    assert "1 pair waits" in page
    assert "12 points" in page
    assert f"Else points are added, {provenance_of('1')}." in page
    assert f"Points, {provenance_of('1')}. They only put a question." in desk.get(f"/safety/duplicates/{number}/").text


def test_the_list_says_when_nothing_waits(pair: Pair, desk: Client) -> None:
    decide(the_pair(), decision="different", reason="Two patients.", by=pair.one.pic, now=ASSESSED)

    page = desk.get("/safety/duplicates/").text

    assert "No pair waits" in page
    assert "Two patients." in page


def test_the_page_lays_both_side_by_side_and_marks_what_differs(pair: Pair, desk: Client) -> None:
    page = desk.get(f"/safety/duplicates/{the_pair().pk}/").text

    compared = {row.label: row.verdict for row in side_by_side(the_pair())}
    assert compared == {
        "Patient": "same",  # the same initials and year; who it is stands nowhere
        "Medicine": "same",
        "Lot": "unknown",
        "Event": "same",
        "Began": "same",
        "Seriousness": "same",
        "Outcome": "unknown",
        "Causality": "same",
        "Day 0": "same",
        "Destination": "same",
        "Numbers of other senders": "unknown",
        "Reports": "same",
        "Narrative": "unknown",
    }
    assert pair.first.worldwide_id in page
    assert pair.second.worldwide_id in page
    for one in (pair.first, pair.second):
        assert f'href="/cases/{one.case.reference}/do/pharmacovigilance.other_identifier.note/"' in page


def test_the_page_takes_the_decision_and_shows_it(pair: Pair, desk: Client) -> None:
    address = f"/safety/duplicates/{the_pair().pk}/"

    sent = desk.post(
        f"{address}decide/", {"decision": "same", "master": str(pair.second.pk), "reason": "The same admission."}
    )

    assert (sent.status_code, sent.url) == (302, address)  # type: ignore[attr-defined]
    assert the_pair().master == pair.second
    page = desk.get(address).text
    assert f"the master is {pair.second.label} of {pair.second.case.reference}" in page
    assert "The same admission." in page


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"decision": "same", "reason": "Words."}, "No master was chosen."),
        ({"decision": "same", "master": "99999", "reason": "Words."}, "“99999” is neither of both."),
        ({"decision": "different", "reason": "  "}, "Say in a sentence what decides it."),
        ({"reason": "Words."}, "Nothing was chosen."),
    ],
)
def test_the_page_names_what_is_missing_and_keeps_what_was_typed(
    pair: Pair, desk: Client, sent: dict[str, str], sentence: str
) -> None:
    page = desk.post(f"/safety/duplicates/{the_pair().pk}/decide/", sent)

    assert page.status_code == 422
    assert sentence in page.text
    assert sent["reason"].strip() in page.text
    assert the_pair().decision == ""


def test_after_one_event_the_page_says_which_locked_version_does_not_name_the_other(pair: Pair, desk: Client) -> None:
    pair.other.assess()
    pair.other.lock()
    decide(the_pair(), decision="same", master=pair.first, reason="One.", by=pair.one.pic, now=LOCKED + DAY)
    address = f"/safety/duplicates/{the_pair().pk}/"

    assert "V-1 was locked before and does not name the other." in desk.get(address).text

    pair.other.follow_up(now=LOCKED + DAY, kind="amendment")
    assert "was locked before" not in desk.get(address).text
