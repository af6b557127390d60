"""Every pathway is walked from open to closed by its own data, with the dates that an independent counter gives."""

import json
import re
from datetime import datetime

import pytest

from cases.audit.verify import verify
from cases.custody.stock import PLACES, account_of
from cases.deadlines.arithmetic import Computation
from cases.deadlines.models import Deadline
from cases.models import Case
from regulatory.profiles.loader import load
from regulatory.quantities import balance
from regulatory.records import gather
from tests.almanac import DATA, disagreements, last_instant
from tests.journeys.walk import start

pytestmark = pytest.mark.slow

# The patient must be the consignee: personal importation is explained to families and never operated.
NOT_OPERATED = {"BR-PERSONAL"}
# Stock is authorized before there is a patient: it is shipped as stock, and each patient's case draws from it.
STOCK = {key for key, one in load().profiles.items() if one.scope == "stock_no_patient"}


def test_the_stock_pathways_are_those_of_the_facts() -> None:
    assert {"CA-SAP-FUTURE", "NG-SERVICE", "SG-SAR-BUFFER", "ZA-S21-BULK"} == STOCK


@pytest.mark.parametrize("key", sorted(load().profiles))
def test_is_walked_from_open_to_closed(db: None, key: str) -> None:
    walk = start(key).to_closed()
    assert len(walk.drawn) == (2 if key in STOCK else 0)
    for one in (walk, *walk.drawn):
        case = Case.objects.get(pk=one.ground.case.pk)
        assert (case.stage, case.outcome) == ("closed", "declined" if key in NOT_OPERATED else "completed")
        for deadline in Deadline.objects.filter(case=case, kind__startswith="regulatory."):
            judge(key, deadline)
        judge_the_page(key, case)
        assert verify(chain=f"case:{case.pk}").ok


@pytest.mark.parametrize("key", sorted(STOCK))
def test_stock_names_no_patient_and_each_pack_of_it_one(db: None, key: str) -> None:
    walk = start(key).to_closed()
    stock = Case.objects.get(pk=walk.ground.case.pk)
    assert (stock.patient, stock.is_stock, stock.consignments.get().state) == (None, True, "drawn")
    assert {**account_of(stock).at} == dict.fromkeys(PLACES, 0) | {"drawn": 2}
    patients = [Case.objects.get(pk=one.ground.case.pk) for one in walk.drawn]
    assert len({case.patient_id for case in patients} - {None}) == 2
    # Each pack left the stock once, for one patient, and nothing was filed or shipped for either of them.
    packs = [list(case.units.values_list("serial", "state")) for case in patients]
    assert sorted(packs) == [[(serial, "dispensed")] for serial in sorted(stock.units.values_list("serial", flat=True))]
    assert [case.filings.count() + case.authorizations.count() for case in patients] == [0, 0]
    # What an authorization counts is what was sent under it, once.
    for authorization in stock.authorizations.all():
        sent = sum(one.quantity for one in authorization.consignments.all())
        assert (balance(authorization).used, sent) == (2, 2)


def judge(key: str, deadline: Deadline) -> None:
    """The stored date is the one that day by day counting gives, from the number that the pathway publishes."""
    done, named = deadline.computation, f"{key}: {deadline.key}"
    assert (deadline.pauses, deadline.extensions) == ([], []), named  # the walk is asked no question
    if not done["rule"]:
        # A date that a letter or a person names: the end of that day, where it is.
        assert deadline.due_on.isoformat() == done["anchor"], named
        assert deadline.due_at == last_instant(deadline.due_on, deadline.zone), named
        return
    assert list(disagreements(done, occurrence=number_of(deadline.key))) == [], named
    assert deadline.due_on.isoformat() == done["due_on"], named
    assert deadline.due_at == datetime.fromisoformat(done["due_at"]), named
    if not done["is_house_target"] and deadline.fact:
        fact = published(key, deadline.fact)
        assert (done["rule"]["amount"], done["rule"]["unit"]) == fact, named


def judge_the_page(key: str, case: Case) -> None:
    """Every clock that the pathway shows at the end: also what is kept for years, and what is only expected."""
    records = gather(case, case.closed_at)
    for duty in records.every_duty(records.events):
        if isinstance(duty.due, Computation):
            image = duty.due.to_json()
            assert list(disagreements(image, occurrence=number_of(duty.key))) == [], f"{key}: {duty.key}"
            assert (image["rule"]["amount"], image["rule"]["unit"]) == published(key, duty.fact), f"{key}: {duty.key}"


def number_of(key: str) -> int:
    """Which of the periods that repeat; the first of any other date."""
    found = re.search(r"#([0-9]+)(:|$)", key)
    return int(found[1]) if found else 1


def published(key: str, fact: str) -> tuple[float, str]:
    """Amount and unit of a clock as the pathway's file says them; of the export's own pathway for what leaves."""
    path = DATA / "profiles" / f"{fact.partition('.')[0]}.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    one = next(one for section in facts.values() if isinstance(section, list)
               for one in section if isinstance(one, dict) and one.get("id") == fact)  # fmt: skip
    return one.get("amount", one.get("max", one.get("lead_amount"))), one.get("unit", one.get("lead_unit"))
