"""Which state a deadline may go to from which, in Python and in the database."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django_fsm import TransitionNotAllowed

from cases.audit.context import acting
from cases.deadlines.models import Deadline, DeadlineMove
from cases.lifecycle.guard import edges
from tests.cases.deadlines.ground import START, Ground

EDGES = {
    ("running", "paused"),
    ("running", "met"),
    ("running", "missed"),
    ("running", "met_late"),
    ("running", "cancelled"),
    ("paused", "running"),
    ("paused", "met"),
    ("paused", "cancelled"),
    ("missed", "met"),
    ("missed", "met_late"),
    ("missed", "cancelled"),
    ("missed", "running"),
    ("met", "running"),
    ("met_late", "running"),
    ("cancelled", "running"),
}
STATES = [state.value for state in Deadline.State]
CALLS = {
    "pause": {"at": START, "because": "asked"},
    "resume": {"until": START},
    "meet": {"on": START, "at": START},
    "miss": {"at": START},
    "meet_late": {"on": START, "at": START},
    "cancel": {"at": START},
    "reinstate": {},
}
TARGETS = {
    "pause": "paused",
    "resume": "running",
    "meet": "met",
    "miss": "missed",
    "meet_late": "met_late",
    "cancel": "cancelled",
    "reinstate": "running",
}


def test_has_exactly_these_edges():
    assert set(edges(Deadline, "state")) == EDGES


@pytest.mark.parametrize(("state", "move"), list(product(STATES, CALLS)))
def test_moves_only_along_its_edges(state, move):
    deadline = Deadline(
        state=state, pauses=[{"began": START.isoformat(), "until": None, "because": "asked"}], paused_at=START
    )

    allowed = (state, TARGETS[move]) in EDGES and {
        "resume": state == "paused",
        "reinstate": state != "paused",
    }.get(move, True)
    if allowed:
        getattr(deadline, move)(**CALLS[move])
        assert deadline.state == TARGETS[move]
    else:
        with pytest.raises(TransitionNotAllowed):
            getattr(deadline, move)(**CALLS[move])
        assert deadline.state == state


def test_the_table_of_moves_names_every_transition():
    transitions = Deadline._meta.get_field("state").get_all_transitions(Deadline)

    assert {move.name for move in transitions} == set(CALLS)


def test_a_state_cannot_be_assigned():
    with pytest.raises(AttributeError):
        Deadline().state = "met"


# What each state needs beside itself, so that only the machine can be what refuses.
_COLUMNS = {
    "running": "met_at = NULL, paused_at = NULL",
    "paused": "met_at = NULL, next_rung_at = NULL, paused_at = now()",
    "met": "met_at = now(), next_rung_at = NULL, paused_at = NULL",
    "missed": "met_at = NULL, paused_at = NULL",
    "met_late": "met_at = now(), next_rung_at = NULL, paused_at = NULL",
    "cancelled": "met_at = NULL, next_rung_at = NULL, paused_at = NULL",
}


def _set(deadline: Deadline, state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE deadlines_deadline SET state = %s, {_COLUMNS[state]} WHERE id = %s",  # noqa: S608 - a fixed table
            [state, deadline.pk],
        )


@pytest.mark.parametrize(("source", "target"), [pair for pair in product(STATES, STATES) if pair[0] != pair[1]])
def test_the_database_holds_the_same_table(ground: Ground, source, target):
    deadline = ground.promise((START + timedelta(days=30)).date())
    with acting(by=ground.coordinator, verb="tests.state.set"):
        if source != "running":
            _set(deadline, source)
        if (source, target) in EDGES:
            _set(deadline, target)
            assert Deadline.objects.values_list("state", flat=True).get(pk=deadline.pk) == target
        else:
            with pytest.raises(DatabaseError, match=f'cannot go from "{source}" to "{target}"'), transaction.atomic():
                _set(deadline, target)
            assert Deadline.objects.values_list("state", flat=True).get(pk=deadline.pk) == source


def test_a_row_cannot_be_born_in_a_later_state(ground: Ground):
    deadline = ground.promise((START + timedelta(days=30)).date())
    copy = {field.attname: getattr(deadline, field.attname) for field in Deadline._meta.concrete_fields}
    del copy["id"]

    with (
        acting(by=ground.coordinator, verb="tests.state.set"),
        pytest.raises(DatabaseError, match='cannot begin in state "missed"'),
        transaction.atomic(),
    ):
        Deadline.objects.create(**(copy | {"key": "tests.routine:other", "state": "missed"}))


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"paused_at": START}, "deadline_is_paused_since"),
        ({"met_at": START}, "deadline_is_met_by_a_fact"),
        ({"act_by": F("due_at") + timedelta(seconds=1)}, "deadline_begins_before_it_ends"),
        ({"holder": None, "holder_party": "", "holder_role": ""}, "deadline_has_a_holder"),
    ],
)
def test_the_database_refuses_what_does_not_fit_together(ground: Ground, columns, name):
    deadline = ground.promise((START + timedelta(days=30)).date())

    with (
        acting(by=ground.coordinator, verb="tests.columns.set"),
        pytest.raises(DatabaseError, match=name),
        transaction.atomic(),
    ):
        Deadline.objects.filter(pk=deadline.pk).update(**columns)


@pytest.mark.parametrize(
    "touch",
    [lambda moves: moves.update(reason="another"), lambda moves: moves.delete()],
    ids=["changed", "deleted"],
)
def test_the_ledger_is_only_added_to(ground: Ground, touch):
    move = ground.promise((START + timedelta(days=30)).date()).moves.get()

    with (
        acting(by=ground.coordinator, verb="tests.ledger.touched"),
        pytest.raises(DatabaseError, match="Cannot"),
        transaction.atomic(),
    ):
        touch(DeadlineMove.objects.filter(pk=move.pk))
    assert DeadlineMove.objects.get(pk=move.pk).reason == ""
