"""The determination: prepared by anyone on the prescriber's side or by us, signed by the prescriber alone."""

from dataclasses import dataclass

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, moves, next_number, register_verbs
from cases.models import Determination
from cases.people.roles import PHARMACISTS, PRESCRIBING, Role
from cases.statements import statements_for
from cases.verbs.signatures import ASKED_OF_A_SIGNER, refuse_other_name, signed, stored

PRESCRIBER_ONLY = frozenset({Role.PRESCRIBER})
MEANING = "I have determined that this medicine is necessary for this patient and I take responsibility for its use."
STOCK_MEANING = (
    "I have determined that this stock is necessary in anticipation of patients of this institution, and I take "
    "responsibility for each use of it."
)


def _for_stock(situation: Situation) -> bool:
    return situation.case.is_stock


def _for_a_patient(situation: Situation) -> bool:
    return not situation.case.is_stock


def _prepare(situation: Situation) -> models.Model:
    facts = situation.facts
    return Determination.objects.create(
        case=situation.case,
        number=next_number(situation.case.determinations),
        prescriber=situation.case.prescriber,
        prepared_by=situation.by,
        dose=facts.get("dose") or facts["stock_level"],
        justification=facts.get("justification") or facts["rationale"],
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
    patient = f"Patient: {case.patient.reference}, {case.patient.pseudonym}." if case.patient else None
    made = statements_for(case)
    lines = [
        f"Determination {determination.label} of case {case.reference}",
        "",
        f"Medicine: {case.medicine} ({case.medicine.form}), not registered or not available in {case.country_name}.",
        patient or f"Stock of {case.institution.name}, held in anticipation: no patient is known yet.",
        f"Indication: {case.indication}.",
        f"{'Dose' if patient else 'To be on hand'}: {determination.dose}.",
        f"Treating institution: {case.institution.name}.",
        "",
        "Justification",
        determination.justification.strip(),
    ]
    return Wording(
        "\n".join(lines),
        tuple(made[code] for code in made if code in statements),
        MEANING if patient else STOCK_MEANING,
    )


def text_of(determination: Determination, statements: list[str]) -> str:
    """The exact text that is signed."""
    return str(wording_of(determination, statements))


def _sign(situation: Situation) -> models.Model:
    determination = situation.record(Determination)
    refuse_other_name(situation)
    statements = [code for code in statements_for(situation.case) if code in situation.facts["statements"]]
    earlier = situation.case.determinations.filter(state=Determination.State.SIGNED).first()
    if earlier is not None:
        earlier.supersede()
        earlier.save()
    title = f"Determination {determination.label}"
    document = stored(situation, doc_type="determination", title=title, text=text_of(determination, statements))
    signed(situation, document, meaning=STOCK_MEANING if situation.case.is_stock else MEANING, what=title)
    determination.statements = statements
    determination.sign(document=document, signed_at=situation.now)
    determination.save()
    return determination


def _statements(situation: Situation) -> list[tuple[str, str]]:
    return list(statements_for(situation.case).items())


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
            Ask(
                "dose",
                "Dose and schedule",
                hint="For example: 150 mg every 14 days.",
                asked_when=_for_a_patient,
            ),
            Ask(
                "justification",
                "Why this medicine is necessary for this patient",
                "long",
                hint="Clinical reasons, what was tried. No name, birth date or contact.",
                asked_when=_for_a_patient,
            ),
            Ask(
                "stock_level",
                "How much is to be on hand",
                hint="For example: 12 vials, for two patients over four weeks.",
                asked_when=_for_stock,
            ),
            Ask(
                "rationale",
                "Why stock is needed, and why a request for one patient will not do",
                "long",
                hint="Which patients are expected, how soon they would need it. No name, birth date or contact.",
                asked_when=_for_stock,
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
            Ask("statements", "Statements", "ticks", required=False, options=_statements),
            *ASKED_OF_A_SIGNER,
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
