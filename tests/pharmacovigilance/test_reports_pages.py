"""Telling of an event on pages: by link, signed in, at the desk; whatever is typed is on record."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from cases import clock
from cases.audit.context import acting
from cases.models import Case
from cases.notices.letters import body_to_send
from cases.notices.models import Notice
from cases.notices.sender import send_due
from cases.people.links import grant_link, token_from
from cases.people.models import AccessLink
from pharmacovigilance.models import FollowUp, SafetyReport
from tests.cases.documents import corpus
from tests.pharmacovigilance.builders import DAY, HEARD, Safety, signed_in

PNG = corpus.picture("PNG")


def shown(answer: HttpResponse) -> str:
    text = re.sub(r"<template.*?</template>|<svg.*?</svg>|<[^>]+>", " ", answer.content.decode(), flags=re.S)
    return " ".join(text.split())


def by_link(safety: Safety, subject: str = "", **other: Any) -> Client:
    """A browser in which the prescriber has opened a link to report by."""
    house = safety.supply.house
    asked = {"purpose": AccessLink.Purpose.REPORT, "subject": subject, "now": clock.now()} | other
    _, seed = grant_link(recipient=house.doctor, case=safety.supply.case, by=house.coordinator, **asked)
    client = Client()
    assert client.get(f"/link/{token_from(seed)}/").status_code == 200
    assert client.post(f"/link/{token_from(seed)}/").headers["Location"] == "/report/"
    return client


def test_a_report_by_link_is_on_record_with_the_lot_and_the_time_it_was_sent(safety: Safety) -> None:
    dose = safety.dose()
    client = by_link(safety)
    page = client.get("/report/", HTTP_ACCEPT_LANGUAGE="de-CH,fr;q=0.5")
    assert "All that was supplied is of one lot." in shown(page)
    assert f'value="dose:{dose.pk}" checked' in page.content.decode()
    assert '<option value="de" lang="de" selected>' in page.content.decode()

    answer = client.post(
        "/report/",
        {
            "form_key": "k-1", "verbatim": "Fieber seit gestern.", "language": "de", "began_month": "Mar",
            "began_year": "2026", "criteria": ["hospitalisation"], "after": f"dose:{dose.pk}", "outcome": "3",
        },
    )  # fmt: skip

    report = SafetyReport.objects.get()
    assert answer.headers["Location"] == "/reported/"
    assert (report.verbatim, report.language, report.began, report.outcome) == (
        "Fieber seit gestern.",
        "de",
        "2026-03",
        "3",
    )
    assert (report.dose, report.pack, report.entered_by) == (dose, dose.unit, safety.supply.house.doctor)
    assert (report.channel, report.qualification, report.state) == ("prescriber_page", "1", "received")
    assert clock.now() - report.received_at < timedelta(minutes=5)
    told = shown(client.get("/reported/"))
    assert f"{safety.supply.case.reference} S-1" in told
    assert "Fieber" not in told


def test_the_pages_of_a_link_show_no_patient_no_medicine_and_sign_nobody_in(safety: Safety) -> None:
    client = by_link(safety)
    client.post("/report/", {"form_key": "k-1", "verbatim": "A rash."})

    for page in (client.get("/report/"), client.get("/reported/")):
        for secret in (safety.supply.case.patient.pseudonym, safety.supply.case.medicine.name, "Example1"):
            assert secret not in page.content.decode()
    assert client.get(f"/my/{safety.supply.case.reference}/").status_code == 302


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"began_day": "40", "began_month": "Mar", "began_year": "2026"},
        {"outcome": "77", "criteria": ["sudden"], "after": "dose:999999", "language": "??"},
        {"verbatim": "a\x00b", "lot_said": "x" * 500},
        {"verbatim": "y" * 60_000},
    ],
)
def test_nothing_that_is_typed_costs_the_report(safety: Safety, typed: dict[str, Any]) -> None:
    answer = by_link(safety).post("/report/", {"form_key": "k-1", **typed})

    assert answer.status_code == 302
    report = SafetyReport.objects.get()
    for value in typed.values():
        for one in [value] if isinstance(value, str) else value:
            assert (
                one.replace("\x00", "\ufffd") in f"{report.verbatim}\n{report.unread}\n{report.lot_said}"
                or len(one) == 500
            )


def test_the_same_form_sent_twice_is_one_report_and_with_other_words_a_second_one(safety: Safety) -> None:
    client = by_link(safety)
    for _ in range(2):
        client.post("/report/", {"form_key": "k-1", "verbatim": "A rash."})
    assert SafetyReport.objects.count() == 1

    client.post("/report/", {"form_key": "k-1", "verbatim": "A rash, and fever since noon."})

    first, second = SafetyReport.objects.order_by("number")
    assert (second.verbatim, second.adds_to) == ("A rash, and fever since noon.", first)


def test_a_photo_stands_beside_the_report_and_one_that_cannot_be_taken_holds_nothing_up(safety: Safety) -> None:
    client = by_link(safety)
    files = [
        SimpleUploadedFile("rash.png", PNG, "image/png"),
        SimpleUploadedFile("virus.exe", b"MZ" + bytes(400), "application/octet-stream"),
    ]

    client.post("/report/", {"form_key": "k-1", "verbatim": "A rash.", "file": files})

    report = SafetyReport.objects.get()
    assert [paper.document.doc_type for paper in report.papers.all()] == ["safety_report_paper"]
    told = shown(client.get("/reported/"))
    assert "The report is in; a file is not." in told
    client.post("/report/", {"form_key": "k-1", "verbatim": "A rash.", "file": [SimpleUploadedFile("rash.png", PNG)]})
    assert (SafetyReport.objects.count(), report.papers.count()) == (1, 1)


def test_something_is_added_without_changing_what_was_sent(safety: Safety) -> None:
    client = by_link(safety)
    client.post("/report/", {"form_key": "k-1", "verbatim": "A rash."})
    assert "Add to S-1" in shown(client.get("/report/?event&more=S-1"))

    client.post("/report/?event", {"form_key": "k-2", "verbatim": "It is gone.", "more": "S-1", "outcome": "1"})

    first, second = SafetyReport.objects.order_by("number")
    assert (first.verbatim, second.adds_to, second.verbatim) == ("A rash.", first, "It is gone.")


def test_a_form_that_comes_too_late_gives_the_words_back_and_says_what_to_do(safety: Safety) -> None:
    answer = Client().post("/report/", {"verbatim": "A rash since noon."})

    assert answer.status_code == 410
    assert "A rash since noon." in shown(answer)
    assert "Sign in and report" in shown(answer)
    assert not SafetyReport.objects.exists()


def test_a_link_that_was_used_sends_a_new_one_also_for_a_closed_case(safety: Safety) -> None:
    supply = safety.supply
    supply.take("cases.case.close", by=safety.coordinator, now=HEARD, reason="Treatment ended.", outcome="completed")
    _, seed = grant_link(
        recipient=supply.house.doctor, case=supply.case, purpose="report", by=safety.coordinator, now=clock.now()
    )
    client = Client()
    client.post(f"/link/{token_from(seed)}/")
    again = client.post(f"/link/{token_from(seed)}/")
    assert (again.status_code, "Send me a new link" in shown(again)) == (410, True)

    client.post(f"/link/{token_from(seed)}/new/")

    notice = Notice.objects.get(kind="pharmacovigilance.report_link")
    assert notice.recipient == supply.house.doctor
    fresh = Client()
    address = f"/link/{token_from(notice.facts['access_link'])}/"
    assert fresh.post(address).headers["Location"] == "/report/"
    fresh.post("/report/", {"form_key": "k", "verbatim": "A rash."})
    assert (Case.objects.get().stage, SafetyReport.objects.get().verbatim) == ("closed", "A rash.")


def test_a_link_of_a_question_that_was_answered_meanwhile_opens_the_five_questions(safety: Safety) -> None:
    doctor, case = safety.supply.house.doctor, safety.supply.case
    _, seed = grant_link(
        recipient=doctor, case=case, purpose="report", subject="U-1", by=safety.coordinator, now=clock.now()
    )
    answer = {"answered_at": HEARD, "answer": "Well.", "adverse_event": "no"}
    safety.take("follow_up.answer", by=doctor, now=HEARD, subject=safety.question(), **answer)
    client = Client()
    client.post(f"/link/{token_from(seed)}/")
    assert "5. How is the patient now?" in shown(client.get("/report/"))

    client.post(f"/link/{token_from(seed)}/new/")
    send_due(now=clock.now())

    notice = Notice.objects.get(kind="pharmacovigilance.report_link")
    assert notice.state == "sent"


def test_a_letter_to_the_prescriber_holds_a_link_to_report_by_and_is_kept_without_it(safety: Safety) -> None:
    doctor = safety.supply.house.doctor
    asked = {"doc_type": "clinical_report", "asked_of": doctor.pk, "note": "", "due_on": "2026-04-01"}
    safety.supply.take("documents.slot.ask", by=safety.coordinator, now=HEARD, **asked)
    send_due(now=HEARD + timedelta(minutes=5))

    notice = Notice.objects.get(kind="documents.slot_asked")
    token = token_from(notice.facts["report_link"])
    assert f"/link/{token}/" in body_to_send(notice)
    assert token not in notice.body
    link = AccessLink.objects.filter(purpose="report").latest("pk")
    assert (link.recipient, link.subject, link.expires_at - link.created_at) == (doctor, "", 90 * DAY)


def question(safety: Safety, **facts: Any) -> FollowUp:
    """What is asked because of a report that the prescriber sent."""
    return safety.receive(**facts).follow_ups.get()


def test_the_details_of_a_death_are_answered_by_link_and_become_a_report(safety: Safety) -> None:
    asked = question(safety, outcome="5")
    client = by_link(safety, asked.label)
    assert "When and of what did the patient die, and was there an autopsy?" in shown(client.get("/report/"))

    client.post(
        "/report/",
        {"form_key": "k", "died_on_month": "Mar", "died_on_year": "2026", "cause": "Sepsis.", "autopsy": "not_known"},
    )

    asked = FollowUp.objects.get(pk=asked.pk)
    words = "When did the patient die? Mar 2026\nCause of death Sepsis.\nWas there an autopsy? I don’t know"
    assert (asked.state, asked.answer) == ("answered", words)
    report = SafetyReport.objects.get(number=2)
    assert (report.verbatim, report.answers, report.adds_to) == (words, asked, SafetyReport.objects.get(number=1))


def test_an_empty_answer_is_asked_again_and_leaves_the_question_open(safety: Safety) -> None:
    asked = question(safety, outcome="5")

    answer = signed_in(safety.supply.house.doctor).post(f"/my/{safety.supply.case.reference}/answer/{asked.label}/", {})

    assert (answer.status_code, "“I don’t know” is an answer too." in shown(answer)) == (422, True)
    asked = FollowUp.objects.get(pk=asked.pk)
    assert asked.state == "planned"


def test_an_answer_after_somebody_else_s_is_kept_as_a_report(safety: Safety) -> None:
    case, doctor = safety.supply.case, signed_in(safety.supply.house.doctor)
    address = f"/my/{case.reference}/answer/U-1/"
    doctor.post(address, {"form_key": "k-1", "side_effect": "no"})
    assert FollowUp.objects.get(number=1).answer == "Was there any side effect? No"
    assert not SafetyReport.objects.exists()

    doctor.post(address, {"form_key": "k-2", "side_effect": "yes", "words": "A rash."})

    assert SafetyReport.objects.get().verbatim == "Was there any side effect? Yes\nWhat was noticed A rash."


def test_the_verb_of_a_prescriber_leads_to_the_five_questions(safety: Safety) -> None:
    case = safety.supply.case
    doctor, pharmacist = signed_in(safety.supply.house.doctor), signed_in(safety.coordinator)
    verb = f"/cases/{case.reference}/do/pharmacovigilance.report.receive/"

    assert doctor.get(verb).headers["Location"] == f"/my/{case.reference}/report/"
    assert pharmacist.get(verb).headers["Location"] == f"/cases/{case.reference}/safety-reports/new/"
    assert "Report a side effect" in shown(doctor.get(f"/my/{case.reference}/report/"))
    doctor.post(f"/my/{case.reference}/report/", {"form_key": "k", "verbatim": "A rash."})
    assert "A rash." in shown(doctor.get(f"/my/{case.reference}/reported/S-1/"))
    assert signed_in(safety.supply.house.delegate).get(f"/my/{case.reference}/reported/S-1/").status_code == 404


def test_a_link_leads_whoever_is_signed_in_to_the_own_pages(safety: Safety) -> None:
    case, house = safety.supply.case, safety.supply.house
    for subject, page in (("", f"/my/{case.reference}/report/"), ("U-1", f"/my/{case.reference}/answer/U-1/")):
        _, seed = grant_link(
            recipient=house.doctor, case=case, purpose="report", subject=subject, by=house.coordinator, now=clock.now()
        )
        assert signed_in(house.doctor).post(f"/link/{token_from(seed)}/").headers["Location"] == page


def test_whoever_sent_a_report_reads_what_became_of_it(safety: Safety) -> None:
    own = f"/my/{safety.supply.case.reference}/"
    report = safety.receive()
    doctor = signed_in(safety.supply.house.doctor)
    assert "The side effect you reported: S-1" in shown(doctor.get(own))
    assert "A pharmacist reads it within one working day." in shown(doctor.get(own))

    safety.attach(report)

    assert "On record as a safety case." in shown(doctor.get(own))
    assert "The side effect you reported" not in shown(signed_in(safety.supply.house.receiving).get(own))


def test_a_telephone_call_is_taken_in_at_the_pharmacy_s_time_and_judged(safety: Safety) -> None:
    case, client = safety.supply.case, signed_in(safety.coordinator)
    address = f"/cases/{case.reference}/safety-reports/new/"
    assert "Time in New York, where the pharmacy is." in shown(client.get(address))

    answer = client.post(
        address,
        {
            "form_key": "k", "verbatim": "Elle a pris deux doses.", "language": "fr", "channel": "telephone",
            "qualification": "5", "situations": ["overdose", "product_complaint"], "had_reaction": "no",
            "received_at": "19 Mar 2026 21:30",
        },
    )  # fmt: skip

    page = f"/cases/{case.reference}/safety-reports/S-1/"
    assert answer.headers["Location"] == page
    report = SafetyReport.objects.get()
    assert (report.received_at.isoformat(), report.channel) == ("2026-03-20T01:30:00+00:00", "telephone")
    told = shown(client.get(page))
    for words in (
        "Elle a pris deux doses.",
        "It was said that no reaction was seen.",
        "No day 0 yet: reaction is missing.",
        "Set a pack of C-1 apart as suspect",
        "Record that S-1 was read",
    ):
        assert words in told
    assert client.post(page, {"form_key": "t"}).headers["Location"] == page
    assert "Such a report is no ICSR: keep it as information." in shown(client.get(page))
    twice = client.post(page, {"form_key": "t-2"})
    assert (twice.status_code, "S-1 is triaged: from there one cannot record that it was read." in shown(twice)) == (
        409,
        True,
    )


def test_what_does_not_fit_is_named_on_the_report_s_page(safety: Safety) -> None:
    with acting(by=safety.coordinator, verb="tests.told", business_at=HEARD):
        safety.receive(outcome="5", began="2026-04-01")

    told = shown(
        signed_in(safety.supply.house.auditor).get(f"/cases/{safety.supply.case.reference}/safety-reports/S-1/")
    )

    assert "OnsetAfterReceipt It began on 2026-04-01, and was received on 2026-03-20." in told
    assert "FatalWithoutDeath" in told
    assert "Record that S-1 was read" not in told


def test_the_safety_tab_stands_before_anything_is_asked_and_after(unsupplied: Safety) -> None:
    address = f"/cases/{unsupplied.supply.case.reference}/safety/"
    desk = signed_in(unsupplied.coordinator)
    assert "No question is planned yet" in shown(desk.get(address))

    report = unsupplied.receive(outcome="5")

    assert "Next: U-1, Sun 22 Mar 2026" in shown(desk.get(address))
    unsupplied.take("follow_up.withdraw", now=HEARD, subject=report.follow_ups.get(), reason="Told by telephone.")
    told = shown(desk.get(address))
    assert "Nothing waits to be asked" in told
    assert "No longer asked" in told
