"""The Authorised Prescriber's own half-yearly report: of the authority, held by its prescriber, shown by evidence."""

from datetime import date

import pytest
from django.test import Client

from cases.deadlines.models import Deadline, DeadlineMove
from cases.lifecycle.errors import RequirementsUnmet
from cases.models import CaseEvent
from regulatory.clocks import bring_in_line
from regulatory.collective.services import make_report, send
from regulatory.collective.specs import specs
from regulatory.models import Authorization
from regulatory.standing_reports import reports
from tests.almanac import disagreements
from tests.laid import laid
from tests.regulatory.ground import Ground, at
from tests.regulatory.test_au_category_a import give
from tests.regulatory.test_standing_authority import another, filed_for_standing, granted, supplied

FACT = "AU-AP.deadlines.1"
JULY = at("2026-07-20 02:00")
SUNDAY = " (safe by every reading: Sun 31 Jan 2027)"
NAME = "Report of A-1 to TGA for the half-year to {}, zero included"


@laid
def authority(db: None) -> Ground:
    home = filed_for_standing()
    granted(home, quantity="40")
    return home


def duties(ground: Ground) -> list[tuple[str, date, str, str]]:
    rows = Deadline.objects.filter(case=ground.case, fact=FACT).order_by("due_at")
    return [(row.label, row.due_on, row.ball, row.state) for row in rows]


def duty(ground: Ground, number: int = 0) -> Deadline:
    return Deadline.objects.filter(case=ground.case, fact=FACT).order_by("due_at")[number]


def told(ground: Ground, number: int = 0, **facts: object) -> None:
    ground.take("regulatory.duty.discharge", deadline=duty(ground, number), now=JULY, **facts)


def test_each_half_year_is_owed_by_the_prescriber_of_the_letter_from_the_day_of_the_grant(authority: Ground) -> None:
    doctor = str(authority.house.doctor.display_name)
    assert duties(authority) == [
        (NAME.format("30 Jun 2026"), date(2026, 7, 31), doctor, "running"),
        # Facts, 3.4: it rolls only if the rule of rolling applies, so that the Sunday is shown as the target.
        (NAME.format("31 Dec 2026") + SUNDAY, date(2027, 2, 1), doctor, "running"),
    ]
    row = duty(authority)
    assert (row.subject, row.force, row.holder, row.rule_version) == (
        "A-1", "statutory", authority.house.doctor, "1.0.0-demo",
    )  # fmt: skip
    assert list(disagreements(row.computation)) == []
    move = DeadlineMove.objects.get(deadline=row)
    assert (move.what, [step["on"] for step in move.ledger if step["label"] == "Event: period ended"]) == (
        "opened", ["2026-06-30"],
    )  # fmt: skip


def test_a_case_under_it_owes_none_of_its_own_also_after_its_supply(authority: Ground) -> None:
    second = another(authority)
    supplied(second, authority.authorization)
    give(second, dispensed_at=at("2026-03-14 08:00"))
    assert duties(second) == []
    sponsor = Deadline.objects.get(case=second.case, fact="AU-AP.deadlines.2")
    assert (sponsor.ball, sponsor.due_on) == ("the local sponsor", date(2026, 7, 31))


def test_it_is_shown_by_evidence_and_not_before_the_period_is_over(authority: Ground) -> None:
    before = authority.written()
    with pytest.raises(RequirementsUnmet) as refused:
        told(authority, happened_at=at("2026-07-19 02:00"))
    doctor = authority.house.doctor.display_name
    (line,) = refused.value.unmet
    assert (line.code, line.fact) == (
        "OutsideDutyHasEvidence",
        f"{NAME.format('30 Jun 2026')} is with {doctor}; no document shows that it was done.",
    )
    paper = authority.paper("supply_report")
    with pytest.raises(RequirementsUnmet) as refused:
        told(authority, 1, happened_at=at("2026-07-19 02:00"), evidence=paper)
    assert [line.code for line in refused.value.unmet] == ["MomentsInOrder"]
    assert "is before the end of the period on 2026-12-31" in refused.value.unmet[0].fact
    assert (authority.written(), [row[3] for row in duties(authority)]) == (before, ["running", "running"])


def test_the_next_half_year_stands_before_this_one_is_told(authority: Ground) -> None:
    paper = authority.paper("supply_report")
    told(authority, happened_at=at("2026-07-19 02:00"), evidence=paper)
    assert [(row[1], row[3]) for row in duties(authority)] == [
        (date(2026, 7, 31), "met"), (date(2027, 2, 1), "running"), (date(2027, 8, 2), "running"),
    ]  # fmt: skip
    event = CaseEvent.objects.get(case=authority.case, verb="regulatory.duty.discharged")
    assert (event.facts["deadline"], event.facts["evidence"]) == (NAME.format("30 Jun 2026"), paper.label)
    assert duty(authority).met_at == at("2026-07-19 02:00")


