"""The canonical form of an entry, and its hash: pure, and written apart from the SQL so that each checks the other.

Format 1: seventeen fields, each `<length in bytes>:<UTF-8 bytes>,` or `-,` for a missing value: the format number and
then `FIELDS` in order. The hash is SHA-256 over the previous hash (32 bytes, zero for the first) and that text.
"""

import hashlib
from datetime import UTC, datetime

BODY_FORMAT = 1
FIRST_PREV = bytes(32)
FIELDS = (
    "chain", "seq", "at", "business_at", "actor", "on_behalf_of", "session_user", "verb", "reason", "request_id",
    "txid", "table_name", "row_pk", "op", "old", "new",
)  # fmt: skip


class NotCanonical(ValueError):
    """Raised when a body is not in a canonical form that this version knows."""


def body_of(values: dict[str, str | None]) -> str:
    """The canonical text of an entry; `values` has every name of `FIELDS`, as text or None."""
    return _field(str(BODY_FORMAT)) + "".join(_field(values[name]) for name in FIELDS)


def parse(body: str) -> dict[str, str | None]:
    """The fields of a canonical text. Raises NotCanonical when it is cut, padded or of another format."""
    raw = body.encode("utf-8")
    parts: list[str | None] = []
    at = 0
    while at < len(raw):
        if raw[at : at + 2] == b"-,":
            parts.append(None)
            at += 2
            continue
        colon = raw.find(b":", at, at + 12)
        length = raw[at:colon]
        if colon < 0 or not length.isdigit() or (length != b"0" and length.startswith(b"0")):
            raise NotCanonical(f"No field begins at byte {at}.")
        end = colon + 1 + int(length)
        if raw[end : end + 1] != b",":
            raise NotCanonical(f"The field at byte {at} does not end at byte {end}.")
        try:
            parts.append(raw[colon + 1 : end].decode("utf-8"))
        except UnicodeDecodeError as error:
            raise NotCanonical(f"The field at byte {at} cuts a character in two.") from error
        at = end + 1
    if len(parts) != len(FIELDS) + 1 or parts[0] != str(BODY_FORMAT):
        raise NotCanonical(f"Format {parts[0] if parts else None!r} with {len(parts)} fields is unknown.")
    return dict(zip(FIELDS, parts[1:], strict=True))


def hash_of(prev: bytes, body: str) -> bytes:
    """The hash of an entry, 32 bytes."""
    return hashlib.sha256(prev + body.encode("utf-8")).digest()


def instant(value: datetime | None) -> str | None:
    """An aware instant as it is hashed: UTC with six decimals and a Z."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _field(value: str | None) -> str:
    return "-," if value is None else f"{len(value.encode('utf-8'))}:{value},"
