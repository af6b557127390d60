"""A field tells its kind, ties its hint and error to itself, and says errors in full."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django import forms

from cases.lifecycle.typed_days import DayField, MomentField
from cases.web import controls


class Sample(forms.Form):
    name = forms.CharField(help_text="As on the register.")
    note = forms.CharField(widget=forms.Textarea, required=False)
    route = forms.ChoiceField(choices=[("uk", "UK-SPECIALS")])
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    papers = forms.MultipleChoiceField(choices=[("lab", "Lab report")], widget=forms.CheckboxSelectMultiple)
    on = DayField()
    at = MomentField(zone=ZoneInfo("America/New_York"))
    scan = forms.FileField()
    agreed = forms.BooleanField()
    secret = forms.CharField(widget=forms.PasswordInput)
    key = forms.CharField(widget=forms.HiddenInput, required=False)
    why = forms.CharField(error_messages={"required": "Say why: the authority asks for it."})


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("name", "text"),
        ("note", "textarea"),
        ("route", "select"),
        ("kind", "radios"),
        ("papers", "checks"),
        ("on", "date"),
        ("at", "moment"),
        ("scan", "file"),
        ("agreed", "tick"),
        ("secret", "password"),
        ("key", "hidden"),
    ],
)
def test_a_field_has_a_kind(field: str, kind: str) -> None:
    assert controls.control(Sample()[field]).kind == kind


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Nothing was entered. Fill it in."),
        ("route", "", "Nothing was chosen. Choose one from the list."),
        ("route", "mars", "“mars” is not one of the choices. Choose one from the list."),
        ("kind", "", "Nothing was chosen. Choose one."),
        ("papers", "", "Nothing was chosen. Choose at least one."),
        ("on", "3/2/2026", "“3/2/2026” can be read as two days. Write the month as a word, for example 4 Dec 2026."),
        ("at", "soon", "“soon” is not a day. Write day, month and year, for example 4 Dec 2026 or 2026-12-04."),
        ("scan", "", "No file was chosen. Choose one."),
        ("agreed", "", "This is not ticked. Tick it if it is so; without it the step cannot be taken."),
        ("why", "", "Say why: the authority asks for it."),
    ],
)
def test_an_error_names_the_value_and_the_remedy(field: str, value: str, sentence: str) -> None:
    form = Sample({field: [value] if field == "papers" and value else value})
    assert controls.control(form[field]).errors == (sentence,)


def test_hint_and_error_are_tied_to_the_control() -> None:
    bound = Sample({"name": ""})["name"]
    shape = controls.control(bound)
    assert (shape.hint_id, shape.error_id, shape.described_by) == (
        "id_name-hint",
        "id_name-error",
        "id_name-hint id_name-error",
    )
    drawn = shape.draw()
    assert 'aria-describedby="id_name-hint id_name-error"' in drawn
    assert 'aria-invalid="true"' in drawn


def test_a_field_that_is_right_says_nothing_more() -> None:
    shape = controls.control(Sample({"note": "x"})["note"])
    assert (shape.errors, shape.described_by) == ((), "")
    assert "aria-invalid" not in shape.draw()


def test_a_hint_can_be_replaced_or_removed() -> None:
    bound = Sample()["name"]
    assert [controls.control(bound, hint=said).hint for said in (None, "Other.", "")] == [
        "As on the register.",
        "Other.",
        "",
    ]


def test_a_day_is_one_line_of_text_that_keeps_what_was_typed() -> None:
    drawn = controls.control(Sample({"on": "31/02/2026"})["on"]).draw()
    assert 'type="text"' in drawn
    assert 'value="31/02/2026"' in drawn


def test_a_first_date_is_written_as_people_write_it_and_an_instant_in_the_zone_that_is_named() -> None:
    form = Sample(initial={"on": date(2026, 12, 4), "at": datetime(2026, 12, 4, 19, 30, tzinfo=UTC)})
    assert 'value="4 Dec 2026"' in controls.control(form["on"]).draw()
    assert 'value="4 Dec 2026 14:30"' in controls.control(form["at"]).draw()
    assert controls.control(form["on"]).hint == "For example 4 Dec 2026 or 2026-12-04."
    assert (
        controls.control(form["at"]).hint
        == "Time in New York: 4 Dec 2026 14:30. Elsewhere with its offset: 4 Dec 2026 14:30 +01:00."
    )


def test_faults_lead_to_the_control_or_the_first_of_its_choices() -> None:
    form = Sample({"name": "", "kind": ""})
    targets = {label: target for target, label, _ in controls.faults(form)}
    assert (targets["Name"], targets["Kind"]) == ("id_name", "id_kind_0")


def test_a_fault_of_the_whole_form_leads_nowhere_and_comes_first() -> None:
    form = Sample({"name": "x"})
    form.add_error(None, "The dates overlap.")
    assert controls.faults(form)[0] == ("", "", "The dates overlap.")
