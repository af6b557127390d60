"""Public references and unguessable tokens. Pure: no database, no clock.

A reference is read aloud on the telephone, so it is short, has no letter that sounds or looks like another, and ends in
a check character: ``NP-7K3M-Q2D9-5``. It is random, so it tells neither how many there are nor when it was made, and
it carries no identity. Internal primary keys never leave the house.

The check character is the weighted sum of the characters modulo 37. The weights are distinct and not zero modulo the
prime 37, so that every wrong single character and every exchange of two neighbours is found. Its 37 symbols are the
32 of the alphabet and five more (``* ~ $ = U``), as Crockford's base 32 has it; a reference whose check would be one
of the five is not issued, because ``*`` and ``~`` cannot be read aloud, and typed ones are refused.

Source of the alphabet: D. Crockford, Base 32 (no I, L, O, U).
"""

import hashlib
import re
import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MODULUS: Final = 37

CASE: Final = "NP"
ENQUIRY: Final = "EN"
PATIENT: Final = "PT"
TRIAGE: Final = "TR"
PREFIXES: Final = (CASE, ENQUIRY, PATIENT, TRIAGE)

# 8 characters are 40 bits, of which 32 in 37 are issued: beside 100,000 cases the next reference collides once in
# 9.5 million times, and then the unique constraint has the service draw again.
BODY_LENGTH: Final = 8

_LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_IGNORED: Final = re.compile(r"[\s\-\u2010-\u2015\u2212._]+")


class InvalidReference(ValueError):
    """A typed reference that cannot be one; the message is a sentence for the person who typed it."""


def new_reference(prefix: str) -> str:
    """A fresh random reference such as ``NP-7K3M-Q2D9-5``.

    :param prefix: one of :data:`PREFIXES`.
    :raises InvalidReference: for a prefix that is not known.
    """
    _require_known(prefix)
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH))
        check = _check_value(prefix, body)
        if check < len(ALPHABET):
            return _spelled(prefix, body, ALPHABET[check])


def normalise(text: str) -> str:
    """The reference as it is written in the house, from what a person typed.

    Accepts lower case, missing or other dashes, blanks, O for 0, and I or L for 1.

    :raises InvalidReference: with a sentence that says what is wrong and what to do.
    """
    letters = _IGNORED.sub("", text).upper()
    if not letters:
        raise InvalidReference("No reference was given. It looks like NP-7K3M-Q2D9-5.")
    prefix = next((known for known in PREFIXES if letters.startswith(known)), None)
    if prefix is None:
        raise InvalidReference(
            f"{_shown(text)} does not begin with {', '.join(PREFIXES[:-1])} or {PREFIXES[-1]}. "
            "Copy the whole reference."
        )
    rest = letters[len(prefix) :].translate(_LOOKALIKES)
    if len(rest) != BODY_LENGTH + 1:
        raise InvalidReference(
            f"{_shown(text)} has {len(rest)} characters after {prefix}; a reference has {BODY_LENGTH + 1}. "
            "Compare it with the original."
        )
    if strangers := sorted(set(rest) - set(ALPHABET)):
        raise InvalidReference(
            f"{_shown(text)} holds {_shown(''.join(strangers))}, which no reference holds. "
            "Compare it with the original."
        )
    body, check = rest[:-1], rest[-1]
    if ALPHABET.index(check) != _check_value(prefix, body):
        raise InvalidReference(
            f"{_shown(text)} has a typing error: its check character does not fit. Compare it with the original."
        )
    return _spelled(prefix, body, check)


def is_valid(text: str) -> bool:
    """Whether the text is a reference, in any of the accepted spellings."""
    try:
        normalise(text)
    except InvalidReference:
        return False
    return True


def new_token() -> str:
    """An unguessable token for a link: 256 random bits, 43 URL-safe characters. Keep :func:`token_digest` of it."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """SHA-256 of a token in hexadecimal, 64 characters: what the database keeps."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _require_known(prefix: str) -> None:
    if prefix not in PREFIXES:
        raise InvalidReference(f"{prefix!r} is no prefix of a reference; the house has {', '.join(PREFIXES)}.")


def _check_value(prefix: str, body: str) -> int:
    """Weighted sum modulo 37; the prefix counts too, so that a case's reference is never a patient's."""
    total = sum((ord(letter) - ord("A")) * weight for weight, letter in enumerate(prefix, start=2 + BODY_LENGTH))
    total += sum(ALPHABET.index(letter) * weight for weight, letter in enumerate(body, start=2))
    return -total % MODULUS


def _spelled(prefix: str, body: str, check: str) -> str:
    return f"{prefix}-{body[:4]}-{body[4:]}-{check}"


def _shown(text: str) -> str:
    """What was typed, shortened and without characters that would disturb a page or a log."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text.strip())
    return f"“{printable[:40]}{'…' if len(printable) > 40 else ''}”"
