"""Advisory file locks, which the kernel lets go when their holder ends in whatever way."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FileLock:
    """One lock file, held alone or shared until `release()` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self, *, shared: bool = False, wait: bool = False) -> bool:
        """Try to take the lock (or wait for it); return whether it is ours now."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self.release()
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def held_alone_by_another(self) -> bool:
        """Whether some process holds the lock alone at this moment."""
        probe = FileLock(self.path)
        if probe.take(shared=True):
            probe.release()
            return False
        return True
