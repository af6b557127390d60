"""Whether the triggers, functions and grants that guard the evidence are what they should be."""

import re

from django.db.backends.base.base import BaseDatabaseWrapper

from cases.audit.capture import TRUNCATE_TRIGGER, captures
from cases.audit.findings import Finding, Kind
from cases.audit.install import APP_ROLE, AUDIT_TABLES, GUARDS, READ_ONLY_TABLES, function_source, trigger_state


def guardian_findings(connection: BaseDatabaseWrapper) -> list[Finding]:
    """Triggers missing, switched off or no longer `ENABLE ALWAYS`, functions altered, rights that should not be."""
    return [*_trigger_findings(connection), *_function_findings(connection), *_grant_findings(connection)]


def _trigger_findings(connection: BaseDatabaseWrapper) -> list[Finding]:
    found = []
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        for capture in captures():
            if capture.table not in existing:
                continue
            state = trigger_state(cursor, capture)
            if state != "A":
                found.append(Finding(Kind.TRIGGER, f"{state}.", table=capture.table))
        cursor.execute(
            "SELECT c.relname, t.tgname, t.tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE c.relname = ANY(%s) AND NOT t.tgisinternal",
            [[*GUARDS, "audit_capturedtable"]],
        )
        states = {(table, name): state for table, name, state in cursor.fetchall()}
    expected = {(table, name) for table, guards in GUARDS.items() for name, _, _ in guards}
    expected |= {(table, TRUNCATE_TRIGGER) for table in GUARDS} | {("audit_capturedtable", "audit_carry")}
    for table, name in sorted(expected):
        enabled = states.get((table, name))
        if enabled != "A":
            detail = f"{name} is missing." if enabled is None else f"{name} is in state {enabled}, not always on."
            found.append(Finding(Kind.TRIGGER, detail, table=table))
    return found


def _function_findings(connection: BaseDatabaseWrapper) -> list[Finding]:
    with connection.cursor() as cursor:
        source = function_source(connection, cursor)
        cursor.execute(
            "SELECT proname, prosrc, prosecdef FROM pg_proc"
            " WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'audit\\_%%' AND prokind = 'f'"
        )
        installed = {name: (body, definer) for name, body, definer in cursor.fetchall()}
    declared = re.findall(r"CREATE OR REPLACE FUNCTION \S+\.(audit_\w+)\((.*?)\$\$(.*?)\$\$;", source, re.DOTALL)
    found = []
    for name, head, body in declared:
        if installed.get(name) != (body, "SECURITY DEFINER" in head):
            detail = "missing" if name not in installed else "not the one that this version installs"
            found.append(Finding(Kind.FUNCTION, f"The function {name} is {detail}."))
    return found


def _grant_findings(connection: BaseDatabaseWrapper) -> list[Finding]:
    """Rights of the application's role that would let it touch the evidence or empty a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, r.rolsuper, c.relowner = r.oid FROM pg_roles r, pg_class c"
            " WHERE r.rolname = %(role)s AND c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
            " AND (c.relname = ANY(%(audit)s) OR c.relname = ANY(%(regulated)s))"
            " AND (r.rolsuper OR c.relowner = r.oid OR has_table_privilege(r.oid, c.oid, 'TRUNCATE, TRIGGER')"
            " OR (c.relname = ANY(%(read_only)s) AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE'))"
            " OR (relname = 'audit_checkpoint' AND has_table_privilege(r.oid, c.oid, 'UPDATE, DELETE')))"
            " ORDER BY c.relname",
            {
                "role": APP_ROLE,
                "read_only": list(READ_ONLY_TABLES),
                "audit": list(AUDIT_TABLES),
                "regulated": [capture.table for capture in captures()],
            },
        )
        rows = cursor.fetchall()
    if any(superuser for _, superuser, _ in rows):
        return [Finding(Kind.GRANT, f"{APP_ROLE} is a superuser.")]
    return [
        Finding(Kind.GRANT, f"{APP_ROLE} {'owns the table' if owner else 'may do more than it should'}.", table=table)
        for table, _, owner in rows
    ]
