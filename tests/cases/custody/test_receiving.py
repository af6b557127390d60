"""Receiving by the protocol: its order, packs read at this end, what is held, and the second person."""

from typing import Any

import pytest
from django.db import Error, transaction

from cases.audit.context import acting
from cases.custody.models import CheckResult, PackReading, SupplyException
from cases.custody.receiving.protocol import protocols, read
from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from tests.api.callers import Caller
from tests.cases.custody.builders import ARRIVED, DECIDED, GTIN, HOUR, INSPECTED, Supply, build_supply
from tests.cases.custody.checks import check, colleague, read_typed, typed, unmet
from tests.factories import as_sent, check_arrival, read_on_arrival
from tests.laid import laid
from tests.written import refused_and_nothing_written

pytestmark = pytest.mark.django_db


@laid
def supply() -> Supply:
    made = build_supply()
    made.bring_to("arrived")
    return made


# -- the protocol


def test_the_protocol_is_a_draft_with_its_source_and_asks_all_that_the_facts_ask() -> None:
    (one,) = protocols()
    assert (one.version, one.status, one.second_check) == ("1", "draft", True)
    assert one.source.startswith("custody facts, section 6")
    assert [(item.code, item.phase) for item in one.items] == [
        *((code, "before") for code in ("briefing", "carton", "seals", "labels", "marks")),
        *((code, "logger") for code in ("logger", "logger_read")),
        *((code, "after") for code in ("area", "inner", "packs", "count", "shelf_life", "case_label", "leaflet",
                                       "storage")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "smell"}, "Protocol 2, item carton: 'smell' in 'before' is no kind and phase."),
        ({"fact": ""}, "Protocol 2, item carton: look and the fact '' do not go together."),
        ({"phase": "after"}, "Protocol 2: an item of before opening stands after one of after opening."),
        ({"code": "seals"}, "Protocol 2 names an item twice: ['seals', 'seals']."),
    ],
)
def test_a_wrong_protocol_names_its_item(change: dict[str, str], told: str) -> None:
    item = {name: getattr(protocols()[0].item("carton"), name) for name in
            ("code", "fact", "kind", "phase", "title", "question", "hint", "no_means")}  # fmt: skip
    second = item | {"code": "seals", "fact": "seals_intact"}
    head = {"version": "2", "status": "draft", "reviewed_by": "", "effective_from": "2030-01-01",
            "second_check": True, "source": "none", "confidence": "low"}  # fmt: skip
    with pytest.raises(ValueError) as fault:  # noqa: PT011 - the whole message is compared below
        read({"protocols": [head | {"items": [item | change, second]}]})
    assert str(fault.value) == told


def test_every_item_is_asked_and_a_missing_one_is_named(supply: Supply) -> None:
    read_on_arrival(supply.consignment(), by=supply.house.receiving, now=INSPECTED)
    facts = as_sent(INSPECTED)
    del facts["case_label_matches"]
    with refused_and_nothing_written(FactsInvalid) as refusal:
        supply.do("inspect", by=supply.house.receiving, now=INSPECTED, **facts)
    assert list(refusal.value.errors) == ["case_label_matches"]
    with refused_and_nothing_written(FactsInvalid) as refusal:
        supply.inspect(carton_intact="not_applicable")
    assert list(refusal.value.errors) == ["carton_intact"]


# -- order


@pytest.mark.parametrize(
    ("facts", "fact"),
    [
        (
            {"logger_stopped_at": ""},
            "It is not said when logger 4410-2207 was stopped, and what comes after opening is answered: place of "
            "opening, inner packing, shelf life, case label, language label and leaflet, qualified storage.",
        ),
        (
            {"logger_read": "not_applicable"},
            "Logger 4410-2207 was sent: not applicable is for a box without a logger only.",
        ),
        ({"logger_stopped_at": ARRIVED - HOUR}, "2026-03-06 08:20 UTC lies before the arrival."),
        ({"logger_stopped_at": INSPECTED + HOUR}, "2026-03-06 11:20 UTC lies after the inspection."),
    ],
)
@pytest.mark.parametrize("result", ["accept", "quarantine"])
def test_nothing_is_opened_before_the_logger_was_stopped_and_read(
    supply: Supply, facts: dict[str, Any], fact: str, result: str
) -> None:
    read_on_arrival(supply.consignment(), by=supply.house.receiving, now=INSPECTED)
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.inspect(**facts, result=result)
    assert unmet(refusal) == {"LoggerReadBeforeOpening": fact}


def test_storage_notes_and_photos_are_judged_by_name(supply: Supply) -> None:
    read_on_arrival(supply.consignment(), by=supply.house.receiving, now=INSPECTED)
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.inspect(stored_at="", notes="lid: loose")
    found = unmet(refusal)
    assert found["StorageHasItsTime"] == "It is not said when it was moved there."
    assert found["NotesNameItems"].startswith(
        "Line 1 of the notes, “lid: loose”, begins with no item of the protocol and a colon. The items are: area, "
    )
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.inspect(photos="carton: D-99")
    assert unmet(refusal) == {
        "NotesNameItems": f"D-99 is no paper of {supply.case.reference}. Send the photo of carton first."
    }


