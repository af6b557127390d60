"""Who may see which case, and who may take which verb on it. Strangers get 404, colleagues without the right 403."""

from datetime import datetime

from django.http import Http404

from cases.lifecycle.verbs import Verb
from cases.models import Case
from cases.people.models import User
from cases.people.roles import READERS_ONLY
from cases.querysets import sees


def case_for(user: User, reference: str, *, now: datetime) -> Case:
    """Fetch and authorize together.

    :raises Http404: when there is no such case, or none for this person.
    """
    known = Case.objects.visible_to(user, at=now).with_people()
    # PostgreSQL keeps no NUL, so no reference holds one; asking for one would be an error of its own.
    case = None if "\x00" in reference else known.filter(reference=reference).first()
    if case is None:
        raise Http404("There is no such case, or it is not one of yours.")
    return case


def permitted(user: User, verb: Verb, case: Case, *, now: datetime) -> bool:
    """Whether this person may take this verb on this case; service accounts only what names them."""
    if user.only_reads or not user.is_active or user.role not in verb.roles:
        return False
    return user.is_service or sees(user, case, at=now)


def permitted_roles(verb: Verb) -> frozenset[str]:
    """The roles that may take a verb; readers never."""
    return frozenset(role.value for role in verb.roles) - {role.value for role in READERS_ONLY}
