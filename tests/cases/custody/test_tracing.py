"""A lot is traced to every pack of it and to the cases they are for, in one query."""

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.custody.tracing import NotTraceable, counted, trace_lot
from cases.models import Case
from tests.api.callers import Caller, faults
from tests.cases.custody.builders import ARRIVED, DISPENSED, GTIN, Supply
from tests.factories import NOW
from tests.laid import laid

LOT = "7K04B8"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@laid
def spread(supply: Supply) -> Supply:
    """Packs of one lot in four places: in stock, in transit, in quarantine, and dispensed with a dose given."""
    supply.bring_to("dispensed")
    pack = supply.consignment().units.get(serial="SN-1-1")
    supply.do("record_dose", by=supply.house.receiving, now=DISPENSED, given_at=DISPENSED, unit=pack, amount="150 mg")
    supply.bring_to("arrived", number=2)
    supply.bring_to("in_transit", number=3)
    supply.bring_to("allocated", number=4)
    return supply


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("trace_lot", *arguments, stdout=out)
    return out.getvalue()


def test_finds_every_pack_with_its_place_supplier_consignment_and_case(spread: Supply) -> None:
    units = trace_lot(GTIN, LOT)

    assert [(one.serial, one.where, one.consignment, one.holder, one.doses) for one in units] == [
        ("SN-1-1", "dispensed", "C-1", "the patient", 1),
        ("SN-1-2", "dispensed", "C-1", "the patient", 0),
        ("SN-2-1", "in_quarantine", "C-2", "Fairhaven General Hospital", 0),
        ("SN-2-2", "in_quarantine", "C-2", "Fairhaven General Hospital", 0),
        ("SN-3-1", "in_transit", "C-3", "Skyline Invented Cargo", 0),
        ("SN-3-2", "in_transit", "C-3", "Skyline Invented Cargo", 0),
        ("SN-4-1", "in_stock", "C-4", "Northway Invented Wholesale", 0),
        ("SN-4-2", "in_stock", "C-4", "Northway Invented Wholesale", 0),
    ]
    assert {(one.case, one.supplier, one.institution, one.medicine) for one in units} == {
        (
            spread.case.reference,
            "Northway Invented Wholesale",
            "Fairhaven General Hospital",
            "orvelumab 150 mg/mL",
        )
    }
    assert units[2].since == ARRIVED


def test_asks_the_database_once(spread: Supply) -> None:
    with CaptureQueriesContext(connection) as captured:
        units = trace_lot(GTIN, LOT)

    assert (len(captured), len(units)) == (1, 8)


def test_keeps_to_the_cases_a_person_may_see(spread: Supply) -> None:
    stranger = spread.house.stranger.user

    with pytest.raises(NotTraceable):
        trace_lot(GTIN, LOT, among=Case.objects.visible_to(stranger, at=NOW))


@pytest.mark.parametrize(
    ("state", "where"),
    [("returned", "returned"), ("destroyed", "destroyed"), ("lost", "lost"), ("rejected", "rejected")],
)
def test_counts_what_has_ended_too(supply: Supply, state: str, where: str) -> None:
    supply.bring_to("in_transit" if state in ("lost", "returned") else "arrived")
    verb = {"returned": "give_back", "destroyed": "destroy", "lost": "lose", "rejected": "reject"}[state]
    more: dict[str, Any] = {"witness": supply.house.second_pharmacist} if verb == "destroy" else {}
    if verb == "reject":
        supply.inspect(result="reject")
        supply.measure()
        supply.decide("reject_destroy")
    supply.do(verb, by=supply.house.pic, now=DISPENSED, reason="Invented.", **more)

    counts = counted(trace_lot(GTIN, LOT))
    assert counts[where] == 2
    assert sum(counts.values()) == 2


