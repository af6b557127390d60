"""Ten thousand open cases with thirty thousand dates, laid as rows in one statement each, to be read only."""

import psycopg

from cases.deadlines.models import Deadline
from cases.models import Case
from tests.databases import FreshDatabase
from tests.factories import House, build_case

COUNTRIES = ["GB", "AU", "CA", "ZA", "SA", "IL", "SG", "HK"]
# What a copy has of its own; everything else is as in the real case and its real first date.
OWN_OF_CASE = {"id", "reference", "enquiry", "country", "coordinator", "next_due_at"}
OWN_OF_DATE = {"id", "key", "case", "due_at", "due_on", "act_by", "act_on", "next_rung_at", "label", "force", "harm"}
OWN_OF_DATE |= {"holder", "holder_party", "holder_role"}


def crowd(house: House, database: FreshDatabase, *, cases: int = 10_000, dates: int = 3) -> Case:
    """Copies of one real case and of its first date, and that case.

    Half are the coordinator's, an eighth of the dates is statutory, a quarter each is with an outside party and with
    the prescriber; they lie from 40 days ago to a year ahead. Written by the superuser past the triggers, which would
    seal every row: the database is to be read and thrown away.
    """
    model = build_case(house)
    template = model.deadlines.get()
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        for table in ("cases_case", "deadlines_deadline"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        same = _columns(Case, OWN_OF_CASE)
        connection.execute(
            f"""
            INSERT INTO cases_case (reference, country, coordinator_id, next_due_at, {same})
            SELECT 'NP-B' || lpad(i::text, 5, '0'), (%s::text[])[1 + i %% {len(COUNTRIES)}],
                CASE i %% 2 WHEN 0 THEN %s ELSE %s END, opened_at + (i %% 400) * interval '1 day', {same}
            FROM cases_case, generate_series(1, %s) i WHERE id = %s
            """,  # noqa: S608 - column names of our own models
            [COUNTRIES, house.coordinator.pk, house.second_pharmacist.pk, cases, model.pk],
        )
        same = _columns(Deadline, OWN_OF_DATE)
        connection.execute(
            f"""
            INSERT INTO deadlines_deadline (case_id, key, label, force, harm, holder_id, holder_party, holder_role,
                due_at, due_on, act_by, act_on, {same})
            SELECT c.id, 'tests.crowd:' || n, 'Date ' || n,
                CASE s %% 8 WHEN 0 THEN 'statutory' WHEN 1 THEN 'waiting_window' ELSE 'house_target' END,
                s %% 6, CASE s %% 4 WHEN 0 THEN NULL WHEN 1 THEN d.holder_id ELSE c.coordinator_id END,
                CASE s %% 4 WHEN 0 THEN 'MHRA' ELSE '' END, '',
                d.due_at + away, (d.due_at + away)::date, d.due_at + away - d.lead,
                (d.due_at + away - d.lead)::date, {", ".join("d." + name for name in same.split(", "))}
            FROM deadlines_deadline d, cases_case c, generate_series(1, %s) n,
                LATERAL (SELECT (c.id * 7 + n * 131)::int AS s) salt,
                LATERAL (SELECT (s %% 400 - 40) * interval '1 day' AS away) span
            WHERE d.id = %s AND c.reference LIKE 'NP-B%%'
            """,  # noqa: S608 - column names of our own models
            [dates, template.pk],
        )
        connection.execute("ANALYZE")
    return model


def _columns(model: type[Case] | type[Deadline], own: set[str]) -> str:
    return ", ".join(field.column for field in model._meta.concrete_fields if field.name not in own)
