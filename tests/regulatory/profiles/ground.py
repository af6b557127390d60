"""Plainly invented facts for the pathway tests: one case, its papers, its authorizations."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from regulatory.profiles.facts import Attestation, AuthorizationHeld, DocumentHeld, Event, Facts, ListVersion, Lot
from regulatory.profiles.loader import load

LIBRARY = load()
CALENDARS = LIBRARY.calendars

# One invented case, by reference only.
SUBJECT = {
    "patient": "patient-1",
    "prescriber": "prescriber-1",
    "applicant": "applicant-1",
    "product": "product-1",
    "indication": "indication-1",
    "consignment": "consignment-1",
    "importer": "importer-1",
    "consignee": "consignee-1",
    "port": "port-1",
}
# Monday 15 June 2026 in every jurisdiction of the table.
NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def event(name: str, on: str = "2026-06-01", **more: Any) -> Event:
    return Event(name, day(on), **more)


def paper(doc_type: str, *states: str, issued: str | None = "2026-06-01", **more: Any) -> DocumentHeld:
    return DocumentHeld(doc_type, states, issued_on=day(issued) if issued else None, **more)


def authorization(*aspects: str, **more: Any) -> AuthorizationHeld:
    """An authorization in force for the whole of 2026 that covers this case in the named respects."""
    terms: dict[str, Any] = {
        "reference": "A-1",
        "covers": {aspect: (SUBJECT[aspect],) for aspect in aspects if aspect in SUBJECT},
        "valid_from": day("2026-01-01"),
        "valid_until": day("2026-12-31"),
        "quantity_left": Decimal(10),
        "document": "authorisation_letter",
    }
    return AuthorizationHeld(**{**terms, **more})


def signed(role: str, statement: str, on: str = "2026-06-01") -> Attestation:
    return Attestation(role, statement, day(on))


def listed(name: str, *entries: str, from_on: str = "2026-01-01", until: str | None = None) -> dict[str, Any]:
    return {name: (ListVersion("2026-A", day(from_on), day(until) if until else None, entries),)}


def lot(manufactured: str, expires: str) -> Lot:
    return Lot("LOT-1", day(manufactured), day(expires))


def facts(*things: Any, **more: Any) -> Facts:
    """Facts from events, papers, authorizations, attestations and lots in any order."""
    kinds: dict[type, list[Any]] = {Event: [], DocumentHeld: [], AuthorizationHeld: [], Attestation: [], Lot: []}
    for thing in things:
        kinds[type(thing)].append(thing)
    return Facts(
        **{
            "events": tuple(kinds[Event]),
            "documents": tuple(kinds[DocumentHeld]),
            "authorizations": tuple(kinds[AuthorizationHeld]),
            "attestations": tuple(kinds[Attestation]),
            "lots": tuple(kinds[Lot]),
            "subject": SUBJECT,
            **more,
        }
    )
