"""Several photographs of one paper become one PDF."""

import io
import struct
import subprocess
from collections.abc import Sequence
from typing import Any, Final

from cases.documents.errors import UploadRefused
from cases.documents.inspection import ask_child, inspect
from cases.documents.inspector import BIND
from cases.documents.media import recognise
from cases.documents.names import clean_name
from cases.documents.receiving import read_whole, refuse_too_large

MOST_PHOTOS: Final = 20
PHOTOS: Final = frozenset({"image/jpeg", "image/png"})


class BoundPhotos(io.BytesIO):
    """A PDF made of photographs, as an upload: it has a name, a size and a type."""

    content_type = "application/pdf"

    def __init__(self, content: bytes, pages: int) -> None:
        super().__init__(content)
        self.size = len(content)
        self.name = f"{pages} photos.pdf"


def bind_photos(files: Sequence[Any]) -> BoundPhotos:
    """One PDF of these photographs, in their order; the same photographs give the same bytes.

    :raises UploadRefused: a photograph that would be refused alone, something that is no photograph, or too many.
    """
    if len(files) > MOST_PHOTOS:
        raise UploadRefused(
            "too-many-photos",
            f"{len(files)} files came together; {MOST_PHOTOS} are taken.",
            "Send them in parts.",
            value=str(len(files)),
            limit=str(MOST_PHOTOS),
        )
    refuse_too_large(sum(file.size for file in files), name=f"{len(files)} files together")
    framed = bytearray()
    for file in files:
        name = clean_name(getattr(file, "sent_name", file.name))
        content = read_whole(file, name=name)
        medium = recognise(content, name=name, claimed=file.content_type or "")
        if medium.media_type not in PHOTOS:
            raise UploadRefused(
                "no-photo",
                f"It is {medium.label}, and only photographs are taken several at once.",
                "Send it on its own.",
                name=name,
                value=medium.media_type,
            )
        inspect(content, medium, name=name)
        framed += struct.pack(">I", len(content)) + content
    return BoundPhotos(_bound(bytes(framed)), len(files))


def _bound(framed: bytes) -> bytes:
    try:
        done = ask_child(BIND, framed)
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode != 0 or not done.stdout:
        raise UploadRefused(
            "too-heavy",
            "The photographs could not be put together within the limits of memory and time.",
            "Send them one by one.",
        )
    return done.stdout
