"""How an upload comes in over HTTP: the name as it was sent, nothing kept of what is too large, a cut noticed.

Django takes folders and invisible characters out of a file's name before anybody sees them, writes a large file to the
disk before anybody may refuse it, and takes a body that ends early for a whole one. Here a person is told instead.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http.multipartparser import MultiPartParser

from cases.documents.receiving import limit_bytes

# What a form holds beside its files.
_AROUND: Final = 1_048_576
# A body beyond this many times the limit is not even read to its end.
_NOT_READ: Final = 8


class UploadGate(FileUploadHandler):
    """First of FILE_UPLOAD_HANDLERS: parses the body itself, with the handlers after it.

    Each file then carries ``sent_name``, the name as it came, and ``came_whole``, which the request says too. A file
    that is too large has its true size and no content.

    :raises RequestDataTooBig: when the body is beyond all measure.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803  (Django's own name for it)
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[Any, Any]:
        if content_length > _NOT_READ * limit_bytes():
            raise RequestDataTooBig("The body is larger than anything that is taken.")
        source: Any = _Counted(input_data)
        others: Sequence[FileUploadHandler] = self.request.upload_handlers if self.request is not None else ()
        keepers = [one for one in others if one is not self]
        within = _WithinLimit(self.request, keepers, hopeless=content_length > limit_bytes() + _AROUND)
        parser = _NamesAsSent(META, source, [within, *keepers], encoding)
        within.parser = parser
        typed, files = parser.parse()
        came_whole = source.count == content_length
        for field, names in within.sent.items():
            # Of a body that was cut, the last file may never have been completed.
            for file, name in zip(files.getlist(field), names, strict=False):
                file.sent_name = name
                file.came_whole = came_whole
        if self.request is not None:
            self.request.came_whole = came_whole  # type: ignore[attr-defined]
        return typed, files

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Never called: the body was parsed already."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Never called: the body was parsed already."""


class _Counted:
    """A stream that knows how much was read of it."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        part: bytes = self._source.read(size)
        self.count += len(part)
        return part


class _NamesAsSent(MultiPartParser):
    """Remembers the last file name before it was tidied."""

    last_name = ""

    def sanitize_file_name(self, file_name: str) -> str | None:
        self.last_name = file_name
        return super().sanitize_file_name(file_name)


class _WithinLimit(FileUploadHandler):
    """Lets nothing through to memory or disk of a file that is too large, and counts it."""

    parser: _NamesAsSent

    def __init__(self, request: Any, keepers: Sequence[FileUploadHandler], *, hopeless: bool) -> None:
        super().__init__(request)
        self._keepers, self._hopeless = keepers, hopeless
        self._over = False
        self.sent: dict[str, list[str]] = {}

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, file_name, *args, **kwargs)
        self.sent.setdefault(field_name, []).append(self.parser.last_name)
        self._over = self._hopeless
        if self._hopeless:
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self._over = self._over or start + len(raw_data) > limit_bytes()
        return None if self._over else raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if not self._over:
            return None
        for keeper in () if self._hopeless else self._keepers:
            keeper.upload_interrupted()
        return UploadedFile(ContentFile(b""), self.file_name, self.content_type, file_size)
