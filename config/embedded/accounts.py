"""Which account a server runs under, and how a child of the supervisor is born and dies with it."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from config.refusals import Refusal

# Debian leaves 60000 to 64999 to packages that make accounts; systemd's ranges end at 60705 and go on at 61184.
FREE_ACCOUNTS = range(60720, 61180)
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Account:
    """A pair of numbers; no entry in /etc/passwd is needed or made."""

    uid: int
    gid: int

    @property
    def pair(self) -> tuple[int, int]:
        return self.uid, self.gid


def server_account(cluster: Path) -> Account:
    """The account of the database server: ours; as root, which PostgreSQL refuses, one of the cluster's own."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if cluster.exists():
        owner = cluster.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    uid = next(number for number in FREE_ACCOUNTS if number not in taken)
    return Account(uid, uid)


def initdb_account() -> Account:
    """An unprivileged account that has an entry in /etc/passwd, because `initdb` looks its own name up."""
    if os.geteuid() != 0:
        try:
            pwd.getpwuid(os.geteuid())
        except KeyError as error:
            raise Refusal(
                f"The account {os.geteuid()} has no entry in /etc/passwd, which making a database needs.",
                remedy="Run as an account that has one, or set DATABASE_URL and REDIS_URL to servers of your own.",
            ) from error
        return Account(os.geteuid(), os.getegid())
    for name in ("nobody", "daemon", "postgres", "bin"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return Account(entry.pw_uid, entry.pw_gid)
    raise Refusal(
        "This machine has no unprivileged account, which making a database needs.",
        remedy="Run as an ordinary user, or set DATABASE_URL and REDIS_URL to servers of your own.",
    )


def may_be_reached(path: Path, account: Account) -> bool:
    """Whether the account can come to the path through every folder above it."""
    for folder in (path, *path.parents):
        seen = folder.stat() if folder.exists() else None
        if seen is None:
            continue
        if seen.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif seen.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not seen.st_mode & needed:
            return False
    return True


def make_open(folder: Path) -> None:
    """Make a folder that every account may pass through, and the missing ones above; existing ones stay as they are."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(0o755)


def copy_for(account: Account, source: Path, target: Path) -> Path:
    """Copy programs to where the account can read them. The copy appears whole or not at all."""
    if not target.exists():
        make_open(target.parent)
        unfinished = target.with_name(f"{target.name}.{os.getpid()}")
        if source.is_dir():
            shutil.copytree(source, unfinished, symlinks=True)
        else:
            shutil.copy2(source, unfinished)
        try:
            unfinished.rename(target)
        except OSError:  # another process was first
            if not target.exists():
                raise
            shutil.rmtree(unfinished, ignore_errors=True)
    if not may_be_reached(target, account):
        raise Refusal(
            f"The account {account.uid} of the database server cannot come to {target}.",
            remedy="Run as an ordinary user, or set DATABASE_URL and REDIS_URL to servers of your own.",
        )
    return target


def dies_with_parent(signal_number: int) -> Callable[[], None] | None:
    """What a child does before exec so that the kernel ends it when its parent is gone (Linux; elsewhere nothing)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask_the_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:  # it died before the request was in place
            os._exit(1)

    return ask_the_kernel


def adopt_orphans() -> None:
    """Make grandchildren whose parent was killed ours, so that stopping leaves no process behind (Linux)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def spawn(
    argv: Sequence[str],
    *,
    log: IO[bytes] | int,
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | str = "/",
    death_signal: int = signal.SIGTERM,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program in its own session, as a direct child that does not outlive us."""
    switch: dict[str, Any] = {}
    if account is not None and os.geteuid() == 0 and account.uid != 0:
        switch = {"user": account.uid, "group": account.gid, "extra_groups": [], "umask": 0o077}
    return subprocess.Popen(
        list(argv),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=None if env is None else dict(env),
        start_new_session=True,
        pass_fds=pass_fds,
        preexec_fn=dies_with_parent(death_signal),  # the supervisor has one thread
        **switch,
    )
