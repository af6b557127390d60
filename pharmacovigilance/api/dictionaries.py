"""The pharmacy's dictionaries: importing its own files, how far an import is, looking a term up, and removing one.

The same services and the same worker as the page. An event is coded by the verb ``pharmacovigilance.event.code``.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import File, Form, Path, Query, Router, Schema, Status, UploadedFile
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Line, Sent, Text
from cases.lifecycle.errors import FactsInvalid
from cases.people.models import User
from cases.people.roles import READ_WHOLE
from pharmacovigilance.coding.files import LLT, MOST_BYTES, PT
from pharmacovigilance.coding.importing import KEEPERS, order_import, remove_dictionary
from pharmacovigilance.coding.services import look_up
from pharmacovigilance.models import CodingDictionary
from pharmacovigilance.refusing import Fault, ListRefused

router = Router(tags=["Safety"])
WHO = "Safety records are read by the pharmacy and its auditors."
WHO_KEEPS = "Dictionaries are kept by the pharmacy."
MOST_TERMS = 50
Number = Annotated[int, Path(ge=1, le=2_000_000_000)]
DictionaryKind = Literal["meddra", "edqm_form", "edqm_route"]


class DictionaryLine(Schema):
    """A version of a dictionary that this pharmacy holds, or whose terms are being kept."""

    number: int
    kind: str
    version: str
    terms: int
    kept: int = Field(description="terms that the worker has kept so far")
    is_whole: bool = Field(description="every term is kept: events can be coded with it")
    sha256: str = Field(description="of the files, one after the other")
    confirmed_by: str
    confirmed_at: datetime


class DictionaryIn(Sent):
    """What is said of a licensee's own files."""

    kind: DictionaryKind = Field(description=f"of MedDRA `terms` is {LLT} and `preferred` is {PT}")
    version: Annotated[str, Field(min_length=1, max_length=8)] = Field(examples=["29.0"])
    licensee_confirms: bool = Field(
        description="The pharmacy has its own licence for this dictionary, and these are its own files."
    )


class TermLine(Schema):
    """A term of the pharmacy's own copy, for this pharmacy alone."""

    code: str
    words: str
    is_current: bool
    parent_code: str
    parent_words: str


class RemovedIn(Sent):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "The licence has ended."}]})
    reason: Text


class RemovedLine(Schema):
    number: int
    removed_at: datetime


@router.get("/safety/dictionaries", response=list[DictionaryLine], summary="Dictionaries that the pharmacy holds")
def list_dictionaries(request: HttpRequest) -> list[dict[str, Any]]:
    """Imported by the pharmacy itself; this system brings none. Those whose terms are being kept stand last."""
    person = only(request, READ_WHOLE, WHO)
    return [_dictionary(row) for row in _dictionaries(person)]


@router.post("/safety/dictionaries", response={201: DictionaryLine}, summary="Import a dictionary")
def import_dictionary(
    request: HttpRequest,
    body: Form[DictionaryIn],
    terms: File[UploadedFile],
    preferred: File[UploadedFile | None] = None,
) -> Status[dict[str, Any]]:
    """The files are read whole, or refused with every fault; a worker keeps their terms. Read it again to see how far.

    A list of EDQM terms is one CSV with the headings code and term; MedDRA needs its preferred terms as well.
    """
    person = only(request, KEEPERS, WHO_KEEPS)
    if (body.kind == "meddra") != (preferred is not None):
        told = f"MedDRA needs {PT} as well." if preferred is None else "Only MedDRA has a file of preferred terms."
        raise FieldsRefused(("preferred", None, told, "Send both files of one version, or one list."))
    files = [one.read(MOST_BYTES + 1) for one in (terms, preferred) if one is not None]
    try:
        made = order_import(
            body.kind, files, version=body.version, licensee_confirms=body.licensee_confirms, by=person,
            now=clock.now(),
        )  # fmt: skip
    except FactsInvalid as refusal:
        sent = body.model_dump()
        raise FieldsRefused(
            *(
                (name, str(sent.get(name)), " ".join(said), "Send another value.")
                for name, said in refusal.errors.items()
            )
        ) from refusal
    except ListRefused as refusal:
        raise FieldsRefused(*((_place(one), one.value, one.problem, one.remedy) for one in refusal.faults)) from refusal
    return Status(201, _dictionary(made))


@router.get("/safety/dictionaries/{number}", response=DictionaryLine, summary="One dictionary, and how far it is kept")
def read_dictionary(request: HttpRequest, number: Number) -> dict[str, Any]:
    """One that is held or being kept; one that was removed is not found."""
    return _dictionary(_held(only(request, READ_WHOLE, WHO), number))


@router.get("/safety/dictionaries/{number}/terms", response=list[TermLine], summary="Look a term up")
def look_up_terms(request: HttpRequest, number: Number, words: Line = Query(..., min_length=1)) -> list[dict[str, Any]]:
    """By all of these words, or by code; current ones first, at most 50."""
    row = _held(only(request, READ_WHOLE, WHO), number)
    if not row.is_whole:
        raise Http404("Its terms are being kept; nothing can be looked up yet.")
    names = ("code", "words", "is_current", "parent_code", "parent_words")
    return list(look_up(row, words).values(*names)[:MOST_TERMS])


@router.post("/safety/dictionaries/{number}/removal", response=RemovedLine, summary="Remove a dictionary")
def remove_held_dictionary(request: HttpRequest, number: Number, body: RemovedIn) -> dict[str, Any]:
    """Final, also while its terms are being kept. One that something is coded with is refused, naming what."""
    person = only(request, KEEPERS, WHO_KEEPS)
    now = clock.now()
    remove_dictionary(_held(person, number), reason=body.reason, by=person, now=now)
    return {"number": number, "removed_at": now}


_FILES = {LLT: "terms", PT: "preferred"}


def _place(fault: Fault) -> str:
    """The file as it was sent, and its line, counted from 1."""
    name = _FILES.get(fault.column, "terms")
    column = [] if fault.column in _FILES or not fault.column else [fault.column]
    return ".".join([name, *([str(fault.line)] if fault.line else []), *column])


def _dictionaries(person: User) -> list[CodingDictionary]:
    rows = CodingDictionary.objects.filter(pharmacy=person.pharmacy_id, removed_at__isnull=True)
    order = ("-is_whole", "kind", "confirmed_at", "pk")
    return list(rows.select_related("confirmed_by", "pharmacy").order_by(*order)) if person.pharmacy_id else []


def _held(person: User, number: int) -> CodingDictionary:
    row = next((row for row in _dictionaries(person) if row.pk == number), None)
    if row is None:
        raise Http404("There is no such dictionary.")
    return row


def _dictionary(row: CodingDictionary) -> dict[str, Any]:
    return {
        "number": row.pk, "kind": row.kind, "version": row.version, "terms": row.size, "kept": row.kept,
        "is_whole": row.is_whole, "sha256": row.sha256,
        "confirmed_by": row.confirmed_by.code, "confirmed_at": row.confirmed_at,
    }  # fmt: skip
