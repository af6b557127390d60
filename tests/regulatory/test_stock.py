"""Stock before any patient: what a case of it refuses, what a patient's case draws, and where each pack is."""

from datetime import timedelta
from typing import Any

import pytest

from cases.audit.verify import verify
from cases.custody.models import Consignment, DoseAdministered, StockMove, Unit
from cases.custody.origins import origins_of
from cases.custody.stock import PLACES, account_of, uses_of_stock
from cases.custody.tracing import trace_lot
from cases.lifecycle.errors import FactsInvalid, NotPossible, RequirementsUnmet
from cases.models import Case, CaseEvent
from cases.people.paper_keys import papers_key
from cases.services import open_case
from regulatory.quantities import balance
from tests.factories import build_case, build_patient
from tests.journeys.walk import DAY, Walk, start
from tests.laid import laid
from tests.regulatory.ground import GTIN


@laid
def stock(db: None) -> Walk:
    """Two packs of CA-SAP-FUTURE, accepted at the institution."""
    walk = start("CA-SAP-FUTURE")
    walk.bring_in()
    return walk


@laid
def patient(stock: Walk) -> Walk:
    """A patient's case on the same pathway, at sourcing."""
    walk = stock.patient(1)
    walk.take("cases.case.begin_sourcing")
    return walk


def at(case: Case) -> dict[str, int]:
    """The account of a case of stock, without the places where nothing is."""
    found = account_of(case)
    assert sum(found.at.values()) == found.total
    return {place: packs for place, packs in found.at.items() if packs}


def refused(walk: Walk, code: str, **facts: Any) -> str:
    """The fact of the one unmet line of a draw; nothing was written in either case."""
    before = written()
    with pytest.raises(RequirementsUnmet) as refusal:
        walk.draw(**facts)
    assert written() == before
    (line,) = refusal.value.unmet
    assert line.code == code
    return line.fact


def written() -> tuple[int, ...]:
    return (
        CaseEvent.objects.count(), StockMove.objects.count(), Consignment.objects.count(), Unit.objects.count(),
    )  # fmt: skip


def first(walk: Walk) -> Consignment:
    return Consignment.objects.get(case=walk.ground.case)


# ---------- opening ----------


def test_a_pathway_for_a_patient_takes_no_case_without_one(db: None) -> None:
    walk = start("UK-SPECIALS")
    with pytest.raises(RequirementsUnmet) as refusal:
        build_case(walk.ground.house, version=walk.ground.case.profile_version, of_stock=True)
    (line,) = refusal.value.unmet
    assert (line.code, line.fact) == (
        "PatientAsThePathwayAsks",
        "UK-SPECIALS 1.0.0-demo (demonstration copy): named patient: it asks for a patient, and none is named.",
    )
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("key", "instead"),
    [
        ("CA-SAP-FUTURE", "for a patient who is known, open the case on CA-SAP-PATIENT."),
        ("SG-SAR-BUFFER", "for a patient who is known, open the case on SG-SAR-NAMED."),
        (
            "NG-SERVICE",
            "no other pathway of Nigeria is on file; ask NAFDAC whether it permits an import for one named patient, "
            "and record the answer in the enquiry.",
        ),
    ],
)
def test_a_patients_case_needs_stock_that_is_there(db: None, key: str, instead: str) -> None:
    walk = start(key)
    with pytest.raises(RequirementsUnmet) as refusal:
        walk.patient(1)
    (line,) = refusal.value.unmet
    assert (line.code, line.overridable) == ("PatientAsThePathwayAsks", False)
    assert line.fact == (
        f"{key} 1.0.0-demo (demonstration copy): no stock of orvelumab 150 mg/mL that covers this case is on hand at "
        f"Fairhaven General Hospital. Open the case of the stock first, without a patient; {instead}"
    )
    assert Case.objects.count() == 1


def test_the_prescriber_determines_stock_in_words_of_its_own(stock: Walk) -> None:
    signed = stock.ground.case.determinations.get()
    assert (signed.dose, signed.statements) == (
        "2 vials",
        ["anticipated", "not_patient_specific", "responsibility", "each_use_linked", "will_report"],
    )
    assert papers_key(stock.ground.case).id


def test_a_letter_that_names_a_prescriber_covers_the_patients_of_no_other(stock: Walk, patient: Walk) -> None:
    house = stock.ground.house
    with pytest.raises(RequirementsUnmet) as refusal:
        build_case_of(house, stock, prescriber=house.stranger)
    assert [line.code for line in refusal.value.unmet] == ["PatientAsThePathwayAsks"]
    assert at(stock.ground.case) == {"on_hand": 2}


