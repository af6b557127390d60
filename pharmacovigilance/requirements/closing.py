"""What safety work must be done before a case is closed."""

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from pharmacovigilance.models import Obligation, SafetyReport

UNJUDGED = (SafetyReport.State.RECEIVED, SafetyReport.State.TRIAGED)


@requirement(
    "SafetyDutiesDone",
    "Every safety report is judged, and every duty that follows from one is done",
    on=("cases.case.close",),
    satisfied_by="a pharmacist, by judging the report, reporting it, or waiving the duty with a second person",
    rule="house rule P-13, version 1",
    overridable=True,
)
def safety_duties_done(situation: Situation) -> Finding:
    """May be overridden, because a duty and its date outlive the case."""
    case = situation.case
    open_ones: list[SafetyReport | Obligation] = [
        *case.safety_reports.filter(state__in=UNJUDGED).order_by("number"),
        *case.obligations.filter(state=Obligation.State.OPEN).order_by("number"),
    ]
    if not open_ones:
        return Finding(met=True, fact="None is open.", overridable=False)
    return Finding(
        met=False,
        fact=f"Open: {', '.join(one.label for one in open_ones)}.",
        sources=tuple(one.label for one in open_ones),
    )
