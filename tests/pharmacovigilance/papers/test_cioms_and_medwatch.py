"""The content of CIOMS I and of MedWatch on paper: every box has its line, in the form's order."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cases.print.bind import page_count
from pharmacovigilance.e2b.exporting import NotExportable
from pharmacovigilance.papers.cioms import cioms
from pharmacovigilance.papers.medwatch import medwatch
from pharmacovigilance.papers.sheets import Locked
from tests.pharmacovigilance.papers.snapshots import DOSE, FINGERPRINT, LOT, REPORT, first_form, locked
from tests.printed import printed

LOT_LINE = (
    "lot LOT-77; expiry 2027-01-31; GTIN 00399999000123; supplier Invented Wholesale; consignment C-1; packs SN-1; "
    "temperature of the journey: in range throughout"
)
MEDICINE = "Examplinib 150 mg capsule; manufacturer Invented Labs; suspect"
EVENT = "Fever (began 2026-03-19; outcome unknown)"
TOLD = "Admitted for one night; recovered. S-1, as reported: Fever since yesterday."
REPORTER = "physician, United Kingdom; name and address known, withheld"
CASE, PAIR = "related not expected", "related (pharmacist, as a whole)"
NO_DEVICE = "not applicable: no device is reported"
# Facts, pharmacovigilance 5: each box, its label and what stands in it for this snapshot.
CIOMS = [
    ("1", "Patient's initials", "known, withheld"),
    ("1a", "Country", "United Kingdom"),
    ("2", "Date of birth", "withheld"),
    ("2a", "Age", "not known"),
    ("3", "Sex", "not known"),
    ("4–6", "Onset of the reaction", "2026-03-19"),
    ("7 + 13", "Reaction", EVENT),
    ("7 + 13", "Description", TOLD),
    ("7 + 13", "Tests and laboratory findings", "not known"),
    ("8", "Patient died", "no information"),
    ("9", "Hospital admission, or a longer stay", "yes"),
    ("10", "Disability or incapacity", "no information"),
    ("11", "Life-threatening", "no information"),
    ("12", "Congenital anomaly", "no information"),
    ("12", "Otherwise medically important", "no information"),
    ("14", "Suspect medicine", MEDICINE),
    ("14", "Batch number, and where it came from", LOT_LINE),
    ("15", "Daily dose", "150 mg"),
    ("16", "Route", "not known"),
    ("17", "Indication", "not known"),
    ("18", "Therapy from and to", "2026-03-10 to 2026-03-10"),
    ("19", "Duration of therapy", "1 day"),
    ("20", "Did it abate after stopping?", "not known"),
    ("21", "Did it reappear when given again?", "not known"),
    ("22", "Concomitant medicines and dates", "not known"),
    ("23", "Other relevant history", "unknown"),
    ("24a", "Sender of this report", "Invented Specialty Pharmacy, US"),
    ("24a", "Manufacturer", "Invented Labs"),
    ("24b", "Original report number (worldwide)", "US-TEST-NP-2026-0001-1"),
    ("24c", "Control number of the sender", "US-TEST-NP-2026-0001-1"),
    ("24d", "Received first, and last", "2026-03-20, 2026-03-20"),
    ("24d", "Source", "report from study: named-patient programme"),
    ("25a", "Date of this report", "2026-03-20"),
    ("25b", "Kind of report", "initial"),
    ("25b", "Reason", "none given"),
    ("26", "Reporter", REPORTER),
    ("26", "Remarks: special situations", "use off the plan"),
    ("–", "The case as judged", CASE),
    ("–", "Causality and expectedness, by pair", PAIR),
    ("–", "Action taken with the medicine", "unknown"),
]
MEDWATCH = [
    ("A1", "Patient's identifier", "known, withheld"),
    ("A2", "Age, or date of birth", "not known"),
    ("A3", "Sex", "not known"),
    ("A4", "Weight", "not known"),
    ("B1", "Adverse event, product problem, or both", "adverse event"),
    ("B2", "Outcome: death", "no information"),
    ("B2", "Outcome: life-threatening", "no information"),
    ("B2", "Outcome: hospital admission, or a longer stay", "yes"),
    ("B2", "Outcome: disability or incapacity", "no information"),
    ("B2", "Outcome: congenital anomaly", "no information"),
    ("B2", "Outcome: otherwise medically important", "no information"),
    ("B3", "Date of the event", "2026-03-19"),
    ("B4", "Date of this report", "2026-03-20"),
    ("B5", "Event", EVENT),
    ("B5", "Description", TOLD),
    ("B6", "Tests and laboratory data, with dates", "not known"),
    ("B7", "Other relevant history", "unknown"),
    ("C1", "Name, strength, labeler", MEDICINE),
    ("C2", "Dose and route", "150 mg"),
    ("C3", "Dates of therapy", "2026-03-10 to 2026-03-10"),
    ("C4", "Diagnosis for use", "not known"),
    ("C5", "Event abated after use stopped or dose reduced", "not known"),
    ("C6", "Lot, and where it came from", LOT_LINE),
    ("C7", "Expiry", "2027-01-31"),
    ("C8", "Event reappeared after reintroduction", "not known"),
    ("C9", "NDC, or other number of the pack", "00399999000123"),
    ("C10", "Concomitant products and dates", "not known"),
    ("D1–D11", "All boxes", NO_DEVICE),
    ("E1", "Name and address", "known, withheld"),
    ("E2–E3", "Health professional, and occupation", REPORTER),
    ("E4", "Reporter also sent it to FDA", "not known"),
    ("F1–F14", "All boxes", NO_DEVICE),
    ("G1", "Contact office", "Invented Specialty Pharmacy, US"),
    ("G2", "Telephone", "+1 555 0100"),
    ("G3", "Source of the report", "report from study: named-patient programme abroad"),
    ("G4", "Date received", "2026-03-20"),
    ("G5", "Application number", "not known"),
    ("G6", "Protocol, if under an IND", "not known"),
    ("G7", "Kind of report", "initial expedited"),
    ("G8", "Adverse event terms", "not coded"),
    ("G9", "Report number of the sender", "US-TEST-NP-2026-0001-1"),
    ("H1–H10", "All boxes", NO_DEVICE),
    ("–", "The case as judged", CASE),
    ("–", "Causality and expectedness, by pair", PAIR),
    ("–", "Action taken with the product", "unknown"),
]
PAPERS = [pytest.param(cioms, CIOMS, id="cioms"), pytest.param(medwatch, MEDWATCH, id="medwatch")]
Make = Callable[[Locked], bytes]


def as_it_flows(content: bytes, folder: Path) -> str:
    return printed(content, folder, as_it_flows=True)


@pytest.mark.parametrize(("make", "boxes"), PAPERS)
def test_every_box_has_its_line_in_the_order_of_the_form(
    make: Make, boxes: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    text, at = as_it_flows(make(locked(first_form())), tmp_path), 0

    for box in boxes:
        found = text.find(" ".join(box), at)
        assert found >= 0, box
        at = found + len(" ".join(box))


@pytest.mark.parametrize(
    ("make", "about"),
    [(cioms, "the boxes of CIOMS form I, not a facsimile"), (medwatch, "FDA form 3500A, not a facsimile")],
)
def test_says_what_it_is_whose_and_that_it_is_a_draft(make: Make, about: str, tmp_path: Path) -> None:
    content = make(locked(first_form(), transmission="T-3"))
    text, count = as_it_flows(content, tmp_path), page_count(content)

    for words in (
        about, "no qualified person has reviewed it", "Draft: the event is not coded in MedDRA",
        "Case NP-2026-0001", "V-1, version 1, initial", "Locked 2026-03-20 16:00 UTC", "Transmission T-3", FINGERPRINT,
    ):  # fmt: skip
        assert words in text, words
    foot = "NP-2026-0001, V-1, version 1 of US-TEST-NP-2026-0001-1 · snapshot 0123456789abcdef"
    assert [f"{foot} Page {page} of {count}" in text for page in range(1, count + 1)] == [True] * count


@pytest.mark.parametrize("make", [cioms, medwatch])
def test_is_the_same_bytes_for_the_same_version_and_others_for_another(make: Make) -> None:
    once = make(locked(first_form()))

    assert make(locked(first_form())) == once
    assert make(locked(first_form(version=2))) != once


@pytest.mark.parametrize("make", [cioms, medwatch])
def test_is_no_draft_once_the_event_is_coded(make: Make, tmp_path: Path) -> None:
    snapshot = first_form()
    snapshot["event"]["meddra"] = {"code": "19999991", "version": "29.0"}

    assert "not coded in MedDRA" not in as_it_flows(make(locked(snapshot)), tmp_path)


def test_a_lot_that_no_scan_confirms_is_never_guessed(tmp_path: Path) -> None:
    remark = "lot not confirmed: the dose was recorded without its pack"
    doses = [DOSE | {"lot": None, "serial": None, "temperature": None}]

    text = as_it_flows(cioms(locked(first_form(lot=None, lot_remark=remark, doses=doses))), tmp_path)

    assert f"lot not known; {remark}; consignment C-1; temperature of the journey: not on record" in text


def test_two_lots_are_two_lines_with_their_own_suppliers(tmp_path: Path) -> None:
    other = LOT | {"number": "LOT-78", "supplier": "Another Wholesale"}
    doses = [DOSE, DOSE | {"given_at": "2026-03-12T09:00:00+00:00", "lot": other, "serial": "SN-2"}]

    text = as_it_flows(cioms(locked(first_form(doses=doses))), tmp_path)

    first, second = text.index("lot LOT-77; expiry"), text.index("lot LOT-78; expiry")
    assert "supplier Invented Wholesale" in text[first:second]
    assert "supplier Another Wholesale; consignment C-1; packs SN-2" in text[second:]
    assert "Therapy from and to 2026-03-10 to 2026-03-12" in text
    assert "Duration of therapy 3 days" in text


def test_letters_that_no_font_holds_do_not_stop_a_report(tmp_path: Path) -> None:
    reports = [REPORT | {"verbatim": "ताप 🙂 since yesterday"}]

    text = as_it_flows(cioms(locked(first_form(reports=reports))), tmp_path)

    assert "S-1, as reported: [3 letters in Devanagari] [slightly smiling face] since yesterday" in text
    assert "Signs that the fonts of this paper do not hold are named in square brackets" in text


@pytest.mark.parametrize("make", [cioms, medwatch])
def test_is_not_made_from_a_snapshot_of_another_form(make: Make) -> None:
    with pytest.raises(NotExportable, match="of the form 'other/9'"):
        make(locked({"format": "other/9"}))
