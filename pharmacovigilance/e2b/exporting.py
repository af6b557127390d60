"""A locked version's snapshot as a message for one recipient. Pure: the same snapshot gives the same bytes.

The snapshot holds no identity, so the patient and the reporter's name are masked for everybody (MSK: known, withheld).
What it does not hold is said to be unknown, never guessed; without a MedDRA code the message is a draft.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pharmacovigilance.e2b.building import build
from pharmacovigilance.e2b.content import (
    Amount,
    Batch,
    Coded,
    Dosage,
    Drug,
    ForFda,
    Identifier,
    Message,
    Null,
    Patient,
    Person,
    Reaction,
    Recurrence,
    Relation,
    Report,
    Sender,
    Seriousness,
    Source,
    Study,
    Term,
    stamp,
)
from pharmacovigilance.e2b.snapshots import FORMATS, as_known
from pharmacovigilance.judging import naranjo, who_umc

UNKNOWN_LOT: Final = "UNKNOWN"  # as FDA's own samples write a lot that nobody knows
# C.1.3: from a study where the programme asks for events, else spontaneous (facts, pharmacovigilance 1.7).
_STUDY: Final = "2"
_SPONTANEOUS: Final = "1"
_INDIVIDUAL_USE: Final = "2"  # C.5.4: compassionate use or named patient
_OTHER_SENDER: Final = "6"  # C.3.1: other, for example a distributor
_QUALIFICATIONS: Final = {"prescriber_page": "1", "family": "5"}
# Of versions that were locked before their language was kept in three letters: what was sent stays the same bytes.
_LANGUAGES: Final = {"en": "eng", "fr": "fre", "de": "ger", "es": "spa", "it": "ita", "pt": "por", "tr": "tur"}
_CRITERIA: Final = frozenset(one.name for one in fields(Seriousness))
_WHOSE: Final = {"reporter": "Reporter", "pharmacist": "Sender"}
RECHALLENGE: Final = "rechallenge"
# Of a pair, and of a product as it was asked before, by code list 16 of ICH; of what nobody knows nothing is said.
_GIVEN_AGAIN: Final = {"came_back": "1", "stayed_away": "2", "outcome_unknown": "3", "no": "4"}
_RECURRED: Final = {"yes": "1", "no": "2", "not_applicable": "4"}
_WHOLE: Final = "Assessment as a whole"
_RESULTS: Final = {"related": "Related", "not_related": "Not related"}
_CATEGORIES: Final = {category.code: category.text for category in who_umc.CATEGORIES}
_OBTAINED_IN: Final = "US"  # G.k.2.4: the programme's own product comes from the pharmacy that sends this
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
    """Whether every reaction has its MedDRA code and version; a message without is a draft."""
    events = as_known(snapshot)["events"] if snapshot else []
    return bool(events) and all((event["meddra"] or {}).get("code") for event in events)


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
    report = _report(as_known(snapshot), recipient, origin)
    return Batch(
        number=message_number(snapshot, profile, origin.transmission),
        sender=origin.identifier,
        receiver=recipient.batch_receiver,
        sent=report.created,
        messages=(Message(origin.identifier, recipient.message_receiver, report),),
    )


def _report(snapshot: Mapping[str, Any], recipient: Recipient, origin: Origin) -> Report:
    judged = snapshot["judged"]
    received = [entry["received_at"] for entry in snapshot["reports"]]
    solicited = snapshot.get("solicited", True)  # as every version was told that was locked before it was kept
    nullification = _ENDS.get(snapshot["kind"], "")
    return Report(
        identifier=snapshot["worldwide_id"],
        created=stamp(origin.locked_at),
        kind=_STUDY if solicited else _SPONTANEOUS,
        first_received=_received(min(received, default=snapshot["aware_at"]), snapshot),
        most_recent=_received(snapshot["aware_at"], snapshot),
        expedited=bool(judged["serious"]),
        worldwide=snapshot["worldwide_id"],
        first_sender="2",
        sources=_sources(snapshot, recipient),
        sender=replace(origin.sender, kind=origin.sender.kind or _OTHER_SENDER),
        study=Study(kind=_INDIVIDUAL_USE, name="Named-patient programme") if solicited else None,
        patient=_patient(snapshot["patient"], recipient),
        reactions=tuple(_reaction(event, recipient) for event in snapshot["events"]),
        drugs=tuple(_drug(product, snapshot, recipient) for product in snapshot["products"]),
        narrative=_narrative(snapshot),
        others=tuple(Identifier(**one) for one in snapshot.get("others", ())),
        nullification=nullification,
        nullification_reason=_cut(snapshot["reason"] or judged["narrative"] or "See the narrative.", 2000)
        if nullification
        else "",
        for_fda=ForFda("1" if judged["serious"] else "2", Null.NO_INFORMATION) if recipient.fda_elements else None,
    )


def _sources(snapshot: Mapping[str, Any], recipient: Recipient) -> tuple[Source, ...]:
    """One source a report, the first of them primary; who reported by another's pen is known when it was asked."""
    reports = snapshot["reports"] or [{"channel": ""}]
    return tuple(
        Source(
            qualification=entry.get("qualification") or _QUALIFICATIONS.get(entry["channel"], Null.UNKNOWN),
            country=snapshot["country"],
            is_primary=number == 0,
            person=Person(given=Null.MASKED, family=Null.MASKED),
            email=Null.MASKED if recipient.fda_elements else None,
        )
        for number, entry in enumerate(reports)
    )


