"""One form for many notifications, one report for many cases: nothing blank, nothing twice, sent whole or not."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from openpyxl import load_workbook

from cases.audit.context import acting
from cases.deadlines.models import Deadline
from cases.lifecycle.errors import NotPermitted, NotPossible, RequirementsUnmet
from cases.models import Medicine
from regulatory.collective.gather import due_periods, line_reference, product_code, waiting_filings
from regulatory.collective.models import CollectivePaper
from regulatory.collective.services import make_form, make_report, send, withdraw
from regulatory.collective.specs import specs
from regulatory.models import Filing
from tests.factories import build_case, sign_determination
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

NOW = at("2026-02-26 09:00")
UK, NZ, AU = specs()["uk_notification_form"], specs()["nz_supply_report"], specs()["au_supply_report"]


def rows_of(paper: CollectivePaper) -> list[tuple[str, ...]]:
    """What the spreadsheet says, row by row, as another program reads it (openpyxl)."""
    book = load_workbook(io.BytesIO(bytes(paper.content)))
    return [tuple(cell.value for cell in row) for row in book.active.iter_rows()]


def second(ground: Ground, *, number: int = 2) -> Ground:
    """Another case of the same house on the same pathway."""
    case = build_case(ground.house, ground.case.profile_version.profile_key, number=number, now=NOW)
    other = Ground(ground.house, case, NOW)
    sign_determination(ground.house, case, now=NOW)
    return other


@laid
def two(db: None) -> tuple[Ground, Ground]:
    first = build_ground("UK-SPECIALS", now=NOW, country="GB", zone="Europe/London")
    other = second(first)
    for ground in (first, other):
        ground.ready(quantity="6")
    return first, other


def test_one_form_holds_many_notifications(two: tuple[Ground, Ground]) -> None:
    first, other = two
    waiting = waiting_filings(UK, first.house.pharmacy)
    assert waiting == [first.filing, other.filing]
    paper = make_form(UK, waiting, by=first.house.coordinator, now=NOW)
    code = product_code(first.case.medicine)
    assert rows_of(paper) == [
        tuple(head for _, head in UK.columns),
        *(
            (line_reference(ground.case, "F-1"), code, "orvelumab", "solution for injection", "150 mg/mL", "6", "vial",
             "Invented Biologics", "United States")
            for ground in two
        ),
    ]  # fmt: skip
    assert [len(line.reference) <= 16 for line in paper.lines.all()] == [True, True]
    assert (paper.label, paper.get_state_display()) == ("B-1", "made, not sent")
    assert waiting_filings(UK, first.house.pharmacy) == []


def test_sending_it_submits_every_line_with_the_form_as_its_proof(two: tuple[Ground, Ground]) -> None:
    first, _ = two
    paper = make_form(UK, waiting_filings(UK, first.house.pharmacy), by=first.house.coordinator, now=NOW)
    sent_at = NOW + timedelta(hours=1)
    sent = send(
        paper, at=sent_at, how="Mail of 10:00", party="Northway Specials", by=first.house.coordinator,
        now=NOW + timedelta(hours=2),
    )  # fmt: skip
    assert (sent.state, sent.sent_at, sent.sent_how) == ("sent", sent_at, "Mail of 10:00")
    for ground in two:
        filing = ground.filing
        assert (filing.state, filing.submitted_at, filing.submitted_by_party) == (
            "submitted", sent_at, "Northway Specials",
        )  # fmt: skip
        assert filing.proof is not None
        assert (filing.proof.sha256, filing.proof.doc_type) == (paper.sha256, "filing_proof")
    with pytest.raises(NotPossible, match="B-1 is sent already"):
        send(paper, at=sent_at, how="again", party="x", by=first.house.coordinator, now=NOW + timedelta(hours=2))


def test_one_line_that_cannot_be_submitted_keeps_all_back(two: tuple[Ground, Ground]) -> None:
    first, other = two
    paper = make_form(UK, waiting_filings(UK, first.house.pharmacy), by=first.house.coordinator, now=NOW)
    other.take("cases.hold.place", kind="regulatory", reason="An answer is awaited.", until="the answer")
    before = [ground.written() for ground in two]
    with pytest.raises(NotPossible) as refused:
        send(paper, at=NOW, how="Mail", party="Northway", by=first.house.coordinator, now=NOW + timedelta(hours=1))
    assert refused.value.sentence.startswith(f"{line_reference(other.case, 'F-1')}: ")
    assert [ground.filing.state for ground in two] == ["ready", "ready"]
    assert [ground.written() for ground in two] == before
    assert CollectivePaper.objects.get(pk=paper.pk).state == "made"


def test_a_filing_stands_in_one_form_until_that_is_withdrawn(two: tuple[Ground, Ground]) -> None:
    first, other = two
    paper = make_form(UK, [first.filing], by=first.house.coordinator, now=NOW)
    with pytest.raises(NotPossible, match=f"in another form: {first.case.reference} F-1"):
        make_form(UK, [first.filing, other.filing], by=first.house.coordinator, now=NOW)
    withdraw(paper, reason="The quantity was wrong.", by=first.house.coordinator, now=NOW)
    assert waiting_filings(UK, first.house.pharmacy) == [first.filing, other.filing]
    assert make_form(UK, [first.filing], by=first.house.coordinator, now=NOW).label == "B-2"


def test_an_empty_cell_and_a_long_one_are_named_together(two: tuple[Ground, Ground]) -> None:
    first, other = two
    with acting(by=first.house.pic, verb="tests.emptied", business_at=NOW):
        Medicine.objects.filter(pk=first.case.medicine_id).update(manufacturer="")
        Filing.objects.filter(pk=other.filing.pk).update(number=12345)
    with pytest.raises(RequirementsUnmet) as refused:
        make_form(UK, waiting_filings(UK, first.house.pharmacy), by=first.house.coordinator, now=NOW)
    long = line_reference(other.case, "F-12345")
    assert [line.fact for line in refused.value.unmet] == [
        "Manufacturer is empty.",
        f"“{long}” has 17.",
        "Manufacturer is empty.",
    ]  # fmt: skip
    assert CollectivePaper.objects.count() == 0


def test_a_value_is_never_a_formula(two: tuple[Ground, Ground]) -> None:
    first, _ = two
    with acting(by=first.house.pic, verb="tests.renamed", business_at=NOW):
        Medicine.objects.filter(pk=first.case.medicine_id).update(name='=HYPERLINK("x")')
    paper = make_form(UK, [first.filing], by=first.house.coordinator, now=NOW)
    cell = load_workbook(io.BytesIO(bytes(paper.content))).active["C2"]
    assert (cell.value, cell.data_type) == ('=HYPERLINK("x")', "s")


@pytest.mark.parametrize("who", ["auditor", "doctor", "administrator"])
def test_only_pharmacists_make_and_send(two: tuple[Ground, Ground], who: str) -> None:
    house = two[0].house
    with pytest.raises(NotPermitted):
        make_form(UK, [two[0].filing], by=getattr(house, who), now=NOW)


def dispensed(ground: Ground, moment: datetime) -> None:
    """The case's next consignment, dispensed at that moment; only what a report reads."""
    from cases.custody.models import Consignment
    from regulatory.recording import record_event

    with acting(by=ground.house.pic, verb="tests.supplied", business_at=moment):
        consignment = Consignment.objects.create(
            case=ground.case, number=ground.case.consignments.count() + 1, institution=ground.case.institution,
            quantity="2.500", unit="vial", planned_dispatch_on=moment.date(), planned_arrival_on=moment.date(),
        )  # fmt: skip
        record_event(ground.case, "dispensed_or_supplied", at=moment, consignment=consignment)


