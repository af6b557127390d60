"""How an event is told in a sentence: "Filing F-2 submitted by M. Ostby"."""

from django.apps import apps

from cases.lifecycle.verbs import VERBS
from cases.models import CaseEvent

# What an event is called where its bare participle would mislead.
_WORDS = {
    "filing_begun": "regulatory filing begun",
    "authorization_awaited": "waits for the authority",
    "sourcing_begun": "sourcing begun",
    "shipment_begun": "moved to shipment",
    "dispensing_begun": "moved to dispensing",
    "follow_up_begun": "adverse-event follow-up begun",
    "resupply_begun": "next supply begun",
    "refiling_begun": "filed again",
    "run_out_noted": "run-out day recorded",
}
_MARKS = {
    "cases.hold": ("hold", "hold"),
    "cases.override": ("care", "care"),
    "cases.determination.signed": ("seal", ""),
    "regulatory.filing.refused": ("harm", "harm"),
    "regulatory.filing.granted": ("good", "good"),
    "pharmacovigilance.report": ("care", "care"),
}


def tell(event: CaseEvent) -> str:
    """One event as a sentence, without its actor."""
    past = event.verb.rsplit(".", 1)[1]
    words = _WORDS.get(past, past.replace("_", " "))
    noun = _noun(event.verb)
    return f"{noun} {event.subject} {words}".replace("  ", " ") if event.subject else f"{noun} {words}"


def mark(event: CaseEvent) -> tuple[str, str]:
    """The glyph and the state colour of an event's line."""
    for prefix, look in _MARKS.items():
        if event.verb.startswith(prefix):
            return look
    return ("event", "")


def _noun(event_code: str) -> str:
    owner = event_code.rsplit(".", 1)[0]
    verb = next((verb for code, verb in VERBS.items() if code.rsplit(".", 1)[0] == owner), None)
    if verb is None:
        return owner.rsplit(".", 1)[-1].replace("_", " ").capitalize()
    name = str(apps.get_model(verb.subject)._meta.verbose_name)
    return name[:1].upper() + name[1:]
