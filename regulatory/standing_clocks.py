"""What becomes of a standing authority reaches every case under it in the same deed (domain.md 6)."""

from cases.lifecycle.engine import advance
from cases.lifecycle.verbs import Situation, after
from cases.models import CaseEvent
from regulatory.clocks import bring_in_line
from regulatory.holds import STOPPED, hold_what_is_under, hold_what_travels_under, lift_what_waits_for
from regulatory.models import Authorization, Filing
from regulatory.notifying import tell
from regulatory.requirements.common import pharmacists_in_charge
from regulatory.standing_authority import covered_by

State = Authorization.State
ANNOUNCE = "regulatory.standing_authority.announce"


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
    tell([situation.case.coordinator, *urgent], kind, situation, event)


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
    words = f"It is {authorization.get_state_display()}"
    return situation.reason or (
        f"{words} until {authorization.valid_until}." if authorization.valid_until else f"{words}."
    )
