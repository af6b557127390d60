"""A message against three layers: published schema, ICH's rules, its recipient's rules. No database, no clock."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from lxml import etree

from pharmacovigilance.e2b import conditions, eu, fda, ich, schema
from pharmacovigilance.e2b.findings import REJECTION, Finding, Unreadable
from pharmacovigilance.e2b.places import place_of
from pharmacovigilance.e2b.reading import Part, document_of, parts_of, root_of

NOT_CHECKED: Final = "not checked: NPP_ICH_SCHEMA_DIR is not set"


@dataclass(frozen=True)
class Checked:
    """The outcome: which layers were looked at, and what was found.

    :param schema: "checked", or why the schema was not.
    """

    profile: str
    schema: str
    findings: tuple[Finding, ...]

    @property
    def is_accepted(self) -> bool:
        """No finding that the recipient would reject; warnings may stand."""
        return not any(finding.severity == REJECTION for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        return {
            "profile": self.profile,
            "accepted": self.is_accepted,
            "schema": self.schema,
            "findings": [finding.to_json() for finding in self.findings],
        }


Recipient = Callable[[Part, bool | None], Iterator[Finding]]
PROFILES: Final[Mapping[str, Recipient]] = {
    "ich": lambda batch, is_initial: iter(()),
    "fda": lambda batch, is_initial: fda.check(batch, is_initial=is_initial),
    "eu": lambda batch, is_initial: eu.check(batch),
}


def check_file(path: Path, **how: Any) -> Checked:
    """A file, checked as ``check_root`` says.

    :raises OSError: when it cannot be opened.
    """
    return _read_and_checked(lambda: document_of(path), **how)


def check_bytes(data: bytes, **how: Any) -> Checked:
    """The same for bytes at hand."""
    return _read_and_checked(lambda: root_of(data), **how)


def _read_and_checked(read: Callable[[], etree._Element], *, profile: str, **how: Any) -> Checked:
    try:
        return check_root(read(), profile=profile, **how)
    except Unreadable as fault:
        return Checked(profile, "not checked: the file is no message", (fault.finding,))


def check_root(
    root: etree._Element, *, profile: str, now: datetime, schemas: Path | None = None, is_initial: bool | None = None
) -> Checked:
    """The three layers of one message, in their order.

    :param now: no date may lie after it.
    :param schemas: the folder of the published schemas; without it the other layers still run, and the result says so.
    :param is_initial: whether the reports are sent for the first time; ``None`` where nobody said so.
    :raises Unreadable: when the message has more parts than any has.
    :raises schema.NoSchema: when the folder of schemas has none.
    """
    batch = parts_of(root)
    findings: list[Finding] = []
    if schemas is not None:
        findings += _named(schema.check(root, schemas), batch)
    findings += ich.check(batch, now=now)
    findings += conditions.check(batch, for_fda=profile == "fda")
    findings += PROFILES[profile](batch, is_initial)
    return Checked(profile, NOT_CHECKED if schemas is None else "checked", tuple(findings))


def _named(found: Iterator[Finding], batch: Part) -> Iterator[Finding]:
    """The schema's findings with the element that stands at their place."""
    known: dict[str, str] = {}
    for finding in found:
        if not known:
            known = {
                place_of(value.node): element
                for part in batch.walk()
                for element, values in part.values.items()
                for value in values
            }
        yield replace(finding, element=known.get(finding.xpath, ""))
