"""A locked version's snapshot as a message for one recipient. Pure: the same snapshot gives the same bytes.

The snapshot holds no identity, so the patient and the reporter's name are masked for everybody (MSK: known, withheld).
What it does not hold is said to be unknown, never guessed; without a MedDRA code the message is a draft.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pharmacovigilance.e2b.building import build
from pharmacovigilance.e2b.content import (
    Batch,
    Dosage,
    Drug,
    ForFda,
    Message,
    Null,
    Patient,
    Person,
    Reaction,
    Relation,
    Report,
    Sender,
    Seriousness,
    Source,
    Study,
    Term,
    stamp,
)

UNKNOWN_LOT: Final = "UNKNOWN"  # as FDA's own samples write a lot that nobody knows
FORMATS: Final = ("npp-case-version/1",)
_STUDY: Final = "2"  # C.1.3: the programme asks for events after each dose, so its reports are solicited
_INDIVIDUAL_USE: Final = "2"  # C.5.4: compassionate use or named patient
_OTHER_SENDER: Final = "6"  # C.3.1: other, for example a distributor
_QUALIFICATIONS: Final = {"prescriber_page": "1", "family": "5"}
_LANGUAGES: Final = {"en": "eng", "fr": "fre", "de": "ger", "es": "spa", "it": "ita", "pt": "por", "tr": "tur"}
_CRITERIA: Final = {
    "death": "death",
    "life_threatening": "life_threatening",
    "hospitalisation": "hospitalisation",
    "disability": "disability",
    "congenital_anomaly": "congenital_anomaly",
    "other_medically_important": "other_medically_important",
}
_RESULTS: Final = {"related": "Related", "not_related": "Not related"}
_SPECIAL: Final = {
    "falsified": "1",
    "overdose": "2",
    "medication_error": "7",
    "misuse": "8",
    "abuse": "9",
    "occupational_exposure": "10",
    "off_label": "11",
}
_ENDS: Final = {"nullification": "1", "amendment": "2"}


class NotExportable(ValueError):
    """The snapshot cannot become a message; the sentence says why."""


@dataclass(frozen=True)
class Recipient:
    """What one profile asks: to whom, whether FDA's own elements, whether the supplier may be named (G.k.11)."""

    profile: str
    batch_receiver: str
    message_receiver: str
    supplier: bool
    fda_elements: bool
    confidence: str


@lru_cache(maxsize=1)
def recipients() -> Mapping[str, Recipient]:
    """The recipients by profile."""
    rows = json.loads((Path(__file__).parent / "data" / "recipients.json").read_text(encoding="utf-8"))
    return {profile: Recipient(profile=profile, **row) for profile, row in rows["recipients"].items()}


@dataclass(frozen=True)
class Origin:
    """Who sends, and when the version was locked: what stands beside the snapshot.

    :param identifier: the sender as the gateway knows it (N.1.3, N.2.r.2).
    :param transmission: the label of the transmission it is built for; empty for a look at it.
    """

    identifier: str
    sender: Sender
    locked_at: datetime
    transmission: str = ""


def is_coded(snapshot: Mapping[str, Any]) -> bool:
    """Whether the reaction has its MedDRA code and version; a message without is a draft."""
    coded = snapshot.get("event", {}).get("meddra") or {}
    return bool(coded.get("code") and coded.get("version"))


def message_number(snapshot: Mapping[str, Any], profile: str, transmission: str) -> str:
    """N.1.2, by which an acknowledgement names this very transmission."""
    ending = f"-{transmission}" if transmission else ""
    return f"{snapshot['worldwide_id']}-V{snapshot['version']}-{profile.upper()}{ending}"


def export(snapshot: Mapping[str, Any], *, profile: str, origin: Origin) -> bytes:
    """The message of a snapshot.

    :raises NotExportable: when the snapshot is of a form that this builder does not know.
    """
    return build(content_of(snapshot, profile=profile, origin=origin))


def content_of(snapshot: Mapping[str, Any], *, profile: str, origin: Origin) -> Batch:
    """The same as content, for those who show it."""
    if snapshot.get("format") not in FORMATS:
        raise NotExportable(f"The snapshot is of the form {snapshot.get('format')!r}; known are {', '.join(FORMATS)}.")
    recipient = recipients()[profile]
    report = _report(snapshot, recipient, origin)
    return Batch(
        number=message_number(snapshot, profile, origin.transmission),
        sender=origin.identifier,
        receiver=recipient.batch_receiver,
        sent=report.created,
        messages=(Message(origin.identifier, recipient.message_receiver, report),),
    )


def _report(snapshot: Mapping[str, Any], recipient: Recipient, origin: Origin) -> Report:
    assessed = snapshot["assessment"]
    serious = snapshot["event"]["serious"]
    received = [entry["received_at"] for entry in snapshot["reports"]]
    nullification = _ENDS.get(snapshot["kind"], "")
    return Report(
        identifier=snapshot["worldwide_id"],
        created=stamp(origin.locked_at),
        kind=_STUDY,
        first_received=_day(min(received, default=snapshot["aware_at"])),
        most_recent=_day(snapshot["aware_at"]),
        expedited=bool(serious),
        worldwide=snapshot["worldwide_id"],
        first_sender="2",
        sources=_sources(snapshot, recipient),
        sender=replace(origin.sender, kind=origin.sender.kind or _OTHER_SENDER),
        study=Study(kind=_INDIVIDUAL_USE, name="Named-patient programme"),
        patient=Patient(
            initials=Null.MASKED,
            races=(Null.UNKNOWN,) if recipient.fda_elements else (),
            ethnicity=Null.UNKNOWN if recipient.fda_elements else None,
        ),
        reactions=(_reaction(snapshot, recipient),),
        drugs=(_drug(snapshot, recipient),),
        narrative=_narrative(snapshot),
        nullification=nullification,
        nullification_reason=(assessed["narrative"] or "See the narrative.")[:2000] if nullification else "",
        for_fda=ForFda("1" if serious else "2", Null.NO_INFORMATION) if recipient.fda_elements else None,
    )


