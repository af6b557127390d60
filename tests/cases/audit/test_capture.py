"""Capture: what an entry holds, and what the database refuses."""

# ruff: noqa: S608 - table names come from the models and the tests, not from outside

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from cases.audit.capture import Capture, capture_of, regulated
from cases.audit.context import acting
from cases.audit.errors import CaptureNotPossible, EvidenceIsReadOnly
from cases.audit.models import AuditChain, AuditEntry
from cases.models import Note
from cases.people.models import User
from tests.cases.audit.conftest import make_case
from tests.cases.audit.people import PHARMACIST, PRESCRIBER
from tests.cases.audit.rows import plain, row_for
from tests.databases import FreshDatabase

LATER = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)


def entries(chain: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(chain=chain).order_by("seq"))


def test_an_entry_holds_who_what_why_and_when(db: None) -> None:
    case, (note,) = make_case("before")
    begun = datetime.now(UTC)
    with acting(
        by=PHARMACIST,
        verb="cases.note.corrected",
        reason="A slip",
        request_id="r-9",
        on_behalf_of=PRESCRIBER,
        business_at=LATER,
    ):
        plain(Note).filter(pk=note.pk).update(text="after")

    first, second, third = entries(f"case:{case.pk}")
    assert (third.seq, third.table_name, third.row_pk, third.op) == (3, "cases_note", str(note.pk), "U")
    assert (third.old, third.new) == ({"text": "before"}, {"text": "after"})
    assert (third.actor, third.on_behalf_of, third.verb) == (PHARMACIST.code, PRESCRIBER.code, "cases.note.corrected")
    assert (third.reason, third.request_id, third.business_at) == ("A slip", "r-9", LATER)
    assert third.session_user == "npp_app"
    assert begun - timedelta(seconds=5) < third.at < begun + timedelta(seconds=60)
    assert (bytes(first.prev), bytes(second.prev), bytes(third.prev)) == (
        bytes(32), bytes(first.hash), bytes(second.hash)
    )  # fmt: skip
    head = AuditChain.objects.get(key=f"case:{case.pk}")
    assert (head.last_seq, bytes(head.last_hash)) == (3, bytes(third.hash))


def test_insertion_and_deletion_keep_the_whole_row(db: None) -> None:
    case, (note,) = make_case("text")
    with acting(by=PHARMACIST, verb="cases.note.removed"):
        plain(Note).filter(pk=note.pk).delete()

    _, made, removed = entries(f"case:{case.pk}")
    assert made.old is None
    assert removed.new is None
    assert made.new == removed.old
    assert made.new is not None
    assert (made.new["id"], made.new["case_id"], made.new["text"]) == (note.pk, case.pk, "text")


def test_a_write_that_changes_nothing_leaves_no_entry(db: None) -> None:
    case, (note,) = make_case("same")
    plain(Note).filter(pk=note.pk).update(text="same")
    assert len(entries(f"case:{case.pk}")) == 2


def test_a_write_without_an_actor_is_refused_with_a_sentence(db: None) -> None:
    _, (note,) = make_case("kept")
    with pytest.raises(ProgrammingError) as refusal, transaction.atomic():
        plain(Note).filter(pk=note.pk).update(text="lost")

    message = "Nobody is named as the actor, so the change of a row of cases_note is refused."
    assert str(refusal.value).splitlines()[0] == message
    assert Note.objects.get(pk=note.pk).text == "kept"


def test_a_row_may_not_move_to_another_chain_or_key(db: None) -> None:
    (one, (note,)), (two, _) = make_case("text"), make_case()
    for change, sentence in (
        ({"case_id": two.pk}, f"Row {note.pk} of cases_note may not move from case:{one.pk} to case:{two.pk}"),
        ({"id": note.pk + 500}, f"Row {note.pk} of cases_note may not change its key to {note.pk + 500}."),
    ):
        with pytest.raises(DatabaseError, match=sentence), acting(by=PHARMACIST, verb="t.moved"):
            plain(Note).filter(pk=note.pk).update(**change)


def test_a_password_is_seen_to_change_and_not_shown(db: None) -> None:
    with acting(by=PHARMACIST, verb="people.person.added"):
        user = row_for(User, password="scrypt$first")
    with acting(by=PHARMACIST, verb="people.password.changed"):
        plain(User).filter(pk=user.pk).update(password="scrypt$second")
    plain(User).filter(pk=user.pk).update(last_login=LATER)

    added, changed = entries(f"person:{user.pk}")
    assert added.new is not None
    assert "last_login" not in added.new
    assert added.new["password"] == "sha256:f60a1ea56159db1cd1c1e0cd48d974a43ee16305966f0c9036fb2451d58ba3bc"
    assert changed.new == {"password": "sha256:e88e20715297c96cb71988b83fe7f08ec89deb38b5a8c6b0797d8df52560a60f"}
    assert "scrypt$" not in added.body + changed.body


