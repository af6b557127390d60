"""A recall over the API is the same as on its page: opened, stopped, told, refused with what is missing, withdrawn."""

from datetime import timedelta

import pytest

from cases import clock
from cases.custody.models import Recall
from tests.api.callers import Caller, faults, nothing_written, refused
from tests.cases.custody.builders import GTIN, Supply
from tests.cases.custody.recalls.ground import LOT, TOLD

BODY = {
    "lots": [f"{GTIN} {LOT}"],
    "source": "authority",
    "recall_class": "class_2",
    "level": "b",
    "reason": "Particles were seen.",
    "instruction": "Keep the packs apart.",
}


@pytest.fixture
def late_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hour of the calls: after everything that the builders record."""
    monkeypatch.setattr(clock, "now", lambda: TOLD + timedelta(hours=5))


@pytest.mark.usefixtures("dispensed")
def test_goes_its_way_and_tells_how_far_it_came(supply: Supply, late_clock: None) -> None:
    pharmacist, chief = Caller(supply.house.coordinator), Caller(supply.house.pic)

    made = pharmacist.post("/recalls", BODY)
    assert (made.status_code, made.json()["label"], made.json()["state"]) == (201, "RC-1", "opened")
    assert [pack["serial"] for pack in made.json()["packs"]] == ["SN-1-1", "SN-1-2"]
    assert pharmacist.post("/recalls/RC-1/stop").json()["state"] == "stopped"
    told = pharmacist.post("/recalls/RC-1/letters").json()
    assert [letter["role"] for letter in told["letters"]] == ["prescriber", "institution", "patient", "supplier"]
    # Level B: half of those written to.
    known = told["effectiveness"]
    assert (known["traced"], known["missing"], known["letters"], known["needed"], known["is_checked"]) == (
        2, 2, 4, 2, False,
    )  # fmt: skip

    body = refused(chief.post("/recalls/RC-1/close", {"conclusion": "Done."}), 409, "requirements-unmet")
    reference = supply.case.reference
    assert [line["code"] for line in body["requirements"]] == [
        f"EveryPackLocated:{reference}", f"EveryLetterSettled:{reference}",
    ]  # fmt: skip
    refused(pharmacist.post("/recalls/RC-1/withdraw", {"conclusion": "No."}), 403, "not-permitted")
    assert chief.post("/recalls/RC-1/withdraw", {"conclusion": "Another lot."}).json()["state"] == "withdrawn"
    assert [one["label"] for one in Caller(supply.house.auditor).read("/recalls")["recalls"]] == ["RC-1"]


def test_a_drill_is_called_one(supply: Supply) -> None:
    made = Caller(supply.house.coordinator).post("/recalls", BODY | {"is_drill": True}).json()

    assert (made["label"], made["slug"], made["is_drill"]) == ("DRILL RC-1", "DRILL-RC-1", True)
    assert Caller(supply.house.pic).read("/recalls/DRILL-RC-1")["state"] == "opened"
    assert Caller(supply.house.pic).get("/recalls/RC-1").status_code == 404


@pytest.mark.parametrize(
    ("lots", "words"),
    [
        (["00399999000121 7K04B8"], "Line 1: The check digit of GTIN 00399999000121 is 1 and should be"),
        ([GTIN], "Line 1 has 1 words: write GTIN and lot"),
        ([f"{GTIN} {'X' * 21}"], "Line 1: A lot number has 1 to 20 characters"),
    ],
)
def test_a_lot_that_is_none_is_named(supply: Supply, lots: list[str], words: str) -> None:
    caller = Caller(supply.house.coordinator)
    with nothing_written():
        ((field, _, problem, _),) = faults(caller.post("/recalls", BODY | {"lots": lots}))

    assert (field, problem.startswith(words)) == ("lots", True)
    assert Recall.objects.count() == 0
