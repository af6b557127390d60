"""How the files of one kind of logger are laid out: data, one JSON file each, not a parser each.

The product's own are drafts from published descriptions, since no vendor publishes a sample; a person checks one
against a file of the logger in hand before it is relied on. CONTRIBUTING says how to add one.
"""

import json
import re
from collections.abc import Mapping as Words
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jsonschema_rs

_FOLDER: Final = Path(__file__).with_name("mappings")
_PLACE: Final = re.compile(r"#[1-9]\d?")
DATE_ORDERS: Final = ("ymd", "dmy", "mdy", "detect")
_SCHEMA: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "label", "version", "delimiter", "columns", "unit", "zone", "source", "confidence"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9-]{2,40}$"},
        "label": {"type": "string", "minLength": 1, "maxLength": 80},
        "version": {"type": "integer", "minimum": 1},
        "delimiter": {"enum": [",", ";", "\t", "|"]},
        "decimal": {"enum": [".", ","]},
        "encoding": {"enum": ["utf-8", "utf-16", "cp1252"]},
        "date_order": {"enum": list(DATE_ORDERS)},
        "unit": {"enum": ["C", "F"]},
        "zone": {"type": "string", "minLength": 1, "maxLength": 60},
        "stop": {"type": "array", "maxItems": 10, "items": {"type": "string", "minLength": 1, "maxLength": 40}},
        "skip": {"type": "integer", "minimum": 0, "maximum": 200},
        "columns": {
            "type": "object",
            "additionalProperties": False,
            "required": ["temperature"],
            "oneOf": [{"required": ["stamp"]}, {"required": ["date", "time"]}],
            "properties": {
                name: {"type": "string", "minLength": 1, "maxLength": 60}
                for name in ("stamp", "date", "time", "temperature")
            },
        },
        "source": {"type": "string", "minLength": 1, "maxLength": 200},
        "confidence": {"enum": ["documented", "recalled", "checked"]},
    },
}


class MappingRefused(ValueError):
    """A mapping that cannot be used; the sentence names the path and the value."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """One layout.

    ``columns`` are headings, found wherever the heading row stands; ``zone`` is an IANA name, or ``stamp`` when every
    stamp carries its own offset. ``stop`` are words that end the readings when a row begins with one. A file without a
    heading names its columns by place, ``#1`` the first, below ``skip`` rows.
    """

    name: str
    label: str
    version: int
    delimiter: str
    columns: Words[str, str]
    unit: str
    zone: str
    source: str
    confidence: str
    decimal: str = "."
    encoding: str = "utf-8"
    date_order: str = "ymd"
    stop: tuple[str, ...] = field(default=())
    skip: int = 0

    @property
    def is_by_place(self) -> bool:
        """Whether the columns are named by place; all of them are, or none."""
        return all(_PLACE.fullmatch(column) for column in self.columns.values())

    @property
    def key(self) -> str:
        """Name and version: what an assessment was read by."""
        return f"{self.name}:{self.version}"

    def as_json(self) -> dict[str, Any]:
        """The whole layout, as :func:`mapping_of` takes it."""
        words = {name: getattr(self, name) for name in self.__slots__ if name not in ("columns", "stop")}
        return words | {"columns": dict(self.columns), "stop": list(self.stop)}


def mapping_of(words: Any) -> Mapping:
    """A mapping from its JSON.

    :raises MappingRefused: naming the path and the value that is wrong.
    """
    fault = next(iter(jsonschema_rs.validator_for(_SCHEMA).iter_errors(words)), None)
    if fault is not None:
        path = "/".join(str(part) for part in fault.instance_path) or "the mapping"
        raise MappingRefused(f"{path}: {fault.message}. Nothing was read.")
    try:
        if words["zone"] != "stamp":
            ZoneInfo(words["zone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise MappingRefused(f"zone: {words['zone']!r} is no time zone. Name one such as Europe/London.") from None
    return Mapping(**(words | {"stop": tuple(words.get("stop", ()))}))


@cache
def mappings() -> Words[str, Mapping]:
    """The product's own, by name."""
    read = (mapping_of(json.loads(path.read_text("utf-8"))) for path in sorted(_FOLDER.glob("*.json")))
    return {one.name: one for one in read}
