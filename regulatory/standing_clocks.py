"""What becomes of a standing authority reaches every case under it in the same deed (domain.md 6)."""

from django.db import models

from cases.custody.models import Consignment
from cases.lifecycle.engine import advance
from cases.lifecycle.verbs import Situation, after, also_reaches
from cases.models import CaseEvent
from cases.people.models import User
from regulatory.clocks import bring_in_line
from regulatory.holds import hold_what_is_under, hold_what_travels_under, lift_what_waits_for
from regulatory.models import STOPPED, Authorization, Filing
from regulatory.notifying import became, called, tell
from regulatory.pathway import STANDING
from regulatory.quantities import ENDS_A_SUPPLY, is_spent
from regulatory.requirements.common import pharmacists_in_charge
from regulatory.standing_authority import covered_by, covering

State = Authorization.State
ANNOUNCE = "regulatory.standing_authority.announce"
USED_UP = "regulatory.authorization.exhaust"
LEDGER = "quantity-ledger"


@after(
    "regulatory.filing.grant",
    "regulatory.filing.lapse",
    *(
        f"regulatory.authorization.{verb}"
        for verb in ("suspend", "reinstate", "revoke", "expire", "exhaust", "supersede", "attach_letter")
    ),
)
def every_case_under_it_follows(situation: Situation, event: CaseEvent) -> None:
    """Each open case that it covers has an event of its own, and what follows from it: hold, lifting, dates, notice."""
    for authorization in _meant(situation):
        for case in covered_by(authorization):
            advance(
                case,
                ANNOUNCE,
                by=situation.by,
                now=situation.now,
                facts={"authorization": authorization.pk, "reason": _why(situation, authorization)},
            )


@after("cases.case.open")
def its_end_is_a_date_from_the_first_day(situation: Situation, event: CaseEvent) -> None:
    """A case that is opened under an authority that stands already has its end among its dates at once."""
    if covering(situation.case):
        bring_in_line(situation.case, by=situation.by, now=situation.now, reason=situation.reason)


@after(ANNOUNCE)
def hold_or_lift_by_its_state(situation: Situation, event: CaseEvent) -> None:
    """By the state in which the authority is now; again changes nothing."""
    authorization: Authorization = situation.facts["authorization"]
    stopped = authorization.state in STOPPED
    if stopped:
        hold_what_is_under(authorization, situation, situation.reason)
    elif authorization.state == State.EXPIRED:
        stopped = hold_what_travels_under(authorization, situation)
    elif authorization.state == State.IN_FORCE:
        lift_what_waits_for(authorization, situation)
    bring_in_line(situation.case, by=situation.by, now=situation.now, reason=situation.reason)
    urgent = list(pharmacists_in_charge(situation.case)) if stopped else []
    kind = "regulatory.authorization_stopped" if stopped else "regulatory.decision_recorded"
    # What it is now, in words; its number stays on the case.
    people = [situation.case.coordinator, *urgent]
    tell(people, kind, situation, event, subject=called(authorization, situation.case), what=became(authorization))


@also_reaches(*ENDS_A_SUPPLY)
def cases_that_a_last_supply_ends(record: models.Model) -> list[int]:
    """Whoever shares the standing authority that a consignment goes under: the last of it may go to this patient."""
    authorization = record.authorization if isinstance(record, Consignment) else None
    if authorization is None or authorization.level != STANDING:
        return []
    if authorization.quantity is None and authorization.max_uses is None:
        return []
    return [authorization.case_id, *(case.pk for case in covered_by(authorization))]


@after(*ENDS_A_SUPPLY)
def a_standing_authority_ends_with_the_last_of_it(situation: Situation, event: CaseEvent) -> None:
    """The ledger says so in the case that the letter came to; every case under it follows in the same deed.

    Not in the name of who dispensed: a colleague abroad has no part in the other cases, nor is named there.
    """
    box = situation.subject
    authorization = box.authorization if isinstance(box, Consignment) else None
    if authorization is not None and authorization.level == STANDING and is_spent(authorization):
        ledger = User.objects.service(LEDGER)
        advance(authorization.case, USED_UP, by=ledger, now=situation.now, subject=authorization)


def _meant(situation: Situation) -> list[Authorization]:
    """The authorization that the deed was about; for a grant the one it gave and the one it took the place of."""
    subject = situation.subject
    if isinstance(subject, Authorization):
        return [subject]
    if not isinstance(subject, Filing):
        return []
    given = situation.cache.get("authorization")
    return [one for one in (subject.varies, given) if isinstance(one, Authorization)]


def _why(situation: Situation, authorization: Authorization) -> str:
    if authorization.state == State.EXHAUSTED:
        return situation.reason or "It is used up."
    ends = authorization.state == State.IN_FORCE and authorization.valid_until
    told = f" until {authorization.valid_until}" if ends else ""
    return situation.reason or f"It is {authorization.get_state_display()}{told}."
