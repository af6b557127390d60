"""The form of a verb, made from its asks; the pages draw it and the API validates with it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.apps import apps
from django.db import models

from cases.documents.models import Document
from cases.lifecycle.typed_days import DayField, KnownPartField, MomentField
from cases.lifecycle.verbs import Ask, Situation

SECRETS = {"password", "code"}
LONGEST_WORDS = 20_000
NOT_A_PAPER_OF_THE_CASE = (
    "This is no accepted paper of this case, or not of a kind that is asked for here; the paper of another case shows "
    "nothing in this one. Choose one of those listed, or send it to this case first."
)

# What is said of an answer beyond a limit, after its label; Django puts in what was given and the limit.
BEYOND = {
    "max_length": "%(show_value)d characters were given, at most %(limit_value)d are kept. Shorten it.",
    "min_value": "%(show_value)s was given, the least that is taken is %(limit_value)s. Correct it.",
    "max_value": "%(show_value)s was given, the most that is taken is %(limit_value)s. Correct it.",
    "max_digits": "%(value)s was given, at most %(max)d digits are kept. Shorten it.",
    "max_decimal_places": "%(value)s was given, at most %(max)d digits after the point are kept. Round it.",
    "max_whole_digits": "%(value)s was given, at most %(max)d digits before the point are kept. Correct it.",
}


class NoNulMixin:
    """PostgreSQL cannot keep NUL characters: refuse them in words."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and "\x00" in value:
            raise forms.ValidationError("The text holds a NUL character, which cannot be kept. Type it again.")
        return super().to_python(value)  # type: ignore[misc]


class PlainText(NoNulMixin, forms.CharField):
    pass


class PlainDecimal(forms.DecimalField):
    def prepare_value(self, value: Any) -> Any:
        """Without idle noughts: 6.000 reads as six thousand in half of the world."""
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class DocumentChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.label}: {obj.title}"


class RecordChoice(forms.ModelChoiceField):
    """One of the records that a verb may name; one of another case by the name that this case has for it."""

    case_id: int = 0

    def label_from_instance(self, obj: Any) -> str:
        return name_in_case(obj, self.case_id) or str(obj)


def name_in_case(record: models.Model, case_id: int | None) -> str:
    """How a case names a record that stands under another case; empty for one of its own."""
    own = getattr(record, "case_id", case_id) == case_id
    return "" if own or not hasattr(record, "named_in") else str(record.named_in(case_id))


def _longest(ask: Ask, situation: Situation, usual: int) -> int:
    """How many characters an answer may have: as the ask says, and never more than the record's own column keeps."""
    most = int(ask.most or usual)
    columns = {one.name: one for one in apps.get_model(situation.verb.subject)._meta.concrete_fields}
    kept = getattr(columns.get(ask.name), "max_length", None)
    return min(most, kept) if kept else most


def _text(ask: Ask, situation: Situation) -> forms.Field:
    return PlainText(max_length=_longest(ask, situation, 200), widget=forms.TextInput(attrs={"size": 50}))


def _secret(ask: Ask, situation: Situation) -> forms.Field:
    return PlainText(
        max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False
    )


def _long(ask: Ask, situation: Situation) -> forms.Field:
    return PlainText(widget=forms.Textarea(attrs={"rows": 4}), max_length=_longest(ask, situation, LONGEST_WORDS))


def _date(ask: Ask, situation: Situation) -> forms.Field:
    return DayField()


def _known_part(ask: Ask, situation: Situation) -> forms.Field:
    return KnownPartField()


def _moment(ask: Ask, situation: Situation) -> forms.Field:
    return MomentField()


def _choice(ask: Ask, situation: Situation) -> forms.Field:
    options = ask.options(situation) if callable(ask.options) else ask.options
    widget = forms.RadioSelect if len(options) <= 5 else forms.Select
    return forms.ChoiceField(choices=options, widget=widget)


def _ticks(ask: Ask, situation: Situation) -> forms.Field:
    options = ask.options(situation) if callable(ask.options) else ask.options
    return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple)


