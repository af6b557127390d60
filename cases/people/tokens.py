"""API tokens: made once, shown once, kept only as their SHA-256."""

from datetime import datetime, timedelta

from cases.audit.context import acting
from cases.people.models import ApiToken, User
from cases.references import new_token, token_digest

LIFETIME = timedelta(days=365)
# A call is not worth a row; to the minute is enough to see that a token is still in use.
NOTED_EVERY = timedelta(minutes=1)


def create_token(*, user: User, label: str, by: User, now: datetime, lifetime: timedelta = LIFETIME) -> str:
    """Make a token for a person and return it; it cannot be shown again."""
    token = new_token()
    with acting(by=by, verb="people.token.created", business_at=now):
        ApiToken.objects.create(
            user=user, label=label, token_sha256=token_digest(token), created_at=now, expires_at=now + lifetime
        )
    return token


def end_tokens(*, user: User, label: str, by: User, now: datetime) -> int:
    """End every standing token of that label; returns how many. They are refused from that instant on."""
    with acting(by=by, verb="people.token.ended", business_at=now):
        standing = list(ApiToken.objects.select_for_update().filter(user=user, label=label, revoked_at=None))
        for token in standing:
            token.revoked_at = now
            token.save(update_fields=["revoked_at"])
    return len(standing)


def user_of(token: str, *, now: datetime) -> User | None:
    """Whose token this is; nobody's when it is unknown, ended or its person may not sign in."""
    found = ApiToken.objects.filter(token_sha256=token_digest(token)).select_related("user__pharmacy").first()
    if found is None or not found.stands_at(now) or not found.user.is_active:
        return None
    if found.last_used_at is None or now - found.last_used_at >= NOTED_EVERY:
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found.user
