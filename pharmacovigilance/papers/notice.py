"""The notice to the manufacturer within 24 hours, as a PDF and as JSON that say the same.

Source: facts, pharmacovigilance 0 (7) and 3.2 row 1: a hand-over by contract, whatever anybody thinks of the cause. The
JSON follows ``data/notice.schema.json``.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pharmacovigilance.papers import phrases
from pharmacovigilance.papers.known import DosageLine, Product
from pharmacovigilance.papers.phrases import CRITERION_WORDS, KINDS, day
from pharmacovigilance.papers.sheets import UNCODED, Locked, Paper, Part, Row, Told, set_as_pdf, told

FORMAT: Final = "npp-manufacturer-notice/1"
WITHIN: Final = timedelta(hours=24)
HOUSE_RULE: Final = "24 hours from receipt, the usual term of an agreement"
ABOUT: Final = (
    "First notice of an adverse event to the manufacturer of a medicine that was supplied to a named patient. It waits "
    "for no judgement of the cause. The patient's and the reporter's identity are withheld. The layout is the house's "
    "own and no qualified person has reviewed it."
)


@dataclass(frozen=True, slots=True)
class Duty:
    """The obligation that a notice is made for, as it was opened; without a date where none can be computed."""

    label: str
    rule: str
    version: str
    status: str
    confidence: str
    due_at: datetime | None

    @property
    def is_reviewed(self) -> bool:
        return self.status in ("reviewed", "active")


def notice(locked: Locked, duty: Duty | None = None) -> bytes:
    """The notice as a PDF, the same bytes for the same version and duty.

    :raises NotExportable: when the snapshot is of a form that nobody here knows.
    """
    read = told(locked, profile="ich")
    content = _content(read, duty)
    remarks = tuple(remark for remark in content["remarks"] if remark != UNCODED)
    return set_as_pdf(Paper("24-hour notice to the manufacturer", ABOUT, _parts(read, content), remarks), read)


def notice_json(locked: Locked, duty: Duty | None = None) -> bytes:
    """The same as one JSON object, UTF-8, keys sorted.

    :raises NotExportable: when the snapshot is of a form that nobody here knows.
    """
    content = _content(told(locked, profile="ich"), duty)
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


def _content(read: Told, duty: Duty | None) -> dict[str, Any]:
    locked, report, known = read.locked, read.report, read.known
    return {
        "format": FORMAT,
        "remarks": _remarks(read, duty),
        "transmission": locked.origin.transmission,
        "locked_at": locked.origin.locked_at.isoformat(),
        "to": sorted({one.manufacturer for one in known.suspected if one.is_ours and one.manufacturer}),
        "from": {
            "identifier": locked.origin.identifier,
            "organisation": report.sender.organisation,
            "telephone": report.sender.telephone,
            "email": report.sender.email,
        },
        "report": {
            "case": known.case,
            "worldwide_id": report.worldwide,
            "label": locked.label,
            "version": known.version,
            "kind": known.kind,
            "reason": known.reason,
            "country": known.country,
            "snapshot_sha256": locked.fingerprint,
        },
        "received": {"at": known.aware_at, "first_on": day(report.first_received), "day0": known.day0},
        "clock": _clock(known.aware_at, duty),
        "patient": {"age": phrases.age(report), "sex": phrases.sex(report)},
        "reporters": list(phrases.reporters(report)),
        "serious": known.serious,
        "events": [
            {
                "number": one.number, "verbatim": one.verbatim, "started": one.started, "outcome": one.outcome,
                "criteria": list(one.criteria), "special": list(one.special),
            }
            for one in known.events
        ],
        "products": [_product(one) for one in known.suspected],
        "assessments": [asdict(one) for one in known.judgements],
        "narrative": phrases.narrative(report),
    }  # fmt: skip


def _product(one: Product) -> dict[str, Any]:
    return {
        "number": one.number, "role": one.role, "name": one.name, "strength": one.strength, "form": one.form,
        "manufacturer": one.manufacturer, "lots": [_lot(line) for line in one.lines],
    }  # fmt: skip


def _lot(line: DosageLine) -> dict[str, Any]:
    return asdict(line) | {"serials": list(line.serials)}


def _clock(aware_at: str, duty: Duty | None) -> dict[str, Any]:
    if duty is None:
        due_at = datetime.fromisoformat(aware_at) + WITHIN
        return {
            "obligation": "", "rule": HOUSE_RULE, "version": "", "status": "draft_unreviewed", "confidence": "low",
            "due_at": due_at.isoformat(),
        }  # fmt: skip
    return {
        "obligation": duty.label, "rule": duty.rule, "version": duty.version, "status": duty.status,
        "confidence": duty.confidence, "due_at": duty.due_at.isoformat() if duty.due_at else None,
    }  # fmt: skip


def _remarks(read: Told, duty: Duty | None) -> list[str]:
    """What is a draft in it, a sentence each."""
    remarks = [] if read.is_coded else [UNCODED]
    if duty is None:
        remarks.append("Draft: no rule of an agreement stands behind its date; 24 hours are a working figure.")
    elif not duty.is_reviewed:
        remarks.append(f"Draft: the rule behind its date, {duty.rule}, was reviewed by no qualified person.")
    return remarks


def _parts(read: Told, content: dict[str, Any]) -> tuple[Part, ...]:
    known, report, clock = read.known, read.report, content["clock"]
    suspected = known.suspected
    source = f"{clock['rule']}{', ' if clock['version'] else ''}{clock['version']}; {clock['confidence']} confidence"
    return (
        Part("Who and when", (
            Row("1", "To the manufacturer", tuple(content["to"])),
            Row("2", "From", (phrases.sender(report),)),
            Row("3", "Received by the pharmacy", (_moment(known.aware_at),)),
            Row("4", "To be told by", (_moment(clock["due_at"]) if clock["due_at"] else "",)),
            Row("4", "By which rule", (source,)),
            Row("5", "Kind of report", (KINDS[known.kind], *((known.reason,) if known.reason else ()))),
            Row("6", "Reporter", phrases.reporters(report)),
        )),
        Part("Patient and event", (
            Row("7", "Patient", (f"age {phrases.age(report)}, sex {phrases.sex(report)}; identity withheld",)),
            Row("8", "Country", (phrases.countries(known),)),
            Row("9", "Event", phrases.events(known)),
            Row("10", "Serious", ("yes" if known.serious else "no",)),
            *(Row("10", words, (phrases.criterion(report, name),)) for name, words in CRITERION_WORDS.items()),
            Row("11", "Special situations", phrases.special(known) or ("none named",)),
            Row("12", "What was reported", (phrases.narrative(report),)),
        )),
        Part("Medicine", (
            Row("13", "Suspect medicine", phrases.products(suspected)),
            Row("14", "Lot, and where it came from", phrases.lots(suspected)),
            Row("15", "Given from and to", phrases.therapy(suspected)),
            Row("16", "Amount", phrases.of_lines(suspected, "amount")),
            Row("17", "Action taken", phrases.actions(suspected)),
            Row("18", "The case as judged so far", phrases.judged(known)),
            Row("18", "Causality and expectedness, by pair", phrases.judgements(known)),
        )),
    )  # fmt: skip


def _moment(iso: str) -> str:
    return f"{datetime.fromisoformat(iso):%Y-%m-%d %H:%M %Z}"
