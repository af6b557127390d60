"""The custody dossier as one PDF: the same bytes for the same state of the record."""

from pathlib import Path
from typing import Final

from cases.custody.dossier.gathering import Record
from cases.models import Case
from cases.print.bind import page_count
from cases.print.typeset import typeset

TEMPLATE: Final = Path(__file__).with_name("dossier.typ")
REMARK: Final = (
    "Set from the record of custody. It names no patient: the case stands for them. Fingerprints are SHA-256. The head "
    "of a pack's chain covers every line of it, in order: another line, or one less, gives another head."
)


def dossier_of(case: Case) -> bytes:
    """Parties, packs, hand-overs, timeline, temperatures, decisions, papers with hashes, heads of the chains.

    :raises NotPrintable: when a name holds a letter that no font of the house has.
    """
    record = Record(case)
    data = {
        "title": f"Custody dossier, case {case.reference}",
        "pharmacy": case.pharmacy.name,
        "head": [{"label": label, "text": text} for label, text in record.head()],
        "sheets": [sheet.as_data() for sheet in record.sheets()],
        "pictures": record.pictures(),
        "remark": REMARK,
        "foot": f"{case.pharmacy.name}, custody dossier {case.reference}",
        "page_of": "Page {page} of {pages}",
        "pages": 1,
        "lang": "en",
        "rtl": False,
        "printed_on": f"{record.last_at:%Y-%m-%d}",
    }
    once = typeset(TEMPLATE, data)
    return typeset(TEMPLATE, {**data, "pages": page_count(once)})
