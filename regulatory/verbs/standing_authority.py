"""A standing authority on the cases that it covers: what becomes of it is put on each, and consignments go under it."""

from django.db import models

from cases.custody.models import Consignment
from cases.lifecycle.errors import NotPossible
from cases.lifecycle.verbs import Ask, Situation, Verb, register_verbs
from cases.models import Case
from cases.people.roles import PHARMACISTS, Role
from regulatory import quantities
from regulatory.models import Authorization
from regulatory.pathway import profile_of, standing_coverage
from regulatory.standing_authority import covering, is_drawn_from_stock
from regulatory.verbs.authorizations import UNDER_WAY
from regulatory.verbs.filings import LEAST_QUANTITY

State = Authorization.State


def knows_a_standing_authority(case: Case) -> bool:
    """Whether a gate asks for one, or the case is drawn from stock; read from the pinned version, not the database."""
    return _asks_for_one(case) or is_drawn_from_stock(case)


def _covering(situation: Situation) -> "models.QuerySet[Authorization]":
    return Authorization.objects.filter(pk__in=[one.pk for one in covering(situation.case)]).order_by("pk")


def _in_force(situation: Situation) -> "models.QuerySet[Authorization]":
    return _covering(situation).filter(state=State.IN_FORCE)


def _the_only_one(situation: Situation) -> int | None:
    found = list(_in_force(situation).values_list("pk", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def _announce(situation: Situation) -> models.Model:
    """The event keeps the state that the authority was in; what follows from it is done after the event."""
    situation.facts["state"] = situation.facts["authorization"].state
    return situation.case


def _use(situation: Situation) -> models.Model:
    consignment = situation.record(Consignment)
    authorization: Authorization = situation.facts["authorization"]
    if consignment.authorization_id == authorization.pk:
        named = authorization.named_in(situation.case.pk)
        raise NotPossible(f"{consignment.label} stands under {named} already. Nothing was changed.")
    consignment.authorization = authorization
    consignment.save(update_fields=["authorization"])
    quantities.book(consignment, authorization=authorization, at=situation.now, factor=situation.facts.get("factor"))
    return consignment


def _asks_for_one(case: Case) -> bool:
    return standing_coverage(profile_of(case.profile_version)) is not None


def _may_go_under_one(record: models.Model) -> bool:
    movable = (*quantities.BEFORE_DISPATCH, *UNDER_WAY)
    return isinstance(record, Consignment) and record.state in movable and _asks_for_one(record.case)


register_verbs(
    Verb(
        code="regulatory.standing_authority.announce",
        past="announced",
        label="Put on the case what became of its standing authority",
        subject="cases.Case",
        effect=_announce,
        roles=PHARMACISTS | {Role.SYSTEM},
        offered_when=lambda record: isinstance(record, Case) and knows_a_standing_authority(record),
        asks=(Ask("authorization", "Which standing authority", "record", options=_covering),),
        listed=False,
        needs_reason=True,
        consequence="One that was suspended or revoked holds the case; one that is in force again lifts that hold.",
    ),
    Verb(
        code="regulatory.standing_authority.use",
        past="used",
        label="Put it under a standing authority",
        subject="custody.Consignment",
        effect=_use,
        offered_when=_may_go_under_one,
        asks=(
            Ask(
                "authorization",
                "Which standing authority",
                "record",
                options=_in_force,
                initial=_the_only_one,
                hint="Granted under another case, for the same prescriber, product or indication.",
            ),
            Ask(
                "factor",
                "How many authorized units one unit of the consignment holds",
                "decimal",
                required=False,
                least=LEAST_QUANTITY,
                hint="Only where the units differ: a pack of 4 vials counts 4. Kept in the ledger.",
            ),
        ),
        consequence="Its quantity is taken from that authority, which all its cases share.",
    ),
)
