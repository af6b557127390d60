"""Each party that has a duty counts from the day on which it knew itself; nothing that is not known makes it later."""

from datetime import date, timedelta
from typing import Any

import pytest

from cases.deadlines.models import Deadline
from cases.lifecycle.errors import FactsInvalid, NotPossible, RequirementsUnmet
from pharmacovigilance.awareness import (
    COMPANIES,
    INSTITUTIONS,
    OURS,
    PRESCRIBERS,
    SIDES,
    SPONSORS,
    beginning_of,
)
from pharmacovigilance.inspection import _version
from pharmacovigilance.knowledge import planned_for
from pharmacovigilance.library import rule_library
from pharmacovigilance.models import CaseVersion, Obligation
from pharmacovigilance.verbs.completing import questions_of
from tests.cases.custody.builders import build_supply
from tests.pharmacovigilance.builders import ASSESSED, DAY, HEARD, LOCKED, READ, Safety, signed_in
from tests.written import refused_and_nothing_written

LONDON = "Europe/London"
HEARD_ON = date(2026, 3, 20)
BEFORE = date(2026, 3, 16)


def begin(role: str, *, unit: str = "calendar_day", **knew: date | None) -> Any:
    return beginning_of(role, unit=unit, aware_at=HEARD, zone=LONDON, knew=dict.fromkeys(SIDES) | knew)


@pytest.mark.parametrize("role", sorted(PRESCRIBERS | INSTITUTIONS))
def test_a_prescriber_or_hospital_that_knew_before_us_counts_from_its_own_day(role: str) -> None:
    found = begin(role, prescriber_knew_on=BEFORE)

    assert (found.anchor, found.day0) == (BEFORE, BEFORE)
    assert found.why.on == BEFORE
    assert found.why.label == f"Known to the {role.replace('_', ' ')}"
    assert found.why.detail == "earlier than this pharmacy, which heard on 20 Mar 2026"


@pytest.mark.parametrize("role", sorted(COMPANIES))
def test_a_company_counts_from_its_own_day_and_not_from_the_prescribers(role: str) -> None:
    assert begin(role, company_knew_on=BEFORE).day0 == BEFORE
    assert begin(role, prescriber_knew_on=BEFORE).day0 == HEARD_ON


@pytest.mark.parametrize("role", sorted(SPONSORS))
def test_an_importer_or_sponsor_counts_from_its_own_day(role: str) -> None:
    assert begin(role, sponsor_knew_on=BEFORE).day0 == BEFORE
    assert begin(role, prescriber_knew_on=BEFORE, company_knew_on=BEFORE).day0 == HEARD_ON


def test_every_holder_of_a_duty_has_a_day_that_can_be_said_or_is_this_pharmacy() -> None:
    holders = {rule.duty_role for rule in rule_library().rules}

    assert holders - OURS == frozenset().union(*SIDES.values()) & holders
    assert {"licensed_importer", "local_sponsor", "foreign_drug_supplier", "treating_prescriber"} <= holders


@pytest.mark.parametrize("role", sorted(OURS))
def test_our_own_clock_counts_from_when_we_heard_and_needs_no_word(role: str) -> None:
    found = begin(role, prescriber_knew_on=BEFORE, company_knew_on=BEFORE)

    assert (found.anchor, found.day0, found.why) == (HEARD, HEARD_ON, None)


@pytest.mark.parametrize("later", [HEARD_ON, HEARD_ON + timedelta(days=3)])
def test_a_day_that_is_not_earlier_than_ours_makes_nothing_later(later: date) -> None:
    found = begin("hospital", prescriber_knew_on=later)

    assert (found.anchor, found.day0) == (HEARD, HEARD_ON)
    assert found.why.detail == f"the hospital knew of it on {later.day} Mar 2026; the earlier day counts"


@pytest.mark.parametrize("role", ["treating_prescriber", "marketing_authorisation_holder", "licensed_importer"])
def test_a_day_that_is_not_on_record_is_said(role: str) -> None:
    found = begin(role)

    assert (found.anchor, found.day0, found.why.value) == (HEARD, HEARD_ON, "check")
    assert found.why.detail.startswith(f"not on record when the {role.replace('_', ' ')} first knew; if it was earlier")


