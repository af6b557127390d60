"""A fact of a pathway as a sentence that a pharmacist reads: what, by whom, within which time, to whom.

Plain functions over the data; what the data leave open is said as not stated, never filled in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cases.documents.types import PATHWAY_TYPES
from cases.web.words import joined
from regulatory.profiles.duty import condition_words
from regulatory.profiles.words import capital, event, role, spaced

Fact = Mapping[str, Any]

_UNITS = {
    "calendar_day": ("calendar day", "calendar days"),
    "working_day": ("working day", "working days"),
    "day_unit_not_stated": ("day (calendar or working is not stated)", "days (calendar or working is not stated)"),
    "hour": ("hour", "hours"),
    "week": ("week", "weeks"),
    "month": ("month", "months"),
    "year": ("year", "years"),
    "course": ("course", "courses"),
}
# Units that say when without a number.
_WITHOUT_NUMBER = {
    "immediately": "at once",
    "as_soon_as_practicable": "as soon as practicable (no number of days is stated)",
    "as_rules_state": "as the rules state (the number is not in the data)",
    "at_conclusion": "when treatment ends",
    "before_event": "before",
    "on_request": "when the authority asks",
    "per_protocol": "as the protocol states",
    "unspecified": "within a time that the source does not state",
    "while_benefit_continues": "while the patient benefits",
}
_MAY = {
    "submit": "file",
    "sign": "sign",
    "order": "order",
    "prescribe": "prescribe",
    "request": "ask for it",
    "import": "import",
    "export": "export",
    "export_controlled": "export controlled drugs",
    "hold": "hold stock",
    "report": "report",
    "validate": "validate",
    "supply_free": "supply free of charge",
    "receives_authorisation": "receive the authorization",
}
_CHANNELS = {
    "portal": "through the authority's portal",
    "email": "by e-mail",
    "email_or_post": "by e-mail or post",
    "fax": "by fax",
    "form": "on a form",
    "application": "by application",
    "at_border": "at the border",
    "telephone": "by telephone",
    "written": "in writing",
    "none": "nothing is filed",
}
_REQUIRED = {
    "always": "always",
    "conditional": "only if",
    "on_request": "when the authority asks for it",
    "held_locally": "kept on site, not sent",
    "at_customs": "shown at the border",
    "not_required": "not asked for",
}
_TIMES = {
    "statutory": "Decision, by law",
    "statutory_objection_window": "Window in which the authority may object, by law",
    "statutory_waiting": "Waiting time, by law",
    "published_target": "Decision, the authority's own target",
    "published_target_urgent": "Urgent decision, the authority's own target",
    "observed": "Decision, as others observed it",
    "none": "No decision is awaited",
}
_SILENCE = {
    "cleared": "silence clears the way",
    "granted": "silence counts as granted",
    "refused": "silence counts as refused",
    "not_stated": "what silence means is not stated",
}
_UNANSWERED = {
    "deemed_withdrawn": "a question that is not answered in time counts as a withdrawal",
    "refused": "a question that is not answered in time counts as a refusal",
}
_FORCES = {
    "statutory": "by law",
    "condition_of_approval": "a condition of the approval",
    "guideline": "by guideline",
    "professional": "a professional duty",
}
_CHANGES = {"closes_route": "closes this pathway", "other_pathway": "leads to another pathway"}
GATES = {
    "may_ship": "May ship",
    "may_import": "May import",
    "may_export": "May export",
    "may_export_controlled": "May export a controlled drug",
    "may_supply": "May supply",
    "may_dispense": "May dispense",
    "may_administer": "May be given",
    "customs_release": "Customs release",
    "supplier_release": "Supplier's release",
    "consignee": "Who may receive it",
    "per_patient_step": "Step for each patient",
    "route_choice": "Choice of route",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A fact in words: the sentence, and what else it says in a second line."""

    says: str
    more: str = ""


def tell(section: str, fact: Fact) -> Told:
    """One fact of that section in words."""
    return _TELLERS.get(section, _value)(fact)


def span(amount: Any, unit: str, *, least: Any = None) -> str:
    """``28 calendar days``, ``2 to 5 working days``, or in words where the source gives no number."""
    if amount is None:
        return _WITHOUT_NUMBER.get(unit, "a time that the source does not state")
    one, many = _UNITS.get(unit, (spaced(unit), spaced(unit)))
    number = f"{least} to {amount}" if least not in (None, amount) else f"{amount}"
    return f"{number} {one if number == '1' else many}"