def test_an_authority_that_ended_owes_its_last_half_year_and_no_later_one(authority: Ground) -> None:
    authority.take(
        "regulatory.authorization.revoke", subject=authority.authorization, reason="Letter.", now=at("2026-05-04 02:00")
    )
    assert [(row[1], row[3]) for row in duties(authority)] == [
        (date(2026, 7, 31), "running"), (date(2027, 2, 1), "cancelled"),
    ]  # fmt: skip
    bring_again(authority)
    assert [row[3] for row in duties(authority)] == ["running", "cancelled"]


def test_the_page_says_of_a_period_that_never_began_that_no_source_frees_from_it(
    authority: Ground, client: Client
) -> None:
    asked = "No source says whether a report is owed for it: ask TGA."
    client.force_login(authority.house.coordinator)
    page = f"/cases/{authority.case.reference}/authorizations/A-1/"
    assert asked not in client.get(page).content.decode()
    authority.take(
        "regulatory.authorization.revoke", subject=authority.authorization, reason="Letter.", now=at("2026-05-04 02:00")
    )
    shown = client.get(page).content.decode().partition("Reports that it owes")[2]
    assert f"A-1 ended before this period began. {asked}" in shown
    assert [(one.last, one.is_cancelled) for one in reports(authority.authorization, now=JULY)] == [
        (date(2026, 12, 31), True), (date(2026, 6, 30), False),
    ]  # fmt: skip


def bring_again(ground: Ground) -> None:
    """The dates are read once more, two years on."""
    from cases.audit.context import acting

    with acting(by=ground.house.pic, verb="tests.dates", business_at=at("2028-05-04 02:00")):
        bring_in_line(ground.case, by=ground.house.pic, now=at("2028-05-04 02:00"))


def test_the_letters_last_day_ends_the_reports(db: None) -> None:
    home = filed_for_standing()
    granted(home, valid_until="2026-06-30")
    assert [row[1] for row in duties(home)] == [date(2026, 7, 31)]
    bring_again(home)
    assert [row[1] for row in duties(home)] == [date(2026, 7, 31)]


def test_the_sponsors_report_does_not_tick_off_the_prescribers(authority: Ground) -> None:
    supplied(authority, authority.authorization)
    give(authority, dispensed_at=at("2026-03-14 08:00"))
    paper = make_report(
        specs()["au_supply_report"], date(2026, 3, 14), pack_sizes={}, by=authority.house.coordinator, now=JULY
    )
    send(paper, at=JULY, how="Portal", party="Invented Sponsor", by=authority.house.coordinator, now=JULY)
    sponsor = Deadline.objects.get(case=authority.case, fact="AU-AP.deadlines.2")
    assert (sponsor.state, duty(authority).state) == ("met", "running")


def test_it_counts_the_patients_of_every_case_once(authority: Ground) -> None:
    held = authority.authorization
    second, third = another(authority), another(authority, 3)
    for ground in (second, third):
        supplied(ground, held)
        give(ground, dispensed_at=at("2026-03-14 08:00"))
    paper = authority.paper("supply_report")
    told(authority, happened_at=at("2026-07-19 02:00"), evidence=paper)
    found = reports(Authorization.objects.get(pk=held.pk), now=JULY)
    assert [(one.first, one.last, one.new_patients, one.patients, one.is_over, one.evidence) for one in found] == [
        (date(2027, 1, 1), date(2027, 6, 30), 0, 0, False, ""),
        (date(2026, 7, 1), date(2026, 12, 31), 0, 0, False, ""),
        (date(2026, 1, 1), date(2026, 6, 30), 2, 2, True, paper.label),
    ]
    assert found[2].received_on == at("2026-07-19 02:00")


def test_the_page_of_the_authority_tells_its_reports(authority: Ground, client: Client) -> None:
    client.force_login(authority.house.coordinator)
    page = client.get(f"/cases/{authority.case.reference}/authorizations/A-1/").content.decode()
    told_there = page.partition("Reports that it owes")[2]
    assert "30 Jun 2026" in told_there
    assert "0 new, 0 in all" in told_there
    assert authority.house.doctor.display_name in told_there
    assert "31 Jul 2026" in told_there
    assert "Record a report that was sent" in told_there
    client.force_login(authority.house.auditor)
    read = client.get(f"/cases/{authority.case.reference}/authorizations/A-1/").content.decode()
    assert "30 Jun 2026" in read.partition("Reports that it owes")[2]
    assert "Record a report that was sent" not in read