def build_case_of(house: Any, walk: Walk, **other: Any) -> Case:
    given = {
        "pharmacy": house.pharmacy,
        "patient": build_patient(house, number=7),
        "prescriber": house.prescriber,
        "institution": house.institution,
        "coordinator": house.coordinator,
        "medicine": house.medicine,
        "profile_version": walk.ground.case.profile_version,
        "country": "CA",
        "indication": walk.ground.case.indication,
        "by": house.coordinator,
        "now": walk.tick(),
    } | other
    return open_case(**given)


# ---------- what stock is not for ----------


def test_nobody_is_treated_in_a_case_of_stock(stock: Walk) -> None:
    ground = stock.ground
    told = (
        f"{ground.case.reference} is stock of Fairhaven General Hospital: nobody is treated in it. Open a case for the "
        "patient on the same pathway, and draw the packs there."
    )
    events = ground.case.event_seq
    for verb, facts in (
        ("dispense", {"dispensed_at": stock.tick()}),
        ("record_dose", {"given_at": stock.tick(), "amount": "1 vial"}),
    ):
        with pytest.raises(RequirementsUnmet) as refusal:
            ground.take(f"custody.consignment.{verb}", now=stock.tick() + DAY, subject=first(stock), **facts)
        assert ("ThereIsAPatient", told) in [(line.code, line.fact) for line in refusal.value.unmet]
    with pytest.raises(RequirementsUnmet):
        ground.take("cases.case.note_run_out", now=stock.tick(), runs_out_on="2026-12-01")
    assert Case.objects.get(pk=ground.case.pk).event_seq == events
    assert first(stock).state == "accepted"


def test_the_side_of_the_stock_is_never_taken_by_itself(stock: Walk) -> None:
    for verb in ("hand_on", "take_in"):
        with pytest.raises(FactsInvalid):
            stock.ground.take(
                f"custody.consignment.{verb}", now=stock.tick(), subject=first(stock), move="1", reason="x"
            )
    assert at(stock.ground.case) == {"on_hand": 2}


def test_stock_that_is_on_hand_keeps_its_case_open(stock: Walk) -> None:
    with pytest.raises(RequirementsUnmet) as refusal:
        stock.ground.take("cases.case.close", now=stock.tick(), outcome="completed", reason="Done.")
    assert "C-1 is accepted: draw it for patients, return it or destroy it." in [
        one.fact for one in refusal.value.unmet
    ]


# ---------- drawing ----------


def test_a_pack_is_drawn_once_and_both_cases_say_so(stock: Walk, patient: Walk) -> None:
    box, home = first(stock), stock.ground.case
    authority = stock.ground.authorization
    used = balance(authority).used
    serials = sorted(home.units.values_list("serial", flat=True))
    drawn = patient.draw()
    assert (drawn.state, drawn.quantity, drawn.authorization) == ("accepted", 1, None)
    assert drawn.drawn_from == box
    assert (drawn.dispatched_at, drawn.arrived_at, drawn.supplier) == (box.dispatched_at, box.arrived_at, box.supplier)
    assert list(drawn.units.values_list("serial", "state", "content")) == [(serials[0], "accepted", 1)]
    assert list(home.units.order_by("serial").values_list("serial", "state")) == [
        (serials[0], "drawn"),
        (serials[1], "accepted"),
    ]
    assert (first(stock).state, at(home)) == ("accepted", {"on_hand": 1, "drawn": 1})
    told, mine = home.events.latest("seq"), patient.ground.case.events.latest("seq")
    assert (told.verb, told.subject, told.by) == ("custody.consignment.handed_on", "C-1", stock.ground.house.receiving)
    assert (mine.verb, mine.subject, mine.reason) == ("custody.consignment.drawn", "C-1", "The first to need it.")
    # Neither case names the other to who may read only one.
    assert home.reference not in str(mine.facts)
    assert patient.ground.case.reference not in str(told.facts)
    assert told.facts["serials"] == serials[:1]
    (use,) = uses_of_stock(home)
    assert (use.case, use.serials, use.is_back) == (patient.ground.case, (serials[0],), False)
    # Counted once: the stock's consignment under its authorization, and nothing for what was drawn.
    assert (balance(authority).used, used) == (2, 2)
    for case in (home, patient.ground.case):
        assert verify(chain=f"case:{case.pk}").ok


