"""Putting capture into the database: functions, triggers, grants. Runs as the owner of the tables after a migrate."""

import json
from importlib import resources
from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from cases.audit.capture import CAPTURE_TRIGGER, TRUNCATE_TRIGGER, Capture, captures

APP_ROLE = "npp_app"
AUDIT_TABLES = ("audit_auditchain", "audit_auditentry", "audit_checkpoint")
# Tables that the application's role only reads: evidence, what capture knows, and the list of migrations.
READ_ONLY_TABLES = (
    "audit_auditchain",
    "audit_auditentry",
    "audit_capturedtable",
    "django_migrations",
)

# name, event, "FOR EACH ROW" guard. Inside a capture trigger the depth is above zero, so that it alone gets through.
GUARDS = {
    "audit_auditchain": (
        (
            "audit_guard_write",
            "BEFORE INSERT OR UPDATE",
            "ROW WHEN (pg_catalog.pg_trigger_depth() = 0)",
        ),
        ("audit_guard_delete", "BEFORE DELETE", "ROW"),
    ),
    "audit_auditentry": (
        (
            "audit_guard_write",
            "BEFORE INSERT",
            "ROW WHEN (pg_catalog.pg_trigger_depth() = 0)",
        ),
        ("audit_guard_delete", "BEFORE UPDATE OR DELETE", "ROW"),
    ),
    "audit_checkpoint": (("audit_guard_delete", "BEFORE UPDATE OR DELETE", "ROW"),),
}


def install_after_migrate(*, app_config: AppConfig, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Receiver of `post_migrate` for the audit app: brings triggers and grants to what the models say."""
    connection = connections[using]
    if connection.vendor != "postgresql" or "audit_auditentry" not in connection.introspection.table_names():
        return
    install_capture(using=using)
    grant_app_role(using=using)


def install_capture(*, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Install or refresh functions and triggers; returns the names of the tables whose triggers had to be put right.

    Safe to run again: what is right stays untouched. Needs to own the tables. A table that is new to capture gets
    entries for the rows it has, a table that a migration has changed gets entries for what changed, both under
    the actor `migration`; a trigger found missing or switched off is put back and noted on the chain `system`.
    """
    connection = connections[using]
    repaired: list[str] = []
    with transaction.atomic(using=using), connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        cursor.execute(function_source(connection, cursor))
        for table, guards in GUARDS.items():
            _guard(cursor, table, guards)
        for name, level in (("audit_carry", "AFTER INSERT OR UPDATE"),):
            _replace_trigger(cursor, "audit_capturedtable", name, level, "ROW", "audit_carry", ())
        present = [capture for capture in captures() if capture.table in existing]
        states = {capture.table: trigger_state(cursor, capture) for capture in present}
        for capture in present:
            if states[capture.table] != "A":
                _put_triggers(cursor, capture)
                repaired.append(capture.table)
        _note(cursor, present, states)
    return repaired


def grant_app_role(*, using: str = DEFAULT_DB_ALIAS, role: str = APP_ROLE) -> bool:
    """Give the application's role what it needs and no more; False when there is no such role.

    Rows of all tables, evidence and the list of migrations for reading only, checkpoints for reading and adding.
    Never TRUNCATE, TRIGGER or REFERENCES. It does not rest on default privileges, so a table that a later
    migration makes is closed until this has run.
    """
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(rolname), quote_ident(current_schema()) FROM pg_roles WHERE rolname = %s",
            [role],
        )
        found = cursor.fetchone()
        if found is None:
            return False
        name, schema = found
        existing = set(connection.introspection.table_names(cursor))
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {name}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {name}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {name}")
        for table in sorted(existing.intersection(READ_ONLY_TABLES)):
            cursor.execute(f'REVOKE INSERT, UPDATE, DELETE ON {schema}."{table}" FROM {name}')
        if "audit_checkpoint" in existing:
            cursor.execute(f"REVOKE UPDATE, DELETE ON {schema}.audit_checkpoint FROM {name}")
    return True


