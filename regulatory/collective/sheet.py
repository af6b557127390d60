"""A spreadsheet of text cells: what a value says is never taken as a formula."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime


def write_sheet(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, made_at: datetime) -> bytes:
    """One sheet with its heads in the first row. `made_at` is the only time the program writes about the content."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = title[:31]
    sheet.freeze_panes = "A2"
    for number, row in enumerate([heads, *rows], start=1):
        for column, text in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            # Set as text, whatever it begins with: “=…” in a name stays a name (OWASP, CSV injection).
            cell.value, cell.data_type, cell.quotePrefix = text, "s", True
            if number == 1:
                cell.font = Font(bold=True)
    for column, head in enumerate(heads, start=1):
        longest = max([len(head), *(len(row[column - 1]) for row in rows if row)], default=10)
        sheet.column_dimensions[sheet.cell(1, column).column_letter].width = min(longest + 3, 60)
    book.properties.creator = ""
    book.properties.created = book.properties.modified = made_at.replace(tzinfo=None)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
