"""The content of CIOMS form I as a labelled report. Source: facts, pharmacovigilance 5 (boxes of the form)."""

from typing import Final

from pharmacovigilance.papers import phrases
from pharmacovigilance.papers.phrases import KINDS, SPECIAL_WORDS, day, said
from pharmacovigilance.papers.sheets import Locked, Paper, Part, Row, Told, set_as_pdf, told

ABOUT: Final = (
    "A labelled report with the content of the boxes of CIOMS form I, not a facsimile of the form. The layout is the "
    "house's own and no qualified person has reviewed it. The patient's and the reporter's identity are withheld."
)
_TICKS: Final = (
    ("8", "Patient died", "death"),
    ("9", "Hospital admission, or a longer stay", "hospitalisation"),
    ("10", "Disability or incapacity", "disability"),
    ("11", "Life-threatening", "life_threatening"),
    ("12", "Congenital anomaly", "congenital_anomaly"),
    ("12", "Otherwise medically important", "other_medically_important"),
)


def cioms(locked: Locked) -> bytes:
    """The report as a PDF, the same bytes for the same version.

    :raises NotExportable: when the snapshot is of a form that nobody here knows.
    """
    read = told(locked, profile="ich")
    return set_as_pdf(Paper("CIOMS I content", ABOUT, boxes(read)), read)


def boxes(read: Told) -> tuple[Part, ...]:
    """Every box of the form, in its order."""
    report, known = read.report, read.known
    suspected = known.suspected
    others = tuple(one for one in known.products if not one.is_suspected)
    return (
        Part("I. Reaction information", (
            Row("1", "Patient's initials", (said(report.patient.initials),)),
            Row("1a", "Country", (phrases.countries(known),)),
            Row("2", "Date of birth", ("withheld",)),
            Row("2a", "Age", (phrases.age(report),)),
            Row("3", "Sex", (phrases.sex(report),)),
            Row("4–6", "Onset of the reaction", phrases.onsets(known)),
            Row("7 + 13", "Reaction", phrases.events(known)),
            Row("7 + 13", "Description", (phrases.narrative(report),)),
            Row("7 + 13", "Tests and laboratory findings", phrases.tests(known)),
            *(Row(box, label, (phrases.criterion(report, name),)) for box, label, name in _TICKS),
        )),
        Part("II. Suspect medicines", (
            Row("14", "Suspect medicine", phrases.products(suspected)),
            Row("14", "Batch number, and where it came from", phrases.lots(suspected)),
            Row("15", "Daily dose", phrases.of_lines(suspected, "amount")),
            Row("16", "Route", phrases.of_products(suspected, "route")),
            Row("17", "Indication", phrases.of_products(suspected, "indication")),
            Row("18", "Therapy from and to", phrases.therapy(suspected)),
            Row("19", "Duration of therapy", phrases.durations(suspected)),
            Row("20", "Did it abate after stopping?", phrases.of_products(suspected, "abated")),
            Row("21", "Did it reappear when given again?", phrases.recurred(known, suspected)),
        )),
        Part("III. Concomitant medicines and history", (
            Row("22", "Concomitant medicines and dates", (*phrases.products(others), *phrases.therapy(others))),
            Row("23", "Other relevant history", (said(report.patient.history_text),)),
        )),
        Part("IV. Manufacturer and sender", (
            Row("24a", "Sender of this report", (phrases.sender(report),)),
            Row("24a", "Manufacturer", phrases.of_products(suspected, "manufacturer")),
            Row("24b", "Original report number (worldwide)", (report.worldwide,)),
            Row("24c", "Control number of the sender", (report.identifier,)),
            Row("24d", "Received first, and last", (f"{day(report.first_received)}, {day(report.most_recent)}",)),
            Row("24d", "Source", (f"{phrases.coded('2', report.kind)}: named-patient programme",)),
            Row("25a", "Date of this report", (day(report.created),)),
            Row("25b", "Kind of report", (KINDS[known.kind],)),
            Row("25b", "Reason", (known.reason,) if known.reason else ("none given",)),
            Row("26", "Reporter", phrases.reporters(report)),
            Row("26", "Remarks: special situations", tuple(SPECIAL_WORDS.get(one, one) for one in known.special)
                or ("none named",)),
        )),
        Part("Assessment (not a box of the form)", (
            Row("–", "The case as judged", phrases.judged(known)),
            Row("–", "Causality and expectedness, by pair", phrases.judgements(known)),
            Row("–", "Action taken with the medicine", phrases.actions(suspected)),
        )),
    )  # fmt: skip
