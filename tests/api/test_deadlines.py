"""Deadlines over the API: of all cases in order of their dates, and of one case with the sum behind each date."""

from datetime import timedelta
from typing import Any

import pytest

from cases.audit.context import acting
from cases.deadlines.models import Deadline
from cases.models import Case
from tests.api.callers import Caller, faults, refused
from tests.factories import NOW, House, build_case, sign_determination

pytestmark = pytest.mark.django_db


def test_each_comes_with_the_arithmetic_behind_its_date(
    case: Case, pharmacist: Caller, prescriber: Caller, auditor: Caller, stranger: Caller
) -> None:
    line = {
        "key": "cases.determination_asked:1",
        "case": case.reference,
        "kind": "cases.determination_asked",
        "label": "Determination to be signed",
        "subject": "",
        "force": "house_target",
        "state": "running",
        "due_at": "2026-03-09T23:59:59.999Z",
        "due_on": "2026-03-09",
        "zone": "Europe/London",
        "ball": "Dr L. Ferrante",
        "rule_version": "",
        "fact": "",
        "confidence": "",
        "ledger": [
            {
                "label": "Date given",
                "value": "Mon 9 Mar 2026",
                "detail": "7 days after the prescriber was asked; house rule K-05, version 1",
                "total": False,
                "moved": False,
            },
            {
                "label": "Due",
                "value": "Mon 9 Mar 2026",
                "detail": "to the end of the day in Europe/London",
                "total": True,
                "moved": False,
            },
        ],
    }
    for caller in (pharmacist, prescriber, auditor):
        assert caller.read("/deadlines") == {"deadlines": [line], "next": None}
        assert caller.read(f"/cases/{case.reference}/deadlines") == [line]
    assert stranger.read("/deadlines") == {"deadlines": [], "next": None}
    refused(stranger.get(f"/cases/{case.reference}/deadlines"), 404, "not-found")


def test_people_abroad_see_those_that_they_hold(
    house: House, case: Case, prescriber: Caller, receiving: Caller
) -> None:
    assert len(prescriber.read(f"/cases/{case.reference}/deadlines")) == 1
    assert receiving.read(f"/cases/{case.reference}/deadlines") == []
    assert Caller(house.delegate).read("/deadlines")["deadlines"] == []


def test_one_that_was_met_leaves_the_list_and_stays_with_its_case(house: House, case: Case, pharmacist: Caller) -> None:
    sign_determination(house, case)
    assert pharmacist.read("/deadlines")["deadlines"] == []
    [line] = pharmacist.read(f"/cases/{case.reference}/deadlines")
    assert line["state"] == "met"
    assert [entry["label"] for entry in line["ledger"]] == [
        "Date given",
        "Due",
        "Met on Mon 2 Mar 2026 by Dr L. Ferrante",
    ]


class TestPages:
    """They follow the dates, whatever is opened, met or moved while they are read."""

    @pytest.fixture
    def cases(self, house: House) -> list[Case]:
        """Five cases whose one deadline each is due on five days that follow one another, the last opened first."""
        return [build_case(house, number=number, now=NOW + timedelta(days=6 - number)) for number in range(1, 6)]

    def keys(self, page: dict[str, Any]) -> list[str]:
        return [one["case"] for one in page["deadlines"]]

    def test_follow_on_in_order_of_the_dates(self, house: House, cases: list[Case], pharmacist: Caller) -> None:
        wanted = [case.reference for case in reversed(cases)]
        first = pharmacist.read("/deadlines", limit=2)
        early = build_case(house, number=6, now=NOW)
        second = pharmacist.read("/deadlines", limit=2, after=first["next"])
        late = build_case(house, number=7, now=NOW + timedelta(days=30))
        third = pharmacist.read("/deadlines", limit=2, after=second["next"])
        assert self.keys(first) + self.keys(second) + self.keys(third) == [*wanted, late.reference]
        assert third["next"] is None
        assert self.keys(pharmacist.read("/deadlines", limit=1)) == [early.reference]

    def test_skip_none_when_the_last_one_read_is_met_or_moved(
        self, house: House, cases: list[Case], pharmacist: Caller
    ) -> None:
        wanted = [case.reference for case in reversed(cases)]
        first = pharmacist.read("/deadlines", limit=2)
        sign_determination(house, Case.objects.get(reference=wanted[1]))
        second = pharmacist.read("/deadlines", limit=2, after=first["next"])
        assert self.keys(second) == wanted[2:4]
        moved = Deadline.objects.get(case__reference=wanted[3])
        with acting(by=house.pic, verb="tests.deadline.moved", business_at=NOW):
            Deadline.objects.filter(pk=moved.pk).update(due_at=moved.due_at + timedelta(days=90))
        assert self.keys(pharmacist.read("/deadlines", limit=2, after=second["next"])) == [wanted[4], wanted[3]]

    def test_end_where_they_are_told_to(self, cases: list[Case], pharmacist: Caller) -> None:
        wanted = [case.reference for case in reversed(cases)]
        due = pharmacist.read("/deadlines")["deadlines"]
        assert self.keys(pharmacist.read("/deadlines", due_before=due[2]["due_on"] + "T00:00:00Z")) == wanted[:2]

    def test_tell_two_that_are_due_at_one_instant_apart(self, house: House, pharmacist: Caller) -> None:
        same = [build_case(house, number=number).reference for number in (1, 2, 3)]
        first = pharmacist.read("/deadlines", limit=1)
        second = pharmacist.read("/deadlines", limit=1, after=first["next"])
        third = pharmacist.read("/deadlines", limit=1, after=second["next"])
        assert self.keys(first) + self.keys(second) + self.keys(third) == same


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"after": "x"}, "after"),
        ({"after": "2026-03-09T23:59:59+00:00/NP-0000-0000-0/none"}, "after"),
        ({"after": "2026-03-09/{case}/cases.determination_asked:1"}, "after"),
        ({"after": "a\x00"}, "after"),
        ({"due_before": "2026-03-09"}, "due_before"),
        ({"due_before": "2026-03-09T00:00:00"}, "due_before"),
        ({"due_before": "soon"}, "due_before"),
        ({"due_before": "0229-10-25T23:05:03-18:38"}, "due_before"),
        ({"due_before": "1772409600"}, "due_before"),
        ({"after": "2026-03-09T23:59:59-18:38/{case}/none"}, "after"),
        ({"state": "met"}, "state"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(
    case: Case, pharmacist: Caller, query: dict[str, str], field: str
) -> None:
    sent = {name: value.format(case=case.reference) for name, value in query.items()}
    [fault] = faults(pharmacist.get("/deadlines", **sent))
    assert fault[:2] == (field, sent[field].replace("\x00", "\\0"))


def test_a_place_on_a_case_of_others_is_no_place(house: House, case: Case, stranger: Caller) -> None:
    due = Deadline.objects.get()
    [fault] = faults(stranger.get("/deadlines", after=f"{due.due_at.isoformat()}/{case.reference}/{due.key}"))
    assert fault[2] == "No page ended there."
