"""Plain SQL can move no record where no arrow leads, and can where one does: every state to every state, every machine.

Other rules of a table (its checks, what is written once) are taken off in this test's own database first, so that only
the machine can be what refuses; a superuser writes, so that no right is missing.
"""

from itertools import product
from typing import Any

import psycopg
from django.apps import apps
from django_fsm import FSMField
from psycopg import sql

from cases.audit.context import acting
from tests.cases.audit.people import PHARMACIST
from tests.cases.audit.rows import row_for
from tests.databases import FreshDatabase
from tests.machine.chart import MACHINES, Machine

NOWHERE = "nonsense"
Superuser = psycopg.Connection[Any]


def only_the_guard(superuser: Superuser, machine: Machine) -> str:
    """Take every check and every other trigger off the table, save the evidence; returns the guard's name."""
    table = sql.Identifier(machine.table)
    checks = superuser.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'u')", [machine.table]
    ).fetchall()
    triggers = superuser.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [machine.table]
    ).fetchall()
    for (name,) in checks:
        superuser.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {} CASCADE").format(table, sql.Identifier(name)))
    # A unique rule with a condition is an index only.
    indexes = superuser.execute(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = %s::regclass AND i.indisunique AND NOT i.indisprimary",
        [machine.table],
    ).fetchall()
    for (name,) in indexes:
        superuser.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    (guard,) = [name for (name,) in triggers if name.startswith(f"pgtrigger_guard_{machine.column}_")]
    for (name,) in triggers:
        if name != guard and not name.startswith("audit_"):
            superuser.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(table, sql.Identifier(name)))
    return str(guard)


def tried(superuser: Superuser, statement: sql.Composed, values: list[Any]) -> str:
    """Empty when the statement goes through, else the first line of the refusal."""
    try:
        with superuser.transaction():
            superuser.execute(statement, values)
    except psycopg.errors.CheckViolation as refusal:
        return str(refusal).partition("\n")[0]
    return ""


def moves(superuser: Superuser, machine: Machine, row: int) -> dict[tuple[str, str], str]:
    """What a raw UPDATE from any state to any other is answered."""
    guard = only_the_guard(superuser, machine)
    table, column = sql.Identifier(machine.table), sql.Identifier(machine.column)
    move = sql.SQL("UPDATE {} SET {} = %s WHERE id = %s").format(table, column)
    switch = sql.SQL("ALTER TABLE {} {} TRIGGER {}")
    answers = {}
    for source, target in product(sorted(machine.states), (*sorted(machine.states), NOWHERE)):
        if source == target:
            continue
        with superuser.transaction(force_rollback=True):
            superuser.execute(switch.format(table, sql.SQL("DISABLE"), sql.Identifier(guard)))
            superuser.execute(move, [source, row])
            superuser.execute(switch.format(table, sql.SQL("ENABLE"), sql.Identifier(guard)))
            answers[source, target] = tried(superuser, move, [target, row])
    return answers


def births(superuser: Superuser, machine: Machine, row: int) -> dict[str, str]:
    """What a raw INSERT in any state is answered."""
    copy = sql.SQL(
        "INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object("
        "'id', 999999999, {column}, %s::text))).* FROM {table} r WHERE id = %s"
    ).format(table=sql.Identifier(machine.table), column=sql.Literal(machine.column))
    answers = {}
    for state in (*sorted(machine.states), NOWHERE):
        with superuser.transaction(force_rollback=True):
            answers[state] = tried(superuser, copy, [state, row])
    return answers


def test_the_database_takes_the_drawn_moves_and_no_other(fresh_database: FreshDatabase) -> None:
    models = {model._meta.db_table: model for model in apps.get_models()}
    with acting(by=PHARMACIST, verb="test.row.made"):
        rows = {table: row_for(models[table]).pk for table in MACHINES}
    with psycopg.connect(fresh_database.superuser_url, autocommit=True) as superuser:
        superuser.execute("SET npp.actor = 'root'")
        moved = {table: moves(superuser, machine, rows[table]) for table, machine in MACHINES.items()}
        begun = {table: births(superuser, machine, rows[table]) for table, machine in MACHINES.items()}

    for table, machine in MACHINES.items():
        label = models[table]._meta.label_lower
        assert begun[table] == {
            state: "" if state in machine.born else f'{label} cannot begin in state "{state}"' for state in begun[table]
        }
        assert moved[table] == {
            (source, target): ""
            if (source, target) in machine.pairs
            else f'{label} cannot go from "{source}" to "{target}"'
            for source, target in moved[table]
        }


def test_every_state_is_drawn() -> None:
    choices = {
        model._meta.db_table: {str(value) for value, _ in field.choices}
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, FSMField)
    }
    assert {table: set(machine.states) for table, machine in MACHINES.items()} == choices
