"""Reading the evidence: as it stood, page by page, by any mark, and without what nobody is shown."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cases.audit.asof import compare, history, search, state_at
from cases.audit.context import acting
from cases.audit.models import AuditEntry, Operation
from cases.models import Note
from cases.people.models import User
from cases.people.patients import Patient
from tests.cases.audit.conftest import make_case
from tests.cases.audit.people import PHARMACIST, PRESCRIBER
from tests.cases.audit.rows import plain, row_for


def test_a_case_stands_as_it_stood(db: None) -> None:
    case, (note, gone) = make_case("first", "gone")
    chain = f"case:{case.pk}"
    with acting(by=PHARMACIST, verb="t.changed"):
        plain(Note).filter(pk=note.pk).update(text="second")
    with acting(by=PHARMACIST, verb="t.removed"):
        plain(Note).filter(pk=gone.pk).delete()
    at = dict(AuditEntry.objects.filter(chain=chain).values_list("seq", "at"))

    def texts(instant: datetime) -> dict[str, Any]:
        return {key: row["text"] for key, row in state_at(chain, instant).get("cases_note", {}).items()}

    assert state_at(chain, at[1] - timedelta(microseconds=1)) == {}
    assert list(state_at(chain, at[1])) == ["cases_case"]
    assert texts(at[3]) == {str(note.pk): "first", str(gone.pk): "gone"}
    assert texts(at[4] - timedelta(microseconds=1)) == {str(note.pk): "first", str(gone.pk): "gone"}
    assert texts(at[4]) == {str(note.pk): "second", str(gone.pk): "gone"}
    assert texts(at[5]) == {str(note.pk): "second"}

    ((_, first_row, (change,)), (_, second_row, _)) = compare(state_at(chain, at[3]), state_at(chain, at[5]))
    assert {first_row, second_row} == {str(note.pk), str(gone.pk)}
    assert (change.column, change.label, change.old, change.new) == ("text", "text", "first", "second")


def test_business_time_is_asked_for_by_name(db: None) -> None:
    later = datetime.now(UTC) + timedelta(days=28)
    case, (note,) = make_case("now")
    with acting(by=PHARMACIST, verb="t.changed", business_at=later):
        plain(Note).filter(pk=note.pk).update(text="in four weeks")
    chain, soon = f"case:{case.pk}", datetime.now(UTC) + timedelta(days=1)

    def text(instant: datetime, *, business: bool) -> str:
        return str(state_at(chain, instant, by_business_time=business)["cases_note"][str(note.pk)]["text"])

    assert text(soon, business=False) == "in four weeks"
    assert text(soon, business=True) == "now"
    assert text(later, business=True) == "in four weeks"
    with pytest.raises(ValueError, match="needs a time zone"):
        state_at(chain, datetime(2026, 3, 1))  # noqa: DTZ001 - naive on purpose


def test_a_history_turns_its_pages_without_a_gap(db: None) -> None:
    case, _ = make_case(*"abcdefg")
    chain, seen, key = f"case:{case.pk}", [], None
    for _ in range(9):
        page = history(chain, before_seq=key, limit=3)
        seen += [line.seq for line in page.lines]
        key = page.next_key
        if key is None:
            break
    assert seen == [8, 7, 6, 5, 4, 3, 2, 1]
    assert [line.row for line in history(chain, table="cases_case").lines] == [str(case.pk)]
    assert len(history(chain, limit=0).lines) == 1


def test_a_line_shows_fields_side_by_side(db: None) -> None:
    case, (note,) = make_case("old")
    with acting(by=PHARMACIST, verb="t.changed", reason="Why"):
        plain(Note).filter(pk=note.pk).update(text="new")
    line = history(f"case:{case.pk}").lines[0]

    assert (line.op, line.verb, line.reason, line.actor) == (Operation.UPDATED, "t.changed", "Why", PHARMACIST.code)
    assert [(change.column, change.old, change.new, change.hidden) for change in line.changes] == [
        ("text", "old", "new", False)
    ]
    assert len(line.hash) == 64


def test_ciphertext_and_passwords_are_words(db: None) -> None:
    with acting(by=PHARMACIST, verb="people.patient.registered"):
        patient = row_for(Patient, full_name=b"\x01\x02", birth_date=b"\x03")
        user = row_for(User, password="scrypt$x")
    shown = {change.column: change for change in history(f"patient:{patient.pk}").lines[0].changes}

    assert (shown["full_name"].new, shown["full_name"].old, shown["full_name"].hidden) == ("encrypted", None, True)
    assert "initials" not in shown
    state = state_at(f"patient:{patient.pk}", datetime.now(UTC) + timedelta(seconds=60))
    row = state["people_patient"][str(patient.pk)]
    assert (row["full_name"], row["contacts"], row["reference"]) == ("encrypted", None, patient.reference)
    password = next(c for c in history(f"person:{user.pk}").lines[0].changes if c.column == "password")
    assert password.new == "changed, not shown"


def test_search_finds_by_each_mark_and_by_all_together(db: None) -> None:
    case, (one, _) = make_case("one", "two")
    with acting(
        by=PRESCRIBER,
        verb="cases.note.corrected",
        reason="Fehler: FALSCHE Menge",
        request_id="r-7",
        on_behalf_of=PHARMACIST,
    ):
        plain(Note).filter(pk=one.pk).update(text="three")
    mine = {"chains": [f"case:{case.pk}"]}
    at = AuditEntry.objects.get(verb="cases.note.corrected").at

    def found(**marks: Any) -> list[int]:
        return [line.seq for line in search(**{**mine, **marks}).lines]

    assert found() == [4, 3, 2, 1]
    assert found(actor=PRESCRIBER.code) == [4]
    assert found(actor=PHARMACIST.code) == [4, 3, 2, 1]
    assert found(verb="cases.note.written") == [3, 2]
    assert found(verb="cases.note.") == found(verb="cases.note*") == [4, 3, 2]
    assert found(verb="cases.note") == []
    assert found(table="cases_note", row=str(one.pk)) == [4, 2]
    assert found(request_id="r-7") == [4]
    assert found(reason="falsche menge") == [4]
    assert found(reason="100%") == []
    assert found(at_from=at) == [4]
    assert found(at_until=at) == [3, 2, 1]
    assert found(chains=[]) == []
    assert found(actor=PHARMACIST.code, verb="cases.note.", reason="because of two") == [3]
    page = search(**mine, limit=3)
    assert [line.seq for line in search(**mine, before_id=page.next_key).lines] == [1]