def test_each_item_is_kept_once_with_its_question_and_never_changed(supply: Supply) -> None:
    supply.inspect(notes="carton: dented at one corner", marks_clear="not_applicable")
    found = list(CheckResult.objects.order_by("place"))
    assert [one.item for one in found] == [item.code for item in protocols()[0].items]
    carton = next(one for one in found if one.item == "carton")
    assert (carton.question, carton.answer, carton.note) == (
        "Is the outer carton whole and dry?",
        "yes",
        "dented at one corner",
    )
    assert next(one for one in found if one.item == "marks").answer == "not_applicable"
    with (
        acting(by=supply.house.pic, verb="tests.result.changed"),
        pytest.raises(Error, match="Cannot update or delete rows"),
        transaction.atomic(),
    ):
        CheckResult.objects.filter(pk=carton.pk).update(answer="no")


# -- packs


def test_nothing_is_accepted_that_was_not_read_at_this_end(supply: Supply) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.do("inspect", by=supply.house.receiving, now=INSPECTED, **as_sent(INSPECTED))
    assert unmet(refusal) == {"PacksReadOnArrival": "Not read since it arrived: SN-1-1, SN-1-2."}


@pytest.mark.parametrize("verb", ["inspect", "read_pack"])
def test_nobody_confirms_at_both_ends(supply: Supply, verb: str) -> None:
    facts = as_sent(INSPECTED) if verb == "inspect" else {"text": typed("SN-1-1"), "entry_method": "typed"}
    if verb == "inspect":
        read_on_arrival(supply.consignment(), by=supply.house.receiving, now=INSPECTED)
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.do(verb, by=supply.house.coordinator, now=INSPECTED, **facts)
    assert unmet(refusal) == {
        "NotAtBothEnds": "M. Ostby allocated and dispatched and packed and read the packs of C-1 before it left."
    }


def test_a_pack_typed_by_one_person_is_neither_released_nor_accepted(supply: Supply) -> None:
    receiving = supply.house.receiving
    for serial in ("SN-1-1", "SN-1-2"):
        read_typed(supply, serial, receiving)
    supply.do("inspect", by=receiving, now=INSPECTED, **as_sent(INSPECTED))
    supply.measure()
    check_arrival(supply.house, supply.consignment(), now=INSPECTED)
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.decide()
    assert unmet(refusal) == {"TypedPacksReadByTwo": "Typed by one person: SN-1-1, SN-1-2. A second one reads it too."}
    other = colleague(supply)
    for serial in ("SN-1-1", "SN-1-2"):
        read_typed(supply, serial, other)
    supply.decide()
    assert supply.accept().state == "accepted"


def test_the_second_check_types_what_the_first_person_typed(supply: Supply) -> None:
    receiving = supply.house.receiving
    for serial in ("SN-1-1", "SN-1-2"):
        read_typed(supply, serial, receiving)
    supply.do("inspect", by=receiving, now=INSPECTED, **as_sent(INSPECTED))
    supply.measure()
    check(supply, typed_packs=f"{typed('SN-1-1')}\n{typed('SN-1-2')}")
    by = PackReading.objects.filter(entry_method="typed").order_by("pk").values_list("serial", "read_by__display_name")
    assert list(by)[2:] == [("SN-1-1", "Dr L. Ferrante"), ("SN-1-2", "Dr L. Ferrante")]
    supply.decide()
    assert supply.accept().state == "accepted"


# -- partial receipt, breakage, shortage, overage


def kinds() -> list[tuple[str, str, str]]:
    rows = SupplyException.objects.order_by("number").select_related("unit")
    return [(one.kind, one.unit.serial if one.unit else "", one.acts_next) for one in rows]


@pytest.mark.parametrize(
    ("facts", "opened"),
    [
        ({"missing": ["SN-1-2"], "units_received": "1"}, ("missing_product", "SN-1-2", "Harrow Street Pharmacy")),
        ({"broken": ["SN-1-1"]}, ("damaged_product", "SN-1-1", "Skyline Invented Cargo")),
        (
            {"extra": f"{GTIN} 7K04B8 2027-08-31 SN-9-9", "units_received": "3"},
            ("missing_product_data", "", "Harrow Street Pharmacy"),
        ),
        ({"units_received": "1"}, ("underages", "", "Harrow Street Pharmacy")),
        ({"units_received": "5"}, ("overages", "", "Harrow Street Pharmacy")),
    ],
)
def test_each_difference_opens_one_exception_that_names_it(
    supply: Supply, facts: dict[str, Any], opened: tuple[str, str, str]
) -> None:
    read_on_arrival(supply.consignment(), by=supply.house.receiving, now=INSPECTED)
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.inspect(**facts)
    assert set(unmet(refusal)) == {"AcceptanceHasNoDiscrepancy"}
    supply.inspect(**facts, result="quarantine")
    assert kinds() == [opened]
    supply.inspect(**facts, result="quarantine")
    assert kinds() == [opened]


