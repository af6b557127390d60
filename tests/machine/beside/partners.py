"""Partners are looked up at their sources, credentials end and are renewed."""

import io
from datetime import timedelta
from typing import Any

from django.db import transaction
from PIL import Image

from cases.custody.models import PartnerCredential
from cases.custody.partners.services import end_credential, enter_credential, record_check
from tests.machine.beside.bench import Act, Bench


def _shown() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (4, 4), (1, 2, 3)).save(made, "PNG")
    return made.getvalue()


SHOWN = _shown()


def look_up(bench: Bench) -> Any:
    """One credential is checked; now and then nothing is said of where, or the time is still to come."""
    credential = bench.one(PartnerCredential.objects.filter(end__isnull=True))
    if credential is None:
        return None
    source = bench.rng.choice(("The public register",) * 6 + (" ",))
    at = bench.now + bench.rng.choice((timedelta(), timedelta(), timedelta(hours=-2), timedelta(days=1)))
    return record_check(
        credential, source=source, result="confirmed", checked_at=at, content=SHOWN, by=bench.clerk, now=bench.now
    )


def renew(bench: Bench) -> Any:
    """A credential ends and another one takes its place, checked at once."""
    old = bench.one(PartnerCredential.objects.filter(end__isnull=True))
    if old is None:
        return None
    number = f"R-{bench.next_number()}"
    reason = bench.rng.choice(("Replaced by another one.", "Replaced by another one.", ""))
    with transaction.atomic():  # three deeds of one visit: what refuses the last leaves none
        made = enter_credential(
            old.partner, kind=old.kind, number=number, authority=old.authority, valid_until=old.valid_until,
            by=bench.clerk, now=bench.now,
        )  # fmt: skip
        record_check(
            made, source="The public register", result="confirmed", checked_at=bench.now, content=SHOWN,
            by=bench.clerk, now=bench.now,
        )  # fmt: skip
        return end_credential(
            old, ended_on=bench.now.date() - timedelta(days=1), reason=reason, by=bench.clerk, now=bench.now
        )


ACTS: dict[str, Act] = {"a partner is looked up": look_up, "a credential is renewed": renew}
