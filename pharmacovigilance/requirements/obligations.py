"""What it takes to have told somebody, or not to need to."""

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from pharmacovigilance.models import Obligation, Transmission
from pharmacovigilance.verbs.obligations import is_late

DISCHARGE = "pharmacovigilance.obligation.discharge"


@requirement(
    "EvidenceOfReport",
    "A transmission was sent, or evidence is attached",
    on=(DISCHARGE,),
    satisfied_by="whoever reported",
    rule="house rule P-07, version 1",
    overridable=True,
)
def evidence_of_report(situation: Situation) -> Finding:
    obligation = situation.subject
    if not isinstance(obligation, Obligation):
        return Finding(met=None, fact="No obligation was named.")
    sent = obligation.transmissions.filter(state__in=[Transmission.State.SENT, Transmission.State.ACCEPTED]).first()
    if sent is not None:
        return Finding(met=True, fact=f"{sent.label} is {sent.get_state_display()}.", sources=(sent.label,))
    if not situation.facts:
        return Finding(met=True, fact="No transmission was sent from here: evidence is attached in the form.")
    evidence = situation.facts.get("evidence")
    return Finding(
        met=evidence is not None,
        fact=f"{evidence.label}: {evidence.title}."
        if evidence
        else "Neither a transmission nor evidence is on record.",
    )


@requirement(
    "LateReasonGiven",
    "A late report says why it was late",
    on=(DISCHARGE,),
    satisfied_by="whoever reported",
    rule="house rule P-08, version 1",
)
def late_reason_given(situation: Situation) -> Finding:
    obligation, at = situation.subject, situation.facts.get("discharged_at")
    if not isinstance(obligation, Obligation):
        return Finding(met=None, fact="No obligation was named.")
    due = f"{obligation.deadline.due_at:%Y-%m-%d %H:%M} UTC" if obligation.deadline else "no date"
    if at is None or not is_late(obligation, at):
        return Finding(met=True, fact=f"Due {due}.")
    reason = situation.facts.get("late_reason", "")
    return Finding(
        met=bool(reason), fact=f"Due {due}, reported later; " + ("the reason is given." if reason else "no reason.")
    )


@requirement(
    "WaiverProposed",
    "Somebody has proposed to waive it, with a reason",
    on=("pharmacovigilance.obligation.waive",),
    satisfied_by="a pharmacist of this case",
    rule="house rule P-09, version 1",
)
def waiver_proposed(situation: Situation) -> Finding:
    proposer = getattr(situation.subject, "waived_by", None)
    reason = getattr(situation.subject, "waiver_reason", "")
    return Finding(
        met=proposer is not None, fact=f"{proposer.display_name}: {reason}" if proposer else "Nobody has proposed it."
    )


@requirement(
    "WaiverAgreedByAnother",
    "The second person is not the one who proposed",
    on=("pharmacovigilance.obligation.waive",),
    satisfied_by="another pharmacist",
    rule="domain rule: separation of duties by person",
)
def waiver_agreed_by_another(situation: Situation) -> Finding:
    proposer = getattr(situation.subject, "waived_by", None)
    if proposer is None:
        return Finding(met=True, fact="Judged once it is proposed.")
    return Finding(met=proposer.pk != situation.by.pk, fact=f"{proposer.display_name} proposed it.")


@requirement(
    "LaterObligationCarriesIt",
    "A later version's open obligation tells the same recipient",
    on=("pharmacovigilance.obligation.supersede",),
    satisfied_by="a pharmacist: lock a further version",
    rule="house rule P-10, version 1",
)
def later_obligation_carries_it(situation: Situation) -> Finding:
    obligation = situation.subject
    if not isinstance(obligation, Obligation):
        return Finding(met=None, fact="No obligation was named.")
    later = (
        Obligation.objects.filter(
            version__safety_case=obligation.version.safety_case,
            version__version__gt=obligation.version.version,
            responsible_party=obligation.responsible_party,
            recipient=obligation.recipient,
            state=Obligation.State.OPEN,
        )
        .select_related("deadline")
        .order_by("deadline__due_at")
        .first()
    )
    if later is None:
        return Finding(met=False, fact="No later version owes this recipient anything that is still open.")
    if obligation.deadline and later.deadline and later.deadline.due_at > obligation.deadline.due_at:
        return Finding(
            met=False, fact=f"{later.label} is due later ({later.deadline.due_on}): a date never moves later."
        )
    return Finding(met=True, fact=f"{later.label} carries it.", sources=(later.label,))
