"""What the pathway asks before a step: signed version, reviews, papers, gates, authorization, quantity, paid debts.

Every finding names the fact it looked at and the version of the pathway it comes from, and says so when that version is
an unreviewed draft or a demonstration copy. None of the pathway's gates can be overridden.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from cases.custody.models import Consignment
from cases.deadlines.models import Deadline
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.requirements import signed_determination
from regulatory.debts import DEBTS, is_overdue
from regulatory.gating import gates_of_the_stage, gates_of_the_verb
from regulatory.models import Authorization, Filing, ProfileVersion, Review
from regulatory.pathway import local_day, named, needs_authorization, profile_of, rule_named
from regulatory.quantities import balance, factor_of
from regulatory.recording import governing_filing

SHIPPING = ("custody.consignment.release", "custody.consignment.dispatch")
USING = ("custody.consignment.accept", "custody.consignment.dispense")
SUPPLY_STAGES = ("cases.case.begin_sourcing", "cases.case.resupply")
NOBODY = "nobody: a new or an amended authorization is needed"


@requirement(
    "ProfileVersionSigned",
    "The pathway version is signed",
    on=("cases.case.open", "cases.case.begin_filing", "regulatory.filing.submit", *SUPPLY_STAGES, *SHIPPING),
    satisfied_by="the pharmacist in charge, by reviewing and signing the version",
    rule="domain rule: a live case rests only on a signed version",
)
def profile_version_signed(situation: Situation) -> Finding:
    version, case = situation.case.profile_version, situation.case
    if version.jurisdiction != case.country:
        return Finding(
            met=False,
            fact=f"{version} is a pathway of {version.jurisdiction}; the case goes to {case.country}.",
            sources=(str(version),),
        )
    if version.is_demonstration and not case.pharmacy.is_demonstration:
        return Finding(
            met=False,
            fact=f"{named(version)} may only carry cases of a demonstration pharmacy.",
            sources=(str(version),),
        )
    if version.status == ProfileVersion.Status.RETIRED and version.signed_sha256 and case.pk:
        ended = f" from {version.effective_to:%Y-%m-%d}" if version.effective_to else ""
        return Finding(
            met=True,
            fact=f"{named(version)} was signed, and retired{ended}; the case keeps it until a person moves it.",
            sources=(str(version),),
        )
    if not version.is_signed:
        return Finding(
            met=False,
            fact=f"{named(version)} is {version.get_status_display()}: nobody has signed it.",
            sources=(str(version),),
        )
    signed = f"{named(version)}, signed by {version.signed_by} on {version.signed_at:%Y-%m-%d}"
    today = local_day(profile_of(version), situation.now)
    stale = "; its review date is past: have it checked" if version.is_stale_on(today) else ""
    begun = version.effective_from is None or version.effective_from <= today
    fact = f"{signed}{stale}." if begun else f"{signed}; it holds from {version.effective_from:%Y-%m-%d} only."
    return Finding(met=begun, fact=fact, sources=(str(version),))


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
        remedy=("Upload the receipt", "tab:documents"),
    )


@requirement(
    "MomentsInOrder",
    "What is recorded has happened, and after what it follows",
    on=(
        "regulatory.filing.submit",
        "regulatory.filing.acknowledge",
        "regulatory.filing.correct_acknowledgement",
        "regulatory.filing.receive_question",
        "regulatory.filing.answer_question",
        "regulatory.filing.grant",
        "regulatory.filing.refuse",
        "regulatory.filing.record_objection",
        "regulatory.filing.waive_window",
        "regulatory.filing.appeal",
        "regulatory.pathway_event.record",
        "regulatory.duty.discharge",
    ),
    satisfied_by="you, by giving the moment that the paper or the mail says",
    rule="house rule R-04, version 1",
)
def moments_in_order(situation: Situation) -> Finding:
    happened = situation.facts.get("happened_at")
    if happened is None:
        return Finding(met=True, fact="Give the moment that the paper or the mail says.")
    if happened > situation.now:
        return Finding(met=False, fact=f"{happened:%Y-%m-%d %H:%M} UTC lies in the future.")
    filing = situation.subject
    if isinstance(filing, Filing) and situation.verb.code != "regulatory.filing.submit":
        before, what = filing.submitted_at, "submission"
        if situation.verb.code == "regulatory.filing.appeal":
            before, what = filing.decided_at, "decision"
        if before is not None and happened < before:
            return Finding(
                met=False,
                fact=f"{happened:%Y-%m-%d %H:%M} UTC is before the {what} on {before:%Y-%m-%d %H:%M} UTC.",
            )
    return Finding(met=True, fact=f"{happened:%Y-%m-%d %H:%M} UTC.")


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
    filing = situation.case.filings.filter(state__in=out).order_by("-number").first()
    if filing is None:
        return Finding(met=False, fact="No filing of this case has been submitted.")
    return Finding(
        met=True, fact=f"{filing.label} went to {filing.authority} on {filing.submitted_at:%Y-%m-%d}.",
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
    waiting = list(filing.questions.filter(answered_at__isnull=True).order_by("number")) if filing else []
    if not waiting:
        return Finding(met=True, fact="No question is open." if filing else "Nothing was filed.")
    asked = ", ".join(f"question {question.number} of {question.asked_at:%Y-%m-%d}" for question in waiting)
    return Finding(met=False, fact=f"Open on {filing.label}: {asked}.", sources=(filing.label,))  # type: ignore[union-attr]


@requirement(
    "GateOpen",
    "The pathway's gates are open",
    on=(*SUPPLY_STAGES, *SHIPPING, *USING),
    satisfied_by="whoever brings what is missing",
    rule="the pathway's gates",
)
def gate_open(situation: Situation) -> Iterable[Finding]:
    if isinstance(situation.subject, Consignment):
        return gates_of_the_verb(situation, situation.subject)
    return gates_of_the_stage(situation)


@requirement(
    "AuthorizationInForceOnArrival",
    "An authorization is in force on the planned arrival date",
    on=SHIPPING,
    satisfied_by="the authority, by an authorization whose window covers the arrival",
    rule="domain rule: validity is tested at arrival",
)
def authorization_in_force_on_arrival(situation: Situation) -> Finding:
    consignment = situation.subject
    if not isinstance(consignment, Consignment):
        return Finding(met=None, fact="No consignment was named.")
    profile = profile_of(situation.case.profile_version)
    rule = rule_named(situation.case.profile_version, "control model")
    arrival: date = situation.facts.get("planned_arrival_on") or consignment.planned_arrival_on
    authorization = consignment.authorization
    if authorization is None:
        if not needs_authorization(profile):
            fact = "This pathway issues no authorization for a consignment; its gates are judged by themselves."
            return Finding(met=True, fact=fact, rule=rule)
        return Finding(
            met=False,
            fact=f"{consignment.label} stands under no authorization.",
            rule=rule,
            remedy=("Put it under an authorization", "tab:filings"),
        )
    return Finding(sources=(authorization.label,), rule=rule, **_window(authorization, consignment, arrival))


def _window(authorization: Authorization, consignment: Consignment, arrival: date) -> dict[str, object]:
    """Whether state, window and uses of the authorization carry an arrival on that day."""
    until = f"{authorization.valid_until:%Y-%m-%d}" if authorization.valid_until else "no stated end"
    window = f"{authorization.label} runs from {authorization.valid_from:%Y-%m-%d} to {until}"
    if authorization.state != Authorization.State.IN_FORCE:
        return {"met": False, "fact": f"{authorization.label} is {authorization.get_state_display()}."}
    if arrival < authorization.valid_from or (authorization.valid_until and arrival > authorization.valid_until):
        return {"met": False, "fact": f"{window}; planned arrival is {arrival:%Y-%m-%d}."}
    if authorization.max_uses is not None:
        gone = authorization.consignments.filter(dispatched_at__isnull=False).exclude(pk=consignment.pk).count()
        if gone >= authorization.max_uses:
            return {
                "met": False,
                "fact": f"{authorization.label} allows {authorization.max_uses} consignments; {gone} have gone.",
            }
    return {"met": True, "fact": f"{window}; planned arrival is {arrival:%Y-%m-%d}."}


@requirement(
    "QuantityWithinAuthorization",
    "The quantity is within the authorization",
    on=("custody.consignment.order", "regulatory.authorization.assign", *SHIPPING),
    satisfied_by=NOBODY,
    rule="domain rule: never over the ceiling",
)
def quantity_within_authorization(situation: Situation) -> Finding:
    consignment, authorization = _pair(situation)
    if consignment is None:
        return Finding(met=True, fact="Choose the consignment; its quantity is compared with what is left.")
    if authorization is None:
        return _within_the_filing(situation, consignment)
    if authorization.state != Authorization.State.IN_FORCE:
        return Finding(
            met=False, fact=f"{authorization.label} is {authorization.get_state_display()}.",
            sources=(authorization.label,),
        )
    factor = factor_of(consignment, authorization, situation.facts.get("factor"))
    if factor is None:
        return Finding(
            met=None,
            fact=f"{consignment.label} is counted in {consignment.unit}, {authorization.label} in {authorization.unit}"
            ": say how they convert when you put it under the authorization.",
            sources=(authorization.label,),
        )
    left = balance(authorization, without=consignment).remaining
    if left is None:
        return Finding(met=True, fact=f"{authorization.label} sets no quantity.", sources=(authorization.label,))
    needed = consignment.quantity * factor
    return Finding(
        met=needed <= left,
        fact=f"{authorization.label} has {_plain(left)} {authorization.unit} left for {consignment.label}; "
        f"it needs {_plain(needed)}.",
        sources=(authorization.label,),
    )


def _pair(situation: Situation) -> tuple[Consignment | None, Authorization | None]:
    """The consignment and the authorization that the verb brings together."""
    if isinstance(situation.subject, Authorization):
        return situation.facts.get("consignment"), situation.subject
    if isinstance(situation.subject, Consignment):
        return situation.subject, situation.facts.get("authorization") or situation.subject.authorization
    return None, None


def _within_the_filing(situation: Situation, consignment: Consignment) -> Finding:
    """Without an authorization, what was notified is the ceiling of all consignments that stand under none."""
    filing = governing_filing(situation.case)
    if filing is None or filing.quantity is None:
        return Finding(met=True, fact="No authorization and no notified quantity stands behind it.")
    others = situation.case.consignments.filter(authorization__isnull=True, dispatched_at__gte=filing.submitted_at)
    others |= situation.case.consignments.filter(authorization__isnull=True, state__in=SET_ASIDE)
    taken = sum((other.quantity for other in others.exclude(pk=consignment.pk).distinct()), Decimal(0))
    left = filing.quantity - taken
    return Finding(
        met=consignment.quantity <= left,
        fact=f"{filing.label} names {_plain(filing.quantity)} {situation.case.medicine.unit}; {_plain(left)} are left "
        f"for {consignment.label}, which needs {_plain(consignment.quantity)}.",
        sources=(filing.label,),
        satisfied_by="nobody: a further filing is needed",
    )


# Ordered and not yet gone: what was planned only takes nothing, what left counts from the filing it left under.
SET_ASIDE = (Consignment.State.ORDERED, Consignment.State.ALLOCATED, Consignment.State.RELEASED)


def _plain(number: object) -> str:
    return f"{number.normalize():f}" if hasattr(number, "normalize") else str(number)


@requirement(
    "DebtsPaid",
    "No duty that was due after an earlier supply is overdue",
    on=("cases.case.resupply", *SHIPPING),
    satisfied_by="whoever holds the overdue duty, by doing it",
    rule="domain rule: an overdue debt blocks the next shipment",
)
def debts_paid(situation: Situation) -> Finding:
    kinds = [f"regulatory.{name}" for name in DEBTS]
    rows = Deadline.objects.filter(case_id=situation.case.pk, kind__in=kinds).select_related("holder")
    overdue = [deadline for deadline in rows.order_by("due_at") if is_overdue(deadline, situation.now)]
    if not overdue:
        return Finding(met=True, fact="No such duty is overdue.")
    told = "; ".join(f"{deadline.label}, due {deadline.due_on:%Y-%m-%d}, with {deadline.ball}" for deadline in overdue)
    return Finding(
        met=False,
        fact=f"Overdue: {told}.",
        sources=tuple(deadline.fact for deadline in overdue if deadline.fact),
        remedy=("Open the filings", "tab:filings"),
    )
