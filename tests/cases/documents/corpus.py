"""Files as people and attackers send them, made on the spot. None holds anybody's data."""

import io
import struct
import zipfile
import zlib
from functools import cache
from typing import Any

import pikepdf
from PIL import Image

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def pdf(*, pages: int = 1, password: str = "", mark: str = "", script: str = "") -> bytes:
    """A PDF with blank pages; locked when a password is given."""
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(200, 200))
    if mark:
        document.docinfo["/Title"] = mark
    if script:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=script)
    written = io.BytesIO()
    locked: Any = pikepdf.Encryption(owner=password, user=password) if password else False
    document.save(written, encryption=locked)
    return written.getvalue()


def picture(kind: str, *, size: tuple[int, int] = (12, 9), frames: int = 1) -> bytes:
    """A small picture with a gradient in it."""
    made = [Image.linear_gradient("L").resize(size).convert("RGB") for _ in range(frames)]
    written = io.BytesIO()
    more: dict[str, Any] = {"save_all": True, "append_images": made[1:]} if frames > 1 else {}
    made[0].save(written, kind, **more)
    return written.getvalue()


def archive() -> bytes:
    """A ZIP archive with one entry."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
    return written.getvalue()


def bomb_png() -> bytes:
    """A PNG of a few hundred kilobytes that unfolds to 20,000 x 20,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(b"\x00" * (2501 * 20_000), 9)
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@cache
def endless_tiff() -> bytes:
    """A small TIFF with 400 pages of 49 megapixels, which no reader gets through in five seconds.

    Its pages are so many directories that all point at the lines of the first: packing each anew takes half a minute.
    """
    written = io.BytesIO()
    Image.new("1", (7_000, 7_000), 1).save(written, "TIFF", compression="group4")
    file = written.getvalue()
    (at,) = struct.unpack_from("<I", file, 4)
    size = 2 + 12 * struct.unpack_from("<H", file, at)[0]
    directory = file[at : at + size]
    file += b"\0" * (len(file) % 2)
    begins = [at, *(len(file) + (size + 4) * number for number in range(399))]
    file += b"".join(directory + struct.pack("<I", following) for following in [*begins[2:], 0])
    return file[: at + size] + struct.pack("<I", begins[1]) + file[at + size + 4 :]


@cache
def bomb_pdf() -> bytes:
    """A PDF of about a megabyte whose object stream unfolds to more than a gigabyte."""
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(b" " * 1_000_000) for _ in range(1_200)) + packer.flush()
    parts = [
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n",
        b"3 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(body)
        + body
        + b"\nendstream\nendobj\n",
    ]
    file, offsets = b"%PDF-1.5\n", []
    for part in parts:
        offsets.append(len(file))
        file += part
    table = b"".join(
        (
            struct.pack(">BIH", 0, 0, 65535),
            struct.pack(">BIH", 1, offsets[0], 0),
            struct.pack(">BIH", 2, 3, 0),
            struct.pack(">BIH", 1, offsets[1], 0),
            struct.pack(">BIH", 1, len(file), 0),
        )
    )
    start = len(file)
    file += b"4 0 obj\n<< /Type /XRef /Size 5 /W [1 4 2] /Root 1 0 R /Length %d >>\nstream\n" % len(table)
    return file + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
