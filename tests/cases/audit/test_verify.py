"""Verification: what was written past the triggers is found and named, and nothing else is."""

# ruff: noqa: S608 - table names come from the models and the tests, not from outside

from django.db import connection

from cases.audit.context import acting
from cases.audit.findings import Finding, Kind, Report
from cases.audit.independent import verify_independently
from cases.audit.install import grant_app_role, install_capture
from cases.audit.models import AuditEntry
from cases.audit.verify import verify
from cases.models import Note
from tests.cases.audit.conftest import Superuser, make_case, past_the_guards
from tests.cases.audit.people import PHARMACIST
from tests.cases.audit.rows import plain, row_for
from tests.databases import FreshDatabase, pointed_at


def places(findings: list[Finding]) -> set[tuple[str, str, int | None]]:
    return {(str(finding.kind), finding.chain, finding.seq) for finding in findings}


def found_by_both() -> Report:
    """What verification finds, once the second opinion has found the same in the same places."""
    report, other = verify(), verify_independently()
    assert {_place(finding) for finding in other.findings} == {_place(finding) for finding in report.findings}
    assert (other.chains, other.entries, other.tables, other.rows) == (
        report.chains,
        report.entries,
        report.tables,
        report.rows,
    )
    return report


def _place(finding: Finding) -> tuple[str, str, int | None, str, str]:
    # The text of an entry that speaks of another place is found twice, once before its columns are looked at.
    table, row = (finding.table, finding.row) if finding.kind != Kind.BODY else ("", "")
    return str(finding.kind), finding.chain, finding.seq, table, row


def rows(findings: list[Finding]) -> set[tuple[str, str, str]]:
    return {(str(finding.kind), finding.table, finding.row) for finding in findings}


def test_finds_nothing_in_what_was_written_in_the_open(db: None) -> None:
    case, (note, _) = make_case("one", "two")
    with acting(by=PHARMACIST, verb="cases.note.corrected"):
        plain(Note).filter(pk=note.pk).update(text="three")
        plain(Note).filter(pk=note.pk).delete()

    whole, one = found_by_both(), verify(chain=f"case:{case.pk}")

    assert (whole.ok, one.ok) == (True, True)
    assert (one.chains, one.entries, one.rows) == (1, 5, 2)
    assert whole.entries == AuditEntry.objects.count()


# What a forger does to the evidence of a case with six entries (the case, then five notes), and what is found.
FORGERIES = {
    "text of an entry": (
        "UPDATE audit_auditentry SET body = replace(body, 'two', 'owt') WHERE chain = '{c}' AND seq = 3",
        {("hash_differs", 3), ("body_differs", 3)},
    ),
    "reason column only": (
        "UPDATE audit_auditentry SET reason = 'another' WHERE chain = '{c}' AND seq = 4",
        {("body_differs", 4)},
    ),
    "actor column only": (
        "UPDATE audit_auditentry SET actor = 'P-ANOTHER' WHERE chain = '{c}' AND seq = 1",
        {("body_differs", 1)},
    ),
    "time column only": (
        "UPDATE audit_auditentry SET at = at - interval '1 microsecond' WHERE chain = '{c}' AND seq = 5",
        {("body_differs", 5)},
    ),
    "text and its hash": (
        "UPDATE audit_auditentry SET body = replace(body, 'two', 'owt'), new = replace(new::text, 'two', 'owt')::jsonb,"
        " reason = replace(reason, 'two', 'owt') WHERE chain = '{c}' AND seq = 3;"
        "UPDATE audit_auditentry SET hash = sha256(prev || convert_to(body, 'UTF8')) WHERE chain = '{c}' AND seq = 3",
        {("link_broken", 4), ("row_differs", 3)},
    ),
    "entry in the middle deleted": (
        "DELETE FROM audit_auditentry WHERE chain = '{c}' AND seq = 3",
        {("seq_gap", 4), ("link_broken", 4), ("row_unrecorded", None)},
    ),
    "first entry deleted": (
        "DELETE FROM audit_auditentry WHERE chain = '{c}' AND seq = 1",
        {("seq_gap", 2), ("link_broken", 2), ("row_unrecorded", None)},
    ),
    "last entry deleted": (
        "DELETE FROM audit_auditentry WHERE chain = '{c}' AND seq = 6",
        {("head_differs", 5), ("row_unrecorded", None)},
    ),
    "head moved": (
        "UPDATE audit_auditchain SET last_seq = 7 WHERE key = '{c}'",
        {("head_differs", 6)},
    ),
    "head deleted": ("DELETE FROM audit_auditchain WHERE key = '{c}'", {("head_missing", None)}),
    "all entries deleted": (
        "DELETE FROM audit_auditentry WHERE chain = '{c}'",
        {("head_differs", 6), ("row_unrecorded", None)},
    ),
    "two entries in each other's place": (
        "UPDATE audit_auditentry SET seq = 99 WHERE chain = '{c}' AND seq = 3;"
        "UPDATE audit_auditentry SET seq = 3 WHERE chain = '{c}' AND seq = 2;"
        "UPDATE audit_auditentry SET seq = 2 WHERE chain = '{c}' AND seq = 99",
        {("link_broken", 2), ("link_broken", 3), ("link_broken", 4), ("body_differs", 2), ("body_differs", 3)},
    ),
    "head of nothing": ("INSERT INTO audit_auditchain VALUES ('{c}-never', 3, '\\x00')", {("head_differs", 3)}),
}


