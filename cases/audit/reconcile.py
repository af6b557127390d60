"""Every regulated row must equal the fold of its entries: what a switched-off trigger did not see, this does."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from cases.audit.capture import Capture, captures
from cases.audit.findings import Finding, Kind, Report
from cases.audit.models import ExactDecoder

# One pass over the entries of a table in their order: `before` is the fold of all earlier entries of the row. Only
# lines that matter are kept: entries at odds with that fold, and the last of each row, which is compared with the row.
_WALK = """
WITH walk AS (
    SELECT chain, seq, row_pk, op, old, new,
           coalesce(audit_fold(new) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), '{{}}') AS before,
           lag(op) OVER w AS prior_op, lag(chain) OVER w AS prior_chain, lead(op) OVER w IS NULL AS is_last
    FROM audit_auditentry WHERE table_name = %(table)s {entries}
    WINDOW w AS (PARTITION BY row_pk ORDER BY id)
), marked AS (
    SELECT *, prior_chain <> chain OR CASE op
               WHEN 'I' THEN prior_op IS NOT NULL AND prior_op <> 'D'
               WHEN 'S' THEN prior_op IS NULL OR prior_op = 'D'
               ELSE prior_op IS NULL OR prior_op = 'D' OR {strays} END AS odd
    FROM walk
), entry AS MATERIALIZED (
    SELECT *, CASE WHEN is_last THEN CASE WHEN new IS NULL THEN before ELSE before || new END END AS folded
    FROM marked WHERE is_last OR odd
), line AS (
    SELECT t.{pk}::text AS row_pk, {image} AS image FROM {relation} t {rows}
)
SELECT 'entry' AS what, chain, seq, row_pk, op, prior_op, prior_chain, old, before, NULL::jsonb AS image
FROM entry WHERE odd
UNION ALL
SELECT 'row', e.chain, e.seq, coalesce(e.row_pk, l.row_pk), e.op, NULL,
       audit_chain_key(l.image, %(chain)s::text[]), NULL, e.folded, l.image
FROM (SELECT * FROM entry WHERE is_last) e FULL JOIN line l ON l.row_pk = e.row_pk
WHERE CASE WHEN l.row_pk IS NULL THEN e.op <> 'D'
           WHEN e.row_pk IS NULL OR e.op = 'D' THEN true
           ELSE e.folded <> l.image OR audit_chain_key(l.image, %(chain)s::text[]) IS DISTINCT FROM e.chain END
"""


def reconcile(connection: BaseDatabaseWrapper, chain: str | None, report: Report) -> None:
    """Add to the report every row of every regulated table that differs from the fold of its entries."""
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
    for capture in captures():
        if capture.table in existing:
            _reconcile_table(connection, capture, chain, report)


def _reconcile_table(connection: BaseDatabaseWrapper, capture: Capture, chain: str | None, report: Report) -> None:
    quote = connection.ops.quote_name
    _, excluded, digested, alternatives = capture.trigger_arguments()
    parameters: dict[str, Any] = {"table": capture.table, "chain": alternatives}
    entries = rows = ""
    if chain:
        condition = _rows_of_chain(connection, capture, chain, parameters)
        if condition is None:
            return
        entries, rows = "AND chain = %(key)s", f"WHERE {condition}"
        parameters["key"] = chain
    # Containment is several times cheaper, and for values that are not nested it is the same question.
    nested = any(isinstance(field, models.JSONField | ArrayField) for field in capture.model._meta.concrete_fields)
    strays = "(before || old) <> before" if nested else "NOT before @> old"
    image = "to_jsonb(t)"
    if capture.excluded or capture.digested:
        image = "audit_image(to_jsonb(t), %(excluded)s::text[], %(digested)s::text[])"
        parameters |= {"excluded": excluded, "digested": digested}
    relation = quote(capture.table)
    report.tables += 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {relation} t {rows}",  # noqa: S608 - quoted names only
            parameters,
        )
        report.rows += cursor.fetchone()[0]
        cursor.execute(
            _WALK.format(
                entries=entries, rows=rows, pk=quote(capture.pk_column), image=image, relation=relation, strays=strays
            ),
            parameters,
        )
        for line in cursor.fetchall():
            report.findings.extend(_judge(capture, *line))


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
    what: str,
    chain: str | None,
    seq: int | None,
    row: str,
    op: str | None,
    prior_op: str | None,
    other_chain: str | None,
    old: Any,
    folded: Any,
    image: Any,
) -> list[Finding]:
    """Say in words why a line of the pass is there."""
    old, folded, image = (
        ExactDecoder().decode(value) if isinstance(value, str) else value for value in (old, folded, image)
    )

    def finding(kind: Kind, detail: str) -> Finding:
        return Finding(kind, detail, chain or other_chain or "", seq, capture.table, row)

    if what == "entry":
        found = []
        if other_chain is not None and other_chain != chain:
            found.append(finding(Kind.ROW_CHAIN, f"Earlier entries of the row are on {other_chain}."))
        if op == "I":
            if prior_op not in (None, "D"):
                found.append(finding(Kind.DISCONTINUOUS, "The row is inserted although it was there."))
        elif prior_op in (None, "D"):
            found.append(finding(Kind.DISCONTINUOUS, "The row is changed or deleted although it was not there."))
        elif old is not None and (names := _differing(folded, old)):
            found.append(finding(Kind.DISCONTINUOUS, f"Old values differ from what was recorded before: {names}."))
        return found
    if image is None:
        return [finding(Kind.ROW_GONE, "The row is gone, and no entry records its deletion.")]
    if op is None:
        return [finding(Kind.ROW_UNRECORDED, "The row has no entries.")]
    if op == "D":
        return [finding(Kind.ROW_BACK, "The row is there although its deletion is recorded.")]
    if names := _differing(folded, image):
        return [finding(Kind.ROW_DIFFERS, f"Columns differ from the entries: {names}.")]
    if other_chain != chain:
        return [finding(Kind.ROW_CHAIN, f"The row belongs to {other_chain}, its entries are on {chain}.")]
    return []


def _differing(folded: dict[str, Any], values: dict[str, Any]) -> str:
    """Names of the columns of `values` that the fold has otherwise; never the values, which may identify a patient."""
    return ", ".join(sorted(name for name, value in values.items() if name not in folded or folded[name] != value))
