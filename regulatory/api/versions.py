"""Versions of pathways over the API: files, drafts, differences, impact, publishing; the same services as the pages."""

import json
from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Day, FormKey, Label, Line, Sent, kept, one_of
from cases.documents.services import Proof
from cases.people.roles import READ_WHOLE, STAFF, Role
from regulatory.drafts import change_fact, draft_from, import_profile, print_of, sections, withdraw_draft
from regulatory.governance import review_profile
from regulatory.impact.harm import CHOICES, HARMS
from regulatory.models import ProfileEdit, ProfileVersion, Publication
from regulatory.pathway import profile_of
from regulatory.profiles.difference import difference
from regulatory.profiles.schema import Problem, ProfileDataError
from regulatory.progress import progress_of
from regulatory.publishing import AT_ONCE, Plan, carry_out, impact_on, order_publication

router = Router(tags=["Pathways"])
_WHO = "Pathways are kept by the pharmacy."
PIC_ONLY = frozenset({Role.PHARMACIST_IN_CHARGE})
Choice = Annotated[str, *one_of(CHOICES)]
Reason = Annotated[str, *kept(2000)]
_DRAFT: dict[str, Any] = {"version": "1.0.0", "number": "1.1.0", "reason": "MHRA wrote on 20 Nov."}
_FILE: dict[str, Any] = {"profile": {"profile_key": "UK-SPECIALS", "profile_version": "1.1.0"}}
_REVIEW: dict[str, Any] = {"reviewed_on": "2026-11-24", "next_review_due": "2027-05-01"}
_ORDER: dict[str, Any] = {
    "effective_from": "2026-12-04",
    "kinds": {"shipment": "hold", "later": "nothing"},
    "printed_name": "H. Lindqvist",
    "password": "typed, never stored",
}
_FACT: dict[str, Any] = {
    "section": "notes",
    "fact": "",
    "says": {"value": "Write first.", "basis": "recalled", "source": [], "confidence": "low"},
    "reason": "Known.",
}


class ProfileVersionLine(Schema):
    """One version: when it holds in law, and when it was checked."""

    key: str = Field(examples=["UK-SPECIALS"])
    version: str
    state: str = Field(description="draft_unreviewed, reviewed, active or retired")
    is_withdrawn: bool
    is_editable: bool
    is_demonstration: bool
    origin: str = Field(description="product, copied, drafted or imported")
    based_on: str | None
    made_by: str | None
    effective_from: date | None
    effective_to: date | None
    reviewed_on: date | None
    reviewed_by: str | None
    next_review_due: date | None
    signed_by: str | None
    signed_at: datetime | None
    sha256: str


class ImportedLine(ProfileVersionLine):
    is_new: bool = Field(description="False where these data were here already: nothing was imported.")
    remarks: list[str] = Field(description="What the file claims of itself and no file can bring.")


class EditedLine(Schema):
    """One change of a draft."""

    number: int
    section: str
    fact: str
    before: Any | None
    after: Any | None
    reason: str
    changed_by: str
    changed_at: datetime


class OrderLine(Schema):
    """A signed order to publish, and what became of it."""

    version: str
    former: str | None
    state: str = Field(description="ordered, done or refused")
    effective_from: date
    expected: int
    done: int | None = Field(description="How many cases have theirs while it is carried out; null otherwise.")
    signed_by: str
    signed_at: datetime
    remark: str
    lines: int


class ProfileIn(Sent):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_FILE]})
    profile: dict[str, Any] = Field(max_length=60, description="The data of a pathway, as its file has them.")


class DraftIn(Sent):
    """A draft with the data of a version."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DRAFT]})
    version: Label = Field(description="The version that it begins with.")
    number: Label = Field(description="The number of the new one, three parts.")
    reason: Reason


class FactIn(Sent):
    """One fact as it shall stand; ``says`` null takes it out, an empty ``fact`` adds one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_FACT]})
    section: Annotated[str, *one_of(sections())]
    fact: Annotated[str, *kept(80)] = ""
    says: dict[str, Any] | None = Field(max_length=40)
    seen: Annotated[str, *kept(16)] = Field("", description="`seen` of the fact that you read, from GET …/facts.")
    reason: Reason


class WithdrawIn(Sent):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "MHRA took it back."}]})
    reason: Reason


class ReviewIn(Sent):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_REVIEW]})
    reviewed_on: Day
    next_review_due: Day


