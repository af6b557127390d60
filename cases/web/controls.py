"""What the field macros need to know of a Django form field: its kind, its ids and the control itself.

The macros in ``components/forms.html`` draw; this module answers. Labels, hints and errors are tied to the control by
``aria-describedby`` and ``aria-invalid``, so that a screen reader hears what a sighted person sees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.safestring import SafeString

from cases.lifecycle.typed_days import EXAMPLE_DAY, EXAMPLE_MOMENT, DayField, KnownPartField, MomentField
from cases.web import words


@dataclass(frozen=True)
class Control:
    """One field, ready to be drawn."""

    bound: BoundField
    kind: str
    id: str
    label: str
    hint: str
    errors: tuple[str, ...]
    required: bool
    described_by: str

    @property
    def hint_id(self) -> str:
        return f"{self.id}-hint"

    @property
    def error_id(self) -> str:
        return f"{self.id}-error"

    @property
    def first_id(self) -> str:
        """The id that an error's link leads to: the control, or the first of a group of choices."""
        return f"{self.id}_0" if self.kind in ("radios", "checks") else self.id

    def draw(self, **extra: Any) -> SafeString:
        """The control itself, with its ties to hint and error."""
        attributes = self._ties() | {name.replace("_", "-"): value for name, value in extra.items()}
        return self.bound.as_widget(attrs=attributes)

    def options(self) -> Iterator[BoundWidget]:
        """The single choices of a radio or check-box group."""
        return iter(self.bound.subwidgets)

    def _ties(self) -> dict[str, Any]:
        ties: dict[str, Any] = {"id": self.id}
        if self.described_by:
            ties["aria-describedby"] = self.described_by
        if self.errors:
            ties["aria-invalid"] = "true"
        return ties


def control(bound: BoundField, *, hint: str | None = None, label: str = "") -> Control:
    """Read a bound field of any Django form; ``hint`` replaces the field's own help text, an empty one removes it."""
    kind = _kind(bound.field)
    identity = bound.id_for_label if kind not in ("radios", "checks") else bound.auto_id
    identity = identity or f"id_{bound.html_name}"
    said = (
        " ".join(part for part in (str(bound.help_text or ""), _example(bound.field)) if part) if hint is None else hint
    )
    errors = tuple(_sentences(bound, kind))
    described = [f"{identity}-hint"] if said else []
    described += [f"{identity}-error"] if errors else []
    return Control(
        bound=bound,
        kind=kind,
        id=identity,
        label=label or str(bound.label),
        hint=said,
        errors=errors,
        required=bound.field.required,
        described_by=" ".join(described),
    )


def faults(form: forms.BaseForm) -> list[tuple[str, str, str]]:
    """Every error of a form as (link target or empty, label, sentence), in the order of the fields."""
    found = [("", "", str(error)) for error in form.non_field_errors()]
    for bound in form:
        shape = control(bound)
        found.extend((shape.first_id, shape.label, sentence) for sentence in shape.errors)
    return found


def _example(field: forms.Field) -> str:
    """How a day or an instant may be written, and whose clock it is."""
    if isinstance(field, MomentField):
        return (
            f"Time in {words.place(field.zone)}: {EXAMPLE_MOMENT}. Elsewhere with its offset: {EXAMPLE_MOMENT} +01:00."
        )
    if isinstance(field, KnownPartField):
        return f"As far as it is known: {EXAMPLE_DAY}, Dec 2026 or 2026."
    return f"For example {EXAMPLE_DAY} or 2026-12-04." if isinstance(field, DayField) else ""


def _kind(field: forms.Field) -> str:
    if isinstance(field, DayField | MomentField):
        return "date" if isinstance(field, DayField) else "moment"
    widget = field.widget
    table: tuple[tuple[type[forms.Widget], str], ...] = (
        (forms.HiddenInput, "hidden"),
        (forms.CheckboxSelectMultiple, "checks"),
        (forms.RadioSelect, "radios"),
        (forms.CheckboxInput, "tick"),
        (forms.ClearableFileInput, "file"),
        (forms.FileInput, "file"),
        (forms.Textarea, "textarea"),
        (forms.Select, "select"),
        (forms.PasswordInput, "password"),
    )
    for widget_class, kind in table:
        if isinstance(widget, widget_class):
            return kind
    return "text"


def _sentences(bound: BoundField, kind: str) -> Iterator[str]:
    """Each error as a sentence that names the value and the remedy; Django's own short ones are said in full."""
    for error in bound.errors.as_data():
        yield _said_in_full(bound, kind, error) or str(next(iter(error.messages)))


def _said_in_full(bound: BoundField, kind: str, error: ValidationError) -> str:
    own = bound.field.error_messages.get(error.code or "")
    ours = type(bound.field).default_error_messages.get(error.code or "") if own else None
    if own is not None and ours is not None and str(own) != str(ours):
        return ""  # the form's author wrote a sentence for this
    value = bound.value()
    shown = f"“{value}”" if isinstance(value, str) and value and kind != "password" else "This"
    return {
        "required": {
            "radios": "Nothing was chosen. Choose one.",
            "checks": "Nothing was chosen. Choose at least one.",
            "select": "Nothing was chosen. Choose one from the list.",
            "tick": "This is not ticked. Tick it if it is so; without it the step cannot be taken.",
            "file": "No file was chosen. Choose one.",
        }.get(kind, "Nothing was entered. Fill it in."),
        "invalid_choice": f"{shown} is not one of the choices. Choose one from the list.",
    }.get(error.code or "", "")
