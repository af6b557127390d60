"""What a verification can find, and how it is told."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The kinds of finding. Every one of them means that something was written past the capture triggers."""

    HASH = "hash_differs"
    BODY = "body_differs"
    LINK = "link_broken"
    GAP = "seq_gap"
    TIME = "time_inverted"
    HEAD = "head_differs"
    HEAD_MISSING = "head_missing"
    ROW_DIFFERS = "row_differs"
    ROW_UNRECORDED = "row_unrecorded"
    ROW_GONE = "row_gone"
    ROW_BACK = "row_back"
    ROW_CHAIN = "row_on_other_chain"
    DISCONTINUOUS = "old_value_differs"
    TRIGGER = "trigger"
    FUNCTION = "function"
    GRANT = "grant"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the evidence says, with the place where it was seen."""

    kind: Kind
    detail: str
    chain: str = ""
    seq: int | None = None
    table: str = ""
    row: str = ""

    def sentence(self) -> str:
        """Place and matter in one line."""
        places = (
            self.chain and (f"{self.chain} #{self.seq}" if self.seq is not None else self.chain),
            self.table and (f"{self.table} row {self.row}" if self.row else self.table),
        )
        return f"{self.kind}: {', '.join(place for place in places if place) or 'the whole'}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Compared:
    """The checkpoint that a verification was compared with: what was cut off before it would have been found."""

    at: datetime
    size: int
    key_id: str

    def as_json(self) -> dict[str, Any]:
        return {"at": self.at.isoformat(), "entries": self.size, "signed_by": self.key_id}


@dataclass(slots=True)
class Report:
    """The outcome of one verification; `ok` when nothing was found.

    `checkpoint` is None where no file is kept: then a tail cut off together with its head was not looked for.
    """

    scope: str
    chains: int = 0
    entries: int = 0
    tables: int = 0
    rows: int = 0
    seconds: float = 0.0
    checkpoint: Compared | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.findings

    def add(self, part: "Report") -> None:
        """Take over what another reader of the same snapshot has counted and found."""
        self.chains += part.chains
        self.entries += part.entries
        self.tables += part.tables
        self.rows += part.rows
        self.findings.extend(part.findings)

    def as_json(self) -> dict[str, Any]:
        """The form that `verify_audit --json` prints; its fields are documented there."""
        return {
            "format": 1,
            "ok": self.ok,
            "scope": self.scope,
            "checked": {"chains": self.chains, "entries": self.entries, "tables": self.tables, "rows": self.rows},
            "seconds": round(self.seconds, 3),
            "checkpoint": self.checkpoint.as_json() if self.checkpoint else None,
            "findings": [{**asdict(finding), "kind": str(finding.kind)} for finding in self.findings],
        }