def needed_words(fact: Fact) -> str:
    """When a paper is asked for."""
    return _REQUIRED.get(str(fact["required"]), spaced(str(fact["required"])))


def document_title(code: str) -> str:
    """The paper's name as the house uses it."""
    return PATHWAY_TYPES.get(code, (capital(spaced(code)), ""))[0]


def _value(fact: Fact) -> Told:
    return Told(str(fact.get("value", "")))


def _applicant(fact: Fact) -> Told:
    may = joined((_MAY.get(one, spaced(one)) for one in fact["may"]), "and")
    return Told(f"{capital(role(fact['role']))} may {may}.")


def _submission(fact: Fact) -> Told:
    way = _CHANNELS.get(fact["channel"], spaced(fact["channel"]))
    return Told(capital(way) + (f": {fact['form']}" if fact.get("form") else ""), str(fact.get("portal") or ""))


def _gate(fact: Fact) -> Told:
    return Told(f"{GATES.get(fact['gate'], capital(spaced(fact['gate'])))}: {fact['opens_when']}.")


def _document(fact: Fact) -> Told:
    when = _REQUIRED.get(fact["required"], spaced(fact["required"]))
    if condition := condition_words(fact, "condition"):
        when = f"only if: {condition}" if fact["required"] == "conditional" else f"{when}: {condition}"
    more = [f"from {role(fact['owner_role'])}"] if fact.get("owner_role") else []
    if fact.get("max_age"):
        more.append(f"not older than {span(fact['max_age'], fact['max_age_unit'])} from {spaced(fact['max_age_from'])}")
    name_rule = (fact.get("privacy_rule") or {}).get("patient_name")
    if name_rule:
        more.append(f"the patient's name {'is not asked for' if name_rule == 'not_asked' else name_words(name_rule)}")
    if fact.get("copy_rule"):
        more.append(f"as {spaced(str(fact['copy_rule']['value']))}")
    if fact.get("language_rule"):
        more.append(str(fact["language_rule"]["value"]))
    if fact.get("retention"):
        more.append(f"kept for {retention_words(fact['retention'])}")
    return Told(f"{document_title(fact['doc_type'])}: {when}", "; ".join(more))


def retention_words(rule: Fact) -> str:
    """How long a paper is kept, and from when."""
    begins = f" from {event(rule['starts_on'])}" if rule.get("starts_on") else ""
    return f"{span(rule.get('amount'), str(rule['unit']))}{begins}"


def name_words(rule: str) -> str:
    """What a paper's rule on the patient's name says, in two words."""
    return {"forbidden": "must not stand in it", "required": "must stand in it", "allowed": "may stand in it"}.get(
        rule, "not asked for"
    )


def _deadline(fact: Fact) -> Told:
    amount, unit = fact.get("amount"), str(fact["unit"])
    length = span(amount, unit)
    what = event(fact["trigger_event"])
    when = {
        "before": f"at least {length} before {what}",
        "each_period": f"{length}, at {what}" if amount is not None else f"{length}, each period",
    }.get(fact["direction"], f"within {length} after {what}")
    if amount is None and fact["direction"] == "after":
        when = f"{length}, after {what}"
    if unit == "before_event":
        when = f"before {what}"
    if fact["deadline_type"] == "record_retention":
        when = f"for {length} after {what}"
    if fact["deadline_type"] == "objection_window":
        return Told(
            f"Objection window: {length} from {what}.",
            "The authority's own time; the wait is never shortened by a holiday.",
        )
    to = f" to {recipient_words(fact['recipient'])}" if fact.get("recipient") else ""
    owed = f"owed by {role(fact['holder_role'])}{to}"
    if fact.get("applies_if"):
        owed += f"; only if {fact['applies_if']}"
    return Told(f"{duty_title(fact['deadline_type'])}: {when}.", f"{owed}; {_FORCES.get(fact['force'], fact['force'])}")


def duty_title(code: str) -> str:
    """What kind of clock it is, as a title."""
    if code.startswith("ae_serious"):
        return "Serious adverse event" if code == "ae_serious" else "Fatal or life-threatening event"
    return {
        "pre_import_notice_lead": "Notice before each import",
        "pre_export_notice_lead": "Notice before each export",
        "record_retention": "Records are kept",
        "post_supply_notification": "Notification after the supply",
        "post_receipt_notification": "Notification after the receipt",
        "periodic_supply_report": "Report of supplies",
        "emergency_regularisation": "Filing after an emergency",
        "renewal_lead": "Renewal is applied for",
        "decision_clock": "Answer of the authority",
        "authorization_expiry": "End of the authorization",
        "objection_window": "Window in which the authority may object",
    }.get(code, capital(spaced(code)))


