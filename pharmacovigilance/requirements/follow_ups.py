"""What a question about the patient needs."""

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from pharmacovigilance.models import FollowUp


@requirement(
    "FollowUpIsOpen",
    "It has not been answered already",
    on=("pharmacovigilance.follow_up.answer", "pharmacovigilance.follow_up.note_attempt"),
    satisfied_by="nobody: it is answered, or no longer asked",
    rule="house rule P-12, version 1",
)
def follow_up_is_open(situation: Situation) -> Finding:
    follow_up = situation.subject
    if not isinstance(follow_up, FollowUp):
        return Finding(met=None, fact="No follow-up was named.")
    if follow_up.answered_at is not None:
        return Finding(met=False, fact=f"It was answered on {follow_up.answered_at:%Y-%m-%d}.")
    if follow_up.state == FollowUp.State.WITHDRAWN:
        return Finding(met=False, fact=f"{follow_up.label} is no longer asked.")
    return Finding(met=True, fact=f"{follow_up.label} is open, {follow_up.attempts.count()} attempts noted.")
