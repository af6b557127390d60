"""Trading partners: how each stands, its credentials and checks, entering them; the same services as the pages."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from django.http import Http404, HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import AwareDatetime, ConfigDict, Field

from cases import clock
from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Country, Day, Label, Line, Sent, kept, one_of
from cases.custody.models import CredentialCheck, Partner, PartnerCredential
from cases.custody.partners.holdings import OnFile, local_day, on_file
from cases.custody.partners.rules import table
from cases.custody.partners.services import KEEPERS, end_credential, enter_credential, enter_partner, record_check
from cases.custody.partners.standing import Standing, acts_next, listed, partners_read_by, standing_of, waiting_for
from cases.custody.partners.watch import dates_of
from cases.documents.receiving import refuse_too_large
from cases.lifecycle.errors import FactsInvalid
from cases.people.models import Institution, User
from cases.people.roles import READ_WHOLE

router = Router(tags=["Partners"])
WHO = "Partners are read by the pharmacy and its auditors."
WHO_KEEPS = "Partners are kept by the pharmacy."
STATES = ("missing", "unknown", "soon", "later", "counts")
Kind = Annotated[str, *one_of(Partner.Kind.values)]
Result = Annotated[str, *one_of(CredentialCheck.Result.values)]
State = Annotated[str, *one_of(STATES)]
Reason = Annotated[str, *kept(500)]
Made = TypeVar("Made")


class AskedLine(Schema):
    """One thing that the table of partner rules asks of the partner."""

    rule: str = Field(examples=["PR-01"])
    credential: str
    title: str
    of: str = Field(description="for which medicines")
    state: str = Field(description="counts, missing, unknown (not known), or later (the rule does not stand yet)")
    fact: str
    act_by: date | None = Field(description="the last day on which it still counts; null: late, or without an end")
    basis: str
    source: str
    confidence: str
    check_holds_days: int


class CredentialCheckLine(Schema):
    """One look at the source."""

    source: str
    result: str
    checked_at: datetime
    checked_by: str
    remarks: str
    evidence_sha256: str | None


class CredentialLine(Schema):
    """One credential on file; a renewal is a line of its own."""

    id: int
    kind: str
    title: str
    number: str
    authority: str
    scope: str
    valid_from: date | None
    valid_until: date | None = Field(description="null: no end is stated")
    ended_on: date | None = Field(description="the first day on which it no longer counts")
    end_reason: str
    checks: list[CredentialCheckLine] = Field(description="newest first")


class PartnerLine(Schema):
    """One partner as it stands today, for medicines that are not controlled."""

    id: int
    name: str
    kind: str
    country: str
    state: str = Field(description=", ".join(STATES))
    next: str = Field(description="what is to be done next")
    act_by: date | None


class PartnerPage(Schema):
    table_version: str
    table_status: str = Field(description="draft_unreviewed: nobody has reviewed what is asked of partners")
    partners: list[PartnerLine] = Field(description="who needs something first, first")


class PartnerDateLine(Schema):
    """The last day on which a credential, or its check, counts."""

    credential: int
    what: str = Field(description="ends, or check: to be checked again")
    due_on: date
    because: str
    owner: str | None
    settled: str = Field(description="empty while it stands; met, met_late or dropped")
    settled_at: datetime | None
    settled_because: str


class PartnerDetail(PartnerLine):
    table_version: str
    table_status: str
    institution: str | None
    acts_next: str
    asked: list[AskedLine]
    credentials: list[CredentialLine]
    dates: list[PartnerDateLine] = Field(description="those that stand first, then what became of the others")
    waiting: list[str] = Field(description="consignments that have not left and need it")


class PartnerIn(Sent):
    """A partner as it is entered."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "Northway Invented Wholesale", "kind": "wholesaler", "country": "US"}],
        },
    )
    name: Line
    kind: Kind
    country: Country
    institution: int | None = Field(None, ge=1, le=2_000_000_000, description="for a receiving institution")


