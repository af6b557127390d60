"""What stands in the database, read in plain SQL over a connection of its own: the walk's second opinion.

Nothing here imports a model. A row that was inserted, changed or deleted shows by its ``xmin``, the number of the
transaction that wrote it; a refusal must leave every sum as it was.
"""

# ruff: noqa: S608 - names of tables come from the drawing and from the catalogue, no word from outside

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from tests.machine.chart import MACHINES
from tests.machine.laws import ALWAYS, EVERYWHERE

# (rows, sum of the transactions that wrote them) by table
Marks = dict[str, tuple[int, int]]
# Records that verbs act on and that have no machine: what a safety case consists of.
PARTS = ("pharmacovigilance_adverseevent", "pharmacovigilance_dosageline", "pharmacovigilance_reportedproduct")
# state by (table, row)
States = dict[tuple[str, int], str]


@dataclass(frozen=True)
class Entry:
    """One line of the audit trail, with the state it tells of."""

    id: int
    chain: str
    table: str
    row: int
    op: str
    verb: str
    actor: str
    before: str | None
    after: str | None


class Eye:
    """Reads the database beside the product."""

    def __init__(self, address: str) -> None:
        self.connection = psycopg.connect(address, autocommit=True, row_factory=namedtuple_row)
        # One plan for each question, whatever the case: planning costs more than looking.
        self.connection.execute("SET plan_cache_mode = force_generic_plan")
        # Nobody counts the rows of a throw-away database for the planner, and the trail is asked for its last few only.
        self.connection.execute("SET enable_seqscan = off")
        columns = self.rows(
            "SELECT table_name AS name, bool_or(column_name = 'case_id') AS of_case FROM information_schema.columns"
            " WHERE table_schema = 'public' GROUP BY 1"
        )
        self.tables = sorted(row.name for row in columns if row.of_case)
        self._marks = " UNION ALL ".join(
            f"SELECT '{table}' AS name, count(*) AS many, coalesce(sum(xmin::text::bigint), 0) AS writers"
            f" FROM {table} WHERE {'id' if table == 'cases_case' else 'case_id'} = %(case)s"
            for table in ("cases_case", *self.tables)
        )
        machines = [machine for table, machine in MACHINES.items() if table in self.tables]
        self._states = "SELECT 'cases_case' AS name, id, stage AS state FROM cases_case WHERE id = %(case)s" + "".join(
            f" UNION ALL SELECT '{machine.table}', id, {machine.column} FROM {machine.table} WHERE case_id = %(case)s"
            for machine in machines
        )
        # No machines: how many events there are; a hold by its kind while it stands; what a safety case consists of.
        self._states += (
            " UNION ALL SELECT 'cases_caseevent', id, event_seq::text FROM cases_case WHERE id = %(case)s"
            " UNION ALL SELECT 'cases_hold', id, kind FROM cases_hold WHERE case_id = %(case)s AND lifted_at IS NULL"
            + "".join(
                f" UNION ALL SELECT '{table}', id, 'there' FROM {table} WHERE case_id = %(case)s" for table in PARTS
            )
        )
        self._laws, self._far_laws = _asked(ALWAYS), _asked(EVERYWHERE)
        told = ", ".join(f"('{machine.table}', '{machine.column}')" for machine in MACHINES.values())
        self._tail = (
            "SELECT e.id, e.chain, e.table_name, e.row_pk::bigint, e.op, e.verb, e.actor,"
            " e.old ->> m.col AS was, e.new ->> m.col AS became FROM audit_auditentry e"
            f" LEFT JOIN (VALUES {told}) AS m(tab, col) ON m.tab = e.table_name WHERE e.id > %(after)s ORDER BY e.id"
        )
        self._far = [table for table in MACHINES if table not in self.tables and table != "cases_case"]

    def rows(self, statement: str, **given: Any) -> list[Any]:
        return self.connection.execute(statement, given).fetchall()

    def one(self, statement: str, **given: Any) -> Any:
        return self.rows(statement, **given)[0][0]

    def marks(self, case: int) -> Marks:
        """Every table's rows of that case, as a number that any write changes."""
        return {row.name: (row.many, int(row.writers)) for row in self.rows(self._marks, case=case)}

    def states(self, case: int) -> States:
        """Where each record of the case stands, in order: rows on a disk have none of their own."""
        return {(row.name, row.id): row.state for row in sorted(self.rows(self._states, case=case))}

    def broken_laws(self, case: int) -> list[tuple[str, str]]:
        """Every law that the case breaks now, with the row that breaks it."""
        return [(row.law, row.row) for row in self.rows(self._laws, case=case)]

    def broken_laws_everywhere(self) -> list[tuple[str, str]]:
        """Every law of what belongs to no single case that is broken now."""
        return [(row.law, row.row) for row in self.rows(self._far_laws)]

    def tail(self, after: int) -> list[Entry]:
        """What the audit trail gained since, on any chain."""
        return [Entry(*row) for row in self.rows(self._tail, after=after)]

    def last_entry(self) -> int:
        return int(self.one("SELECT coalesce(max(id), 0) FROM audit_auditentry"))

    def far_states(self) -> States:
        """Where the records stand that belong to no single case (enquiries, pathways, keys)."""
        return {
            (table, row.id): row.state
            for table in self._far
            for row in self.rows(f"SELECT id, {MACHINES[table].column} AS state FROM {table}")
        }


def _asked(laws: dict[str, str]) -> str:
    """One question for all of them: each row of the answer is a law with what breaks it."""
    return " UNION ALL ".join(
        f"SELECT '{law}' AS law, to_json(broken)::text AS row FROM ({statement}) AS broken"
        for law, statement in ((law.replace("'", "''"), statement) for law, statement in laws.items())
    )
