"""The determination: prepared by anyone on the prescriber's side or by us, signed by the prescriber alone."""

from dataclasses import dataclass
from functools import partial

from django.db import models

from cases.documents import services as papers
from cases.lifecycle.errors import FactsInvalid, NotPossible, Refused
from cases.lifecycle.verbs import Ask, Situation, Verb, moves, next_number, register_verbs
from cases.models import STATEMENTS, Determination
from cases.people.printed_names import is_printed_name
from cases.people.roles import PHARMACISTS, PRESCRIBING, Role

PRESCRIBER_ONLY = frozenset({Role.PRESCRIBER})
MEANING = "I have determined that this medicine is necessary for this patient and I take responsibility for its use."


def _prepare(situation: Situation) -> models.Model:
    return Determination.objects.create(
        case=situation.case,
        number=next_number(situation.case.determinations),
        prescriber=situation.case.prescriber,
        prepared_by=situation.by,
        **situation.facts,
    )


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of a determination in the order it is signed: what is requested, the statements, the meaning."""

    request: str
    statements: tuple[str, ...]
    meaning: str

    def __str__(self) -> str:
        listed = "".join(f"- {statement}\n" for statement in self.statements)
        return f"{self.request}\n\nStatements\n{listed}\n{self.meaning}\n"


def wording_of(determination: Determination, statements: list[str]) -> Wording:
    """What would be signed with these statements: pseudonymous, the same words for the same facts."""
    case = determination.case
    lines = [
        f"Determination {determination.label} of case {case.reference}",
        "",
        f"Medicine: {case.medicine} ({case.medicine.form}), not registered or not available in {case.country_name}.",
        f"Patient: {case.patient.reference}, {case.patient.pseudonym}.",
        f"Indication: {case.indication}.",
        f"Dose: {determination.dose}.",
        f"Treating institution: {case.institution.name}.",
        "",
        "Justification",
        determination.justification.strip(),
    ]
    return Wording("\n".join(lines), tuple(STATEMENTS[code] for code in STATEMENTS if code in statements), MEANING)


def text_of(determination: Determination, statements: list[str]) -> str:
    """The exact text that is signed."""
    return str(wording_of(determination, statements))


def _sign(situation: Situation) -> models.Model:
    determination = situation.record(Determination)
    _refuse_other_name(situation)
    statements = [code for code in STATEMENTS if code in situation.facts["statements"]]
    earlier = situation.case.determinations.filter(state=Determination.State.SIGNED).first()
    if earlier is not None:
        earlier.supersede()
        earlier.save()
    try:
        document = papers.store_text(
            case=situation.case,
            doc_type="determination",
            title=f"Determination {determination.label}",
            text=text_of(determination, statements),
            by=situation.by,
            now=situation.now,
        )
    except papers.UploadRefused as refusal:
        raise NotPossible(refusal.sentence) from refusal
    proof = papers.Proof(situation.facts.pop("password"), situation.facts.pop("code", ""))
    try:
        papers.sign_document(document, by=situation.by, meaning=MEANING, proof=proof, now=situation.now)
    except papers.DocumentRefused as refusal:
        raise _refused(refusal, situation) from refusal
    determination.statements = statements
    determination.sign(document=document, signed_at=situation.now)
    determination.save()
    return determination


def _refuse_other_name(situation: Situation) -> None:
    typed = situation.facts.pop("printed_name", "")
    if typed and not is_printed_name(typed, situation.by.display_name):
        printed = situation.by.display_name
        raise FactsInvalid(
            "Nothing was signed.",
            {"printed_name": [f"“{typed}” was typed; the signature prints “{printed}”. Type that name."]},
        )


def _refused(refusal: papers.DocumentRefused, situation: Situation) -> Refused:
    """A wrong password or code belongs beside its field, and is counted; anything else is about the record."""
    if isinstance(refusal, papers.ProofFailed):
        wrong = FactsInvalid("Nothing was signed.", {refusal.field: [refusal.sentence]})
        wrong.on_record = partial(
            papers.record_failed_proof,
            case=situation.case,
            by=situation.by,
            what=f"Determination {situation.subject_label}",
            fault=refusal.field,
            now=situation.now,
        )
        return wrong
    if refusal.code == "second-factor-missing":
        return FactsInvalid("Nothing was signed.", {"code": [refusal.sentence]})
    return NotPossible(refusal.sentence)


register_verbs(
    Verb(
        code="cases.determination.prepare",
        past="prepared",
        label="Prepare the determination",
        subject="cases.Determination",
        creates=True,
        effect=_prepare,
        roles=PHARMACISTS | PRESCRIBING,
        asks=(
            Ask("dose", "Dose and schedule", hint="For example: 150 mg every 14 days."),
            Ask(
                "justification",
                "Why this medicine is necessary for this patient",
                "long",
                hint="Clinical reasons, what was tried. No name, birth date or contact.",
            ),
        ),
        consequence="The prescriber reads this text and signs it, or changes it first.",
    ),
    Verb(
        code="cases.determination.sign",
        past="signed",
        label="Sign the determination",
        subject="cases.Determination",
        transition="sign",
        effect=_sign,
        roles=PRESCRIBER_ONLY,
        asks=(
            Ask("statements", "Statements", "ticks", required=False, options=tuple(STATEMENTS.items())),
            Ask(
                "printed_name",
                "Type your name",
                required=False,
                hint="As it is printed beside your signature.",
            ),
            Ask("password", "Your password", "secret", hint="Your signature: it is checked, never kept."),
            Ask("code", "One-time code", "secret", required=False, hint="From your authenticator, if you use one."),
        ),
        final=True,
        consequence="The text above is fixed with your name, the time and its meaning.",
    ),
    Verb(
        code="cases.determination.withdraw",
        past="withdrawn",
        label="Withdraw the determination",
        subject="cases.Determination",
        transition="withdraw",
        effect=moves("withdraw"),
        roles=PHARMACISTS | PRESCRIBER_ONLY,
        needs_reason=True,
        consequence="Nothing further is filed or shipped on it.",
    ),
)
