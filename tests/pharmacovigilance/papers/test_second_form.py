"""Papers of a snapshot with several events, products and judgements: each under its own number, dates as said."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from pharmacovigilance.papers import phrases
from pharmacovigilance.papers.cioms import cioms
from pharmacovigilance.papers.known import read
from pharmacovigilance.papers.medwatch import medwatch
from pharmacovigilance.papers.notice import notice_json
from tests.pharmacovigilance.papers.snapshots import NOTICE_SCHEMA, locked, second_form
from tests.printed import printed

SAID = [
    "2a Age 34 years",
    "3 Sex female",
    "4–6 Onset of the reaction 1: 2026-03-19 2: 2026-03",
    "7 + 13 Reaction 1: Fever (began 2026-03-19, ended 2026-03-21; outcome recovered) "
    "2: Rash (began 2026-03; outcome not recovered, ongoing)",
    "7 + 13 Tests and laboratory findings 1: CRP 80 mg/L.",
    "9 Hospital admission, or a longer stay yes, event 1",
    "14 Suspect medicine 1: Examplinib 150 mg capsule; manufacturer Invented Labs; suspect 3: Othermab; interacting",
    "14 Batch number, and where it came from 1: lot LOT-77; expiry 2027-01-31; GTIN 00399999000123; "
    "supplier Invented Wholesale; consignment C-1; packs SN-1, SN-2; temperature of the journey: in range throughout "
    "3: lot ZZ-9; as reported, not confirmed; read over the telephone; temperature of the journey: not on record; "
    "warning: ZZ-9 was never supplied to this patient",
    "15 Daily dose 1: 150 mg daily",
    "16 Route 1: oral",
    "17 Indication 1: invented disease",
    "18 Therapy from and to 1: 2026-03-10 to 2026-03-12 3: 2026-02 to not known",
    "19 Duration of therapy 1: 3 days",
    "20 Did it abate after stopping? 1: yes 3: not known",
    "21 Did it reappear when given again? 1: no 3: does not apply",
    "22 Concomitant medicines and dates Paracetamol 500 mg tablet; concomitant",
    "23 Other relevant history Asthma.",
    "25b Kind of report follow-up",
    "25b Reason The hospital's letter came.",
    "26 Reporter pharmacist, United Kingdom; name and address known, withheld",
    "– The case as judged not assessed expectedness not known",
    "– Causality and expectedness, by pair event 1, product 1: possible (reporter, WHO-UMC) "
    "event 1, product 1: probable (pharmacist, Naranjo, score 6) "
    "event 1, product 1: unexpected against Investigator's brochure, 4, 2026-01-01 (pharmacist)",
    "– Action taken with the medicine 1: drug withdrawn 3: unknown",
]


def test_says_each_under_its_own_number_in_the_order_of_the_form(tmp_path: Path) -> None:
    text, at = printed(cioms(locked(second_form())), tmp_path, as_it_flows=True), 0

    for words in SAID:
        found = text.find(words, at)
        assert found >= 0, words
        at = found


def test_one_event_without_a_code_leaves_it_a_draft(tmp_path: Path) -> None:
    text = printed(medwatch(locked(second_form())), tmp_path, as_it_flows=True)

    assert "Draft: the event is not coded in MedDRA" in text
    assert "G8 Adverse event terms MedDRA 29.0, code 19999991 not coded" in text
    assert "A4 Weight 61 kg" in text


@pytest.mark.parametrize("kind", ["follow_up", "amendment", "nullification"])
def test_the_notice_follows_its_schema_whatever_the_version_is_for(kind: str) -> None:
    content = notice_json(locked(second_form(kind=kind)))

    jsonschema_rs.validator_for(NOTICE_SCHEMA).validate(json.loads(content))


def of_again(*said: tuple[int, int, str], **changed: Any) -> tuple[str, ...]:
    """What the papers say of giving again: (event, product, result) of each that was said."""
    snapshot = second_form(**changed)
    like = snapshot["assessments"][0]
    snapshot["assessments"] += [
        like | {"method": "rechallenge", "event": event, "product": product, "result": result}
        for event, product, result in said
    ]
    known = read(snapshot)
    return phrases.recurred(known, known.suspected)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ((), ("1: no", "3: does not apply")),
        (((1, 1, "came_back"),), ("1: event 1: yes, and it came back; event 2: no", "3: does not apply")),
        (((1, 1, "came_back"), (1, 1, "stayed_away"), (2, 3, "no")),
         ("1: event 1: yes, and it did not come back; event 2: no",
          "3: event 1: does not apply; event 2: no, it was not given again")),
    ],
)  # fmt: skip
def test_says_of_each_event_whether_it_came_back_and_else_as_it_was_asked_of_the_product(
    said: tuple[tuple[int, int, str], ...], told: tuple[str, ...]
) -> None:
    assert of_again(*said) == told


def test_of_one_event_it_is_said_without_its_number() -> None:
    events = second_form()["events"][:1]
    assert of_again((1, 1, "outcome_unknown"), events=events) == (
        "1: yes, what happened is not known", "3: does not apply",
    )  # fmt: skip