def test_more_than_is_on_hand_is_refused_with_what_is_left(stock: Walk, patient: Walk) -> None:
    serials = ", ".join(sorted(stock.ground.case.units.values_list("serial", flat=True)))
    told = refused(patient, "OnHandInStock", packs=3)
    assert told == f"3 asked for. 2 whole packs are on hand: {serials}."
    assert refused(patient, "OnHandInStock", packs=1, serials="NOT-HERE") == (
        f"NOT-HERE is no whole pack of this stock. 2 whole packs are on hand: {serials}."
    )


def test_the_packs_that_were_taken_may_be_named(stock: Walk, patient: Walk) -> None:
    last = stock.ground.case.units.order_by("serial").last()
    assert patient.draw(serials=last.serial).units.get().serial == last.serial


def test_a_pack_that_was_begun_is_not_drawn(stock: Walk, patient: Walk) -> None:
    # Packs of one vial cannot be begun; what was wasted whole is not on hand either.
    house, unit = stock.ground.house, first(stock).units.order_by("serial").first()
    stock.ground.take(
        "custody.consignment.waste", now=stock.tick(), subject=first(stock), by=house.receiving, unit=unit, count=1,
        what="waste", done_at=stock.tick(), witness=house.doctor, reason="It broke.",
    )  # fmt: skip
    assert at(stock.ground.case) == {"on_hand": 1, "destroyed": 1}
    left = first(stock).units.get(state="accepted").serial
    patient.ground.now = stock.tick()
    assert refused(patient, "OnHandInStock", packs=2) == f"2 asked for. 1 whole packs are on hand: {left}."


def test_a_hold_on_the_stock_stops_every_draw(stock: Walk, patient: Walk) -> None:
    stock.ground.take(
        "cases.hold.place", now=stock.tick(), kind="quality", reason="A complaint.", until="It is investigated."
    )
    assert refused(patient, "StockIsFree") == "The stock is under a quality hold."


def test_what_is_past_its_expiry_is_not_drawn(stock: Walk, patient: Walk) -> None:
    expires = first(stock).units.first().lot.expires_on
    patient.ground.now += timedelta(days=(expires - patient.ground.now.date()).days + 1)
    with pytest.raises(RequirementsUnmet) as refusal:
        patient.draw()
    assert "StockInDate" in [line.code for line in refusal.value.unmet]


def test_what_is_sent_is_planned_in_the_case_of_the_stock(stock: Walk, patient: Walk) -> None:
    with pytest.raises(RequirementsUnmet) as refusal:
        patient.ground.plan("2026-12-01", "2026-12-04")
    told = "This case is supplied from stock of Fairhaven General Hospital: draw it from there."
    assert ("SupplyIsDrawn", told) in [(line.code, line.fact) for line in refusal.value.unmet]


# ---------- putting back ----------


def test_what_was_not_used_is_put_back(stock: Walk, patient: Walk) -> None:
    drawn = patient.draw(packs=2)
    assert (first(stock).state, at(stock.ground.case)) == ("drawn", {"drawn": 2})
    patient.take("custody.consignment.put_back", lambda: {"reason": "The patient declined."}, on=drawn)
    drawn = Consignment.objects.get(pk=drawn.pk)
    assert (drawn.state, sorted(drawn.units.values_list("state", flat=True))) == ("put_back", ["drawn", "drawn"])
    assert (first(stock).state, at(stock.ground.case)) == ("accepted", {"on_hand": 2})
    assert stock.ground.case.events.latest("seq").verb == "custody.consignment.taken_in"
    assert uses_of_stock(stock.ground.case)[0].is_back
    # They may be drawn again.
    again = patient.draw(packs=1)
    assert (again.label, again.state, at(stock.ground.case)) == ("C-2", "accepted", {"on_hand": 1, "drawn": 1})
    for case in (stock.ground.case, patient.ground.case):
        assert verify(chain=f"case:{case.pk}").ok


def test_what_was_dispensed_is_not_put_back(stock: Walk, patient: Walk) -> None:
    drawn = patient.draw()
    patient.take("cases.case.begin_dispensing")
    patient.give()
    with pytest.raises(NotPossible):
        patient.ground.take("custody.consignment.put_back", now=patient.tick(), subject=drawn, reason="Changed.")
    assert at(stock.ground.case) == {"on_hand": 1, "drawn": 1}


def test_what_came_by_itself_was_drawn_from_nothing(stock: Walk) -> None:
    assert first(stock).drawn_from is None
    with pytest.raises(NotPossible):
        stock.ground.take("custody.consignment.put_back", now=stock.tick(), subject=first(stock), reason="Back.")


# ---------- the authority, the recall ----------