@laid
def australia(db: None) -> Ground:
    return build_ground("AU-SAS-A", now=NOW, country="AU", zone="Australia/Sydney")


def test_a_half_year_is_summed_by_product_and_counted_in_the_authoritys_days(australia: Ground) -> None:
    other = second(australia)
    dispensed(australia, at("2026-03-05 01:00"))
    dispensed(other, at("2026-06-30 13:59"))  # 23:59 in Sydney on the last day
    dispensed(other, at("2026-06-30 14:00"))  # midnight: the next half-year
    paper = make_report(AU, date(2026, 4, 1), pack_sizes={}, by=australia.house.coordinator, now=at("2026-07-01 00:00"))
    assert (paper.period_from, paper.period_to) == (date(2026, 1, 1), date(2026, 6, 30))
    assert rows_of(paper)[1:] == [
        ("orvelumab", "solution for injection", "150 mg/mL", "Invented Biologics", "2", "5", "vial")
    ]
    assert paper.lines.count() == 2


def test_nothing_supplied_is_reported_as_nothing(australia: Ground) -> None:
    paper = make_report(AU, date(2025, 12, 1), pack_sizes={}, by=australia.house.coordinator, now=NOW)
    assert rows_of(paper)[1][0] == "nothing supplied"


def test_a_period_is_reported_after_its_end_and_once(australia: Ground) -> None:
    with pytest.raises(NotPossible, match="The period ends on 30 Jun 2026"):
        # 30 June, 23:59 in Sydney.
        make_report(AU, date(2026, 4, 1), pack_sizes={}, by=australia.house.pic, now=at("2026-06-30 13:59"))
    make_report(AU, date(2026, 4, 1), pack_sizes={}, by=australia.house.pic, now=at("2026-06-30 14:00"))
    with pytest.raises(NotPossible, match="has its report already"):
        make_report(AU, date(2026, 1, 1), pack_sizes={}, by=australia.house.pic, now=at("2026-07-02 00:00"))


