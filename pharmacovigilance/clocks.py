"""What safety verbs bring about: reports are judged soon, the earliest date runs, follow-ups are asked."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cases.custody.models import Consignment
from cases.deadlines.arithmetic import HouseTarget, Rule, compute
from cases.deadlines.calendars import installed
from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.models import OPEN_STATES, Deadline, Force, Harm
from cases.deadlines.services import Ball, Due, Promise, cancel, meet, open_deadline
from cases.lifecycle.verbs import Situation, after, next_number
from cases.models import Case, CaseEvent
from cases.notices.services import plan_notice
from cases.people.models import User
from pharmacovigilance.knowledge import HOUSE_CALENDAR, planned_for
from pharmacovigilance.models import CaseVersion, FollowUp, SafetyReport, Transmission
from pharmacovigilance.obligations import DUTY, open_obligations
from pharmacovigilance.verbs.follow_ups import follow_up_of
from pharmacovigilance.verbs.obligations import obligation_of
from pharmacovigilance.verbs.versions import version_of

TRIAGE = declare(
    DeadlineKind(
        "pharmacovigilance.report.triage",
        "Safety report to be judged",
        Force.HOUSE_TARGET,
        ladder("-4h", "+0d:holder+coordinator+pic", "+1d:coordinator+pic"),
        harm=Harm.REPORT,
        is_urgent=True,
    )
)
PROVISIONAL = declare(
    DeadlineKind(
        "pharmacovigilance.report.provisional",
        "Earliest reporting date, provisional",
        Force.HOUSE_TARGET,
        ladder(
            "-7d",
            "-3d",
            "-1d:holder+coordinator",
            "-4h:holder+coordinator",
            "+0d:coordinator+pic",
            "+1d:coordinator+pic",
        ),
        harm=Harm.REPORT,
        is_urgent=True,
    )
)
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
FOLLOW_UP = declare(
    DeadlineKind(
        "pharmacovigilance.follow_up",
        "Follow-up question",
        Force.HOUSE_TARGET,
        ladder("+0d:holder", "+3d:holder+coordinator", "+7d:coordinator"),
    )
)
FOLLOW_UP_DAYS = (7, 30, 90)


@after("pharmacovigilance.report.receive", "pharmacovigilance.follow_up.answer")
def a_report_is_judged_soon(situation: Situation, event: CaseEvent) -> None:
    """A report is judged within one working day of receipt; the coordinator hears of it at once."""
    report = situation.subject
    if isinstance(report, FollowUp):
        report = situation.case.safety_reports.order_by("number").last() if situation.facts["adverse_event"] else None
    if not isinstance(report, SafetyReport):
        return
    case = situation.case
    _open(
        situation,
        TRIAGE.code,
        report.label,
        _working_days(case, report.received_at, 1, "a safety report is judged within one working day; P-20, version 1"),
        case.coordinator,
        label=f"Safety report {report.label} to be judged",
    )
    plan_notice(
        key=f"pharmacovigilance.report_received:{case.reference}:{report.label}",
        kind="pharmacovigilance.report_received",
        by=situation.by,
        now=situation.now,
        recipient=case.coordinator,
        case=case,
        facts={"record": report.label},
        is_urgent=True,
    )


@after(
    "pharmacovigilance.report.attach",
    "pharmacovigilance.report.keep_as_information",
    "pharmacovigilance.report.judge_not_valid",
)
def the_report_is_judged(situation: Situation, event: CaseEvent) -> None:
    _meet(situation, situation.now, TRIAGE.code, situation.subject_label)


@after("pharmacovigilance.report.attach")
def the_earliest_date_runs(situation: Situation, event: CaseEvent) -> None:
    """From attaching on the earliest date that any rule may set is watched, until a version is locked."""
    report = situation.subject
    if not isinstance(report, SafetyReport) or report.safety_case is None:
        return
    version = report.safety_case.versions.order_by("version").last()
    if version is not None:
        _provisional(situation, version, report.label, report.received_at)


@after("pharmacovigilance.version.assess", "pharmacovigilance.version.follow_up")
def the_earliest_date_may_come_earlier(situation: Situation, event: CaseEvent) -> None:
    """What is judged may make the provisional date earlier; it never makes it later."""
    version = version_of(situation)
    if version.kind in (CaseVersion.Kind.INITIAL, CaseVersion.Kind.FOLLOW_UP):
        _provisional(situation, version, version.label, version.aware_at)


@after("pharmacovigilance.version.lock")
def obligations_open(situation: Situation, event: CaseEvent) -> None:
    """A locked version owes what the rules say; its obligations carry the dates from now on."""
    version = version_of(situation)
    open_obligations(version, case=situation.case, by=situation.by, now=situation.now)
    for deadline in _provisional_dates(version):
        meet(deadline=deadline, on=situation.now, by=situation.by, now=situation.now)


@after("pharmacovigilance.obligation.discharge")
def the_duty_is_met(situation: Situation, event: CaseEvent) -> None:
    _meet(situation, situation.facts["discharged_at"], DUTY.code, situation.subject_label)


@after(
    "pharmacovigilance.obligation.waive",
    "pharmacovigilance.obligation.supersede",
    "pharmacovigilance.obligation.judge_not_required",
)
def the_duty_ends(situation: Situation, event: CaseEvent) -> None:
    obligation = obligation_of(situation)
    reason = situation.reason or obligation.waiver_reason
    _cancel(situation, f"{obligation.get_state_display().capitalize()}: {reason}", DUTY.code, obligation.label)


@after("pharmacovigilance.transmission.send")
def an_answer_is_expected(situation: Situation, event: CaseEvent) -> None:
    transmission, case = situation.subject, situation.case
    if not isinstance(transmission, Transmission) or transmission.sent_at is None:
        return
    _open(
        situation,
        ANSWER_EXPECTED.code,
        transmission.label,
        _working_days(case, transmission.sent_at, 2, "an answer is expected within two working days; P-21, version 1"),
        case.coordinator,
        label=f"Answer to {transmission.label}",
    )
    rejected = Transmission.objects.filter(obligation=transmission.obligation, state=Transmission.State.REJECTED)
    for earlier in rejected:
        _meet(situation, transmission.sent_at, RESEND.code, earlier.label)


@after("pharmacovigilance.transmission.accept", "pharmacovigilance.transmission.reject")
def the_answer_is_there(situation: Situation, event: CaseEvent) -> None:
    _meet(situation, situation.now, ANSWER_EXPECTED.code, situation.subject_label)


@after("pharmacovigilance.transmission.note_no_answer")
def no_answer_is_waited_for(situation: Situation, event: CaseEvent) -> None:
    _cancel(situation, f"No answer came: {situation.reason}", ANSWER_EXPECTED.code, situation.subject_label)


@after("pharmacovigilance.transmission.reject")
def it_is_sent_again(situation: Situation, event: CaseEvent) -> None:
    case = situation.case
    _open(
        situation,
        RESEND.code,
        situation.subject_label,
        _working_days(
            case, situation.now, 1, "a rejected report is sent again within one working day; P-22, version 1"
        ),
        case.coordinator,
        label=f"{situation.subject_label} was rejected: send it again",
    )


@after("custody.consignment.dispense")
def follow_ups_are_planned(situation: Situation, event: CaseEvent) -> None:
    """After a dispensing the prescriber is asked on days 7, 30 and 90 how the patient is."""
    consignment = situation.subject
    if not isinstance(consignment, Consignment) or consignment.dispensed_at is None:
        return
    zone = ZoneInfo(consignment.institution.time_zone)
    dispensed_on = consignment.dispensed_at.astimezone(zone).date()
    for days in FOLLOW_UP_DAYS:
        follow_up = FollowUp.objects.create(
            case=situation.case,
            consignment=consignment,
            number=next_number(situation.case.follow_ups),
            due_on=dispensed_on + timedelta(days=days),
        )
        _ask(situation, follow_up, f"day {days} after {consignment.label} was dispensed; house rule P-23, version 1")


@after("pharmacovigilance.follow_up.schedule")
def a_follow_up_is_planned(situation: Situation, event: CaseEvent) -> None:
    _ask(situation, follow_up_of(situation), "planned by a pharmacist")


@after("pharmacovigilance.follow_up.answer")
def a_follow_up_is_answered(situation: Situation, event: CaseEvent) -> None:
    _meet(situation, situation.facts["answered_at"], FOLLOW_UP.code, situation.subject_label)


@after("pharmacovigilance.follow_up.note_attempt")
def a_follow_up_may_be_lost(situation: Situation, event: CaseEvent) -> None:
    follow_up = follow_up_of(situation)
    if follow_up.is_lost:
        _cancel(situation, f"Lost after {follow_up.attempts} attempts.", FOLLOW_UP.code, follow_up.label)


def _ask(situation: Situation, follow_up: FollowUp, because: str) -> None:
    case = situation.case
    _open(
        situation,
        FOLLOW_UP.code,
        follow_up.label,
        Promise(follow_up.due_on, case.institution.time_zone, because),
        case.prescriber.user,
        label=f"How is the patient? {follow_up.label}, after {follow_up.consignment.label}",
    )


def _provisional(situation: Situation, version: CaseVersion, label: str, aware_at: datetime) -> None:
    due = planned_for(version, situation.case, aware_at=aware_at)[0].due
    if any(standing.due_at <= due.due_at for standing in _provisional_dates(version)):
        return
    name = f"{version.safety_case.label}:{label}"
    _open(
        situation,
        PROVISIONAL.code,
        name,
        due,
        situation.case.coordinator,
        label=f"{version.safety_case.label}: earliest reporting date, provisional",
    )


def _provisional_dates(version: CaseVersion) -> list[Deadline]:
    return list(
        Deadline.objects.filter(
            case_id=version.case_id,
            kind=PROVISIONAL.code,
            key__startswith=f"{PROVISIONAL.code}:{version.safety_case.label}:",
            state__in=OPEN_STATES,
        ).order_by("id")
    )


def _open(situation: Situation, kind: str, record: str, due: Due, holder: User, *, label: str) -> None:
    open_deadline(
        case=situation.case,
        key=f"{kind}:{record}",
        kind=kind,
        due=due,
        ball=Ball(user=holder),
        by=situation.by,
        now=situation.now,
        label=label[:200],
        subject=record.partition(":")[0],
    )


def _standing(situation: Situation, kind: str, record: str) -> list[Deadline]:
    return list(Deadline.objects.filter(case=situation.case, key=f"{kind}:{record}", state__in=OPEN_STATES))


def _meet(situation: Situation, on: date | datetime, kind: str, record: str) -> None:
    for deadline in _standing(situation, kind, record):
        meet(deadline=deadline, on=on, by=situation.by, now=situation.now)


def _cancel(situation: Situation, reason: str, kind: str, record: str) -> None:
    for deadline in _standing(situation, kind, record):
        cancel(deadline=deadline, reason=reason, by=situation.by, now=situation.now)


def _working_days(case: Case, since: datetime, amount: int, because: str) -> Due:
    rule = Rule(
        event="receipt",
        amount=None,
        unit="working_day",
        calendar=HOUSE_CALENDAR,
        zone=case.pharmacy.time_zone,
        rule_version="house rule, version 1",
    )
    target = HouseTarget(amount, "working_day", because)
    return compute(rule, anchor=since, calendar=installed()[HOUSE_CALENDAR], house_target=target)