def test_names_every_forged_entry(fresh_database: FreshDatabase, superuser: Superuser) -> None:
    chains = {name: f"case:{make_case('one', 'two', 'three', 'four', 'five')[0].pk}" for name in FORGERIES}
    make_case("untouched")

    for name, (statement, _) in FORGERIES.items():
        past_the_guards(superuser, *statement.format(c=chains[name]).split(";"))
    report = found_by_both()

    found = {
        name: {(str(f.kind), f.seq) for f in report.findings if f.chain in (chain, f"{chain}-never")}
        for name, chain in chains.items()
    }
    # A row without entries is no longer on any chain; the table and key name it.
    unrecorded = {("row_unrecorded", None)}
    for name, (_, expected) in FORGERIES.items():
        assert found[name] - unrecorded == expected - unrecorded, name
        if name != "head of nothing":
            assert not verify(chain=chains[name]).ok, name
    lost = [finding for finding in report.findings if finding.kind == Kind.ROW_UNRECORDED]
    assert len(lost) == sum(
        1 + 5 * (name == "all entries deleted") for name, (_, e) in FORGERIES.items() if e & unrecorded
    )
    on_chains = {(f.kind, f.chain, f.seq) for f in report.findings if f.kind != Kind.ROW_UNRECORDED}
    assert sum(len(places - unrecorded) for places in found.values()) == len(on_chains)


def test_names_every_one_of_many_edited_rows(fresh_database: FreshDatabase, superuser: Superuser) -> None:
    made = [make_case(f"a{number}", f"b{number}", f"c{number}") for number in range(25)]
    edited = [notes[number % 3] for number, (_, notes) in enumerate(made)]

    past_the_guards(superuser, *(f"UPDATE cases_note SET text = text || '!' WHERE id = {note.pk}" for note in edited))
    report = found_by_both()

    assert len(report.findings) == 25
    assert rows(report.findings) == {("row_differs", "cases_note", str(note.pk)) for note in edited}
    assert "text" in report.findings[0].detail
    assert "a0!" not in str(report.as_json())


def test_names_rows_that_went_came_or_came_back(fresh_database: FreshDatabase, superuser: Superuser) -> None:
    case, (gone, kept, back) = make_case("gone", "kept", "back")
    with acting(by=PHARMACIST, verb="cases.note.removed"):
        plain(Note).filter(pk=back.pk).delete()

    past_the_guards(
        superuser,
        f"DELETE FROM cases_note WHERE id = {gone.pk}",
        f"CREATE TEMP TABLE copied AS SELECT * FROM cases_note WHERE id = {kept.pk}",
        f"UPDATE copied SET id = {back.pk}",
        "INSERT INTO cases_note SELECT * FROM copied",
        f"UPDATE copied SET id = {back.pk} + 1000",
        "INSERT INTO cases_note SELECT * FROM copied",
    )

    expected = {
        ("row_gone", "cases_note", str(gone.pk)),
        ("row_back", "cases_note", str(back.pk)),
        ("row_unrecorded", "cases_note", str(back.pk + 1000)),
    }
    assert rows(found_by_both().findings) == expected
    assert rows(verify(chain=f"case:{case.pk}").findings) == expected


