"""The child process that opens a stranger's file with a real parser: bytes on standard input, one line of JSON out.

It also binds several photographs into one PDF (``bind``): framed pictures in, the PDF out. It limits its own memory
and processor time first, opens no other file for writing and knows nothing of Django, so that a hostile file can harm
nothing but this process. Started by :mod:`cases.documents.inspection` and :mod:`cases.documents.binding`.
"""

import io
import json
import resource
import struct
import sys
import warnings
import zlib
from typing import Any, Final

MEMORY: Final = 640 * 1024 * 1024
CPU_SECONDS: Final = 5
BIND: Final = "bind"
LARGEST_PICTURE: Final = 60_000_000  # pixels; an A3 page at 600 dpi has 70 million, at 400 dpi 31 million
MOST_PAGES: Final = 2_000
_END_WITHIN: Final = 1_024
_NESTED_TO: Final = 20
_LONG_SIDE: Final = 842.0  # points: A4
_TURNS: Final = {3: 180, 6: 90, 8: 270}  # EXIF orientation -> degrees clockwise
_ORIENTATION: Final = 0x0112
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


def bind(stream: bytes) -> bytes:
    """One PDF of the framed pictures, a page each; the same pictures give the same bytes.

    A JPEG goes in byte for byte, so nothing of what was photographed is lost; a page lies as the camera was held.
    """
    import pikepdf

    pdf = pikepdf.new()
    for content in _pictures_of(stream):
        _add_page(pdf, content)
    bound = io.BytesIO()
    pdf.save(bound, deterministic_id=True)
    return bound.getvalue()


def _pictures_of(stream: bytes) -> list[bytes]:
    """The pictures in the stream, each after its length (4 bytes, big-endian)."""
    found, at = [], 0
    while at < len(stream):
        (length,) = struct.unpack_from(">I", stream, at)
        found.append(stream[at + 4 : at + 4 + length])
        at += 4 + length
    return found


def _add_page(pdf: Any, content: bytes) -> None:
    """Put one picture on a page of its own."""
    from pikepdf import Dictionary, Name, Page, Stream
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as picture:
        turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1), 0)
        width, height = picture.size
        if picture.format == "JPEG" and picture.mode in ("L", "RGB"):
            data, how, space = content, Name.DCTDecode, Name.DeviceGray if picture.mode == "L" else Name.DeviceRGB
        else:
            data, how, space = zlib.compress(_flat(picture).tobytes(), 6), Name.FlateDecode, Name.DeviceRGB
    image = Stream(pdf, data)
    image.stream_dict = Dictionary(
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width,
        Height=height,
        ColorSpace=space,
        BitsPerComponent=8,
        Filter=how,
    )
    across, up = (round(side * _LONG_SIDE / max(width, height), 2) for side in (width, height))
    page = Dictionary(
        Type=Name.Page,
        MediaBox=[0, 0, across, up],
        Rotate=turn,
        Resources=Dictionary(XObject=Dictionary(Photo=image)),
        Contents=Stream(pdf, f"q {across} 0 0 {up} 0 0 cm /Photo Do Q".encode()),
    )
    pdf.pages.append(Page(page))


def _flat(picture: Any) -> Any:
    """The picture in three colours, on white where it is transparent."""
    from PIL import Image

    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Image.new("RGB", layered.size, "white")
    ground.paste(layered, mask=layered.getchannel("A"))
    return ground


def main() -> int:
    """Read, parse or bind, answer. The exit status is 0 whenever an answer was given.

    Arguments: what to do, and the folder of the parsers where the interpreter does not know it by itself.
    """
    limit_this_process()
    media_type = sys.argv[1]
    sys.path += sys.argv[2:]
    content = sys.stdin.buffer.read()
    if media_type == BIND:
        sys.stdout.buffer.write(bind(content))
        return 0
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
