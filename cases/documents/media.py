"""What kinds of file are taken, told by their content. Pure: bytes in, a media type or a refusal out."""

from dataclasses import dataclass
from typing import Final

from cases.documents.errors import UploadRefused


@dataclass(frozen=True, slots=True)
class Medium:
    """One kind of file that is taken."""

    media_type: str
    label: str
    extensions: tuple[str, ...]
    claims: tuple[str, ...]
    signatures: tuple[bytes, ...]


MEDIA: Final = (
    Medium("application/pdf", "a PDF", ("pdf",), ("application/pdf", "application/x-pdf"), (b"%PDF-",)),
    Medium("image/jpeg", "a JPEG picture", ("jpg", "jpeg", "jpe"), ("image/jpeg", "image/jpg", "image/pjpeg"),
           (b"\xff\xd8\xff",)),
    Medium("image/png", "a PNG picture", ("png",), ("image/png", "image/x-png"), (b"\x89PNG\r\n\x1a\n",)),
    Medium("image/tiff", "a TIFF picture", ("tif", "tiff"), ("image/tiff", "image/x-tiff"), (b"II*\x00", b"MM\x00*")),
)  # fmt: skip
# Taken for papers that are tables of readings, and for no others: what a spreadsheet or a logger's program exports.
TABLE: Final = Medium(
    "text/csv",
    "a table of text",
    ("csv", "txt", "tsv", "tab", "log", "asc", "dat"),
    ("text/csv", "text/plain", "text/tab-separated-values", "application/csv", "application/vnd.ms-excel"),
    (),
)
TEXT: Final = "text/plain; charset=utf-8"
# Written by the system, never taken as an upload.
XML: Final = "application/xml"
JSON: Final = "application/json"
PDF: Final = "application/pdf"
SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXTENSIONS: Final = {medium.media_type: medium.extensions[0] for medium in MEDIA} | {
    TABLE.media_type: "csv",
    TEXT: "txt",
    SHEET: "xlsx",
    XML: "xml",
    JSON: "json",
}
TAKEN: Final = "Send a PDF, or a JPEG, PNG or TIFF picture."
TABLE_TAKEN: Final = "Export it as CSV from the logger's program, or send its report as PDF."