def function_source(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> str:
    """The SQL of all functions, for the schema in use."""
    cursor.execute("SELECT current_schema()")
    schema: str = connection.ops.quote_name(cursor.fetchone()[0])
    source = resources.files("cases.audit").joinpath("sql/functions.sql").read_text(encoding="utf-8")
    return source % {"schema": schema, "schema_text": schema.replace("'", "''")}


def _guard(cursor: CursorWrapper, table: str, guards: tuple[tuple[str, str, str], ...]) -> None:
    for name, event, level in guards:
        _replace_trigger(cursor, table, name, event, level, "audit_refuse", ("audit",))
    _replace_trigger(
        cursor,
        table,
        TRUNCATE_TRIGGER,
        "BEFORE TRUNCATE",
        "STATEMENT",
        "audit_refuse",
        ("audit",),
    )


def _put_triggers(cursor: CursorWrapper, capture: Capture) -> None:
    event = "AFTER INSERT OR UPDATE OR DELETE"
    _replace_trigger(
        cursor,
        capture.table,
        CAPTURE_TRIGGER,
        event,
        "ROW",
        "audit_capture",
        capture.trigger_arguments(),
    )
    _replace_trigger(
        cursor,
        capture.table,
        TRUNCATE_TRIGGER,
        "BEFORE TRUNCATE",
        "STATEMENT",
        "audit_refuse",
        ("regulated",),
    )


def _replace_trigger(
    cursor: CursorWrapper,
    table: str,
    name: str,
    event: str,
    level: str,
    function: str,
    arguments: tuple[str, ...],
) -> None:
    literals = ", ".join("'" + argument.replace("'", "''") + "'" for argument in arguments)
    cursor.execute(
        f'CREATE OR REPLACE TRIGGER {name} {event} ON "{table}"'
        f" FOR EACH {level} EXECUTE FUNCTION {function}({literals})"
    )
    cursor.execute(f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER {name}')


def trigger_state(cursor: CursorWrapper, capture: Capture) -> str:
    """`A` when both triggers are there, always on and with today's arguments; otherwise what is wrong, in words."""
    cursor.execute(
        "SELECT tgname, tgenabled, encode(tgargs, 'escape') FROM pg_trigger"
        " WHERE tgrelid = %s::regclass AND tgname IN (%s, %s) AND NOT tgisinternal",
        [f'"{capture.table}"', CAPTURE_TRIGGER, TRUNCATE_TRIGGER],
    )
    found = {name: (state, arguments) for name, state, arguments in cursor.fetchall()}
    for name in (CAPTURE_TRIGGER, TRUNCATE_TRIGGER):
        if name not in found:
            return f"{name} was missing"
        if found[name][0] != "A":
            return f"{name} was in state {found[name][0]}"
    if found[CAPTURE_TRIGGER][1] != "".join(argument + "\\000" for argument in capture.trigger_arguments()):
        return "registration changed"
    return "A"


def _note(cursor: CursorWrapper, present: list[Capture], states: dict[str, str]) -> None:
    """Bring `audit_capturedtable` to what is installed; its triggers write the entries that follow from it."""
    cursor.execute("SELECT table_name, columns, options FROM audit_capturedtable")
    known = {table: (_loaded(columns), _loaded(options)) for table, columns, options in cursor.fetchall()}
    for capture in present:
        pk, excluded, digested, chain = capture.trigger_arguments()
        options = {"pk": pk, "excluded": excluded, "digested": digested, "chain": chain}
        columns = _columns(cursor, capture)
        state = states[capture.table]
        if known.get(capture.table) == (columns, options) and state == "A":
            continue
        if capture.table not in known:
            reason = "Captured for the first time."
        elif state not in ("A", "registration changed"):
            reason = f"Trigger {state} and was put back."
        else:
            reason = "A migration changed the table or its registration."
        cursor.execute(
            "SELECT set_config('npp.actor', 'migration', true),"
            " set_config('npp.verb', 'audit.capture.installed', true), set_config('npp.reason', %s, true)",
            [reason],
        )
        cursor.execute(
            "INSERT INTO audit_capturedtable (table_name, columns, options, installed_at) VALUES (%s, %s, %s, now())"
            " ON CONFLICT (table_name) DO UPDATE"
            " SET columns = excluded.columns, options = excluded.options, installed_at = excluded.installed_at",
            [capture.table, json.dumps(columns), json.dumps(options)],
        )
    cursor.execute(
        "SELECT set_config('npp.actor', '', true), set_config('npp.verb', '', true), set_config('npp.reason', '', true)"
    )


def _columns(cursor: CursorWrapper, capture: Capture) -> dict[str, str]:
    """Captured columns and their types, as the catalogue has them."""
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        [f'"{capture.table}"'],
    )
    return {name: kind for name, kind in cursor.fetchall() if name not in capture.excluded}


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
