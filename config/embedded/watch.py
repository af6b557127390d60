"""Children under watch: started, logged, restarted when they end, stopped in order with nothing left behind."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

TELLING = re.compile(r"\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b|^\w*(Error|Exception|Traceback)\b")
# A step of a longer piece of work: "12 of 41: ...".
PROGRESS = re.compile(r"^ *\d+ of \d+\b")
# Pauses before the first, second, ... restart in a row; a child that has run for a while starts at the first again.
BACK_OFF = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
RAN_WELL_SECONDS = 5.0
LARGEST_LOG = 10_000_000
LONGEST_LINE = 200


class Stopped(Exception):
    """The person (or the system) asked us to stop while something was being waited for."""


@dataclass
class Program:
    """One program to keep running, and how it is stopped."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    log: Path
    stop_signal: int = signal.SIGTERM
    stop_within: float = 10.0
    hard_signal: int = signal.SIGKILL
    tells: re.Pattern[str] | None = TELLING


@dataclass
class Child:
    """A program with its present process."""

    program: Program
    process: subprocess.Popen[bytes]
    started: float
    failures: int = 0
    restart_at: float | None = None
    restarts: int = 0


@dataclass
class LogTail:
    """What was added to a log file since the last look."""

    path: Path
    offset: int = 0
    rest: bytes = b""

    def lines(self) -> list[str]:
        try:
            size = self.path.stat().st_size
            if size < self.offset:
                self.offset, self.rest = 0, b""
            if size == self.offset:
                return []
            with self.path.open("rb") as log:
                log.seek(self.offset)
                added = log.read(1_000_000)
        except OSError:
            return []
        self.offset += len(added)
        *whole, self.rest = (self.rest + added).split(b"\n")
        return [line.decode(errors="replace").rstrip() for line in whole]

    def to_end(self) -> None:
        with suppress(OSError):
            self.offset = self.path.stat().st_size