def test_hours_begin_with_the_first_instant_of_a_day_of_which_no_time_is_known() -> None:
    found = begin("hospital", unit="hour", prescriber_knew_on=BEFORE)

    assert found.anchor.isoformat() == "2026-03-16T00:00:00+00:00"


def test_of_a_report_only_thought_of_nobody_asks() -> None:
    found = beginning_of("hospital", unit="calendar_day", aware_at=HEARD, zone=LONDON, knew=None)

    assert (found.anchor, found.why) == (HEARD, None)


# -- On a version, through the door.


def note(safety: Safety, *, now: Any = READ, number: int = 1, **days: str) -> CaseVersion:
    safety.take("version.note_awareness", now=now, subject=safety.version(number), **days)
    return safety.version(number)


def by_party(version: CaseVersion) -> dict[str, set[date]]:
    rows: dict[str, set[date]] = {}
    for one in Obligation.objects.filter(version=version):
        rows.setdefault(one.responsible_party, set()).add(one.day0)
    return rows


def test_obligations_of_one_version_have_each_partys_own_day_0(safety: Safety) -> None:
    safety.attach(safety.receive())
    note(safety, prescriber_knew_on="2026-03-16", company_knew_on="2026-03-18")
    safety.assess()
    version = safety.lock()

    told = by_party(version)

    expected = {
        "health professional": {BEFORE}, "treating prescriber": {BEFORE}, "hospital": {BEFORE},
        "manufacturer": {date(2026, 3, 18)}, "marketing authorisation holder": {date(2026, 3, 18)},
    }  # fmt: skip
    assert {who: days for who, days in told.items() if who in expected} == {
        who: days for who, days in expected.items() if who in told
    }
    assert len(told.keys() & expected.keys()) >= 1
    assert told["person who sells or supplies"] == {HEARD_ON}
    assert version.day0 == HEARD_ON


def test_the_date_is_earlier_by_as_many_days_and_its_ledger_says_why(safety: Safety) -> None:
    safety.attach(safety.receive())
    before = {(one.rule_id, one.recipient): one for one in planned_for(safety.version(), safety.supply.case)}
    version = note(safety, prescriber_knew_on="2026-03-16")

    after = {(one.rule_id, one.recipient): one for one in planned_for(version, safety.supply.case)}

    theirs = [key for key, one in after.items() if one.rule.duty_role in PRESCRIBERS | INSTITUTIONS]
    assert theirs
    for key, one in after.items():
        moved = before[key].due.due_on - one.due.due_on
        assert moved == (timedelta(days=4) if key in theirs else timedelta()), key
    assert [after[key].due.ledger[0].label.startswith("Known to the ") for key in theirs] == [True] * len(theirs)


def test_the_provisional_date_comes_earlier_at_once(safety: Safety) -> None:
    safety.attach(safety.receive())

    def earliest() -> date:
        rows = Deadline.objects.filter(kind="pharmacovigilance.report.provisional", state="running")
        return min(rows.values_list("due_on", flat=True))

    before = earliest()
    note(safety, prescriber_knew_on="2026-02-20", company_knew_on="2026-02-20")

    assert earliest() < before


def test_a_further_version_that_brings_an_earlier_day_makes_what_is_carried_earlier(safety: Safety) -> None:
    first = safety.locked()
    parties = [role.replace("_", " ") for role in PRESCRIBERS | INSTITUTIONS]
    old = Obligation.objects.filter(version=first, responsible_party__in=parties).order_by("number")[0]
    assert old.deadline is not None
    safety.follow_up(now=LOCKED + DAY, received_at=LOCKED + DAY)
    note(safety, now=LOCKED + DAY, number=2, prescriber_knew_on="2026-03-16")
    safety.assess(2, now=LOCKED + DAY)
    safety.lock(2, now=LOCKED + DAY)

    new = Obligation.objects.get(version__number=2, rule=old.rule, recipient=old.recipient)

    assert new.deadline is not None
    assert (new.day0, old.deadline.due_on - new.deadline.due_on) == (BEFORE, old.day0 - BEFORE)
    ended = Deadline.objects.get(pk=old.deadline_id)
    assert ended.moves.order_by("number").last().reason == f"Carried by {new.label}, with an earlier date."


