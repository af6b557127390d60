"""Forms of dated lists: an edition as the authority published it, and where a medicine stands in it."""

from django import forms

from cases.lifecycle.forms import PlainText
from cases.lifecycle.typed_days import DayField
from cases.models import Medicine
from regulatory.lists.services import LinesRefused, entries_from

# An edition of twenty thousand entries at about a hundred letters each.
LONGEST_PASTE = 2_000_000
MOST_LINES_TOLD = 10


class EditionForm(forms.Form):
    """One edition of a list."""

    edition = PlainText(
        label="Edition",
        max_length=40,
        help_text="As the authority names it. A corrected list is another edition: add “corrected”.",
        widget=forms.TextInput(attrs={"size": 30}),
    )
    from_on = DayField(label="First day it stood")
    until_on = DayField(
        label="Last day it stood", required=False, help_text="Only where the authority gives one; the next ends it."
    )
    source = PlainText(
        label="Where it comes from",
        max_length=500,
        help_text="Page or gazette and the day it was read, so that the second person finds the same.",
        widget=forms.TextInput(attrs={"size": 60}),
    )
    entries = PlainText(
        label="Entries",
        max_length=LONGEST_PASTE,
        help_text="One a line: the key, then a semicolon or a tab and its words. For example: A12; orvelumab injection",
        widget=forms.Textarea(attrs={"rows": 14}),
    )

    def clean_entries(self) -> list[dict[str, str]]:
        try:
            return entries_from(self.cleaned_data["entries"])
        except LinesRefused as wrong:
            told = [
                forms.ValidationError(f"Line {number}, “{text}”: {problem} {remedy}")
                for number, text, problem, remedy in wrong.problems[:MOST_LINES_TOLD]
            ]
            if len(wrong.problems) > MOST_LINES_TOLD:
                told.append(
                    forms.ValidationError(f"And {len(wrong.problems) - MOST_LINES_TOLD} more lines like these.")
                )
            raise forms.ValidationError(told) from wrong


class PlaceForm(forms.Form):
    """Under which entry a medicine stands, as a named pharmacist reads it."""

    medicine = forms.ModelChoiceField(
        label="Medicine", queryset=Medicine.objects.all(), empty_label="Choose from our list"
    )
    key = PlainText(label="Entry", max_length=80, help_text="The key of an entry of an edition entered here.")
    reading = PlainText(
        label="Why this entry",
        max_length=2000,
        help_text="Product, form, route and indication, as you compared them.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ConfirmForm(forms.Form):
    """What the second person says by confirming."""

    compared = forms.BooleanField(
        label="I compared every entry with the source that is named here",
        error_messages={"required": "Say that you compared it with its source: your name stands under it."},
    )


class WithdrawForm(forms.Form):
    """Why an edition is taken back."""

    reason = PlainText(
        label="Why it is withdrawn",
        max_length=500,
        widget=forms.TextInput(attrs={"size": 50}),
        error_messages={"required": "No reason was given. Say what is wrong with it."},
    )
