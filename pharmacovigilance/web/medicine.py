"""On the page of a medicine: what its events are judged against, and what was last said of it as a product."""

from datetime import datetime
from typing import Any

from cases.models import Case, Medicine
from cases.people.models import User
from cases.web.registries import medicine_sheet
from pharmacovigilance.models import CaseVersion, ReferenceSafetyInformation
from pharmacovigilance.terms import PRODUCT_CLASSES, YES_NO_NOT_KNOWN


@medicine_sheet("pharmacovigilance/medicine.html")
def safety_of(medicine: Medicine, user: User, now: datetime) -> dict[str, Any]:
    """The editions, the newest of each title in force; and the product facts of the version locked last."""
    cases = Case.objects.visible_to(user, at=now)
    own: Any = [user.pharmacy_id] if user.pharmacy_id else cases.order_by().values("pharmacy")
    rows = ReferenceSafetyInformation.objects.filter(medicine=medicine, pharmacy__in=own)
    editions = list(rows.select_related("entered_by").order_by("title", "-dated_on", "-pk"))
    newest = {one.title: one.pk for one in reversed(editions)}
    return {
        "editions": [(one, newest[one.title] == one.pk) for one in editions],
        "said": _product_facts(medicine, user, now),
    }


def _product_facts(medicine: Medicine, user: User, now: datetime) -> dict[str, Any] | None:
    """What a reporting rule may turn on: whether it is biological, and its class, as it was assessed last."""
    version = (
        CaseVersion.objects.filter(
            case__in=Case.objects.visible_to(user, at=now), case__medicine=medicine, locked_at__isnull=False
        )
        .select_related("case", "safety_case")
        .order_by("-locked_at", "-pk")
        .first()
    )
    if version is None or not version.circumstances.get("product_class"):
        return None
    told = version.circumstances
    return {
        "version": version,
        "biological": dict(YES_NO_NOT_KNOWN).get(told.get("biological", ""), "not known"),
        "product_class": dict(PRODUCT_CLASSES).get(told["product_class"], told["product_class"]),
    }
