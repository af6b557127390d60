"""Snapshots in both forms, plainly invented, and what a paper is made of."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pharmacovigilance import papers
from pharmacovigilance.e2b.content import Sender
from pharmacovigilance.e2b.exporting import Origin
from pharmacovigilance.papers.sheets import Locked

NOTICE_SCHEMA = json.loads((Path(papers.__file__).parent / "data" / "notice.schema.json").read_text())
FINGERPRINT = "0123456789abcdef" * 4
LOCKED_AT = datetime(2026, 3, 20, 16, 0, tzinfo=UTC)
LOT = {"number": "LOT-77", "gtin": "00399999000123", "expires_on": "2027-01-31", "supplier": "Invented Wholesale"}
REPORT = {
    "label": "S-1", "channel": "prescriber_page", "received_at": "2026-03-20T10:00:00+00:00",
    "verbatim": "Fever since yesterday.", "language": "en", "onset_on": "2026-03-19", "seriousness": "hospitalisation",
    "entered_by": "P-INVENTED", "entered_at": "2026-03-20T10:00:00+00:00",
}  # fmt: skip
DOSE = {
    "given_at": "2026-03-10T09:00:00+00:00", "amount": "150 mg", "consignment": "C-1", "serial": "SN-1", "lot": LOT,
    "temperature": "in range throughout",
}  # fmt: skip
FIRST_FORM: dict[str, Any] = {
    "format": "npp-case-version/1", "case": "NP-2026-0001", "worldwide_id": "US-TEST-NP-2026-0001-1", "version": 1,
    "kind": "initial", "day0": "2026-03-20", "aware_at": "2026-03-20T10:00:00+00:00", "pathway": "UK-SPECIALS",
    "country": "GB", "lot": LOT, "lot_remark": "", "reports": [REPORT], "doses": [DOSE],
    "event": {"verbatim": "Fever", "serious": True, "seriousness_criterion": "hospitalisation"},
    "assessment": {
        "causality": "related", "expected": False, "narrative": "Admitted for one night; recovered.",
        "circumstances": {"special": ["off_label"]},
    },
    "product": {"name": "Examplinib", "strength": "150 mg", "form": "capsule", "manufacturer": "Invented Labs"},
}  # fmt: skip

LINE = {
    "number": 1, "lot": LOT, "lot_status": "linked", "lot_said": "", "reason": "", "first_given_at": "2026-03-10",
    "last_given_at": "2026-03-12", "amount": "150 mg daily", "consignment": "C-1", "serials": ["SN-1", "SN-2"],
    "temperature": "in range throughout", "warning": "",
}  # fmt: skip
PRODUCT = {
    "number": 1, "role": "1", "name": "Examplinib", "strength": "150 mg", "form": "capsule",
    "manufacturer": "Invented Labs", "is_ours": True, "indication": "invented disease", "action": "1", "abated": "yes",
    "reappeared": "no", "route": "oral", "lines": [LINE],
}  # fmt: skip
SECOND_FORM: dict[str, Any] = {
    "format": "npp-case-version/2", "case": "NP-2026-0001", "worldwide_id": "US-TEST-NP-2026-0001-1", "version": 2,
    "kind": "follow_up", "reason": "The hospital's letter came.", "day0": "2026-03-20",
    "aware_at": "2026-03-20T10:00:00+00:00", "country": "GB", "pathway": "UK-SPECIALS",
    "patient": {
        "sex": "2", "age": {"value": "34", "unit": "a"}, "age_group": "5", "weight_kg": "61", "history": "Asthma.",
    },
    "events": [
        {"number": 1, "verbatim": "Fever", "language": "en", "started": "2026-03-19", "ended": "2026-03-21",
         "outcome": "1", "country": "GB", "criteria": ["hospitalisation"], "special": ["off_label"],
         "tests": "CRP 80 mg/L.", "meddra": {"code": "19999991", "version": "29.0"}},
        {"number": 2, "verbatim": "Rash", "language": "en", "started": "2026-03", "ended": "", "outcome": "3",
         "country": "GB", "criteria": [], "special": ["off_label"], "tests": "", "meddra": None},
    ],
    "products": [
        PRODUCT,
        PRODUCT | {
            "number": 2, "role": "2", "name": "Paracetamol", "strength": "500 mg", "form": "tablet", "manufacturer": "",
            "is_ours": False, "lines": [],
        },
        PRODUCT | {
            "number": 3, "role": "3", "name": "Othermab", "strength": "", "form": "", "manufacturer": "", "route": "",
            "is_ours": False, "indication": "", "action": "0", "abated": "not_known", "reappeared": "not_applicable",
            "lines": [LINE | {
                "lot": None, "lot_status": "reported_only", "lot_said": "ZZ-9", "reason": "read over the telephone",
                "first_given_at": "2026-02", "last_given_at": "", "amount": "", "consignment": "", "serials": [],
                "temperature": "", "warning": "ZZ-9 was never supplied to this patient",
            }],
        },
    ],
    "assessments": [
        {"event": 1, "product": 1, "source": "reporter", "method": "who_umc", "answers": {}, "score": None,
         "result": "possible", "expected": None, "reference": None, "by": "P-X", "at": "2026-03-20T11:00:00+00:00"},
        {"event": 1, "product": 1, "source": "pharmacist", "method": "naranjo", "answers": {}, "score": 6,
         "result": "probable", "expected": None, "reference": None, "by": "P-X", "at": "2026-03-20T11:00:00+00:00"},
        {"event": 1, "product": 1, "source": "pharmacist", "method": "expectedness", "answers": {}, "score": None,
         "result": "unexpected", "expected": False, "reference": "Investigator's brochure, 4, 2026-01-01", "by": "P-X",
         "at": "2026-03-20T11:00:00+00:00"},
    ],
    "judged": {
        "serious": True, "seriousness_criterion": "hospitalisation", "expected": None, "causality": "not_assessed",
        "narrative": "Admitted for one night.", "circumstances": {"special": ["off_label"]},
    },
    "reports": [REPORT | {"qualification": "2"}],
}  # fmt: skip


def first_form(**changed: Any) -> dict[str, Any]:
    return deepcopy(FIRST_FORM) | changed


def second_form(**changed: Any) -> dict[str, Any]:
    """Two events; a suspect, a concomitant and an interacting product; three judgements."""
    return deepcopy(SECOND_FORM) | changed


def locked(snapshot: dict[str, Any], *, transmission: str = "") -> Locked:
    sender = Sender(kind="6", organisation="Invented Specialty Pharmacy", telephone="+1 555 0100", country="US")
    return Locked(snapshot, "V-1", FINGERPRINT, Origin("TEST", sender, LOCKED_AT, transmission))
