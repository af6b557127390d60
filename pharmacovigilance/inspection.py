"""The inspection pack of a safety case: everything on record of it as one archive with a manifest.

The same record gives the same bytes: entries are stored as they are, under one date, in a fixed order. It names no
patient: a proof that shows who the patient is stays out, and the manifest says so; what people wrote in words is
covered where it names one.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cases.audit.asof import each_found
from cases.audit.capture import captures
from cases.audit.verify import verify
from cases.deadlines.models import Deadline, DeadlineMove
from cases.documents.errors import BytesNotIntact
from cases.documents.media import EXTENSIONS
from cases.documents.models import Document
from cases.documents.services import read_bytes
from cases.lifecycle.telling import tell
from cases.models import CaseEvent
from cases.people.keys import KeyErased
from cases.people.mentions import mentions_of
from cases.print.cells import csv_of
from cases.print.typeset import NotPrintable
from pharmacovigilance.artefacts import FORMS, NotKept, artefact_of, kept_bytes
from pharmacovigilance.e2b.exporting import NotExportable
from pharmacovigilance.library import SECOND_STAGE
from pharmacovigilance.models import (
    CaseVersion,
    FollowUp,
    FollowUpAttempt,
    Obligation,
    SafetyCase,
    Transmission,
)
from pharmacovigilance.rulebook import texts_as_opened
from pharmacovigilance.senders import SenderUnreadable
from pharmacovigilance.snapshots import spelled

FORMAT: Final = "npp-safety-inspection-pack/1"
MOST_ENTRIES: Final = 100_000
APP: Final = "pharmacovigilance"
# Every entry bears the first day that a zip can bear: when it was packed is no part of the record.
_DATED: Final = (1980, 1, 1, 0, 0, 0)
_README: Final = (
    "Inspection pack of {safety_case} of case {case} ({worldwide_id}).\r\n\r\n"
    "timeline.csv          every deed of safety on this case, in order\r\n"
    "reports.csv           what was said, as it was entered\r\n"
    "reports/              what came with a report\r\n"
    "versions/             each version: its snapshot (its SHA-256 is the version's fingerprint), messages, papers\r\n"
    "obligations.json      who must tell whom by when, with the sum behind each date and every move of it\r\n"
    "rules.json            the text of each rule that an obligation was opened by\r\n"
    "transmissions/        what was sent, byte for byte, proofs and answers\r\n"
    "follow-ups.csv        questions after a dose and their answers\r\n"
    "audit.json            the entries of the audit trail for every record of safety of this case\r\n"
    "verification.json     the chain of the case, recomputed when this was packed\r\n"
    "manifest.json         each file with its size and SHA-256, and what was left out and why\r\n\r\n"
    "It names no patient: the case stands for them. Where people wrote a name, birth date, contact or record number\r\n"
    "of the patient, [patient’s name] and the like stands instead, as long as the identity is not erased.\r\n"
    "Messages and papers are drafts where they say so.\r\n"
)
# Who did it, and what proves it, is no word about the patient.
_AS_IT_IS: Final = frozenset(
    {"actor", "on_behalf_of", "by", "locked_by", "waived_by", "second_person", "hash", "table"}
)
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Packed:
    """The archive, and what was left out of it."""

    content: bytes
    files: int
    left_out: tuple[str, ...]


def pack_of(safety_case: SafetyCase, *, progress: Progress = lambda name: None) -> Packed:
    """Everything on record of a safety case.

    :param progress: is told the name of each file as it is packed.
    """
    pack = _Pack(safety_case)
    entries: dict[str, bytes] = {}
    for name, content in pack.entries():
        progress(name)
        entries[name] = content
    manifest = {
        "format": FORMAT,
        "case": safety_case.case.reference,
        "safety_case": safety_case.label,
        "worldwide_id": safety_case.worldwide_id,
        "files": [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(entries.items())
        ],
        "left_out": pack.left_out,
    }
    entries["manifest.json"] = _json(manifest)
    return Packed(_zip(entries), len(entries), tuple(pack.left_out))


class _Pack:
    """One safety case, read once."""

    def __init__(self, safety_case: SafetyCase) -> None:
        self.safety_case, self.case = safety_case, safety_case.case
        self.left_out: list[str] = []
        self.mentions = mentions_of(self.case.patient)
        self.versions = list(safety_case.versions.select_related("locked_by").order_by("version"))
        for version in self.versions:
            version.case, version.safety_case = self.case, safety_case
        self.reports = list(
            safety_case.reports.select_related("entered_by")
            .prefetch_related("papers__document__file")
            .order_by("number")
        )
        self.obligations = list(
            Obligation.objects.filter(version__safety_case=safety_case)
            .select_related("version", "deadline", "waived_by", "second_person")
            .order_by("number")
        )
        self.transmissions = list(
            Transmission.objects.filter(obligation__version__safety_case=safety_case)
            .select_related("obligation__version", "message__file", "proof__file")
            .order_by("number")
        )

    def entries(self) -> Iterator[tuple[str, bytes]]:
        """Each file of the pack by its name."""
        named = {"safety_case": self.safety_case.label, "case": self.case.reference}
        yield "README.txt", _README.format(**named, worldwide_id=self.safety_case.worldwide_id).encode()
        yield "timeline.csv", self._timeline()
        yield "reports.csv", self._reports()
        yield from self._report_papers()
        yield "versions.json", self._object([_version(one) for one in self.versions])
        for version in self.versions:
            yield from self._made_of(version)
        yield "obligations.json", self._obligations()
        yield "rules.json", self._rules()
        yield "transmissions.json", self._object([_transmission(one) for one in self.transmissions])
        for transmission in self.transmissions:
            yield from self._sent(transmission)
        yield "follow-ups.csv", self._follow_ups()
        yield "audit.json", self._audit()
        yield "verification.json", self._verification()

    def _told(self, value: Any) -> Any:
        """Words that people wrote, wherever they stand in it, without the patient's identity."""
        if isinstance(value, str):
            return self.mentions.covered(value) if self.mentions else value
        if isinstance(value, dict):
            return {name: one if name in _AS_IT_IS else self._told(one) for name, one in value.items()}
        return [self._told(one) for one in value] if isinstance(value, list) else value

    def _object(self, value: Any) -> bytes:
        return _json(self._told(value))

    def _timeline(self) -> bytes:
        events = CaseEvent.objects.filter(case=self.case, verb__startswith=f"{APP}.").select_related("by")
        heads = ("no.", "happened", "recorded", "deed", "record", "what", "who", "reason")
        rows = (
            [str(one.seq), one.happened_at.isoformat(), one.recorded_at.isoformat(), one.verb, one.subject,
             self._told(tell(one)), f"{one.by.display_name} ({one.by.code})", self._told(one.reason)]
            for one in events.order_by("seq")
        )  # fmt: skip
        return csv_of(heads, rows).encode()

    def _reports(self) -> bytes:
        heads = (
            "no.", "state", "channel", "who said it", "language", "received", "entered", "by", "began", "criteria",
            "outcome", "special situations", "lot as said", "not read", "verbatim",
        )  # fmt: skip
        rows = (
            [one.label, one.get_state_display(), one.get_channel_display(), one.get_qualification_display(),
             one.language, one.received_at.isoformat(), one.entered_at.isoformat(), one.entered_by.code,
             one.began or (one.onset_on.isoformat() if one.onset_on else ""), "; ".join(one.criteria),
             one.get_outcome_display(), "; ".join(one.situations),
             *self._told([one.lot_said, one.unread, one.verbatim])]
            for one in self.reports
        )  # fmt: skip
        return csv_of(heads, rows).encode()

    def _report_papers(self) -> Iterator[tuple[str, bytes]]:
        """What came with a report: photos and letters."""
        for report in self.reports:
            for paper in sorted(report.papers.all(), key=lambda paper: paper.document.number):
                name = f"reports/{report.label}/{paper.document.label}"
                if (content := self._read(name, paper.document)) is not None:
                    yield f"{name}.{EXTENSIONS.get(paper.document.file.media_type, 'bin')}", content

    def _rules(self) -> bytes:
        """The text of each rule that an obligation was opened by; the second stage of a rule is that rule."""
        named = ((one.rule.removesuffix(SECOND_STAGE), one.rule_version) for one in self.obligations)
        return _json(texts_as_opened(named))

    def _made_of(self, version: CaseVersion) -> Iterator[tuple[str, bytes]]:
        """The snapshot in the spelling that its fingerprint was taken of, and every form made of it."""
        if version.snapshot is None:
            self.left_out.append(f"{version.label}: not locked, so nothing is made of it.")
            return
        folder = f"versions/{version.label}"
        yield f"{folder}/snapshot.json", spelled(version.snapshot)
        for code, form in FORMS.items():
            try:
                yield f"{folder}/{code}.{form.ending}", artefact_of(version, code)
            except (NotExportable, NotPrintable, SenderUnreadable) as fault:
                self.left_out.append(f"{folder}/{code}.{form.ending}: {fault}")

    def _obligations(self) -> bytes:
        deadlines = [one.deadline_id for one in self.obligations if one.deadline_id]
        moves: dict[int, list[dict[str, Any]]] = {}
        for move in DeadlineMove.objects.filter(deadline__in=deadlines).select_related("by").order_by("number"):
            moves.setdefault(move.deadline_id, []).append(_move(move))
        return self._object([_obligation(one, moves) for one in self.obligations])

    def _sent(self, transmission: Transmission) -> Iterator[tuple[str, bytes]]:
        folder = f"transmissions/{transmission.label}"
        if transmission.format in FORMS:
            try:
                yield f"{folder}/message.{FORMS[transmission.format].ending}", kept_bytes(transmission)
            except NotKept as fault:
                self.left_out.append(f"{folder}/message: {fault}")
        if (proof := transmission.proof) and (content := self._read(f"{folder}/proof", proof)) is not None:
            yield f"{folder}/proof.{EXTENSIONS.get(proof.file.media_type, 'bin')}", content
        if transmission.acknowledgement:
            yield f"{folder}/answer.txt", self._told(transmission.acknowledgement).encode()

    def _read(self, name: str, document: Document) -> bytes | None:
        if document.holds_identity:
            self.left_out.append(f"{name}: {document.label} shows who the patient is. It is read in the case.")
            return None
        try:
            return read_bytes(document.file)
        except (BytesNotIntact, KeyErased) as fault:
            self.left_out.append(f"{name}: {document.label}: {fault}")
            return None

    def _follow_ups(self) -> bytes:
        heads = ("no.", "question", "because", "after", "due", "state", "attempts", "answered", "answer")
        asked = FollowUp.objects.filter(case=self.case).select_related("consignment", "report").order_by("number")
        rows = (
            [one.label, self._told(one.what), one.because, one.after, one.due_on.isoformat(), one.get_state_display(),
             self._told("; ".join(map(_tried, sorted(one.attempts.all(), key=lambda attempt: attempt.number)))),
             one.answered_at.isoformat() if one.answered_at else "", self._told(one.answer)]
            for one in asked.prefetch_related("attempts")
        )  # fmt: skip
        return csv_of(heads, rows).encode()

    def _audit(self) -> bytes:
        tables = {one.model._meta.db_table for one in captures() if one.model._meta.app_label == APP}
        lines = each_found(at_most=MOST_ENTRIES, chains=[f"case:{self.case.pk}"])
        entries = [
            {
                "seq": line.seq, "at": line.at.isoformat(), "actor": line.actor, "on_behalf_of": line.on_behalf_of,
                "business_at": line.business_at.isoformat() if line.business_at else None, "verb": line.verb,
                "reason": line.reason, "table": line.table, "row": line.row, "operation": line.op.label,
                "changes": [{"field": one.label, "old": one.old, "new": one.new} for one in line.changes],
                "hash": line.hash,
            }
            for line in lines
            if line.table in tables
        ]  # fmt: skip
        return self._object(sorted(entries, key=lambda entry: entry["seq"]))

    def _verification(self) -> bytes:
        """The chain of the whole case, recomputed; without how long it took, which is no part of the record."""
        told = verify(chain=f"case:{self.case.pk}").as_json()
        return _json({name: told[name] for name in ("format", "ok", "scope", "checked", "findings")})


