"""Links that open one thing for one person: made with a letter, spent once, kept only as their SHA-256 (ADR 11)."""

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import F
from django.utils.crypto import salted_hmac

from cases.audit.context import acting
from cases.people.models import AccessLink, User
from cases.references import token_digest

if TYPE_CHECKING:
    from cases.models import Case

LASTS: Final = timedelta(days=7)
# A box may be long on its way; the link ends with the inspection.
LASTS_TO_RECEIVE: Final = timedelta(days=21)
# A side effect keeps to no date: whoever finds the letter weeks later can still tell of it.
LASTS_TO_REPORT: Final = timedelta(days=90)
_LASTS_FOR: Final[dict[str, timedelta]] = {
    AccessLink.Purpose.RECEIVE: LASTS_TO_RECEIVE,
    AccessLink.Purpose.REPORT: LASTS_TO_REPORT,
}
MOST_AN_HOUR: Final = 5


def grant_link(
    *, recipient: User, case: "Case", purpose: str, subject: str = "", by: User, now: datetime
) -> tuple[AccessLink, str]:
    """Make a link, and the seed from which :func:`token_from` draws its token when the letter leaves the house.

    The seed alone opens nothing: it may stand in the outbox, where pharmacists and auditors read what was sent.
    """
    seed = secrets.token_hex(16)
    with acting(by=by, verb="people.link.granted", business_at=now):
        link = AccessLink.objects.create(
            recipient=recipient,
            case=case,
            purpose=purpose,
            subject=subject,
            token_sha256=token_digest(token_from(seed)),
            created_at=now,
            expires_at=now + _LASTS_FOR.get(purpose, LASTS),
        )
    return link, seed


def token_from(seed: str) -> str:
    """The token that belongs to a seed: 256 bits under the server's secret, always the same."""
    return salted_hmac("cases.people.links", seed, algorithm="sha256").hexdigest()


def link_with(token: str) -> AccessLink | None:
    """The link that has this token, standing or not; nothing for a token that was never given out."""
    found: AccessLink | None = (
        AccessLink.objects.filter(token_sha256=token_digest(token)).select_related("recipient", "case").first()
    )
    return found


def spend_link(token: str, *, now: datetime) -> AccessLink | None:
    """Spend a standing link, once; nothing when it stands no longer or its person may not sign in.

    A try after its end is counted on the link (21 CFR 11.10(h)).
    """
    known = link_with(token)
    if known is None:
        return None
    if not known.stands_at(now) or not known.recipient.is_active:
        with acting(by=User.objects.service("sign-in"), verb="people.link.refused", business_at=now):
            AccessLink.objects.filter(pk=known.pk, refusals__lt=32_000).update(refusals=F("refusals") + 1)
        return None
    with acting(by=known.recipient, verb="people.link.spent", business_at=now):
        held = AccessLink.objects.select_for_update(of=("self",)).get(pk=known.pk)
        if not held.stands_at(now):
            return None
        held.spent_at = known.spent_at = now
        held.save(update_fields=["spent_at"])
    return known


def may_have_another(recipient: User, purpose: str, *, now: datetime) -> bool:
    """Whether a further link of that purpose may be sent to this person now: at most five an hour."""
    since = now - timedelta(hours=1)
    there = AccessLink.objects.filter(recipient=recipient, purpose=purpose, created_at__gt=since)
    return there.count() < MOST_AN_HOUR
