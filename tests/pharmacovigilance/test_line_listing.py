"""The line listing: one row for each locked version, by medicine, lot and period; safe in a spreadsheet."""

import csv
import io

import pytest
from django.test import Client

from cases.people.models import User
from tests.laid import laid
from tests.pharmacovigilance.builders import BACKEND, DAY, LOCKED, Safety

ADDRESS = "/safety/line-listing/"
FORMULA = '=HYPERLINK("http://example.invalid","fever")'


@laid
def listed(safety: Safety) -> Safety:
    """Two locked versions of one safety case; a third is open."""
    safety.attach(safety.receive(dose=safety.dose()))
    safety.assess()
    safety.lock()
    safety.follow_up(now=LOCKED + DAY, received_at=LOCKED + DAY)
    safety.assess(2, now=LOCKED + DAY)
    safety.lock(2, now=LOCKED + 2 * DAY)
    safety.follow_up(2, now=LOCKED + 3 * DAY, received_at=LOCKED + 3 * DAY)
    return safety


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def rows(safety: Safety, **asked: str) -> list[dict[str, str]]:
    given = client_of(safety.coordinator).get(ADDRESS, asked | {"format": "csv"})
    assert (given.status_code, given["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert given["Content-Disposition"] == 'attachment; filename="safety-line-listing.csv"'
    return list(csv.DictReader(io.StringIO(given.content.decode("utf-8-sig"), newline="")))


def test_has_one_row_for_each_locked_version_as_it_was_locked(listed: Safety) -> None:
    first, second = rows(listed)

    case, version = listed.supply.case, listed.version()
    assert version.snapshot is not None
    lot = version.snapshot["products"][0]["lines"][0]["lot"]
    expected = {
        "case": case.reference, "safety case": "SC-1", "version": "1", "kind": "initial", "standing": "superseded",
        "day 0": "2026-03-20", "received (UTC)": "2026-03-20 10:00", "locked (UTC)": "2026-03-20 16:00",
        "country": "United Kingdom", "lot": lot["number"], "supplier": lot["supplier"], "expiry": lot["expires_on"],
        "event": "Fever since yesterday.", "serious": "yes", "criteria": "hospital admission, or a longer stay",
        "causality": "related", "expected": "no", "reports": "1", "coded in MedDRA": "no", "told in time": "0",
        "snapshot SHA-256": version.snapshot_sha256,
    }  # fmt: skip
    assert {name: first[name] for name in expected} == expected
    assert (second["version"], second["kind"], second["standing"], second["day 0"]) == (
        "2", "follow-up", "current", "2026-03-21",
    )  # fmt: skip
    assert (first["still owed"], int(second["still owed"]) > 0) == ("0", True)


@pytest.mark.parametrize(
    ("asked", "versions"),
    [
        ({"since": "2026-03-21"}, ["2"]),
        ({"until": "20 Mar 2026"}, ["1"]),
        ({"since": "2026-03-20", "until": "2026-03-21"}, ["1", "2"]),
        ({"lot": "NO-SUCH-LOT"}, []),
    ],
)
def test_is_limited_by_period_and_lot(asked: dict[str, str], versions: list[str], listed: Safety) -> None:
    assert [row["version"] for row in rows(listed, **asked)] == versions


def test_is_limited_by_the_lot_that_was_locked_and_by_medicine(listed: Safety) -> None:
    version = listed.version()
    assert version.snapshot is not None
    number = version.snapshot["products"][0]["lines"][0]["lot"]["number"]

    assert [row["version"] for row in rows(listed, lot=number)] == ["1", "2"]
    assert len(rows(listed, medicine=str(listed.supply.case.medicine_id))) == 2


def test_no_cell_is_a_formula(safety: Safety) -> None:
    safety.attach(safety.receive(verbatim=FORMULA))
    safety.assess()
    safety.lock()

    (row,) = rows(safety)

    assert row["event"] == f"'{FORMULA}"


def test_the_page_shows_them_and_gives_all_as_a_file(listed: Safety) -> None:
    page = client_of(listed.coordinator).get(ADDRESS, {"since": "2026-03-21"}).content.decode()

    assert "1 version" in page
    assert "?since=2026-03-21&amp;format=csv" in page
    assert f"/cases/{listed.supply.case.reference}/safety/V-2/papers/" in page
    assert "V-1" not in page


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"since": "yesterday"}, "yesterday"),
        ({"since": "2026-03-21", "until": "2026-03-20"}, "20 Mar 2026 lies before 21 Mar 2026. Exchange the two."),
        ({"medicine": "99999"}, "There is no medicine &#39;99999&#39; here. Choose one of the list."),
    ],
)
def test_says_which_word_cannot_be_used_and_keeps_it(asked: dict[str, str], words: str, listed: Safety) -> None:
    page = client_of(listed.coordinator).get(ADDRESS, asked | {"format": "csv"})

    assert page.status_code == 422
    text = page.content.decode()
    assert words in text
    assert "What you typed is kept" in text


def test_costs_the_same_queries_however_many_versions(listed: Safety, django_assert_max_num_queries: object) -> None:
    client = client_of(listed.coordinator)
    client.get(ADDRESS)

    with django_assert_max_num_queries(16):  # type: ignore[operator]
        client.get(ADDRESS)
