"""Rules of EudraVigilance (post-authorisation module) that a message alone shows.

Source: EU individual case safety report implementation guide, business rules (facts, pharmacovigilance 1.4).
"""

from collections.abc import Iterator

from pharmacovigilance.e2b.elements import table
from pharmacovigilance.e2b.findings import Finding
from pharmacovigilance.e2b.reading import Part

INDIVIDUAL_USE = ("2", "3")


def check(batch: Part) -> Iterator[Finding]:
    """C.1.3 is 2 exactly where C.5.4 is 2 or 3."""
    for report in batch.parts("report"):
        study = next((part.text("C.5.4") for part in report.parts("study") if part.text("C.5.4")), "")
        from_study = report.text("C.1.3") == "2"
        if from_study == (study in INDIVIDUAL_USE):
            continue
        label = table().elements["C.5.4"].label
        yield Finding(
            "recipient", "C.5.4", "EU-STUDY", report.where("C.1.3"),
            f"C.5.4 ({label}) is {study or 'not given'} and C.1.3 is {report.text('C.1.3') or 'not given'}; the type "
            "of report is 2 exactly where the type of study is 2 or 3.",
        )  # fmt: skip
