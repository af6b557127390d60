"""What a paper covers, where a gate asks for it in words ("exempt medicinal products"): read by a named pharmacist."""

import re

from cases.models import Case
from regulatory.models import Attestation
from regulatory.profiles.loader import Profile
from regulatory.profiles.looks_at import gate_nodes

READ_BY = "coordinating_pharmacy"
_STATEMENT = re.compile(r"(D-[0-9]+) covers “(.+)”")


def scopes_in(profile: Profile) -> dict[str, str]:
    """The scopes that gates ask of a paper, each with the type of the paper."""
    wanted = (node.get("document") for node in gate_nodes(profile))
    return {entry["scope"]: entry["type"] for entry in wanted if isinstance(entry, dict) and "scope" in entry}


def statement_of(label: str, scope: str) -> str:
    """The sentence that is kept under the reader's name."""
    return f"{label} covers “{scope}”"


def is_reading(row: Attestation) -> bool:
    """Whether an attestation tells what a paper covers rather than opening a gate."""
    return row.role == READ_BY and _STATEMENT.fullmatch(row.statement) is not None


def scopes_of(case: Case) -> dict[str, tuple[str, ...]]:
    """What was read of the case's papers, by their labels; one query."""
    found: dict[str, tuple[str, ...]] = {}
    rows = case.attestations.filter(role=READ_BY, statement__contains=" covers “")
    for statement in rows.order_by("attested_at", "id").values_list("statement", flat=True):
        if read := _STATEMENT.fullmatch(statement):
            found[read[1]] = (*found.get(read[1], ()), read[2])
    return found
