"""Forms of enquiries: what is asked before a case exists, its answer, and the people of the case it becomes."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q

from cases import clock
from cases.countries import NAMES
from cases.lifecycle.forms import PlainText
from cases.lifecycle.typed_days import DayField
from cases.models import Medicine, Urgency
from cases.people.identity import SEXES
from cases.people.models import Institution, Pharmacy, Prescriber, User
from cases.people.roles import PHARMACISTS
from regulatory.enquiries import OUTCOMES
from regulatory.models import Enquiry, ProfileVersion
from regulatory.operated import is_stock, told_of
from regulatory.pathway import named, profile_of
from regulatory.web.four_questions import asked, fields_of_questions, given_answers
from regulatory.web.standing import review_of

REVIEW_WORDS = {"never": "never reviewed", "overdue": "review overdue", "soon": "review due soon"}


class VersionChoice(forms.ModelChoiceField):
    """A version of a pathway, with what a reader must know of it before resting anything on it."""

    def label_from_instance(self, obj: Any) -> str:
        review, beyond = review_of(obj, clock.now().date()), told_of(profile_of(obj))
        return ", ".join([named(obj), *([beyond.short] if beyond else []), *filter(None, [REVIEW_WORDS.get(review)])])


COUNTRIES = [("", "Choose a country"), *sorted(NAMES.items(), key=lambda pair: pair[1])]


class EnquiryForm(forms.Form):
    """The minimal intake: no medical records, no identity."""

    asked_by = forms.ChoiceField(label="Who asks", choices=Enquiry.Asker.choices, widget=forms.RadioSelect)
    country = forms.ChoiceField(label="Destination", choices=COUNTRIES)
    product = PlainText(label="Medicine as it was named", max_length=120, widget=forms.TextInput(attrs={"size": 50}))
    medicine = forms.ModelChoiceField(
        label="On our list",
        queryset=Medicine.objects.all(),
        required=False,
        empty_label="Not recognised yet",
        help_text="Choose it when it is one we source.",
    )
    indication = PlainText(label="Indication", max_length=200, widget=forms.TextInput(attrs={"size": 50}))
    urgency = forms.ChoiceField(label="Urgency", choices=Urgency.choices, initial=Urgency.STANDARD)
    question = PlainText(
        label="What was asked",
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="In the asker's words. No name, birth date or contact of the patient.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(fields_of_questions())

    def enquiry(self) -> dict[str, Any]:
        """What was given, with the answers to the four questions under one name."""
        given = dict(self.cleaned_data)
        answers = given_answers(given)
        return {name: value for name, value in given.items() if name not in asked()} | {"answers": answers}


class AnswerForm(forms.Form):
    """What a named pharmacist answers; a recommendation, never an authorization."""

    outcome = forms.ChoiceField(label="What it points to", choices=[("", "Choose an outcome"), *OUTCOMES.items()])
    profile_version = VersionChoice(
        label="Pathway it rests on",
        queryset=ProfileVersion.objects.none(),
        required=False,
        empty_label="No pathway is known",
    )
    answer = PlainText(
        label="Answer, word for word",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="What it points to, why, what could change it, what to do next and who does it. No promise.",
    )

    def __init__(self, *args: Any, enquiry: Enquiry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile_version"].queryset = versions_of(enquiry)  # type: ignore[attr-defined]


class OpenCaseForm(forms.Form):
    """Who the case is about and who is part of it."""

    profile_version = VersionChoice(
        label="Pathway",
        queryset=ProfileVersion.objects.none(),
        empty_label="Choose a pathway",
        help_text="Signed versions of this country; others cannot carry a case.",
    )
    medicine = forms.ModelChoiceField(
        label="Medicine", queryset=Medicine.objects.all(), empty_label="Choose from our list"
    )
    prescriber = forms.ModelChoiceField(
        label="Prescriber", queryset=Prescriber.objects.none(), empty_label="Choose a prescriber"
    )
    institution = forms.ModelChoiceField(
        label="Receiving institution", queryset=Institution.objects.none(), empty_label="Choose an institution"
    )
    coordinator = forms.ModelChoiceField(label="Coordinating pharmacist", queryset=User.objects.none())
    for_whom = forms.ChoiceField(
        label="For whom",
        choices=[("patient", "A patient who is known"), ("stock", "Stock, no patient yet")],
        widget=forms.RadioSelect,
        initial="patient",
        help_text="Only a pathway that authorizes stock takes a case without a patient.",
    )
    family_name = PlainText(label="Patient's family name", max_length=200)
    given_names = PlainText(label="Given names", max_length=200, required=False)
    birth_date = DayField(label="Birth date")
    record_number = PlainText(label="Record number at the institution", max_length=200, required=False)
    sex = forms.ChoiceField(
        label="Sex",
        choices=[("", "not recorded"), *((code, words) for code, words in SEXES.items())],
        required=False,
        help_text="As the passport or the hospital has it. Some authorities' forms ask for it.",
    )

    def __init__(self, *args: Any, enquiry: Enquiry, pharmacy: Pharmacy, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["profile_version"].queryset = ProfileVersion.objects.filter(
            ProfileVersion.in_use_on(clock.now().date()), jurisdiction=enquiry.country
        ).order_by("profile_key", "id")
        fields["prescriber"].queryset = Prescriber.objects.filter(country=enquiry.country).select_related("user")
        fields["institution"].queryset = Institution.objects.filter(country=enquiry.country)
        if not any(is_stock(profile_of(one)) for one in fields["profile_version"].queryset):
            del fields["for_whom"]
        elif self.data.get("for_whom") == "stock":
            fields["family_name"].required = fields["birth_date"].required = False
        self.use_required_attribute = "for_whom" not in fields
        fields["coordinator"].queryset = User.objects.filter(
            pharmacy=pharmacy, role__in=PHARMACISTS, is_active=True, is_service=False
        ).order_by("display_name")
        fields["coordinator"].initial = user.pk
        fields["medicine"].initial = enquiry.medicine_id
        fields["profile_version"].initial = enquiry.profile_version_id

    @property
    def is_for_stock(self) -> bool:
        return self.cleaned_data.get("for_whom") == "stock"

    def clean(self) -> dict[str, Any]:
        """A patient has a name and a birth date; of stock nothing of the kind is taken."""
        given: dict[str, Any] = super().clean() or {}
        if not self.is_for_stock:
            return given
        for name in ("family_name", "given_names", "birth_date", "record_number"):
            if given.get(name):
                self.add_error(name, "Stock has no patient: clear this, or choose a patient who is known.")
        return given

    def clean_birth_date(self) -> date | None:
        born: date | None = self.cleaned_data["birth_date"]
        if born is not None and born.year < 1900:
            raise forms.ValidationError(f"{born:%Y-%m-%d} is before 1900. Check the year.")
        return born


def versions_of(enquiry: Enquiry) -> Any:
    """The pathway versions of the enquiry's country, signed ones first."""
    own = Q(origin__in=["drafted", "imported"]) & ~Q(status="active")
    return (
        ProfileVersion.objects.filter(jurisdiction=enquiry.country)
        .exclude(own | Q(status="retired"))
        .order_by("status", "profile_key")
    )
