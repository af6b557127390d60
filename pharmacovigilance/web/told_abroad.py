"""What this branch says to people abroad on their own page of a case: what became of the reports they sent."""

from collections.abc import Iterator

from cases.models import Case
from cases.people.models import User
from cases.web.registries import Told, lands_on, tells_abroad
from pharmacovigilance.models import SafetyReport

# The newest are told; of older ones the pharmacy tells on being asked.
TOLD = 3
BECAME = {
    SafetyReport.State.RECEIVED: "Received. A pharmacist reads it within one working day.",
    SafetyReport.State.TRIAGED: "Read by a pharmacist, who now judges it.",
    SafetyReport.State.ATTACHED: "On record as a safety case. The pharmacy tells whom it has to tell.",
    SafetyReport.State.INFORMATION_ONLY: "Kept on record; nothing has to be reported of it.",
    SafetyReport.State.NOT_VALID: "Kept on record; something is missing, and you are asked for it.",
}

for _verb in ("report.attach", "report.keep_as_information", "report.judge_not_valid", "follow_up.answer",
              "follow_up.note_attempt", "follow_up.schedule"):  # fmt: skip
    lands_on(f"pharmacovigilance.{_verb}", "safety")


@tells_abroad
def what_became_of_a_report(user: User, case: Case) -> Iterator[Told]:
    """For whoever sent it, by its label; what was written stands on its own page."""
    for report in case.safety_reports.filter(entered_by=user).order_by("-number")[:TOLD]:
        yield Told(
            title=f"The side effect you reported: {report.label}",
            lines=(BECAME[SafetyReport.State(report.state)],),
            who="you",
            when_at=report.received_at,
        )
