"""Signing as part of a verb: what is asked, the printed name, password and code at the act, and wrong tries counted."""

from functools import partial

from cases.documents import services as papers
from cases.documents.models import Document, Signature
from cases.lifecycle.errors import FactsInvalid, NotPossible, Refused
from cases.lifecycle.verbs import Ask, Situation
from cases.people.printed_names import is_printed_name

ASKED_OF_A_SIGNER = (
    Ask("printed_name", "Type your name", required=False, hint="As it is printed beside your signature."),
    Ask("password", "Your password", "secret", hint="Your signature: it is checked, never kept."),
    Ask("code", "One-time code", "secret", required=False, hint="From your authenticator, if you use one."),
)


def refuse_other_name(situation: Situation) -> None:
    """Take the typed name out of the facts.

    :raises FactsInvalid: when another name than the signer's was typed.
    """
    typed = situation.facts.pop("printed_name", "")
    if typed and not is_printed_name(typed, situation.by.display_name):
        printed = situation.by.display_name
        raise FactsInvalid(
            "Nothing was signed.",
            {"printed_name": [f"“{typed}” was typed; the signature prints “{printed}”. Type that name."]},
        )


def stored(situation: Situation, *, doc_type: str, title: str, text: str) -> Document:
    """The exact text that is about to be signed, as a paper of the case.

    :raises NotPossible: when it cannot be kept.
    """
    try:
        return papers.store_text(
            case=situation.case, doc_type=doc_type, title=title, text=text, by=situation.by, now=situation.now
        )
    except papers.UploadRefused as refusal:
        raise NotPossible(refusal.sentence) from refusal


def signed(situation: Situation, document: Document, *, meaning: str, what: str) -> Signature:
    """The actor's signature over the document, by password and code of the facts, which are taken out of them.

    :param what: what is signed, in words, for the record of a wrong try.
    :raises FactsInvalid: a wrong password or code, beside its field; it is counted.
    :raises NotPossible: anything else that keeps the person from signing.
    """
    proof = papers.Proof(situation.facts.pop("password"), situation.facts.pop("code", ""))
    try:
        return papers.sign_document(document, by=situation.by, meaning=meaning, proof=proof, now=situation.now)
    except papers.DocumentRefused as refusal:
        raise _refused(refusal, situation, what) from refusal


def _refused(refusal: papers.DocumentRefused, situation: Situation, what: str) -> Refused:
    """A wrong password or code belongs beside its field, and is counted; anything else is about the record."""
    if isinstance(refusal, papers.ProofFailed):
        wrong = FactsInvalid("Nothing was signed.", {refusal.field: [refusal.sentence]})
        wrong.on_record = partial(
            papers.record_failed_proof,
            case=situation.case,
            by=situation.by,
            what=what,
            fault=refusal.field,
            now=situation.now,
        )
        return wrong
    if refusal.code == "second-factor-missing":
        return FactsInvalid("Nothing was signed.", {"code": [refusal.sentence]})
    return NotPossible(refusal.sentence)
