"""The values of Q2, read from the country's pathway data: a person may flag them, never overwrite them.

Pure. Which control model counts as a clear route and which posture as an open one stands in the rule table
(``readings``, basis derived); nothing here knows a country.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from regulatory.operated import told_of
from regulatory.profiles.loader import Jurisdiction, Library, Profile
from regulatory.triage.table import Table

FRESH, OVERDUE, UNREVIEWED, NONE = "fresh", "overdue", "unreviewed", "none"
_BEST_FIRST = ("clear", "conditional", "unclear", "closed")
_FRESHEST_FIRST = (FRESH, OVERDUE, UNREVIEWED)
_ROUTE_FIRST = ("open", "conditional", "restricted_categories", "closed")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One version of one pathway of a country, and whether it was reviewed in time."""

    profile: Profile
    review: str
    reviewed_on: date | None
    next_review_due: date | None
    label: str


@dataclass(frozen=True, slots=True)
class Basis:
    """One fact of the country's data that a value rests on."""

    fact: str
    says: str
    sources: tuple[str, ...]
    confidence: str

    def to_json(self) -> dict[str, Any]:
        return {"fact": self.fact, "says": self.says, "sources": list(self.sources), "confidence": self.confidence}


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What the country's data say; ``values`` holds the facts of Q2 that are known."""

    country: str
    values: Mapping[str, str]
    pathway: str
    version: str
    label: str
    reviewed_on: date | None
    next_review_due: date | None
    because: tuple[Basis, ...]

    @property
    def beyond(self) -> str:
        """What this house does not do on that pathway, and what to do instead; empty where it runs cases on it."""
        return next((one.says for one in self.because if one.fact == f"{self.pathway}.scope"), "")

    def to_json(self) -> dict[str, Any]:
        """As it is printed and kept on record."""
        return {
            "country": self.country,
            "pathway": self.pathway or None,
            "version": self.version or None,
            "label": self.label,
            "reviewed_on": self.reviewed_on.isoformat() if self.reviewed_on else None,
            "next_review_due": self.next_review_due.isoformat() if self.next_review_due else None,
            "values": dict(self.values),
            "because": [one.to_json() for one in self.because],
        }


def look_up(country: str, candidates: Iterable[Candidate], jurisdiction: Jurisdiction | None, table: Table) -> LookedUp:
    """What the data of one country say about both routes.

    The freshest and then the clearest named-patient pathway speaks for the country; pathways that a patient walks alone
    speak for the personal route only.
    """
    ranked = sorted(
        ((status, one) for one in candidates if (status := npp_status(one.profile, table))),
        key=lambda pair: (
            _FRESHEST_FIRST.index(pair[1].review), _BEST_FIRST.index(pair[0]), pair[1].profile.key
        ),
    )  # fmt: skip
    values, because = _personal(jurisdiction, table)
    if not ranked:
        return LookedUp(country, {"profile": NONE, **values}, "", "", "no country profile", None, None, because)
    status, best = ranked[0]
    beyond = told_of(best.profile)
    return LookedUp(
        country=country,
        values={"profile": best.review, "npp_status": status, **values},
        pathway=best.profile.key,
        version=best.profile.version,
        label=best.label,
        reviewed_on=best.reviewed_on,
        next_review_due=best.next_review_due,
        because=(
            Basis(f"{best.profile.key}.control_model", best.profile.control_model.replace("_", " "), (), best.review),
            *([Basis(f"{best.profile.key}.scope", str(beyond), (), best.review)] if beyond else []),
            *because,
        ),
    )


def npp_status(profile: Profile, table: Table) -> str:
    """How clear a named-patient route this pathway is; empty when it is none."""
    readings = table.readings
    alone = any(
        entry.get("role") == "patient_or_guardian" and "submit" in entry.get("may", [])
        for entry in profile.section("applicants")
    )
    if profile.direction != "inbound" or alone or profile.control_model in readings["personal_control_models"]:
        return ""
    if profile.scope == "stock_no_patient":
        return str(readings["npp_status_of_stock_only"])
    return str(readings["npp_status_by_control_model"].get(profile.control_model, "unclear"))


def drafts_of(country: str, library: Library, *, on: date) -> list[Candidate]:
    """The product's own data of one country, for a look without a database: drafts, unless somebody reviewed them."""
    return [
        Candidate(
            profile=profile,
            review=UNREVIEWED if profile.reviewed_on is None else OVERDUE if profile.review_overdue(on) else FRESH,
            reviewed_on=profile.reviewed_on,
            next_review_due=profile.next_review_due,
            label=f"{profile.key} {profile.version}" + ("" if profile.reviewed_on else " (unreviewed draft)"),
        )
        for profile in library.profiles.values()
        if profile.jurisdiction == country and profile.in_force(on)
    ]


def _personal(jurisdiction: Jurisdiction | None, table: Table) -> tuple[dict[str, str], tuple[Basis, ...]]:
    """The personal route by post: its posture, and the smallest limit that is known. No limit known is not no limit."""
    entries = jurisdiction.raw.get("personal_import", []) if jurisdiction is not None else []
    postures = table.readings["personal_import_by_posture"]
    read = [(_posture(entry, postures), entry) for entry in entries if entry.get("posture") in postures]
    if not read:
        return {}, ()
    route = min((posture for posture, _ in read), key=_ROUTE_FIRST.index)
    deciding = [entry for posture, entry in read if posture == route]
    values = {"personal_import": route}
    units = table.readings["months_per_unit"]
    months = [
        Fraction(str(entry["amount"])) * Fraction(units[entry["unit"]])
        for entry in deciding
        if entry.get("amount") is not None and entry.get("unit") in units
    ]
    doses = [entry["amount"] for entry in deciding if entry.get("unit") == "average doses" and entry.get("amount")]
    if months:
        values["cap_months"] = f"{float(min(months)):g}"
    if doses:
        values["cap_doses"] = str(min(doses))
    return values, tuple(_basis(entry) for entry in deciding)


def _posture(entry: Mapping[str, Any], postures: Mapping[str, str]) -> str:
    """What may not come by post is no route for a parcel."""
    return str(postures[entry["posture"]]) if entry.get("by_post") == "yes" else "closed"


def _basis(entry: Mapping[str, Any]) -> Basis:
    limit = f", {entry['amount']} {entry['unit']}" if entry.get("amount") is not None else ""
    note = f" ({entry['note']})" if entry.get("note") else ""
    return Basis(
        fact=str(entry["id"]),
        says=f"{str(entry['posture']).replace('_', ' ')}{limit}{note}",
        sources=tuple(entry.get("source", [])),
        confidence=str(entry.get("confidence", "")),
    )
