"""Amounts of time as people type them: ``28d``, ``36h``, ``90m``."""

import re
from datetime import timedelta

_AMOUNT = re.compile(r"^\s*(\d{1,4})\s*(d|h|m|w)\s*$", re.IGNORECASE)
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}


def parse_amount(text: str) -> timedelta:
    """``28d`` as a timedelta.

    :raises ValueError: with a sentence that names the value and the remedy.
    """
    match = _AMOUNT.match(text)
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{text!r} is no amount of time: write a number and d, h, m or w, for example 28d or 36h.")
    return timedelta(**{_UNITS[match[2].lower()]: int(match[1])})
