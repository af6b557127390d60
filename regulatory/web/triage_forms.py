"""The questions of triage as forms: four steps in the reader's language, and what only the pharmacy answers.

Nothing is required while somebody goes back or saves for later; what is asked at least is asked at "next".
"""

from collections.abc import Mapping
from typing import Any

from django import forms

from cases.lifecycle.forms import PlainText
from regulatory.enquiries import OUTCOMES
from regulatory.triage.answers import AnswersInvalid
from regulatory.triage.letters import LANGUAGES, Words, all_words
from regulatory.triage.models import TriageLetter
from regulatory.triage.services import OF_THE_ENQUIRY
from regulatory.triage.table import Input, load
from regulatory.triage.terms import CHOSEN, NUMBERS, UNKNOWN

STEPS: tuple[tuple[str, ...], ...] = (
    ("asked_by", "country", "urgency"),
    ("indication", "patient_now", "stability", "recurrence", "regimen", "cycles", "supply_months"),
    ("product", "class", "route", "administration", "storage", "controlled", "status", "local_status"),
    ("prescription", "prescriber", "custody", "institution"),
)
# Asked of nobody outside: what the pharmacy itself raises, checks or reckons; on its last step.
OF_THE_PHARMACY = ("sanctions", "clinical_concern", "conditions_met", "units_per_cycle", "packs", "supply_doses")
_FLAG_WORDS = {"none": "No", "hit": "Yes, a hit", "raised": "Yes, raised"}


class StepForm(forms.Form):
    """One step; ``answered()`` gives what read_answers takes."""

    def __init__(
        self, step: int, *, words: Words, answers: Mapping[str, str], pharmacy: bool = False, data: Any = None
    ) -> None:
        super().__init__(data, initial=dict(answers))
        self.words = words
        names = (*STEPS[step - 1], *(OF_THE_PHARMACY if pharmacy and step == len(STEPS) else ()))
        for name in names:
            self.fields[name] = _field(load().inputs[name], words)

    def answered(self) -> dict[str, str]:
        """The answers of this step as typed; an empty one is "not known"."""
        return {name: str(self.data.get(name, "")).strip() for name in self.fields}

    def ask_at_least(self) -> bool:
        """Mark what must be answered before the next step; returns whether all is there."""
        for name in self.fields:
            if name in OF_THE_ENQUIRY and not self.answered()[name]:
                said = "missing_choice" if load().inputs[name].kind in (*CHOSEN, "country") else "missing"
                self.add_error(name, self.words.wizard[said])
        return not self.errors

    def refuse(self, wrong: AnswersInvalid) -> None:
        """Say in the reader's language what cannot be used."""
        for problem in wrong.problems:
            names = [name for name in problem.field.split(" and ") if name in self.fields]
            for name in names:
                others = [other for other in problem.field.split(" and ") if other != name]
                self.add_error(name, self._said(load().inputs[name], problem.value, others))
            if not names:
                self.add_error(None, str(problem))

    def _said(self, question: Input, value: str, others: list[str]) -> str:
        wizard = self.words.wizard
        if others:
            return str(wizard["contradiction"]).format(other=self.words.question(others[0]) or others[0])
        if question.kind in NUMBERS:
            return str(wizard["number"]).format(
                value=value, least=f"{float(question.least or 0):g}", most=question.most
            )
        return str(wizard["too_long" if question.kind == "text" else "wrong_choice"]).format(value=value)


def _field(question: Input, words: Words) -> forms.Field:
    label = words.question(question.id) or question.text
    hint = words.raw["questions"].get(question.id, {}).get("hint", "")
    if question.kind == "country":
        # A list is read by its first letter, a sentence with its article.
        plain = {code: name.removeprefix("the ") for code, name in words.raw["countries"].items()}
        named = sorted(plain.items(), key=lambda pair: pair[1])
        return forms.ChoiceField(
            label=label, required=False, choices=[("", words.wizard["choose"]), *named], widget=forms.Select
        )
    if question.kind in CHOSEN:
        choices = [(value, _FLAG_WORDS.get(value) or words.value(question.id, value)) for value in question.values]
        if question.kind != "flag":
            choices.append((UNKNOWN, words.wizard["unknown"]))
        return forms.ChoiceField(label=label, required=False, choices=choices, widget=forms.RadioSelect, help_text=hint)
    width = {"size": 8, "inputmode": "decimal"} if question.kind in NUMBERS else {"size": 36}
    return PlainText(
        label=label,
        required=False,
        max_length=200,
        help_text=hint,
        widget=forms.TextInput(attrs=width | {"dir": "auto"}),
    )


class DecisionForm(forms.Form):
    """What a named person decides: otherwise than recommended needs a reason."""

    outcome = forms.ChoiceField(label="Decide", choices=[("", "Choose an outcome"), *OUTCOMES.items()])
    reason = PlainText(
        label="Reason",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the decision, word for word. No name, birth date or contact of the patient.",
    )
    next_step = PlainText(label="Next step", required=False, max_length=300, widget=forms.TextInput(attrs={"size": 40}))
    next_on = forms.DateField(
        label="We write again by",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter a day as year-month-day, for example 2026-12-04."},
    )


class LetterForm(forms.Form):
    """How the letter is told."""

    language = forms.ChoiceField(
        choices=[(code, all_words()[code].name) for code in LANGUAGES], widget=forms.HiddenInput
    )
    contact = PlainText(
        label="Telephone and hours",
        max_length=200,
        widget=forms.TextInput(attrs={"size": 50}),
        help_text="The last line of the letter: whom to call, and when.",
    )
    added = PlainText(
        label="A word of your own",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text="In the language of the letter. No promise, no name of the patient.",
    )
    channel = forms.ChoiceField(
        label="How it is told", choices=TriageLetter.Channel.choices, widget=forms.RadioSelect, initial="code"
    )
    address = forms.EmailField(
        label="Mail address",
        required=False,
        widget=forms.EmailInput(attrs={"size": 30}),
        help_text="For the mail alone. It says that an answer can be read with the code, and nothing else.",
    )
