"""A paper of another patient that went to an authority: it is told by name, and somebody tells the authority.

What went is read from the pack where one was made here; where none was, every paper that goes with a filing of the
pathway and was on file by then may have gone, and is told as such.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cases.deadlines.models import OPEN_STATES, Deadline, Force
from cases.deadlines.services import Ball
from cases.documents.models import Document
from cases.documents.services import holds_pages_of
from cases.models import Case, CaseEvent
from regulatory.counted import house_target
from regulatory.models import Filing
from regulatory.pack.enclosures import asked_when_filed
from regulatory.pathway import profile_of
from regulatory.records import Records, Wanted

KIND = "regulatory.wrong_paper"
FOUND = "documents.document.found_of_another_patient"
# In working days; somebody else's health is in an authority's file until then.
TOLD_WITHIN = 1


@dataclass(frozen=True, slots=True)
class Went:
    """One filing that was submitted, and how the paper was part of it."""

    filing: Filing
    how: str


@holds_pages_of
def packs_that_enclose(document: Document) -> Iterator[Document]:
    """Every version of a pack with this paper in it; one that was replaced is told by when it was made."""
    taken_at = document.decided_at or document.received_at
    for filing in Filing.objects.filter(case=document.case_id, pack__isnull=False).select_related("pack"):
        pack = filing.pack
        if pack is not None and document.label in filing.pack_holds:
            yield pack
        while pack is not None and (pack := pack.supersedes) is not None:
            if pack.received_at >= taken_at:
                yield pack


def sent_with(case: Case, document: Document) -> list[Went]:
    """The filings of the case that were submitted with this paper, or may have been."""
    sent = case.filings.filter(submitted_at__isnull=False).select_related("pack", "profile_version").order_by("number")
    return [Went(filing, how) for filing in sent if (how := _how(filing, document))]


def _how(filing: Filing, document: Document) -> str:
    if document.label in filing.pack_holds and filing.pack is not None:
        return f"enclosed in its pack {filing.pack.label}"
    if document.pk == filing.proof_id:
        return "kept as the proof of its submission"
    if document.pk == filing.decision_letter_id:
        return "kept as its letter of decision"
    if filing.pack is None and filing.submitted_at is not None and document.received_at <= filing.submitted_at:
        asked = asked_when_filed(profile_of(filing.profile_version))
        return "where it was on file and may have gone out" if document.doc_type in asked else ""
    return ""


def of_wrong_papers(records: Records) -> Iterator[Wanted]:
    """One date for each such filing and paper; it is met by recording that the authority was told."""
    if not any(filing.submitted_at for filing in records.filings):
        return
    closed = list(records.case.documents.filter(of_another_patient=True).order_by("number"))
    if not closed:
        return
    found_at = _found_at(records.case)
    for document in closed:
        if document.label not in found_at:
            continue
        for went in sent_with(records.case, document):
            label = went.filing.label
            yield Wanted(
                key=f"{KIND}:{label}:{document.label}",
                kind=KIND,
                label=f"Tell {went.filing.authority} that {document.label} is of another patient: {label}, {went.how}"[
                    :200
                ],
                due=house_target("found of another patient", found_at[document.label], TOLD_WITHIN, records),
                ball=Ball(user=records.case.coordinator_id),
                subject=label,
                # A professional duty: it outlives the case.
                force=Force.GUIDELINE,
            )


def _found_at(case: Case) -> dict[str, datetime]:
    return dict(CaseEvent.objects.filter(case=case, verb=FOUND).values_list("subject", "happened_at"))


def flags_of(case: Case) -> dict[str, list[str]]:
    """By label of a filing, what is said beside it: which paper, who tells whom by when, or that it was told."""
    flags: dict[str, list[str]] = {}
    for row in Deadline.objects.filter(case=case, kind=KIND).order_by("key"):
        paper = row.key.rpartition(":")[2]
        next_act = f"{row.ball}: {row.label[0].lower()}{row.label[1:]}" if row.state in OPEN_STATES else "It was told"
        flags.setdefault(row.subject, []).append(f"{paper} is of another patient. {next_act}.")
    return flags