def _patient(patient: Mapping[str, Any], recipient: Recipient) -> Patient:
    age = patient["age"]
    return Patient(
        initials=Null.MASKED,
        age=Amount(age["value"], age["unit"]) if age else None,
        age_group=patient["age_group"] or None,
        weight_kg=patient["weight_kg"],
        sex=patient["sex"] or None,
        history_text=_cut(patient["history"], 10_000) or Null.UNKNOWN,
        races=(Null.UNKNOWN,) if recipient.fda_elements else (),
        ethnicity=Null.UNKNOWN if recipient.fda_elements else None,
    )


def _reaction(event: Mapping[str, Any], recipient: Recipient) -> Reaction:
    coded = event["meddra"] or {}
    met = {criterion: True for criterion in event["criteria"] if criterion in _CRITERIA}
    return Reaction(
        term=Term(
            text=_cut(event["verbatim"], 250),
            code=coded.get("code", ""),
            version=coded.get("version", ""),
            language=event.get("language_code") or _LANGUAGES.get(event["language"], "und"),
        ),
        outcome=event["outcome"],
        seriousness=Seriousness(**met, required_intervention=False if recipient.fda_elements else None),
        started=_day(event["started"]) or None,
        ended=_day(event["ended"]) or None,
        country=event["country"],
    )


def _drug(product: Mapping[str, Any], snapshot: Mapping[str, Any], recipient: Recipient) -> Drug:
    is_ours = product["is_ours"]
    special = snapshot["judged"]["circumstances"].get("special", []) if is_ours else []
    return Drug(
        role=product["role"],
        name=_cut(f"{product['name']} {product['strength']}".strip(), 250),
        obtained_in=_OBTAINED_IN if is_ours else "",
        dosages=tuple(_dosage(line, product) for line in product["lines"]),
        indications=(Term(text=_cut(product["indication"], 250)),) if product["indication"] else (),
        action=product["action"],
        information=tuple(_SPECIAL[name] for name in special if name in _SPECIAL),
        relations=tuple(_relations(product, snapshot)),
        recurrences=tuple(_recurrences(product, snapshot)),
        remark=_cut(_remark(product, recipient), 2000),
    )


def _relations(product: Mapping[str, Any], snapshot: Mapping[str, Any]) -> Iterator[Relation]:
    """Each judgement of causality as source, method and result (G.k.9.i.2.r); expectedness has no element."""
    places = {event["number"]: place for place, event in enumerate(snapshot["events"])}
    for one in snapshot["assessments"]:
        if one["product"] != product["number"] or one["event"] not in places:
            continue
        said = {
            "who_umc": (who_umc.METHOD, _CATEGORIES.get(one["result"], "")),
            "naranjo": (naranjo.METHOD, f"{one['result'].capitalize()} ({one['score']})"),
            "whole": (_WHOLE, _RESULTS.get(one["result"], "")),
        }.get(one["method"])
        if said and said[1]:
            yield Relation(places[one["event"]], _WHOSE[one["source"]], *said)


