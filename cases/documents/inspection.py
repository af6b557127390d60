"""Having a stranger's file opened by a child process with limits, and saying in words what it found."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import PIL

from cases.documents.errors import UploadRefused
from cases.documents.media import TABLE, Medium

WALL_SECONDS: Final = 20
_PROGRAM: Final = Path(__file__).with_name("inspector.py")
_PARSERS: Final = str(Path(PIL.__file__).parents[1])
_REPRINT: Final = "Open it, print it to a new PDF and send that."


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the parser saw: pages or frames, and parts of a PDF that could act by themselves."""

    pages: int | None
    active: tuple[str, ...] = ()


def inspect(content: bytes, medium: Medium, *, name: str) -> Inspection:
    """Open the file with its real parser, outside of this process.

    :raises UploadRefused: damaged, locked by a password, too large inside, or too heavy to open within the limits.
    """
    if medium is TABLE:
        return Inspection(pages=None)  # plain text has no parser of its own; whoever reads it reads it by a layout
    answer = _asked(content, medium.media_type)
    if fault := answer.get("fault"):
        raise _refusal(fault, answer, medium, name)
    return Inspection(pages=answer["pages"], active=tuple(answer.get("active", ())))


def ask_child(task: str, content: bytes) -> subprocess.CompletedProcess[bytes]:
    """Hand bytes to the child process for one task: a media type to inspect, or ``bind``.

    :raises subprocess.TimeoutExpired: when it takes longer than WALL_SECONDS.
    """
    # -I: no site of the user, no PYTHON variables, no current folder on the path; the parsers are this process's own.
    command = [sys.executable, "-I", str(_PROGRAM), task, _PARSERS]
    return subprocess.run(command, input=content, capture_output=True, timeout=WALL_SECONDS, check=False, env={})


def _asked(content: bytes, media_type: str) -> dict[str, Any]:
    try:
        done = ask_child(media_type, content)
    except subprocess.TimeoutExpired:
        return {"fault": "too-heavy"}
    if done.returncode != 0 or not done.stdout:
        return {"fault": "too-heavy"}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _refusal(fault: str, answer: dict[str, Any], medium: Medium, name: str) -> UploadRefused:
    value, limit = str(answer.get("value", "")), str(answer.get("limit", ""))
    problem, remedy = {
        "password": (
            "The PDF is locked with a password.",
            "Remove the password (open it, print it to a new PDF) and send that; never send a password by mail.",
        ),
        "damaged": (
            f"The file begins like {medium.label}, but it is damaged or cut off and cannot be opened.",
            "Scan or save it again and send the new file.",
        ),
        "no-pages": ("The PDF has no pages.", _REPRINT),
        "too-many-pages": (f"The file has {value} pages; {limit} are taken.", "Send it in parts."),
        "too-many-pixels": (
            f"The picture has more than {int(limit or 0) // 1_000_000} million pixels.",
            "Scan it again at 300 dpi and send that.",
        ),
        "too-heavy": ("The file could not be opened within the limits of memory and time.", _REPRINT),
    }[fault]
    return UploadRefused(fault, problem, remedy, name=name, value=value, limit=limit)
