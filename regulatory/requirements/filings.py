"""Filings: proof, submission, questions answered."""

from collections.abc import Iterator

from cases.custody.models import Consignment
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.models import Filing
from regulatory.pathway import profile_of, rule_named
from regulatory.profiles import words
from regulatory.profiles.route import MAIN
from regulatory.recording import governing_filing
from regulatory.requirements.common import SHIPPING, SUPPLY_STAGES
from regulatory.verbs.filings import CHANGES


@requirement(
    "SubmissionHasProof",
    "There is proof of the submission",
    on=("regulatory.filing.submit",),
    satisfied_by="the party that files, with its receipt",
    rule="domain rule: a filing counts as submitted only with proof",
)
def submission_has_proof(situation: Situation) -> Finding:
    proof = situation.facts.get("proof")
    if proof is not None:
        return Finding(met=True, fact=f"{proof.label} {proof.title}.", sources=(proof.label,))
    candidates = situation.case.documents.filter(state="accepted").count()
    if candidates:
        return Finding(met=True, fact=f"Choose the receipt among the {candidates} accepted documents of the case.")
    return Finding(
        met=False,
        fact="No accepted document is on file that could be the receipt.",
        remedy=("Send the receipt", "upload:filing_proof"),
    )


@requirement(
    "FilingSubmitted",
    "A filing is out",
    on=("cases.case.await_authorization",),
    satisfied_by="the party that files",
    rule="domain rule: the stage follows the filing",
)
def filing_submitted(situation: Situation) -> Finding:
    out = (
        Filing.State.SUBMITTED,
        Filing.State.ACKNOWLEDGED,
        Filing.State.QUESTION,
        Filing.State.ANSWERED,
        Filing.State.APPEALED,
        Filing.State.GRANTED,
        Filing.State.NO_OBJECTION,
    )
    filing = situation.case.filings.filter(step=MAIN, state__in=out).order_by("-number").first()
    if filing is None:
        return Finding(met=False, fact="No filing of this case has been submitted.")
    return Finding(
        met=True,
        fact=f"{filing.label} went to {filing.authority} on {filing.submitted_at:%Y-%m-%d}.",
        sources=(filing.label,),
    )


@requirement(
    "QuestionsAnswered",
    "No question of the authority is open",
    on=(*SUPPLY_STAGES, *SHIPPING),
    satisfied_by="whoever answers the authority",
    rule="house rule R-05, version 1",
)
def questions_answered(situation: Situation) -> Finding:
    authorization = situation.subject.authorization if isinstance(situation.subject, Consignment) else None
    filing = governing_filing(situation.case, authorization)
    # A decision that came before the answer makes the question idle.
    is_asked = filing is not None and filing.state == Filing.State.QUESTION
    waiting = list(filing.questions.filter(answered_at__isnull=True).order_by("number")) if filing and is_asked else []
    if not waiting:
        return Finding(met=True, fact="No question is open." if filing else "Nothing was filed.")
    asked = ", ".join(f"question {question.number} of {question.asked_at:%Y-%m-%d}" for question in waiting)
    return Finding(met=False, fact=f"Open on {filing.label}: {asked}.", sources=(filing.label,))  # type: ignore[union-attr]


@requirement(
    "VariationByThePathway",
    "What the pathway asks for each change is known",
    on=("regulatory.filing.vary",),
    satisfied_by="the authority, where the pathway does not say",
    rule="the pathway's changes",
)
def variation_by_the_pathway(situation: Situation) -> Iterator[Finding]:
    """Told, not judged: whether a change is within the scope of a letter is the pharmacist's to read in the letter."""
    version = situation.case.profile_version
    triggers = profile_of(version).section("change_triggers")
    told = {str(fact["change"]): fact for fact in triggers}
    for change in situation.facts.get("changes", ()):
        fact = told.get(change)
        name = CHANGES[change]
        yield Finding(
            met=True,
            fact=f"A change of {name}: {words.spaced(str(fact['action']))}, {fact['confidence']} confidence."
            if fact
            else f"The pathway does not say what a change of {name} asks: not known, ask the authority.",
            rule=rule_named(version, "change", tuple(fact["source"]) if fact else ()),
            sources=(str(fact["id"]),) if fact else (),
            code=f"VariationByThePathway:{change}",
        )
    if not situation.facts.get("changes"):
        yield Finding(met=True, fact="Tick what changes.", code="VariationByThePathway:none")
