"""Papers: asked for, reviewed, replaced. Uploading itself is a service of documents (bytes are no form field)."""

from collections.abc import Callable

from django.db import models

from cases.clocks import in_a_week
from cases.documents import services as papers
from cases.documents.models import Document, DocumentSlot
from cases.documents.naming import name_rule_of
from cases.lifecycle.errors import FactsInvalid, NotPossible
from cases.lifecycle.verbs import Ask, Situation, Verb, register_verbs
from cases.people.models import User
from cases.people.roles import PHARMACISTS


def _ask_for(situation: Situation) -> models.Model:
    return papers.ask_for_document(
        case=situation.case, asked_by=situation.by, asked_at=situation.now, **situation.facts
    )


def _withdraw(situation: Situation) -> models.Model:
    slot = situation.record(DocumentSlot)
    return papers.withdraw_slot(slot, by=situation.by, now=situation.now, reason=situation.reason)


def _accept(situation: Situation) -> models.Model:
    document = situation.record(Document)
    try:
        return papers.accept_document(document, by=situation.by, now=situation.now, **situation.facts)
    except papers.DocumentRefused as refusal:
        raise NotPossible(refusal.sentence) from refusal


def _release_unscanned(situation: Situation) -> models.Model:
    document = situation.record(Document)
    return papers.release_unscanned(document, by=situation.by, now=situation.now, reason=situation.reason)


def _describe(situation: Situation) -> models.Model:
    document = situation.record(Document)
    for name, value in situation.facts.items():
        if name != "translates":
            setattr(document, name, value)
    if source := situation.facts.get("translates"):
        try:
            papers.name_source(document, source)
        except papers.DocumentRefused as refusal:
            raise FactsInvalid("Nothing was changed.", {"translates": [refusal.sentence]}) from refusal
    if document.issued_on and document.valid_until and document.valid_until < document.issued_on:
        told = f"{document.label} would end before it was issued. Correct the two dates."
        raise FactsInvalid("Nothing was changed.", {"valid_until": [told]})
    document.save()
    return document


def _sources(situation: Situation) -> "models.QuerySet[Document]":
    subject = situation.subject
    rows = papers.may_be_translated(situation.case)
    return rows.exclude(pk=subject.pk) if isinstance(subject, Document) else rows


def _has_name_rule(situation: Situation) -> bool:
    subject = situation.subject
    return isinstance(subject, Document) and name_rule_of(situation.case, subject.doc_type) is not None


_TRANSLATES = Ask(
    "translates",
    "Which paper it translates",
    "record",
    required=False,
    options=_sources,
    initial=lambda situation: getattr(situation.subject, "translates_id", None),
    hint="Only for a translation. It counts as long as that version does.",
)


def _initial(name: str) -> Callable[[Situation], object]:
    return lambda situation: getattr(situation.subject, name, None)


HOLDERS = (
    ("", "nobody else that we know of"),
    ("coordinating_pharmacy", "the coordinating pharmacy"),
    ("treating_prescriber", "the prescriber"),
    ("local_sponsor", "the local sponsor"),
    ("licensed_importer", "the licensed importer"),
    ("hospital_pharmacist", "the hospital pharmacist"),
    ("community_pharmacist", "the community pharmacist"),
)


def _reject(situation: Situation) -> models.Model:
    document = situation.record(Document)
    return papers.reject_document(
        document,
        by=situation.by,
        now=situation.now,
        reason=situation.reason,
        of_another_patient=bool(situation.facts.get("of_another_patient")),
    )


def _find_of_another_patient(situation: Situation) -> models.Model:
    document = situation.record(Document)
    try:
        return papers.find_of_another_patient(document, by=situation.by, now=situation.now, reason=situation.reason)
    except papers.DocumentRefused as refusal:
        raise NotPossible(refusal.sentence) from refusal


def _people_of_the_case(situation: Situation) -> "models.QuerySet[User]":
    case = situation.case
    return (
        User.objects.filter(is_active=True, is_service=False)
        .filter(
            models.Q(pk=case.prescriber.user_id)
            | models.Q(delegations__prescriber=case.prescriber)
            | models.Q(institution=case.institution, role="receiving_pharmacist")
            | models.Q(pharmacy=case.pharmacy, role__in=PHARMACISTS)
        )
        .distinct()
        .order_by("display_name")
    )


