"""Forms of what is filed for many cases at once."""

from collections.abc import Iterable
from typing import Any

from django import forms

from cases.lifecycle.forms import PlainText
from cases.lifecycle.typed_days import DayField, MomentField
from regulatory.models import Filing


class ChooseForm(forms.Form):
    """Which of the waiting filings go into the form; all of them unless one is taken out."""

    filings = forms.MultipleChoiceField(label="Filings", widget=forms.CheckboxSelectMultiple)

    def __init__(self, waiting: Iterable[Filing], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.by_value = {f"{filing.case.reference} {filing.label}": filing for filing in waiting}
        self.fields["filings"].choices = [(value, _told(filing)) for value, filing in self.by_value.items()]  # type: ignore[attr-defined]
        self.fields["filings"].initial = list(self.by_value)

    def chosen(self) -> list[Filing]:
        """The filings that were ticked, in the order of the list."""
        ticked = set(self.cleaned_data["filings"])
        return [filing for value, filing in self.by_value.items() if value in ticked]


def _told(filing: Filing) -> str:
    case = filing.case
    quantity = f"{filing.quantity.normalize():f} {case.medicine.unit}, " if filing.quantity else ""
    return f"{case.reference} {filing.label}: {case.medicine}, {quantity}{case.prescriber}"


class ReportForm(forms.Form):
    """A period, by any day of it, and the pack of each product where the report names it."""

    day = DayField(label="Any day of the period")

    def __init__(self, packs: Iterable[tuple[str, str]], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.packs = dict(packs)
        for code, product in self.packs.items():
            self.fields[f"pack_{code}"] = PlainText(
                label=f"Pack size of {product}", max_length=60, help_text="As the carton says, for example: 1 vial."
            )

    def pack_sizes(self) -> dict[str, str]:
        """What was typed, by product code."""
        return {code: self.cleaned_data.get(f"pack_{code}", "") for code in self.packs}


class SendForm(forms.Form):
    """When it went out, and what shows it."""

    at = MomentField(label="When it was sent")
    how = PlainText(
        label="What shows that it was sent",
        max_length=200,
        help_text="The mail with its hour, the portal’s confirmation number. No names of patients.",
        widget=forms.TextInput(attrs={"size": 50}),
    )
    party = PlainText(
        label="Sent by",
        max_length=120,
        help_text="The party that filed, for example the licensed importer by name.",
        widget=forms.TextInput(attrs={"size": 40}),
    )


class WithdrawForm(forms.Form):
    """Why it is not sent."""

    reason = PlainText(
        label="Why it is not sent", max_length=500, widget=forms.TextInput(attrs={"size": 50}),
        error_messages={"required": "No reason was given. Say why it is not sent."},
    )  # fmt: skip
