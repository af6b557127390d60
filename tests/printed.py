"""What a reader can copy out of a PDF (poppler)."""

import shutil
import subprocess
from pathlib import Path

import pytest


def printed(content: bytes, folder: Path, *, as_it_flows: bool = False) -> str:
    """The text of a file, laid out as on the page; or cell by cell, with single blanks."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: install poppler-utils.")
    path = folder / "printed.pdf"
    path.write_bytes(content)
    order = "-raw" if as_it_flows else "-layout"
    text = subprocess.run(["pdftotext", order, path, "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(text.replace("\u200b", "").split()) if as_it_flows else text
