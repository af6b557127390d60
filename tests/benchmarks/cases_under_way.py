"""Open cases of the UK pathway with what hangs on them, laid as rows in one statement a table, to be read only."""

from typing import Any

import psycopg

from tests.databases import FreshDatabase
from tests.regulatory.ground import at, build_ground

NOW = at("2026-06-15 10:00")
UK = "UK-SPECIALS"
TABLES = (
    "cases_case",
    "regulatory_filing",
    "regulatory_pathwayevent",
    "deadlines_deadline",
    "custody_consignment",
)


def lay(database: FreshDatabase, cases: int) -> None:
    """Copies of one real case with its filing, events, deadlines and consignment, each acknowledged on its own day.

    Submitted over 90 days, planned to arrive 20 to 59 days after the submission, and run out over 120 days. Written by
    the superuser past the triggers, which would seal every row: the database is to be read and thrown away.
    """
    ground = build_ground(UK, now=at("2026-03-02 10:00"), country="GB", zone="Europe/London")
    ground.ready()
    ground.submit(at("2026-03-09 10:00"))
    ground.acknowledge(at("2026-03-10 10:00"))
    ground.plan("2026-04-07", "2026-04-09")
    model = ground.case.pk
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        tables = (
            "cases_case",
            "regulatory_filing",
            "regulatory_pathwayevent",
            "deadlines_deadline",
            "custody_consignment",
        )
        for table in tables:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        copy(connection, "cases_case", model, cases, {
            "reference": "'NP-B' || lpad(i::text, 5, '0')",
            "enquiry_id": "NULL",
            "runs_out_on": "date '2026-05-01' + (i %% 120)",
        }, where="id")  # fmt: skip
        days = "((c.id * 7) %% 90) * interval '1 day'"
        planned = "(20 + (c.id * 13) %% 40)::int"
        of_each(connection, "regulatory_filing", model, {
            "submitted_at": f"t.submitted_at + {days}", "acknowledged_at": f"t.acknowledged_at + {days}",
        })  # fmt: skip
        connection.execute("UPDATE regulatory_filing SET state = 'acknowledged' WHERE case_id <> %s", [model])
        of_each(connection, "regulatory_pathwayevent", model, {
            "happened_at": f"t.happened_at + {days}",
            "filing_id": "(SELECT f.id FROM regulatory_filing f WHERE f.case_id = c.id)",
        })  # fmt: skip
        of_each(connection, "deadlines_deadline", model, {
            "due_at": f"t.due_at + {days}", "due_on": f"(t.due_on + {days})::date",
            "act_by": f"t.act_by + {days}", "act_on": f"(t.act_on + {days})::date",
            "computation": "jsonb_set(t.computation, '{anchor}', to_jsonb(CASE WHEN t.rule->>'kind' = 'notice_lead' "
            f"THEN ((timestamp '2026-03-09' + {days})::date + {planned})::text "
            f"ELSE to_char(timestamp '2026-03-10 10:00' + {days}, 'YYYY-MM-DD\"T\"HH24:MI:SS') || '+00:00' END))",
        })  # fmt: skip
        of_each(connection, "custody_consignment", model, {
            "planned_dispatch_on": f"(timestamp '2026-03-09' + {days})::date + {planned} - 2",
            "planned_arrival_on": f"(timestamp '2026-03-09' + {days})::date + {planned}",
        })  # fmt: skip
        connection.execute("ANALYZE")


def copy(connection: Any, table: str, model: int, times: int, own: dict[str, str], *, where: str) -> None:
    """So many copies of one row, each with its own values."""
    same = columns(connection, table, own)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(own)}, {', '.join(same)}) "  # noqa: S608 - our own tables and columns
        f"SELECT {', '.join(own.values())}, {', '.join(same)} "
        f"FROM {table}, generate_series(1, %s) i WHERE {where} = %s",
        [times, model],
    )


def of_each(connection: Any, table: str, model: int, own: dict[str, str]) -> None:
    """The rows of the model case once more for every copy of it."""
    same = columns(connection, table, own | {"case_id": ""})
    connection.execute(
        f"INSERT INTO {table} (case_id, {', '.join(own)}, {', '.join(same)}) "  # noqa: S608 - our own tables and columns
        f"SELECT c.id, {', '.join(own.values())}, {', '.join(f't.{name}' for name in same)} "
        f"FROM {table} t, cases_case c WHERE t.case_id = %s AND c.reference LIKE 'NP-B_____' AND c.id <> t.case_id",
        [model],
    )


def columns(connection: Any, table: str, own: dict[str, str]) -> list[str]:
    """What a copy has in common with its model."""
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", [table]
    )
    return [name for (name,) in rows if name not in {"id", *own}]
