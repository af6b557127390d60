"""The verbs on which the pathway is asked, by what they do."""

from decimal import Decimal

from django.db import models

from cases.models import Case
from cases.people.models import User
from cases.people.roles import Role

SHIPPING = ("custody.consignment.release", "custody.consignment.dispatch")
USING = tuple(f"custody.consignment.{word}" for word in ("accept", "dispense", "dispense_part"))
SUPPLY_STAGES = ("cases.case.begin_sourcing", "cases.case.resupply")


def plain(number: Decimal) -> str:
    """A quantity without idle zeros."""
    return f"{number.normalize():f}"


def pharmacists_in_charge(case: Case) -> "models.QuerySet[User]":
    """Those of the case's pharmacy whose right has not ended, by name."""
    return User.objects.filter(
        pharmacy_id=case.pharmacy_id, role=Role.PHARMACIST_IN_CHARGE, is_active=True, is_service=False
    ).order_by("display_name")
