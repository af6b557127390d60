"""What a decision on arrived units rests on, and the exact text that is signed over it."""

from typing import Final

from cases.custody.assessing import standing
from cases.custody.cold_chain.chart import lasted
from cases.custody.models import Consignment, Disposition, ExposureAssessment
from cases.documents.errors import BytesNotIntact
from cases.documents.models import Document, StoredFile
from cases.documents.storage import read_bytes
from cases.lifecycle.verbs import Situation
from cases.people.keys import KeyErased

Decision = Disposition.Decision
MEANINGS: Final = {
    Decision.RELEASE: "I read the evidence named here, I neither packed nor received these units, and I release them.",
    Decision.QUARANTINE: "I read the evidence named here, and these units stay in quarantine.",
    Decision.REJECT_RETURN: "I read the evidence named here, and reject these units for return. They are never given.",
    Decision.REJECT_DESTROY: "I read the evidence named here, and reject these units for destruction. "
    "They are never given.",
}
BASIS: Final = {
    "file": "computed from the logger's file",
    "printed": "from a printed report, not recomputed",
    "display": "read off the logger, not recomputed",
    "none": "no reading",
}


def question_of(consignment: Consignment) -> str:
    """What the decision is about when nobody says so: an excursion where one stands, else the receipt."""
    rows = standing(consignment.exposure_assessments.all())
    is_sound = all(row.is_sound for row in rows) and rows
    return Disposition.Question.RECEIPT if is_sound else Disposition.Question.EXCURSION


def evidence_of(consignment: Consignment, answer: Document | None) -> list[dict[str, str]]:
    """Everything that was looked at, in words, each with the fingerprint of what stands behind it."""
    found = [
        {"what": said_of(row), "label": row.label, "sha256": row.document.sha256 if row.document else ""}
        for row in standing(consignment.exposure_assessments.select_related("document__file"))
    ]
    rows = consignment.inspections.select_related("inspected_by", "record__file", "second_check__record__file")
    inspection = rows.select_related("second_check__checked_by").order_by("id").last()
    if inspection is not None:
        told = f"Inspection of {inspection.inspected_at:%Y-%m-%d %H:%M} UTC by {inspection.inspected_by.display_name}"
        found.append(_fingerprinted(f"{told}: {inspection.get_result_display()}", inspection.record))
        check = getattr(inspection, "second_check", None)
        if check is not None:
            told = f"Second check of {check.checked_at:%Y-%m-%d %H:%M} UTC by {check.checked_by.display_name}"
            found.append(_fingerprinted(f"{told}: {'agrees' if check.agrees else 'does not agree'}", check.record))
    if answer is not None:
        found.append({"what": f"Manufacturer's answer: {answer.title}", "label": answer.label, "sha256": answer.sha256})
    return found


def _fingerprinted(what: str, record: Document | None) -> dict[str, str]:
    """What was looked at with the text that was signed over it; an inspection of before it was signed has none."""
    return {"what": what, "label": record.label if record else "", "sha256": record.sha256 if record else ""}


def verified(disposition: Disposition) -> list[dict[str, str]]:
    """The evidence of a decision, each with how its fingerprint stands today against the bytes on file.

    ``stands`` is ``intact``, ``altered`` (with the fault in ``fault``), or empty for what has no file behind it.
    """
    on_file = {
        row.sha256: row for row in StoredFile.objects.filter(case=disposition.case_id).select_related("case__patient")
    }
    found = []
    for one in disposition.evidence:
        sha256, stands, fault = one.get("sha256", ""), "", ""
        if sha256:
            try:
                stored = on_file.get(sha256)
                stands = "intact" if stored is not None and read_bytes(stored) else "altered"
                fault = "" if stored is not None else "No file of this case has that fingerprint."
            except (BytesNotIntact, KeyErased) as broken:
                stands, fault = "altered", str(broken)
        found.append(one | {"stands": stands, "fault": fault})
    return found


def said_of(row: ExposureAssessment) -> str:
    """One assessment in a sentence."""
    parts = [f"Temperature, {row.get_leg_display()}, logger {row.logger_number or 'not numbered'}"]
    if row.lowest_c is not None and row.highest_c is not None:
        parts.append(f"{row.lowest_c:.1f} to {row.highest_c:.1f} °C")
    if row.minutes_outside:
        parts.append(f"{lasted(float(row.minutes_outside))} outside")
    if row.minutes_unmonitored:
        parts.append(f"{lasted(float(row.minutes_unmonitored))} not measured")
    if row.budget_after is not None:
        parts.append(f"budget left {lasted(max(0.0, float(row.budget_after)))}")
    return f"{', '.join(parts)}: {row.get_finding_display()} ({BASIS[row.basis]})"


def wording_of(situation: Situation, consignment: Consignment, evidence: list[dict[str, str]]) -> str:
    """The exact text: units, question, evidence, decision, conditions, reason, meaning."""
    facts = situation.facts
    units = list(consignment.units.select_related("lot").order_by("serial"))
    lines = [
        f"Disposition of consignment {consignment.label}, case {consignment.case.reference}",
        f"By {situation.by.display_name} ({situation.by.get_role_display()}), {situation.now:%Y-%m-%d %H:%M} UTC",
        "",
        f"Question: {Disposition.Question(facts['question']).label}",
        "Units: " + ("; ".join(f"{unit.gtin} lot {unit.lot.number} serial {unit.serial}" for unit in units) or "none"),
        "",
        "Evidence:",
        *(
            f"- {' '.join(part for part in (one['label'], one['what']) if part)}"
            + (f"; SHA-256 {one['sha256']}" if one["sha256"] else "")
            for one in evidence
        ),
    ]
    if facts.get("answer_reference") or facts.get("answered_on"):
        lines.append(f"- The manufacturer's reference: {facts.get('answer_reference') or 'none'}, "
                     f"of {facts.get('answered_on') or 'a day not named'}")  # fmt: skip
    lines += ["", f"Decision: {Decision(facts['decision']).label}", f"Conditions: {facts.get('conditions') or 'none'}"]
    return "\n".join([*lines, f"Reason: {situation.reason}", "", MEANINGS[facts["decision"]], ""])