class PublishIn(Sent):
    """The pharmacist in charge signs with name, password and one-time code."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_ORDER]})
    effective_from: Day
    kinds: dict[str, Choice] = Field(
        default_factory=dict, max_length=40, description="By kind of harm: " + ", ".join(HARMS) + "."
    )
    lines: dict[str, Choice] = Field(
        default_factory=dict, max_length=20_000, description="By line, as case:NP-…, where it differs from its kind."
    )
    reason: Reason = Field("", description="Why a line with harm gets nothing.")
    printed_name: Line
    password: Annotated[str, *kept(200)]
    code: Annotated[str, *kept(20)] = ""
    form_key: FormKey | None = Field(None, description="The same key again gives the order that is there.")


class FactSeen(Schema):
    section: str
    fact: str
    seen: str
    says: dict[str, Any]


@router.post("/profiles/import", response={201: ImportedLine, 200: ImportedLine}, summary="Import a pathway as a draft")
def import_profile_file(request: HttpRequest, body: ProfileIn) -> Status[dict[str, Any]]:
    """Never a version in use, whatever the data say of themselves. Data that are here already answer 200."""
    person = only(request, STAFF, _WHO)
    try:
        content = json.dumps(body.profile).encode()
        done = import_profile(content, by=person, now=clock.now())
    except ProfileDataError as wrong:
        raise _fields(wrong, "profile") from wrong
    told = _line(done.version) | {"is_new": done.is_new, "remarks": list(done.remarks)}
    return Status(201 if done.is_new else 200, told)


@router.get("/profiles/{key}/file", response=dict[str, Any], summary="A pathway as one file")
def read_profile_file(
    request: HttpRequest, key: str, version: Label = Query("", description="the one in use when left out")
) -> dict[str, Any]:
    """The data that a signature covers, and nothing else; what `POST /profiles/import` takes."""
    only(request, READ_WHOLE, _WHO)
    rows = list(ProfileVersion.objects.filter(profile_key=key.upper()).order_by("id"))
    if version:
        found = [row for row in rows if row.version == version]
    else:
        found = [row for row in rows if row.status == ProfileVersion.Status.ACTIVE] or rows[-1:]
    if not found:
        raise Http404("There is no such pathway, or no such version of it. GET /profiles lists all.")
    data: dict[str, Any] = found[-1].data
    return data


@router.get("/profiles/{key}/versions", response=list[ProfileVersionLine], summary="Versions of a pathway")
def list_versions(request: HttpRequest, key: str) -> list[dict[str, Any]]:
    """Oldest first, with both axes of time."""
    only(request, READ_WHOLE, _WHO)
    rows = ProfileVersion.objects.filter(profile_key=key.upper()).defer("data").order_by("id")
    return [_line(row) for row in rows.select_related("reviewed_by", "signed_by", "made_by", "based_on")]


@router.get("/profiles/{key}/difference", response=dict[str, Any], summary="What differs between two versions")
def read_difference(request: HttpRequest, key: str, before: Label, after: Label) -> dict[str, Any]:
    """Fact by fact, with each field before and after; `of_law` is false where only the knowledge of it changed."""
    only(request, READ_WHOLE, _WHO)
    return difference(profile_of(_version(key, before)), profile_of(_version(key, after))).to_json()


@router.post("/profiles/{key}/drafts", response={201: ProfileVersionLine}, summary="Draft the next version")
def make_draft(request: HttpRequest, key: str, body: DraftIn) -> Status[dict[str, Any]]:
    """With the data of a version; the same number again gives the draft that is there."""
    person = only(request, STAFF, _WHO)
    version = _version(key, body.version)
    try:
        made = draft_from(version, number=body.number, reason=body.reason, by=person, now=clock.now())
    except ProfileDataError as wrong:
        raise _fields(wrong, "", {"/profile_version": "number"}) from wrong
    return Status(201, _line(made))


@router.get("/profiles/{key}/versions/{number}/facts", response=list[FactSeen], summary="Facts of a version, to edit")
def list_facts(request: HttpRequest, key: str, number: str) -> list[dict[str, Any]]:
    """Each with its `seen`: sent back with a change, it tells you of what somebody else changed meanwhile."""
    only(request, READ_WHOLE, _WHO)
    version = _version(key, number)
    return [
        {"section": section, "fact": fact["id"], "seen": print_of(fact), "says": fact}
        for section in sections()
        for fact in version.data.get(section) or []
    ]


@router.post("/profiles/{key}/versions/{number}/facts", response=EditedLine | None, summary="Change a fact of a draft")
def change_draft_fact(request: HttpRequest, key: str, number: str, body: FactIn) -> dict[str, Any] | None:
    """The change that was made; null where it says exactly that already."""
    person = only(request, STAFF, _WHO)
    version = _version(key, number)
    try:
        made = change_fact(
            version,
            section=body.section,
            fact=body.fact,
            after=body.says,
            seen=body.seen,
            reason=body.reason,
            by=person,
            now=clock.now(),
        )
    except ProfileDataError as wrong:
        raise _fields(wrong, "says") from wrong
    return _edit(made) if made else None


@router.get("/profiles/{key}/versions/{number}/edits", response=list[EditedLine], summary="What was changed in a draft")
def list_edits(request: HttpRequest, key: str, number: str) -> list[dict[str, Any]]:
    """Newest first: what, by whom, when and why."""
    only(request, READ_WHOLE, _WHO)
    return [_edit(edit) for edit in _version(key, number).edits.select_related("changed_by").order_by("-number")]


@router.post("/profiles/{key}/versions/{number}/withdraw", response=ProfileVersionLine, summary="Withdraw a draft")
def withdraw_profile(request: HttpRequest, key: str, number: str, body: WithdrawIn) -> dict[str, Any]:
    """Final; it stays readable and no case can rest on it."""
    person = only(request, STAFF, _WHO)
    return _line(withdraw_draft(_version(key, number), reason=body.reason, by=person, now=clock.now()))


@router.post("/profiles/{key}/versions/{number}/review", response=ProfileVersionLine, summary="Record a review")
def review_version(request: HttpRequest, key: str, number: str, body: ReviewIn) -> dict[str, Any]:
    """Your name stands on it: you checked every fact against its source. It is never changed again."""
    person = only(request, STAFF, _WHO)
    days = {"reviewed_on": body.reviewed_on, "next_review_due": body.next_review_due}
    return _line(review_profile(_version(key, number), **days, by=person, now=clock.now()))


@router.get("/profiles/{key}/versions/{number}/impact", response=dict[str, Any], summary="Whom a version touches")
def read_impact(request: HttpRequest, key: str, number: str) -> dict[str, Any]:
    """Every open case and enquiry in order of harm, with what would change for each; nothing is published."""
    person = only(request, READ_WHOLE, _WHO)
    return impact_on(_version(key, number), of=person, now=clock.now()).to_json()


@router.post(
    "/profiles/{key}/versions/{number}/publications",
    response={201: OrderLine},
    summary="Publish a version",
)
def publish_version(request: HttpRequest, key: str, number: str, body: PublishIn) -> Status[dict[str, Any]]:
    """Signed by the pharmacist in charge; a short list is carried out at once, a long one by the worker."""
    person = only(request, PIC_ONLY, "A version is published by the pharmacist in charge.")
    now = clock.now()
    order = order_publication(
        _version(key, number),
        effective_from=body.effective_from,
        plan=Plan(kinds=body.kinds, lines=body.lines, reason=body.reason),
        printed_name=body.printed_name,
        proof=Proof(body.password, body.code),
        by=person,
        now=now,
        form_key=body.form_key,
    )
    if order.expected <= AT_ONCE and order.state == Publication.State.ORDERED:
        order = carry_out(order, now=now)
    return Status(201, _order(order))


@router.get(
    "/profiles/{key}/versions/{number}/publications",
    response=list[OrderLine],
    summary="Orders to publish it",
)
def list_publications(request: HttpRequest, key: str, number: str) -> list[dict[str, Any]]:
    """Each with how far it is."""
    only(request, READ_WHOLE, _WHO)
    rows = _version(key, number).publications.select_related("version", "former", "signed_by")
    return [_order(row) for row in rows]


def _version(key: str, number: str) -> ProfileVersion:
    found = ProfileVersion.objects.filter(profile_key=key.upper(), version=number)
    row = found.select_related("reviewed_by", "signed_by", "made_by", "based_on").first()
    if row is None:
        raise Http404("There is no such version. GET /profiles lists all.")
    return row


def _fields(wrong: ProfileDataError, inside: str, names: dict[str, str] | None = None) -> FieldsRefused:
    def named(problem: Problem) -> str:
        known = (names or {}).get(problem.path)
        return known or ".".join(part for part in (inside, *problem.path.strip("/").split("/")) if part)

    return FieldsRefused(
        *((named(one), one.value, f"{one.message}.", f"{one.remedy}.") for one in wrong.problems),
    )


def _line(row: ProfileVersion) -> dict[str, Any]:
    return {
        "key": row.profile_key,
        "version": row.version,
        "state": row.status,
        "is_withdrawn": row.is_withdrawn,
        "is_editable": row.is_editable,
        "is_demonstration": row.is_demonstration,
        "origin": row.origin,
        "based_on": row.based_on.version if row.based_on else None,
        "made_by": row.made_by.display_name if row.made_by else None,
        "effective_from": row.effective_from,
        "effective_to": row.effective_to,
        "reviewed_on": row.reviewed_on,
        "reviewed_by": row.reviewed_by.display_name if row.reviewed_by else None,
        "next_review_due": row.next_review_due,
        "signed_by": row.signed_by.display_name if row.signed_by else None,
        "signed_at": row.signed_at,
        "sha256": row.data_sha256,
    }


def _edit(edit: ProfileEdit) -> dict[str, Any]:
    return {
        "number": edit.number,
        "section": edit.section,
        "fact": edit.fact,
        "before": edit.before,
        "after": edit.after,
        "reason": edit.reason,
        "changed_by": edit.changed_by.display_name,
        "changed_at": edit.changed_at,
    }


def _order(order: Publication) -> dict[str, Any]:
    progress = progress_of(order) if order.state == Publication.State.ORDERED else None
    return {
        "version": order.version.version,
        "former": order.former.version if order.former else None,
        "state": order.state,
        "effective_from": order.effective_from,
        "expected": order.expected,
        "done": progress[0] if progress else None,
        "signed_by": order.printed_name,
        "signed_at": order.signed_at,
        "remark": order.remark,
        "lines": order.lines.count(),
    }