def _version(one: CaseVersion) -> dict[str, Any]:
    return {
        "label": one.label, "version": one.version, "kind": one.kind, "state": one.state, "day0": one.day0.isoformat(),
        "aware_at": one.aware_at.isoformat(), "prescriber_knew_on": _iso(one.prescriber_knew_on),
        "company_knew_on": _iso(one.company_knew_on), "sponsor_knew_on": _iso(one.sponsor_knew_on),
        "serious": one.serious, "snapshot_sha256": one.snapshot_sha256,
        "locked_at": _iso(one.locked_at), "locked_by": one.locked_by.code if one.locked_by else "",
    }  # fmt: skip


def _obligation(one: Obligation, moves: Mapping[int, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "label": one.label, "version": one.version.label, "who": one.responsible_party, "tells": one.recipient,
        "state": one.state, "day0": one.day0.isoformat(), "certain": one.is_certain,
        "rule": {
            "id": one.rule, "version": one.rule_version, "review": one.rule_status, "confidence": one.rule_confidence,
        },
        "discharged_at": _iso(one.discharged_at),
        "waiver": {
            "reason": one.waiver_reason, "by": one.waived_by.code if one.waived_by else "",
            "second_person": one.second_person.code if one.second_person else "",
        },
        "deadline": _deadline(one.deadline, moves) if one.deadline else None,
    }  # fmt: skip


def _deadline(one: Deadline, moves: Mapping[int, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "due_at": one.due_at.isoformat(), "due_on": one.due_on.isoformat(), "zone": one.zone, "state": one.state,
        "force": one.force, "computation": one.computation, "moves": moves.get(one.pk, []),
    }  # fmt: skip


def _move(one: DeadlineMove) -> dict[str, Any]:
    return {
        "number": one.number, "what": one.what, "at": one.at.isoformat(), "by": one.by.code,
        "from": _iso(one.old_due_at), "to": _iso(one.new_due_at), "reason": one.reason,
    }  # fmt: skip


def _transmission(one: Transmission) -> dict[str, Any]:
    return {
        "label": one.label, "obligation": one.obligation.label, "version": one.obligation.version.label,
        "form": one.format, "state": one.state, "artefact_sha256": one.artefact_sha256,
        "message_number": one.message_number, "sent_at": _iso(one.sent_at), "receipt": one.receipt,
        "answer": one.acknowledgement,
        "message": one.message.label if one.message else "", "proof": one.proof.label if one.proof else "",
    }  # fmt: skip


def _iso(at: date | None) -> str | None:
    return at.isoformat() if at else None


def _json(told: Any) -> bytes:
    return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n").encode("utf-8")


def _zip(entries: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(entries.items()):
            archive.writestr(zipfile.ZipInfo(name, _DATED), content)
    return written.getvalue()


def _tried(attempt: FollowUpAttempt) -> str:
    return f"{attempt.made_at.isoformat()} {attempt.how} {attempt.note}".strip()
