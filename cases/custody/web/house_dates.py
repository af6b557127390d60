"""Partners' credentials that end and checks that stop counting, on Today; in one query."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from cases.countries import name_of
from cases.custody.models import Consignment, CredentialDate
from cases.custody.partners.dates import KINDS, NOT_LEFT
from cases.custody.partners.watch import words_of
from cases.deadlines.day import Narrowed
from cases.deadlines.models import OPEN_STATES, Deadline, Harm
from cases.web.registries import HouseDate, breaks_in_the_house

MOST: Final = 25


def _part_of_key(place: int) -> Func:
    return Func(F("key"), Value(":"), Value(place), function="split_part", output_field=CharField())


# Partner and credential of each open date of a case: its row stands among what breaks on the case. Only cases with a
# consignment that has not left have such dates, which keeps the look at them short.
_ON_CASES: Final = (
    Deadline.objects.filter(kind__in=KINDS, state__in=OPEN_STATES)
    .filter(case__in=Consignment.objects.filter(state__in=NOT_LEFT).values("case"))
    .annotate(pair=Concat(_part_of_key(2), Value(":"), _part_of_key(3)))
    .order_by()
    .values("pair")
)


_PAIR: Final = Concat(Cast("partner_id", CharField()), Value(":"), F("credential__kind"))


@breaks_in_the_house
def credentials_that_end(narrowed: Narrowed, country: str, mine: bool, now: datetime) -> Iterator[HouseDate]:
    """What of partners ends, where no open case has a date of its own for it."""
    if narrowed.statutory or narrowed.harm not in (None, Harm.LICENCE) or narrowed.ball == "outside":
        return
    reader = narrowed.reader
    rows = CredentialDate.objects.filter(settled="", partner__pharmacy=reader.pharmacy_id)
    if narrowed.until is not None:
        rows = rows.filter(due_on__lte=narrowed.until)
    if country:
        rows = rows.filter(partner__country=country)
    if mine or narrowed.ball == "me":
        rows = rows.filter(owner=reader)
    elif narrowed.ball == "colleague":
        rows = rows.filter(~Q(owner=reader) | Q(owner=None))
    joined = (
        rows.annotate(pair=_PAIR).exclude(pair__in=_ON_CASES).select_related("credential", "partner__pharmacy", "owner")
    )
    for row in joined.order_by("due_on", "pk")[:MOST]:
        zone = row.partner.pharmacy.time_zone
        yield HouseDate(
            key=f"credential-{row.pk}",
            about=row.partner.name,
            place=name_of(row.partner.country),
            what=words_of(row.credential, row.what),
            url=f"{reverse('partner', args=[row.partner_id])}#h-cred-{row.credential_id}",
            due_at=datetime.combine(row.due_on, time.max, ZoneInfo(zone)),
            due_on=row.due_on,
            zone=zone,
            harm=Harm.LICENCE,
            owner=row.owner,
            opened_at=row.opened_at,
            because=row.because,
        )
