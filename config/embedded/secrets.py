"""The keys of a demonstration: made once, kept in a file that only this account can read."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

SIZES = {"secret_key": 48, "master_key": 32, "index_key": 32, "seal_key": 32}


def demonstration_secrets(data: Path) -> dict[str, str]:
    """Read the keys of this data folder, making those that are missing. Two processes at once get the same ones."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data / "secrets.json"
    if not path.exists():
        unfinished = data / f"secrets.{os.getpid()}"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            json.dump({name: base64.b64encode(secrets.token_bytes(size)).decode() for name, size in SIZES.items()}, out)
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(unfinished, path)  # fails when another process was first; theirs is then ours too
        except FileExistsError:
            pass
        finally:
            unfinished.unlink()
    found: dict[str, str] = json.loads(path.read_text())
    return found
