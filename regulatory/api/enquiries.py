"""Enquiries: received, answered by a named person, referred or declined; the same services as the pages."""

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import KEY, LONGEST_TEXT, Country, FormKey, Instant, Label, Line, Sent, kept, one_of
from cases.api.taking import keyed, refuse_reused
from cases.countries import NAMES
from cases.models import Medicine, Urgency
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from regulatory.enquiries import OUTCOMES, answer_enquiry, receive_enquiry, refer_enquiry
from regulatory.models import Enquiry, ProfileVersion

router = Router(tags=["Enquiries"])
WHO = "Enquiries are handled by the pharmacists."
UNKNOWN_COUNTRY = "No pathway that we know leads there."


class PathwayName(Sent):
    """A pathway and, when another than the signed one is meant, its version."""

    key: Label = Field(examples=["UK-SPECIALS"])
    version: Label = Field("", description="Empty: the signed version of the pathway.")


class EnquiryDeclineLine(Schema):
    """Why an enquiry became no case, and what was told; the texts are empty once they were deleted after their time."""

    kind: str = Field(description="clinical, regulatory or supply")
    ground: str
    explanation: str
    fact: str
    steps: list[str]
    referral: str
    language: str
    contact: str
    channel: str
    text: str = Field(description="The letter, word for word.")
    text_sha256: str
    told_by: str
    told_at: datetime


class EnquiryLine(Schema):
    """A question that reached the pharmacy; no identity of a patient."""

    reference: str = Field(examples=["EN-4T7H-2MKR-9"])
    state: str
    asked_by: str
    country: str
    product: str
    medicine: str | None = Field(description="The medicine of our list, when it was recognised.")
    indication: str
    urgency: str
    question: str
    received_at: datetime
    acknowledge_by: datetime | None
    pathway: str | None
    pathway_version: str | None
    outcome: str
    outcome_in_words: str
    answer: str
    answered_by: str | None
    answered_at: datetime | None
    case: str | None = Field(description="The case it became.")
    decline: EnquiryDeclineLine | None = Field(description="Why it became none, and the letter that was told.")


class EnquiryPage(Schema):
    enquiries: list[EnquiryLine]
    next: str | None = Field(description="Give it as `after` to read on; null at the end.")


class EnquiryIn(Sent):
    """The minimal intake: no medical records, no name, birth date or contact of a patient."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "asked_by": "prescriber",
                    "country": "GB",
                    "product": "orvelumab 150 mg/mL",
                    "indication": "invented haematological disease",
                    "question": "Can one patient be supplied from January?",
                    "form_key": "6f1c0a8e-enquiry-1",
                }
            ]
        },
    )
    asked_by: Enquiry.Asker
    country: Country = Field(description="destination, two letters")
    product: Annotated[str, *kept(120, 1)]
    indication: Annotated[str, *kept(200, 1)]
    urgency: Urgency = Urgency.STANDARD
    question: Annotated[str, *kept(5000)] = ""
    medicine: Line = Field("", description="One of GET /directory, when it is recognised.")
    received_at: Instant | None = Field(None, description="When it came; now when left out.")
    form_key: FormKey | None = KEY


class AnswerIn(Sent):
    """What a named pharmacist answers: a recommendation, never an authorization."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "outcome": "NPP_POSSIBLE",
                    "answer": "A named-patient supply is possible; the prescriber decides and writes to us.",
                    "pathway": {"key": "UK-SPECIALS"},
                }
            ]
        },
    )
    outcome: Annotated[str, *one_of(OUTCOMES)]
    answer: Annotated[str, *kept(10_000, 1)]
    pathway: PathwayName | None = None


