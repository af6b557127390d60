"""Pathways as governed data: every fact with its sources, its confidence and who reviewed it."""

from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from cases import clock
from cases.api.auth import only
from cases.api.shapes import Country, Label
from cases.countries import name_of
from cases.people.roles import READ_WHOLE
from regulatory.models import ProfileVersion
from regulatory.pathway import in_use, profile_of
from regulatory.profiles.loader import load

router = Router(tags=["Pathways"])
WHO = "Pathways are kept by the pharmacy."


class ProfileLine(Schema):
    """One version of one pathway."""

    key: str = Field(examples=["UK-SPECIALS"])
    version: str
    name: str
    country: str = Field(examples=["GB"])
    country_name: str
    control_model: str
    review_state: str = Field(description="draft_unreviewed, reviewed, active or retired")
    is_signed: bool = Field(description="Whether a live case may rest on it.")
    is_stale: bool = Field(description="Never reviewed, or its review date has come or was never set.")
    is_demonstration: bool
    effective_from: date | None
    effective_to: date | None
    reviewed_on: date | None
    next_review_due: date | None
    sha256: str = Field(description="Over the data; what a signature covers.")


class SourceLine(Schema):
    code: str
    title: str
    address: str


class FactLine(Schema):
    """One statement with its provenance."""

    id: str = Field(examples=["UK-SPECIALS.gates.may_import"])
    section: str = Field(examples=["gates"])
    basis: str = Field(description="sourced or recalled: recalled means that no page was found")
    confidence: str = Field(description="high, medium or low")
    sources: list[SourceLine]
    note: str
    says: dict[str, Any] = Field(description="The fact itself, as the pathway's data have it.")


class ProfileDetail(ProfileLine):
    scope: str
    direction: str
    reviewed_by: str | None
    signed_by: str | None
    signed_at: datetime | None
    copied_from: str | None = Field(description="The version whose data a demonstration copy carries.")
    versions: list[str] = Field(description="Every version of this pathway, oldest first.")
    unknown: list[str] = Field(description="What is not known and has to be asked of the authority.")
    facts: list[FactLine]


@router.get("/profiles", response=list[ProfileLine], summary="Pathways")
def list_profiles(
    request: HttpRequest,
    country: Country | None = Query(None, description="two letters"),
    review_state: ProfileVersion.Status | None = Query(None),
    signed: bool | None = Query(None, description="true: only those that a live case may rest on"),
) -> list[dict[str, Any]]:
    """Every version of every pathway, by key. A draft says so: nobody has reviewed it."""
    only(request, READ_WHOLE, WHO)
    rows = ProfileVersion.objects.defer("data").order_by("profile_key", "id")
    if country:
        rows = rows.filter(jurisdiction=country.upper())
    if review_state:
        rows = rows.filter(status=review_state)
    today = clock.now().date()
    return [_profile_line(row, today) for row in rows if signed is None or row.is_signed == signed]


@router.get("/profiles/{key}", response=ProfileDetail, summary="One pathway with all its facts")
def read_profile(
    request: HttpRequest,
    key: str,
    version: Label = Query("", description="the one in use when left out, else the newest"),
) -> dict[str, Any]:
    """Each fact with basis, sources and confidence."""
    only(request, READ_WHOLE, WHO)
    row = version_named(key, version)
    profile = profile_of(row)
    there = ProfileVersion.objects.filter(profile_key=row.profile_key).order_by("id")
    return _profile_line(row, clock.now().date()) | {
        "scope": profile.scope,
        "direction": profile.direction,
        "reviewed_by": row.reviewed_by.display_name if row.reviewed_by else None,
        "signed_by": row.signed_by.display_name if row.signed_by else None,
        "signed_at": row.signed_at,
        "copied_from": row.copied_from.version if row.copied_from else None,
        "versions": list(there.values_list("version", flat=True)),
        "unknown": list(profile.unknown),
        "facts": [
            {
                "id": fact.id,
                "section": fact.path.strip("/").partition("/")[0],
                "basis": fact.basis,
                "confidence": fact.confidence,
                "sources": [_source(code) for code in fact.sources],
                "note": fact.note,
                "says": {name: value for name, value in fact.raw.items() if name not in _PROVENANCE},
            }
            for fact in profile.facts.values()
        ],
    }


def version_named(key: str, version: str) -> ProfileVersion:
    """That version of the pathway, the one in use when none is named.

    :raises Http404: when there is none.
    """
    rows = ProfileVersion.objects.filter(profile_key=key.upper()).select_related(
        "reviewed_by", "signed_by", "copied_from"
    )
    found = [row for row in rows if not version or row.version == version]
    if not found:
        raise Http404("There is no such pathway, or no such version of it. GET /profiles lists all.")
    return in_use(found)


_PROVENANCE = frozenset({"id", "basis", "confidence", "source", "note"})


def _source(code: str) -> dict[str, str]:
    known = load().sources.get(code, {})
    return {"code": code, "title": str(known.get("title", "")), "address": str(known.get("address", ""))}


def _profile_line(row: ProfileVersion, today: date) -> dict[str, Any]:
    return {
        "key": row.profile_key,
        "version": row.version,
        "name": row.name,
        "country": row.jurisdiction,
        "country_name": name_of(row.jurisdiction),
        "control_model": row.control_model,
        "review_state": row.status,
        "is_signed": row.is_signed,
        "is_stale": row.is_stale_on(today),
        "is_demonstration": row.is_demonstration,
        "effective_from": row.effective_from,
        "effective_to": row.effective_to,
        "reviewed_on": row.reviewed_on,
        "next_review_due": row.next_review_due,
        "sha256": row.data_sha256,
    }
