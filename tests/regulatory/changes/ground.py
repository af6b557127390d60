"""Versions of a pathway for the tests of rule changes: a file, changed as a test needs it, imported as a draft."""

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

from cases.people.models import User
from regulatory.drafts import import_profile
from regulatory.governance import review_profile
from regulatory.models import ProfileVersion
from regulatory.profiles.files import written
from regulatory.profiles.loader import load
from tests.factories import NOW, House, signed_copy

UK = "UK-SPECIALS"


def raw_of(key: str = UK, *, version: str = "1.1.0", change: Callable[[dict[str, Any]], object] | None = None) -> Any:
    """The data of a product pathway under another number, changed in place by ``change``."""
    raw = copy.deepcopy(dict(load().profiles[key].raw))
    raw["profile_version"] = version
    if change is not None:
        change(raw)
    return raw


def file_of(raw: Any) -> bytes:
    """The file of these data."""
    return written(raw)


def imported(house: House, raw: Any, *, by: User | None = None) -> ProfileVersion:
    """A draft with these data."""
    return import_profile(file_of(raw), by=by or house.coordinator, now=NOW).version


def signed_with(change: Callable[[dict[str, Any]], object], key: str = UK) -> Callable[[House], ProfileVersion]:
    """What makes a signed demonstration copy of the pathway with that change, for `build_ground`."""
    return lambda house: signed_copy(house, imported(house, raw_of(key, change=change)))


def reviewed(house: House, version: ProfileVersion) -> ProfileVersion:
    """The draft as the second pharmacist has read it against its sources."""
    return review_profile(
        version,
        reviewed_on=NOW.date(),
        next_review_due=date(NOW.year + 1, 6, 1),
        by=house.second_pharmacist,
        now=NOW,
    )
