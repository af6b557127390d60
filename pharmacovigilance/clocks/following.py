"""Questions are planned by what happens, asked on their day by a letter with a link, and end with their answer."""

from datetime import datetime

from cases.clocks import write_with_link
from cases.custody.models import Consignment, DoseAdministered
from cases.deadlines.clocks import writes_its_own_letter
from cases.deadlines.models import Deadline
from cases.lifecycle.verbs import Situation, after
from cases.models import CaseEvent
from cases.notices.letters import Letter, NoLonger, compose_with, letter_from
from cases.notices.models import Notice
from cases.notices.services import notice_of
from cases.people.models import AccessLink, User
from pharmacovigilance.asking import (
    FOLLOW_UP,
    QUESTION,
    ask_how_the_patient_is,
    ask_what_it_leaves_open,
    end_date_of,
    kind_of,
    note_attempt,
    stop_asking_how_the_patient_is,
)
from pharmacovigilance.checks import tells_of_a_death
from pharmacovigilance.clocks.dates import meet_for
from pharmacovigilance.models import FollowUp, FollowUpAttempt, SafetyReport
from pharmacovigilance.questions import TRIGGERS
from pharmacovigilance.verbs.follow_ups import follow_up_of

ASKED = "pharmacovigilance.follow_up_asked"


@after("custody.consignment.dispense")
def follow_ups_are_planned(situation: Situation, event: CaseEvent) -> None:
    """After a dispensing the prescriber is asked on days 7, 30 and 90 how the patient is."""
    consignment = situation.subject
    if isinstance(consignment, Consignment) and consignment.dispensed_at is not None:
        because = f"{consignment.label} was dispensed"
        ask_how_the_patient_is(
            consignment, consignment.dispensed_at, because, by=situation.by, now=situation.now, dose=None
        )


@after("custody.consignment.record_dose")
def follow_ups_after_a_dose(situation: Situation, event: CaseEvent) -> None:
    """Each dose is followed on the same days; days that doses share are asked about once."""
    dose = DoseAdministered.objects.filter(case=situation.case).select_related("consignment__institution").latest("pk")
    ask_how_the_patient_is(
        dose.consignment,
        dose.given_at,
        f"a dose of {dose.consignment.label}",
        by=situation.by,
        now=situation.now,
        dose=dose,
    )


@after(*sorted({trigger.on for trigger in TRIGGERS}))
def what_a_report_leaves_open_is_asked(situation: Situation, event: CaseEvent) -> None:
    if isinstance(report := situation.subject, SafetyReport):
        ask_what_it_leaves_open(report, situation.verb.code, by=situation.by, now=situation.now)


@after("pharmacovigilance.report.receive")
def nobody_is_asked_how_a_patient_is_who_died(situation: Situation, event: CaseEvent) -> None:
    report = situation.subject
    if isinstance(report, SafetyReport) and tells_of_a_death(report):
        because = f"{report.label} tells of the patient's death."
        stop_asking_how_the_patient_is(situation.case, because, by=situation.by, now=situation.now)


@after("cases.case.close")
def nobody_is_asked_after_the_end_of_a_case(situation: Situation, event: CaseEvent) -> None:
    because = f"The case was closed: {situation.facts['outcome']}."
    stop_asking_how_the_patient_is(situation.case, because, by=situation.by, now=situation.now)


@after("pharmacovigilance.follow_up.withdraw")
def a_question_is_withdrawn(situation: Situation, event: CaseEvent) -> None:
    end_date_of(follow_up_of(situation), situation.reason, by=situation.by, now=situation.now)


@after("pharmacovigilance.follow_up.answer")
def a_follow_up_is_answered(situation: Situation, event: CaseEvent) -> None:
    meet_for(situation, situation.facts["answered_at"], kind_of(follow_up_of(situation)), situation.subject_label)


@after("pharmacovigilance.follow_up.note_attempt")
def a_follow_up_may_be_lost(situation: Situation, event: CaseEvent) -> None:
    follow_up = follow_up_of(situation)
    if follow_up.is_lost:
        because = f"Lost after {follow_up.attempts.count()} attempts."
        end_date_of(follow_up, because, by=situation.by, now=situation.now)


@writes_its_own_letter(FOLLOW_UP.code)
@writes_its_own_letter(QUESTION.code)
def ask_by_letter(deadline: Deadline, recipient: User, *, key: str, by: User, now: datetime) -> int:
    """The letter of one question on its day, with a link to its page; it counts as a try. Gives the notice's key."""
    follow_up = FollowUp.objects.select_for_update(of=("self",)).get(
        case_id=deadline.case_id, number=int(deadline.subject.removeprefix("U-"))
    )
    note_attempt(follow_up, how=FollowUpAttempt.How.LETTER, by=by, now=now)
    write_with_link(
        key=key,
        kind=ASKED,
        purpose=AccessLink.Purpose.REPORT,
        subject=follow_up.label,
        recipient=recipient,
        case=follow_up.case,
        due_on=follow_up.due_on,
        by=by,
        now=now,
        record=follow_up.label,
    )
    return notice_of(key).pk


@compose_with(ASKED)
def asked(notice: Notice, now: datetime) -> Letter | NoLonger:
    """The letter, unless the question was answered or withdrawn meanwhile."""
    follow_up = FollowUp.objects.get(case=notice.case_id, number=int(str(notice.facts["record"]).removeprefix("U-")))
    if not follow_up.waits and not follow_up.is_lost:
        return NoLonger(f"The question is {follow_up.get_state_display()} meanwhile.")
    return letter_from(f"mail/{ASKED}.txt", notice, now=now)
