"""The determination: prepared by anyone on the prescriber's side or by us, signed by the prescriber alone."""

from django.db import models

from cases.documents import services as papers
from cases.lifecycle.errors import FactsInvalid, NotPossible, Refused
from cases.lifecycle.verbs import Ask, Situation, Verb, moves, next_number, register_verbs
from cases.models import STATEMENTS, Determination
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


def text_of(determination: Determination, statements: list[str]) -> str:
    """The exact text that is signed: pseudonymous, the same bytes for the same facts."""
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
        "",
        "Statements",
        *[f"- {STATEMENTS[code]}" for code in STATEMENTS if code in statements],
        "",
        MEANING,
        "",
    ]
    return "\n".join(lines)


def _sign(situation: Situation) -> models.Model:
    determination = situation.record(Determination)
    statements = [code for code in STATEMENTS if code in situation.facts["statements"]]
    earlier = situation.case.determinations.filter(state=Determination.State.SIGNED).first()
    if earlier is not None:
        earlier.supersede()
        earlier.save()
    document = papers.store_text(
        case=situation.case,
        doc_type="determination",
        title=f"Determination {determination.label}",
        text=text_of(determination, statements),
        by=situation.by,
        now=situation.now,
    )
    proof = papers.Proof(situation.facts.pop("password"), situation.facts.pop("code", ""))
    try:
        papers.sign_document(document, by=situation.by, meaning=MEANING, proof=proof, now=situation.now)
    except papers.DocumentRefused as refusal:
        raise _refused(refusal) from refusal
    determination.statements = statements
    determination.sign(document=document, signed_at=situation.now)
    determination.save()
    return determination


def _refused(refusal: papers.DocumentRefused) -> Refused:
    """A wrong password or code belongs beside its field; anything else is about the record."""
    field = {"proof-wrong": "password", "second-factor-missing": "code"}.get(refusal.code)
    if field is None:
        return NotPossible(refusal.sentence)
    return FactsInvalid("Nothing was signed.", {field: [refusal.sentence]})


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