class CredentialIn(Sent):
    """A credential as its paper says it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "state_wholesale_licence",
                    "number": "INV-W-7",
                    "authority": "Invented Board of Pharmacy",
                    "valid_until": "2027-12-31",
                }
            ],
        },
    )
    kind: Label = Field(examples=["state_wholesale_licence"])
    number: Line
    authority: Line
    scope: Line = ""
    valid_from: Day | None = None
    valid_until: Day | None = None


class CheckIn(Sent):
    """What the source said."""

    source: Line
    result: Result
    checked_at: AwareDatetime
    remarks: Reason = ""


class CredentialEndIn(Sent):
    """A credential that no longer counts."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"ended_on": "2026-03-02", "reason": "Replaced by another licence."}]},
    )
    ended_on: Day
    reason: Reason


@router.get("/partners", response=PartnerPage, summary="Trading partners and how each stands")
def list_partners(
    request: HttpRequest,
    q: Line = Query("", description="name, or number or authority of a credential"),
    kind: Kind | None = Query(None),
    state: State | None = Query(None),
) -> dict[str, Any]:
    """Every partner of the pharmacy, judged today by the dated table of partner rules."""
    person = only(request, READ_WHOLE, WHO)
    now = clock.now()
    partners = partners_read_by(person, now)
    first = partners.select_related("pharmacy").first()
    on = local_day(first, now) if first is not None else now.date()
    rows = listed(partners, on, q=q, kind=kind or "", state=state or "")
    return _of_table() | {"partners": [_line(row) for row in rows]}


@router.get("/partners/{partner}", response=PartnerDetail, summary="One partner")
def read_partner(request: HttpRequest, partner: int) -> dict[str, Any]:
    """What is asked of it, what it has on file, what was checked, and what waits for it."""
    return _detail(_found(only(request, READ_WHOLE, WHO), partner))


@router.post("/partners", response={201: PartnerDetail}, summary="Enter a partner")
def create_partner(request: HttpRequest, body: PartnerIn) -> Status[dict[str, Any]]:
    """Nothing can be bought from it or shipped to it until what it must show is on file and checked."""
    person = only(request, KEEPERS, WHO_KEEPS)
    institution = Institution.objects.filter(pk=body.institution).first() if body.institution else None
    if person.pharmacy is None or (body.institution and institution is None):
        raise FieldsRefused(("institution", body.institution, "There is no such place.", "Send one that is on file."))
    pharmacy, sent = person.pharmacy, body.dict() | {"institution": institution}
    made = _told(sent, lambda: enter_partner(pharmacy=pharmacy, **sent, by=person, now=clock.now()))
    return Status(201, _detail(_found(person, made.pk)))


@router.post("/partners/{partner}/credentials", response={201: PartnerDetail}, summary="Enter a credential")
def create_credential(request: HttpRequest, partner: int, body: CredentialIn) -> Status[dict[str, Any]]:
    """It counts once it was checked at its source."""
    person = only(request, KEEPERS, WHO_KEEPS)
    found, sent = _found(person, partner), body.dict()
    _told(sent, lambda: enter_credential(found, **sent, by=person, now=clock.now()))
    return Status(201, _detail(_found(person, partner)))


@router.post(
    "/partners/{partner}/credentials/{credential}/checks", response={201: PartnerDetail}, summary="Record a check"
)
def create_check(
    request: HttpRequest, partner: int, credential: int, body: Form[CheckIn], file: File[UploadedFile]
) -> Status[dict[str, Any]]:
    """Evidence and what it shows, as multipart/form-data; written once, a later check is a line of its own."""
    person = only(request, KEEPERS, WHO_KEEPS)
    found, sent = _credential(person, partner, credential), body.dict()
    refuse_too_large(file.size or 0, name="evidence")
    content = file.read()
    _told(sent, lambda: record_check(found, **sent, content=content, by=person, now=clock.now()))
    return Status(201, _detail(_found(person, partner)))


