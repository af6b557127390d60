"""Intake and what a pharmacist makes of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from cases.audit.context import acting
from cases.deadlines.models import Deadline
from cases.lifecycle.errors import NotPermitted, NotPossible, RequirementsUnmet
from cases.lifecycle.guard import edges
from cases.lifecycle.steps import possible_steps
from cases.lifecycle.verbs import VERBS, Situation
from cases.models import Case
from cases.notices.models import Notice
from pharmacovigilance.models import CaseVersion, DosageLine, SafetyCase, SafetyReport
from tests.pharmacovigilance.builders import DAY, HEARD, READ, Safety
from tests.written import refused_and_nothing_written


@pytest.mark.parametrize("who", ["doctor", "delegate", "receiving", "coordinator", "pic"])
def test_is_received_from_everybody_on_the_case(unsupplied: Safety, who: str) -> None:
    report = unsupplied.receive(by=getattr(unsupplied.supply.house, who))

    channel = "prescriber_page" if who in ("doctor", "delegate") else "pharmacist"
    assert (report.state, report.channel, report.received_at) == ("received", channel, HEARD)


@pytest.mark.parametrize("who", ["auditor", "administrator"])
def test_is_not_received_from_readers(unsupplied: Safety, who: str) -> None:
    with refused_and_nothing_written(NotPermitted):
        unsupplied.receive(by=getattr(unsupplied.supply.house, who))


def test_is_not_received_from_a_prescriber_of_another_case(unsupplied: Safety) -> None:
    with refused_and_nothing_written(NotPermitted):
        unsupplied.receive(by=unsupplied.supply.house.stranger.user)


def test_is_kept_with_nothing_filled_in(unsupplied: Safety) -> None:
    unsupplied.supply.take("pharmacovigilance.report.receive", by=unsupplied.supply.house.doctor, now=HEARD)

    report = SafetyReport.objects.get()
    assert (report.received_at, report.verbatim, report.seriousness, report.dose) == (HEARD, "", "", None)


def test_keeps_the_time_of_receipt_apart_from_the_time_of_typing(unsupplied: Safety) -> None:
    report = unsupplied.receive(now=HEARD + 20 * DAY, by=unsupplied.coordinator, channel="family", language="it")

    assert (report.received_at, report.entered_at, report.language) == (HEARD, HEARD + 20 * DAY, "it")


def test_is_not_received_in_the_future(unsupplied: Safety) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        unsupplied.receive(received_at=HEARD + DAY)

    assert [line.code for line in refusal.value.unmet] == ["SafetyMomentIsPast"]  # type: ignore[attr-defined]


def test_is_received_after_the_case_is_closed_and_leaves_it_closed(safety: Safety) -> None:
    supply = safety.supply
    supply.take("cases.case.close", by=safety.coordinator, now=HEARD, reason="Treatment ended.", outcome="completed")

    report = safety.receive(now=HEARD + DAY, received_at=HEARD + DAY)
    safety.attach(report, now=HEARD + DAY)

    supply.case.__class__.objects.get(pk=supply.case.pk, stage="closed")
    assert safety.version().state == "draft"
    safety.assess(now=HEARD + 2 * DAY)
    assert safety.lock(now=HEARD + 2 * DAY).state == "locked"
    assert safety.supply.case.obligations.filter(state="open").exists()
    with refused_and_nothing_written(NotPossible):
        supply.take("custody.consignment.plan", by=safety.coordinator, now=HEARD + DAY)
    offered = {step.verb.code for step in possible_steps(Case.objects.get(), by=safety.coordinator, now=HEARD + DAY)}
    assert "pharmacovigilance.report.receive" in offered
    assert not offered & {"custody.consignment.plan", "cases.case.resupply", "cases.case.begin_sourcing"}


def test_is_to_be_judged_within_one_working_day_and_told_at_once(unsupplied: Safety) -> None:
    # HEARD is a Friday in March: the next working day in New York is Monday.
    unsupplied.receive()

    deadline = Deadline.objects.get(key="pharmacovigilance.report.triage:S-1")
    assert (deadline.due_on, deadline.zone, deadline.force) == (date(2026, 3, 23), "America/New_York", "house_target")
    assert deadline.holder == unsupplied.coordinator
    notice = Notice.objects.get(kind="pharmacovigilance.report_received")
    assert (notice.recipient, notice.is_urgent) == (unsupplied.coordinator, True)


MOVES = {
    ("received", "triaged"): "triage",
    ("triaged", "attached"): "attach",
    ("triaged", "information_only"): "keep_as_information",
    ("triaged", "not_valid"): "judge_not_valid",
}


def test_the_table_names_every_move() -> None:
    assert sorted(MOVES) == edges(SafetyReport, "state")


@pytest.mark.parametrize(
    ("verb", "facts", "target"),
    [
        ("keep_as_information", {"reason": "A question about storage."}, "information_only"),
        ("judge_not_valid", {"reason": "Nobody is named.", "missing_criterion": "patient"}, "not_valid"),
        ("attach", {"serious": "no"}, "attached"),
    ],
)
def test_is_judged_once_it_was_read(unsupplied: Safety, verb: str, facts: dict[str, str], target: str) -> None:
    report = unsupplied.receive()
    with refused_and_nothing_written(NotPossible):
        unsupplied.take(f"report.{verb}", now=READ, subject=report, **facts)
    unsupplied.take("report.triage", now=READ, subject=report)

    unsupplied.take(f"report.{verb}", now=READ, subject=report, **facts)

    report = SafetyReport.objects.get()
    assert (report.state, report.missing_criterion) == (target, facts.get("missing_criterion", ""))
    assert Deadline.objects.get(key="pharmacovigilance.report.triage:S-1").state == "met"


def test_is_not_judged_by_the_prescriber(unsupplied: Safety) -> None:
    report = unsupplied.receive()

    with refused_and_nothing_written(NotPermitted):
        unsupplied.take("report.triage", by=unsupplied.supply.house.doctor, now=READ, subject=report)


def test_opens_a_safety_case_with_its_first_version(safety: Safety) -> None:
    dose = safety.dose()

    safety_case = safety.attach(safety.receive(dose=dose))

    version = safety.version()
    assert safety_case.worldwide_id == f"US-HSP-{safety.supply.case.reference}-1"
    assert (version.version, version.kind, version.state) == (1, "initial", "draft")
    assert (version.day0, version.aware_at) == (date(2026, 3, 20), HEARD)
    assert (version.serious, version.seriousness_criterion) == (True, "hospitalisation")
    assert version.event_verbatim == "Fever since yesterday."


def test_takes_day_0_where_the_pharmacy_is(unsupplied: Safety) -> None:
    late = datetime(2026, 3, 20, 3, 30, tzinfo=UTC)  # still Thursday evening in New York

    unsupplied.attach(unsupplied.receive(received_at=late))

    assert unsupplied.version().day0 == date(2026, 3, 19)


def test_follows_the_dose_to_lot_and_supplier(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose()))

    lot = safety.version().lot
    assert lot is not None
    assert (lot.number, lot.supplier.name) == ("7K04B8", "Northway Invented Wholesale")
    assert safety.version().lot_remark == ""


def test_says_that_the_lot_is_not_confirmed_rather_than_guess(safety: Safety) -> None:
    safety.attach(safety.receive())

    assert safety.version().lot is None
    assert safety.version().lot_remark == "lot not confirmed: no dose was named"


def test_says_that_a_dose_without_its_pack_confirms_no_lot(safety: Safety) -> None:
    safety.supply.do("record_dose", by=safety.supply.house.receiving, now=HEARD, given_at=HEARD, amount="150 mg")

    safety.attach(safety.receive(dose=safety.supply.case.doses.get()))

    assert safety.version().lot_remark == "lot not confirmed: the dose was recorded without its pack"


def test_follows_a_pack_of_which_no_dose_is_on_record(safety: Safety) -> None:
    pack = safety.supply.case.units.order_by("pk").first()

    safety.attach(safety.receive(pack=pack, began="2026-03", outcome="3", situations=["overdose"]))

    version, line = safety.version(), DosageLine.objects.get()
    assert (version.lot, version.lot_remark) == (pack.lot, "")
    assert (line.lot, line.lot_status) == (pack.lot, "linked")
    event = version.safety_case.events.get()
    assert (event.started, event.outcome) == ("2026-03", "3")
    asks = {ask.name: ask for ask in VERBS["pharmacovigilance.version.assess"].asks}
    situation = Situation(safety.supply.case, VERBS["pharmacovigilance.version.assess"], version, safety.pic, READ)
    assert asks["special"].initial is not None
    assert asks["special"].initial(situation) == ["overdose"]


def test_keeps_a_lot_in_words_as_the_reporters_word_only(safety: Safety) -> None:
    safety.attach(safety.receive(lot_said="7K04B8, or so"))

    line = DosageLine.objects.get()
    assert (line.lot, line.lot_status, line.lot_said) == (None, "reported_only", "7K04B8, or so")
    assert safety.version().lot_remark == "lot not confirmed: said to be 7K04B8, or so"


def test_starts_the_earliest_date_at_attaching(unsupplied: Safety) -> None:
    unsupplied.attach(unsupplied.receive())

    deadline = Deadline.objects.get(kind="pharmacovigilance.report.provisional")
    assert deadline.due_at == HEARD + timedelta(hours=24)
    assert (deadline.harm, deadline.holder) == (3, unsupplied.coordinator)


def test_joins_a_second_report_to_the_open_version_and_keeps_the_earlier_day_0(unsupplied: Safety) -> None:
    safety_case = unsupplied.attach(unsupplied.receive(), serious="no", seriousness_criterion="")
    earlier = unsupplied.receive(now=READ, received_at=HEARD - 3 * DAY, by=unsupplied.coordinator)

    joined = unsupplied.attach(earlier, safety_case=safety_case, seriousness_criterion="death")

    version = unsupplied.version()
    assert joined == safety_case
    assert (SafetyCase.objects.count(), CaseVersion.objects.count()) == (1, 1)
    assert (version.aware_at, version.day0) == (HEARD - 3 * DAY, date(2026, 3, 17))
    assert (version.serious, version.seriousness_criterion) == (True, "death")
    assert (
        min(Deadline.objects.filter(kind="pharmacovigilance.report.provisional").values_list("due_at", flat=True))
        == HEARD - 2 * DAY
    )


def test_cannot_be_edited_or_deleted_in_the_database(unsupplied: Safety) -> None:
    report = unsupplied.receive()
    attempts = (
        lambda: SafetyReport.objects.filter(pk=report.pk).update(verbatim="Nothing happened."),
        lambda: SafetyReport.objects.filter(pk=report.pk).update(received_at=HEARD + DAY),
        lambda: SafetyReport.objects.filter(pk=report.pk).delete(),
    )

    for attempt in attempts:
        with (
            acting(by=unsupplied.coordinator, verb="tests.tampered", business_at=READ),
            pytest.raises(DatabaseError, match=r"cannot be changed|Cannot delete"),
            transaction.atomic(),
        ):
            attempt()

    assert SafetyReport.objects.get().verbatim == "Fever since yesterday."
