"""Leaving the country of origin: the pathway that governs the export of every case, beside the destination's own."""

from cases.lifecycle.readings import once_a_checklist
from cases.models import Case
from regulatory.lists.services import SOURCE_COUNTRY
from regulatory.models import ProfileVersion
from regulatory.pathway import HOUSE, Statement, profile_of, statements
from regulatory.profiles.loader import Profile

GATE, CONTROLLED = "may_export", "may_export_controlled"


@once_a_checklist
def export_version(case: Case) -> ProfileVersion | None:
    """The signed pathway out of the country of origin; demonstration copies for such pharmacies only."""
    rows = ProfileVersion.objects.filter(
        jurisdiction=SOURCE_COUNTRY, data__direction="outbound", status=ProfileVersion.Status.ACTIVE
    )
    if not case.pharmacy.is_demonstration:
        rows = rows.filter(is_demonstration=False)
    # Its thousands of lines are kept by their fingerprint, as those of the case's own pathway are.
    newest = rows.defer("data").order_by("is_demonstration", "-id")
    return next((row for row in newest if row.is_signed), None)


def export_statements(profile: Profile) -> list[Statement]:
    """What a pharmacist signs for each consignment before it leaves: the gate's statements, then the derived ones."""
    of_the_gate = {str(fact["id"]) for fact in profile.section("gates") if fact["gate"] == GATE}
    derived = [
        Statement(code=f"{fact}#1", fact=fact, role=HOUSE, text=str(reading["statement"]))
        for fact, reading in profile.readings.items()
        if "statement" in reading
    ]
    return [*(one for one in statements(profile) if one.fact in of_the_gate), *derived]


def statements_of(case: Case) -> list[Statement]:
    """The same by the pathway that governs this case; empty where nobody has signed one."""
    version = export_version(case)
    return export_statements(profile_of(version)) if version is not None else []


def is_of_the_shipping_day(profile: Profile, statement: Statement) -> bool:
    """Whether a statement speaks only for the day on which it is signed."""
    return profile.readings.get(statement.fact, {}).get("attested_on") == "shipped"
