"""One moment of the database, read by one or two connections, whatever their sessions are set to."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

_RENDERING = ("TimeZone", "IntervalStyle", "bytea_output")
# Values must be rendered as the triggers rendered them, whatever the session is set to.
_AS_WRITTEN = ("UTC", "iso_8601", "hex")
_SET = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in _RENDERING)
_READ_ONLY = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@contextmanager
def one_snapshot(using: str) -> Iterator[BaseDatabaseWrapper]:
    """The connection, reading one snapshot; inside a transaction that is open already, as that one sees the rows."""
    connection = connections[using]
    outermost = not connection.in_atomic_block
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if outermost:
            cursor.execute(_READ_ONLY)
        cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in _RENDERING))
        before = cursor.fetchone()
        _prepare(cursor)
        yield connection
        if not outermost and not connection.needs_rollback:
            cursor.execute(_SET, before)


def exported(connection: BaseDatabaseWrapper) -> str:
    """The name under which another connection may read this one's snapshot, while this transaction is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        return str(cursor.fetchone()[0])


@contextmanager
def same_snapshot(using: str, name: str) -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own that reads the exported snapshot; for another thread."""
    connection = connections[using].copy()
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"BEGIN; {_READ_ONLY}")
            cursor.execute(f"SET TRANSACTION SNAPSHOT '{name}'")  # a name that PostgreSQL made, and takes no parameter
            _prepare(cursor)
        yield connection
    finally:
        connection.close()


def _prepare(cursor: CursorWrapper) -> None:
    # The default of 4 MB sorts a large table's entries on disk, and compiling costs more than it saves here.
    cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL jit = off")
    cursor.execute(_SET, _AS_WRITTEN)