def test_every_row_of_one_statement_has_its_own_entry(db: None) -> None:
    case, notes = make_case("a", "b", "c")
    with acting(by=PHARMACIST, verb="t.all"):
        assert plain(Note).filter(case=case).update(text="z") == 3

    changed = entries(f"case:{case.pk}")[4:]
    assert sorted(entry.row_pk for entry in changed) == sorted(str(note.pk) for note in notes)
    assert [entry.seq for entry in changed] == [5, 6, 7]
    assert len({entry.txid for entry in changed}) == 1


def test_a_rolled_back_write_leaves_no_entry_and_no_gap(db: None) -> None:
    case, (note,) = make_case("a")
    with acting(by=PHARMACIST, verb="t.undone"):
        plain(Note).filter(pk=note.pk).update(text="b")
        transaction.set_rollback(True)
    with acting(by=PHARMACIST, verb="t.done"):
        plain(Note).filter(pk=note.pk).update(text="c")

    assert [(entry.seq, entry.verb) for entry in entries(f"case:{case.pk}")][2:] == [(3, "t.done")]


def test_the_evidence_cannot_be_written_through_django(db: None) -> None:
    entry = entries(f"case:{make_case()[0].pk}")[0]
    for write in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(actor="x"),
        lambda: AuditEntry.objects.create(actor="x"),
        lambda: AuditChain.objects.bulk_create([]),
    ):
        with pytest.raises(EvidenceIsReadOnly):
            write()


FORGERIES_BY_THE_APPLICATION = [
    "INSERT INTO audit_auditchain VALUES ('case:1', 0, '')",
    "UPDATE audit_auditchain SET last_seq = 0",
    "DELETE FROM audit_auditentry",
    "UPDATE audit_auditentry SET actor = 'x'",
    "TRUNCATE audit_auditentry",
    "TRUNCATE cases_note",
    "ALTER TABLE cases_note DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_capture ON cases_note",
    "SET session_replication_role = replica",
    "SELECT audit_append('case:1', 'cases_note', '1', 'I', NULL, '{}')",
    "CREATE TEMP TABLE cases_note (id int, case_id int); CREATE TRIGGER t AFTER INSERT ON pg_temp.cases_note"
    " FOR EACH ROW EXECUTE FUNCTION public.audit_capture('id', '{}', '{}', '{case,case_id}')",
    "CREATE OR REPLACE FUNCTION audit_capture() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "UPDATE audit_checkpoint SET size = 0",
    "UPDATE audit_capturedtable SET table_name = 'x'",
    "DELETE FROM django_migrations",
]


@pytest.mark.parametrize("statement", FORGERIES_BY_THE_APPLICATION)
def test_the_application_s_role_may_not_touch_the_evidence_or_its_guards(db: None, statement: str) -> None:
    refused = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
    with refused, acting(by=PHARMACIST, verb="t.forged"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["audit_auditentry", "audit_auditchain", "audit_checkpoint"])
def test_not_even_a_superuser_writes_the_evidence_while_its_guards_stand(
    fresh_database: FreshDatabase, superuser: psycopg.Connection[Any], table: str
) -> None:
    make_case("text")
    superuser.execute(
        "INSERT INTO audit_checkpoint (at, size, chains, root, previous, body, key_id) "
        "VALUES (now(), 0, 0, '', '', '{}', '')"
    )
    column = {"audit_auditentry": "actor", "audit_auditchain": "key", "audit_checkpoint": "body"}[table]
    for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        for setting in ("SET session_replication_role = origin", "SET session_replication_role = replica"):
            superuser.execute(setting)
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="evidence is only ever appended"):
                superuser.execute(statement)


def test_registration_names_its_faults() -> None:
    for chain in ("", "case:", ":id", "case:case id", "case:case_id|"):
        with pytest.raises(CaptureNotPossible, match="is no chain"):
            regulated(chain=chain)
    with pytest.raises(CaptureNotPossible, match="both excluded and digested"):
        regulated(chain="person:id", excluded=("password",), digested=("password",))

    capture = Capture(model=Note, chain=(("case", "file_id"),), excluded=("txt",), digested=(), masked=())
    assert capture.faults() == ["cases_note has no column 'file_id'.", "cases_note has no column 'txt'."]
    hiding = Capture(model=Note, chain=(("case", "case_id"),), excluded=("case_id",), digested=(), masked=())
    assert hiding.faults() == ["cases_note hides the column that names its chain."]
    assert capture_of("cases_note") is not None
    assert capture_of("django_session") is None