def _sources(snapshot: Mapping[str, Any], recipient: Recipient) -> tuple[Source, ...]:
    """One source a report, the first of them primary; who reported by another's pen is not known."""
    channels = [entry["channel"] for entry in snapshot["reports"]] or [""]
    return tuple(
        Source(
            qualification=_QUALIFICATIONS.get(channel, Null.UNKNOWN),
            country=snapshot["country"],
            is_primary=number == 0,
            person=Person(given=Null.MASKED, family=Null.MASKED),
            email=Null.MASKED if recipient.fda_elements else None,
        )
        for number, channel in enumerate(channels)
    )


def _reaction(snapshot: Mapping[str, Any], recipient: Recipient) -> Reaction:
    event = snapshot["event"]
    coded = event.get("meddra") or {}
    languages = [_LANGUAGES.get(entry["language"], "") for entry in snapshot["reports"]]
    onsets = [entry["onset_on"] for entry in snapshot["reports"] if entry["onset_on"]]
    met = {_CRITERIA[event["seriousness_criterion"]]: True} if event["seriousness_criterion"] in _CRITERIA else {}
    return Reaction(
        term=Term(
            text=_cut(event["verbatim"], 250),
            code=coded.get("code", ""),
            version=coded.get("version", ""),
            language=next(filter(None, languages), "und"),
        ),
        outcome="0",
        seriousness=Seriousness(**met, required_intervention=False if recipient.fda_elements else None),
        started=_day(min(onsets)) if onsets else None,
        country=snapshot["country"],
    )


def _drug(snapshot: Mapping[str, Any], recipient: Recipient) -> Drug:
    product, assessed = snapshot["product"], snapshot["assessment"]
    result = _RESULTS.get(assessed["causality"])
    special = assessed["circumstances"].get("special", [])
    return Drug(
        role="1",
        name=_cut(f"{product['name']} {product['strength']}".strip(), 250),
        dosages=_dosages(snapshot),
        information=tuple(_SPECIAL[name] for name in special if name in _SPECIAL),
        relations=(Relation(0, "Sender", "Assessment of the sender", result),) if result else (),
        remark=_cut(_remark(snapshot, recipient), 2000),
    )


def _dosages(snapshot: Mapping[str, Any]) -> tuple[Dosage, ...]:
    """A line for each lot that was given, from its first dose to its last; a dose without its pack has no known lot."""
    form = _cut(snapshot["product"]["form"], 60)
    by_lot: dict[str, list[Mapping[str, Any]]] = {}
    for dose in sorted(snapshot["doses"], key=lambda one: str(one["given_at"])):
        by_lot.setdefault(dose["lot"]["number"] if dose["lot"] else UNKNOWN_LOT, []).append(dose)
    named = snapshot["lot"]["number"] if snapshot["lot"] else ""
    if named and named not in by_lot:
        by_lot[named] = []
    return tuple(
        Dosage(
            started=_day(doses[0]["given_at"]) if doses else None,
            last=_day(doses[-1]["given_at"]) if doses else None,
            lot=_cut(lot, 35),
            text=_cut("; ".join(dict.fromkeys(dose["amount"] for dose in doses if dose["amount"])), 2000),
            form=form or None,
        )
        for lot, doses in (by_lot or {UNKNOWN_LOT: []}).items()
    )


def _remark(snapshot: Mapping[str, Any], recipient: Recipient) -> str:
    """G.k.11: who made and who supplied it, since E2B has no element for a supplier."""
    said = [f"Manufacturer: {snapshot['product']['manufacturer']}"] if snapshot["product"]["manufacturer"] else []
    if recipient.supplier:
        supplied = {
            f"Supplier: {dose['lot']['supplier']}; consignment {dose['consignment']}; lot {dose['lot']['number']}"
            for dose in snapshot["doses"]
            if dose["lot"]
        }
        if not supplied and snapshot["lot"]:
            supplied = {f"Supplier: {snapshot['lot']['supplier']}; lot {snapshot['lot']['number']}"}
        said += sorted(supplied)
    if not snapshot["lot"] and snapshot["lot_remark"]:
        said.append(f"Lot: {snapshot['lot_remark']}")
    return ". ".join(said)


def _narrative(snapshot: Mapping[str, Any]) -> str:
    """What was assessed, then every report word for word."""
    told = [snapshot["assessment"]["narrative"]]
    told += [f"{entry['label']}, as reported: {entry['verbatim']}" for entry in snapshot["reports"]]
    return "\n\n".join(part for part in told if part) or snapshot["event"]["verbatim"]


def _day(iso: str) -> str:
    return iso[:10].replace("-", "")


def _cut(text: str, most: int) -> str:
    """At most that long; what was cut stands whole in the narrative or in the snapshot."""
    return text if len(text) <= most else text[: most - 1] + "…"
