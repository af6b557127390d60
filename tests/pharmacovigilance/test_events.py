"""Events, products and lines of a safety case: the working state, frozen by the lock of a version."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from cases.audit.context import acting
from cases.custody.models import Consignment, Lot, Unit
from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from pharmacovigilance.linking import doubts_of
from pharmacovigilance.models import AdverseEvent, DosageLine, ReportedProduct
from tests.cases.audit.rows import row_for
from tests.pharmacovigilance.builders import ASSESSED, HEARD, LOCKED, READ, Safety
from tests.written import refused_and_nothing_written

EVENT: dict[str, Any] = {"verbatim": "Shivering.", "outcome": "1", "criteria": []}
PRODUCT: dict[str, Any] = {
    "name": "Invented beta-blocker", "role": "2", "action": "4", "abated": "not_applicable",
}  # fmt: skip


def unmet(refusal: Any) -> list[tuple[str, str]]:
    return [(line.code, line.fact) for line in refusal.value.unmet]


def test_begin_with_what_the_first_report_says(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose(), onset_on="2026-03-19"))

    (event,), (product,), (line,) = (list(kind.objects.all()) for kind in (AdverseEvent, ReportedProduct, DosageLine))
    medicine = safety.supply.case.medicine
    assert (event.label, event.verbatim, event.started, event.criteria, event.country) == (
        "AE-1", "Fever since yesterday.", "2026-03-19", ["hospitalisation"], "GB",
    )  # fmt: skip
    assert (product.label, product.name, product.role, product.is_ours) == ("MP-1", medicine.name, "1", True)
    assert (line.label, line.lot_status, line.amount, line.started, line.last) == (
        "DL-1", "linked", "150 mg", "2026-03-06", "2026-03-06",
    )  # fmt: skip
    assert line.origin == {
        "number": "7K04B8", "gtin": line.lot.gtin, "expires_on": "2027-08-31",
        "supplier": "Northway Invented Wholesale", "supplier_country": "US",
        "consignment": "C-1", "serials": ["SN-1-1"], "temperature": "in_range",
    }  # fmt: skip


def test_a_report_without_a_dose_says_why_no_lot_is_linked_and_guesses_none(safety: Safety) -> None:
    safety.attach(safety.receive())

    line = DosageLine.objects.get()
    assert (line.lot, line.lot_status, line.reason) == (None, "not_asked", "lot not confirmed: no dose was named")


def test_a_second_report_that_names_the_dose_takes_over_the_line_that_had_no_lot(safety: Safety) -> None:
    safety_case = safety.attach(safety.receive())
    second = safety.receive(dose=safety.dose(), verbatim="It was after the first vial.")
    safety.attach(second, safety_case=safety_case)

    line = DosageLine.objects.get()
    assert (line.label, line.lot_status, line.reason, line.origin["serials"]) == ("DL-1", "linked", "", ["SN-1-1"])


def test_what_is_on_record_later_does_not_rewrite_what_was_known(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose()))
    lot = Lot.objects.get(number="7K04B8")
    with acting(by=safety.coordinator, verb="tests.corrected", business_at=ASSESSED):
        lot.supplier.name = "Renamed Invented Wholesale"
        lot.supplier.save()

    safety.assess()
    snapshot = safety.lock().snapshot
    assert snapshot is not None
    assert snapshot["products"][0]["lines"][0]["lot"]["supplier"] == "Northway Invented Wholesale"


def test_are_added_and_completed_while_a_version_is_open(safety: Safety) -> None:
    safety_case = safety.attach(safety.receive())
    safety.take("event.add", now=READ, safety_case=safety_case, started="Mar 2026", **EVENT)
    safety.take("product.add", now=READ, safety_case=safety_case, **PRODUCT)
    second = AdverseEvent.objects.get(number=2)
    safety.take("event.revise", now=READ, subject=second, **(EVENT | {"criteria": ["death"], "outcome": "5"}))

    second.refresh_from_db()
    assert (second.label, second.started, second.ended, second.criteria, second.outcome) == (
        "AE-2", "", "", ["death"], "5",
    )  # fmt: skip
    assert [(one.label, one.name, one.is_ours) for one in ReportedProduct.objects.order_by("number")][1] == (
        "MP-2", "Invented beta-blocker", False,
    )  # fmt: skip


def test_keep_a_date_as_far_as_it_is_known(safety: Safety) -> None:
    safety_case = safety.attach(safety.receive())
    safety.take("event.add", now=READ, safety_case=safety_case, started="Mar 2026", **EVENT)
    assert AdverseEvent.objects.get(number=2).started == "2026-03"

    with refused_and_nothing_written(FactsInvalid) as refusal:
        safety.take("event.add", now=READ, safety_case=safety_case, started="in spring", **EVENT)
    (sentence,) = refusal.value.errors["started"]  # type: ignore[attr-defined]
    assert sentence.startswith("“in spring” is not a day.")


def test_are_refused_once_every_version_is_locked(safety: Safety) -> None:
    safety.locked()
    event = AdverseEvent.objects.get()

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.take("event.revise", now=LOCKED, subject=event, **EVENT)
    assert unmet(refusal) == [("VersionIsBeingDrafted", "Every version of SC-1 is locked.")]

    safety.follow_up(now=LOCKED, received_at=HEARD)
    safety.take("event.revise", now=LOCKED, subject=event, **(EVENT | {"criteria": ["hospitalisation"]}))
    assert AdverseEvent.objects.get().verbatim == "Shivering."


@pytest.mark.parametrize("kind", [AdverseEvent, ReportedProduct, DosageLine])
def test_the_database_refuses_a_change_once_every_version_is_locked(kind: Any, safety: Safety) -> None:
    safety.locked()
    row = kind.objects.get()
    table, copy = kind.objects.all(), kind.objects.get()
    copy.pk, copy.number = None, 9

    for attempt in (row.save, lambda: table._raw_delete("default"), copy.save):
        with (
            acting(by=safety.coordinator, verb="tests.tampered", business_at=LOCKED),
            pytest.raises(DatabaseError, match="no version of the safety case is open"),
            transaction.atomic(),
        ):
            attempt()


def test_a_version_says_what_its_events_said_when_it_was_locked(safety: Safety) -> None:
    safety.locked()
    safety.follow_up(now=LOCKED, received_at=LOCKED)
    safety.take(
        "event.revise", now=LOCKED, subject=AdverseEvent.objects.get(), verbatim="Sepsis.", outcome="2",
        criteria=["hospitalisation", "life_threatening"],
    )  # fmt: skip
    safety.assess(2, now=LOCKED, seriousness_criterion="life_threatening")
    second = safety.lock(2)
    first = safety.version()

    assert [version.snapshot["events"][0]["verbatim"] for version in (first, second) if version.snapshot] == [
        "Fever since yesterday.", "Sepsis.",
    ]  # fmt: skip
    assert second.snapshot is not None
    assert second.snapshot["events"][0]["criteria"] == ["hospitalisation", "life_threatening"]
    assert second.snapshot["reason"] == "More was learned."


def test_a_version_is_as_serious_as_its_worst_event(safety: Safety) -> None:
    safety_case = safety.attach(safety.receive())
    safety.take("event.add", now=READ, safety_case=safety_case, **EVENT)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.assess(serious="no", seriousness_criterion="")
    assert unmet(refusal) == [("SeriousnessIsTheWorst", "Serious: AE-1 (hospitalisation).")]

    safety.assess()
    assert safety.lock().state == "locked"


def test_the_criterion_of_the_form_is_that_of_the_only_event(safety: Safety) -> None:
    safety.attach(safety.receive(seriousness="not_known"), serious="yes", seriousness_criterion="")
    assert AdverseEvent.objects.get().criteria == []

    safety.assess(seriousness_criterion="life_threatening")
    assert AdverseEvent.objects.get().criteria == ["life_threatening"]

    safety.assess(serious="no", seriousness_criterion="")
    assert AdverseEvent.objects.get().criteria == []


def test_a_criterion_less_grave_than_the_only_event_meets_is_refused_until_the_event_is_revised(safety: Safety) -> None:
    safety.attach(safety.receive(seriousness="life_threatening"), seriousness_criterion="life_threatening")

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.assess()
    assert unmet(refusal) == [
        (
            "SeriousnessIsTheWorst",
            "Serious: AE-1 (life threatening). Named as a whole: hospitalisation. Name the gravest, or revise the "
            "event that does not meet it.",
        )
    ]

    event = AdverseEvent.objects.get()
    safety.take("event.revise", now=READ, subject=event, **(EVENT | {"criteria": ["hospitalisation"]}))
    safety.assess()
    assert AdverseEvent.objects.get().criteria == ["hospitalisation"]
    assert safety.lock().seriousness_criterion == "hospitalisation"


def test_a_version_names_the_gravest_criterion_of_all_its_events(safety: Safety) -> None:
    safety_case = safety.attach(safety.receive())
    safety.take("event.add", now=READ, safety_case=safety_case, **(EVENT | {"criteria": ["death"], "outcome": "5"}))

    for criterion in ("hospitalisation", "life_threatening"):
        with refused_and_nothing_written(RequirementsUnmet) as refusal:
            safety.assess(seriousness_criterion=criterion)
        assert [code for code, _ in unmet(refusal)] == ["SeriousnessIsTheWorst"]

    safety.assess(seriousness_criterion="death")
    assert safety.lock().seriousness_criterion == "death"


def test_an_event_that_became_graver_after_the_assessment_is_assessed_anew(safety: Safety) -> None:
    safety.attach(safety.receive())
    safety.assess()
    event = AdverseEvent.objects.get()
    safety.take("event.revise", now=READ, subject=event, **(EVENT | {"criteria": ["death"], "outcome": "5"}))

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.lock()
    assert [code for code, _ in unmet(refusal)] == ["SeriousnessIsTheWorst"]

    safety.assess(seriousness_criterion="death")
    assert safety.lock().seriousness_criterion == "death"


def test_a_fatal_outcome_without_death_is_refused_at_the_lock(safety: Safety) -> None:
    safety.attach(safety.receive())
    safety.take(
        "event.revise", now=READ, subject=AdverseEvent.objects.get(), verbatim="Cardiac arrest.", outcome="5",
        criteria=["hospitalisation"],
    )  # fmt: skip
    safety.assess()

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.lock()
    assert unmet(refusal) == [("FatalOutcomeIsADeath", "Fatal, and not serious by death: AE-1.")]


class TestALine:
    def test_is_linked_by_the_dose_and_refuses_another_lot(self, safety: Safety) -> None:
        safety.attach(safety.receive())
        other = self._other_lot(safety)
        product, dose = ReportedProduct.objects.get(), safety.dose()

        with refused_and_nothing_written(RequirementsUnmet) as refusal:
            safety.take("line.add", now=READ, product=product, dose=dose, lot=other)
        assert unmet(refusal) == [("LineHasLotOrReason", "The dose came from lot 7K04B8, and lot OTHER1 was chosen.")]

        safety.take("line.add", now=READ, product=product, dose=dose)
        assert DosageLine.objects.get().lot_status == "linked"

    def test_says_why_when_it_names_no_lot(self, safety: Safety) -> None:
        safety.attach(safety.receive())
        product = ReportedProduct.objects.get()

        with refused_and_nothing_written(RequirementsUnmet) as refusal:
            safety.take("line.add", now=READ, product=product, lot_said="7K04B?")
        assert unmet(refusal) == [("LineHasLotOrReason", "Neither lot nor reason is given.")]

        safety.take(
            "line.add", now=READ, product=product, lot_said="7K04B?", lot_status="reported_only", remark="read by phone"
        )
        line = DosageLine.objects.get()
        assert (line.lot, line.lot_said, line.lot_status, line.reason) == (
            None, "7K04B?", "reported_only", "read by phone",
        )  # fmt: skip

    def test_is_in_doubt_when_the_lot_came_after_the_event_and_counts_once_it_is_said_why(self, safety: Safety) -> None:
        safety.attach(safety.receive(dose=safety.dose(), onset_on="2026-03-01"))
        safety.assess()

        with refused_and_nothing_written(RequirementsUnmet) as refusal:
            safety.lock()
        doubt = "Lot 7K04B8 was dispensed on 2026-03-06, after the event began (2026-03-01)."
        assert unmet(refusal) == [("LinkedLotWasInReach", f"DL-1: {doubt}")]

        safety.take("line.explain", now=ASSESSED, subject=DosageLine.objects.get(), answer="The day was recalled.")
        snapshot = safety.lock().snapshot
        assert snapshot is not None
        line = snapshot["products"][0]["lines"][0]
        assert (line["warning"], line["reason"]) == (doubt, "The day was recalled.")

    def test_keeps_the_answer_to_a_doubt_when_the_lot_is_named_once_more(self, safety: Safety) -> None:
        safety.attach(safety.receive(dose=safety.dose(), began="2026-03-01"))
        line = DosageLine.objects.get()
        safety.take("line.explain", now=READ, subject=line, answer="The day was recalled.")
        safety.assess(lot=line.lot)

        assert DosageLine.objects.get().reason == "The day was recalled."

    def test_is_in_doubt_for_the_first_event_although_another_is_known_by_its_year_alone(self, safety: Safety) -> None:
        safety_case = safety.attach(safety.receive(dose=safety.dose(), began="2026-03-01"))
        safety.take("event.add", now=READ, safety_case=safety_case, started="2026", **EVENT)

        assert [doubt.sentence for doubt in doubts_of(safety_case)] == [
            "Lot 7K04B8 was dispensed on 2026-03-06, after the event began (2026-03-01)."
        ]

    def test_of_a_pack_without_a_dose_knows_its_serial_and_its_journey(self, safety: Safety) -> None:
        pack = Unit.objects.order_by("pk").first()
        safety.attach(safety.receive(pack=pack))

        origin = DosageLine.objects.get().origin
        assert origin is not None
        assert (origin["serials"], origin["consignment"], origin["temperature"]) == (["SN-1-1"], "C-1", "in_range")

    @pytest.mark.parametrize("onset", ["2026-03", "2026", "2026-03-06", ""])
    def test_is_in_no_doubt_while_the_event_may_have_come_after(self, onset: str, safety: Safety) -> None:
        safety.attach(safety.receive(dose=safety.dose()))
        safety.take(
            "event.revise", now=READ, subject=AdverseEvent.objects.get(), started=onset,
            verbatim="Fever.", outcome="0", criteria=["hospitalisation"],
        )  # fmt: skip
        safety.assess()
        assert safety.lock().state == "locked"

    def test_of_a_lot_that_was_never_dispensed_here_is_in_doubt(self, safety: Safety) -> None:
        safety.attach(safety.receive())
        safety.assess(lot=self._other_lot(safety))

        with refused_and_nothing_written(RequirementsUnmet) as refusal:
            safety.lock()
        assert unmet(refusal) == [("LinkedLotWasInReach", "DL-1: Lot OTHER1 was never dispensed in this case.")]

    def _other_lot(self, safety: Safety) -> Lot:
        """A lot of which the case holds one pack that was never dispensed."""
        known = Unit.objects.order_by("pk").first()
        assert known is not None
        with acting(by=safety.coordinator, verb="tests.supplied", business_at=READ):
            lot = Lot.objects.create(
                medicine=known.lot.medicine, gtin=known.lot.gtin, number="OTHER1", expires_on=known.lot.expires_on,
                supplier=known.lot.supplier,
            )  # fmt: skip
            consignment = row_for(Consignment, case=known.case, number=9)
            Unit.objects.create(
                case=known.case,
                consignment=consignment,
                lot=lot,
                gtin=known.gtin,
                serial="OTHER-1",
                place=known.place,
                holder=known.holder,
            )
        return lot


def test_every_criterion_that_was_said_is_taken_over(safety: Safety) -> None:
    safety.attach(safety.receive(criteria=["life_threatening", "hospitalisation"], outcome="3"))

    event = AdverseEvent.objects.get()
    assert (event.criteria, event.outcome) == (["hospitalisation", "life_threatening"], "3")
