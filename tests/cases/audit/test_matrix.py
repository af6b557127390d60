"""No write is silent: every way to write, on every regulated table, is recorded, refused or found (issue 2, proof 3).

The first test is the eight ways that the application's role has, the second the four that only a superuser has.
"""

# ruff: noqa: S608 - table names come from the models and the tests, not from outside

from collections.abc import Callable
from typing import Any

import pgtrigger
import psycopg
import pytest
from django.db import DatabaseError, connection, models, transaction
from django.db.models import RestrictedError
from psycopg import sql

from cases.audit.capture import Capture, captures
from cases.audit.context import acting
from cases.audit.errors import EvidenceIsReadOnly
from cases.audit.findings import Kind
from cases.audit.models import AuditEntry
from cases.audit.verify import verify
from tests.cases.audit.people import PHARMACIST
from tests.cases.audit.rows import another_value, changeable, plain, row_for
from tests.databases import FreshDatabase

Way = Callable[[Capture], tuple[str, str]]
# Only the owner writes this table, after a migration; the application's role may only read it.
OWNERS_ONLY = {"audit_capturedtable"}


def _existing_row(capture: Capture) -> models.Model:
    if capture.table in OWNERS_ONLY:
        row: models.Model = plain(capture.model).order_by("pk").first()
        return row
    with acting(by=PHARMACIST, verb="test.row.made"):
        return row_for(capture.model)


def _changed(capture: Capture, row: models.Model) -> models.Model:
    field = changeable(capture)
    row.__dict__[field.attname] = another_value(field)
    return row


def save(capture: Capture, row: models.Model) -> str:
    _changed(capture, row).save()
    return "U"


def save_update_fields(capture: Capture, row: models.Model) -> str:
    _changed(capture, row).save(update_fields=[changeable(capture).name])
    return "U"


def queryset_update(capture: Capture, row: models.Model) -> str:
    field = changeable(capture)
    plain(capture.model).filter(pk=row.pk).update(**{field.attname: another_value(field)})
    return "U"


def bulk_create(capture: Capture, row: models.Model) -> str:
    if capture.table in OWNERS_ONLY:
        row.pk = None
        plain(capture.model).bulk_create([row])
    else:
        row.pk = row_for(capture.model).pk
    return "I"


def bulk_update(capture: Capture, row: models.Model) -> str:
    plain(capture.model).bulk_update([_changed(capture, row)], [changeable(capture).name])
    return "U"


def raw_sql(capture: Capture, row: models.Model) -> str:
    field = changeable(capture)
    value = field.get_db_prep_save(another_value(field), connection)
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{capture.table}" SET "{field.column}" = %s WHERE "{capture.pk_column}" = %s', [value, row.pk]
        )
    return "U"


def queryset_delete(capture: Capture, row: models.Model) -> str:
    plain(capture.model).filter(pk=row.pk).delete()
    return "D"


def raw_delete(capture: Capture, row: models.Model) -> str:
    plain(capture.model).filter(pk=row.pk)._raw_delete(using="default")
    return "D"


WAYS = (save, save_update_fields, queryset_update, bulk_create, bulk_update, raw_sql, queryset_delete, raw_delete)


