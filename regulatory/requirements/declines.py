"""Declines: each kind says what it must, the letter was read, another person signs, and no case closes untold."""

from collections.abc import Iterator

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.models import Outcome
from regulatory.declining.kinds import KINDS, RULE, faults_of
from regulatory.models import Decline
from regulatory.requirements.common import pharmacists_in_charge
from regulatory.verbs.declines import letter_print


def _standing(situation: Situation) -> Decline | None:
    """The decline that was told and not reconsidered; looked up once a situation."""
    if "decline" not in situation.cache:
        rows = situation.case.declines if situation.case.pk else Decline.objects.none()
        situation.cache["decline"] = rows.filter(state=Decline.State.SENT).select_related("sent_by").first()
    found: Decline | None = situation.cache["decline"]
    return found


@requirement(
    "DeclineSaysWhatItsKindAsks",
    "The decline says what its kind asks, and names a next step",
    on=("regulatory.decline.draft",),
    satisfied_by="whoever drafts it",
    rule=RULE,
)
def decline_says_what_its_kind_asks(situation: Situation) -> Iterator[Finding]:
    facts = situation.facts
    kind = KINDS.get(facts.get("kind", ""))
    if kind is None:
        yield Finding(met=True, fact="Each kind asks for its own fact; the form says which.")
        return
    faults = list(
        faults_of(
            kind,
            ground=facts.get("ground", ""),
            fact=str(facts.get(kind.fact, "")),
            steps=facts.get("steps", ()),
            referral=facts.get("referral", ""),
        )
    )
    for name, fact in faults:
        yield Finding(met=False, fact=fact, code=f"DeclineSaysWhatItsKindAsks:{name}")
    if not faults:
        yield Finding(met=True, fact=f"A {kind.label} decline with its ground, its fact and a next step.")


@requirement(
    "NoOtherDecline",
    "No other decline is drafted or stands",
    on=("regulatory.decline.draft",),
    satisfied_by="a pharmacist, by sending, discarding or reconsidering the other one",
    rule=RULE,
)
def no_other_decline(situation: Situation) -> Finding:
    other = situation.case.declines.filter(state__in=(Decline.State.DRAFT, Decline.State.SENT)).first()
    if other is None:
        return Finding(met=True, fact="None is drafted, none stands.")
    verb = "send" if other.state == Decline.State.DRAFT else "reconsider"
    fact = f"{other.label} is {other.get_state_display()}."
    return Finding(met=False, fact=fact, remedy=(f"Open {other.label}", f"regulatory.decline.{verb}/{other.label}"))


@requirement(
    "LetterWasRead",
    "The letter that is sent is the one that was read",
    on=("regulatory.decline.send",),
    satisfied_by="you, by reading it again",
    rule="21 CFR 11.70: a signature is linked to its record",
)
def letter_was_read(situation: Situation) -> Finding:
    if not isinstance(situation.subject, Decline):
        return Finding(met=None, fact="No decline was named.")
    now, read = letter_print(situation), situation.facts.get("fingerprint", "")
    if read and read != now:
        return Finding(met=False, fact=f"You read {read[:12]}; it would now be {now[:12]}. Read it again.")
    return Finding(met=True, fact=f"It is {now[:12]}.")


@requirement(
    "DeclineIsSignedByAnother",
    "The letter is signed by somebody else than its drafter",
    on=("regulatory.decline.send",),
    satisfied_by="another pharmacist in charge; or discard it, and let a coordinating pharmacist draft it",
    rule="domain rule: separation of duties by person",
)
def decline_is_signed_by_another(situation: Situation) -> Finding:
    decline = situation.subject
    if not isinstance(decline, Decline):
        return Finding(met=None, fact="No decline was named.")
    return Finding(met=decline.prepared_by_id != situation.by.pk, fact=f"{decline.prepared_by} drafted it.")


@requirement(
    "ReconsideredByAnother",
    "It is reconsidered by somebody else than who signed it, where there is somebody",
    on=("regulatory.decline.reconsider",),
    satisfied_by="another pharmacist in charge",
    rule="domain rule: separation of duties by person",
)
def reconsidered_by_another(situation: Situation) -> Finding:
    decline = situation.subject
    if not isinstance(decline, Decline):
        return Finding(met=None, fact="No decline was named.")
    if decline.sent_by_id != situation.by.pk:
        return Finding(met=True, fact=f"{decline.sent_by} signed {decline.label}.")
    others = pharmacists_in_charge(situation.case).exclude(pk=situation.by.pk)
    able = ", ".join(str(person) for person in others)
    fact = f"You signed {decline.label} yourself. "
    return Finding(met=not able, fact=fact + (f"Can decide: {able}." if able else "There is no other to decide."))


@requirement(
    "DeclineIsTold",
    "Whoever asked was told why, by letter",
    on=("cases.case.close",),
    satisfied_by="a pharmacist who drafts the letter, and a pharmacist in charge who signs it",
    rule=RULE,
)
def decline_is_told(situation: Situation) -> Finding:
    outcome = situation.facts.get("outcome", "")
    if outcome != Outcome.DECLINED:
        told = "The outcome is another." if outcome else "A letter is asked for when the outcome is “declined”."
        return Finding(met=True, fact=told)
    decline = _standing(situation)
    if decline is not None:
        return Finding(met=True, fact=f"{decline.label} was sent on {decline.sent_at:%Y-%m-%d}.")
    draft = situation.case.declines.filter(state=Decline.State.DRAFT).first()
    if draft is not None:
        remedy = (f"Read and sign {draft.label}", f"regulatory.decline.send/{draft.label}")
        return Finding(met=False, fact=f"{draft.label} is a draft.", remedy=remedy)
    return Finding(met=False, fact="No decline was drafted.", remedy=("Draft a decline", "regulatory.decline.draft"))


@requirement(
    "NoDeclineStands",
    "No decline stands",
    on=("regulatory.filing.submit", "custody.consignment.order", "cases.case.reopen"),
    satisfied_by="a pharmacist in charge, by reconsidering it",
    rule=RULE,
)
def no_decline_stands(situation: Situation) -> Finding:
    decline = _standing(situation)
    if decline is None:
        return Finding(met=True, fact="None stands.")
    return Finding(
        met=False,
        fact=f"{decline} was sent on {decline.sent_at:%Y-%m-%d}: {decline.get_ground_display().lower()}.",
        sources=(decline.label,),
        remedy=(f"Reconsider {decline.label}", f"regulatory.decline.reconsider/{decline.label}"),
    )
