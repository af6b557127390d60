"""Bytes on the disk: encrypted under the patient's key (stock has its own), random names, written whole or not at all.

Order: temporary file, fsync, rename, fsync of the folder, and only then a row. A crash in between leaves a file without
a row, which `tidy_documents` removes a day later; never a row without a file.
"""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from cases.documents.errors import BytesNotIntact, UploadRefused
from cases.documents.models import StoredFile
from cases.people.keys import KeyNotUsable, seal, unseal
from cases.people.paper_keys import papers_key

_TABLE: Final = "documents_storedfile"
_INCOMING: Final = "incoming"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}


def root() -> Path:
    """The folder of all documents; made when it is missing, closed to other accounts."""
    folder = Path(settings.NPP_DATA_DIR) / "documents"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def path_of(storage_name: str) -> Path:
    """Where the ciphertext of that random name is."""
    return root() / storage_name[:2] / storage_name


def write_bytes(case: Any, content: bytes) -> str:
    """Put the bytes on the disk for good and return their random name; the row is the caller's next step.

    :raises UploadRefused: when the disk is full.
    """
    storage_name = secrets.token_hex(16)
    key = papers_key(case)
    sealed = seal(key, content, _TABLE, "bytes", storage_name)
    target = path_of(storage_name)
    incoming = root() / _INCOMING
    try:
        incoming.mkdir(mode=0o700, exist_ok=True)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        _write_through(incoming / storage_name, sealed)
        os.rename(incoming / storage_name, target)
        _sync_folder(target.parent)
        _sync_folder(root())
    except OSError as fault:
        (incoming / storage_name).unlink(missing_ok=True)
        if fault.errno in _FULL:
            raise UploadRefused("no-space", "The server has no space left for papers.", "Try again later.") from fault
        raise
    return storage_name


def read_bytes(stored: StoredFile) -> bytes:
    """The exact bytes that came, checked against their fingerprint.

    :raises BytesNotIntact: when the file is missing, altered or exchanged.
    :raises KeyErased: when the patient's documents were erased.
    """
    key = papers_key(stored.case)
    named = f"The file {stored.sha256[:8]} of {stored.case.reference}"
    advice = "Restore the documents folder from a backup, then run tidy_documents."
    try:
        sealed = path_of(stored.storage_name).read_bytes()
    except FileNotFoundError:
        raise BytesNotIntact(f"{named} is missing. {advice}") from None
    try:
        content = unseal(key, sealed, _TABLE, "bytes", stored.storage_name)
    except KeyNotUsable:
        raise BytesNotIntact(f"{named} was altered. {advice}") from None
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        raise BytesNotIntact(f"{named} has other content than its fingerprint says. {advice}")
    return content


def files_on_disk() -> Iterator[Path]:
    """Every file below the documents folder, unfinished ones too."""
    return (path for path in root().rglob("*") if path.is_file())


def _write_through(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
