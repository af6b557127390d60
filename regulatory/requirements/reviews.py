"""Reviews: of the text that stands, and decided by somebody else."""

from collections.abc import Iterable

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.requirements import signed_determination
from regulatory.models import Review


@requirement(
    "ReviewHasDetermination",
    "There is a signed determination to review",
    on=("regulatory.review.request",),
    satisfied_by="the prescriber",
    rule="house rule R-01, version 1",
)
def review_has_determination(situation: Situation) -> Finding:
    signed = signed_determination(situation)
    if signed is None:
        return Finding(met=False, fact="No signed determination is on file.")
    return Finding(met=True, fact=f"{signed.label} was signed on {signed.signed_at:%Y-%m-%d}.", sources=(signed.label,))


@requirement(
    "ReviewIsOfTheStandingText",
    "The review is of the determination that stands",
    on=("regulatory.review.pass",),
    satisfied_by="whoever asks for a review of the present determination",
    rule="house rule R-01, version 1",
)
def review_is_of_the_standing_text(situation: Situation) -> Finding:
    review, signed = situation.subject, signed_determination(situation)
    if not isinstance(review, Review):
        return Finding(met=None, fact="No review was named.")
    stands = signed is not None and review.determination_id == signed.pk
    now = f"{signed.label} stands" if signed else "no determination stands"
    return Finding(met=stands, fact=f"{review.label} is of {review.determination.label}; {now}.")


@requirement(
    "ReviewerIsAnother",
    "The review is decided by somebody who neither asked for it nor made the determination",
    on=("regulatory.review.pass", "regulatory.review.send_back", "regulatory.review.decline"),
    satisfied_by="another pharmacist in charge",
    rule="domain rule: separation of duties by person",
    overridable=True,
)
def reviewer_is_another(situation: Situation) -> Finding:
    review = situation.subject
    if not isinstance(review, Review):
        return Finding(met=None, fact="No review was named.")
    made = {review.determination.prepared_by_id, review.determination.prescriber.user_id}
    if review.requested_by_id == situation.by.pk:
        return Finding(met=False, fact=f"You asked for {review.label} yourself.")
    if situation.by.pk in made:
        return Finding(met=False, fact=f"You prepared or signed {review.determination.label} yourself.")
    return Finding(met=True, fact=f"{review.requested_by} asked for {review.label}.")


@requirement(
    "ReviewsPassed",
    "The reviews are passed",
    on=("regulatory.filing.submit",),
    satisfied_by="a pharmacist in charge",
    rule="house rules R-02 and R-03, version 1",
)
def reviews_passed(situation: Situation) -> Iterable[Finding]:
    signed = signed_determination(situation)
    reviews = list(situation.case.reviews.select_related("decided_by", "determination").order_by("-number"))
    for kind, rule in (
        (Review.Kind.CLINICAL, "house rule R-02, version 1"),
        (Review.Kind.REGULATORY, "house rule R-03, version 1"),
    ):
        own = [review for review in reviews if review.kind == kind and signed and review.determination_id == signed.pk]
        yield _review_finding(kind, own, rule)


def _review_finding(kind: Review.Kind, own: list[Review], rule: str) -> Finding:
    sentence = f"{kind.label.capitalize()} passed"
    code = f"ReviewsPassed:{kind.value}"
    passed = next((review for review in own if review.state == Review.State.PASSED), None)
    latest = own[0] if own else None
    if passed is not None and passed is latest:
        fact = f"{passed.label} was passed by {passed.decided_by} on {passed.decided_at:%Y-%m-%d}."
        return Finding(met=True, fact=fact, sentence=sentence, code=code, rule=rule, sources=(passed.label,))
    if latest is None:
        remedy = ("Ask for the review", "regulatory.review.request")
        fact = "No such review of the present determination was asked for."
        return Finding(met=False, fact=fact, sentence=sentence, code=code, rule=rule, remedy=remedy)
    return Finding(
        met=False,
        fact=f"{latest.label} is {latest.get_state_display()}.",
        sentence=sentence,
        code=code,
        rule=rule,
        sources=(latest.label,),
        remedy=("Open the review", f"regulatory.review.pass/{latest.label}"),
    )
