"""One message to each person concerned, from the outbox, with no word of the case but its label."""

from collections.abc import Iterable

from cases.lifecycle.verbs import Situation
from cases.models import Case, CaseEvent
from cases.notices.services import plan_notice
from cases.people.models import User
from regulatory.models import Authorization
from regulatory.pathway import STANDING

EMERGENCY_WAITS = "regulatory.emergency_waits"
TOLD_AT_ONCE = frozenset({"regulatory.objection_recorded", "regulatory.authorization_stopped", EMERGENCY_WAITS})


def called(authorization: Authorization, case: Case) -> str:
    """How a letter about the case says it: by its label, and another case's one without its number."""
    if authorization.case_id == case.pk:
        return f"authorization {authorization.label}"
    return "the standing authority" if authorization.level == STANDING else "the authorization of the stock"


def became(authorization: Authorization) -> str:
    """Its state as a letter says it."""
    used_up = authorization.state == Authorization.State.EXHAUSTED
    return "used up" if used_up else authorization.get_state_display()


def tell(
    people: Iterable[User],
    kind: str,
    situation: Situation,
    event: CaseEvent,
    *,
    subject: str = "",
    what: str = "",
) -> None:
    """Everybody once, but the one who did it; what stops a supply, or keeps it from leaving, goes out at once.

    :param subject, what: how the letter says it, where the event's own record and verb do not: "standing authority",
        "suspended".
    """
    told = {"subject_label": subject or event.subject, "what": what or situation.verb.past.replace("_", " ")}
    for person in {person.pk: person for person in people if person.pk != situation.by.pk}.values():
        plan_notice(
            key=f"{kind}:{situation.case.reference}:{event.seq}:{person.code}",
            kind=kind,
            by=situation.by,
            now=situation.now,
            recipient=person,
            case=situation.case,
            facts=told,
            is_urgent=kind in TOLD_AT_ONCE,
        )
