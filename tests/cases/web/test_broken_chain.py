"""A record that was changed past the triggers is told as such, on the page and as a file."""

import json

import psycopg
import pytest
from django.test import Client

from tests.databases import FreshDatabase
from tests.factories import build_case, build_house


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("UPDATE cases_case SET indication = 'another one'", "row_differs"),
        ("UPDATE audit_auditentry SET actor = 'P-SOMEONE' WHERE table_name = 'cases_case'", "body_differs"),
    ],
)
def test_verification_names_what_was_written_past_the_triggers(
    fresh_database: FreshDatabase, change: str, finding: str
) -> None:
    house = build_house()
    case = build_case(house)
    with psycopg.connect(fresh_database.superuser_url) as connection:
        for table in ("cases_case", "audit_auditentry"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute(change)
    client = Client()
    client.force_login(house.auditor, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/audit/cases/{case.reference}/verify/").content.decode()
    assert "the record does not stand as written." in page
    assert finding in page
    assert "Change nothing on this case. Tell the pharmacist in charge and the administrator" in page
    told = json.loads(client.get(f"/audit/cases/{case.reference}/verify/?format=json").content)
    assert (told["ok"], finding in {one["kind"] for one in told["findings"]}) == (False, True)