def test_a_day_to_come_is_refused_by_name(safety: Safety) -> None:
    safety.attach(safety.receive())

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        note(safety, company_knew_on="2026-03-21")

    (line,) = refusal.value.unmet
    assert (line.code, line.fact) == ("AwarenessIsPast", "21 Mar 2026 is still to come; today is 20 Mar 2026.")


def test_today_is_also_today_where_the_patient_is(db: None) -> None:
    """20 March, 20:00 UTC: the 20th at the pharmacy, the 21st in Sydney."""
    safety = Safety(build_supply(country="AU", zone="Australia/Sydney"))
    safety.supply.bring_to("dispensed")
    heard = HEARD + timedelta(hours=10)
    safety.attach(safety.receive(now=heard, received_at=heard), now=heard)

    assert note(safety, now=heard, prescriber_knew_on="2026-03-21").prescriber_knew_on == date(2026, 3, 21)
    with refused_and_nothing_written(RequirementsUnmet):
        note(safety, now=heard, prescriber_knew_on="2026-03-22")


def test_a_day_that_is_none_is_refused_by_its_field(safety: Safety) -> None:
    safety.attach(safety.receive())

    with refused_and_nothing_written(FactsInvalid) as refusal:
        note(safety, prescriber_knew_on="4/12")

    assert list(refusal.value.errors) == ["prescriber_knew_on"]


def test_of_a_locked_version_nothing_more_is_said(safety: Safety) -> None:
    safety.locked()

    with refused_and_nothing_written(NotPossible):
        note(safety, now=LOCKED, prescriber_knew_on="2026-03-16")


def test_the_page_says_what_is_not_on_record_and_where_to_say_it(safety: Safety) -> None:
    safety.attach(safety.receive())
    client, address = signed_in(safety.coordinator), f"/cases/{safety.supply.case.reference}/safety/SC-1/"
    step = f"/cases/{safety.supply.case.reference}/do/pharmacovigilance.version.note_awareness/"

    before = client.get(address).content.decode()
    taken = client.post(f"{step}?on=V-1", {"on": "V-1", "prescriber_knew_on": "16 Mar 2026", "company_knew_on": ""})
    after = client.get(address).content.decode()
    read = client.get(f"/api/v1/cases/{safety.supply.case.reference}/safety-cases/SC-1").json()

    assert "When the prescriber or hospital first knew is not on record." in before
    assert f'href="{step}?on=V-1"' in before
    assert (taken.status_code, taken["Location"]) == (302, address)
    assert "first knew is not on record" not in after
    assert "16 Mar 2026" in after
    assert (read["prescriber_knew_on"], read["company_knew_on"]) == ("2026-03-16", None)


def test_the_inspection_pack_tells_the_days(safety: Safety) -> None:
    safety.attach(safety.receive())
    note(safety, prescriber_knew_on="2026-03-16")
    safety.assess(now=ASSESSED)

    told = _version(safety.lock())

    assert (told["prescriber_knew_on"], told["company_knew_on"]) == ("2026-03-16", None)


def test_the_prescriber_is_asked_while_it_can_still_be_noted(safety: Safety) -> None:
    safety.attach(safety.receive())
    step = f"/cases/{safety.supply.case.reference}/do/pharmacovigilance.version.ask_what_is_missing/?on=V-1"

    page = signed_in(safety.coordinator).get(f"/cases/{safety.supply.case.reference}/safety/SC-1/").content.decode()
    open_ones = dict(questions_of(safety.version()))
    safety.take("version.ask_what_is_missing", now=READ, subject=safety.version(), questions=["awareness"])
    noted = dict(questions_of(note(safety, prescriber_knew_on="2026-03-16")))

    asked = safety.supply.case.follow_ups.latest("number")
    assert page.count(f'href="{step}"') == 2
    assert next(iter(open_ones)) == "awareness"
    assert (asked.what, asked.because) == (
        "On which day did you or the hospital first know of it?",
        "V-1: each party has a day 0 of its own; house rule P-35, version 1",
    )
    assert set(open_ones) - set(noted) == {"awareness"}


def test_of_a_locked_version_it_is_not_asked_any_more(safety: Safety) -> None:
    assert "awareness" not in dict(questions_of(safety.locked()))
