"""The guided receiving inspection: what is looked at, one thing after the other, compared, kept, and signed whole.

Sources: custody facts, section 6 (receiving protocol); the logger is read before anything is opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from cases.audit.context import acting
from cases.custody.gs1 import NotReadable, PackText
from cases.custody.models import Consignment, InspectionDraft, Unit
from cases.custody.scanning.packs import FIELDS, beside, expected_of
from cases.custody.scanning.reading import read_against, read_fields
from cases.documents import services as papers
from cases.lifecycle.engine import advance
from cases.models import Case, CaseEvent
from cases.people.models import User

INSPECT: Final = "custody.consignment.inspect"
TEMPERATURE: Final = "custody.consignment.record_temperature"
MEANING: Final = "I inspected this consignment and found what is recorded above."


@dataclass(frozen=True, slots=True)
class Look:
    """One thing to look at and answer with yes or no. ``fact`` is its name at the verb."""

    name: str
    title: str
    question: str
    hint: str
    fact: str


LOOKS: Final = (
    Look(
        "carton",
        "Outer carton",
        "Is the outer carton whole and dry?",
        "No dent, tear, damp or opened tape. Look before you open anything.",
        "carton_intact",
    ),
    Look(
        "seals",
        "Seals",
        "Are all seals unbroken, with the expected numbers?",
        "Compare each number with the papers.",
        "seals_intact",
    ),
    Look(
        "labels",
        "Labels",
        "Are all labels legible, and do they say what the papers say?",
        "Consignee, case reference, storage; no patient name.",
        "labels_legible",
    ),
    Look(
        "marks",
        "Shock and tilt marks",
        "Are all shock and tilt marks clear?",
        "Yes when none has changed colour, and when none was fitted.",
        "marks_clear",
    ),
)
INNER: Final = Look(
    "inner",
    "Inner packing",
    "Is the inner packing whole and in place?",
    "Open it now, in a clean place. Coolant in place, nothing wet or broken.",
    "inner_intact",
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One pack that was read beside the pack that was expected; ``fields`` as the component draws them."""

    read: PackText
    fields: list[dict[str, Any]]
    how: str
    note: str = ""

    @property
    def off(self) -> list[str]:
        """The names of the fields that differ."""
        return [entry["name"] for entry in self.fields if not entry["matches"]]

    @property
    def matches(self) -> bool:
        return not self.off and not self.note

    @property
    def verdict(self) -> str:
        """What the comparison says, in one sentence or two."""
        if self.matches:
            return "This pack is as it was sent."
        if self.note:
            return self.note
        does = "does" if len(self.off) == 1 else "do"
        return f"{len(self.fields) - len(self.off)} of {len(self.fields)} fields match. {_listed(self.off)} {does} not."


