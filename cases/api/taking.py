"""Taking a verb over the API: values named as people name them, refusals with what was sent, keys of one effect."""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from cases import clock
from cases.access import case_for, permitted_roles
from cases.api.auth import caller
from cases.api.problems import NOT_REPEATED
from cases.api.refusals import FactsAsSent, FieldsRefused
from cases.api.shapes import LONGEST_TEXT
from cases.lifecycle.engine import advance, subject_named
from cases.lifecycle.errors import FactsInvalid
from cases.lifecycle.forms import RecordChoice, form_for, name_in_case
from cases.lifecycle.verbs import VERBS, Ask, Situation, Verb
from cases.models import Case, CaseEvent
from cases.people.models import User

_LABEL = re.compile(r"[A-Z]{1,3}-[0-9]{1,6}")
_NAMED_BY = ("reference", "code", "key", "label")
_WRITTEN = {
    "date": "Send a day as year-month-day, for example 2026-12-04.",
    "known_part": "Send as much of the day as is known: 2026, 2026-03 or 2026-03-18.",
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
    return case_for(caller(request), reference, now=clock.now())


def verb_named(code: str) -> Verb:
    """The verb of that code.

    :raises FieldsRefused: for one that does not exist, or that has no case yet.
    """
    known = VERBS.get(code)
    if known is None or code == "cases.case.open":
        raise FieldsRefused(("verb", code, "There is no such verb.", "Send one that GET .../steps lists."))
    return known


def subject_of(case: Case, verb: Verb, label: str) -> Any:
    """The record that a call names by its label; the case itself for a verb that acts on the case.

    :raises FieldsRefused: for one that the case does not have, and for one that the verb does not act on.
    """
    on_the_case = verb.creates or verb.subject == "cases.Case"
    if on_the_case and label:
        raise FieldsRefused(("on", label, f"“{verb.label}” acts on the case itself.", "Leave it out."))
    try:
        if not on_the_case and not _LABEL.fullmatch(label):
            raise LookupError("A record is named by its label.")
        return subject_named(case, verb, label)
    except LookupError as missing:
        raise FieldsRefused(
            ("on", label, str(missing), "Send the label of a record of the case, for example F-1.")
        ) from missing


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

    :raises PermissionDenied: naming the roles that the verb is for.
    :raises FieldsRefused: for a record that does not exist, or a key that came before with other facts.
    :raises NotPermitted, NotPossible, FactsInvalid, Conflict, RequirementsUnmet: nothing was changed.
    """
    verb, by, now = verb_named(code), caller(request), clock.now()
    refuse_others(verb, by)
    subject = subject_of(case, verb, on)
    typed = _as_typed(Situation(case, verb, subject, by, now), facts)
    key = keyed(form_key, by, case.reference, code, on, content=_without_secrets(facts))
    refuse_reused(key, form_key, CaseEvent.objects.filter(by=by))
    try:
        return advance(
            case,
            code,
            by=by,
            now=now,
            subject=None if subject is case else subject,
            facts=typed,
            seen=seen,
            form_key=key,
            request_id=getattr(request, "request_id", ""),
        )
    except FactsInvalid as refusal:
        raise FactsAsSent(refusal, values=facts, remedies=_remedies(verb)) from refusal


def refuse_others(verb: Verb, person: User) -> None:
    """Refuse a verb that is for other roles, as its page does.

    :raises PermissionDenied: naming who may.
    """
    if person.role not in permitted_roles(verb):
        raise PermissionDenied(
            f"“{verb.label}” is not for {person.get_role_display()}s. Nothing was changed.",
            ", ".join(sorted(role.label for role in verb.roles)),
        )


def keyed(key: str | None, by: User, *what: str, content: Any) -> str | None:
    """A caller's key as it is kept: 32 characters of whose and for what, and 32 of what was sent with it.

    Two people, two cases or two steps never share one; the same key with other content is told apart.

    :param content: as JSON; without secrets and without a patient's identity, since a digest of these can be guessed.
    """
    if not key:
        return None
    sent = json.dumps(content, sort_keys=True, default=str)
    return _digest("\x1f".join((by.code, *what, key))) + _digest(sent)


def refuse_reused(kept: str | None, key: str | None, rows: QuerySet[Any]) -> None:
    """Refuse a key that came before with other content: answering as then would lose what is sent now.

    :param rows: the records that carry such keys as ``form_key``.
    :raises FieldsRefused: naming the key.
    """
    if kept is None:
        return
    used = set(rows.filter(form_key__startswith=kept[:32]).values_list("form_key", flat=True)[:2])
    if used and kept not in used:
        told = "The key came before with other content, which was recorded."
        raise FieldsRefused(("form_key", key, told, "Send a new key for a new act."), kind="key-reused")


# On the pages a moment is in the reader's own zone; a system that calls names its offset or means UTC.
UTC_UNLESS_SAID = "In UTC unless an offset is given."


def asks_of(situation: Situation) -> list[dict[str, Any]]:
    """What the verb asks, with the values that each ask takes now."""
    form = form_for(situation)
    asked = [
        {
            "name": ask.name,
            "label": ask.label,
            "kind": ask.kind,
            "required": ask.required,
            "hint": " ".join(filter(None, (ask.hint, UTC_UNLESS_SAID if ask.kind == "moment" else ""))),
            "options": _options(form.fields[ask.name]),
        }
        for ask in situation.verb.asks
        if ask.is_asked(situation)
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
        choices = cast(Iterable[tuple[Any, Any]], field.choices)
        return [{"value": str(value), "label": str(label)} for value, label in choices]
    return []


def _named(field: forms.ModelChoiceField) -> dict[str, Any]:
    """The records that a field takes, by the name that people know them by; primary keys stay in the house."""
    named: dict[str, Any] = {}
    for record in field.queryset:  # type: ignore[union-attr]
        own = next((str(getattr(record, part)) for part in _NAMED_BY if getattr(record, part, "")), str(record))
        name = name_in_case(record, field.case_id) or own if isinstance(field, RecordChoice) else own
        named[name if name not in named else f"{name} #{len(named)}"] = record
    return named


def _as_typed(situation: Situation, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as the verb's form takes them: texts, lists of texts, records by key, yes and no in words.

    :raises FactsAsSent: for values of another kind.
    """
    asks = {ask.name: ask for ask in situation.verb.asks}
    wrong = {
        name: [told]
        for name, value in facts.items()
        if (told := _unusable(value, is_list=name in asks and asks[name].kind == "ticks"))
    }
    if wrong:
        refusal = FactsInvalid("Nothing was changed.", wrong)
        raise FactsAsSent(refusal, values=facts, remedies=_remedies(situation.verb))
    form = form_for(situation)
    typed: dict[str, Any] = {}
    for name, value in facts.items():
        field = form.fields.get(name)
        if value is None:
            continue
        if isinstance(value, list):
            typed[name] = [str(entry) for entry in value]
        elif isinstance(field, forms.TypedChoiceField):
            typed[name] = {"true": "yes", "false": "no"}.get(str(value).lower(), str(value))
        elif isinstance(field, forms.ModelChoiceField) and value != "":
            meant = _named(field).get(str(value))
            # Something that cannot be a key, so that the form refuses it in its own words.
            typed[name] = meant.pk if meant is not None else "none of them"
        else:
            typed[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return typed


def _unusable(value: Any, *, is_list: bool) -> str:
    """What is wrong with the kind of a value; nothing for one that a form may judge."""
    if isinstance(value, list):
        if not is_list:
            return "A single value is asked here, not a list."
        return next((told for entry in value[:1000] if (told := _unusable(entry, is_list=False))), "")
    if is_list and value is not None:
        return "A list is asked here."
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            return f"The text has {len(value)} characters; {LONGEST_TEXT} are taken."
        if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
            return "The text holds a character that cannot be kept."
        return ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "This is no number that can be kept."
    if isinstance(value, int):
        return "" if abs(value) <= 2**53 else "The number is too large."
    return "" if value is None else "A text, a number, true or false is asked here, not an object."


def _remedies(verb: Verb) -> dict[str, str]:
    told = {ask.name: remedy_of(ask) for ask in verb.asks}
    return told | {"reason": "Say why, in a sentence."} if verb.needs_reason else told


def _without_secrets(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in NOT_REPEATED}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
