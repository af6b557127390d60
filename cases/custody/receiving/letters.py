"""Who is written to on the way of a box: the receiving pharmacists that it comes and that it is to be inspected, then
who may check it."""

from django.db.models import Q

from cases.clocks import write_with_link
from cases.custody.models import Consignment
from cases.custody.receiving.protocol import current
from cases.lifecycle.verbs import Situation, after
from cases.models import CaseEvent
from cases.people.models import AccessLink, User
from cases.people.roles import Role


@after("custody.consignment.dispatch")
def the_arrival_is_asked(situation: Situation, event: CaseEvent) -> None:
    """Every receiving pharmacist of the institution is written to, with a link to say that the box is there."""
    _write(situation, event, "custody.arrival_asked", AccessLink.Purpose.RECEIVE, _receiving(situation))


@after("custody.consignment.arrive")
def the_inspection_is_asked(situation: Situation, event: CaseEvent) -> None:
    """Every receiving pharmacist of the institution is written to, with a link of their own to this inspection."""
    _write(situation, event, "custody.receiving_asked", AccessLink.Purpose.RECEIVE, _receiving(situation))


@after("custody.consignment.inspect")
def the_second_check_is_asked(situation: Situation, event: CaseEvent) -> None:
    """The prescriber and the institution's other receiving pharmacists are written to: one of them checks and signs."""
    if not current(situation.now).second_check:
        return
    others = (_receiving(situation) | Q(pk=situation.case.prescriber.user_id)) & ~Q(pk=situation.by.pk)
    _write(situation, event, "custody.second_check_asked", AccessLink.Purpose.SIGN, others)


def _receiving(situation: Situation) -> Q:
    return Q(institution=situation.record(Consignment).institution_id, role=Role.RECEIVING_PHARMACIST)


def _write(situation: Situation, event: CaseEvent, kind: str, purpose: str, to: Q) -> None:
    label = situation.record(Consignment).label
    for person in User.objects.filter(to, is_active=True).order_by("pk"):
        write_with_link(
            key=f"{kind}:{situation.case.reference}:{event.seq}:{person.pk}",
            kind=kind,
            purpose=purpose,
            subject=label,
            recipient=person,
            case=situation.case,
            due_on=situation.record(Consignment).planned_arrival_on if kind == "custody.arrival_asked" else None,
            by=situation.by,
            now=situation.now,
            record=label,
        )
