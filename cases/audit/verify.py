"""Checking the evidence: hashes, links, heads, and that every row is what its entries add up to.

Hashes and links are recomputed here in Python, independently of the SQL that wrote them; rows are compared in the
database, where they are. All of it reads one snapshot, so that work going on meanwhile makes no finding. A second
opinion that asks the database for nothing but its rows is `independent.verify_independently`.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from cases.audit.canonical import FIRST_PREV
from cases.audit.checkpoints import BadCheckpoint, check_file, line_findings
from cases.audit.findings import Finding, Kind, Report
from cases.audit.guardians import guardian_findings
from cases.audit.reconcile import reconcile
from cases.audit.sealer import shelf, trusted_key
from cases.audit.snapshot import exported, one_snapshot, same_snapshot

WHOLE = "all"


def verify(*, chain: str | None = None, using: str = DEFAULT_DB_ALIAS) -> Report:
    """Verify one chain (such as "case:42"), or everything; finds all there is rather than stopping at the first.

    Everything is verified over two connections at once, chains on one and rows on the other, unless a transaction is
    open, whose changes no other connection could see. A tail that was cut off together with its head is found against
    the newest checkpoint file, where one is kept (see `sealer`).
    """
    begun = time.perf_counter()
    report = Report(scope=chain or WHOLE)
    beside = chain is None and not connections[using].in_atomic_block
    with one_snapshot(using) as connection, ThreadPoolExecutor(max_workers=1) as other_thread:
        rows = other_thread.submit(_rows_beside, using, exported(connection)) if beside else None
        _check_chains(connection, chain, report)
        _check_bodies(connection, chain, report)
        report.add(rows.result() if rows else reconcile(connection, chain))
        report.findings.extend(guardian_findings(connection))
        if chain is None:
            report.findings.extend(line_findings(using=using))
        _compare_with_checkpoint(chain, report, using)
    report.seconds = time.perf_counter() - begun
    return report


def _compare_with_checkpoint(chain: str | None, report: Report, using: str) -> None:
    """Against the newest file that is kept, which must be ours, whole, known to the database, and not ahead of it."""
    kept = shelf()
    try:
        newest = kept.newest() if kept else None
        report.checkpoint = newest.compared() if newest else None
    except (BadCheckpoint, OSError) as fault:
        report.findings.append(Finding(Kind.CHECKPOINT, f"The newest checkpoint file cannot be read: {fault}"))
        return
    if newest is None:
        return
    found = check_file(newest, trusted_key=trusted_key(), using=using)
    report.findings.extend(finding for finding in found if chain is None or finding.chain in ("", chain))


def _rows_beside(using: str, snapshot: str) -> Report:
    with same_snapshot(using, snapshot) as connection:
        return reconcile(connection, None)


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
    current, opening, seq, prev, at = "", b"", 0, FIRST_PREV, b""

    def close() -> None:
        if current and heads.pop(current, None) not in (None, (seq, prev)):
            found(Finding(Kind.HEAD, f"The head does not name entry {seq}, the last there is.", current, seq))

    known = set(heads)
    for key, number, linked, stored, body in _stream(connection, chain):
        report.entries += 1
        if key != current:
            close()
            current, opening, seq, prev, at = key, b"1:1,%d:%s," % (len(key.encode()), key.encode()), 0, FIRST_PREV, b""
            if key not in known:
                found(Finding(Kind.HEAD_MISSING, "The chain has entries and no head.", key))
        if number != seq + 1:
            found(Finding(Kind.GAP, f"Entry {number} follows entry {seq}.", key, number))
        if linked != prev:
            found(Finding(Kind.LINK, "The entry does not link to the one before it.", key, number))
        if sha256(linked + body).digest() != stored:
            found(Finding(Kind.HASH, "The hash is not that of the text.", key, number))
        prefix = b"%s%d:%d,27:" % (opening, len(str(number)), number)
        if not body.startswith(prefix):
            found(Finding(Kind.BODY, "The text speaks of another chain, number or format.", key, number))
        else:
            moment = body[len(prefix) : len(prefix) + 27]
            if moment < at:
                detail = f"Written at {moment.decode()}, before the entry it follows ({at.decode()})."
                found(Finding(Kind.TIME, detail, key, number))
            at = moment
        seq, prev = number, stored
    close()
    for key, (last_seq, _) in sorted(heads.items()):
        if last_seq:
            found(Finding(Kind.HEAD, f"The head names entry {last_seq}, and there is none.", key, last_seq))


def _stream(connection: BaseDatabaseWrapper, chain: str | None) -> Iterator[tuple[str, int, bytes, bytes, bytes]]:
    """All entries in order by binary COPY, which takes a third of the time of a cursor over a million rows."""
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(
            "COPY (SELECT chain, seq, prev, hash, body FROM audit_auditentry"
            " WHERE %(chain)s::text IS NULL OR chain = %(chain)s ORDER BY chain, seq) TO STDOUT (FORMAT BINARY)",
            {"chain": chain},
        ) as copy,
    ):
        # The text is hashed as it is stored; reading it as characters and back would cost as much as the hash.
        copy.set_types(["text", "int8", "bytea", "bytea", "bytea"])
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
