"""A second person checks what arrived and signs, before anything is released: never the one who inspected."""

import dataclasses
from datetime import timedelta

import pytest
from django.db import Error, transaction

from cases.audit.context import acting
from cases.custody.models import Inspection, SecondCheck
from cases.custody.receiving.protocol import protocols
from cases.documents.services import read_bytes, verify_signature
from cases.lifecycle.engine import consider
from cases.lifecycle.errors import NotPermitted, RequirementsUnmet
from tests.cases.custody.builders import DECIDED, HOUR, INSPECTED, Supply, build_supply
from tests.cases.custody.checks import check, colleague, read_typed, unmet
from tests.factories import as_sent
from tests.laid import laid
from tests.written import refused_and_nothing_written

pytestmark = pytest.mark.django_db


@laid
def supply() -> Supply:
    made = build_supply()
    made.bring_to("arrived")
    return made


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
