"""Who the caller is."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from cases import clock
from cases.api.auth import caller
from cases.models import Case

router = Router(tags=["You"])


class Whoami(Schema):
    """The person of the token or the session, and how far that person sees."""

    code: str = Field(description="How the audit trail names you.", examples=["P-7K3MQ2D9"])
    display_name: str
    role: str = Field(examples=["coordinating_pharmacist"])
    role_in_words: str
    may_write: bool
    pharmacy: str | None
    institution: str | None
    cases_in_view: int


@router.get("/whoami", response=Whoami, summary="Who you are")
def whoami(request: HttpRequest) -> dict[str, Any]:
    """Useful to check a token."""
    person = caller(request)
    return {
        "code": person.code,
        "display_name": person.display_name,
        "role": person.role,
        "role_in_words": person.get_role_display(),
        "may_write": not person.only_reads,
        "pharmacy": person.pharmacy.name if person.pharmacy else None,
        "institution": person.institution.name if person.institution else None,
        "cases_in_view": Case.objects.visible_to(person, at=clock.now()).count(),
    }