def test_a_month_in_new_zealand_names_no_patient_and_asks_for_the_pack(db: None) -> None:
    ground = build_ground("NZ-S29", now=NOW, country="NZ", zone="Pacific/Auckland")
    dispensed(ground, at("2026-02-27 09:00"))
    code = product_code(ground.case.medicine)
    with pytest.raises(RequirementsUnmet) as refused:
        make_report(NZ, date(2026, 2, 1), pack_sizes={}, by=ground.house.pic, now=at("2026-03-01 09:00"))
    assert [line.fact for line in refused.value.unmet] == ["Pack size is empty."]
    paper = make_report(
        NZ, date(2026, 2, 1), pack_sizes={code: "1 vial"}, by=ground.house.pic, now=at("2026-03-01 09:00")
    )
    assert rows_of(paper)[1] == (
        "orvelumab", "solution for injection", "150 mg/mL", "1 vial", "2026-02", "2.5", "vial",
    )  # fmt: skip
    assert ground.case.patient.initials not in str(rows_of(paper))


def test_sending_a_report_meets_the_duty_of_every_case_in_it(australia: Ground) -> None:
    from regulatory.clocks import bring_in_line

    dispensed(australia, at("2026-03-05 01:00"))
    with acting(by=australia.house.pic, verb="tests.dates", business_at=at("2026-07-01 00:00")):
        bring_in_line(australia.case, by=australia.house.pic, now=at("2026-07-01 00:00"))
    duty = Deadline.objects.get(
        case=australia.case, kind="regulatory.periodic_supply_report", key__contains="2026-06-30"
    )
    (period,) = due_periods(AU, australia.house.pharmacy, date(2026, 7, 2))
    assert (period.first, period.last, period.supplies, period.due_on) == (
        date(2026, 1, 1), date(2026, 6, 30), 1, duty.due_on,
    )  # fmt: skip
    paper = make_report(AU, period.first, pack_sizes={}, by=australia.house.coordinator, now=at("2026-07-02 09:00"))
    sent_at = datetime(2026, 7, 2, 10, tzinfo=UTC)
    send(paper, at=sent_at, how="Portal receipt 12", party="Invented Sponsor", by=australia.house.coordinator,
         now=sent_at + timedelta(hours=1))  # fmt: skip
    duty = Deadline.objects.get(pk=duty.pk)
    assert (duty.state, duty.met_at) == ("met", sent_at)
    assert australia.case.documents.get(doc_type="supply_report").sha256 == paper.sha256
    assert due_periods(AU, australia.house.pharmacy, date(2026, 7, 3)) == []
