"""Clinical and regulatory review of one determination, each decided and signed for by a named person.

Who decides is a pharmacist in charge (domain.md 1: "sign reviews"). Duties are separated by person: nobody decides a
review that they asked for, nor one of a determination they prepared or signed, whatever their role. The decision is
signed over the whole record, by password and code at the act (21 CFR 11.50, 11.70, 11.200); the answers are kept
before, as they are typed (:mod:`regulatory.reviewing.answering`).
"""

from typing import cast

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, next_number, register_verbs
from cases.models import Determination
from cases.people.roles import Role
from cases.requirements import signed_determination
from cases.verbs.signatures import ASKED_OF_A_SIGNER, refuse_other_name, signed, stored
from regulatory.models import Review, ReviewAnswer
from regulatory.reviewing.record import MEANINGS, record_text
from regulatory.reviewing.sheet import carried_over, failures, newest, to_keep
from regulatory.reviewing.situated import sheet_at, standings_at

PIC_ONLY = frozenset({Role.PHARMACIST_IN_CHARGE})
NO_NAMES = "No patient name, birth date or contact."
READ = Ask(
    "fingerprint",
    "Fingerprint of what was reviewed",
    hint="As the page or the API shows it; it says that you read what is on file now.",
    initial=lambda situation: sheet_at(situation).fingerprint,
)


def _request(situation: Situation) -> models.Model:
    determination = cast(Determination, signed_determination(situation))
    kind = situation.facts["kind"]
    before = newest(situation.case.reviews.exclude(state=Review.State.REQUESTED).order_by("-number"), kind)
    review = Review.objects.create(
        case=situation.case,
        number=next_number(situation.case.reviews.all()),
        kind=kind,
        determination=determination,
        follows=before,
        prepared_by_id=determination.prepared_by_id,
        requested_by=situation.by,
        requested_at=situation.now,
    )
    if before is not None:
        answers = carried_over(before, situation.case)
        for answer in answers:
            answer.review = review
        ReviewAnswer.objects.bulk_create(answers)
    return review


def _pass(situation: Situation) -> models.Model:
    return _decide(situation, "pass_review", Review.State.PASSED, situation.facts.get("remarks", ""))


def _send_back(situation: Situation) -> models.Model:
    return _decide(situation, "send_back", Review.State.RETURNED, situation.facts.get("remarks", ""))


def _decline(situation: Situation) -> models.Model:
    return _decide(situation, "decline", Review.State.DECLINED, situation.reason)


def _decide(situation: Situation, method: str, outcome: str, remarks: str) -> models.Model:
    review = situation.record(Review)
    refuse_other_name(situation)
    sheet = sheet_at(situation)
    title = f"{review.get_kind_display().capitalize()} {review.label}"
    text = record_text(
        sheet,
        kind=review.get_kind_display(),
        label=review.label,
        case=situation.case.reference,
        outcome=outcome,
        remarks=remarks,
    )
    record = stored(situation, doc_type="review_record", title=title, text=text)
    signed(situation, record, meaning=MEANINGS[outcome], what=title)
    if failed := failures(sheet):
        situation.facts["failed"] = failed
    getattr(review, method)(
        decided_by=situation.by,
        decided_at=situation.now,
        remarks=remarks,
        checklist=to_keep(sheet),
        content=sheet.content_json(),
        content_sha256=sheet.fingerprint,
        record=record,
    )
    review.save()
    return review


def _wanted(situation: Situation) -> str:
    """The kind of review that is still missing, or no longer stands; the clinical one first."""
    lacking = [
        one.kind
        for one in standings_at(situation)
        if not one.holds and (one.review is None or one.review.state != Review.State.REQUESTED)
    ]
    return lacking[0] if lacking else Review.Kind.CLINICAL


register_verbs(
    Verb(
        code="regulatory.review.request",
        past="requested",
        label="Ask for a review",
        subject="regulatory.Review",
        creates=True,
        effect=_request,
        asks=(Ask("kind", "Which review", "choice", options=Review.Kind.choices, initial=_wanted),),
        consequence="A pharmacist in charge who had no part in it decides; a filing waits for both reviews. "
        "What was answered before and has not changed is not asked again.",
    ),
    Verb(
        code="regulatory.review.pass",
        past="passed",
        label="Pass the review",
        subject="regulatory.Review",
        transition="pass_review",
        effect=_pass,
        roles=PIC_ONLY,
        asks=(READ, Ask("remarks", "Remarks", "long", required=False, hint=NO_NAMES), *ASKED_OF_A_SIGNER),
        final=True,
        consequence="Your signature stands under what is on file now. A later change of it asks for another review.",
    ),
    Verb(
        code="regulatory.review.send_back",
        past="returned",
        label="Send back",
        subject="regulatory.Review",
        transition="send_back",
        effect=_send_back,
        roles=PIC_ONLY,
        asks=(READ, Ask("remarks", "Remarks", "long", required=False, hint=NO_NAMES), *ASKED_OF_A_SIGNER),
        consequence="Whoever must act reads what failed and why. When it is put right another review asks only for "
        "what failed or changed.",
    ),
    Verb(
        code="regulatory.review.decline",
        past="declined",
        label="Decline",
        subject="regulatory.Review",
        transition="decline",
        effect=_decline,
        roles=PIC_ONLY,
        needs_reason=True,
        asks=(READ, *ASKED_OF_A_SIGNER),
        consequence="Nothing is filed on it. A letter that says why is due within one business day.",
    ),
)
