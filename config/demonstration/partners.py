"""The demonstration's partners, their credentials and the checks of them, all through the services."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from PIL import Image, ImageDraw

from cases.custody.models import Partner
from cases.custody.partners.holdings import local_day
from cases.custody.partners.services import enter_credential, enter_partner, record_check
from cases.people.models import Institution, Pharmacy, User


@dataclass(frozen=True, slots=True)
class Firm:
    """One invented partner.

    :param shows: its credentials: kind, number, and days from today until each ends (``None``: no end is stated).
    :param checked_every: days between two checks; 0 for one that nobody has checked.
    """

    name: str
    kind: str
    country: str
    shows: tuple[tuple[str, str, int | None], ...]
    checked_every: int


SUPPLIER, CARRIER = "Calder Wholesale", "Meridian Cold Freight"
FIRMS = (
    Firm(
        SUPPLIER,
        "wholesaler",
        "US",
        (
            ("state_wholesale_licence", "INV-W-1", 700),
            ("fda_annual_report", "INV-WDD-1", None),
            ("electronic_exchange", "INV-X-1", None),
        ),
        25,
    ),
    Firm(
        CARRIER,
        "carrier",
        "US",
        (("carrier_qualification", "INV-C-1", 700), ("temperature_qualification", "INV-CT-1", 700)),
        200,
    ),
    # Its licence ends in twelve days.
    Firm(
        "Northfield Specialty Wholesale",
        "wholesaler",
        "US",
        (
            ("state_wholesale_licence", "INV-W-2", 12),
            ("fda_annual_report", "INV-WDD-2", None),
            ("electronic_exchange", "INV-X-2", None),
        ),
        25,
    ),
    # Nobody has looked it up yet.
    Firm(
        "Larkspur Air Express",
        "carrier",
        "US",
        (("carrier_qualification", "INV-C-2", 500), ("temperature_qualification", "INV-CT-2", 500)),
        0,
    ),
)


def enter_partners(
    pharmacy: Pharmacy, institutions: Iterable[Institution], *, by: User, then: datetime, now: datetime
) -> dict[str, Partner]:
    """Every firm and every place that receives, on file since ``then`` and checked again and again until ``now``.

    :param then: some weeks before the oldest story, so that whatever it buys was looked up before.
    """
    known = {firm.name: _enter(pharmacy, firm, None, by, then, now) for firm in FIRMS}
    for number, place in enumerate(institutions, start=1):
        licence = ("pharmacy_licence", f"INV-H-{number}", 800)
        firm = Firm(str(place), "institution", place.country, (licence,), 120)
        known[firm.name] = _enter(pharmacy, firm, place, by, then, now)
    return known


def _enter(
    pharmacy: Pharmacy, firm: Firm, place: Institution | None, by: User, then: datetime, now: datetime
) -> Partner:  # fmt: skip
    partner = enter_partner(
        pharmacy=pharmacy, name=firm.name, kind=firm.kind, country=firm.country, institution=place, by=by, now=then
    )
    shown = _picture(firm.name)
    for kind, number, days in firm.shows:
        credential = enter_credential(
            partner,
            kind=kind,
            number=number,
            authority="Invented authority",
            valid_until=local_day(partner, now) + timedelta(days=days) if days is not None else None,
            by=by,
            now=then,
        )
        for at in _checked(firm, then, now):
            record_check(
                credential, source="Invented public register", result="confirmed", checked_at=at, content=shown, by=by,
                now=at,
            )  # fmt: skip
    return partner


def _checked(firm: Firm, then: datetime, now: datetime) -> list[datetime]:
    """Regularly since ``then``, and the day before yesterday."""
    if not firm.checked_every:
        return []
    last = now - timedelta(days=2)
    every = timedelta(days=firm.checked_every)
    return [*(at for nth in range(400) if (at := then + nth * every) < last), last]


def _picture(name: str) -> bytes:
    """What an invented register showed, as a picture."""
    sheet = Image.new("RGB", (480, 120), "white")
    ImageDraw.Draw(sheet).text((16, 40), f"Invented register entry: {name}. For demonstration only.", fill="black")
    made = io.BytesIO()
    sheet.save(made, "PNG")
    return made.getvalue()
