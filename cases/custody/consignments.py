"""A consignment by the label that a page or a call names it with."""

from zoneinfo import ZoneInfo

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
        "case__medicine", "case__patient", "case__pharmacy", "institution", "carrier", "handling"
    )
    found: Consignment | None = (
        rows.filter(number=int(number)).first() if number.isascii() and number.isdigit() else None
    )
    if found is None or found.label != label:
        raise Http404("There is no such consignment.")
    if user.role == Role.RECEIVING_PHARMACIST and found.institution_id != user.institution_id:
        raise Http404("There is no such consignment for your institution.")
    return found


def is_under_way(consignment: Consignment) -> bool:
    """Whether its arrival can be recorded."""
    return bool(consignment.state == Consignment.State.IN_TRANSIT)


def why_no_arrival(consignment: Consignment) -> str:
    """Why no arrival can be recorded, with what to do with a box that stands there; empty while it is under way."""
    if is_under_way(consignment):
        return ""
    if consignment.dispatched_at is None:
        return (
            f"{consignment.label} was never sent: it is {consignment.get_state_display()}. Nothing was recorded. Keep "
            "the box closed and cold, compare its number with the letter, and call the pharmacy."
        )
    if consignment.arrived_at is not None:
        here = consignment.arrived_at.astimezone(ZoneInfo(consignment.institution.time_zone))
        return f"The arrival of {consignment.label} stands recorded: {here:%H:%M on %Y-%m-%d}. Nothing was changed."
    return (
        f"{consignment.label} is {consignment.get_state_display()}: no arrival of it is awaited. Nothing was recorded. "
        "Call the pharmacy before you open anything."
    )
