"""What an authority still waits for before a case may be closed."""

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.models import Filing


@requirement(
    "NoQuestionLeftOpen",
    "No question of an authority is left without an answer",
    on=("cases.case.close",),
    satisfied_by="whoever answers the authority, or the applicant by withdrawing the filing",
    rule="house rule R-12, version 1",
)
def no_question_left_open(situation: Situation) -> Finding:
    """A decision that came before the answer, or a withdrawal, makes the question idle."""
    waiting = situation.case.filing_questions.filter(
        answered_at__isnull=True, filing__state=Filing.State.QUESTION
    ).order_by("filing__number", "number")
    told = [f"question {one.number} on {one.filing.label}" for one in waiting.select_related("filing")]
    if not told:
        return Finding(met=True, fact="No question is open.")
    return Finding(
        met=False,
        fact=f"Open: {', '.join(told)}. Answer it, or withdraw the filing.",
        sources=tuple(dict.fromkeys(one.filing.label for one in waiting)),
        remedy=("Open the filings", "tab:filings"),
    )
