"""Taking a verb over the API: values named as people name them, refusals with what was sent, keys of one effect."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest

from cases import clock
from cases.access import case_for
from cases.api.auth import caller
from cases.api.problems import FactsAsSent
from cases.lifecycle.engine import advance, subject_named
from cases.lifecycle.errors import FactsInvalid
from cases.lifecycle.forms import SECRETS, form_for
from cases.lifecycle.verbs import VERBS, Ask, Situation, Verb
from cases.models import Case, CaseEvent
from cases.people.models import User

_LABEL = re.compile(r"[A-Z]{1,3}-[0-9]{1,6}")
_NAMED_BY = ("reference", "code", "key", "label")
_WRITTEN = {
    "date": "Send a day as year-month-day, for example 2026-12-04.",
    "moment": "Send an instant in UTC, for example 2026-12-04T14:30:00Z.",
    "integer": "Send a whole number, 0 or more.",
    "decimal": "Send a number with at most three decimals.",
    "yesno": "Send true or false.",
    "ticks": "Send a list of the values that GET .../step names.",
    "choice": "Send one of the values that GET .../step names.",
    "record": "Send one of the values that GET .../step names.",
    "document": "Send the label of an accepted document of this case, for example D-3.",
    "secret": "Send it once more; it is checked anew with every signature.",
}


def found(request: HttpRequest, reference: str) -> Case:
    """The case, for this person.

    :raises Http404: to strangers.
    """
    return case_for(caller(request), reference.replace("\x00", ""), now=clock.now())


def verb_named(code: str) -> Verb:
    """The verb of that code.

    :raises Http404: for one that does not exist, or that has no case yet.
    """
    known = VERBS.get(code)
    if known is None or code == "cases.case.open":
        raise Http404("There is no such verb. GET .../steps lists those that can be taken.")
    return known


def subject_of(case: Case, verb: Verb, label: str) -> Any:
    """The record that a call names by its label.

    :raises Http404: for one that the case does not have.
    """
    if label and not _LABEL.fullmatch(label):
        raise Http404("A record is named by its label, for example F-1.")
    try:
        return subject_named(case, verb, label)
    except LookupError as missing:
        raise Http404(str(missing)) from missing


def take(
    request: HttpRequest,
    case: Case,
    code: str,
    *,
    on: str = "",
    facts: Mapping[str, Any],
    seen: int | None = None,
    form_key: str | None = None,
) -> CaseEvent:
    """Take a verb through the one door, as the caller.

    :raises Http404: for a verb or a record that does not exist.
    :raises NotPermitted, NotPossible, FactsInvalid, Conflict, RequirementsUnmet: nothing was changed.
    """
    verb, by, now = verb_named(code), caller(request), clock.now()
    subject = subject_of(case, verb, on)
    situation = Situation(case, verb, subject, by, now)
    typed = _as_typed(situation, facts)
    try:
        return advance(
            case,
            code,
            by=by,
            now=now,
            subject=None if subject is case else subject,
            facts=typed,
            seen=seen,
            form_key=scoped(form_key, by, case.reference, code, on),
            request_id=getattr(request, "request_id", ""),
        )
    except FactsInvalid as refusal:
        shown = {name: "not repeated" if name in SECRETS else value for name, value in facts.items()}
        remedies = {ask.name: remedy_of(ask) for ask in verb.asks} | {"reason": "Say why, in a sentence."}
        raise FactsAsSent(refusal, values=shown, remedies=remedies) from refusal


def scoped(key: str | None, by: User, *what: str) -> str | None:
    """A caller's key as it is kept: two people, two cases or two steps never share one."""
    if not key:
        return None
    return hashlib.sha256("\x1f".join((by.code, *what, key)).encode()).hexdigest()


def asks_of(situation: Situation) -> list[dict[str, Any]]:
    """What the verb asks, with the values that each ask takes now."""
    form = form_for(situation)
    asked = [
        {
            "name": ask.name,
            "label": ask.label,
            "kind": ask.kind,
            "required": ask.required,
            "hint": ask.hint,
            "options": _options(form.fields[ask.name]),
        }
        for ask in situation.verb.asks
    ]
    if situation.verb.needs_reason:
        hint = "Kept with the event, word for word."
        asked.append(
            {"name": "reason", "label": "Reason", "kind": "long", "required": True, "hint": hint, "options": []}
        )
    return asked


def remedy_of(ask: Ask) -> str:
    """How a fact should be written."""
    return _WRITTEN.get(ask.kind) or ask.hint or "Send a text."


def _options(field: forms.Field) -> list[dict[str, str]]:
    if isinstance(field, forms.ModelChoiceField):
        return [
            {"value": name, "label": str(field.label_from_instance(record))} for name, record in _named(field).items()
        ]
    if isinstance(field, forms.TypedChoiceField):
        return [{"value": "true", "label": "Yes"}, {"value": "false", "label": "No"}]
    if isinstance(field, forms.ChoiceField):
        return [{"value": str(value), "label": str(label)} for value, label in field.choices]  # type: ignore[misc]
    return []


def _named(field: forms.ModelChoiceField) -> dict[str, Any]:
    """The records that a field takes, by the name that people know them by; primary keys stay in the house."""
    named: dict[str, Any] = {}
    for record in field.queryset:  # type: ignore[union-attr]
        name = next((str(getattr(record, part)) for part in _NAMED_BY if getattr(record, part, "")), str(record))
        named[name if name not in named else f"{name} #{len(named)}"] = record
    return named


def _as_typed(situation: Situation, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as the verb's form takes them: records by key, yes and no in words.

    :raises FactsAsSent: for a text that is no text.
    """
    typed = dict(facts)
    kinds = {ask.name: ask for ask in situation.verb.asks}
    wrong = {
        name: ["A single value is asked here, not a list."]
        for name, value in facts.items()
        if isinstance(value, list) and (name not in kinds or kinds[name].kind != "ticks")
    }
    if wrong:
        remedies = {name: remedy_of(kinds[name]) if name in kinds else "Send a text." for name in wrong}
        raise FactsAsSent(FactsInvalid("Nothing was changed.", wrong), values=facts, remedies=remedies)
    records = [name for name in facts if name in kinds and kinds[name].kind in ("record", "document")]
    form = form_for(situation) if records else None
    for name, value in facts.items():
        if isinstance(value, bool) and name in kinds:
            typed[name] = "yes" if value else "no"
        elif form is not None and name in records and value not in (None, ""):
            field = form.fields[name]
            meant = _named(field).get(str(value)) if isinstance(field, forms.ModelChoiceField) else None
            # Something that cannot be a key, so that the form refuses it in its own words.
            typed[name] = meant.pk if meant is not None else "none of them"
    return typed
