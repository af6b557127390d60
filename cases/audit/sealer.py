"""The sealer: a checkpoint whenever the chains have grown, in a file outside the database, never over a gap.

Each file is compared with the database before the next is written. Were it not, a checkpoint taken after a tail was
cut would agree with what is left, and the newest file is the one that verification trusts.
"""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS

from cases.audit.checkpoints import CheckpointFile, check_file, current_root, public_key_of, seal
from cases.audit.findings import Finding

NAME = re.compile(r"checkpoint-(\d{8}T\d{6}\.\d{6})Z\.json")
_STAMP = "%Y%m%dT%H%M%S.%f"
# How long every file is kept, then the last of each hour, then the last of each day for ever.
ALL_FOR = timedelta(hours=1)
HOURLY_FOR = timedelta(days=2)


class SealRefused(Exception):
    """Raised when the database has lost something since the newest checkpoint; `findings` says what."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(f"Not sealed: {len(findings)} findings against the newest checkpoint; run verify_audit.")
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder in which checkpoint files are kept; best on another volume than the database."""

    folder: Path

    def newest(self) -> CheckpointFile | None:
        """The newest file, or None when there is none. Raises BadCheckpoint when it cannot be read as one."""
        names = self._names()
        return CheckpointFile.from_json((self.folder / names[-1]).read_text(encoding="utf-8")) if names else None

    def keep(self, file: CheckpointFile) -> Path:
        """Write a file whole or not at all, and drop those that newer ones make superfluous."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        at = datetime.fromisoformat(json.loads(file.body)["at"])
        path = self.folder / f"checkpoint-{at.astimezone(UTC).strftime(_STAMP)}Z.json"
        write_whole(path, file.to_json())
        for name in superfluous(self._names(), now=at):
            (self.folder / name).unlink(missing_ok=True)
        return path

    def _names(self) -> list[str]:
        found = os.listdir(self.folder) if self.folder.is_dir() else []
        return sorted(name for name in found if NAME.fullmatch(name))


def shelf() -> Shelf | None:
    """The shelf of this installation (setting NPP_CHECKPOINT_DIR); None where none is kept."""
    folder = settings.NPP_CHECKPOINT_DIR
    return Shelf(Path(folder)) if folder else None


def trusted_key() -> str:
    """The public key, base64, that our own checkpoints are signed with; empty when no seal key is set."""
    return public_key_of(settings.NPP_SEAL_KEY) if settings.NPP_SEAL_KEY else ""


def seal_if_grown(*, using: str = DEFAULT_DB_ALIAS) -> CheckpointFile | None:
    """Seal as the service account `sealer` and keep the file; None when nothing was added since the newest.

    Raises SealRefused when the database has lost something that the newest file saw, BadCheckpoint when that file
    cannot be read, BadSealKey for a key that is none.
    """
    kept = shelf()
    newest = kept.newest() if kept else None
    if newest is not None:
        if findings := check_file(newest, trusted_key=trusted_key(), using=using):
            raise SealRefused(findings)
        if json.loads(newest.body)["root"] == current_root(using=using).hex():
            return None
    by = get_user_model().objects.service("sealer").code
    file = seal(by=by, seal_key=settings.NPP_SEAL_KEY or "", using=using)
    if kept:
        kept.keep(file)
    return file


def superfluous(names: Iterable[str], *, now: datetime) -> list[str]:
    """Which of these files newer ones make superfluous: the last of each hour is kept, later the last of each day."""
    last: dict[str, str] = {}
    ours = {name: match[1] for name in sorted(names) if (match := NAME.fullmatch(name))}
    for name, stamp in ours.items():
        age = now - datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        length = len(stamp) if age < ALL_FOR else len("20260302T14") if age < HOURLY_FOR else len("20260302")
        last[stamp[:length]] = name
    return sorted(set(ours) - set(last.values()))


def write_whole(path: Path, text: str) -> None:
    """Put a file in its place whole, on the disk, readable by this account alone. Raises OSError."""
    partial = path.with_name(path.name + ".part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
