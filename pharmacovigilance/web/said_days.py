"""A day as far as it is known, in the words of the pages."""

from datetime import date

from cases.web import words


def said_day(text: str) -> str:
    """``Thu 26 Nov 2026``, ``Nov 2026`` or ``2026`` for ``2026-11-26`` (or an instant of it), ``2026-11``, ``2026``."""
    if len(text) >= len("2026-11-26"):
        return words.day_with_year(date.fromisoformat(text[:10]))
    year, _, month = text.partition("-")
    return f"{words.month(date(int(year), int(month), 1))} {year}" if month else text