@dataclass
class Round:
    """One person's inspection of one consignment, as far as it has come."""

    consignment: Consignment
    units: list[Unit]
    answers: dict[str, Any] = field(default_factory=dict)

    @property
    def steps(self) -> list[str]:
        """The names of all steps in their order."""
        packs = [f"pack-{number}" for number in range(1, len(self.units) + 1)]
        return [*(look.name for look in LOOKS), "logger", INNER.name, *packs, "count", "decide"]

    @property
    def sent(self) -> str:
        """How many units were sent, without idle zeros."""
        return f"{self.consignment.quantity.normalize():f}"

    def is_answered(self, step: str) -> bool:
        return step in self.answers

    @property
    def first_open(self) -> str:
        """The first step without an answer."""
        return next(step for step in self.steps if step == "decide" or not self.is_answered(step))

    def compared(self) -> dict[str, Compared]:
        """Every pack that was read, by its step: matched by serial first, then in the order they were sent."""
        reads = {step: self.answers[step] for step in self.steps if step.startswith("pack-") and step in self.answers}
        left = list(self.units)
        partner: dict[str, Unit | None] = {}
        for step, read in reads.items():
            partner[step] = next((unit for unit in left if unit.serial == read.get("serial")), None)
            if partner[step] is not None:
                left.remove(partner[step])  # type: ignore[arg-type]
        seen: set[str] = set()
        found = {}
        for step, read in reads.items():
            unit = partner[step] or (left.pop(0) if left else self.units[0])
            note = "" if read.get("serial") not in seen else "This serial was read before: one pack was read twice."
            if read.get("missing"):
                note = "This pack is not there."
            seen.add(read.get("serial", ""))
            found[step] = _beside(read, unit, note)
        return found

    def differences(self) -> list[str]:
        """Everything that is not as expected, in words; empty when the consignment may be accepted."""
        found = [look.title + ": no" for look in (*LOOKS, INNER) if self._answer(look.name) == "no"]
        logger = self.answers.get("logger", {})
        if logger and not self._logger_expected(logger):
            found.append("Logger: another number than the one that was sent")
        for step, pack in self.compared().items():
            name = step.replace("pack-", "Pack ")
            if pack.note:
                found.append(f"{name}: {pack.note[:1].lower()}{pack.note[1:].rstrip('.')}")
            elif pack.off:
                found.append(f"{name}: {_listed(pack.off)} not as sent")
        if "count" in self.answers and Decimal(self.answers["count"]["units"]) != self.consignment.quantity:
            found.append(f"Count: {self.answers['count']['units']} counted, {self.sent} sent")
        return found

    def facts(self, result: str, now: datetime) -> dict[str, Any]:
        """What the verb is told: yes and no, the count, the result, every remark."""
        facts: dict[str, Any] = {look.fact: self._answer(look.name) for look in (*LOOKS, INNER)}
        facts["logger_expected"] = _yes(self._logger_expected(self.answers.get("logger", {})))
        facts["serials_match"] = _yes(all(pack.matches for pack in self.compared().values()))
        facts["units_received"] = self.answers["count"]["units"]
        remarks = [*self.differences(), *(f"{step}: {self._note(step)}" for step in self.steps if self._note(step))]
        return facts | {"inspected_at": now, "result": result, "remarks": "; ".join(remarks)}

    def readings(self) -> dict[str, Any]:
        """What the logger said, for the verb that judges it; empty when nothing was read."""
        logger = self.answers.get("logger", {})
        names = ("lowest_c", "highest_c", "minutes_outside")
        return {name: logger[name] for name in names if logger.get(name) not in (None, "")}

    def protocol(self, result: str, by: User, now: datetime) -> str:
        """The exact text that is signed: every step with its answer, in the order it was taken."""
        one = self.consignment
        lines = [
            f"Receiving inspection of consignment {one.label}, case {one.case.reference}",
            f"At {one.institution.name}, by {by.display_name}, {now:%Y-%m-%d %H:%M} UTC",
            "",
            *(f"{look.question} {self._answer(look.name)}.{self._said(look.name)}" for look in LOOKS),
            f"Logger number read: {self.answers['logger'].get('number') or 'none'}; sent with {one.logger_number}. "
            + (", ".join(f"{name} {value}" for name, value in self.readings().items()) or "no reading taken")
            + f".{self._said('logger')}",
            f"{INNER.question} {self._answer(INNER.name)}.{self._said(INNER.name)}",
        ]
        for step, pack in self.compared().items():
            values = ", ".join(f"{name} {getattr(pack.read, key) or 'not given'}" for name, key in FIELDS)
            outcome = "as sent" if pack.matches else pack.note or f"differs in {_listed(pack.off)}"
            lines.append(f"{step.replace('pack-', 'Pack ')} ({pack.how}): {values}; {outcome}.{self._said(step)}")
        counted = self.answers["count"]["units"]
        lines += [f"Counted: {counted}; sent: {self.sent}.", "", f"Decision: {result}.", "", MEANING, ""]
        return "\n".join(lines)

    def _answer(self, step: str) -> str:
        return str(self.answers.get(step, {}).get("answer", ""))

    def _note(self, step: str) -> str:
        return str(self.answers.get(step, {}).get("note", ""))

    def _said(self, step: str) -> str:
        return f" Note: {self._note(step)}" if self._note(step) else ""

    def _logger_expected(self, logger: dict[str, Any]) -> bool:
        return not self.consignment.logger_number or logger.get("number") == self.consignment.logger_number