def _recurrences(product: Mapping[str, Any], snapshot: Mapping[str, Any]) -> Iterator[Recurrence]:
    """Whether each reaction came back when it was given again (G.k.9.i.4); the last that was said of the pair counts.

    Earlier versions asked it of the product. Of several reactions one coming back does not say which: "given again,
    outcome unknown" is what is true of each that nothing was said of by itself.
    """
    code, several = _RECURRED.get(product["reappeared"], ""), len(snapshot["events"]) > 1
    of_product = "3" if several and product["reappeared"] == "yes" else code
    of_pairs = {
        one["event"]: _GIVEN_AGAIN[one["result"]]
        for one in snapshot["assessments"]
        if one["method"] == RECHALLENGE and one["product"] == product["number"]
    }
    for place, event in enumerate(snapshot["events"]):
        if said := of_pairs.get(event["number"], of_product):
            yield Recurrence(place, said)


def _dosage(line: Mapping[str, Any], product: Mapping[str, Any]) -> Dosage:
    """A line for each lot that was given; a dose without its pack has no known lot, unless the reporter named one."""
    lot = line["lot"]["number"] if line["lot"] else line["lot_said"] or (UNKNOWN_LOT if product["is_ours"] else "")
    return Dosage(
        started=_day(line["first_given_at"]) or None,
        last=_day(line["last_given_at"]) or None,
        lot=_cut(lot, 35),
        text=_cut(line["amount"], 2000),
        form=_cut(product["form"], 60) or None,
        form_code=_coded(product, "form_code"),
        route=_cut(product["route"], 60) or None,
        route_code=_coded(product, "route_code"),
    )


def _coded(product: Mapping[str, Any], name: str) -> Coded | None:
    return Coded(**product[name]) if product.get(name) else None


def _remark(product: Mapping[str, Any], recipient: Recipient) -> str:
    """G.k.11: who made and who supplied it, since E2B has no element for a supplier."""
    said = [f"Manufacturer: {product['manufacturer']}"] if product["manufacturer"] else []
    for line in product["lines"]:
        if (lot := line["lot"]) and recipient.supplier:
            journey = f"; consignment {line['consignment']}" if line["consignment"] else ""
            place = f", {lot['supplier_country']}" if lot.get("supplier_country") else ""
            said.append(f"Supplier: {lot['supplier']}{place}{journey}; lot {lot['number']}")
        if not lot and line["reason"]:
            said.append(f"Lot: {line['reason']}")
        if line["warning"]:
            said.append(f"{line['warning'].rstrip('.')}{': ' + line['reason'] if line['reason'] and lot else ''}")
    return ". ".join(said)


def _narrative(snapshot: Mapping[str, Any]) -> str:
    """What was assessed, tests, then every report word for word."""
    told = [snapshot["judged"]["narrative"]]
    told += [f"Tests: {event['tests']}" for event in snapshot["events"] if event["tests"]]
    told += [f"{entry['label']}, as reported: {entry['verbatim']}" for entry in snapshot["reports"]]
    return "\n\n".join(part for part in told if part) or snapshot["events"][0]["verbatim"]


def _received(iso: str, snapshot: Mapping[str, Any]) -> str:
    """C.1.4, C.1.5: the day at the pharmacy, as day 0 is counted. A version locked without its zone keeps UTC's day.

    What was sent from such a version stays the same bytes.
    """
    if not (zone := snapshot.get("zone")):
        return _day(iso)
    return f"{datetime.fromisoformat(iso).astimezone(ZoneInfo(zone)):%Y%m%d}"


def _day(iso: str) -> str:
    return iso[:10].replace("-", "")


def _cut(text: str, most: int) -> str:
    """At most that long; what was cut stands whole in the narrative or in the snapshot."""
    return text if len(text) <= most else text[: most - 1] + "…"
