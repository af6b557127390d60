"""Every regulated row must equal the fold of its entries: what a switched-off trigger did not see, this does."""

from collections.abc import Callable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from cases.audit.capture import Capture, captures
from cases.audit.findings import Finding, Kind, Report
from cases.audit.models import ExactDecoder

# One pass over the entries of a table in their order, each row of the table standing behind its own entries as a last
# step 'R': `before` is the fold of all earlier entries of the row. One sort brings both together, which costs less
# than joining them afterwards. Only steps at odds with what went before are returned.
_WALK = """
WITH step AS (
    SELECT id, chain, seq, row_pk, op, old, new FROM audit_auditentry WHERE table_name = %(table)s {entries}
    UNION ALL
    SELECT 9223372036854775807, {key}, NULL, t.{pk}::text, 'R', {image}, NULL FROM {relation} t {rows}
), walk AS (
    SELECT chain, CASE op WHEN 'R' THEN lag(seq) OVER w ELSE seq END AS seq, row_pk, op, old,
           coalesce(audit_fold(new) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), '{{}}') AS before,
           lag(op) OVER w AS prior_op, lag(chain) OVER w AS prior_chain, lead(op) OVER w IS NULL AS is_last
    FROM step WINDOW w AS (PARTITION BY row_pk ORDER BY id)
)
SELECT chain, seq, row_pk, op, is_last, prior_op, prior_chain, old, before FROM walk
WHERE prior_chain <> chain OR CASE op
    WHEN 'R' THEN prior_op IS NULL OR prior_op = 'D' OR before <> old
    WHEN 'I' THEN is_last OR (prior_op IS NOT NULL AND prior_op <> 'D')
    WHEN 'S' THEN is_last OR prior_op IS NULL OR prior_op = 'D'
    WHEN 'D' THEN prior_op IS NULL OR prior_op = 'D' OR {strays}
    ELSE is_last OR prior_op IS NULL OR prior_op = 'D' OR {strays} END
"""


def reconcile(connection: BaseDatabaseWrapper, chain: str | None) -> Report:
    """Every row of every regulated table that differs from the fold of its entries, and how many were compared."""
    report = Report(scope=chain or "all")
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
    for capture in captures():
        if capture.table in existing:
            _reconcile_table(connection, capture, chain, report)
    return report


def _reconcile_table(connection: BaseDatabaseWrapper, capture: Capture, chain: str | None, report: Report) -> None:
    quote = connection.ops.quote_name
    parameters: dict[str, Any] = {"table": capture.table}
    entries = rows = ""
    if chain:
        condition = _rows_of_chain(connection, capture, chain, parameters)
        if condition is None:
            return
        entries, rows = "AND chain = %(chain)s", f"WHERE {condition}"
        parameters["chain"] = chain
    # Containment is several times cheaper, and for values that are not nested it is the same question.
    nested = any(isinstance(field, models.JSONField | ArrayField) for field in capture.model._meta.concrete_fields)
    relation = quote(capture.table)
    walk = _WALK.format(
        entries=entries,
        rows=rows,
        pk=quote(capture.pk_column),
        key=_key_of_row(capture, quote, parameters),
        image=_image_of_row(capture, quote, parameters),
        relation=relation,
        strays="(before || old) <> before" if nested else "NOT before @> old",
    )
    report.tables += 1
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {relation} t {rows}", parameters)  # noqa: S608 - quoted names only
        report.rows += cursor.fetchone()[0]
        cursor.execute(walk, parameters)
        for line in cursor.fetchall():
            report.findings.extend(_judge(capture, *line))


def _key_of_row(capture: Capture, quote: Callable[[str], str], parameters: dict[str, Any]) -> str:
    """The SQL of the key of the chain that a row `t` belongs to: its first alternative that is not null."""
    alternatives = []
    for number, (prefix, column) in enumerate(capture.chain):
        parameters[f"prefix_{number}"] = f"{prefix}:" if column else prefix
        alternatives.append(f"%(prefix_{number})s::text" + (f" || t.{quote(column)}::text" if column else ""))
    return f"coalesce({', '.join(alternatives)})"


