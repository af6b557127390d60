"""Snapshots in both forms, plainly invented, and what a paper is made of."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from pharmacovigilance.e2b.content import Sender
from pharmacovigilance.e2b.exporting import Origin
from pharmacovigilance.papers.sheets import Locked

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


def first_form(**changed: Any) -> dict[str, Any]:
    return deepcopy(FIRST_FORM) | changed


def locked(snapshot: dict[str, Any], *, transmission: str = "") -> Locked:
    sender = Sender(kind="6", organisation="Invented Specialty Pharmacy", telephone="+1 555 0100", country="US")
    return Locked(snapshot, "V-1", FINGERPRINT, Origin("TEST", sender, LOCKED_AT, transmission))
