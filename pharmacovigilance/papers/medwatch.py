"""The content of FDA form 3500A as a labelled report. Source: facts, pharmacovigilance 5 (edition of October 2005)."""

from typing import Final

from pharmacovigilance.papers import phrases
from pharmacovigilance.papers.phrases import CRITERION_WORDS, KINDS, day, said
from pharmacovigilance.papers.sheets import Locked, Paper, Part, Row, Told, set_as_pdf, told

ABOUT: Final = (
    "A labelled report with the content of FDA form 3500A, not a facsimile of the form. Boxes are numbered as in the "
    "edition of October 2005, those of section G as recalled; other editions number them otherwise. The layout is the "
    "house's own and no qualified person has reviewed it. The patient's and the reporter's identity are withheld."
)
NO_DEVICE: Final = ("not applicable: no device is reported",)
_PROBLEMS: Final = frozenset({"falsified", "quality_defect", "complaint"})


def medwatch(locked: Locked) -> bytes:
    """The report as a PDF, the same bytes for the same version.

    :raises NotExportable: when the snapshot is of a form that nobody here knows.
    """
    read = told(locked, profile="fda")
    return set_as_pdf(Paper("MedWatch (FDA 3500A) content", ABOUT, boxes(read)), read)


def boxes(read: Told) -> tuple[Part, ...]:
    """Every box of the form that a report of a medicine fills, in its order; of the others why they are empty."""
    report, known = read.report, read.known
    suspected = known.suspected
    others = tuple(one for one in known.products if not one.is_suspected)
    speed = "expedited" if report.expedited is True else "not expedited"
    is_problem = bool(_PROBLEMS & set(known.special))
    return (
        Part("A. Patient", (
            Row("A1", "Patient's identifier", (said(report.patient.initials),)),
            Row("A2", "Age, or date of birth", (phrases.age(report),)),
            Row("A3", "Sex", (phrases.sex(report),)),
            Row("A4", "Weight", (f"{report.patient.weight_kg} kg",) if report.patient.weight_kg else ()),
        )),
        Part("B. Adverse event or product problem", (
            Row("B1", "Adverse event, product problem, or both",
                ("adverse event and product problem" if is_problem else "adverse event",)),
            *(Row("B2", f"Outcome: {words}", (phrases.criterion(report, name),))
              for name, words in CRITERION_WORDS.items()),
            Row("B3", "Date of the event", phrases.onsets(known)),
            Row("B4", "Date of this report", (day(report.created),)),
            Row("B5", "Event", phrases.events(known)),
            Row("B5", "Description", (phrases.narrative(report),)),
            Row("B6", "Tests and laboratory data, with dates", phrases.tests(known)),
            Row("B7", "Other relevant history", (said(report.patient.history_text),)),
        )),
        Part("C. Suspect products", (
            Row("C1", "Name, strength, labeler", phrases.products(suspected)),
            Row("C2", "Dose and route", (*phrases.of_lines(suspected, "amount"),
                                         *phrases.of_products(suspected, "route"))),
            Row("C3", "Dates of therapy", phrases.therapy(suspected)),
            Row("C4", "Diagnosis for use", phrases.of_products(suspected, "indication")),
            Row("C5", "Event abated after use stopped or dose reduced", phrases.of_products(suspected, "abated")),
            Row("C6", "Lot, and where it came from", phrases.lots(suspected)),
            Row("C7", "Expiry", phrases.of_lines(suspected, "expires_on")),
            Row("C8", "Event reappeared after reintroduction", phrases.recurred(known, suspected)),
            Row("C9", "NDC, or other number of the pack", phrases.of_lines(suspected, "gtin")),
            Row("C10", "Concomitant products and dates", (*phrases.products(others), *phrases.therapy(others))),
        )),
        Part("D. Suspect device", (Row("D1–D11", "All boxes", NO_DEVICE),)),
        Part("E. Initial reporter", (
            Row("E1", "Name and address", (said(report.sources[0].person.family),)),
            Row("E2–E3", "Health professional, and occupation", phrases.reporters(report)),
            Row("E4", "Reporter also sent it to FDA", ()),
        )),
        Part("F. User facility or importer", (Row("F1–F14", "All boxes", NO_DEVICE),)),
        Part("G. All manufacturers", (
            Row("G1", "Contact office", (phrases.sender(report),)),
            Row("G2", "Telephone", (report.sender.telephone,) if report.sender.telephone else ()),
            Row("G3", "Source of the report", (f"{phrases.coded('2', report.kind)}: named-patient programme abroad",)),
            Row("G4", "Date received", (day(report.most_recent),)),
            Row("G5", "Application number", ()),
            Row("G6", "Protocol, if under an IND", (said(report.study.number) if report.study else "",)),
            Row("G7", "Kind of report", (KINDS[known.kind], speed)),
            Row("G8", "Adverse event terms", (*_terms(read),)),
            Row("G9", "Report number of the sender", (report.identifier,)),
        )),
        Part("H. Device manufacturers", (Row("H1–H10", "All boxes", NO_DEVICE),)),
        Part("Assessment (not a box of the form)", (
            Row("–", "The case as judged", phrases.judged(known)),
            Row("–", "Causality and expectedness, by pair", phrases.judgements(known)),
            Row("–", "Action taken with the product", phrases.actions(suspected)),
        )),
    )  # fmt: skip


def _terms(read: Told) -> tuple[str, ...]:
    """The codes where a licensee has given them; the words of MedDRA itself are not in this product."""
    return tuple(
        f"MedDRA {one.term.version}, code {one.term.code}" if one.term.code else "not coded"
        for one in read.report.reactions
    )
