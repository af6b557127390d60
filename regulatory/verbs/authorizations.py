"""What becomes of an authorization, and which consignments travel under it."""

from typing import cast

from django.db import models
from django.db.models import F, Q

from cases.custody.models import Consignment
from cases.lifecycle.verbs import Ask, Situation, Verb, moves, register_verbs
from cases.people.roles import PHARMACISTS, Role
from regulatory import quantities
from regulatory.models import Authorization
from regulatory.profiles.route import MAIN
from regulatory.standing_authority import reached_by
from regulatory.verbs.decisions import LETTERS
from regulatory.verbs.filings import LEAST_QUANTITY


def authorization_of(situation: Situation) -> Authorization:
    """The authorization the verb acts on."""
    return cast(Authorization, situation.subject)


def _assign(situation: Situation) -> models.Model:
    consignment: Consignment = situation.facts["consignment"]
    authorization = authorization_of(situation)
    consignment.authorization = authorization
    consignment.save(update_fields=["authorization"])
    quantities.book(consignment, authorization=authorization, at=situation.now, factor=situation.facts.get("factor"))
    return authorization


def _attach_letter(situation: Situation) -> models.Model:
    authorization = authorization_of(situation)
    authorization.document = situation.facts["letter"]
    authorization.save(update_fields=["document"])
    return authorization


def _lacks_its_letter(record: models.Model) -> bool:
    return (
        isinstance(record, Authorization)
        and record.document_id is None
        and record.ground == Authorization.Ground.DECISION
    )


def _not_assigned(situation: Situation) -> "models.QuerySet[Consignment]":
    """Consignments that have not left and stand under none, and those whose own one ended or was stopped on the way."""
    waiting = Q(authorization__isnull=True, state__in=quantities.BEFORE_DISPATCH)
    over = ~Q(authorization__state=Authorization.State.IN_FORCE) | Q(
        arrived_at__date__gt=F("authorization__valid_until")
    )
    lapsed = Q(authorization__isnull=False, state__in=(*quantities.BEFORE_DISPATCH, *UNDER_WAY)) & over
    return situation.case.consignments.filter(waiting | lapsed).order_by("number")


UNDER_WAY = (Consignment.State.IN_TRANSIT, Consignment.State.ARRIVED, Consignment.State.ACCEPTED)


def _carries(record: models.Model) -> bool:
    """Whether consignments can travel under it: in force, and not a permit beside the supply's own."""
    is_beside = isinstance(record, Authorization) and record.filing is not None and record.filing.step != MAIN
    return isinstance(record, Authorization) and record.state == Authorization.State.IN_FORCE and not is_beside


register_verbs(
    Verb(
        code="regulatory.authorization.assign",
        past="assigned",
        label="Put a consignment under it",
        subject="regulatory.Authorization",
        effect=_assign,
        offered_when=_carries,
        asks=(
            Ask("consignment", "Which consignment", "record", options=_not_assigned),
            Ask(
                "factor",
                "How many authorized units one unit of the consignment holds",
                "decimal",
                required=False,
                least=LEAST_QUANTITY,
                hint="Only where the units differ: a pack of 4 vials counts 4. Kept in the ledger.",
            ),
        ),
        consequence="Its quantity is taken from this authorization; what the former one held for it is free again.",
    ),
    Verb(
        code="regulatory.authorization.attach_letter",
        past="letter_attached",
        label="Add the letter of it",
        subject="regulatory.Authorization",
        effect=_attach_letter,
        reaches=reached_by,
        offered_when=_lacks_its_letter,
        asks=(Ask("letter", "Decision letter", "document", options=LETTERS),),
        consequence="The decision by telephone is now in writing.",
    ),
    Verb(
        code="regulatory.authorization.suspend",
        past="suspended",
        label="Record a suspension of it",
        subject="regulatory.Authorization",
        transition="suspend",
        effect=moves("suspend"),
        reaches=reached_by,
        needs_reason=True,
        consequence="Every gate that rests on it shuts until it is reinstated; each case under it is held.",
    ),
    Verb(
        code="regulatory.authorization.reinstate",
        past="reinstated",
        label="Record the reinstatement of it",
        subject="regulatory.Authorization",
        transition="reinstate",
        effect=moves("reinstate"),
        reaches=reached_by,
        needs_reason=True,
        consequence="It counts again, within its window and its quantity; the hold of the suspension is lifted.",
    ),
    Verb(
        code="regulatory.authorization.revoke",
        past="revoked",
        label="Record the revocation of it",
        subject="regulatory.Authorization",
        transition="revoke",
        effect=moves("revoke"),
        reaches=reached_by,
        needs_reason=True,
        final=True,
        consequence="Every gate that rests on it shuts for good; each case under it is held.",
    ),
    Verb(
        code="regulatory.authorization.expire",
        past="expired",
        label="Record that it expired",
        subject="regulatory.Authorization",
        transition="expire",
        effect=moves("expire"),
        reaches=reached_by,
        final=True,
        consequence="Nothing further arrives under it; a renewal or a new filing is needed.",
    ),
    Verb(
        code="regulatory.authorization.exhaust",
        past="exhausted",
        label="Record that it is used up",
        subject="regulatory.Authorization",
        transition="exhaust",
        effect=moves("exhaust"),
        roles=PHARMACISTS | {Role.SYSTEM},
        reaches=reached_by,
        final=True,
        consequence="Nothing further can be ordered under it.",
    ),
    Verb(
        code="regulatory.authorization.supersede",
        past="superseded",
        label="Record that a later one takes the place of it",
        subject="regulatory.Authorization",
        transition="supersede",
        effect=moves("supersede"),
        reaches=reached_by,
        needs_reason=True,
        final=True,
        consequence="New consignments go under the later authorization.",
    ),
)
