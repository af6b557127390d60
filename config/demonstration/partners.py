"""The demonstration's partners, their credentials and the checks of them, all through the services."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

from PIL import Image, ImageDraw

from cases.custody.models import Partner
from cases.custody.partners.holdings import local_day
from cases.custody.partners.services import enter_credential, enter_partner, record_check
from cases.people.models import Institution, Pharmacy, User
from config.demonstration.cast import PLACES


@dataclass(frozen=True, slots=True)
class Shown:
    """A credential of a firm.

    :param ends_in: days from today until it ends; ``None``: no end is stated.
    :param every: days between two looks at its source, the last one the day before yesterday; 0 where it was looked up
        once, when it was entered; ``None`` where nobody has looked it up.
    """

    kind: str
    number: str
    ends_in: int | None
    every: int | None


@dataclass(frozen=True, slots=True)
class Firm:
    """One invented partner."""

    name: str
    kind: str
    country: str
    shows: tuple[Shown, ...]


SUPPLIER, CARRIER = "Calder Wholesale", "Meridian Cold Freight"
# Where something was ordered for, or soon may be; the others are entered when it comes to that.
SUPPLIED = frozenset({"gb", "au", "ca", "hk", "il", "sa", "ae", "mx", "tr"})
FIRMS = (
    Firm(
        SUPPLIER,
        "wholesaler",
        "US",
        (
            # These two count for a month after each look (partner rules PR-01 and PR-02).
            Shown("state_wholesale_licence", "INV-W-1", 700, 28),
            Shown("fda_annual_report", "INV-WDD-1", None, 28),
            Shown("electronic_exchange", "INV-X-1", None, 0),
        ),
    ),
    Firm(
        CARRIER,
        "carrier",
        "US",
        (
            Shown("carrier_qualification", "INV-C-1", 700, 0),
            Shown("temperature_qualification", "INV-CT-1", 700, 0),
        ),
    ),
    # Its licence ends in twelve days. Nothing was bought from it yet, so that it was not looked up in between.
    Firm(
        "Northfield Specialty Wholesale",
        "wholesaler",
        "US",
        (
            Shown("state_wholesale_licence", "INV-W-2", 12, 200),
            Shown("fda_annual_report", "INV-WDD-2", None, 200),
            Shown("electronic_exchange", "INV-X-2", None, 0),
        ),
    ),
    # Nobody has looked it up yet.
    Firm(
        "Larkspur Air Express",
        "carrier",
        "US",
        (
            Shown("carrier_qualification", "INV-C-2", 500, None),
            Shown("temperature_qualification", "INV-CT-2", 500, None),
        ),
    ),
    *(
        Firm(place.name, "institution", place.country, (Shown("pharmacy_licence", f"INV-H-{number}", 800, 0),))
        for number, place in enumerate(PLACES, start=1)
        if place.key in SUPPLIED
    ),
)


def enter_firm(firm: Firm, *, by: User, then: datetime, now: datetime) -> Partner:
    """Put a firm on file at the demonstration pharmacy since ``then``, each credential looked up until ``now``.

    :param then: some weeks before the oldest story, so that whatever it buys was looked up before.
    """
    place = Institution.objects.get(name=firm.name, country=firm.country) if firm.kind == "institution" else None
    pharmacy = Pharmacy.objects.get(is_demonstration=True)
    partner = enter_partner(
        pharmacy=pharmacy, name=firm.name, kind=firm.kind, country=firm.country, institution=place, by=by, now=then
    )
    picture = _picture(firm.name)
    for shown in firm.shows:
        ends = local_day(partner, now) + timedelta(days=shown.ends_in) if shown.ends_in is not None else None
        credential = enter_credential(
            partner, kind=shown.kind, number=shown.number, authority="Invented authority", valid_until=ends, by=by,
            now=then,
        )  # fmt: skip
        for at in _looks(shown, then, now):
            record_check(
                credential, source="Invented public register", result="confirmed", checked_at=at, content=picture,
                by=by, now=at,
            )  # fmt: skip
    return partner


def _looks(shown: Shown, then: datetime, now: datetime) -> list[datetime]:
    if not shown.every:
        return [] if shown.every is None else [then]
    last = now - timedelta(days=2)
    every = timedelta(days=shown.every)
    return [*(at for nth in range(400) if (at := then + nth * every) < last), last]


def _picture(name: str) -> bytes:
    """What an invented register showed, as a picture."""
    sheet = Image.new("RGB", (480, 120), "white")
    ImageDraw.Draw(sheet).text((16, 40), f"Invented register entry: {name}. For demonstration only.", fill="black")
    made = io.BytesIO()
    sheet.save(made, "PNG")
    return made.getvalue()
