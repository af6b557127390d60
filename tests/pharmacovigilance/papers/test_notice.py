"""The notice to the manufacturer: a paper and a file that say the same, by a schema of the house."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from pharmacovigilance.papers.notice import Duty, notice, notice_json
from tests.pharmacovigilance.papers.snapshots import FINGERPRINT, NOTICE_SCHEMA, first_form, locked
from tests.printed import printed

DUE = datetime(2026, 3, 21, 9, 0, tzinfo=UTC)
DUTY = Duty("O-4", "CONTRACT.manufacturer.serious", "rules 2026-11", "draft_unreviewed", "medium", DUE)


def told(duty: Duty | None = None, **changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(notice_json(locked(first_form(**changed)), duty))
    return found


@pytest.mark.parametrize("duty", [None, DUTY], ids=["looked at", "with its duty"])
def test_the_file_follows_its_schema(duty: Duty | None) -> None:
    jsonschema_rs.validator_for(NOTICE_SCHEMA).validate(told(duty))


@pytest.mark.parametrize(("field", "value"), [("narrative", ""), ("patient_name", "x"), ("events", [])])
def test_the_schema_refuses_what_no_notice_says(field: str, value: Any) -> None:
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validator_for(NOTICE_SCHEMA).validate(told() | {field: value})


def test_says_who_what_and_from_which_lot() -> None:
    said = told(DUTY)

    assert said["to"] == ["Invented Labs"]
    assert said["report"] == {
        "case": "NP-2026-0001", "worldwide_id": "US-TEST-NP-2026-0001-1", "label": "V-1", "version": 1,
        "kind": "initial", "reason": "", "country": "GB", "snapshot_sha256": FINGERPRINT,
    }  # fmt: skip
    assert said["received"] == {"at": "2026-03-20T10:00:00+00:00", "first_on": "2026-03-20", "day0": "2026-03-20"}
    assert said["clock"] == {
        "obligation": "O-4", "rule": "CONTRACT.manufacturer.serious", "version": "rules 2026-11",
        "status": "draft_unreviewed", "confidence": "medium", "due_at": "2026-03-21T09:00:00+00:00",
    }  # fmt: skip
    assert said["events"] == [
        {"number": 1, "verbatim": "Fever", "started": "2026-03-19", "outcome": "0", "criteria": ["hospitalisation"],
         "special": ["off_label"]}
    ]  # fmt: skip
    (line,) = said["products"][0]["lots"]
    assert (line["lot"], line["supplier"], line["consignment"], line["serials"], line["temperature"]) == (
        "LOT-77", "Invented Wholesale", "C-1", ["SN-1"], "in range throughout",
    )  # fmt: skip


def test_without_an_obligation_24_hours_from_receipt_are_a_working_figure_and_say_so() -> None:
    said = told()

    assert said["clock"]["due_at"] == "2026-03-21T10:00:00+00:00"
    assert said["remarks"] == [
        "Draft: the event is not coded in MedDRA. Its words stand as they were said.",
        "Draft: no rule of an agreement stands behind its date; 24 hours are a working figure.",
    ]


def test_a_reviewed_rule_and_a_coded_event_leave_no_draft() -> None:
    event = {**first_form()["event"], "meddra": {"code": "19999991", "version": "29.0"}}
    reviewed = Duty("O-4", "X.1", "1", "reviewed", "high", None)

    said = told(reviewed, event=event)

    assert (said["remarks"], said["clock"]["due_at"]) == ([], None)


def test_the_paper_says_the_same(tmp_path: Path) -> None:
    text = printed(notice(locked(first_form()), DUTY), tmp_path, as_it_flows=True)

    for words in (
        "24-hour notice to the manufacturer", "1 To the manufacturer Invented Labs",
        "3 Received by the pharmacy 2026-03-20 10:00 UTC", "4 To be told by 2026-03-21 09:00 UTC",
        "CONTRACT.manufacturer.serious, rules 2026-11; medium confidence",
        "Draft: the rule behind its date, CONTRACT.manufacturer.serious, was reviewed by no qualified person.",
        "7 Patient age not known, sex not known; identity withheld", "10 Serious yes",
        "10 hospital admission, or a longer stay yes", "14 Lot, and where it came from lot LOT-77; expiry 2027-01-31",
    ):  # fmt: skip
        assert words in text, words


def test_both_are_the_same_bytes_for_the_same_version_and_duty() -> None:
    version = locked(first_form(), transmission="T-1")

    assert notice_json(version, DUTY) == notice_json(version, DUTY)
    assert notice(version, DUTY) == notice(version, DUTY)
    assert notice_json(version, None) != notice_json(version, DUTY)