def test_a_pack_read_as_another_is_held_with_both_sides(supply: Supply) -> None:
    text = typed("SN-1-1").replace("7K04B8", "7K0488")
    supply.do("read_pack", by=supply.house.receiving, now=ARRIVED + HOUR / 2, text=text, entry_method="scanner")
    read_on_arrival_of(supply, "SN-1-2")
    supply.do("inspect", by=supply.house.receiving, now=INSPECTED, **as_sent(INSPECTED, result="quarantine"))
    (one,) = SupplyException.objects.all()
    assert (one.kind, one.on_paper["lot"], one.on_pack["lot"]) == ("data_misalignment", "7K04B8", "7K0488")


def read_on_arrival_of(supply: Supply, serial: str) -> None:
    supply.do("read_pack", by=supply.house.receiving, now=INSPECTED, text=typed(serial), entry_method="scanner")


def test_a_part_is_accepted_and_given_and_the_broken_pack_stays_held(supply: Supply) -> None:
    supply.inspect(broken=["SN-1-2"], result="accept_part")
    supply.measure()
    supply.decide()
    assert supply.accept().state == "accepted"
    states = dict(supply.consignment().units.values_list("serial", "state"))
    assert states == {"SN-1-1": "accepted", "SN-1-2": "quarantine"}
    units = {unit.serial: unit for unit in supply.consignment().units.all()}
    with refused_and_nothing_written(FactsInvalid) as wrong:
        part(supply, units["SN-1-2"])
    assert list(wrong.value.errors) == ["unit"]
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.dispense()
    assert unmet(refusal)["UnitsAreFree"] == "SN-1-2 is in quarantine."
    part(supply, units["SN-1-1"])
    assert dict(supply.consignment().units.values_list("serial", "state"))["SN-1-1"] == "dispensed"


def part(supply: Supply, unit: Any) -> None:
    supply.do(
        "dispense_part", by=supply.house.receiving, now=DECIDED + HOUR, unit=unit, count=unit.content,
        dispensed_at=DECIDED + HOUR,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "fact"),
    [
        ({"broken": ["SN-1-1", "SN-1-2"]}, "No pack is as it was sent."),
        ({"broken": ["SN-1-1"], "seals_intact": "no"}, "A seal is broken or another."),
        (
            {"missing": ["SN-1-1"], "units_received": "2"},
            "2 units were counted; by the packs named there must be 1.",
        ),
    ],
)
def test_a_part_is_accepted_only_when_each_flaw_is_one_of_a_named_pack(
    supply: Supply, facts: dict[str, Any], fact: str
) -> None:
    read_on_arrival(supply.consignment(), by=supply.house.receiving, now=INSPECTED)
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.inspect(**facts, result="accept_part")
    assert unmet(refusal) == {"AcceptanceHasNoDiscrepancy": fact}


# -- the second person


def test_the_api_tells_the_inspection_item_by_item_and_its_second_check(supply: Supply) -> None:
    supply.inspect(notes="carton: dented at one corner")
    (one,) = Caller(supply.house.coordinator).read(f"/cases/{supply.case.reference}/consignments/C-1/inspections")[
        "inspections"
    ]
    assert one["protocol"] == "receiving protocol, version 1, an unreviewed draft, medium confidence"
    assert (one["result"], one["inspected_by"], one["logger_stopped_at"]) == (
        "accept",
        "J. Whitlock",
        "2026-03-06T10:20:00Z",
    )
    assert one["items"][1] == {
        "item": "carton",
        "question": "Is the outer carton whole and dry?",
        "answer": "yes",
        "note": "dented at one corner",
        "photo": None,
    }
    check_told = one["second_check"]
    assert (check_told["checked_by"], check_told["agrees"]) == ("Dr L. Ferrante", True)


def test_the_api_tells_what_became_of_each_pack(supply: Supply) -> None:
    supply.inspect(broken=["SN-1-2"], result="accept_part")
    supply.measure()
    supply.decide()
    supply.accept()
    part(supply, supply.consignment().units.get(serial="SN-1-1"))
    packs = Caller(supply.house.coordinator).read(f"/cases/{supply.case.reference}/consignments/C-1/contents")["packs"]
    first, second = packs
    assert (first["serial"], first["content"], first["where"]["patient"], first["where"]["shelf"]) == (
        "SN-1-1",
        1,
        1,
        0,
    )
    assert [(one["kind"], one["amount"], one["recorded_by"]) for one in first["entries"]] == [
        ("dispense", 1, "J. Whitlock")
    ]
    assert (second["where"]["shelf"], second["entries"]) == (1, [])
