"""Checking the evidence: hashes, links, heads, and that every row is what its entries add up to.

Hashes and links are recomputed here in Python, independently of the SQL that wrote them; rows are compared in the
database, where they are. All of it reads one snapshot, so that work going on meanwhile makes no finding.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from cases.audit.canonical import FIRST_PREV, hash_of
from cases.audit.checkpoints import line_findings
from cases.audit.findings import Finding, Kind, Report
from cases.audit.guardians import guardian_findings
from cases.audit.reconcile import reconcile

WHOLE = "all"


def verify(*, chain: str | None = None, using: str = DEFAULT_DB_ALIAS) -> Report:
    """Verify one chain (such as "case:42"), or everything; finds all there is rather than stopping at the first.

    A tail that was cut off together with its head is found only against a checkpoint: see `checkpoints`.
    """
    begun = time.perf_counter()
    report = Report(scope=chain or WHOLE)
    with _one_snapshot(using) as connection:
        _check_chains(connection, chain, report)
        _check_bodies(connection, chain, report)
        reconcile(connection, chain, report)
        report.findings.extend(guardian_findings(connection))
        if chain is None:
            report.findings.extend(line_findings(using=using))
    report.seconds = time.perf_counter() - begun
    return report


@contextmanager
def _one_snapshot(using: str) -> Iterator[BaseDatabaseWrapper]:
    connection = connections[using]
    outermost = not connection.in_atomic_block
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # The default of 4 MB sorts a large table's entries on disk, and compiling costs more than it saves here.
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL jit = off")
        # Values must be rendered as the triggers rendered them, whatever this session is set to.
        cursor.execute(
            "SELECT current_setting('TimeZone'), current_setting('IntervalStyle'), current_setting('bytea_output'),"
            " set_config('TimeZone', 'UTC', true), set_config('IntervalStyle', 'iso_8601', true),"
            " set_config('bytea_output', 'hex', true)"
        )
        before = cursor.fetchone()[:3]
        yield connection
        if not connection.needs_rollback:
            cursor.execute(
                "SELECT set_config('TimeZone', %s, true), set_config('IntervalStyle', %s, true),"
                " set_config('bytea_output', %s, true)",
                before,
            )


def _check_chains(connection: BaseDatabaseWrapper, chain: str | None, report: Report) -> None:
    """Walk every chain from its first entry: numbers, links, hashes, times, heads."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, last_seq, last_hash FROM audit_auditchain WHERE %(chain)s::text IS NULL OR key = %(chain)s",
            {"chain": chain},
        )
        heads = {key: (last_seq, bytes(last_hash)) for key, last_seq, last_hash in cursor.fetchall()}
    report.chains = len(heads)
    found = report.findings.append
    current, seq, prev, at = "", 0, FIRST_PREV, ""

    def close() -> None:
        if current and heads.pop(current, None) not in (None, (seq, prev)):
            found(Finding(Kind.HEAD, f"The head does not name entry {seq}, the last there is.", current, seq))

    known = set(heads)
    for key, number, linked, stored, body in _stream(connection, chain):
        report.entries += 1
        if key != current:
            close()
            current, seq, prev, at = key, 0, FIRST_PREV, ""
            if key not in known:
                found(Finding(Kind.HEAD_MISSING, "The chain has entries and no head.", key))
        if number != seq + 1:
            found(Finding(Kind.GAP, f"Entry {number} follows entry {seq}.", key, number))
        if linked != prev:
            found(Finding(Kind.LINK, "The entry does not link to the one before it.", key, number))
        if hash_of(linked, body) != stored:
            found(Finding(Kind.HASH, "The hash is not that of the text.", key, number))
        prefix = f"1:1,{len(key.encode())}:{key},{len(str(number))}:{number},27:"
        if not body.startswith(prefix):
            found(Finding(Kind.BODY, "The text speaks of another chain, number or format.", key, number))
        else:
            moment = body[len(prefix) : len(prefix) + 27]
            if moment < at:
                found(Finding(Kind.TIME, f"Written at {moment}, before the entry it follows ({at}).", key, number))
            at = moment
        seq, prev = number, stored
    close()
    for key, (last_seq, _) in sorted(heads.items()):
        if last_seq:
            found(Finding(Kind.HEAD, f"The head names entry {last_seq}, and there is none.", key, last_seq))


def _stream(connection: BaseDatabaseWrapper, chain: str | None) -> Iterator[tuple[str, int, bytes, bytes, str]]:
    """All entries in order by binary COPY, which takes a third of the time of a cursor over a million rows."""
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(
            "COPY (SELECT chain, seq, prev, hash, body FROM audit_auditentry"
            " WHERE %(chain)s::text IS NULL OR chain = %(chain)s ORDER BY chain, seq) TO STDOUT (FORMAT BINARY)",
            {"chain": chain},
        ) as copy,
    ):
        copy.set_types(["text", "int8", "bytea", "bytea", "text"])
        yield from copy.rows()


def _check_bodies(connection: BaseDatabaseWrapper, chain: str | None, report: Report) -> None:
    """The columns that people read and search must say what the hashed text says."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT chain, seq, table_name, row_pk FROM audit_auditentry WHERE body IS DISTINCT FROM audit_body("
            ' chain, seq, at, business_at, actor, on_behalf_of, "session_user", verb, reason, request_id, txid,'
            " table_name, row_pk, op, old::text, new::text)"
            " AND (%(chain)s::text IS NULL OR chain = %(chain)s) ORDER BY chain, seq",
            {"chain": chain},
        )
        for key, seq, table, row in cursor.fetchall():
            detail = "The columns are not what the hashed text says."
            report.findings.append(Finding(Kind.BODY, detail, key, seq, table, row))
