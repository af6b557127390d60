"""How an event is told in a sentence ("Filing F-2 submitted by M. Ostby"), and which events are told to whom."""

from django.apps import apps
from django.db.models import Q, QuerySet

from cases.lifecycle.verbs import VERBS
from cases.models import Case, CaseEvent, Note
from cases.people.models import User
from cases.people.roles import PRESCRIBING, READ_WHOLE

# Events of the case itself that are no sentence with "Case" before their participle.
_WHOLE = {
    "cases.case.filing_begun": "Regulatory filing begun",
    "cases.case.authorization_awaited": "Waits for the authority",
    "cases.case.sourcing_begun": "Sourcing begun",
    "cases.case.shipment_begun": "Moved to shipment",
    "cases.case.dispensing_begun": "Moved to dispensing",
    "cases.case.follow_up_begun": "Adverse-event follow-up begun",
    "cases.case.resupply_begun": "Next supply begun",
    "cases.case.refiling_begun": "Filing begun again",
    "cases.case.run_out_noted": "Run-out day recorded",
    "custody.dossier.made": "Custody dossier made",
    "regulatory.condition.answered": "Condition of the pathway answered",
    "regulatory.duty.discharged": "Duty recorded as done",
    "regulatory.rule_change.announced": "Change of the rule put on the case",
    "regulatory.rule_change.settled": "Change of the rule settled",
}
# Events whose sentence is in their facts: which ones, in their order.
_FROM_FACTS = {"regulatory.standing_authority.announced": ("authorization", "state")}
# What an event is called where its bare participle would mislead.
_WORDS = {
    "objected": "met with an objection",
    "pack_made": "bound into its pack",
    "drawn": "drawn from stock",
    "put_back": "put back to stock",
    "handed_on": "drawn from for a patient",
    "taken_in": "given back what was not used",
}
# A record whose label begins so belongs to an exercise, which stays in the pharmacy.
DRILL = "DRILL "
# What the record of a verb is called where the model's own name would be a mouthful.
_NOUNS = {"custody.recall": "Recall", "regulatory.emergency": "Emergency of"}
_MARKS = {
    "custody.recall": ("hold", "hold"),
    "cases.hold": ("hold", "hold"),
    "cases.override": ("care", "care"),
    "cases.determination.signed": ("seal", ""),
    "regulatory.filing.refused": ("harm", "harm"),
    "regulatory.filing.granted": ("good", "good"),
    "pharmacovigilance.report": ("care", "care"),
}


def events_told_to(person: User, case: Case) -> QuerySet[CaseEvent]:
    """The events of a case that this person reads, newest first, each with its actor: one query.

    People abroad read what happened to the case; what the pharmacy holds, overrides or notes for itself stays there.
    A note shared with the prescriber is told to the prescriber's side alone.
    """
    events = CaseEvent.objects.filter(case=case).select_related("by").order_by("-seq")
    if person.role in READ_WHOLE:
        return events
    of_the_house = Q(verb__startswith="cases.hold.") | Q(verb__startswith="cases.override.")
    of_the_house |= Q(subject__startswith=DRILL)
    notes = Q(verb="cases.note.written") & ~Q(by=person)
    if person.role in PRESCRIBING:
        notes &= ~Q(facts__audience=Note.Audience.PRESCRIBER)
    return events.exclude(of_the_house | notes)


def reason_told_to(person: User, event: CaseEvent) -> str:
    """Why it was done, in the actor's words; people abroad read their own words alone."""
    return event.reason if person.role in READ_WHOLE or event.by_id == person.pk else ""


def tell(event: CaseEvent) -> str:
    """One event as a sentence, without its actor."""
    told = [str(event.facts.get(name, "")) for name in _FROM_FACTS.get(event.verb, ())]
    if told and all(told):
        return " ".join(told).replace("_", " ")
    return tell_deed(event.verb, event.subject)


def tell_deed(code: str, subject: str = "") -> str:
    """What was done, from the code of an event or of an audit entry: "Filing F-2 submitted"."""
    if code in _WHOLE:
        return _WHOLE[code]
    past = code.rsplit(".", 1)[-1]
    words = _WORDS.get(past, past.replace("_", " "))
    noun = _noun(code)
    return f"{noun} {subject} {words}" if subject else f"{noun} {words}"


def mark(event: CaseEvent) -> tuple[str, str]:
    """The glyph and the state colour of an event's line."""
    for prefix, look in _MARKS.items():
        if event.verb.startswith(prefix):
            return look
    return ("event", "")


def _noun(event_code: str) -> str:
    owner = event_code.rsplit(".", 1)[0]
    if owner in _NOUNS:
        return _NOUNS[owner]
    verb = next((verb for code, verb in VERBS.items() if code.rsplit(".", 1)[0] == owner), None)
    if verb is None:
        return owner.rsplit(".", 1)[-1].replace("_", " ").capitalize()
    name = str(apps.get_model(verb.subject)._meta.verbose_name)
    return name[:1].upper() + name[1:]
