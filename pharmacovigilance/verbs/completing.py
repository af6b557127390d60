"""What a version leaves open is asked of the prescriber, one question for each thing that is missing."""

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb
from pharmacovigilance.asking import ask
from pharmacovigilance.judging import completeness
from pharmacovigilance.models import CaseVersion
from pharmacovigilance.questions import INFORMATION
from pharmacovigilance.snapshots import content_of_version
from pharmacovigilance.terms import OPEN_VERSION

RULE: Final = "completeness after vigiGrade; house rule P-29, version 1"
AWARENESS: Final = ("awareness", "On which day did you or the hospital first know of it?")
BECAUSE: Final = {"awareness": "each party has a day 0 of its own; house rule P-35, version 1"}
DAYS: Final = 3  # working out an answer takes a prescriber a day or two; the clocks of the law run meanwhile


def questions_of(version: CaseVersion) -> list[tuple[str, str]]:
    """What is missing: (code, question), each question once whatever it is asked of.

    First what the clocks of the prescriber's side count from, while it can still be noted; then the dearest.
    """
    missing = completeness.grade(content_of_version(version)).missing
    first = [AWARENESS] if version.prescriber_knew_on is None and version.state in OPEN_VERSION else []
    return [*first, *{one.dimension.code: one.question for one in missing}.items()]


def _ask(situation: Situation) -> models.Model:
    version, case = situation.record(CaseVersion), situation.case
    today = situation.now.astimezone(ZoneInfo(case.institution.time_zone)).date()
    report = version.safety_case.reports.order_by("number").last()
    wanted = set(situation.facts["questions"])
    for code, question in questions_of(version):
        if code in wanted:
            ask(
                case,
                question,
                today + timedelta(days=DAYS),
                f"{version.label}: {BECAUSE.get(code, RULE)}",
                by=situation.by,
                now=situation.now,
                question_set=INFORMATION,
                report=report,
            )
    return version


def _offered(situation: Situation) -> list[tuple[str, str]]:
    """Of no version, as when the form is drawn for a record that is not there, nothing is missing."""
    return questions_of(situation.subject) if isinstance(situation.subject, CaseVersion) else []


VERBS = (
    Verb(
        code="pharmacovigilance.version.ask_what_is_missing",
        past="asked_what_is_missing",
        label="Ask the prescriber what is missing",
        subject="pharmacovigilance.CaseVersion",
        effect=_ask,
        offered_when=lambda version: getattr(version, "state", "") in (*OPEN_VERSION, "locked"),
        listed=False,
        asks=(
            Ask(
                "questions",
                "What to ask",
                "ticks",
                options=_offered,
                hint="What starts a clock stands first; then what helps most to judge it, after vigiGrade as read "
                "here: not reviewed.",
                initial=lambda situation: [code for code, _ in _offered(situation)],
            ),
        ),
        consequence="Each becomes a follow-up question, due in three days. The answer is a report of its own.",
    ),
)
