"""What is typed to open a recall, and to end one."""

from typing import Any

from django import forms

from cases.custody.models import Recall
from cases.custody.recalls.reach import Reach, reaches_of
from cases.custody.recalls.services import Notice
from cases.custody.tracing import NotTraceable
from cases.lifecycle.forms import PlainText


class OpenForm(forms.Form):
    """A recall or a drill: what called for it, and what it reaches."""

    is_drill = forms.BooleanField(
        label="This is a drill", required=False, help_text="The same way with a stopwatch. It stops and sends nothing."
    )
    lots = PlainText(
        label="Lots",
        max_length=4000,
        help_text="One a line: GTIN and lot, and a serial for a single pack.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "No lot is named. Write GTIN and lot, one lot a line."},
    )
    source = forms.ChoiceField(label="Who calls for it", choices=Recall.Source.choices, widget=forms.RadioSelect)
    source_reference = PlainText(
        label="Their notice", max_length=200, required=False, help_text="Its number and day.",
        widget=forms.TextInput(attrs={"size": 50}),
    )  # fmt: skip
    recall_class = forms.ChoiceField(label="Class", choices=Recall.Class.choices, widget=forms.RadioSelect)
    level = forms.ChoiceField(
        label="Level of the effectiveness check", choices=Recall.Level.choices, widget=forms.RadioSelect, initial="a",
        help_text="How many of those written to must answer; 21 CFR 7.42(b)(3).",
    )  # fmt: skip
    reason = PlainText(
        label="What is wrong with it", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stands in every letter, word for word. No names.",
        error_messages={"required": "Nothing was given. Write it in a sentence."},
    )  # fmt: skip
    instruction = PlainText(
        label="What becomes of the packs", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It stands in every letter, word for word.",
        error_messages={"required": "Nothing was given. Write it in a sentence."},
    )  # fmt: skip

    def clean_lots(self) -> list[Reach]:
        try:
            return reaches_of(self.cleaned_data["lots"])
        except NotTraceable as fault:
            raise forms.ValidationError(fault.sentence) from None

    def notice(self) -> Notice:
        given: dict[str, Any] = self.cleaned_data
        return Notice(**{name: given[name] for name in Notice.__slots__})


class EndForm(forms.Form):
    """How it ended."""

    conclusion = PlainText(
        label="Conclusion", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Nothing was given. Say in a sentence how it ended."},
    )  # fmt: skip
