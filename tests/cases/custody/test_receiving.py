"""Receiving by the protocol: its order, packs read at this end, what is held, and the second person."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, transaction

from cases.audit.context import acting
from cases.custody.models import CheckResult, Inspection, PackReading, SecondCheck, SupplyException
from cases.custody.receiving.protocol import protocols, read
from cases.documents.services import read_bytes, verify_signature
from cases.lifecycle.engine import consider
from cases.lifecycle.errors import FactsInvalid, NotPermitted, RequirementsUnmet
from cases.people.models import User
from cases.people.roles import Role
from tests.api.callers import Caller
from tests.cases.custody.builders import ARRIVED, DECIDED, GTIN, HOUR, INSPECTED, Supply, build_supply
from tests.factories import PASSWORD, as_sent, check_arrival, person, read_on_arrival
from tests.laid import laid
from tests.written import refused_and_nothing_written

pytestmark = pytest.mark.django_db


@laid
def supply() -> Supply:
    made = build_supply()
    made.bring_to("arrived")
    return made


def unmet(refusal: Any) -> dict[str, str]:
    return {line.code: line.fact for line in refusal.value.unmet}


def typed(serial: str) -> str:
    return f"(01){GTIN}(17)270831(10)7K04B8(21){serial}"


def colleague(supply: Supply) -> User:
    with acting(by=supply.house.administrator, verb="tests.person.added"):
        return person("bell@example.org", "R. Bell", Role.RECEIVING_PHARMACIST, institution=supply.house.institution)


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


def read_typed(supply: Supply, serial: str, by: User) -> None:
    supply.do("read_pack", by=by, now=INSPECTED, text=typed(serial), entry_method="typed")


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


def check(supply: Supply, by: User | None = None, **facts: Any) -> None:
    given = {"units_counted": "2", "agrees": "yes", "password": PASSWORD} | facts
    supply.do("second_check", by=by or supply.house.doctor, now=INSPECTED + HOUR / 2, **given)


def test_nothing_is_released_before_a_second_person_has_signed(supply: Supply) -> None:
    supply.inspect(checked=False)
    supply.measure()
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.decide()
    assert unmet(refusal) == {"CheckedByASecondPerson": "J. Whitlock inspected it and nobody checked it yet."}
    supply.decide("quarantine", now=DECIDED - HOUR)
    check(supply)
    supply.decide()
    assert supply.accept().state == "accepted"


def test_the_second_check_is_signed_over_what_was_counted(supply: Supply) -> None:
    supply.inspect(checked=False)
    check(supply)
    one = SecondCheck.objects.get()
    (signature,) = one.record.signatures.all()
    assert (signature.signer, verify_signature(signature)) == (supply.house.doctor, [])
    text = read_bytes(one.record.file).decode()
    assert "Inspected by J. Whitlock, 2026-03-06 10:20 UTC: accept\n" in text
    assert "Counted: 2; at the inspection: 2.\nAgrees with the inspection: yes.\n" in text


def test_the_second_person_is_told_what_the_first_one_found(supply: Supply) -> None:
    receiving = supply.house.receiving
    for serial in ("SN-1-1", "SN-1-2"):
        read_typed(supply, serial, receiving)
    facts = as_sent(INSPECTED, carton_intact="no", result="quarantine")
    supply.do("inspect", by=receiving, now=INSPECTED, **facts)
    lines = consider(
        supply.case, "custody.consignment.second_check", by=supply.house.doctor, now=INSPECTED,
        subject=supply.consignment(),
    )  # fmt: skip
    (line,) = [one for one in lines if one.code == "SecondCheckIsAnothers"]
    assert line.fact == (
        "J. Whitlock inspected it on 2026-03-06 10:20 UTC: quarantine; 2 units counted; answered no: Outer carton; "
        "typed, and to be typed again: SN-1-1, SN-1-2."
    )


def test_who_inspected_or_sent_does_not_check_and_nobody_checks_twice(supply: Supply) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        check(supply)
    assert unmet(refusal) == {"SecondCheckIsAnothers": "No inspection is on record."}
    supply.inspect(checked=False)
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        check(supply, supply.house.receiving)
    assert unmet(refusal) == {"SecondCheckIsAnothers": "J. Whitlock inspected it: another person checks."}
    for who in (supply.house.coordinator, supply.house.delegate):
        with refused_and_nothing_written(NotPermitted):
            check(supply, who)
    check(supply, colleague(supply))
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        check(supply)
    assert unmet(refusal) == {"SecondCheckIsAnothers": "R. Bell checked it already."}


def test_the_database_takes_no_check_by_who_inspected(supply: Supply) -> None:
    supply.inspect(checked=False)
    inspection = Inspection.objects.get()
    with (
        acting(by=supply.house.receiving, verb="tests.check.written"),
        pytest.raises(Error, match="not made by who inspected"),
        transaction.atomic(),
    ):
        SecondCheck.objects.create(
            case=supply.case, inspection=inspection, checked_by=supply.house.receiving, checked_at=INSPECTED,
            units_counted=2, agrees=True, record=inspection.record,
        )  # fmt: skip


def test_a_check_that_does_not_agree_says_why_and_asks_for_a_new_inspection(supply: Supply) -> None:
    supply.inspect(checked=False)
    supply.measure()
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        check(supply, units_counted="1")
    assert unmet(refusal) == {"SecondCheckIsAnothers": "1 counted now, 2 at the inspection: that is no agreement."}
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        check(supply, units_counted="1", agrees="no")
    assert unmet(refusal) == {"SecondCheckIsAnothers": "It is not said what differs. Write it under the remarks."}
    check(supply, units_counted="1", agrees="no", remarks="One vial is missing.")
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.decide()
    assert unmet(refusal) == {
        "CheckedByASecondPerson": "Dr L. Ferrante checked it on 2026-03-06 and does not agree: “One vial is missing.” "
        "It is inspected anew."
    }
    supply.inspect()
    supply.decide()
    assert supply.accept().state == "accepted"


def test_a_protocol_without_a_second_check_asks_for_none(supply: Supply, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = (dataclasses.replace(protocols()[0], second_check=False),)
    monkeypatch.setattr("cases.custody.receiving.protocol.protocols", lambda: alone)
    supply.inspect(checked=False)
    supply.measure(now=INSPECTED + timedelta(minutes=1))
    supply.decide()
    assert supply.accept().state == "accepted"


# -- the API


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
