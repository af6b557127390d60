"""Keys and ciphertexts: AES-256-GCM, a data key per patient, wrapped by a master key; blind indexes (ADR 6).

A ciphertext is ``version (1 byte) | key id (4) | nonce (12) | AES-GCM ciphertext and tag``. The associated data name
the table, the column and the reference, so that a value copied to another column or another patient does not open.
Keys are 32 bytes; their id is the first 4 bytes of a SHA-256 over them, in hexadecimal, and need not be configured.
Nothing here touches the database; only :func:`keyring` and :func:`blind_index` read settings.
"""

import base64
import binascii
import hashlib
import hmac
import os
import struct
import unicodedata
from dataclasses import dataclass, field
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION: Final = b"\x01"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
INDEX_BYTES: Final = 12  # 96 bits: see the ADR for why not more
_ID_BYTES: Final = 4
_HEADER: Final = len(VERSION) + _ID_BYTES
_SHORTEST: Final = _HEADER + NONCE_BYTES + 16


class KeyNotUsable(Exception):
    """A key is missing or wrong, or a ciphertext was altered; the message is one sentence with its remedy."""


class KeyErased(Exception):
    """The key was destroyed on purpose; what it opened can be read by nobody any more."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of 32 bytes that never shows itself in a log or a traceback."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise KeyNotUsable(f"A key has {KEY_BYTES} bytes; this one has {len(self.secret)}.")

    @property
    def id(self) -> str:
        """Eight hexadecimal characters that tell keys apart and say nothing about them."""
        return hashlib.sha256(b"npp key id v1" + self.secret).hexdigest()[: 2 * _ID_BYTES]

    @classmethod
    def fresh(cls) -> Self:
        """A new random key."""
        return cls(os.urandom(KEY_BYTES))

    @classmethod
    def from_setting(cls, name: str, value: str | None) -> Self:
        """The key in a setting, base64 of 32 bytes.

        :raises KeyNotUsable: naming the setting and how to make a good value.
        """
        remedy = "Make one with: python3 -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'"
        if not value:
            raise KeyNotUsable(f"{name} is not set. {remedy}")
        try:
            secret = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise KeyNotUsable(f"{name} is not base64. {remedy}") from None
        if len(secret) != KEY_BYTES:
            raise KeyNotUsable(f"{name} has {len(secret)} bytes instead of {KEY_BYTES}. {remedy}")
        return cls(secret)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The master key in use, and earlier ones that still open what has not been wrapped anew."""

    current: Key
    previous: tuple[Key, ...] = ()

    def named(self, key_id: str) -> Key | None:
        """The master key of that id, or None."""
        return next((key for key in (self.current, *self.previous) if key.id == key_id), None)

    def wrap(self, key: Key, *place: str) -> bytes:
        """A data key as ciphertext under the current master key, bound to its place."""
        return seal(self.current, key.secret, "wrapped key", *place)

    def unwrap(self, wrapped: bytes, *place: str) -> Key:
        """The data key again.

        :raises KeyNotUsable: when no master key of this server fits, or the wrapped key was altered or moved.
        """
        master_id = key_id_of(wrapped)
        master = self.named(master_id)
        if master is None:
            raise KeyNotUsable(
                f"This data is locked by the master key {master_id}; this server has {self.current.id}. Set "
                "NPP_MASTER_KEY to that key, or NPP_MASTER_KEY_PREVIOUS while the master key is being changed."
            )
        return Key(unseal(master, wrapped, "wrapped key", *place))


def keyring() -> Keyring:
    """The master keys of this server: NPP_MASTER_KEY and, while changing it, NPP_MASTER_KEY_PREVIOUS (comma between).

    :raises KeyNotUsable: when one of them is no key.
    """
    previous = getattr(settings, "NPP_MASTER_KEY_PREVIOUS", None) or os.environ.get("NPP_MASTER_KEY_PREVIOUS", "")
    return Keyring(
        Key.from_setting("NPP_MASTER_KEY", settings.NPP_MASTER_KEY),
        tuple(
            Key.from_setting("NPP_MASTER_KEY_PREVIOUS", value.strip()) for value in previous.split(",") if value.strip()
        ),
    )


def seal(key: Key, plain: bytes, *place: str) -> bytes:
    """Encrypt bytes for one place (table, column, reference); a fresh nonce each time."""
    nonce = os.urandom(NONCE_BYTES)
    header = VERSION + bytes.fromhex(key.id)
    return header + nonce + AESGCM(key.secret).encrypt(nonce, plain, _bound(header, place))


def unseal(key: Key, sealed: bytes, *place: str) -> bytes:
    """The bytes again.

    :raises KeyNotUsable: when the ciphertext is of another format or key, was altered, or belongs to another place.
    """
    where = ", ".join(place)
    if len(sealed) < _SHORTEST or sealed[:1] != VERSION:
        raise KeyNotUsable(f"The ciphertext of {where} is of no format that this version knows. Restore a backup.")
    if key_id_of(sealed) != key.id:
        raise KeyNotUsable(
            f"The ciphertext of {where} was made with the key {key_id_of(sealed)}, not with {key.id}. "
            "It was copied from elsewhere or the keys were exchanged; run verify_audit."
        )
    header, nonce, body = sealed[:_HEADER], sealed[_HEADER : _HEADER + NONCE_BYTES], sealed[_HEADER + NONCE_BYTES :]
    try:
        return AESGCM(key.secret).decrypt(nonce, body, _bound(header, place))
    except InvalidTag:
        raise KeyNotUsable(
            f"The ciphertext of {where} was altered or belongs to another place. Run verify_audit to see who wrote it."
        ) from None


def key_id_of(sealed: bytes) -> str:
    """The id of the key that a ciphertext was made with."""
    return sealed[len(VERSION) : _HEADER].hex()


def blind_index(purpose: str, *parts: str) -> str:
    """A keyed fingerprint to search by equality, 96 bits in hexadecimal; parts are normalised first.

    :raises KeyNotUsable: when NPP_INDEX_KEY is no key.
    """
    key = Key.from_setting("NPP_INDEX_KEY", settings.NPP_INDEX_KEY)
    message = _joined(("npp blind index v1", purpose, *(folded(part) for part in parts)))
    return hmac.new(key.secret, message, hashlib.sha256).digest()[:INDEX_BYTES].hex()


# Letters that carry no mark which Unicode could strip, and are written plainly by half of the senders.
_PLAIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)
_SPELLED_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def folded(text: str) -> str:
    """Text for comparison: NFKC, case folded, marks stripped, only letters and digits."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    stripped = "".join(letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter))
    return "".join(letter for letter in unicodedata.normalize("NFKC", stripped.casefold()) if letter.isalnum())


def spelled_out(text: str) -> str:
    """The other usual transliteration: ä, ö, ü, å and ø written with two letters."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_SPELLED_OUT)


def _bound(header: bytes, place: tuple[str, ...]) -> bytes:
    return header + _joined(place)


def _joined(parts: tuple[str, ...]) -> bytes:
    """Length before each part, so that no two lists of parts join to the same bytes."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(struct.pack(">I", len(part)) + part for part in encoded)
