"""The signed decision on arrived units: release, quarantine continues, or rejection, over the evidence it rests on."""

from django.db import models

from cases.custody.deciding import MEANINGS, evidence_of, question_of, wording_of
from cases.custody.models import Disposition
from cases.custody.verbs.common import at_the_institution, consignment_of, free_units, refuse_longer, verb
from cases.lifecycle.verbs import Ask, Situation
from cases.verbs.signatures import ASKED_OF_A_SIGNER, refuse_other_name, signed, stored

Decision = Disposition.Decision


def _decide_disposition(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    refuse_other_name(situation)
    refuse_longer(situation, "answer_reference", 60)
    consignment.decide_disposition()
    consignment.save()
    facts["question"] = facts.get("question") or question_of(consignment)
    decision = facts["decision"]
    evidence = evidence_of(consignment, facts.get("manufacturer_answer"))
    title = f"Disposition of {consignment.label}: {Decision(decision).label}"
    text = wording_of(situation, consignment, evidence)
    record = stored(situation, doc_type="release_record", title=title, text=text)
    signed(situation, record, meaning=MEANINGS[decision], what=title)
    Disposition.objects.create(
        case=situation.case,
        consignment=consignment,
        question=facts["question"],
        decision=decision,
        reason=situation.reason,
        conditions=facts.get("conditions", ""),
        manufacturer_answer=facts.get("manufacturer_answer"),
        answer_reference=facts.get("answer_reference", ""),
        answered_on=facts.get("answered_on"),
        evidence=evidence,
        record=record,
        decided_by=situation.by,
        decided_at=situation.now,
    )
    at_the_institution(situation, f"decide_{decision.partition('_')[0]}")
    if decision == Decision.RELEASE and consignment.state == consignment.State.ACCEPTED:
        # A late reading had put accepted units back into quarantine; the release gives them free again.
        at_the_institution(situation, "accept", units=free_units(consignment))
    return consignment


VERBS = (
    verb(
        "decide_disposition",
        "disposition_decided",
        "Sign a decision on the units",
        _decide_disposition,
        asks=(
            Ask("decision", "Decision", "choice", options=Decision.choices),
            Ask("question", "What is decided on", "choice", required=False, options=Disposition.Question.choices),
            Ask("manufacturer_answer", "Manufacturer's answer", "document", required=False,
                hint="Needed for a release after an excursion."),
            Ask("answer_reference", "The manufacturer's reference", required=False),
            Ask("answered_on", "Day of the answer", "date", required=False),
            Ask("conditions", "Conditions", "long", required=False, hint="A shorter expiry, the budget left."),
            *ASKED_OF_A_SIGNER,
        ),
        needs_reason=True,
        consequence="A release lets the institution accept; it counts only while nothing new is found. "
        "A rejection is final.",
    ),
)  # fmt: skip
