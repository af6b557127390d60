"""What a verification router said of packs: the newest answer counts, and some answers speak against a pack."""

from collections.abc import Sequence

from cases.custody.models import Unit, VerificationResult

# Said beside a pack that was verified, and no reason to stop it.
HARMLESS = ("", VerificationResult.Further.EXTENDED)


def newest_of(units: Sequence[Unit]) -> list[VerificationResult]:
    """The newest answer on each pack that was asked about; one query."""
    rows = VerificationResult.objects.filter(unit__in=[unit.pk for unit in units]).select_related("unit")
    return list({one.unit_id: one for one in rows.order_by("answered_at", "pk")}.values())


def speaks_against(one: VerificationResult) -> bool:
    """Whether it was not verified, or something was said beside it that a pharmacist must decide on."""
    return not one.is_verified or one.further not in HARMLESS
