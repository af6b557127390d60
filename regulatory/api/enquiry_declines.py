"""An enquiry is declined over the API: the letter as it would be told, then the telling; the pages' own services."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import only
from cases.api.shapes import Sent, kept, one_of
from cases.people.roles import PHARMACISTS
from regulatory.api.enquiries import WHO, EnquiryLine, enquiry_found, enquiry_line
from regulatory.declining.enquirer import Grounds, decline_enquiry, letter_to_the_enquirer
from regulatory.declining.kinds import KINDS, LABELS, LANGUAGES, STEPS
from regulatory.triage.models import TriageLetter

router = Router(tags=["Enquiries"])
_EXAMPLE: dict[str, Any] = {
    "kind": "regulatory",
    "ground": "route_closed",
    "explanation": "The authority has closed the route for this medicine.",
    "fact": "closed",
    "steps": ["talk_to_doctor", "local_authority"],
    "contact": "+1 555 0100, Monday to Friday 9 to 17",
}


class EnquiryDeclineIn(Sent):
    """Why, in one of three kinds; the texts in the language of the letter, without a patient's name or contact."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})
    kind: Annotated[str, *one_of(KINDS)]
    ground: Annotated[str, *one_of(LABELS)] = Field(description="One of its kind, or `other`.")
    explanation: Annotated[str, *kept(5000, 1)]
    fact: Annotated[str, *kept(5000, 1)] = Field(
        description="Clinical: what would change the answer. Regulatory: how the route stands (open, partially_open, "
        "closed). Supply: what was tried, with whom and when."
    )
    steps: list[Annotated[str, *one_of(STEPS)]] = Field(
        [], max_length=len(STEPS), description="At least one, or `referral`."
    )
    referral: Annotated[str, *kept(5000)] = Field("", description="Where to turn.")
    language: Annotated[str, *one_of(dict(LANGUAGES))] = "en"
    contact: Annotated[str, *kept(200, 1)] = Field(description="Telephone and hours: where an answer goes.")


class EnquiryDeclineTold(EnquiryDeclineIn):
    """The decline with how it is told, and the letter that was read."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [_EXAMPLE | {"channel": "telephone", "fingerprint": "9f2c…"}]}
    )
    channel: Annotated[str, *one_of(TriageLetter.Channel.values)]
    address: Annotated[str, *kept(254)] = Field("", description="Where the mail goes; for the channel `mail` alone.")
    fingerprint: Annotated[str, *kept(64, 1)] = Field(description="Of the letter that you read: .../decline/letter.")


class LetterRead(Schema):
    """The letter as it would be told now, under your name; nothing was written."""

    language: str
    title: str
    text: str
    fingerprint: str = Field(description="SHA-256 of the text.")
    template_version: str
    read_at: datetime


@router.post("/enquiries/{reference}/decline/letter", response=LetterRead, summary="The letter of a decline, to read")
def read_letter(request: HttpRequest, reference: str, body: EnquiryDeclineIn) -> dict[str, Any]:
    """Writes nothing and tells nobody. A decline sends its fingerprint back."""
    person, now = only(request, PHARMACISTS, WHO), clock.now()
    letter = letter_to_the_enquirer(enquiry_found(person, reference), _grounds(body), by=person, now=now)
    return {
        "language": letter.language,
        "title": letter.title,
        "text": letter.text,
        "fingerprint": letter.sha256,
        "template_version": letter.version,
        "read_at": now,
    }


@router.post("/enquiries/{reference}/decline", response=EnquiryLine, summary="Decline an enquiry")
def decline(request: HttpRequest, reference: str, body: EnquiryDeclineTold) -> dict[str, Any]:
    """The pharmacy cannot help. The letter that was read is kept word for word and told; the enquiry ends."""
    person = only(request, PHARMACISTS, WHO)
    decline_enquiry(
        enquiry_found(person, reference),
        grounds=_grounds(body),
        fingerprint=body.fingerprint,
        channel=body.channel,
        address=body.address,
        by=person,
        now=clock.now(),
    )
    return enquiry_line(enquiry_found(person, reference))


def _grounds(body: EnquiryDeclineIn) -> Grounds:
    return Grounds(**{name: getattr(body, name) for name in EnquiryDeclineIn.model_fields})
