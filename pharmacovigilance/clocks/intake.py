"""A report is judged soon, and from then on the earliest date that any rule may set is watched."""

from datetime import datetime

from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.models import OPEN_STATES, Deadline, Force, Harm
from cases.deadlines.services import meet
from cases.lifecycle.verbs import Situation, after
from cases.models import CaseEvent
from cases.notices.services import plan_notice
from pharmacovigilance.clocks.dates import meet_for, open_for, working_days
from pharmacovigilance.knowledge import planned_for
from pharmacovigilance.models import CaseVersion, FollowUp, SafetyReport
from pharmacovigilance.obligations import open_obligations
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


@after("pharmacovigilance.report.receive", "pharmacovigilance.follow_up.answer")
def a_report_is_judged_soon(situation: Situation, event: CaseEvent) -> None:
    """A report is judged within one working day of receipt; the coordinator hears of it at once."""
    report = situation.subject
    if isinstance(report, FollowUp):
        report = situation.case.safety_reports.order_by("number").last() if situation.facts["adverse_event"] else None
    if not isinstance(report, SafetyReport):
        return
    case = situation.case
    open_for(
        situation,
        TRIAGE.code,
        report.label,
        working_days(case, report.received_at, 1, "a safety report is judged within one working day; P-20, version 1"),
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
    meet_for(situation, situation.now, TRIAGE.code, situation.subject_label)


@after("pharmacovigilance.report.attach")
def the_earliest_date_runs(situation: Situation, event: CaseEvent) -> None:
    """From attaching on the earliest date that any rule may set is watched, until a version is locked."""
    report = situation.subject
    if not isinstance(report, SafetyReport) or report.safety_case is None:
        return
    version = report.safety_case.versions.order_by("version").last()
    if version is not None:
        _provisional(situation, version, report.label, report.received_at)


@after(
    "pharmacovigilance.version.assess",
    "pharmacovigilance.version.follow_up",
    "pharmacovigilance.version.note_awareness",
)
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


def _provisional(situation: Situation, version: CaseVersion, label: str, aware_at: datetime) -> None:
    due = planned_for(version, situation.case, aware_at=aware_at)[0].due
    if any(standing.due_at <= due.due_at for standing in _provisional_dates(version)):
        return
    name = f"{version.safety_case.label}:{label}"
    open_for(
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
