"""Makes the environment that the commands need, then steps aside. Standard library only.

`.venv` in the clone is made when missing, gets the pinned requirements (with `uv` when there is one, else pip) and
carries a stamp, the hash of the pins. A second run compares the stamp and hands over at once. The environment that is
already active is used as it is when it has everything, or when NPP_NO_BOOTSTRAP=1.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from config.refusals import Refusal, leave

CLONE = Path(__file__).resolve().parent.parent
STAMP = "npp-requirements.json"
# Commands that need the tools of requirements-dev.txt.
DEVELOPMENT_COMMANDS = frozenset({"test"})
NEEDED_BYTES = {"requirements.txt": 700_000_000, "requirements-dev.txt": 1_300_000_000}
PIN = re.compile(r"^([A-Za-z0-9._-]+)(\[[^\]]*\])?==([^\s;#]+)")
INCLUDE = re.compile(r"^-r\s+(\S+)")

NO_NETWORK = re.compile(
    r"name resolution|Name or service not known|NewConnectionError|Network is unreachable|Connection refused|dns error"
    r"|Could not fetch URL|error sending request|Failed to fetch|ConnectTimeout|timed out|\(from versions: none\)",
    re.IGNORECASE,
)
NO_SPACE = re.compile(r"No space left on device|Errno 28|os error 28|Disk quota exceeded", re.IGNORECASE)


def run(argv: Sequence[str]) -> int:
    """Activate the environment and carry out the command of this command line; return its exit status."""
    try:
        ensure_environment(argv)
    except Refusal as refusal:
        leave(refusal)
    except KeyboardInterrupt:
        print("manage.py: interrupted; the next run goes on from here.", file=sys.stderr)
        return 130
    from config.commands import execute  # the environment is active from here on

    return execute(list(argv))


def ensure_environment(argv: Sequence[str]) -> None:
    """Return when this interpreter has the requirements; else make them and start again inside them."""
    if os.environ.get("NPP_NO_BOOTSTRAP") == "1":
        return
    wanted = "requirements-dev.txt" if len(argv) > 1 and argv[1] in DEVELOPMENT_COMMANDS else "requirements.txt"
    environment = CLONE / ".venv"
    inside = Path(sys.prefix).resolve() == environment.resolve()
    if inside and stamped(environment, wanted):
        return
    if sys.prefix != sys.base_prefix and not missing(wanted):
        if inside:
            stamp(environment, wanted)
        return
    if not stamped(environment, wanted):
        prepare(environment, wanted)
    python = interpreter(environment)
    sys.stdout.flush()
    os.execv(python, [str(python), *argv])  # noqa: S606 - our own interpreter, no shell


def interpreter(environment: Path) -> Path:
    return environment / "bin" / "python"


# -- what is wanted, and what is there


def pins(name: str) -> dict[str, str]:
    """The pinned distributions of a requirements file and of those it includes: name to version."""
    found: dict[str, str] = {}
    for line in (CLONE / name).read_text().splitlines():
        if include := INCLUDE.match(line):
            found |= pins(include[1])
        elif pin := PIN.match(line):
            found[pin[1]] = pin[3]
    return found


def missing(name: str) -> list[str]:
    """The pinned distributions that this interpreter does not have in just that version."""
    absent = []
    for distribution, version in pins(name).items():
        try:
            there = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            there = ""
        if there != version:
            absent.append(distribution)
    return absent


def fingerprint(name: str) -> str:
    """Changes when the requirements do."""
    text = "\n".join(f"{distribution}=={version}" for distribution, version in sorted(pins(name).items()))
    return hashlib.sha256(text.encode()).hexdigest()


def stamped(environment: Path, name: str) -> bool:
    """Whether the environment was finished for these requirements (those of development include the others)."""
    try:
        stamps = json.loads((environment / STAMP).read_text())
    except (OSError, ValueError):
        return False
    if not interpreter(environment).exists():  # its Python was removed or moved
        return False
    return any(stamps.get(one) == fingerprint(one) for one in {name, "requirements-dev.txt"})


def stamp(environment: Path, name: str) -> None:
    """Note that the environment has these requirements; in one step, so that a cut-off run leaves none."""
    path = environment / STAMP
    stamps = {}
    with suppress(OSError, ValueError):
        stamps = json.loads(path.read_text())
    stamps[name] = fingerprint(name)
    unfinished = path.with_suffix(f".{os.getpid()}")
    with suppress(PermissionError):  # an environment of another account that has everything will do
        unfinished.write_text(json.dumps(stamps))
        unfinished.rename(path)


# -- making it


def prepare(environment: Path, name: str) -> None:
    """Make or complete the environment. Of several processes one does it and the others wait."""
    import fcntl

    try:
        lock = os.open(CLONE / ".venv.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise Refusal(
            f"The folder {CLONE} cannot be written to by this account.",
            remedy="Clone it as the account that shall run it.",
        ) from error
    except OSError as error:
        raise disk_refusal(error) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another command is installing the requirements; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if stamped(environment, name):
            return
        try:
            if not usable(environment):
                make(environment)
            if not satisfied(environment, name):
                require_space(name)
                install(environment, name)
            stamp(environment, name)
        except OSError as error:
            raise disk_refusal(error) from error
    finally:
        os.close(lock)


def disk_refusal(error: OSError) -> Refusal:
    if error.errno == errno.ENOSPC or "space" in str(error):
        return Refusal("The disk is full.", remedy="Make room and run the command again; it goes on from here.")
    return Refusal(f"The environment cannot be made: {error}.", remedy=f"Remove {CLONE / '.venv'} and run it again.")


def require_space(name: str) -> None:
    free, needed = shutil.disk_usage(CLONE).free, NEEDED_BYTES[name]
    if free < needed:
        raise Refusal(
            f"{free // 1_000_000} MB are free in {CLONE}; {needed // 1_000_000} MB are needed for the requirements.",
            remedy="Make room and run the command again.",
        )


def usable(environment: Path) -> bool:
    """Whether the environment's Python runs and is new enough (not after a cut-off first run or a removed Python)."""
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([interpreter(environment), "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def satisfied(environment: Path, name: str) -> bool:
    """Whether the environment's own interpreter finds every pinned distribution."""
    code = "import sys; _, clone, name = sys.argv; sys.path.insert(0, clone); from config import bootstrap; "
    code += "sys.exit(bool(bootstrap.missing(name)))"
    asked: list[str] = [str(interpreter(environment)), "-c", code, str(CLONE), name]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def make(environment: Path) -> None:
    """Make the virtual environment, over whatever a cut-off run has left."""
    say(f"Making the environment in {environment} ...")
    uv = shutil.which("uv")
    if uv:
        command = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(environment)]
    else:
        try:
            import ensurepip  # noqa: F401 - Debian leaves it out of python3 unless python3-venv is installed
            import venv  # noqa: F401
        except ImportError as error:
            version = f"{sys.version_info[0]}.{sys.version_info[1]}"
            raise Refusal(
                "This Python has no venv module.",
                remedy=f"Install it: `apt-get install python{version}-venv` on Debian and Ubuntu; or install uv.",
            ) from error
        command = [sys.executable, "-m", "venv", "--clear", str(environment)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        output = made.stdout + made.stderr
        raise refusal_for(output, what="The environment could not be made")


def install(environment: Path, name: str) -> None:
    """Install the pinned requirements, telling what is being done."""
    total = len(pins(name))
    uv = shutil.which("uv")
    python = str(interpreter(environment))
    if uv:
        command = [uv, "pip", "install", "--python", python, "-r", str(CLONE / name)]
    else:
        if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
            subprocess.run([python, "-m", "ensurepip", "--upgrade"], capture_output=True, check=False)
        command = [python, "-m", "pip", "install", "--progress-bar", "off", "--disable-pip-version-check"]
        command += ["--no-input", "-r", str(CLONE / name)]
    say(f"Installing {total} pinned requirements and what they need with {'uv' if uv else 'pip'} ...")
    output: list[str] = []
    step = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            output.append(line)
            words = line.split()
            if words[:1] == ["Collecting"] and len(words) > 1:
                step = progress(f"  {len([one for one in output if one.startswith('Collecting')]):3} {words[1]}", step)
            elif line.startswith(("Installing collected", "Resolved", "Prepared", "Installed", "Downloading ")) and (
                uv or line.startswith("Installing")
            ):
                step = progress("  " + line.strip()[:60], step)
    progress("", step, last=True)
    if process.returncode:
        raise refusal_for("".join(output[-40:]), what="The requirements could not be installed")


def refusal_for(output: str, *, what: str) -> Refusal:
    """The one sentence for what an installer printed when it failed."""
    if NO_SPACE.search(output):
        return Refusal(
            f"{what}: the disk is full.", remedy="Make room and run the command again; it goes on from here."
        )
    if "ensurepip is not" in output or "No module named ensurepip" in output:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return Refusal(
            "This Python has no venv module.",
            remedy=f"Install it: `apt-get install python{version}-venv` on Debian and Ubuntu; or install uv.",
        )
    if NO_NETWORK.search(output):
        return Refusal(
            f"{what}: the package index cannot be reached.",
            remedy="Check the network (or set PIP_INDEX_URL, UV_INDEX_URL or HTTPS_PROXY) and run the command again.",
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = next((line for line in reversed(lines) if "rror" in line), lines[-1] if lines else "no output")
    return Refusal(f"{what} ({last}).", remedy=f"Remove {CLONE / '.venv'} and run the command again.")


# -- telling what is being done


def say(sentence: str) -> None:
    print(sentence, flush=True)


def progress(text: str, before: str, *, last: bool = False) -> str:
    """One line that is written over on a terminal; elsewhere every tenth step has a line. Returns what was shown."""
    if sys.stdout.isatty():
        if text or before:
            sys.stdout.write("\r" + text.ljust(len(before)) + ("\r" if last else ""))
            sys.stdout.flush()
    elif text and (not text[:5].strip().isdigit() or int(text[:5]) % 10 == 0):
        print(text, flush=True)
    return text
