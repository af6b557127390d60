"""Clinical and regulatory review of one determination, each decided and signed for by a named person.

Who decides is a pharmacist in charge (domain.md 1: "sign reviews"). Duties are separated by person: nobody decides a
review that they asked for, nor one of a determination they prepared or signed, whatever their role. A house with a
single pharmacist in charge asks for an override, which takes a second person.
"""

from typing import cast

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, next_number, register_verbs
from cases.models import Determination
from cases.people.roles import Role
from cases.requirements import signed_determination
from regulatory.models import Review

PIC_ONLY = frozenset({Role.PHARMACIST_IN_CHARGE})


def _request(situation: Situation) -> models.Model:
    return Review.objects.create(
        case=situation.case,
        number=next_number(situation.case.reviews.all()),
        kind=situation.facts["kind"],
        determination=cast(Determination, signed_determination(situation)),
        requested_by=situation.by,
        requested_at=situation.now,
    )


def _pass(situation: Situation) -> models.Model:
    return _decide(situation, "pass_review", situation.facts.get("remarks", ""))


def _send_back(situation: Situation) -> models.Model:
    return _decide(situation, "send_back", situation.reason)


def _decline(situation: Situation) -> models.Model:
    return _decide(situation, "decline", situation.reason)


def _decide(situation: Situation, method: str, remarks: str) -> models.Model:
    review = cast(Review, situation.subject)
    getattr(review, method)(decided_by=situation.by, decided_at=situation.now, remarks=remarks)
    review.save()
    return review


def _wanted(situation: Situation) -> str:
    """The kind of review that is still missing; the clinical one first."""
    there = set(
        situation.case.reviews.filter(state__in=[Review.State.REQUESTED, Review.State.PASSED]).values_list(
            "kind", flat=True
        )
    )
    return next((kind for kind in Review.Kind.values if kind not in there), Review.Kind.CLINICAL)


register_verbs(
    Verb(
        code="regulatory.review.request",
        past="requested",
        label="Ask for a review",
        subject="regulatory.Review",
        creates=True,
        effect=_request,
        asks=(Ask("kind", "Which review", "choice", options=Review.Kind.choices, initial=_wanted),),
        consequence="A pharmacist in charge who did not ask for it decides; a filing waits for both reviews.",
    ),
    Verb(
        code="regulatory.review.pass",
        past="passed",
        label="Pass the review",
        subject="regulatory.Review",
        transition="pass_review",
        effect=_pass,
        roles=PIC_ONLY,
        asks=(Ask("remarks", "Remarks", "long", required=False, hint="No patient name, birth date or contact."),),
        consequence="Your name stands under this review of the determination as it is signed now.",
    ),
    Verb(
        code="regulatory.review.send_back",
        past="returned",
        label="Send back",
        subject="regulatory.Review",
        transition="send_back",
        effect=_send_back,
        roles=PIC_ONLY,
        needs_reason=True,
        consequence="Whoever asked for the review reads why. A new review is asked for when it is put right.",
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
        consequence="Nothing is filed on this determination. The case stays open until somebody closes it.",
    ),
)
