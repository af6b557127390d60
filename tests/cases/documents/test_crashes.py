"""Killed at any step, an upload leaves no row without a file; what it leaves on the disk goes after a day."""

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from cases.documents import storage
from cases.documents.models import Document, StoredFile
from cases.documents.storage import path_of, read_bytes
from cases.documents.tidying import tidy_documents
from tests.cases.documents import corpus
from tests.cases.documents.test_uploads import files_in, send
from tests.cases.people.ground import Ground, lay_ground
from tests.databases import FreshDatabase


def die(*args: Any, **more: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_before(name: str) -> Callable[[], None]:
    """Die instead of that call of the operating system."""

    def plant() -> None:
        setattr(storage.os, name, die)

    return plant


def die_after(name: str) -> Callable[[], None]:
    """Die right after that call of the operating system."""
    call = getattr(os, name)

    def plant() -> None:
        setattr(storage.os, name, lambda *args, **more: (call(*args, **more), die()))

    return plant


def die_at_statement(words: str, *, before: bool) -> Callable[[], None]:
    """Die before or after the first statement to the database that begins with these words."""

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(words) and before:
            die()
        done = execute(sql, params, many, context)
        if sql.startswith(words):
            die()
        return done

    def plant() -> None:
        connection.execute_wrappers.append(wrapper)

    return plant


def die_at_commit(*, before: bool) -> Callable[[], None]:
    def plant() -> None:
        connection.ensure_connection()
        real = connection._commit

        def commit() -> None:
            if not before:
                real()
            die()

        connection._commit = commit  # type: ignore[method-assign]

    return plant


STEPS: dict[str, tuple[Callable[[], None], bool]] = {
    "before the temporary file is made": (die_before("open"), False),
    "before the bytes are flushed": (die_before("fsync"), False),
    "after the first flush": (die_after("fsync"), False),
    "before the rename": (die_before("rename"), False),
    "after the rename": (die_after("rename"), False),
    "before the row of the file": (die_at_statement('INSERT INTO "documents_storedfile"', before=True), False),
    "after the row of the file": (die_at_statement('INSERT INTO "documents_storedfile"', before=False), False),
    "before the row of the document": (die_at_statement('INSERT INTO "documents_document"', before=True), False),
    "after the row of the document": (die_at_statement('INSERT INTO "documents_document"', before=False), False),
    "before the commit": (die_at_commit(before=True), False),
    "after the commit": (die_at_commit(before=False), True),
}


def uploaded_in_a_child(ground: Ground, plant: Callable[[], None]) -> int:
    """Upload in a process of its own that has the fault planted; returns the signal that ended it (0 for none)."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            ground.case.refresh_from_db(fields=["event_seq"])
            plant()
            send(ground, corpus.pdf(pages=3))
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_leaves_no_row_without_a_file(fresh_database: FreshDatabase, papers_folder: Path, step: str) -> None:
    ground = lay_ground()
    plant, is_kept = STEPS[step]
    assert uploaded_in_a_child(ground, plant) == signal.SIGKILL
    assert Document.objects.count() == StoredFile.objects.count() == int(is_kept)
    for stored in StoredFile.objects.all():
        assert read_bytes(stored)[:5] == b"%PDF-"
    assert tidy_documents(older_than=timedelta(0)).in_order
    assert len(files_in(papers_folder)) == int(is_kept)
    if not is_kept:
        assert send(ground, corpus.pdf(pages=3)).label == "D-1"


class TestTidying:
    def test_spares_files_of_documents_and_files_younger_than_a_day(self, ground: Ground, papers_folder: Path) -> None:
        kept = path_of(send(ground, corpus.pdf()).file.storage_name)
        old, young, unfinished = kept.parent / "00000000", kept.parent / "11111111", papers_folder / "incoming" / "2222"
        for path in (old, young, unfinished):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"x")
        yesterday = time.time() - 24 * 3600 - 60
        for path in (old, unfinished, kept):
            os.utime(path, (yesterday, yesterday))
        tidied = tidy_documents()
        assert (tidied.removed, tidied.young, tidied.in_order) == (2, 1, True)
        assert sorted(files_in(papers_folder)) == sorted([kept, young])

    def test_names_what_is_missing_and_what_was_altered(
        self, ground: Ground, capsys: pytest.CaptureFixture[str]
    ) -> None:
        gone, changed = send(ground, corpus.pdf()), send(ground, corpus.pdf(pages=2))
        path_of(gone.file.storage_name).unlink()
        path_of(changed.file.storage_name).write_bytes(b"x" * 60)
        with pytest.raises(CommandError, match="1 files are missing and 1 altered"):
            call_command("tidy_documents", "--check-bytes")
        said = capsys.readouterr().out
        assert f"missing: {ground.case.reference} {gone.sha256[:8]}" in said
        assert f"altered: {ground.case.reference} {changed.sha256[:8]}" in said