@pytest.mark.parametrize("verb", ["suspend", "revoke"])
def test_what_stops_the_authorization_of_the_stock_stops_what_was_drawn(stock: Walk, patient: Walk, verb: str) -> None:
    drawn = patient.draw()
    patient.take("cases.case.begin_dispensing")
    stock.ground.take(
        f"regulatory.authorization.{verb}", now=patient.tick(), subject=stock.ground.authorization, reason="A letter."
    )
    case = Case.objects.get(pk=patient.ground.case.pk)
    assert [hold.kind for hold in case.standing_holds] == ["regulatory"]
    assert "Authorization of the stock" in case.standing_holds[0].reason
    with pytest.raises(RequirementsUnmet) as refusal:
        patient.ground.take(
            "custody.consignment.dispense", now=patient.tick() + DAY, subject=drawn, dispensed_at=patient.tick()
        )
    assert "ArrivedUnderItsAuthorization" in [line.code for line in refusal.value.unmet]
    second = stock_codes(patient)
    assert "StockCoversTheCase" in second


def stock_codes(walk: Walk) -> list[str]:
    with pytest.raises((RequirementsUnmet, FactsInvalid)) as refusal:
        walk.draw(stock=Consignment.objects.get(case__patient__isnull=True))
    return [line.code for line in getattr(refusal.value, "unmet", [])]


def test_a_lot_is_traced_to_the_shelf_and_to_each_patient_once(stock: Walk, patient: Walk) -> None:
    lot = first(stock).units.first().lot.number
    patient.draw()
    found = trace_lot(GTIN, lot)
    assert len({one.serial for one in found}) == len(found) == 2
    assert {(one.case, one.state) for one in found} == {
        (stock.ground.case.reference, "accepted"),
        (patient.ground.case.reference, "accepted"),
    }


def test_the_rest_is_destroyed_and_the_account_is_closed(stock: Walk, patient: Walk) -> None:
    patient.draw()
    house = stock.ground.house
    stock.ground.take(
        "custody.consignment.destroy", now=patient.tick(), subject=first(stock), witness=house.doctor,
        reason="No other patient came.",
    )  # fmt: skip
    assert (first(stock).state, at(stock.ground.case)) == ("destroyed", {"drawn": 1, "destroyed": 1})
    authorization = stock.ground.case.authorizations.get()
    assert balance(authorization).accounts == {"received": 1, "destroyed": 1}
    assert authorization.state == "in_force"  # a patient is still to be given what was drawn under it
    stock.take("cases.case.begin_follow_up")
    stock.discharge()
    stock.take("cases.case.close", lambda: {"outcome": "completed", "reason": "The stock is used up."})
    assert stock.ground.case.stage == "closed"
    # What was drawn is a matter of the patient's case alone now.
    with pytest.raises(RequirementsUnmet) as refusal:
        patient.ground.take(
            "custody.consignment.put_back", now=stock.tick(), subject=patient.ground.consignment, reason="Not needed."
        )
    assert [line.fact for line in refusal.value.unmet] == [
        "The stock it was drawn from is closed: return it or destroy it in this case."
    ]
    patient.take("cases.case.begin_dispensing")
    patient.give()
    assert first(patient).state == "dispensed"
    assert set(PLACES) >= {"drawn", "destroyed"}


def test_the_shelf_life_is_watched_where_the_packs_are(stock: Walk, patient: Walk) -> None:
    def watched(walk: Walk) -> list[tuple[str, str]]:
        rows = Case.objects.get(pk=walk.ground.case.pk).deadlines.filter(kind="custody.shelf_life").order_by("id")
        return list(rows.values_list("subject", "state"))

    assert (watched(stock), watched(patient)) == ([("C-1", "running")], [])
    drawn = patient.draw(packs=2)
    assert (watched(stock), watched(patient)) == ([("C-1", "cancelled")], [("C-1", "running")])
    patient.ground.take("custody.consignment.put_back", now=patient.tick(), subject=drawn, reason="Not needed.")
    assert watched(stock) == [("C-1", "running")]
    assert watched(patient) == [("C-1", "cancelled")]


def test_what_became_of_a_dose_leads_to_how_the_stock_travelled(stock: Walk, patient: Walk) -> None:
    patient.draw()
    patient.take("cases.case.begin_dispensing")
    patient.give()
    doses = DoseAdministered.objects.filter(case=patient.ground.case)
    origin = origins_of(doses)[doses.get().pk]
    assert origin.is_confirmed
    assert [one.finding for one in origin.temperatures] == ["in range throughout"]
    assert [one.decision for one in origin.decisions] == ["release"]
    assert (len(origin.papers), origin.papers[0].names_pack) == (1, True)
    assert origin.read.startswith("read by")