@router.post("/partners/{partner}/credentials/{credential}/end", response=PartnerDetail, summary="End a credential")
def finish_credential(request: HttpRequest, partner: int, credential: int, body: CredentialEndIn) -> dict[str, Any]:
    """It stays on record and no longer counts from that day on."""
    person = only(request, KEEPERS, WHO_KEEPS)
    found, sent = _credential(person, partner, credential), body.dict()
    _told(sent, lambda: end_credential(found, **sent, by=person, now=clock.now()))
    return _detail(_found(person, partner))


def _told(sent: dict[str, Any], do: Callable[[], Made]) -> Made:
    """Do it, or refuse it with field, value and remedy as every call does."""
    try:
        return do()
    except FactsInvalid as refusal:
        faults = [(name, sent.get(name), " ".join(lines)) for name, lines in sorted(refusal.errors.items())]
        raise FieldsRefused(
            *(
                (name, str(value) if value is not None else None, told, "Send another value.")
                for name, value, told in faults
            )
        ) from refusal


def _found(person: User, key: int) -> Partner:
    rows = partners_read_by(person, clock.now()).select_related("pharmacy", "institution")
    partner = rows.filter(pk=key).first() if key < 2**63 else None
    if partner is None:
        raise Http404("There is no such partner, or it is not one of yours. GET /partners lists them.")
    return partner


def _credential(person: User, partner: int, key: int) -> PartnerCredential:
    found = _found(person, partner).credentials.filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404("The partner has no such credential. GET /partners/{partner} lists them.")
    return found


def _of_table() -> dict[str, str]:
    return {"table_version": table().version, "table_status": table().status}


def _line(row: Standing) -> dict[str, Any]:
    return {
        "id": row.partner.pk,
        "name": row.partner.name,
        "kind": row.partner.kind,
        "country": row.partner.country,
        "state": row.state,
        "next": row.first.title if row.first else "",
        "act_by": row.act_by,
    }


def _detail(partner: Partner) -> dict[str, Any]:
    boxes = list(waiting_for(partner))
    row = standing_of(partner, local_day(partner, clock.now()))
    return {
        **_of_table(),
        **_line(row),
        "institution": str(partner.institution) if partner.institution else None,
        "acts_next": acts_next(partner, boxes),
        "asked": [
            {
                "rule": one.judged.rule.id,
                "credential": one.judged.rule.credential,
                "title": one.title,
                "of": one.of,
                "state": one.state,
                "fact": one.judged.fact,
                "act_by": one.act_by,
                "basis": one.judged.rule.basis,
                "source": one.judged.rule.source,
                "confidence": one.judged.rule.confidence,
                "check_holds_days": one.judged.rule.check_holds_days,
            }
            for one in row.asked
        ],
        "credentials": [_credential_line(file) for file in on_file(partner)],
        "dates": [
            {
                "credential": one.credential_id,
                "what": one.what,
                "due_on": one.due_on,
                "because": one.because,
                "owner": one.owner.display_name if one.owner else None,
                "settled": one.settled,
                "settled_at": one.settled_at,
                "settled_because": one.settled_because,
            }
            for one in dates_of(partner)
        ],
        "waiting": [f"{box.case.reference} {box.label}" for box in boxes],
    }


def _credential_line(file: OnFile) -> dict[str, Any]:
    row, held = file.row, file.held
    return {
        "id": row.pk,
        "kind": row.kind,
        "title": table().credentials[row.kind].title if row.kind in table().credentials else row.kind,
        "number": row.number,
        "authority": row.authority,
        "scope": row.scope,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "ended_on": held.ended_on,
        "end_reason": held.end_reason,
        "checks": [
            {
                "source": check.source,
                "result": check.result,
                "checked_at": check.checked_at,
                "checked_by": check.checked_by.display_name,
                "remarks": check.remarks,
                "evidence_sha256": check.evidence.sha256 if check.evidence else None,
            }
            for check in file.checks
        ],
    }
