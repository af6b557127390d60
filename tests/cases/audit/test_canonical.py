"""The canonical form: one text for one content, and the same in Python as in SQL."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.audit.canonical import FIELDS, NotCanonical, body_of, hash_of, instant, parse

# PostgreSQL text holds every character but NUL and lone surrogates.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
contents = st.fixed_dictionaries({name: st.none() | texts for name in FIELDS})
instants = st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001 - Hypothesis adds the zone

NOTHING = dict.fromkeys(FIELDS)


@given(contents)
def test_reads_back_what_it_wrote(content: dict[str, str | None]) -> None:
    assert parse(body_of(content)) == content


@given(contents, contents)
def test_two_contents_never_have_one_text(one: dict[str, str | None], other: dict[str, str | None]) -> None:
    assert (body_of(one) == body_of(other)) == (one == other)


def test_a_separator_inside_a_value_makes_no_second_reading() -> None:
    one = {**NOTHING, "verb": "a,1:b", "reason": "c"}
    other = {**NOTHING, "verb": "a", "reason": "b,1:c"}

    assert body_of(one) != body_of(other)
    assert body_of({**NOTHING, "reason": ""}) != body_of(NOTHING)


def test_the_text_and_hash_of_a_known_entry() -> None:
    content = {**NOTHING, "chain": "case:42", "seq": "1", "reason": "é"}
    body = "1:1,7:case:42,1:1,-,-,-,-,-,-,2:é,-,-,-,-,-,-,-,"

    assert body_of(content) == body
    assert hash_of(bytes(32), body).hex() == "1b0fcb657f0723f6756aed443bc206731fd0416466b277debad07789db4eb605"


@pytest.mark.parametrize(
    "body", ["", "1:1,", "2:12,", "1:1,x", body_of(NOTHING) + "-,", body_of(NOTHING)[:-1], "01:1,"]
)
def test_anything_else_is_not_canonical(body: str) -> None:
    with pytest.raises(NotCanonical):
        parse(body)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.fixed_dictionaries(dict.fromkeys(FIELDS, texts)),
    at=instants,
    business_at=st.none() | instants,
    seq=st.integers(1, 2**62),
    absent=st.sets(st.sampled_from(["old", "new"])),
    hours=st.integers(-14, 14),
)
def test_is_the_same_in_the_database(
    db: None, content: Any, at: Any, business_at: Any, seq: int, absent: Any, hours: int
) -> None:
    content = content | dict.fromkeys(absent) | {"op": "U", "seq": str(seq), "txid": str(seq // 3)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [f"Etc/GMT{hours:+d}"])
        cursor.execute(
            "SELECT audit_body(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [{**content, "seq": seq, "txid": seq // 3, "at": at, "business_at": business_at}[name] for name in FIELDS],
        )
        written = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('TimeZone', 'UTC', true)")

    assert written == body_of({**content, "at": instant(at), "business_at": instant(business_at)})


def test_an_instant_is_written_in_utc_to_the_microsecond() -> None:

    assert (
        instant(datetime(2026, 3, 31, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=2)))) == "2026-03-30T23:02:03.000004Z"
    )
    assert instant(None) is None