register_verbs(
    Verb(
        code="documents.slot.ask",
        past="asked",
        label="Ask for a document",
        subject="documents.DocumentSlot",
        creates=True,
        effect=_ask_for,
        asks=(
            Ask("doc_type", "Document", "choice", options=lambda situation: papers.document_types()),
            Ask(
                "asked_of",
                "Of whom",
                "record",
                options=_people_of_the_case,
                initial=lambda situation: situation.case.prescriber.user_id,
            ),
            Ask("note", "What exactly", "long", required=False, hint="For example: not older than 30 days."),
            Ask(
                "due_on",
                "By when",
                "date",
                initial=lambda situation: in_a_week(situation.case, situation.now),
                hint="A week from now unless you say otherwise.",
            ),
        ),
        consequence="The person is told by mail; the page asks for it until it is there.",
    ),
    Verb(
        code="documents.slot.withdraw",
        past="withdrawn",
        label="Withdraw the request",
        subject="documents.DocumentSlot",
        transition="withdraw",
        effect=_withdraw,
        needs_reason=True,
        consequence="Nobody is asked for it any more.",
    ),
    Verb(
        code="documents.document.release_unscanned",
        past="released_unscanned",
        label="Release the document without a virus scan",
        subject="documents.Document",
        transition="scanned",
        effect=_release_unscanned,
        needs_reason=True,
        consequence="It can be opened and reviewed; your reason stays with it.",
    ),
    Verb(
        code="documents.document.accept",
        past="accepted",
        label="Accept the document",
        subject="documents.Document",
        transition="accept",
        effect=_accept,
        asks=(
            Ask("issued_on", "Issued on", "date", required=False, initial=_initial("issued_on")),
            Ask(
                "valid_until",
                "Valid until",
                "date",
                required=False,
                hint="Leave empty when it does not say.",
                initial=_initial("valid_until"),
            ),
            _TRANSLATES,
            Ask(
                "names_patient",
                "Does the patient's name stand on it?",
                "yesno",
                hint="Asked because the pathway forbids or requires the name on this paper.",
                asked_when=_has_name_rule,
            ),
        ),
        consequence="It counts as present in every check from now on.",
    ),
    Verb(
        code="documents.document.describe",
        past="described",
        label="Record dates, holder and source of the document",
        subject="documents.Document",
        effect=_describe,
        offered_when=lambda document: getattr(document, "state", "") in ("scanned", "accepted"),
        asks=(
            Ask("issued_on", "Issued on", "date", required=False, initial=_initial("issued_on")),
            Ask("valid_until", "Valid until", "date", required=False, initial=_initial("valid_until")),
            Ask(
                "held_by",
                "Who else holds it",
                "choice",
                required=False,
                options=HOLDERS,
                initial=_initial("held_by"),
                hint="Some gates open only when, say, the supplier holds a copy.",
            ),
            _TRANSLATES,
            Ask(
                "names_patient",
                "Does the patient's name stand on it?",
                "yesno",
                required=False,
                hint="A pack encloses it only when this fits the pathway's rule.",
                asked_when=_has_name_rule,
            ),
        ),
        consequence="Checks that look at its age or its holder are judged anew.",
    ),
    Verb(
        code="documents.document.reject",
        past="rejected",
        label="Reject the document",
        subject="documents.Document",
        transition="reject",
        effect=_reject,
        needs_reason=True,
        asks=(
            Ask(
                "of_another_patient",
                "Is it of another patient?",
                "yesno",
                required=False,
                hint="Then it is closed: only a pharmacist in charge, with a reason, opens it. Name no patient.",
            ),
        ),
        consequence="It stays on record and counts for nothing; the person who sent it reads your reason.",
    ),
    Verb(
        code="documents.document.find_of_another_patient",
        past="found_of_another_patient",
        label="Close the document as another patient's",
        subject="documents.Document",
        transition="find_of_another_patient",
        effect=_find_of_another_patient,
        needs_reason=True,
        listed=False,
        offered_when=lambda document: getattr(document, "source", "") == Document.Source.UPLOAD,
        consequence=(
            "Final. It counts for nothing any more, what asked for it asks again, its translations and packs are "
            "closed with it, and only a pharmacist in charge opens them, with a reason. Name no patient."
        ),
    ),
)
