"""Having the custody dossier of a case set and kept among its papers."""

from django.db import models

from cases.custody.dossier.making import dossier_of
from cases.documents.receiving import store_written
from cases.lifecycle.errors import NotPossible
from cases.lifecycle.verbs import Situation, Verb
from cases.print.bind import page_count
from cases.print.typeset import NotPrintable

DOSSIER = "custody_dossier"


def _make(situation: Situation) -> models.Model:
    case = situation.case
    try:
        content = dossier_of(case)
    except NotPrintable as fault:
        raise NotPossible(f"The custody dossier was not made. {fault} Nothing was changed.") from fault
    earlier = case.documents.filter(doc_type=DOSSIER, state="accepted").order_by("number").last()
    kept = store_written(
        case=case,
        doc_type=DOSSIER,
        content=content,
        media_type="application/pdf",
        by=situation.by,
        now=situation.now,
        title=f"Custody dossier of {case.reference}",
        pages=page_count(content),
    )
    if earlier is not None and earlier.pk != kept.pk:
        earlier.supersede()
        earlier.save()
    situation.facts["document"] = kept
    return case


VERBS = (
    Verb(
        code="custody.dossier.make",
        past="made",
        label="Make the custody dossier",
        subject="cases.Case",
        effect=_make,
        consequence="One PDF of everything on record of the packs, kept among the papers. It names no patient.",
    ),
)