# Said by name, because people try them and deserve a remedy that fits.
_KNOWN_STRANGERS: Final = (
    (b"PK\x03\x04", "an Office document or a ZIP archive", "Print or export it as PDF and send that."),
    (b"PK\x05\x06", "an empty ZIP archive", "Unpack it and send the papers one by one."),
    (b"\xd0\xcf\x11\xe0", "an old Office document", "Print or export it as PDF and send that."),
    (b"{\\rtf", "a rich text document", "Print or export it as PDF and send that."),
    (b"Rar!", "a RAR archive", "Unpack it and send the papers one by one."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it and send the papers one by one."),
    (b"\x1f\x8b", "a compressed archive", "Unpack it and send the papers one by one."),
    (b"MZ", "a program", "Programs are never taken. Send the paper itself as PDF."),
    (b"\x7fELF", "a program", "Programs are never taken. Send the paper itself as PDF."),
    (b"GIF8", "a GIF picture", "Save it as PNG or PDF and send that."),
    (b"BM", "a BMP picture", "Save it as PNG or PDF and send that."),
    (b"8BPS", "a Photoshop file", "Save it as PNG or PDF and send that."),
)
_HEIC_BRANDS: Final = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")
_MARKUP: Final = (b"<!doctype", b"<html", b"<script", b"<svg", b"<?xml", b"<head", b"<body", b"<iframe")
_LOOKED_AT: Final = 1024
# Bytes that no text has in UTF-8 or a Western code page: all control characters but tab and the ends of lines.
_NO_TEXT: Final = tuple(bytes([code]) for code in range(32) if code not in b"\t\n\r\x0c\x1a")
# The standard test string of the antivirus trade; found here too, so that a house without a scanner can try its alarm.
_EICAR: Final = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def recognise(content: bytes, *, name: str = "", claimed: str = "", tables: bool = False) -> Medium:
    """What the content is, when it is one of the kinds taken and neither the name nor the claim says otherwise.

    :param tables: take a table of text too, as it is: nothing in it is ever run or shown as markup.
    :param claimed: the media type that came with the file; ``application/octet-stream`` claims nothing.
    :raises UploadRefused: empty, malicious, of another kind, two kinds in one, or falsely named.
    """
    if not content:
        raise UploadRefused("empty", "The file is empty (0 bytes).", "Save it again and send it once more.", name=name)
    if _EICAR in content:
        raise UploadRefused(
            "malicious",
            "The file holds the EICAR test signature, which stands for malicious content.",
            "Do not send it again; tell the pharmacy if you did not expect this.",
            name=name,
            value="EICAR",
        )
    medium = next((medium for medium in MEDIA if content.startswith(medium.signatures)), None)
    if medium is None and tables and _is_table(content):
        medium = TABLE
    if medium is None:
        raise _stranger(content, name, TABLE_TAKEN if tables else TAKEN)
    _refuse_second_face(content, medium, name)
    _refuse_false_name(medium, name)
    _refuse_false_claim(medium, name, claimed)
    return medium


def extension_of(name: str) -> str:
    """The last extension of a file name in lower case; empty when there is none."""
    stem, dot, extension = name.rpartition(".")
    return extension.strip().lower() if dot and stem else ""


def _stranger(content: bytes, name: str, taken: str) -> UploadRefused:
    code, what, remedy = "type-not-allowed", "of a kind that is not known", taken
    head = content[:_LOOKED_AT]
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        what = "a HEIC picture, as iPhones make them"
        remedy = "Share it as JPEG (camera settings: Formats, Most Compatible), or print it to PDF, and send that."
    elif b"%PDF-" in content[: 8 * _LOOKED_AT]:
        code, what = "two-kinds", "a PDF with something else in front of it"
        remedy = "Open it, print it to a new PDF and send that."
    elif any(mark in head.lower() for mark in _MARKUP):
        what, remedy = "a web page or a drawing with code (HTML, XML or SVG)", "Print it to PDF and send that."
    else:
        for signature, label, advice in _KNOWN_STRANGERS:
            if content.startswith(signature):
                what, remedy = label, advice
                break
        else:
            if _is_text(head):
                what, remedy = "plain text", "Print it to PDF and send that."
    return UploadRefused(code, f"The content is {what}.", remedy, name=name, value=what)


def _refuse_second_face(content: bytes, medium: Medium, name: str) -> None:
    """Refuse a file that another program would read as something else (a polyglot)."""
    tail = _after_the_end(content, medium.media_type)
    head = content[:_LOOKED_AT].lower() if medium.media_type != "application/pdf" else b""
    archive = b"PK\x05\x06" in tail and b"PK\x01\x02" in content
    if medium.media_type == "image/png":
        hidden = bool(tail.strip(b"\x00\r\n\t "))
    elif medium.media_type == "application/pdf":
        hidden = archive or any(mark in tail.lower() for mark in _MARKUP)
    else:
        hidden = archive or b"%PDF-" in tail or any(mark in tail.lower() for mark in _MARKUP)
    if hidden or any(mark in head for mark in (b"<script", b"<html", b"<!doctype html")):
        raise UploadRefused(
            "two-kinds",
            f"The file is {medium.label} with something else hidden in it.",
            "Open it, print it to a new PDF and send that.",
            name=name,
            value=medium.media_type,
        )


def _after_the_end(content: bytes, media_type: str) -> bytes:
    """What follows the end mark of the format; everything for TIFF, which has none."""
    marks = {"application/pdf": b"%%EOF", "image/jpeg": b"\xff\xd9", "image/png": b"IEND\xaeB`\x82"}
    mark = marks.get(media_type)
    if mark is None:
        return content[-65_557:]
    end = content.find(mark) if media_type == "image/png" else content.rfind(mark)
    return content[end + len(mark) :] if end >= 0 else b""


def _refuse_false_name(medium: Medium, name: str) -> None:
    extension = extension_of(name)
    if extension and extension not in medium.extensions:
        raise UploadRefused(
            "name-and-content-differ",
            f"The name ends in .{extension[:12]}, but the content is {medium.label}.",
            f"Give it the ending .{medium.extensions[0]} if it is the right paper, and send it again.",
            name=name,
            value=extension[:12],
        )


def _refuse_false_claim(medium: Medium, name: str, claimed: str) -> None:
    claim = claimed.partition(";")[0].strip().lower()
    if claim and claim != "application/octet-stream" and claim not in medium.claims:
        raise UploadRefused(
            "claim-and-content-differ",
            f"The file was sent as {claim[:60]}, but the content is {medium.label}.",
            f"Send it as {medium.media_type}, or choose the file again.",
            name=name,
            value=claim[:60],
        )


def _is_table(content: bytes) -> bool:
    """Whether it is text throughout, in one of the encodings that loggers write, and no markup."""
    known = any(content.startswith(signature) for signature, _, _ in _KNOWN_STRANGERS)
    if known or any(mark in content[:_LOOKED_AT].lower() for mark in _MARKUP):
        return False
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return b"\x00\x00" not in content
    return not any(mark in content for mark in _NO_TEXT)


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as fault:
        text = head[: fault.start].decode("utf-8") if fault.start > len(head) - 4 else "\x00"
    return "\x00" not in text
