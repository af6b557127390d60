"""A case with a little history, and somebody with every right."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from cases.audit.context import acting
from cases.models import Case, Note
from tests.cases.audit.people import PHARMACIST
from tests.cases.audit.rows import row_for
from tests.databases import FreshDatabase

Superuser = psycopg.Connection[Any]


def make_case(*texts: str) -> tuple[Case, list[Note]]:
    """A case and a note on it for every text, each its own deed."""
    with acting(by=PHARMACIST, verb="cases.case.opened"):
        case = row_for(Case)
    assert isinstance(case, Case)
    notes = []
    for text in texts:
        with acting(by=PHARMACIST, verb="cases.note.written", reason=f"because of {text}"):
            note = row_for(Note, case=case, text=text)
        assert isinstance(note, Note)
        notes.append(note)
    return case, notes


@pytest.fixture
def superuser(fresh_database: FreshDatabase) -> Iterator[Superuser]:
    """The cluster's superuser on the test's own database; each statement its own transaction."""
    with psycopg.connect(fresh_database.superuser_url, autocommit=True) as connection:
        yield connection


def past_the_guards(superuser: Superuser, *statements: str) -> None:
    """Do what a careful forger does: switch the triggers off, write, and put them back exactly as they were."""
    with superuser.transaction():
        found = superuser.execute(
            "SELECT tgrelid::regclass::text, quote_ident(tgname), tgenabled FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgenabled <> 'D'"
        ).fetchall()
        for table, name, _ in found:
            superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        for statement in statements:
            superuser.execute(statement)
        superuser.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name, state in found:
            superuser.execute(f"ALTER TABLE {table} ENABLE {'ALWAYS' if state == 'A' else ''} TRIGGER {name}")