def round_of(consignment: Consignment, by: User) -> Round:
    """The inspection as this person has left it."""
    draft = InspectionDraft.objects.filter(consignment=consignment, by=by).first()
    units = list(consignment.units.select_related("lot").order_by("serial"))
    return Round(consignment, units, dict(draft.answers) if draft else {})


def keep_answer(round_: Round, step: str, answer: dict[str, Any], *, by: User, now: datetime) -> None:
    """Keep one answer, so that nothing is lost between two steps."""
    round_.answers[step] = answer
    InspectionDraft.objects.update_or_create(
        consignment=round_.consignment, by=by, defaults={"answers": round_.answers, "saved_at": now}
    )


def read_pack(text: str, units: Sequence[Unit]) -> dict[str, Any]:
    """One pack from what was scanned, as it is kept; a lost separator only against the packs that are expected.

    :raises NotReadable: with a sentence.
    """
    scan = read_against(text, [expected_of(unit) for unit in units])
    return {"gtin": scan.gtin, "serial": scan.serial, "lot": scan.lot, "expiry": scan.printed, "how": "scanned"}


def typed_pack(gtin: str, serial: str, lot: str, expiry: str) -> dict[str, Any]:
    """One pack from what was typed; the day of expiry as YYMMDD or as year-month-day.

    :raises NotReadable: with a sentence.
    """
    digits = "".join(letter for letter in expiry if letter.isdigit())
    if len(digits) not in (6, 8):
        raise NotReadable(f"“{expiry}” is no day of expiry. Type it as printed, for example 270831 or 2027-08-31.")
    scan = read_fields(gtin=gtin, expiry=digits[-6:], lot=lot, serial=serial)
    return {"gtin": scan.gtin, "serial": scan.serial, "lot": scan.lot, "expiry": scan.printed, "how": "typed"}


def counted(text: str) -> str:
    """A count as it is kept.

    :raises NotReadable: with a sentence.
    """
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or not 0 <= number <= 100_000:
        raise NotReadable(f"“{text[:20]}” is no number of units. Type the number that you counted.")
    return f"{number.normalize():f}"


def record_inspection(
    round_: Round,
    *,
    result: str,
    proof: papers.Proof,
    by: User,
    now: datetime,
    form_key: str | None = None,
    request_id: str = "",
) -> CaseEvent:
    """Record the inspection, judge the readings when there are some, and sign the protocol: all of it or nothing.

    :raises cases.lifecycle.errors.Refused: by the verb, such as accepting what differs.
    :raises DocumentRefused: by the signature; a wrong password or code is counted.
    """
    case, label = round_.consignment.case, round_.consignment.label
    taken = CaseEvent.objects.filter(case=case, by=by, form_key=form_key).first() if form_key else None
    if taken is not None:
        return taken
    text = round_.protocol(result, by, now)
    try:
        with acting(by=by, verb="custody.consignment.inspected", business_at=now, request_id=request_id):
            event = _take(case, INSPECT, round_, round_.facts(result, now), by, now, form_key, request_id)
            if readings := round_.readings():
                _take(case, TEMPERATURE, round_, readings, by, now, None, request_id)
            document = papers.store_text(
                case=case,
                doc_type="inspection_record",
                title=f"Receiving inspection of {label}",
                text=text,
                by=by,
                now=now,
            )
            papers.sign_document(document, by=by, meaning=MEANING, proof=proof, now=now)
            InspectionDraft.objects.filter(consignment=round_.consignment, by=by).delete()
    except papers.ProofFailed as failed:
        what = f"Receiving inspection of {label}"
        papers.record_failed_proof(case=case, by=by, what=what, fault=failed.field, now=now)
        raise
    return event


def _take(
    case: Case,
    verb: str,
    round_: Round,
    facts: dict[str, Any],
    by: User,
    now: datetime,
    form_key: str | None,
    request_id: str,
) -> CaseEvent:
    return advance(
        case,
        verb,
        by=by,
        now=now,
        subject=round_.consignment,
        facts=facts,
        form_key=form_key,
        request_id=request_id,
    )


def _beside(read: dict[str, Any], unit: Unit, note: str) -> Compared:
    pack = PackText(**{name: read.get(name, "") for _, name in FIELDS})
    return Compared(pack, beside(pack, unit), str(read.get("how", "")), note)


def _listed(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