def _image(capture: Capture, pk: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT to_jsonb(t)::text FROM "{capture.table}" t WHERE "{capture.pk_column}" = %s', [pk])
        found = cursor.fetchone()
    return found and found[0]


def _outcome(capture: Capture, way: Callable[[Capture, models.Model], str], *, with_actor: bool) -> str:
    row = _existing_row(capture)
    pk, before = row.pk, _image(capture, row.pk)
    last = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    try:
        with transaction.atomic():
            if with_actor:
                with acting(by=PHARMACIST, verb="test.row.written"):
                    op = way(capture, row)
            else:
                op = way(capture, row)
    except (DatabaseError, RestrictedError, EvidenceIsReadOnly):
        assert _image(capture, pk) == before
        return "refused"
    entries = AuditEntry.objects.filter(
        id__gt=last, table_name=capture.table, row_pk=str(row.pk), op=op, actor=PHARMACIST.code, verb="test.row.written"
    )
    return "recorded" if entries.count() == 1 else "SILENT"


# The whole database is verified once a share: it costs more than all ways to write one table.
SHARES = 6


@pytest.mark.parametrize("share", range(SHARES))
def test_no_way_of_the_application_is_silent(db: None, share: int) -> None:
    for capture in captures()[share::SHARES]:
        with_actor = {way.__name__: _outcome(capture, way, with_actor=True) for way in WAYS}
        without = {way.__name__: _outcome(capture, way, with_actor=False) for way in WAYS}

        assert set(with_actor.values()) <= {"recorded", "refused"}, (capture.table, with_actor)
        inserted = "refused" if capture.table in OWNERS_ONLY else "recorded"
        assert with_actor["bulk_create"] == inserted, (capture.table, with_actor)
        assert set(without.values()) == {"refused"}, (capture.table, without)
    assert verify().findings == []


def test_a_table_that_nothing_else_guards_records_every_way_rather_than_refuse(db: None) -> None:
    """What is written once refuses by a trigger of its own; a state's guard lets a plain change pass."""
    guarded = {model for model, trigger in pgtrigger.registered() if not trigger.name.startswith("guard_")}
    plain = [capture for capture in captures() if capture.model not in guarded and capture.table not in OWNERS_ONLY]
    ways = (queryset_update, raw_sql, raw_delete)
    outcomes = {capture.table: {_outcome(capture, way, with_actor=True) for way in ways} for capture in plain}

    assert {"cases_case", "regulatory_filing", "people_user", "custody_partner"} <= outcomes.keys()
    assert {table: found for table, found in outcomes.items() if found != {"recorded"}} == {}


def test_no_way_of_a_superuser_is_silent(fresh_database: FreshDatabase) -> None:
    rows = {capture: (_existing_row(capture).pk, changeable(capture)) for capture in captures()}
    values = {
        capture: [_prepared(field), _prepared(field), _prepared(field), _prepared(field)]
        for capture, (_, field) in rows.items()
    }
    outcomes: dict[str, dict[str, str]] = {}

    with psycopg.connect(fresh_database.superuser_url, autocommit=True) as superuser:
        for capture, (pk, field) in rows.items():
            update = sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s").format(
                sql.Identifier(capture.table), sql.Identifier(field.column), sql.Identifier(capture.pk_column)
            )
            one, two, three, four = values[capture]
            outcomes[capture.table] = {
                "psql without actor": _by_superuser(superuser, capture, pk, update, one),
                "psql": _by_superuser(superuser, capture, pk, update, two, "SET LOCAL npp.actor = 'root'"),
                "replica without actor": _by_superuser(
                    superuser, capture, pk, update, one, "SET LOCAL session_replication_role = replica"
                ),
                "replica": _by_superuser(
                    superuser,
                    capture,
                    pk,
                    update,
                    three,
                    "SET LOCAL session_replication_role = replica; SET LOCAL npp.actor = 'root'",
                ),
                "truncate": _by_superuser(
                    superuser, capture, pk, sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(capture.table)), None
                ),
            }
            table = sql.Identifier(capture.table)
            with superuser.transaction():
                superuser.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER ALL").format(table))
                superuser.execute(update, [four, pk])
                superuser.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER ALL").format(table))

    report = verify()
    found = {(finding.table, finding.row) for finding in report.findings if finding.kind == Kind.ROW_DIFFERS}
    switched = {finding.table for finding in report.findings if finding.kind == Kind.TRIGGER}

    for table, outcome in outcomes.items():
        assert outcome.pop("psql") in ("recorded", "refused"), table
        assert outcome == {
            "psql without actor": "refused",
            "replica without actor": "refused",
            "replica": "recorded",
            "truncate": "refused",
        }, table
    assert found == {(capture.table, str(pk)) for capture, (pk, _) in rows.items()}
    assert switched == {capture.table for capture in rows}
    assert {finding.kind for finding in report.findings} == {Kind.ROW_DIFFERS, Kind.TRIGGER}


def _prepared(field: models.Field) -> Any:  # type: ignore[type-arg]
    with acting(by=PHARMACIST, verb="test.row.made"):
        return field.get_db_prep_save(another_value(field), connection)


def _by_superuser(
    superuser: psycopg.Connection[Any],
    capture: Capture,
    pk: Any,
    statement: sql.Composed,
    value: Any,
    setting: str = "",
) -> str:
    count = "SELECT count(*) FROM audit_auditentry WHERE table_name = %s AND row_pk = %s AND actor = 'root'"
    before = superuser.execute(count, [capture.table, str(pk)]).fetchone()
    try:
        with superuser.transaction():
            if setting:
                superuser.execute(setting)
            superuser.execute(statement, None if value is None else [value, pk])
    except psycopg.Error:
        return "refused"
    after = superuser.execute(count, [capture.table, str(pk)]).fetchone()
    assert before is not None
    assert after is not None
    return "recorded" if after[0] == before[0] + 1 else "SILENT"
