"""Whole sets of answers that tests start from, and change in one place."""

from typing import Any

# The tablet of the design's second fixture: everything speaks for the personal route.
TABLET: dict[str, Any] = {
    "class": "small_molecule_oral", "route": "oral", "administration": "home", "storage": "ambient", "controlled": "no",
    "status": "approved", "local_status": "never_registered", "supply_months": 2, "profile": "fresh",
    "npp_status": "clear", "personal_import": "open", "cap_months": 3, "conditions_met": "yes", "prescription": "yes",
    "custody": "no", "prescriber": "yes", "institution": "yes", "recurrence": "one_off", "regimen": "maintenance",
    "stability": "stable", "patient_now": "stable", "urgency": "standard", "asked_by": "family", "language": "en",
}  # fmt: skip

# The antibody of its first: 2 to 8 degrees, six cycles, a hospital, a clear country.
ANTIBODY: dict[str, Any] = TABLET | {
    "class": "biologic", "route": "infusion", "administration": "institution", "storage": "2-8", "regimen": "cycles",
    "cycles": 6, "recurrence": "recurring", "stability": "new", "patient_now": "untreated", "asked_by": "prescriber",
}  # fmt: skip
