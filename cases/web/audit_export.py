"""What an auditor takes along: the lines that a page shows, as a spreadsheet or as JSON, without identity.

Values of encrypted columns are a word here as on the page; nothing in the trail names a patient.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from django.http import HttpResponse

from cases.print.cells import csv_of
from cases.web.record_words import Line
from cases.web.words import iso_moment

EXPORTED = ("csv", "json")
HEADS = (
    "case",
    "entry",
    "recorded (UTC)",
    "business time (UTC)",
    "who",
    "on behalf of",
    "what",
    "event",
    "record",
    "field",
    "old value",
    "new value",
    "reason",
    "request",
    "hash",
)


def as_file(lines: Sequence[Line], references: Mapping[str, str], kind: str, *, name: str) -> HttpResponse:
    """The lines as a file of that kind; ``references`` names the case of a chain."""
    if kind == "json":
        answer = HttpResponse(_json(lines, references), content_type="application/json")
    else:
        answer = HttpResponse(csv_of(HEADS, _rows(lines, references)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer


def _rows(lines: Sequence[Line], references: Mapping[str, str]) -> Iterator[list[str]]:
    """One row a field; an entry without fields has one row of its own."""
    for line in lines:
        entry = line.entry
        head = [
            references.get(entry.chain, ""),
            str(entry.seq),
            iso_moment(entry.at),
            iso_moment(entry.business_at) if entry.business_at else "",
            line.who,
            line.on_behalf_of,
            line.deed,
            entry.verb,
            line.record,
        ]
        tail = [entry.reason, entry.request_id, entry.hash]
        for change in line.changes or (None,):
            fields = [change.label, change.was, change.now] if change else ["", "", ""]
            yield [*head, *fields, *tail]


def _json(lines: Sequence[Line], references: Mapping[str, str]) -> str:
    told = [
        {
            "case": references.get(line.entry.chain, ""),
            "entry": line.entry.seq,
            "recorded_at": line.entry.at.isoformat(),
            "business_at": line.entry.business_at.isoformat() if line.entry.business_at else None,
            "who": line.who,
            "who_code": line.entry.actor,
            "on_behalf_of": line.on_behalf_of,
            "what": line.deed,
            "event": line.entry.verb,
            "record": line.record,
            "operation": line.operation,
            "changes": [
                {"field": one.label, "old": one.was, "new": one.now, "hidden": one.hidden} for one in line.changes
            ],
            "reason": line.entry.reason,
            "request_id": line.entry.request_id,
            "hash": line.entry.hash,
        }
        for line in lines
    ]
    return json.dumps({"format": 1, "entries": told}, ensure_ascii=False, indent=1)
