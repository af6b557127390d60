"""Installation: what a migration does to a regulated table is carried over into the history of its rows."""

# ruff: noqa: S608 - table names come from the models and the tests, not from outside

from cases.audit.findings import Kind
from cases.audit.install import install_capture
from cases.audit.models import AuditEntry, CapturedTable
from cases.audit.verify import verify
from tests.cases.audit.conftest import Superuser, make_case, past_the_guards
from tests.databases import FreshDatabase, pointed_at


def test_a_second_installation_changes_nothing(fresh_database: FreshDatabase) -> None:
    make_case("one")
    before = list(AuditEntry.objects.values_list("id", flat=True))
    with pointed_at(fresh_database.owner_url):
        assert install_capture() == []
    assert list(AuditEntry.objects.values_list("id", flat=True)) == before
    assert CapturedTable.objects.filter(table_name="cases_note").count() == 1


def test_carries_over_columns_that_a_migration_adds_and_drops(
    fresh_database: FreshDatabase, superuser: Superuser
) -> None:
    case, (note,) = make_case("one")
    chain = f"case:{case.pk}"

    superuser.execute("ALTER TABLE cases_note ADD COLUMN weight integer NOT NULL DEFAULT 7")
    found = verify(chain=chain).findings
    assert [(finding.kind, finding.detail) for finding in found] == [
        (Kind.ROW_DIFFERS, "Columns differ from the entries: weight.")
    ]
    with pointed_at(fresh_database.owner_url):
        install_capture()
    carried = AuditEntry.objects.get(chain=chain, op="S")
    assert (carried.table_name, carried.row_pk, carried.new, carried.actor) == (
        "cases_note", str(note.pk), {"weight": 7}, "migration"
    )  # fmt: skip
    assert verify().findings == []

    superuser.execute("ALTER TABLE cases_note DROP COLUMN weight")
    with pointed_at(fresh_database.owner_url):
        install_capture()
    assert AuditEntry.objects.filter(chain=chain, op="S").order_by("seq").last().new == {"weight": None}
    assert verify().findings == []


def test_a_table_captured_for_the_first_time_gets_entries_for_its_rows(
    fresh_database: FreshDatabase, superuser: Superuser
) -> None:
    case, (note,) = make_case("one")
    past_the_guards(
        superuser,
        "DELETE FROM audit_auditentry WHERE table_name IN ('cases_note', 'audit_capturedtable')"
        f" AND (chain = 'system' OR chain = 'case:{case.pk}')",
        f"UPDATE audit_auditchain SET last_seq = 1, last_hash = (SELECT hash FROM audit_auditentry WHERE chain = key)"
        f" WHERE key = 'case:{case.pk}'",
        "DELETE FROM audit_auditchain WHERE key = 'system'",
        "DELETE FROM audit_capturedtable",
    )
    with pointed_at(fresh_database.owner_url):
        install_capture()

    adopted = AuditEntry.objects.get(table_name="cases_note")
    assert (adopted.op, adopted.row_pk, adopted.actor, adopted.verb) == (
        "I", str(note.pk), "migration", "audit.capture.installed"
    )  # fmt: skip
    assert verify().findings == []


def test_an_edit_past_the_triggers_is_not_washed_clean_by_a_migrate(
    fresh_database: FreshDatabase, superuser: Superuser
) -> None:
    _, (note,) = make_case("one")
    past_the_guards(superuser, f"UPDATE cases_note SET text = 'other' WHERE id = {note.pk}")
    superuser.execute("DROP TRIGGER audit_capture ON cases_note")
    with pointed_at(fresh_database.owner_url):
        assert install_capture() == ["cases_note"]

    assert [(f.kind, f.table, f.row) for f in verify().findings] == [(Kind.ROW_DIFFERS, "cases_note", str(note.pk))]