def recipient_words(code: str) -> str:
    """Whom it is owed to, in a sentence."""
    return {
        "regulator": "the authority",
        "regulator_and_manufacturer": "the authority and the manufacturer",
        "regulator_and_sponsor": "the authority and the sponsor",
        "regulator_via_importer": "the authority, through the importer",
        "dea": "the DEA",
    }.get(code, f"the {spaced(code)}")


def _decision_time(fact: Fact) -> Told:
    if fact["kind"] == "none":
        return Told("No decision is awaited.")
    length = "no time is stated" if fact["max"] is None else span(fact["max"], fact["unit"], least=fact["min"])
    silence = _SILENCE.get(str(fact.get("silence_means")), "")
    begins = f" from {event(fact['starts_on'])}" if fact.get("starts_on") else ""
    more = [silence, _UNANSWERED.get(str(fact.get("unanswered_means")), "")]
    if fact.get("appeal_within"):
        more.append(f"appeal within {span(fact['appeal_within'], fact['appeal_unit'])} from the receipt of the letter")
    told = "; ".join(one for one in more if one)
    return Told(f"{_TIMES.get(fact['kind'], capital(spaced(fact['kind'])))}: {length}{begins}.", told)


def _validity(fact: Fact) -> Told:
    begins = f" from {event(fact['starts_on'])}" if fact.get("starts_on") else ""
    length = span(fact.get("amount"), str(fact["unit"]))
    uses = f"may be used {fact['max_uses']} time{'' if fact['max_uses'] == 1 else 's'}" if fact.get("max_uses") else ""
    if fact.get("amount") is None:
        return Told("How long it is valid is not stated.", uses)
    return Told(f"Valid for {length}{begins}.", uses)


def _limit(fact: Fact) -> Told:
    amount, unit = fact.get("amount"), str(fact["unit"])
    if amount is None:
        most = {"per_letter": "what the letter states", "per_prescription": "what the prescription states"}.get(
            unit, "a small quantity (no number is stated)"
        )
    else:
        most = span(amount, unit)
    more = spaced(fact["basis_of_limit"]) if amount is not None and fact["basis_of_limit"] != unit else ""
    if fact.get("override"):
        more = "; ".join(part for part in (more, str(fact["override"])) if part)
    return Told(f"At most {most} for each {spaced(fact['per'])}.", more)


def _renewal(fact: Fact) -> Told:
    lead = f", {span(fact['lead_amount'], fact['lead_unit'])} before the end" if fact.get("lead_amount") else ""
    return Told(f"Next supply: {spaced(fact['kind'])}{lead}.")


def _change(fact: Fact) -> Told:
    asks = _CHANGES.get(fact["action"]) or f"asks for {_article(spaced(fact['action']))}"
    return Told(f"Change of {spaced(fact['change'])}: {asks}.")


def _fee(fact: Fact) -> Told:
    """A fee that the source says is nothing is not one that nobody has found."""
    each = f"for each {spaced(fact['per'])}"
    if fact["amount"] is None:
        return Told(f"A fee {each}; its amount is not known: ask the authority.")
    if fact["amount"] == 0:
        return Told(f"Free of charge {each}, as the source says ({fact['currency']} 0).")
    return Told(f"{fact['currency']} {fact['amount']} {each}.")


_RUNNING = {"keep": "keep the version that started them", "move": "are counted anew by this version"}
_FILED = {
    "keep": "filings that are under way keep the old rule",
    "refile": "filings that are under way must be made again",
    "closed": "the route is closed to filings that are under way",
}


def _transition(fact: Fact) -> Told:
    return Told(f"Dates that run {_RUNNING[fact['running_deadlines']]}; {_FILED[fact['running_filings']]}.")


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


_TELLERS: dict[str, Callable[[Fact], Told]] = {
    "applicants": _applicant,
    "submission": _submission,
    "gates": _gate,
    "documents": _document,
    "deadlines": _deadline,
    "decision_times": _decision_time,
    "validity": _validity,
    "quantity_limits": _limit,
    "renewal": _renewal,
    "change_triggers": _change,
    "fees": _fee,
    "transition": _transition,
}
