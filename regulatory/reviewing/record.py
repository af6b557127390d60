"""The record of a review: the exact text that the reviewer signs. Pure: the same sheet gives the same words."""

from regulatory.reviewing.checklists import ACTORS
from regulatory.reviewing.content import Line
from regulatory.reviewing.sheet import Row, Sheet

MEANINGS = {
    "passed": "I reviewed what is named here by this checklist, I did not prepare it, and I pass it.",
    "returned": "I reviewed what is named here by this checklist, I did not prepare it, and I return it.",
    "declined": "I reviewed what is named here by this checklist, I did not prepare it, and I decline it.",
}


def record_text(sheet: Sheet, *, kind: str, label: str, case: str, outcome: str, remarks: str) -> str:
    """The whole record.

    :param outcome: passed, returned or declined.
    """
    named = sheet.checklist
    lines = [
        f"{kind[:1].upper()}{kind[1:]} {label} of case {case}: {outcome}",
        "",
        f"Checklist: {named.named}; SHA-256 {named.sha256}.",
        "",
        f"What was reviewed; SHA-256 {sheet.fingerprint}",
        *(f"- {part.title}: {_with_prints(part.lines)}" for part in sheet.content),
        "",
        "Answers",
        *(line for row in sheet.rows for line in _answered(row)),
    ]
    if sheet.left_out:
        lines += ["", "Items that do not apply here"]
        lines += [f"{item.id} {item.text} {because}" for item, because in sheet.left_out]
    if remarks.strip():
        lines += ["", "Remarks" if outcome == "passed" else "Reason", remarks.strip()]
    return "\n".join([*lines, "", MEANINGS[outcome], ""])


def _with_prints(lines: tuple[Line, ...]) -> str:
    told = [f"{line.says} [{line.sha256}]" if line.sha256 else line.says for line in lines]
    return "; ".join(told) or "none"


def _answered(row: Row) -> list[str]:
    given = row.given
    if given is None or not given.answer:
        return [f"{row.item.id} {row.item.text}", "  not answered"]
    since = f", carried over from {given.carried_from}" if given.carried_from else ""
    stale = "; what it rests on has changed since" if row.is_asked else ""
    told = [f"{row.item.id} {row.item.text}", f"  {given.says} ({given.by}, {given.at[:16]} UTC{since}{stale})"]
    if given.note:
        told.append(f"  {given.note}")
    if given.answer == "no" and given.acts:
        told.append(f"  To act: {ACTORS[given.acts]}.")
    return told