def _integer(ask: Ask, situation: Situation) -> forms.Field:
    least, most = ask.least or 0, ask.most or 100_000
    return forms.IntegerField(min_value=int(least), max_value=int(most))


def _decimal(ask: Ask, situation: Situation) -> forms.Field:
    return PlainDecimal(max_digits=12, decimal_places=3, min_value=ask.least, max_value=ask.most)


def _yesno(ask: Ask, situation: Situation) -> forms.Field:
    return forms.TypedChoiceField(
        choices=[("yes", "Yes"), ("no", "No")],
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        empty_value=None,
    )


def _document(ask: Ask, situation: Situation) -> forms.Field:
    documents = Document.objects.filter(case=situation.case, state="accepted").order_by("-id")
    if ask.options:
        documents = documents.filter(doc_type__in=ask.options)
    field = DocumentChoice(queryset=documents, to_field_name="pk", empty_label="Choose a document of this case")
    # Of a paper of another case nothing is told, not even that it is there.
    field.error_messages["invalid_choice"] = NOT_A_PAPER_OF_THE_CASE
    return field


def _record(ask: Ask, situation: Situation) -> forms.Field:
    field = RecordChoice(queryset=ask.options(situation), empty_label="Choose" if ask.required else "None")
    field.case_id = situation.case.pk
    field.error_messages["invalid_choice"] = (
        f"{ask.label}: this is none of the records of this case that can be named here. Choose one of those listed."
    )
    return field


_FIELDS: dict[str, Callable[[Ask, Situation], forms.Field]] = {
    "text": _text,
    "secret": _secret,
    "long": _long,
    "date": _date,
    "known_part": _known_part,
    "moment": _moment,
    "choice": _choice,
    "ticks": _ticks,
    "integer": _integer,
    "decimal": _decimal,
    "yesno": _yesno,
    "document": _document,
    "record": _record,
}


def form_for(
    situation: Situation, data: Mapping[str, Any] | None = None, *, zone: ZoneInfo | None = None
) -> forms.Form:
    """The verb's form; bound when data are given. Field names are the asks' names, plus ``reason``.

    :param zone: whose time a moment is in when it names no zone; UTC when left out.
    """
    fields: dict[str, forms.Field] = {}
    for ask in situation.verb.asks:
        if not ask.is_asked(situation):
            continue
        made = _FIELDS[ask.kind](ask, situation)
        if isinstance(made, MomentField) and zone is not None:
            made.zone = zone
        made.label, made.help_text, made.required = ask.label, ask.hint, ask.required
        # What was sent stands for itself; only an empty form suggests.
        made.initial = ask.initial(situation) if ask.initial and data is None else None
        label = ask.label.replace("%", "%%")
        made.error_messages |= {code: f"{label}: {told}" for code, told in BEYOND.items()}
        if ask.required:
            made.error_messages["required"] = f"{ask.label}: nothing was given. Fill it in."
        fields[ask.name] = made
    if situation.verb.needs_reason:
        fields["reason"] = PlainText(
            label="Reason",
            help_text="Kept with the event, word for word.",
            widget=forms.Textarea(attrs={"rows": 3}),
            error_messages={"required": "Reason: nothing was given. Say why, in a sentence."},
        )
    made_class: Any = type("VerbForm", (forms.Form,), fields)
    form: forms.Form = made_class(data=data)
    return form


def as_facts(cleaned: Mapping[str, Any], case_id: int | None = None) -> dict[str, Any]:
    """Cleaned values as JSON for the event: ISO dates, labels of records, decimals as text; files and secrets never.

    :param case_id: whose event it is; a record of another case is told by the name that this one has for it.
    """
    return {
        name: _plain(value, case_id)
        for name, value in cleaned.items()
        if value not in (None, "") and name not in SECRETS
    }


def _plain(value: Any, case_id: int | None) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, models.Model):
        return name_in_case(value, case_id) or getattr(value, "label", None) or str(value)
    if isinstance(value, list | tuple):
        return [_plain(entry, case_id) for entry in value]
    return value
