"""One message to each person concerned, from the outbox, with no word of the case but its label."""

from collections.abc import Iterable

from cases.lifecycle.verbs import Situation
from cases.models import CaseEvent
from cases.notices.services import plan_notice
from cases.people.models import User

TOLD_AT_ONCE = frozenset({"regulatory.objection_recorded", "regulatory.authorization_stopped"})


def tell(people: Iterable[User], kind: str, situation: Situation, event: CaseEvent) -> None:
    """Everybody once, but the one who did it; what stops a supply goes out at once."""
    for person in {person.pk: person for person in people if person.pk != situation.by.pk}.values():
        plan_notice(
            key=f"{kind}:{situation.case.reference}:{event.seq}:{person.code}",
            kind=kind,
            by=situation.by,
            now=situation.now,
            recipient=person,
            case=situation.case,
            facts={"subject_label": event.subject, "what": situation.verb.past.replace("_", " ")},
            is_urgent=kind in TOLD_AT_ONCE,
        )
