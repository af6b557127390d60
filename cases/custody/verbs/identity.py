"""The chain of identity of a product made for one patient is read, by each of two people."""

from django.db import models

from cases.custody.identity import STEPS
from cases.custody.models import Consignment, IdentityReading
from cases.custody.verbs.common import AT_THE_INSTITUTION, consignment_of, verb
from cases.lifecycle.verbs import Ask, Situation
from cases.people.roles import Role

READERS = AT_THE_INSTITUTION | {Role.PRESCRIBER, Role.DELEGATE}
ENDED = frozenset({"rejected", "returned", "destroyed", "lost", "drawn", "put_back"})


def _read(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    IdentityReading.objects.create(
        case=situation.case,
        consignment=consignment,
        step=facts["step"],
        text=facts["text"].strip(),
        read_by=situation.by,
        read_at=situation.now,
    )
    return consignment


def _is_under_way(subject: models.Model) -> bool:
    return isinstance(subject, Consignment) and subject.state not in ENDED


VERBS = (
    verb(
        "read_identity",
        "identity_read",
        "Record the chain of identity that was read of it",
        _read,
        transition="",
        offered_when=_is_under_way,
        roles=READERS,
        asks=(
            Ask("step", "When it was read", "choice", options=tuple(STEPS.items())),
            Ask(
                "text",
                "Chain of identity, as read",
                hint="Scan it, or copy it letter for letter. Never a name or a birth date.",
            ),
        ),
        consequence="It is compared with what two people read at collection. A second person reads it too.",
    ),
)