class ReasonIn(Sent):
    """Why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"reason": "The medicine is licensed and on the market there."}]},
    )
    reason: Annotated[str, *kept(LONGEST_TEXT, 1)]


@router.get("/enquiries", response=EnquiryPage, summary="Enquiries, newest first")
def list_enquiries(
    request: HttpRequest,
    state: Enquiry.State | None = Query(None),
    after: Label | None = Query(None, description="`next` of the page before"),
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, Any]:
    """Of your pharmacy. For pharmacists."""
    person = only(request, PHARMACISTS, WHO)
    rows = _rows(person)
    if state:
        rows = rows.filter(state=state)
    if after is not None:
        last = _rows(person).filter(reference=after).values_list("pk", flat=True).first()
        if last is None:
            raise FieldsRefused(("after", after, "No page ended there.", "Send `next` of the page before as it came."))
        rows = rows.filter(pk__lt=last)
    page = list(rows.order_by("-pk")[: limit + 1])
    return {
        "enquiries": [enquiry_line(row) for row in page[:limit]],
        "next": page[limit - 1].reference if len(page) > limit else None,
    }


@router.post("/enquiries", response={201: EnquiryLine}, summary="Write down an enquiry")
def create_enquiry(request: HttpRequest, body: EnquiryIn) -> Status[dict[str, Any]]:
    """An acknowledgement is promised within one business hour of the pharmacy."""
    person = only(request, PHARMACISTS, WHO)
    if body.country.upper() not in NAMES:
        raise FieldsRefused(("country", body.country, UNKNOWN_COUNTRY, "Send one of: " + ", ".join(sorted(NAMES))))
    key = keyed(body.form_key, person, "enquiry", content=body.model_dump(mode="json", exclude={"form_key"}))
    refuse_reused(key, body.form_key, Enquiry.objects.filter(pharmacy=person.pharmacy))
    made = receive_enquiry(
        pharmacy=person.pharmacy,  # type: ignore[arg-type]
        asked_by=body.asked_by.value,
        country=body.country.upper(),
        product=body.product,
        indication=body.indication,
        by=person,
        now=clock.now(),
        received_at=body.received_at,
        medicine=medicine_named(body.medicine) if body.medicine else None,
        urgency=body.urgency.value,
        question=body.question,
        form_key=key,
    )
    return Status(201, enquiry_line(enquiry_found(person, made.reference)))


@router.get("/enquiries/{reference}", response=EnquiryLine, summary="One enquiry")
def read_enquiry(request: HttpRequest, reference: str) -> dict[str, Any]:
    """What was asked, what was answered, and the case it became."""
    return enquiry_line(enquiry_found(only(request, PHARMACISTS, WHO), reference))


@router.post("/enquiries/{reference}/answer", response=EnquiryLine, summary="Answer an enquiry")
def give_answer(request: HttpRequest, reference: str, body: AnswerIn) -> dict[str, Any]:
    """Recorded under your name. A confident answer needs a pathway whose review is not overdue."""
    person = only(request, PHARMACISTS, WHO)
    row = enquiry_found(person, reference)
    version = version_named(body.pathway) if body.pathway else None
    answer_enquiry(row, outcome=body.outcome, answer=body.answer, by=person, now=clock.now(), profile_version=version)
    return enquiry_line(enquiry_found(person, reference))


@router.post("/enquiries/{reference}/refer", response=EnquiryLine, summary="Refer an enquiry")
def refer(request: HttpRequest, reference: str, body: ReasonIn) -> dict[str, Any]:
    """Another route or another house is the right one; the reason says which."""
    person = only(request, PHARMACISTS, WHO)
    refer_enquiry(enquiry_found(person, reference), reason=body.reason, by=person, now=clock.now())
    return enquiry_line(enquiry_found(person, reference))


def version_named(named: PathwayName) -> ProfileVersion:
    """The version of a pathway that a call names: the signed one unless another is named.

    :raises FieldsRefused: for one that does not exist.
    """
    rows = ProfileVersion.objects.filter(profile_key=named.key.upper())
    chosen = rows.filter(version=named.version) if named.version else rows.filter(status=ProfileVersion.Status.ACTIVE)
    found = chosen.order_by("-id").first()
    if found is None:
        known = ", ".join(rows.values_list("version", flat=True)) or "no version of it is known"
        raise FieldsRefused(
            (
                "pathway",
                " ".join(part for part in (named.key, named.version) if part),
                "There is no such version of this pathway." if named.version else "No version of it is signed.",
                f"Known: {known}. GET /profiles lists all.",
            )
        )
    return found


def medicine_named(text: str) -> Medicine:
    """The medicine of the pharmacy's list, by name and strength, and by form where two share these.

    :raises FieldsRefused: for one that is not on the list.
    """
    rows = [
        one for one in Medicine.objects.all() if text.casefold() in (str(one).casefold(), full_name(one).casefold())
    ]
    if len(rows) != 1:
        told = "It comes in more than one form." if rows else "It is not on our list."
        raise FieldsRefused(("medicine", text, told, "Send a name of GET /directory, whole."))
    return rows[0]


def full_name(medicine: Medicine) -> str:
    """Name, strength and form: what tells two medicines apart."""
    return f"{medicine}, {medicine.form}"


def enquiry_line(row: Enquiry) -> dict[str, Any]:
    """One enquiry; it comes with what it names."""
    return {
        "reference": row.reference,
        "state": row.state,
        "asked_by": row.asked_by,
        "country": row.country,
        "product": row.product,
        "medicine": full_name(row.medicine) if row.medicine else None,
        "indication": row.indication,
        "urgency": row.urgency,
        "question": row.question,
        "received_at": row.received_at,
        "acknowledge_by": row.acknowledge_by,
        "pathway": row.profile_version.profile_key if row.profile_version else None,
        "pathway_version": row.profile_version.version if row.profile_version else None,
        "outcome": row.outcome,
        "outcome_in_words": OUTCOMES.get(row.outcome, ""),
        "answer": row.answer,
        "answered_by": row.answered_by.display_name if row.answered_by else None,
        "answered_at": row.answered_at,
        "case": row.case.reference if row.state == Enquiry.State.BECAME_CASE else None,
        "decline": _decline_line(row),
    }


def _decline_line(row: Enquiry) -> dict[str, Any] | None:
    told = getattr(row, "told_decline", None)
    if told is None:
        return None
    plain = EnquiryDeclineLine.model_fields.keys() - {"told_by"}
    return {name: getattr(told, name) for name in plain} | {"told_by": told.told_by.display_name}


def _rows(person: User) -> Any:
    return Enquiry.objects.filter(pharmacy=person.pharmacy).select_related(
        "pharmacy", "medicine", "profile_version", "answered_by", "case", "told_decline__told_by"
    )


def enquiry_found(person: User, reference: str) -> Enquiry:
    """The enquiry of the person's pharmacy by its reference.

    :raises Http404: for strangers' and none.
    """
    row: Enquiry | None = _rows(person).filter(reference=reference).first()
    if row is None:
        raise Http404("There is no such enquiry.")
    return row
