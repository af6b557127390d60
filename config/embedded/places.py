"""Where the embedded servers keep what is theirs."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.refusals import Refusal

CLONE = Path(__file__).resolve().parent.parent.parent
# A Unix socket's path may have 107 bytes; PostgreSQL appends `/.s.PGSQL.5432` and, for a moment, `.lock`.
LONGEST_SOCKET_FOLDER = 80


@dataclass(frozen=True)
class Places:
    """The folders of one data directory, which no other clone shares."""

    data: Path

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def run(self) -> Path:
        return self.data / "run"

    @property
    def key(self) -> str:
        """A short name made of the data directory's path and the account, the same in every process."""
        return hashlib.sha256(f"{os.geteuid()}:{self.data}".encode()).hexdigest()[:12]

    @property
    def sockets(self) -> Path:
        """The private folder of the sockets: short, and outside the clone, whose path may be too long for a socket."""
        base = os.environ.get("NPP_SOCKET_DIR")
        if base:
            return Path(base) / f"npp-{self.key}"
        temporary = Path(tempfile.gettempdir())
        folder = temporary / f"npp-{self.key}"
        return folder if len(bytes(folder)) <= LONGEST_SOCKET_FOLDER else Path("/tmp") / folder.name  # noqa: S108 - checked when made

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.redis_socket}?db=0"

    def make(self) -> None:
        """Make the data directory and its own folders.

        As root the data directory may be passed through (not listed) by others, because the database server runs under
        another account; what is secret inside has its own closed mode.
        """
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.data.stat().st_uid == os.geteuid():
                self.data.chmod(0o711 if os.geteuid() == 0 else 0o700)
            for folder in (self.logs, self.run):
                folder.mkdir(mode=0o700, exist_ok=True)
        except PermissionError as error:
            raise Refusal(
                f"The data folder {self.data} belongs to another account.",
                remedy="Run the command as that account, or set NPP_DATA_DIR to a folder of your own.",
            ) from error
        except NotADirectoryError as error:
            raise Refusal(f"{self.data} is not a folder.", remedy="Set NPP_DATA_DIR to a folder.") from error

    def make_sockets(self, *, owner: tuple[int, int]) -> Path:
        """Make the socket folder, closed to everybody but its owner, or refuse one that somebody else has made."""
        folder = self.sockets
        if len(bytes(folder)) > LONGEST_SOCKET_FOLDER:
            raise Refusal(
                f"The folder for sockets, {folder}, is longer than {LONGEST_SOCKET_FOLDER} bytes.",
                remedy="Set NPP_SOCKET_DIR to a folder with a short path.",
            )
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            pass
        except OSError as error:
            raise Refusal(
                f"The folder for sockets, {folder}, cannot be made: {error.strerror}.",
                remedy="Set NPP_SOCKET_DIR to a folder that you may write to.",
            ) from error
        seen = folder.lstat()
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in {os.geteuid(), owner[0]}:
            raise Refusal(
                f"{folder} was made by another account.",
                remedy="Remove it, or set NPP_SOCKET_DIR to a folder of your own.",
            )
        folder.chmod(0o700)
        if os.geteuid() == 0 and (seen.st_uid, seen.st_gid) != owner:
            os.chown(folder, *owner)
        return folder

    def remove_sockets(self) -> None:
        """Remove the socket folder once nothing is in it."""
        with suppress(OSError):
            self.redis_socket.unlink(missing_ok=True)
            self.sockets.rmdir()


def places() -> Places:
    """The places of this clone: `.npp` inside it unless NPP_DATA_DIR names another folder."""
    return Places(Path(os.environ.get("NPP_DATA_DIR") or CLONE / ".npp").expanduser().absolute())


def test_places() -> Places:
    """The places of throw-away servers for tests, apart from those of `up`."""
    return Places(Path(os.environ.get("NPP_TEST_DIR") or CLONE / ".npp" / "test").expanduser().absolute())
