"""Every pathway is walked from open to closed by its own data, with the dates that an independent counter gives."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from cases.audit.verify import verify
from cases.deadlines.models import Deadline
from cases.lifecycle.errors import RequirementsUnmet
from cases.models import Case
from regulatory.profiles.loader import load
from tests.cases.deadlines.counter import counted_between, is_counted
from tests.journeys.walk import start

# The patient must be the consignee: personal importation is explained to families and never operated.
NOT_OPERATED = {"BR-PERSONAL"}
# Stock is authorized before there is a patient: no case is opened on it, and none is made up (section 6, rule 15).
STOCK = {key for key, one in load().profiles.items() if one.scope == "stock_no_patient"}
COUNTED_ONE_BY_ONE = ("calendar_day", "working_day")


@pytest.mark.parametrize("key", sorted(STOCK))
def test_a_stock_pathway_is_not_walked_in_a_patients_name(db: None, key: str) -> None:
    with pytest.raises(RequirementsUnmet) as refused:
        start(key)
    (line,) = refused.value.unmet
    assert (line.code, line.overridable) == ("PathwayIsForOnePatient", False)
    assert line.fact.startswith(f"{key} 1.0.0-demo (demonstration copy) authorizes stock of an institution before any ")
    assert not Case.objects.exists()


def test_the_stock_pathways_are_those_of_the_facts() -> None:
    assert {"CA-SAP-FUTURE", "NG-SERVICE", "SG-SAR-BUFFER", "ZA-S21-BULK"} == STOCK


@pytest.mark.parametrize("key", sorted(set(load().profiles) - STOCK))
def test_is_walked_from_open_to_closed(db: None, key: str) -> None:
    walk = start(key).to_closed()
    case = Case.objects.get(pk=walk.ground.case.pk)
    assert (case.stage, case.outcome) == ("closed", "declined" if key in NOT_OPERATED else "completed")
    for deadline in Deadline.objects.filter(case=case, kind__startswith="regulatory."):
        judge(deadline)
    assert verify(chain=f"case:{case.pk}").ok


def judge(deadline: Deadline) -> None:
    """The stored date has exactly as many countable days behind it as its rule says."""
    done = deadline.computation
    rule = done.get("rule", {})
    if not done.get("computable") or rule["unit"] not in COUNTED_ONE_BY_ONE or deadline.pauses:
        return
    calendar = load().calendars[rule["calendar"]]
    anchor, target = local(done["anchor"], rule["zone"]), date.fromisoformat(done["target_on"])
    first, last = (target, anchor) if rule["direction"] == "before" else (anchor, target)
    if rule["direction"] == "before":
        between = sum(
            is_counted(calendar, rule["amount"], rule["unit"], date.fromordinal(day))
            for day in range(first.toordinal(), last.toordinal())
        )
        assert between == rule["amount"] + (1 if calendar.clear_days else 0), deadline
    elif rule["direction"] == "after":
        assert counted_between(calendar, rule["amount"], rule["unit"], first, last) == rule["amount"], deadline
    # A roll moves a duty on, never back, and over closed days only; a window and a lead do not move at all.
    due = date.fromisoformat(done["due_on"])
    assert due >= target
    assert due == target or rule["kind"] == "duty", deadline
    passed = [date.fromordinal(day) for day in range(target.toordinal(), due.toordinal())]
    assert all(calendar.moved_because(day) for day in passed), deadline


def local(anchor: str, zone: str) -> date:
    """The local day of an anchor as it is stored."""
    if "T" not in anchor:
        return date.fromisoformat(anchor)
    return datetime.fromisoformat(anchor).astimezone(ZoneInfo(zone)).date()
