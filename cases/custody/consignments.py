"""A consignment by the label that a page or a call names it with."""

from django.http import Http404

from cases.custody.models import Consignment
from cases.models import Case
from cases.people.models import User
from cases.people.roles import Role


def consignment_named(case: Case, user: User, label: str) -> Consignment:
    """The consignment, with its case and institution.

    :raises Http404: for one that the case does not have, or that goes to another institution than the person's own.
    """
    number = label.removeprefix("C-")
    rows = case.consignments.select_related(
        "case__medicine", "case__patient", "case__pharmacy", "institution", "carrier"
    )
    found: Consignment | None = (
        rows.filter(number=int(number)).first() if number.isascii() and number.isdigit() else None
    )
    if found is None or found.label != label:
        raise Http404("There is no such consignment.")
    if user.role == Role.RECEIVING_PHARMACIST and found.institution_id != user.institution_id:
        raise Http404("There is no such consignment for your institution.")
    return found
