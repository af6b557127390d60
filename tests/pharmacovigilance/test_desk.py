"""The safety desk: what waits in it, by time left, whose it is to see, and how often somebody was told in time."""

from datetime import UTC, datetime, time, timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.audit.context import acting
from cases.people.models import Pharmacy, User
from cases.people.roles import Role
from pharmacovigilance.desk import OnTime, inbox, on_time
from pharmacovigilance.models import Obligation
from tests.pharmacovigilance.builders import ASSESSED, DAY, HEARD, LOCKED, Safety


def owed(user: User) -> list[tuple[str, str, str]]:
    found = inbox(user, now=LOCKED).owed
    return [
        (f"{one.deadline.due_on:%Y-%m-%d}" if one.deadline else "", one.responsible_party, one.rule) for one in found
    ]


def test_a_report_waits_until_it_is_attached(safety: Safety) -> None:
    report = safety.receive()

    before = inbox(safety.pic, now=HEARD)
    safety.attach(report)
    after = inbox(safety.pic, now=ASSESSED)

    assert ([one.label for one in before.reports], before.counts["reports"]) == (["S-1"], 1)
    assert ([one.label for one in after.reports], after.counts["reports"]) == ([], 0)


def test_a_follow_up_is_due_by_the_day_of_the_pharmacy(safety: Safety) -> None:
    question = safety.question()
    # Three hours into that day in UTC it is still the day before in New York.
    begun = datetime.combine(question.due_on, time(3), tzinfo=UTC)

    assert inbox(safety.pic, now=begun).questions == []
    assert inbox(safety.pic, now=begun + timedelta(hours=3)).questions == [question]


def test_a_version_that_is_not_locked_shows_the_first_date_of_the_law(safety: Safety) -> None:
    safety.attach(safety.receive())

    (waiting,) = inbox(safety.pic, now=ASSESSED).unlocked

    assert waiting.version.label == "V-1"
    assert (waiting.first.rule_id, waiting.first.due.due_on.isoformat()) == ("CONTRACT.silent", "2026-03-21")


def test_what_is_owed_stands_by_time_left_until_it_is_told(safety: Safety) -> None:
    safety.attach(safety.receive())
    safety.assess()
    safety.lock()

    assert owed(safety.pic) == [
        ("2026-03-21", "coordinating pharmacy", "CONTRACT.silent"),
        ("2026-04-04", "health professional", "GB.professional.serious"),
        ("2026-04-04", "person who sells or supplies", "GB.supplier.serious"),
    ]
    assert inbox(safety.pic, now=LOCKED).unlocked == []

    for row in Obligation.objects.order_by("number"):
        safety.send(safety.prepare(row))
        late = {"late_reason": "The portal was closed."} if row.rule == "CONTRACT.silent" else {}
        safety.discharge(row, at=LOCKED + (DAY if late else timedelta(0)), now=LOCKED + DAY, **late)

    assert owed(safety.pic) == []
    assert [
        (one.recipient, one.in_time, one.late, one.open, one.overdue) for one in on_time(safety.pic, now=LOCKED)
    ] == [
        ("Invented Biologics", 0, 1, 0, 0),
        ("MHRA", 1, 0, 0, 0),
        ("MHRA", 1, 0, 0, 0),
    ]


def test_the_share_in_time_is_of_what_was_told() -> None:
    def row(in_time: int, late: int) -> str:
        return OnTime("we", "them", in_time, late, waived=5, open=3, overdue=1, last=None).share

    assert [row(0, 0), row(1, 0), row(2, 1), row(0, 4)] == ["", "100 %", "66 %", "0 %"]


def test_what_is_open_past_its_date_is_overdue(safety: Safety) -> None:
    safety.attach(safety.receive())
    safety.assess()
    safety.lock()

    rows = on_time(safety.pic, now=LOCKED + 10 * DAY)

    assert {(one.party, one.open, one.overdue) for one in rows} == {
        ("coordinating pharmacy", 1, 1),
        ("health professional", 1, 0),
        ("person who sells or supplies", 1, 0),
    }


def test_another_pharmacy_sees_nothing_of_it(safety: Safety) -> None:
    safety.attach(safety.receive())
    with acting(by=safety.pic, verb="tests.colleagues_came", business_at=LOCKED):
        elsewhere = Pharmacy.objects.create(name="Another Invented Pharmacy", code="AIP")
        stranger = User.objects.create(
            email="else@where.example", code="else.where", display_name="E. Where",
            role=Role.PHARMACIST_IN_CHARGE, pharmacy=elsewhere,
        )  # fmt: skip

    found = inbox(stranger, now=LOCKED)

    assert found.counts == {"reports": 0, "owed": 0, "unlocked": 0, "questions": 0}
    assert on_time(stranger, now=LOCKED) == []


def test_follow_up_is_listed_from_its_day_on(safety: Safety) -> None:
    first = safety.supply.case.follow_ups.order_by("due_on").first()
    assert first is not None
    day = HEARD.replace(year=first.due_on.year, month=first.due_on.month, day=first.due_on.day)

    assert inbox(safety.pic, now=day - timedelta(days=1)).questions == []
    assert [one.label for one in inbox(safety.pic, now=day).questions] == [first.label]


def test_asks_as_many_queries_for_many_rows_as_for_one(safety: Safety, client: Client) -> None:
    client.force_login(safety.pic, backend="allauth.account.auth_backends.AuthenticationBackend")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get("/safety/").status_code == 200
        return len(seen)

    safety.attach(safety.receive())
    safety.assess()
    safety.lock()
    one = queries()
    for _ in range(3):
        safety.receive()
        safety.attach(safety.receive())

    assert queries() <= one + 1  # the page had no unlocked version before: its people are one look more


def test_who_owed_nothing_in_the_end_has_no_row(safety: Safety) -> None:
    safety.locked()
    freed = safety.obligation("CONTRACT.silent")
    safety.take("obligation.judge_not_required", by=safety.pic, now=LOCKED, subject=freed, reason="No agreement.")

    assert [one.party for one in on_time(safety.pic, now=LOCKED)] == [
        "health professional",
        "person who sells or supplies",
    ]
