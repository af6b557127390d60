"""Files and rows against each other: what a crash may leave, and what it must never leave."""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from cases.documents.errors import BytesNotIntact
from cases.documents.models import StoredFile
from cases.documents.storage import files_on_disk, path_of, read_bytes
from cases.people.keys import KeyErased

ORPHANS_STAY: Final = timedelta(hours=24)


@dataclass(slots=True)
class Tidied:
    """What was found: orphans removed, orphans still too young to judge, and rows whose bytes are not there."""

    removed: int = 0
    young: int = 0
    missing: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)

    @property
    def in_order(self) -> bool:
        return not self.missing and not self.altered


def tidy_documents(*, check_bytes: bool = False, older_than: timedelta = ORPHANS_STAY) -> Tidied:
    """Remove files without a row that are older than a day, and name rows without a file.

    The true time counts, since the age of a file is a matter of the disk and not of the business.

    :param check_bytes: also open every file and compare it with its fingerprint.
    """
    tidied = Tidied()
    newest = time.time() - older_than.total_seconds()
    for path in files_on_disk():
        if path.parent.name != "incoming" and StoredFile.objects.filter(storage_name=path.name).exists():
            continue
        if path.stat().st_mtime < newest:
            path.unlink(missing_ok=True)
            tidied.removed += 1
        else:
            tidied.young += 1
    for stored in StoredFile.objects.select_related("case__patient").order_by("id").iterator():
        named = f"{stored.case.reference} {stored.sha256[:8]}"
        if not path_of(stored.storage_name).exists():
            tidied.missing.append(named)
        elif check_bytes and not _intact(stored):
            tidied.altered.append(named)
    return tidied


def _intact(stored: StoredFile) -> bool:
    try:
        return hashlib.sha256(read_bytes(stored)).hexdigest() == stored.sha256
    except BytesNotIntact:
        return False
    except KeyErased:
        return True
