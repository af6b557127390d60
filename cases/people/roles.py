"""Who may do what, in the trade's words (domain.md section 1)."""

from django.db import models


class Role(models.TextChoices):
    """One role a person; separation of duties is checked by person, never by role."""

    COORDINATING_PHARMACIST = "coordinating_pharmacist", "coordinating pharmacist"
    PHARMACIST_IN_CHARGE = "pharmacist_in_charge", "pharmacist in charge"
    PRESCRIBER = "prescriber", "prescriber"
    DELEGATE = "delegate", "prescriber's delegate"
    RECEIVING_PHARMACIST = "receiving_pharmacist", "receiving pharmacist"
    ADMINISTRATOR = "administrator", "administrator"
    AUDITOR = "auditor", "auditor"
    SYSTEM = "system", "service account"


PHARMACISTS = frozenset({Role.COORDINATING_PHARMACIST, Role.PHARMACIST_IN_CHARGE})
PRESCRIBING = frozenset({Role.PRESCRIBER, Role.DELEGATE})
READERS_ONLY = frozenset({Role.AUDITOR})
STAFF = PHARMACISTS | {Role.ADMINISTRATOR}
# Who reads a case whole; people abroad read what concerns them.
READ_WHOLE = STAFF | READERS_ONLY
