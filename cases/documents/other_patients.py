"""A paper of another patient: closed in whatever state it is found, with everything that has it on its pages.

Its bytes stay, as evidence of what came and what was done with it; a pharmacist in charge alone opens them, with a
reason (:mod:`cases.documents.downloads`).
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from cases.audit.context import acting
from cases.documents.errors import DocumentRefused
from cases.documents.models import Document, DocumentSlot
from cases.documents.translations import make_stale
from cases.people.roles import PHARMACISTS

if TYPE_CHECKING:
    from cases.people.models import User

COUNTED: Final = frozenset(
    {Document.State.ACCEPTED, Document.State.SUPERSEDED, Document.State.EXPIRED, Document.State.STALE}
)
Holding = Callable[[Document], Iterable[Document]]
_HOLDING: Final[list[Holding]] = []
# Tables of papers themselves: what they say of a paper is no reason that stands on it.
_OF_PAPERS: Final = "documents"


def holds_pages_of(found: Holding) -> Holding:
    """Decorator: which written papers of the case have this paper on their pages, such as a pack that encloses it."""
    _HOLDING.append(found)
    return found


def find_of_another_patient(document: Document, *, by: "User", now: datetime, reason: str) -> Document:
    """Reject a paper that was taken and turns out to be of another patient, and close it.

    :raises DocumentRefused: for anybody but a pharmacist, without a reason, for one that was never taken, or for one
        that the system wrote.
    """
    if by.role not in PHARMACISTS or not by.is_active:
        raise DocumentRefused("not-permitted", "Only the pharmacy's pharmacists close papers; nothing was changed.")
    if not reason.strip():
        raise DocumentRefused("reason-missing", "Say how it was found to be of another patient. Name no patient.")
    with acting(by=by, verb="documents.document.found_of_another_patient", reason=reason.strip(), business_at=now):
        document = Document.objects.select_for_update(of=("self",)).select_related("case", "file").get(pk=document.pk)
        if document.state not in COUNTED or document.source != Document.Source.UPLOAD:
            was = "written by the system" if document.source != Document.Source.UPLOAD else document.get_state_display()
            raise DocumentRefused(
                "not-possible", f"{document.label} is {was}: it cannot be closed so. Nothing was changed."
            )
        # Before the paper says who decided last: packs are told by when it was taken.
        holding = [one.pk for told in _HOLDING for one in told(document)]
        document.find_of_another_patient(by=by, decided_at=now, reason=reason.strip())
        document.save()
        make_stale(document, by=by, now=now)
        close_what_holds_it(document, holding)
    return document


def close_what_holds_it(document: Document, holding: Iterable[int] = ()) -> None:
    """Close the translations of another patient's paper, and the papers with its pages; within the deed."""
    rows = Document.objects.select_for_update(of=("self",)).filter(Q(translates=document) | Q(pk__in=list(holding)))
    for held in rows.filter(of_another_patient=False, closed_with__isnull=True).order_by("number"):
        held.closed_with = document
        held.save(update_fields=["closed_with"])


def ask_again_for(document: Document, *, asked_of: "User", due_on: date) -> list[DocumentSlot]:
    """Open the requests that it had met; within the deed that closed it. Returns them."""
    slots = list(DocumentSlot.objects.select_for_update().filter(met_by=document).order_by("number"))
    for slot in slots:
        slot.ask_again(asked_of=slot.asked_of if slot.asked_of.is_active else asked_of, due_on=due_on)
        slot.save()
    return slots


def what_rests_on(document: Document) -> list[str]:
    """Every record of the case that names this paper, with what it is to it: "F-1 (proof)"."""
    named = []
    for relation in Document._meta.related_objects:
        if relation.related_model._meta.app_label != _OF_PAPERS:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: document})
            named += [f"{getattr(row, 'label', '') or row} ({relation.field.verbose_name})" for row in rows]
    return sorted(named)
