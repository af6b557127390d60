"""The evidence of a check: a PDF or a picture, opened by its real parser, kept under its hash in the data folder.

It is about a business and not about a patient, so it lies there as it came, like partners' EPCIS files.
"""

import hashlib
import os
from pathlib import Path

from django.conf import settings

from cases.documents.errors import BytesNotIntact, UploadRefused
from cases.documents.inspection import inspect
from cases.documents.media import EXTENSIONS, recognise
from cases.documents.scanning import scan


def judged_media_type(content: bytes, *, name: str = "") -> str:
    """What kind of file it is.

    :raises UploadRefused: empty, of another kind than a PDF or a picture, damaged, or found malicious.
    """
    medium = recognise(content, name=name)
    inspect(content, medium, name=name)
    verdict = scan(content)
    if verdict.clean is False:
        raise UploadRefused(
            "malicious", f"The virus scanner found {verdict.detail}.", "Do not send it again.", name=name,
            value=verdict.detail,
        )  # fmt: skip
    return medium.media_type


def keep(content: bytes) -> str:
    """Put the bytes into the data folder and return their hash; a crash leaves a file without a row, never the other.

    :raises OSError: when the disk is full; nothing is stored then.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    target = _path_of(sha256)
    if target.exists():
        return sha256
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    incoming = target.with_suffix(f".{os.getpid()}")
    with incoming.open("wb") as kept:
        kept.write(content)
        kept.flush()
        os.fsync(kept.fileno())
    incoming.replace(target)
    return sha256


def read(sha256: str) -> bytes:
    """The exact bytes that came, checked against their hash.

    :raises BytesNotIntact: when the file is missing or altered.
    """
    try:
        content = _path_of(sha256).read_bytes()
    except FileNotFoundError:
        raise BytesNotIntact(f"The evidence {sha256[:8]} is missing. Restore the data folder from a backup.") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BytesNotIntact(f"The evidence {sha256[:8]} was altered. Restore the data folder from a backup.")
    return content


def file_name(partner_id: int, sha256: str, media_type: str) -> str:
    """A name for the download that tells nothing but which paper it is."""
    return f"partner-{partner_id}-{sha256[:8]}.{EXTENSIONS[media_type]}"


def _path_of(sha256: str) -> Path:
    return Path(settings.NPP_DATA_DIR) / "partner-papers" / sha256
