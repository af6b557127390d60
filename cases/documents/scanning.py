"""Asking a virus scanner (ClamAV's clamd, INSTREAM) about bytes. No scanner, or none that answers, is never "clean"."""

import socket
import struct
from dataclasses import dataclass
from typing import Final

from django.conf import settings

SECONDS: Final = 30
_CHUNK: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner said. ``clean`` is None when nothing was said; ``detail`` is the finding or why not."""

    clean: bool | None
    detail: str


def scan(content: bytes) -> Verdict:
    """The scanner's verdict on the bytes.

    NPP_CLAMD names the scanner: ``host:port`` or the path of its socket. Without it nothing is scanned.
    """
    address = getattr(settings, "NPP_CLAMD", None)
    if not address:
        return Verdict(None, "no scanner is set up (NPP_CLAMD)")
    try:
        with _connected(address) as connection:
            answer = _streamed(connection, content)
    except (OSError, ValueError) as fault:
        return Verdict(None, f"the scanner did not answer ({type(fault).__name__})")
    if answer.endswith(" OK"):
        return Verdict(True, "clamd: no finding")
    if answer.endswith(" FOUND"):
        return Verdict(False, answer.removeprefix("stream: ").removesuffix(" FOUND")[:150])
    return Verdict(None, f"the scanner gave no verdict ({answer[:80] or 'nothing'})")


def _connected(address: str) -> socket.socket:
    path = address.removeprefix("unix:")
    if path.startswith("/"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SECONDS)
        connection.connect(path)
        return connection
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def _streamed(connection: socket.socket, content: bytes) -> str:
    connection.sendall(b"zINSTREAM\0")
    for start in range(0, len(content), _CHUNK):
        part = content[start : start + _CHUNK]
        connection.sendall(struct.pack(">I", len(part)) + part)
    connection.sendall(struct.pack(">I", 0))
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < 4096:
        part = connection.recv(4096)
        if not part:
            break
        answer += part
    return answer.rstrip(b"\0\n").decode("utf-8", "replace").strip()