def test_finds_an_edit_that_a_later_change_has_covered(fresh_database: FreshDatabase, superuser: Superuser) -> None:
    case, (note,) = make_case("true")

    past_the_guards(superuser, f"UPDATE cases_note SET text = 'false' WHERE id = {note.pk}")
    with acting(by=PHARMACIST, verb="cases.note.corrected"):
        plain(Note).filter(pk=note.pk).update(text="corrected")
    report = found_by_both()

    assert rows(report.findings) == {("old_value_differs", "cases_note", str(note.pk))}
    assert places(report.findings) == {("old_value_differs", f"case:{case.pk}", 3)}


def test_finds_a_row_moved_to_another_case(fresh_database: FreshDatabase, superuser: Superuser) -> None:
    (_, (note,)), (other, _) = make_case("one"), make_case()

    past_the_guards(superuser, f"UPDATE cases_note SET case_id = {other.pk} WHERE id = {note.pk}")

    assert rows(found_by_both().findings) == {("row_differs", "cases_note", str(note.pk))}
    assert not verify(chain=f"case:{other.pk}").ok


GUARDIANS = {
    "trigger dropped": (
        "DROP TRIGGER audit_capture ON cases_note", "trigger", "cases_note", "audit_capture was missing."
    ),
    "switched off and on": (
        "ALTER TABLE cases_note DISABLE TRIGGER ALL; ALTER TABLE cases_note ENABLE TRIGGER ALL",
        "trigger",
        "cases_note",
        "audit_capture was in state O.",
    ),
    "truncate guard dropped": (
        "DROP TRIGGER audit_no_truncate ON cases_note", "trigger", "cases_note", "audit_no_truncate was missing."
    ),
    "guard of the evidence off": (
        "ALTER TABLE audit_auditentry DISABLE TRIGGER audit_guard_delete",
        "trigger",
        "audit_auditentry",
        "audit_guard_delete is in state D, not always on.",
    ),
    "function replaced": (
        "CREATE OR REPLACE FUNCTION audit_capture() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "function",
        "",
        "The function audit_capture is not the one that this version installs.",
    ),
    "right given": (
        "GRANT UPDATE ON audit_auditentry TO npp_app",
        "grant",
        "audit_auditentry",
        "npp_app may do more than it should.",
    ),
    "truncate given": (
        "GRANT TRUNCATE ON cases_note TO npp_app", "grant", "cases_note", "npp_app may do more than it should."
    ),
    "table given away": ("ALTER TABLE cases_note OWNER TO npp_app", "grant", "cases_note", "npp_app owns the table."),
}  # fmt: skip


def test_names_a_guard_that_is_not_in_its_place_and_a_migrate_puts_it_back(
    fresh_database: FreshDatabase, superuser: Superuser
) -> None:
    found, repaired = {}, {}
    for name, (statement, *_) in GUARDIANS.items():
        superuser.execute(statement)
        found[name] = [(str(finding.kind), finding.table, finding.detail) for finding in verify().findings]
        superuser.execute("ALTER TABLE cases_note OWNER TO npp_owner")
        with pointed_at(fresh_database.owner_url):
            repaired[name] = install_capture()
            assert grant_app_role()

    assert found == {name: [(kind, table, detail)] for name, (_, kind, table, detail) in GUARDIANS.items()}
    on_regulated = ("trigger dropped", "switched off and on", "truncate guard dropped")
    assert repaired == {name: ["cases_note"] if name in on_regulated else [] for name in GUARDIANS}
    assert verify().findings == []
    reasons = AuditEntry.objects.filter(chain="system", op="U").order_by("seq").values_list("actor", "reason")
    assert list(reasons) == [
        ("migration", "Trigger audit_capture was missing and was put back."),
        ("migration", "Trigger audit_capture was in state O and was put back."),
        ("migration", "Trigger audit_no_truncate was missing and was put back."),
    ]


def test_is_not_confused_by_work_going_on_or_by_the_reader_s_time_zone(
    fresh_database: FreshDatabase, superuser: Superuser
) -> None:
    make_case("one")
    superuser.execute(f"ALTER DATABASE {fresh_database.name} SET timezone = 'Asia/Tokyo'")
    superuser.execute(f"ALTER DATABASE {fresh_database.name} SET intervalstyle = 'sql_standard'")
    connection.close()
    with acting(by=PHARMACIST, verb="t.more"):
        row_for(Note)

    assert found_by_both().findings == []
