"""Who was told, and whether an answer came."""

from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.models import Force, Harm
from cases.lifecycle.verbs import Situation, after
from cases.models import CaseEvent
from pharmacovigilance.clocks.dates import cancel_for, meet_for, open_for, working_days
from pharmacovigilance.models import Transmission
from pharmacovigilance.obligations import DUTY
from pharmacovigilance.verbs.obligations import obligation_of

ANSWER_EXPECTED = declare(
    DeadlineKind(
        "pharmacovigilance.report.answer_expected",
        "Answer to a transmission",
        Force.HOUSE_TARGET,
        ladder("+0d:coordinator", "+3d:coordinator+pic"),
    )
)
RESEND = declare(
    DeadlineKind(
        "pharmacovigilance.report.resend",
        "Rejected transmission to be sent again",
        Force.HOUSE_TARGET,
        ladder("-4h", "+0d:holder+coordinator+pic", "+1d:coordinator+pic"),
        harm=Harm.REPORT,
        is_urgent=True,
    )
)


@after("pharmacovigilance.obligation.discharge")
def the_duty_is_met(situation: Situation, event: CaseEvent) -> None:
    meet_for(situation, situation.facts["discharged_at"], DUTY.code, situation.subject_label)


@after(
    "pharmacovigilance.obligation.waive",
    "pharmacovigilance.obligation.supersede",
    "pharmacovigilance.obligation.judge_not_required",
)
def the_duty_ends(situation: Situation, event: CaseEvent) -> None:
    obligation = obligation_of(situation)
    reason = situation.reason or obligation.waiver_reason
    cancel_for(situation, f"{obligation.get_state_display().capitalize()}: {reason}", DUTY.code, obligation.label)


@after("pharmacovigilance.transmission.send")
def an_answer_is_expected(situation: Situation, event: CaseEvent) -> None:
    transmission, case = situation.subject, situation.case
    if not isinstance(transmission, Transmission) or transmission.sent_at is None:
        return
    open_for(
        situation,
        ANSWER_EXPECTED.code,
        transmission.label,
        working_days(case, transmission.sent_at, 2, "an answer is expected within two working days; P-21, version 1"),
        case.coordinator,
        label=f"Answer to {transmission.label}",
    )
    rejected = Transmission.objects.filter(obligation=transmission.obligation, state=Transmission.State.REJECTED)
    for earlier in rejected:
        meet_for(situation, transmission.sent_at, RESEND.code, earlier.label)


@after("pharmacovigilance.transmission.accept", "pharmacovigilance.transmission.reject")
def the_answer_is_there(situation: Situation, event: CaseEvent) -> None:
    meet_for(situation, situation.now, ANSWER_EXPECTED.code, situation.subject_label)


@after("pharmacovigilance.transmission.note_no_answer")
def no_answer_is_waited_for(situation: Situation, event: CaseEvent) -> None:
    cancel_for(situation, f"No answer came: {situation.reason}", ANSWER_EXPECTED.code, situation.subject_label)


@after("pharmacovigilance.transmission.reject")
def it_is_sent_again(situation: Situation, event: CaseEvent) -> None:
    case = situation.case
    open_for(
        situation,
        RESEND.code,
        situation.subject_label,
        working_days(case, situation.now, 1, "a rejected report is sent again within one working day; P-22, version 1"),
        case.coordinator,
        label=f"{situation.subject_label} was rejected: send it again",
    )
