"""The published schemas and examples, and a file with events of our own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PACK = "https://id.gs1.org/01/00312345678906/21/SN0001"


def event(**other: Any) -> dict[str, Any]:
    """One whole event; a field given as None is left out."""
    whole = {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T09:00:00-05:00",
        "eventTimeZoneOffset": "-05:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "epcList": [PACK],
    } | other
    return {name: value for name, value in whole.items() if value is not None}


def document(*events: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T10:00:00Z",
        "epcisBody": {"eventList": list(events)},
    } | other


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """A file of these bytes, this text or these events."""

    def write(*content: Any) -> Path:
        path = tmp_path / "events"
        if isinstance(content[0], bytes):
            path.write_bytes(content[0])
        else:
            path.write_text(content[0] if isinstance(content[0], str) else json.dumps(document(*content)))
        return path

    return write
