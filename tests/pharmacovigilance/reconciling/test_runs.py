"""A list is compared with ours and kept as a run; each gap is settled by a person with a sentence."""

import csv
import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.audit.context import acting
from cases.lifecycle.errors import FactsInvalid, NotPermitted
from pharmacovigilance.models import ReconciledCase, ReconciliationRun
from pharmacovigilance.reconciling.services import ours_of, reconcile, resolve
from tests.pharmacovigilance.builders import BACKEND, DAY, LOCKED, Safety
from tests.written import refused_and_nothing_written

PARTNER = "Invented Biologics"
HEADS = "our_number,their_number,received_on,sent_on,acknowledged"
PERIOD = {"partner": PARTNER, "from_on": date(2026, 3, 1), "until_on": date(2026, 3, 31)}
SENT = {"partner": PARTNER, "from_on": "2026-03-01", "until_on": "2026-03-31"}
LATER = LOCKED + 30 * DAY


def as_file(*lines: str) -> bytes:
    return "\r\n".join([HEADS, *lines]).encode()


@pytest.fixture
def desk(safety: Safety, client: Client) -> Client:
    client.force_login(safety.coordinator, backend=BACKEND)
    return client


def compare(safety: Safety, *lines: str) -> ReconciliationRun:
    return reconcile(as_file(*lines), **PERIOD, by=safety.coordinator, now=LATER)  # type: ignore[arg-type]


def told(run: ReconciliationRun) -> list[tuple[str, str, list[str]]]:
    return [(one.result, one.named, one.differs) for one in run.cases.order_by("number")]


def test_what_both_have_alike_is_matched(safety: Safety, number: str) -> None:
    run = compare(safety, f"{number},INV-1,2026-03-20,2026-03-20,none")

    assert told(run) == [("matched", number, [])]
    assert (run.lines, run.made_by, run.made_at, len(run.sha256)) == (1, safety.coordinator, LATER, 64)


def test_what_only_one_has_and_what_differs_are_gaps(safety: Safety, number: str) -> None:
    assert told(compare(safety, "US-OTHER-1,INV-2,,,")) == [
        ("only_ours", number, []),
        ("only_theirs", "US-OTHER-1", []),
    ]
    assert told(compare(safety, f"{number},,2026-03-21,2026-03-20,accepted")) == [
        ("differs", number, ["received_on", "acknowledged"])
    ]


def test_a_partner_who_has_no_case_lacks_every_one_of_ours(safety: Safety, number: str, desk: Client) -> None:
    """It is the list by which a report that never arrived is found."""
    run = compare(safety)

    page = desk.get(f"/safety/reconciliation/{run.pk}/").content.decode()

    assert (run.lines, told(run)) == (0, [("only_ours", number, [])])
    assert number in page
    nobody = reconcile(
        as_file(), partner="Somebody else", from_on=date(2026, 3, 1), until_on=date(2026, 3, 31),
        by=safety.coordinator, now=LATER,
    )  # fmt: skip
    assert desk.get(f"/safety/reconciliation/{nobody.pk}/").status_code == 200


def test_a_case_of_another_period_or_partner_is_not_missed(safety: Safety, number: str) -> None:
    def due(partner: str, first: date, last: date) -> list[bool]:
        return [one.is_due for one in ours_of(safety.supply.house.pharmacy, partner, first, last)]

    assert due(PARTNER, date(2026, 3, 20), date(2026, 3, 20)) == [True]
    assert due(PARTNER, date(2026, 3, 21), date(2026, 3, 31)) == [False]
    assert due("Somebody else", date(2026, 3, 1), date(2026, 3, 31)) == [False]


def test_a_case_with_the_partners_own_number_is_found_by_it(safety: Safety, number: str) -> None:
    case = safety.supply.case.safety_cases.get()
    safety.take("other_identifier.note", now=LOCKED, safety_case=case, source=PARTNER, identifier="INV-7")

    assert told(compare(safety, ",INV-7,2026-03-20,2026-03-20,none")) == [("matched", number, [])]


def test_the_same_list_with_the_same_outcome_is_kept_once(safety: Safety, number: str) -> None:
    line = f"{number},,2026-03-20,2026-03-20,none"
    first = compare(safety, line)

    assert compare(safety, line) == first
    safety.take(
        "transmission.accept",
        now=LOCKED + DAY,
        subject=safety.supply.case.transmissions.get(),
        acknowledgement="Taken.",
    )
    assert told(compare(safety, line)) == [("differs", number, ["acknowledged"])]
    assert ReconciliationRun.objects.count() == 2


