"""Every state that a model can have has words and a shape."""

from django.apps import apps
from django.db import models
from django_fsm import FSMFieldMixin

from cases.web import state_words

OURS = ("cases", "regulatory", "pharmacovigilance")


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def machines_of_the_models() -> dict[str, set[str]]:
    found = {}
    for model in apps.get_models():
        if model.__module__.split(".")[0] not in OURS:
            continue
        for column in model._meta.get_fields():
            if isinstance(column, models.Field) and isinstance(column, FSMFieldMixin):
                found[snake(model.__name__)] = {value for value, _ in column.choices or ()}
    return found


def test_every_state_of_every_machine_has_words() -> None:
    machines = machines_of_the_models()
    assert {"case", "filing", "consignment", "deadline", "notice"} <= set(machines)
    nameless = {
        machine: sorted(states - set(state_words.states_of(machine) if machine in state_words.machines() else ()))
        for machine, states in machines.items()
    }
    assert {machine: states for machine, states in nameless.items() if states} == {}


def test_no_words_are_kept_for_states_that_are_gone() -> None:
    machines = machines_of_the_models()
    stale = {machine: sorted(set(state_words.states_of(machine)) - states) for machine, states in machines.items()}
    assert {machine: states for machine, states in stale.items() if states} == {}


def test_every_state_shows_as_one_of_the_six() -> None:
    looks = {
        state_words.state(state, machine).look
        for machine in state_words.machines()
        for state in state_words.states_of(machine)
    }
    assert looks == set(state_words.LOOK_STATES)


def test_a_state_without_words_shows_as_itself_and_unfinished() -> None:
    shown = state_words.state("brand_new", "filing")
    assert (shown.look, shown.words) == ("draft", "Brand new")


def test_a_stage_is_said_in_the_user_s_words() -> None:
    assert state_words.stage("follow_up") == "Adverse-event follow-up"
    assert state_words.stage("filing") == "Regulatory filing"
