"""What pages and the API ask about papers: which of them a person may know of, and what is asked of whom."""

from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet

from cases.documents.downloads import of_their_side
from cases.documents.models import Document, DocumentSlot
from cases.people.roles import PHARMACISTS, READ_WHOLE, Role

if TYPE_CHECKING:
    from cases.models import Case
    from cases.people.models import User


def papers_of(case: "Case", person: "User") -> QuerySet[Document]:
    """The papers of a case that this person may know of, newest first, with all that a list shows: two queries."""
    rows = (
        Document.objects.filter(case=case.pk)
        .select_related("file", "uploaded_by", "decided_by", "supersedes", "translates", "closed_with")
        .prefetch_related("signatures")
        .order_by("-number")
    )
    return rows if person.role in READ_WHOLE else rows.filter(of_their_side(person))


def open_slots(case: "Case", person: "User") -> QuerySet[DocumentSlot]:
    """What is asked of this person on this case; pharmacists see all of it."""
    if person.role in PHARMACISTS:
        slots = DocumentSlot.objects.filter(state=DocumentSlot.State.OPEN)
    else:
        slots = asked_slots(person)
    return slots.filter(case=case.pk).order_by("due_on", "number")


def asked_slots(person: "User") -> QuerySet[DocumentSlot]:
    """What is asked of this person on any case; a delegate's are also those of the case's prescriber.

    What was sent and is being read is not asked for again; what was rejected is. The caller narrows it to cases that
    the person may see.
    """
    whose = Q(asked_of=person)
    if person.role == Role.DELEGATE:
        whose |= Q(asked_of=F("case__prescriber__user"))
    being_read = Document.objects.filter(
        slot__isnull=False, state__in=[Document.State.RECEIVED, Document.State.SCANNED]
    )
    return DocumentSlot.objects.filter(whose, state=DocumentSlot.State.OPEN).exclude(pk__in=being_read.values("slot"))


def answered_slot(case: "Case", person: "User", *, label: str, form_key: str) -> DocumentSlot | None:
    """What this person's form has answered already: it comes again when its sender never read the answer."""
    sent = Document.objects.filter(case=case.pk, uploaded_by=person, form_key=form_key, slot__isnull=False)
    earlier = sent.select_related("slot").first() if form_key else None
    return earlier.slot if earlier is not None and earlier.slot and earlier.slot.label == label else None