def test_reading_ours_takes_the_same_queries_for_any_number(safety: Safety, number: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            ours_of(safety.supply.house.pharmacy, PARTNER, date(2026, 3, 1), date(2026, 3, 31))
        return len(seen)

    one = queries()
    safety.attach(safety.receive())
    assert (one, queries()) == (6, 6)


def test_a_gap_is_settled_with_a_sentence(safety: Safety, number: str) -> None:
    gap = compare(safety, "US-OTHER-1,INV-2,,,").cases.get(result="only_theirs")

    resolve(gap, resolution="  Theirs of another programme. ", by=safety.pic, now=LATER + DAY)

    kept = ReconciledCase.objects.get(pk=gap.pk)
    assert (kept.resolution, kept.resolved_by, kept.resolved_at, kept.is_open) == (
        "Theirs of another programme.", safety.pic, LATER + DAY, False,
    )  # fmt: skip


def test_a_gap_is_not_settled_without_one_nor_a_match_at_all(safety: Safety, number: str) -> None:
    matched = compare(safety, f"{number},,2026-03-20,2026-03-20,none").cases.get()
    gap = compare(safety, "US-OTHER-1,INV-2,,,").cases.get(result="only_theirs")

    with refused_and_nothing_written(FactsInvalid):
        resolve(gap, resolution=" ", by=safety.pic, now=LATER)
    with refused_and_nothing_written(FactsInvalid):
        resolve(matched, resolution="Nothing.", by=safety.pic, now=LATER)
    with refused_and_nothing_written(NotPermitted):
        resolve(gap, resolution="No.", by=safety.supply.house.administrator, now=LATER)


def test_a_run_is_neither_changed_nor_deleted(safety: Safety, number: str) -> None:
    compare(safety, "US-OTHER-1,INV-2,,,")
    runs, cases = ReconciliationRun.objects.all(), ReconciledCase.objects.all()
    for attempt in (
        lambda: runs.update(lines=9),
        lambda: runs.delete(),
        lambda: cases.update(result="matched"),
        lambda: cases.delete(),
    ):
        with (
            acting(by=safety.pic, verb="tests.tampered", business_at=LATER),
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            attempt()


def test_the_page_takes_a_list_and_shows_its_gaps(safety: Safety, number: str, desk: Client) -> None:
    sent = desk.post(
        "/safety/reconciliation/", SENT | {"file": SimpleUploadedFile("l.csv", as_file("US-O-1,INV-2,,,"))}
    )
    run = ReconciliationRun.objects.get()

    assert (sent.status_code, sent.url) == (302, f"/safety/reconciliation/{run.pk}/")  # type: ignore[attr-defined]
    page = desk.get(sent.url).text  # type: ignore[attr-defined]
    assert "2 gaps are not settled yet." in page
    assert number in page
    assert "2 gaps are open" in desk.get("/safety/reconciliation/").text

    settled = desk.post(f"/safety/reconciliation/{run.pk}/cases/2/", {"resolution": "Of another programme."})
    assert settled.status_code == 302
    page = desk.get(sent.url).text  # type: ignore[attr-defined]
    assert "1 gap is not settled yet." in page
    assert "Of another programme." in page


def test_the_page_names_every_fault_and_keeps_nothing(safety: Safety, number: str, desk: Client) -> None:
    wrong = SimpleUploadedFile("l.csv", b"our_number,received_on\r\n=1+1,soon")

    page = desk.post("/safety/reconciliation/", SENT | {"file": wrong})

    assert page.status_code == 422
    for name in ("their_number", "sent_on", "acknowledged"):
        assert f"The column {name} is missing." in page.text
    assert not ReconciliationRun.objects.exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"partner": ""}, "Nothing was chosen. Choose one from the list."),
        ({"until_on": "2026-02-01"}, "2026-02-01 is before 2026-03-01."),
        ({"from_on": "soon"}, "“soon” is not a day."),
        ({"file": ""}, "No file was chosen. Choose one."),
        ({"file": SimpleUploadedFile("l.csv", b"")}, "The list is empty."),
    ],
)
def test_the_page_names_what_is_wrong_with_the_form(
    safety: Safety, number: str, desk: Client, changed: dict[str, object], sentence: str
) -> None:
    sent = SENT | {"file": SimpleUploadedFile("l.csv", as_file("US-O-1,INV-2,,,"))} | changed
    page = desk.post("/safety/reconciliation/", sent)
    assert page.status_code == 422
    assert sentence in page.text
    assert not ReconciliationRun.objects.exists()


def test_the_page_names_a_sentence_that_is_missing(safety: Safety, number: str, desk: Client) -> None:
    run = compare(safety, "US-OTHER-1,INV-2,,,")
    page = desk.post(f"/safety/reconciliation/{run.pk}/cases/2/", {"resolution": ""})
    assert page.status_code == 422
    assert "Say in a sentence what became of it." in page.text


def test_the_page_says_when_there_is_nobody_to_compare_with(desk: Client) -> None:
    page = desk.get("/safety/reconciliation/").text
    assert "No list was compared yet" in page
    assert "Nobody to compare with yet" in page


def test_the_template_is_a_list_that_is_taken(safety: Safety, number: str, desk: Client) -> None:
    template = desk.get("/safety/reconciliation/template.csv")
    assert template["Content-Disposition"] == 'attachment; filename="reconciliation-template.csv"'

    run = reconcile(template.content, **PERIOD, by=safety.coordinator, now=LATER)  # type: ignore[arg-type]

    assert told(run)[1] == ("only_theirs", "US-HSP-NP-0000-0000-0-1", [])


def test_the_file_holds_every_case_and_no_formula(safety: Safety, number: str, desk: Client) -> None:
    run = compare(safety, "US-OTHER-1,INV-2,,,")
    resolve(run.cases.get(number=2), resolution="=HYPERLINK(1)", by=safety.coordinator, now=LATER)

    rows = list(csv.reader(io.StringIO(desk.get(f"/safety/reconciliation/{run.pk}.csv").content.decode("utf-8-sig"))))

    assert rows[0][:5] == ["result", "ours our_number", "theirs our_number", "ours their_number", "theirs their_number"]
    assert [row[:3] for row in rows[1:]] == [
        ["only in our list", number, ""],
        ["only in their list", "", "US-OTHER-1"],
    ]
    assert rows[2][12] == "'=HYPERLINK(1)"
