"""Translations: of which version of which paper one is, and that it is stale once that version no longer stands.

A translation speaks for exactly the bytes it was made from (edge case 38). When its source is replaced, expires or is
rejected, the translation counts for nothing any more and is asked for anew; it never follows to the next version.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db.models import QuerySet

from cases.documents.models import Document, DocumentSlot

if TYPE_CHECKING:
    from cases.models import Case
    from cases.people.models import User

TRANSLATION: Final = "translation"
STANDS_NO_MORE: Final = frozenset(
    {Document.State.SUPERSEDED, Document.State.EXPIRED, Document.State.REJECTED, Document.State.STALE}
)
Stale = Callable[..., None]
_TOLD: Final[list[Stale]] = []


def when_stale(told: Stale) -> Stale:
    """Decorator: run this in the same transaction for each stale translation that nobody was asked for anew yet, once
    when it became stale and again when a later version of its source is accepted: (document, by=, now=).
    """
    _TOLD.append(told)
    return told


def may_be_translated(case: "Case") -> QuerySet[Document]:
    """The papers of the case that a translation can be made from: originals that stand, newest first."""
    rows = Document.objects.filter(case=case.pk, translates__isnull=True).exclude(state__in=STANDS_NO_MORE)
    return rows.exclude(doc_type=TRANSLATION).order_by("-number")


def fault_of(case: "Case", source: Document, *, translation: Document | None = None) -> tuple[str, str] | None:
    """Why this paper cannot be the source of a translation, and what to do; None when it can."""
    if source.case_id != case.pk:
        return "The paper named as translated is of another case.", "Name the paper of this case that was translated."
    if translation is not None and source.pk == translation.pk:
        return f"{source.label} cannot be the translation of itself.", "Name the paper that it was translated from."
    if translation is not None and translation.translations.exists():
        return (
            f"{translation.label} is itself the source of a translation.",
            "Name the original paper as the source of both.",
        )
    if source.translates is not None:
        return (
            f"{source.label} is itself a translation of {source.translates.label}.",
            f"Name the original, {source.translates.label}.",
        )
    if source.doc_type == TRANSLATION:
        return f"{source.label} is itself a translation.", "Name the original paper it was translated from."
    if source.state in STANDS_NO_MORE:
        newest = newest_of(source)
        remedy = f"Name {newest.label}, and send the translation of that." if newest else "Name a paper that stands."
        return f"{what_became_of(source)}.", remedy
    return None


def newest_of(source: Document) -> Document | None:
    """The accepted version that took the place of this one, over however many steps; None when none stands."""
    later = source
    while (
        following := later.later_versions.exclude(state=Document.State.REJECTED).order_by("-number").first()
    ) is not None:
        later = following
    return later if later.state == Document.State.ACCEPTED else None


def what_became_of(source: Document) -> str:
    """How a source stands, as a clause: "D-1 (version 1) was replaced by D-4 (version 2)"."""
    named = f"{source.label} (version {source.version})"
    newest = newest_of(source)
    if newest is not None and newest.pk != source.pk:
        return f"{named} was replaced by {newest.label} (version {newest.version})"
    if source.state == Document.State.EXPIRED:
        ended = f" on {source.valid_until:%-d %b %Y}" if source.valid_until else ""
        return f"{named} expired{ended}"
    return f"{named} was {source.get_state_display()}"


def source_awaited(slot: DocumentSlot) -> Document | None:
    """The paper whose translation a request for a new one is about, as it stands today; None for any other request."""
    stale = slot.renews
    return newest_of(stale.translates) if stale is not None and stale.translates is not None else None


def make_stale(source: Document, *, by: "User", now: datetime) -> None:
    """Let every accepted translation of a paper that no longer stands be stale; within the deed that ended it."""
    rows = Document.objects.filter(translates=source).select_for_update(of=("self",)).order_by("number")
    for translation in rows.filter(state=Document.State.ACCEPTED):
        translation.go_stale()
        translation.save()
    asked = DocumentSlot.objects.filter(renews__translates=source).values("renews")
    unasked = rows.filter(state=Document.State.STALE).exclude(pk__in=asked)
    for translation in unasked.select_related("case", "translates", "uploaded_by"):
        for told in _TOLD:
            told(translation, by=by, now=now)


def refusal_of_stale(translation: Document) -> str:
    """Why a translation that was not accepted yet cannot be any more; empty when its source stands."""
    source = translation.translates
    if source is None or source.state not in STANDS_NO_MORE:
        return ""
    newest = newest_of(source)
    ask = f"Reject it, and ask for a translation of {newest.label}." if newest else "Reject it."
    return f"{translation.label} translates a paper that no longer stands: {what_became_of(source)}. {ask}"


def why_stale(translation: Document) -> str:
    """The sentence shown wherever a stale translation is; empty for any other paper."""
    if translation.state != Document.State.STALE or translation.translates is None:
        return ""
    return f"{translation.label} is stale: {what_became_of(translation.translates)}."
