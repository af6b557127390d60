"""The child process that opens a stranger's file with a real parser: bytes on standard input, one line of JSON out.

It limits its own memory and processor time first, opens no other file for writing and knows nothing of Django, so that
a hostile file can harm nothing but this process. Started by :mod:`cases.documents.inspection`.
"""

import io
import json
import resource
import sys
import warnings
from typing import Any, Final

MEMORY: Final = 640 * 1024 * 1024
CPU_SECONDS: Final = 5
LARGEST_PICTURE: Final = 60_000_000  # pixels; an A3 page at 600 dpi has 70 million, at 400 dpi 31 million
MOST_PAGES: Final = 2_000
_END_WITHIN: Final = 1_024
_NESTED_TO: Final = 20
_PDF_ACTIVE: Final = ("/JavaScript", "/JS", "/Launch", "/EmbeddedFiles", "/XFA", "/RichMedia", "/AA", "/OpenAction")


def limit_this_process() -> None:
    """No more than MEMORY bytes and CPU_SECONDS, no file written, no core dump."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def inspect_pdf(content: bytes) -> dict[str, Any]:
    """Open the whole PDF; tell its pages and what could act by itself."""
    import pikepdf

    # A repairable table of contents is common and harmless; a missing end means that pages may be missing too.
    if b"%%EOF" not in content.rstrip(b"\x00\t\r\n ")[-_END_WITHIN:]:
        return {"fault": "damaged", "detail": "no end mark"}
    try:
        with pikepdf.open(io.BytesIO(content), suppress_warnings=True) as pdf:
            pages = len(pdf.pages)
            active = sorted(_active_parts(pdf))
    except pikepdf.PasswordError:
        return {"fault": "password"}
    except pikepdf.PdfError as fault:
        return {"fault": "damaged", "detail": str(fault)[:200]}
    if pages == 0:
        return {"fault": "no-pages"}
    if pages > MOST_PAGES:
        return {"fault": "too-many-pages", "value": pages, "limit": MOST_PAGES}
    return {"pages": pages, "active": active}


def _active_parts(pdf: Any) -> set[str]:
    import pikepdf

    found: set[str] = set()
    # Indirect objects are listed once each; what lies directly inside them is walked, never across a reference.
    waiting = [(thing, 0) for thing in pdf.objects]
    while waiting:
        thing, depth = waiting.pop()
        inside: list[Any] = []
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            found.update(key for key in _PDF_ACTIVE if key in thing)
            if thing.get("/S") in (pikepdf.Name.JavaScript, pikepdf.Name.Launch):
                found.add(str(thing["/S"]))
            inside = list(thing.values() if isinstance(thing, pikepdf.Dictionary) else thing.stream_dict.values())
        elif isinstance(thing, pikepdf.Array):
            inside = list(thing)
        if depth < _NESTED_TO:
            waiting.extend(
                (part, depth + 1) for part in inside if isinstance(part, pikepdf.Object) and not part.is_indirect
            )
    return found


def inspect_picture(content: bytes, kind: str) -> dict[str, Any]:
    """Decode every frame of the picture; tell its frames and size."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = LARGEST_PICTURE
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as picture:
            frames = getattr(picture, "n_frames", 1)
            if frames > MOST_PAGES:
                return {"fault": "too-many-pages", "value": frames, "limit": MOST_PAGES}
            size = list(picture.size)
            for frame in range(frames):
                picture.seek(frame)
                if picture.size[0] * picture.size[1] > LARGEST_PICTURE:
                    raise Image.DecompressionBombError
                picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"fault": "too-many-pixels", "limit": LARGEST_PICTURE}
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError) as fault:
        return {"fault": "damaged", "detail": str(fault)[:200]}
    return {"pages": frames, "size": size}


def main() -> int:
    """Read, parse, answer. The exit status is 0 whenever an answer was given."""
    limit_this_process()
    media_type = sys.argv[1]
    content = sys.stdin.buffer.read()
    try:
        if media_type == "application/pdf":
            answer = inspect_pdf(content)
        else:
            answer = inspect_picture(content, media_type.partition("/")[2].upper())
    except MemoryError:
        answer = {"fault": "too-heavy"}
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