@dataclass
class Watch:
    """The running children, oldest first.

    `say` prints a line for the person, `step` one of many steps of a piece of work; `changed` is called after every
    start, so that the process numbers can be noted.
    """

    say: Callable[[str], None]
    step: Callable[[str], None] = lambda line: None
    changed: Callable[[], None] = lambda: None
    children: list[Child] = field(default_factory=list)
    _stop_requests: int = 0
    _tails: dict[str, LogTail] = field(default_factory=dict)
    _wake: tuple[int, int] = (-1, -1)

    # -- signals

    def listen(self) -> None:
        """Hear Ctrl-C, SIGTERM and SIGHUP as the wish to stop, and wake when a child ends."""
        self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._hear)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _hear(self, *_: object) -> None:
        self._stop_requests += 1

    @property
    def stopping(self) -> bool:
        return self._stop_requests > 0

    def pause(self, seconds: float) -> None:
        """Wait until a signal comes or the seconds are over."""
        with suppress(InterruptedError):
            ready, _, _ = select.select([self._wake[0]], [], [], max(seconds, 0.0))
            if ready:
                with suppress(BlockingIOError):
                    os.read(self._wake[0], 4096)

    # -- running

    def start(self, program: Program) -> Child:
        """Start a program and keep it under watch from now on."""
        tail = self._tails.setdefault(program.name, LogTail(program.log))
        tail.to_end()
        child = Child(program, program.start(), time.monotonic())
        self.children.append(child)
        self.changed()
        return child

    def wait_for(self, condition: Callable[[], bool], *, within: float) -> bool:
        """Wait until the condition holds, watching meanwhile; return whether it does.

        :raises Stopped: when we are asked to stop meanwhile.
        """
        end = time.monotonic() + within
        while True:
            if self.stopping:
                raise Stopped
            if condition():
                return True
            if time.monotonic() > end:
                return False
            self.look()
            self.pause(0.05)

    def run_once(self, argv: Sequence[str], *, env: dict[str, str], cwd: Path, log: Path, show: str) -> int:
        """Run a program to its end, showing the lines it prints; return its exit status.

        :raises Stopped: when we are asked to stop meanwhile (the program is ended first).
        """
        from config.embedded.accounts import spawn

        tail = LogTail(log)
        tail.to_end()
        with log.open("ab") as out:
            process = spawn(argv, log=out, env=env, cwd=cwd)
        while process.poll() is None:
            if self.stopping:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(5)
                _end_group(process.pid)
                process.wait()
                raise Stopped
            self._show(tail, show)
            self.look()
            self.pause(0.05)
        self._show(tail, show)
        return process.returncode

    def _show(self, tail: LogTail, prefix: str) -> None:
        for line in tail.lines():
            if PROGRESS.match(line):
                self.step(f"{prefix}{line}")
            elif line.strip():
                self.say(f"{prefix}{line}")

    def until_stopped(self) -> None:
        """Watch until we are asked to stop."""
        while not self.stopping:
            self.look()
            due = [child.restart_at for child in self.children if child.restart_at is not None]
            self.pause(min([0.5, *(moment - time.monotonic() for moment in due)]))

    def look(self) -> None:
        """See which children ended, restart those whose pause is over, pass on what their logs warn of."""
        now = time.monotonic()
        for child in self.children:
            status = child.process.poll()
            if status is not None and child.restart_at is None:
                _end_group(child.process.pid)
                child.failures = 0 if now - child.started > RAN_WELL_SECONDS else child.failures
                pause = BACK_OFF[min(child.failures, len(BACK_OFF) - 1)]
                child.failures += 1
                child.restart_at = now + pause
                after = f" in {pause:g} s" if pause >= 1 else ""
                self.say(f"{child.program.name}: {how_it_ended(status)}; starting it again{after}")
            if child.restart_at is not None and now >= child.restart_at:
                child.process = child.program.start()
                child.started, child.restart_at = time.monotonic(), None
                child.restarts += 1
                self.changed()
        self._reap_orphans()
        self._read_logs()

    def _reap_orphans(self) -> None:
        """Collect grandchildren that became ours; our own children are left to their Popen."""
        ours = {child.process.pid for child in self.children}
        with suppress(ChildProcessError):
            while (seen := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                if seen.si_pid in ours or self._is_popen(seen.si_pid):
                    return
                os.waitpid(seen.si_pid, os.WNOHANG)

    @staticmethod
    def _is_popen(pid: int) -> bool:
        """A one-off step that ended is collected by its own Popen; its parent is us and it leads its own session."""
        with suppress(OSError):
            return os.getsid(pid) == pid
        return False

    def _read_logs(self) -> None:
        for child in self.children:
            program = child.program
            tail = self._tails[program.name]
            for line in tail.lines():
                if program.tells is not None and program.tells.search(line):
                    self.say(f"{program.name} | {line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + ' ...'}")
            if tail.offset > LARGEST_LOG:
                trim(program.log)

    # -- stopping

    def stop_all(self, groups: Sequence[Sequence[str]]) -> None:
        """Stop the children, group after group, each group in its order. A second request makes it short."""
        asked = self._stop_requests
        for names in groups:
            members = [child for name in names for child in self.children if child.program.name == name]
            for child in members:
                if child.process.poll() is None:
                    with suppress(ProcessLookupError):
                        child.process.send_signal(child.program.stop_signal)
            for child in members:
                end = time.monotonic() + child.program.stop_within
                while child.process.poll() is None and time.monotonic() < end and self._stop_requests <= asked + 1:
                    self.pause(0.1)
                if child.process.poll() is None:
                    child.process.send_signal(child.program.hard_signal)
                    with suppress(subprocess.TimeoutExpired):
                        child.process.wait(5)
                if child.process.poll() is None:
                    child.process.kill()
                child.process.wait()
                _end_group(child.process.pid)
        self.children = [child for child in self.children if child.process.poll() is None]
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def how_it_ended(status: int) -> str:
    """In words how a process ended."""
    return f"killed by signal {-status}" if status < 0 else f"ended with status {status}"


def trim(log: Path) -> None:
    """Keep a log small: what is in it moves to `.1`; writers go on at its (new) end, since they append."""
    with suppress(OSError):
        log.with_suffix(".log.1").write_bytes(log.read_bytes())
        os.truncate(log, 0)


def _end_group(leader: int) -> None:
    """Kill what is left of a child's process group (its workers)."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
