"""Holds that nobody has to remember to place, and what each of them waits for.

A hold that waits for an authorization is lifted by the reinstatement that it waited for, in the same deed; one that
waits for word on the authority's clock is lifted by a person once there is word (``requirements/holds.py``).
"""

from cases.custody.models import Consignment
from cases.lifecycle.verbs import Situation, after, next_number
from cases.models import CaseEvent, Hold, HoldKind
from regulatory.models import Authorization, Filing, HoldGround
from regulatory.notifying import became, called, tell
from regulatory.pathway import profile_of
from regulatory.requirements.common import pharmacists_in_charge
from regulatory.requirements.supply import window_told
from regulatory.verbs.questions import clock_is_unknown


@after("regulatory.filing.receive_question")
def hold_while_the_clock_is_not_known(situation: Situation, event: CaseEvent) -> None:
    """Where silence clears, and the data do not say whether a question restarts the clock, a person decides."""
    filing = situation.subject
    if not isinstance(filing, Filing):
        return
    if clock_is_unknown(profile_of(filing.profile_version)) and not filing.clock_word:
        hold(
            situation,
            reason=f"{filing.authority} asked a question on {filing.label}. The pathway does not say whether that "
            "restarts the waiting window.",
            until="the authority's word on the window is recorded, or every question is answered",
            filing=filing,
        )


@after("regulatory.filing.record_objection")
def hold_after_an_objection(situation: Situation, event: CaseEvent) -> None:
    """Also a consignment that is under way may not be given."""
    filing = situation.subject
    label = getattr(filing, "label", "the filing")
    hold(situation, reason=f"The authority objected to {label}.", until="it is settled what becomes of the supply")


@after("regulatory.authorization.suspend", "regulatory.authorization.revoke")
def hold_without_an_authorization(situation: Situation, event: CaseEvent) -> None:
    """Everything that travels under it stops at once (edge case 30)."""
    authorization = situation.subject
    if isinstance(authorization, Authorization):
        hold_what_is_under(authorization, situation, situation.reason)


@after("regulatory.authorization.expire")
def hold_what_is_under_way_at_the_lapse(situation: Situation, event: CaseEvent) -> None:
    """An authorization that ends while goods travel under it: carrier, consignee and authority are to be told."""
    authorization = situation.subject
    if isinstance(authorization, Authorization) and hold_what_travels_under(authorization, situation):
        told = [situation.case.coordinator, *pharmacists_in_charge(situation.case)]
        about, state = called(authorization, situation.case), became(authorization)
        tell(told, "regulatory.authorization_stopped", situation, event, subject=about, what=state)


@after("regulatory.authorization.reinstate")
def lift_what_waited_for_it(situation: Situation, event: CaseEvent) -> None:
    """The hold that the suspension placed is lifted by the reinstatement, with its reason."""
    if isinstance(situation.subject, Authorization):
        lift_what_waits_for(situation.subject, situation)


@after("custody.consignment.report_delay")
def hold_what_would_arrive_too_late(situation: Situation, event: CaseEvent) -> None:
    """A delay past the end of the authorization: carrier, consignee and authority are to be told (edge case 4)."""
    box = situation.subject
    if not isinstance(box, Consignment) or box.authorization is None:
        return
    covered, told = window_told(box.authorization, box.planned_arrival_on, box.case_id)
    if covered:
        return
    hold(
        situation,
        reason=f"{box.label} is delayed. {told} Tell the carrier, the consignee and the authority.",
        until="the authorization is extended, the consignment comes back, or it waits in bond for another one",
    )
    tell(
        [situation.case.coordinator, *pharmacists_in_charge(situation.case)],
        "regulatory.authorization_stopped",
        situation,
        event,
        subject=called(box.authorization, situation.case),
        what=f"over before {box.label} arrives",
    )


def hold_what_is_under(authorization: Authorization, situation: Situation, why: str) -> None:
    """Stop a case whose authorization was suspended or revoked."""
    hold(
        situation,
        reason=f"{authorization.named_in(situation.case.pk)} is {authorization.get_state_display()}: {why}",
        until="it is reinstated, or it is settled what becomes of the consignments under it"
        if authorization.state == Authorization.State.SUSPENDED
        else "it is settled what becomes of the consignments under it",
        authorization=authorization,
    )


def hold_what_travels_under(authorization: Authorization, situation: Situation) -> bool:
    """Stop a case whose goods travel under an authorization that has ended; whether there were any."""
    moving = authorization.consignments.filter(case=situation.case, state__in=("released", "in_transit"))
    boxes = ", ".join(one.label for one in moving.order_by("number"))
    if boxes:
        hold(
            situation,
            reason=f"{authorization.named_in(situation.case.pk)} ended while {boxes} was under way. Tell the carrier, "
            "the consignee and the authority.",
            until="it is extended, the consignment comes back, or it waits in bond for another authorization",
            authorization=authorization,
        )
    return bool(boxes)


def lift_what_waits_for(authorization: Authorization, situation: Situation) -> None:
    """Lift the case's holds that the suspension placed, in the deed that ends it; its event says why."""
    case = situation.case
    for one in Hold.objects.filter(case=case, lifted_at__isnull=True, ground__authorization=authorization):
        one.lifted_by, one.lifted_at = situation.by, situation.now
        one.save(update_fields=["lifted_by", "lifted_at"])
    case.__dict__.pop("standing_holds", None)


def hold(situation: Situation, *, reason: str, until: str, **waits_for: Authorization | Filing) -> None:
    """Place a regulatory hold, once for one reason.

    :param waits_for: an ``authorization`` or a ``filing``, where the system can see that what it waits for has come.
    """
    case = situation.case
    if case.holds.filter(kind=HoldKind.REGULATORY, reason=reason, lifted_at__isnull=True).exists():
        return
    placed = Hold.objects.create(
        case=case,
        number=next_number(case.holds.all()),
        kind=HoldKind.REGULATORY,
        reason=reason,
        until=until,
        placed_by=situation.by,
        placed_at=situation.now,
    )
    if waits_for:
        HoldGround.objects.create(case=case, hold=placed, **waits_for)
    case.__dict__.pop("standing_holds", None)
