"""Dated lists, read: which edition stood on a day, its entries and where it comes from."""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from cases import clock
from cases.api.auth import only
from cases.api.shapes import Day, kept
from cases.people.roles import READ_WHOLE
from regulatory.api.profiles import WHO
from regulatory.lists.models import ListEdition, ListPlace
from regulatory.lists.services import edition_on, lists_of
from regulatory.profiles.words import list_title

router = Router(tags=["Pathways"])
Edition = Annotated[str, *kept(40)]


class EditionLine(Schema):
    """One edition as the authority published it; it counts once it is confirmed."""

    edition: str = Field(examples=["2026 No. 1"])
    state: str = Field(description="entered, confirmed or withdrawn")
    from_on: date
    until_on: date | None = Field(description="null while it stands")
    source: str
    entered_by: str
    entered_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None


class ListLine(Schema):
    """One list that pathways read."""

    name: str = Field(examples=["nz_pharmac_alternative"])
    title: str
    pathways: list[str]
    standing: str | None = Field(description="the edition that stands today; null: not known")
    editions: list[EditionLine] = Field(description="newest first")


class EntryLine(Schema):
    key: str
    words: str


class PlaceLine(Schema):
    """Under which entry a medicine of ours stands, as a named pharmacist read it."""

    medicine: str
    key: str
    reading: str
    set_by: str
    set_at: datetime


class EditionDetail(EditionLine):
    name: str
    title: str
    entries: list[EntryLine]
    medicines: list[PlaceLine]


@router.get("/lists", response=list[ListLine], summary="Dated lists")
def list_lists(request: HttpRequest) -> list[dict[str, Any]]:
    """Every list that a pathway reads, with its editions."""
    only(request, READ_WHOLE, WHO)
    today = clock.now().date()
    rows = list(ListEdition.objects.defer("entries").select_related("entered_by", "confirmed_by"))
    return [
        {
            "name": name,
            "title": list_title(name),
            "pathways": list(pathways),
            "standing": standing.edition if (standing := edition_on(own, today)) else None,
            "editions": [_edition_line(row) for row in own],
        }
        for name, pathways in lists_of().items()
        for own in [[row for row in rows if row.name == name]]
    ]


@router.get("/lists/{name}", response=EditionDetail, summary="One edition of a dated list with its entries")
def read_list(
    request: HttpRequest,
    name: str,
    on: Day | None = Query(None, description="the day it stood; today when left out"),
    edition: Edition = Query("", description="that edition, whatever its state; goes before the day"),
) -> dict[str, Any]:
    """The confirmed edition that stood on that day, or the one that is named."""
    only(request, READ_WHOLE, WHO)
    if name not in lists_of():
        raise Http404("No pathway reads such a list. GET /lists names all.")
    rows = list(ListEdition.objects.filter(name=name).select_related("entered_by", "confirmed_by"))
    if edition:
        row = next((row for row in rows if row.edition == edition), None)
    else:
        row = edition_on(rows, on or clock.now().date())
    if row is None:
        raise Http404("There is no such edition, or no confirmed one stood on that day: for a gate that is not known.")
    places = ListPlace.objects.filter(name=name).select_related("medicine", "set_by").order_by("medicine")
    return _edition_line(row) | {
        "name": name,
        "title": list_title(name),
        "entries": row.entries,
        "medicines": [
            {
                "medicine": str(place.medicine),
                "key": place.key,
                "reading": place.reading,
                "set_by": place.set_by.display_name,
                "set_at": place.set_at,
            }
            for place in places
        ],
    }


def _edition_line(row: ListEdition) -> dict[str, Any]:
    return {
        "edition": row.edition,
        "state": row.state,
        "from_on": row.from_on,
        "until_on": row.until_on,
        "source": row.source,
        "entered_by": row.entered_by.display_name,
        "entered_at": row.entered_at,
        "confirmed_by": row.confirmed_by.display_name if row.confirmed_by else None,
        "confirmed_at": row.confirmed_at,
    }