def _image_of_row(capture: Capture, quote: Callable[[str], str], parameters: dict[str, Any]) -> str:
    """The SQL of a row `t` as evidence keeps it: apart from the triggers' own, so that each checks the other."""
    image = "to_jsonb(t)"
    if capture.excluded:
        parameters["excluded"] = list(capture.excluded)
        image += " - %(excluded)s::text[]"
    for number, column in enumerate(capture.digested):
        parameters[f"digested_{number}"] = column
        image += (
            f" || CASE WHEN t.{quote(column)} IS NULL THEN '{{}}' ELSE jsonb_build_object(%(digested_{number})s::text,"
            f" 'sha256:' || encode(sha256(convert_to(to_jsonb(t) ->> %(digested_{number})s, 'UTF8')), 'hex')) END"
        )
    return f"({image})"


def _rows_of_chain(
    connection: BaseDatabaseWrapper, capture: Capture, chain: str, parameters: dict[str, Any]
) -> str | None:
    """The SQL condition for rows of this chain, or None when the table cannot have any."""
    prefix, _, value = chain.partition(":")
    earlier: list[str] = []
    choices: list[str] = []
    for name, column in capture.chain:
        quoted = f"t.{connection.ops.quote_name(column)}" if column else ""
        if name == prefix and bool(column) == bool(value):
            if column:
                key = f"value_{len(choices)}"
                parameters[key] = _typed(capture.model, column, value)
                choices.append(" AND ".join([*earlier, f"{quoted} = %({key})s"]))
            else:
                choices.append(" AND ".join(earlier) or "true")
        if quoted:
            earlier.append(f"{quoted} IS NULL")
    return " OR ".join(f"({choice})" for choice in choices) or None


def _typed(model: type[models.Model], column: str, value: str) -> Any:
    """The value as the column has it, so that the column's index serves."""
    field: Any = next(field for field in model._meta.concrete_fields if field.column == column)
    while field.remote_field is not None:
        field = field.target_field
    return field.to_python(value)


def _judge(
    capture: Capture,
    chain: str | None,
    seq: int | None,
    row: str,
    op: str,
    is_last: bool,
    prior_op: str | None,
    prior_chain: str | None,
    old: Any,
    before: Any,
) -> list[Finding]:
    """Say in words why a step of the walk is there."""
    old, before = (ExactDecoder().decode(value) if isinstance(value, str) else value for value in (old, before))

    def finding(kind: Kind, detail: str) -> Finding:
        return Finding(kind, detail, prior_chain if op == "R" and prior_chain else chain or "", seq, capture.table, row)

    moved = prior_chain is not None and prior_chain != chain
    if op == "R":
        if prior_op is None:
            return [finding(Kind.ROW_UNRECORDED, "The row has no entries.")]
        if prior_op == "D":
            return [finding(Kind.ROW_BACK, "The row is there although its deletion is recorded.")]
        if names := _differing(before, old):
            return [finding(Kind.ROW_DIFFERS, f"Columns differ from the entries: {names}.")]
        return (
            [finding(Kind.ROW_CHAIN, f"The row belongs to {chain}, its entries are on {prior_chain}.")] if moved else []
        )
    found = []
    if moved:
        found.append(finding(Kind.ROW_CHAIN, f"Earlier entries of the row are on {prior_chain}."))
    if op == "I":
        if prior_op not in (None, "D"):
            found.append(finding(Kind.DISCONTINUOUS, "The row is inserted although it was there."))
    elif prior_op in (None, "D"):
        found.append(finding(Kind.DISCONTINUOUS, "The row is changed or deleted although it was not there."))
    elif old is not None and (names := _differing(before, old)):
        found.append(finding(Kind.DISCONTINUOUS, f"Old values differ from what was recorded before: {names}."))
    if is_last and op != "D":
        found.append(finding(Kind.ROW_GONE, "The row is gone, and no entry records its deletion."))
    return found


def _differing(folded: dict[str, Any], values: dict[str, Any]) -> str:
    """Names of the columns of `values` that the fold has otherwise; never the values, which may identify a patient."""
    return ", ".join(sorted(name for name, value in values.items() if name not in folded or folded[name] != value))