def test_the_command_prints_one_object(spread: Supply) -> None:
    told = json.loads(run(GTIN, LOT, "--json"))

    assert (told["gtin"], told["lot"], told["cases"]) == (GTIN, LOT, [spread.case.reference])
    assert told["counts"] == {
        "in_stock": 2, "in_transit": 2, "in_quarantine": 2, "received": 0, "dispensed": 2, "rejected": 0,
        "returned": 0, "destroyed": 0, "lost": 0, "not_shipped": 0,
    }  # fmt: skip
    assert told["units"][0] == {
        "gtin": GTIN,
        "lot": LOT,
        "serial": "SN-1-1",
        "expires_on": "2027-08-31",
        "state": "dispensed",
        "place": "Fairhaven General Hospital",
        "holder": "the patient",
        "since": "2026-03-06T14:20:00+00:00",
        "case": spread.case.reference,
        "supplier": "Northway Invented Wholesale",
        "institution": "Fairhaven General Hospital",
        "doses": 1,
        "where": "dispensed",
        "consignment": "C-1",
        "medicine": "orvelumab 150 mg/mL",
    }
    assert "Ada" not in json.dumps(told)


def test_the_command_ends_with_a_sum(spread: Supply) -> None:
    last = run(GTIN, LOT).strip().splitlines()[-1]
    assert last == "8 packs in 1 case: 2 in stock, 2 in transit, 2 in quarantine, 2 dispensed."


WRONG = GTIN[:-1] + str((int(GTIN[-1]) + 1) % 10)


@pytest.mark.parametrize(
    ("gtin", "lot", "sentence"),
    [
        (
            WRONG,
            LOT,
            rf"The check digit of GTIN {WRONG} is {WRONG[-1]} and should be {GTIN[-1]}: one digit was misread\.",
        ),
        ("3999990001", LOT, r"A GTIN has 14 digits; '3999990001' was given\."),
        (GTIN, "NO-SUCH", rf"GTIN {GTIN} is on file, but no pack of lot NO-SUCH\."),
        ("00312345678906", LOT, r"No pack of GTIN 00312345678906 is on file\."),
        (GTIN, "X" * 21, "A lot number has 1 to 20 characters; 'XXXXXXXXXXXXXXXXXXXXX' was given"),
        (GTIN, "", "A lot number has 1 to 20 characters; '' was given"),
    ],
)
def test_the_command_ends_with_two_and_names_what_is_not_known(
    spread: Supply, gtin: str, lot: str, sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence) as refused:
        run(gtin, lot)
    assert refused.value.returncode == 2


def test_the_page_lists_the_packs_and_says_beside_the_field_what_is_wrong(spread: Supply) -> None:
    client = Client()
    client.force_login(spread.house.auditor, backend=BACKEND)

    page = client.get("/trace/", {"gtin": GTIN, "lot": LOT})
    wrong = client.get("/trace/", {"gtin": WRONG, "lot": LOT})

    assert page.status_code == 200
    assert list(dict.fromkeys(re.findall(r"SN-\d-\d", page.content.decode()))) == [
        f"SN-{c}-{u}" for c in (1, 2, 3, 4) for u in (1, 2)
    ]
    assert "8 packs in 1 case" in page.content.decode()
    assert wrong.status_code == 422
    assert '<a href="#gtin">The check digit of GTIN' in wrong.content.decode()


def test_the_api_answers_the_same_and_names_field_and_value(spread: Supply) -> None:
    caller = Caller(spread.house.coordinator)

    told = caller.read("/trace", gtin=GTIN, lot=LOT)
    assert told["counts"]["in_transit"] == 2
    assert [unit["serial"] for unit in told["units"]][:2] == ["SN-1-1", "SN-1-2"]
    ((field, value, problem, _),) = faults(caller.get("/trace", gtin=GTIN, lot="NO-SUCH"))
    assert (field, value) == ("lot", "NO-SUCH")
    assert problem.startswith(f"GTIN {GTIN} is on file, but no pack of lot NO-SUCH.")
