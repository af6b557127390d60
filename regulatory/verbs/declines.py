"""Declines: drafted in one of three kinds, read as the letter that will go out, signed by another person, and sent.

Sending is signing exactly the bytes that were read: the letter is set anew and must have the fingerprint that the
person saw. The case is closed by its own verb; a decline that is reconsidered opens the way to reopen it.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import models

from cases.documents import services as papers
from cases.lifecycle.errors import NotPossible
from cases.lifecycle.verbs import Ask, Situation, Verb, next_number, register_verbs
from cases.people.roles import Role
from cases.verbs.signatures import ASKED_OF_A_SIGNER, refuse_other_name, signed
from regulatory.declining.drafted import bytes_of
from regulatory.declining.kinds import (
    ADDRESSEES,
    CHANNELS,
    KINDS,
    LANGUAGES,
    RECONSIDERED,
    ROUTES,
    grounds_of,
    steps_of,
)
from regulatory.declining.letter import LetterRefused
from regulatory.models import Decline, Review

PIC_ONLY = frozenset({Role.PHARMACIST_IN_CHARGE})
MEANING = "I decided that the pharmacy does not go on with this request, and this letter says so and why."
NO_NAMES = "No patient name, birth date or contact."


def declined_review(situation: Situation) -> Review | None:
    """The newest declined review that no decline has told yet."""
    if not situation.case.pk:
        return None
    rows = situation.case.reviews.filter(state=Review.State.DECLINED).order_by("-number")
    found: Review | None = rows.exclude(declines__state__in=("sent", "reconsidered")).first()
    return found


def _last(situation: Situation, field: str, otherwise: object = "") -> object:
    """What the last draft said, so that nothing is typed twice."""
    if "last_decline" not in situation.cache:
        rows = situation.case.declines.order_by("-number") if situation.case.pk else Decline.objects.none()
        situation.cache["last_decline"] = rows.filter(state=Decline.State.DISCARDED).first()
    last = situation.cache["last_decline"]
    return getattr(last, field) if last is not None and last.kind == _kind(situation) else otherwise


def _kind(situation: Situation) -> str:
    """The kind that was chosen; at first that of the review that was declined."""
    if chosen := situation.facts.get("kind"):
        return str(chosen)
    review = declined_review(situation)
    return review.kind if review is not None else "clinical"


def _fact(kind: str) -> Callable[[Situation], Any]:
    return lambda situation: _last(situation, "fact") if _kind(situation) == kind else ""


def _draft(situation: Situation) -> models.Model:
    facts = situation.facts
    kind = KINDS[facts["kind"]]
    review = declined_review(situation)
    return Decline.objects.create(
        case=situation.case,
        number=next_number(situation.case.declines.all()),
        kind=kind.code,
        ground=facts["ground"],
        review=review if review is not None and review.kind == kind.code else None,
        explanation=facts["explanation"],
        fact=facts[kind.fact],
        steps=[step for step in kind.offers if step in facts.get("steps", ())],
        referral=facts.get("referral", ""),
        addressee=facts["addressee"],
        language=facts["language"],
        contact=facts["contact"],
        prepared_by=situation.by,
        prepared_at=situation.now,
    )


def _discard(situation: Situation) -> models.Model:
    decline = situation.record(Decline)
    decline.discard()
    decline.save()
    return decline


def _send(situation: Situation) -> models.Model:
    from cases.print.bind import page_count

    decline = situation.record(Decline)
    decline.case = situation.case
    refuse_other_name(situation)
    content = letter_bytes(situation)
    letter = papers.store_written(
        case=situation.case,
        doc_type="decline_letter",
        content=content,
        media_type="application/pdf",
        by=situation.by,
        now=situation.now,
        title=f"Letter of the decline {decline.label}",
        pages=page_count(content),
    )
    signed(situation, letter, meaning=MEANING, what=f"Letter of the decline {decline.label}")
    decline.send(letter=letter, channel=situation.facts["channel"], sent_by=situation.by, sent_at=situation.now)
    decline.save()
    return decline


def letter_bytes(situation: Situation) -> bytes:
    """The letter as it would go out now; set once a situation.

    :raises NotPossible: when it cannot be printed.
    """
    if "letter" not in situation.cache:
        decline = situation.record(Decline)
        decline.case = situation.case
        try:
            situation.cache["letter"] = bytes_of(decline, now=situation.now)
        except LetterRefused as refused:
            raise NotPossible(f"{refused} Nothing was sent.") from refused
    content: bytes = situation.cache["letter"]
    return content


def letter_print(situation: Situation) -> str:
    """The SHA-256 of the letter as it would go out now."""
    return hashlib.sha256(letter_bytes(situation)).hexdigest()


def _reconsider(situation: Situation) -> models.Model:
    decline = situation.record(Decline)
    decline.reconsider(
        reconsidered_by=situation.by,
        reconsidered_at=situation.now,
        reconsidered_because=situation.facts["because"],
    )
    decline.save()
    return decline


register_verbs(
    Verb(
        code="regulatory.decline.draft",
        past="drafted",
        label="Draft a decline",
        subject="regulatory.Decline",
        creates=True,
        effect=_draft,
        asks=(
            Ask("kind", "Kind", "choice", initial=_kind,
                options=tuple((kind.code, kind.label.capitalize()) for kind in KINDS.values())),
            Ask("ground", "Ground", "choice", options=lambda situation: grounds_of(situation.facts.get("kind", "")),
                initial=lambda situation: _last(situation, "ground")),
            Ask("explanation", "Explanation", "long", hint=f"In the language of the letter, plain words. {NO_NAMES}",
                initial=lambda situation: _last(situation, "explanation")),
            Ask("would_change", KINDS["clinical"].asks, "long", required=False,
                hint="Clinical. In the language of the letter.", initial=_fact("clinical")),
            Ask("route", KINDS["regulatory"].asks, "choice", required=False, options=ROUTES,
                hint="Regulatory.", initial=_fact("regulatory")),
            Ask("tried", KINDS["supply"].asks, "long", required=False,
                hint="Supply. In the language of the letter.", initial=_fact("supply")),
            Ask("steps", "Next steps that the letter names", "ticks", required=False,
                options=lambda situation: steps_of(situation.facts.get("kind", "")),
                initial=lambda situation: _last(situation, "steps", KINDS[_kind(situation)].steps)),
            Ask("referral", "Where to turn", "long", required=False,
                hint="Names of houses, programmes or offices, in the language of the letter.",
                initial=lambda situation: _last(situation, "referral")),
            Ask("addressee", "To", "choice", options=ADDRESSEES,
                initial=lambda situation: _last(situation, "addressee", "prescriber")),
            Ask("language", "Language of the letter", "choice", options=LANGUAGES,
                hint="Translations other than English are not reviewed; the letter says so.",
                initial=lambda situation: _last(situation, "language", "en")),
            Ask("contact", "Where an answer goes", hint="Telephone and hours, or an address of the pharmacy.",
                initial=lambda situation: _last(situation, "contact")),
        ),
        consequence="Nobody is told yet: the letter is read first, and signed by a pharmacist in charge.",
    ),
    Verb(
        code="regulatory.decline.discard",
        past="discarded",
        label="Discard the draft of it",
        subject="regulatory.Decline",
        transition="discard",
        effect=_discard,
        consequence="Nobody is told. The next draft begins with what this one says.",
    ),
    Verb(
        code="regulatory.decline.send",
        past="sent",
        label="Sign and send the letter of it",
        subject="regulatory.Decline",
        transition="send",
        effect=_send,
        roles=PIC_ONLY,
        asks=(
            Ask("fingerprint", "Fingerprint of the letter that you read",
                hint="As the page or the API shows it: exactly these bytes are signed and kept."),
            Ask("channel", "How it reaches the addressee", "choice", options=CHANNELS),
            *ASKED_OF_A_SIGNER,
        ),
        final=True,
        consequence="The letter is kept byte for byte, and the prescriber finds it on the page of the case. "
        "Nothing is filed or ordered while it stands.",
    ),
    Verb(
        code="regulatory.decline.reconsider",
        past="reconsidered",
        label="Reconsider it",
        subject="regulatory.Decline",
        transition="reconsider",
        effect=_reconsider,
        roles=PIC_ONLY,
        needs_reason=True,
        asks=(Ask("because", "Why it is looked at again", "choice", options=RECONSIDERED),),
        consequence="The letter stays on record as it was told. The case may be filed, or reopened, again.",
    ),
)  # fmt: skip
