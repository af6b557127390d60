"""A logger's file in a case: kept byte for byte, judged over the journey, reckoned again alike, never edited."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.audit.context import acting
from cases.custody.assessing import recompute, spent, standing
from cases.custody.cold_chain.figures import assess
from cases.custody.cold_chain.series import Series
from cases.custody.cold_chain.storage import RULES
from cases.custody.models import CustodyEvent, ExposureAssessment
from cases.documents.models import Document
from cases.documents.services import read_bytes
from cases.lifecycle.errors import FactsInvalid, NotPossible
from tests.cases.custody.builders import ARRIVED, DECIDED, DISPATCHED, HOUR, INSPECTED, Supply
from tests.cases.custody.loggers import EVERY, STEPS, exported, journey, keep
from tests.written import refused_and_nothing_written

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("arrived")
def test_a_file_is_kept_byte_for_byte_and_judged_over_the_journey(supply: Supply) -> None:
    content = journey(9.4, steps=7)

    one = keep(supply, content)

    document = one.document
    assert document is not None
    assert read_bytes(document.file) == content
    assert (document.doc_type, document.media_type, document.sha256) == (
        "temperature_record", "text/csv", hashlib.sha256(content).hexdigest())  # fmt: skip
    assert (one.label, one.basis, one.leg, one.logger_number, one.finding) == (
        "M-1", "file", "journey", "4410-2207", "excursion")  # fmt: skip
    assert (one.readings, one.lowest_c, one.highest_c) == (STEPS + 1, Decimal("5.0000"), Decimal("9.4000"))
    # 5 to 9.4 °C crosses 8 after 3 of 4.4 degrees, and back alike: six steps between seven readings and two ends.
    assert one.minutes_above == Decimal(str(round(60 + 2 * 10 * 1.4 / 4.4, 4)))
    assert (one.minutes_below, one.minutes_unmonitored, one.minutes_outside) == (0, 0, one.minutes_above)
    assert (one.method, one.engine, one.kinetic_window_hours) == ("trapezoid", "exposure 1", 24)
    assert one.figures["mapping"]["name"] == "iso-comma"
    assert one.figures["window"]["begins"] == "2026-03-04T14:00:00Z"
    event = CustodyEvent.objects.latest("id")
    assert (event.biz_step, event.disposition) == ("sensor_reporting", "non_conformant")
    assert supply.case.events.latest("seq").facts["logger_file"] == document.label


@pytest.mark.usefixtures("arrived")
def test_what_lies_before_dispatch_or_after_opening_does_not_count_and_is_told(supply: Supply) -> None:
    """A logger that was warm before it was packed, and again when it was unpacked, tells nothing of the medicine."""
    supply.inspect()
    before, after = 12, int((INSPECTED - ARRIVED) / EVERY) + 6
    content = exported([21.0] * before + [5.0] * (STEPS + 7) + [22.0] * (after - 6), begins=DISPATCHED - before * EVERY)

    one = keep(supply, content)

    assert one.finding == "in_range"
    left_out = one.figures["left_out"]
    assert (left_out["before_window"], left_out["after_window"]) == (12, after - 6)
    assert one.figures["in_file"]["highest"] == 22.0
    assert one.highest_c == 5


@pytest.mark.usefixtures("arrived")
def test_a_logger_that_began_late_did_not_measure_the_beginning(supply: Supply) -> None:
    one = keep(supply, exported([5.0] * (STEPS - 17), begins=DISPATCHED + 18 * EVERY))

    assert (one.finding, one.minutes_unmonitored) == ("unmonitored", 180)
    assert one.no_kinetic_mean == "180 minutes were not measured: a mean would leave them out."


@pytest.mark.usefixtures("arrived")
def test_i10_the_figures_come_out_alike_from_the_raw_file(supply: Supply) -> None:
    one = keep(supply, journey(9.4, steps=7), method="step", activation_kj="90.5")

    assert recompute(ExposureAssessment.objects.get(pk=one.pk)) == []
    assert one.figures["parameters"]["activation_kj_per_mol"] == 90.5
    out = StringIO()
    call_command("recompute_temperatures", stdout=out)
    assert out.getvalue() == "1 assessment reckoned again from its file: all alike.\n"


def test_i10_a_figure_that_was_changed_behind_the_databases_back_is_found(supply: Supply) -> None:
    import pgtrigger

    supply.bring_to("arrived")
    one = keep(supply, journey(9.4, steps=7))
    with (
        acting(by=supply.house.coordinator, verb="tests.tampered", business_at=DECIDED),
        pgtrigger.ignore("custody.ExposureAssessment:written_once"),
    ):
        ExposureAssessment.objects.filter(pk=one.pk).update(highest_c=Decimal("7.9"), finding="in_range")
    one.refresh_from_db()

    assert recompute(one) == ["highest_c: 7.9000 on record, 9.4 now.", "finding: in_range on record, excursion now."]
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("recompute_temperatures", stdout=out)
    assert end.value.code == 1
    assert f"{supply.case.reference} C-1 M-1: highest_c: 7.9000 on record, 9.4 now." in out.getvalue()


@pytest.mark.usefixtures("arrived")
def test_i10_another_parameter_is_another_assessment_of_the_same_file(supply: Supply) -> None:
    content = journey(9.4, steps=7)
    first = keep(supply, content)

    second = keep(supply, content, method="step")

    assert (first.label, second.label) == ("M-1", "M-2")
    assert first.document_id == second.document_id
    assert Document.objects.filter(doc_type="temperature_record").count() == 1
    assert (second.minutes_outside, first.inputs_sha256 != second.inputs_sha256) == (70, True)
    first.refresh_from_db()
    assert first.method == "trapezoid"


@pytest.mark.usefixtures("arrived")
def test_i10_the_same_file_in_the_same_way_adds_nothing(supply: Supply) -> None:
    keep(supply, journey())

    with refused_and_nothing_written(NotPossible) as refusal:
        keep(supply, journey(), by=supply.house.coordinator)

    assert refusal.value.sentence.startswith("M-1 is this file by this layout, in this time and by this method")


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize("act", ["update", "delete"])
def test_i10_an_assessment_is_written_once(supply: Supply, act: str) -> None:
    one = keep(supply, journey())

    with (
        pytest.raises(DatabaseError, match="written_once"),
        transaction.atomic(),
        acting(by=supply.house.pic, verb="tests.tampered", business_at=DECIDED),
    ):
        ExposureAssessment.objects.filter(pk=one.pk).update(finding="in_range") if act == "update" else one.delete()


def test_a_printed_report_is_evidence_with_its_summary_typed(supply: Supply) -> None:
    from tests.factories import build_paper

    supply.bring_to("arrived")
    report = build_paper(supply.house, supply.case, "temperature_record")

    supply.measure(logger_file=report, lowest_c="2.4", highest_c="7.9")

    one = ExposureAssessment.objects.get()
    assert (one.basis, one.finding, one.document, one.figures) == ("printed", "in_range", report, {})
    assert one.get_basis_display() == "from a printed report, not recomputed"
    with pytest.raises(ValueError, match="M-1 was typed from a report: there are no readings to reckon with"):
        recompute(one)


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"mapping": "iso-comma:1", "lowest_c": "2"}, "lowest_c", "The figures come from the file"),
        ({"mapping": "temptale-us:1"}, "logger_file", "No row has the headings 'Date Time', 'Temperature'"),
        (
            {"mapping": "iso-comma:1", "window_from": "2026-03-10T00:00Z", "window_until": "2026-03-11T00:00Z"},
            "logger_file",
            "Its readings run from 2026-03-04 14:00 to 2026-03-06 09:20 UTC, and none lies in the time that counts",
        ),
        (
            {"mapping": "iso-comma:1", "window_from": "2026-03-06T00:00Z", "window_until": "2026-03-05T00:00Z"},
            "window_until",
            "The time that counts ends before it begins.",
        ),
    ],
)
def test_says_what_cannot_be_and_keeps_nothing(supply: Supply, facts: dict[str, str], field: str, words: str) -> None:
    with refused_and_nothing_written(FactsInvalid) as refusal:
        keep(supply, journey(), **facts)

    (line,) = refusal.value.errors[field]  # type: ignore[attr-defined]
    assert words in line


@pytest.mark.usefixtures("arrived")
def test_a_better_record_takes_the_place_of_a_poorer_one_and_no_excursion_disappears(supply: Supply) -> None:
    rows = ExposureAssessment.objects

    supply.measure(lowest_c="2.9", highest_c="9.0", minutes_outside=5)
    keep(supply, journey())
    assert [row.label for row in standing(rows.all())] == ["M-2"]

    supply.measure(lowest_c="2.9", highest_c="9.9", minutes_outside=50)
    assert [row.label for row in standing(rows.all())] == ["M-3", "M-2"]

    keep(supply, journey(8.8, steps=3), logger_number="SECOND-1")
    assert [(row.label, row.finding) for row in standing(rows.all())] == [
        ("M-4", "excursion"), ("M-3", "excursion"), ("M-2", "in_range")]  # fmt: skip


@pytest.mark.parametrize("storage", ["frozen", "cryo"])
def test_i11_there_is_no_kinetic_mean_for_frozen_product(storage: str) -> None:
    middle = {"frozen": -20.0, "cryo": -180.0}[storage]
    found = assess(Series.of([(0, middle), (600, middle + 1)]), storage)

    assert (found.kinetic_mean, found.worst_kinetic_mean) == (None, None)
    assert found.no_kinetic_mean == "There is no kinetic mean for frozen product."


@pytest.mark.usefixtures("arrived")
def test_i11_the_database_takes_no_kinetic_mean_for_frozen_product(supply: Supply) -> None:
    with (
        pytest.raises(IntegrityError, match="frozen_product_has_no_kinetic_mean"),
        transaction.atomic(),
        acting(by=supply.house.pic, verb="tests.tampered", business_at=DECIDED),
    ):
        ExposureAssessment.objects.create(
            case=supply.case, consignment=supply.consignment(), number=9, storage="frozen", kinetic_mean_c=Decimal(-20),
            finding="in_range", assessed_by=supply.house.pic, assessed_at=DECIDED,
        )  # fmt: skip


@given(
    celsius=st.lists(st.floats(-30, 45), min_size=2, max_size=60),
    storage=st.sampled_from(["refrigerated", "room"]),
    silent=st.integers(0, 12),
)
def test_i11_no_mean_hides_a_peak_a_frost_or_a_silence(celsius: list[float], storage: str, silent: int) -> None:
    rule = RULES[storage]
    readings = [(600.0 * index, value) for index, value in enumerate(celsius)]
    readings.append((readings[-1][0] + 600.0 * (1 + silent), celsius[-1]))
    found = assess(Series.of(readings), storage)
    lowest, highest = min(celsius), max(celsius)

    if rule.low is not None and lowest < rule.low:
        assert found.kinetic_mean is None
    if found.unmonitored > 60:
        assert found.kinetic_mean is None
    if found.kinetic_mean is not None:
        assert lowest - 1e-6 <= found.kinetic_mean <= highest + 1e-6
    if highest > rule.high or (rule.low is not None and lowest < rule.low):
        assert found.finding == "excursion"


def test_i11_a_peak_fails_whatever_the_mean_says() -> None:
    """23 hours at 5 °C and one at 25 °C: 7.76 °C by the mean, under 8, and still an excursion outside 2 to 15 °C."""
    found = assess(
        Series.of((3600.0 * hour, 25.0 if hour == 12 else 5.0) for hour in range(24)), "refrigerated", method="equal"
    )

    assert found.kinetic_mean == pytest.approx(7.76, abs=0.01)
    assert found.finding == "excursion"
    assert "Outside 2 to 15 °C, which no duration permits" in " ".join(found.reasons)


@pytest.mark.usefixtures("arrived")
def test_i12_the_budget_falls_over_the_legs_and_the_sum_equals_the_ledger(supply: Supply) -> None:
    said = {"budget_minutes": "720", "budget_source": "Invented statement 4.2"}

    inbound = keep(supply, exported([5, 9, 9, 5], begins=DISPATCHED - 40 * HOUR), leg="inbound", method="step", **said)
    journeyed = keep(supply, journey(9.4, steps=7), method="step")
    again = keep(supply, journey(9.4, steps=7), method="trapezoid")
    stored = keep(supply, exported([5, 9, 5], begins=ARRIVED), leg="stored", method="step")

    rows = [inbound, journeyed, again, stored]
    assert [row.minutes_outside for row in rows[:2]] == [20, 70]
    assert [(row.budget_before, row.budget_after) for row in rows] == [
        (720, 700), (700, 630), (630, 630), (630, 620)]  # fmt: skip
    assert {row.budget_stated for row in rows} == {720}
    assert spent(ExposureAssessment.objects.all()) == 720 - stored.budget_after  # type: ignore[operator]


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(("before", "after"), [(720, 710), (720, 720), (700, 720)])
def test_i12_the_database_takes_no_budget_that_is_not_the_sum(supply: Supply, before: int, after: int) -> None:
    with (
        pytest.raises(DatabaseError, match=r"stability budget|stability_budget_only_falls"),
        transaction.atomic(),
        acting(by=supply.house.pic, verb="tests.tampered", business_at=DECIDED),
    ):
        ExposureAssessment.objects.create(
            case=supply.case, consignment=supply.consignment(), number=9, finding="excursion", minutes_outside=20,
            budget_stated=720, budget_before=before, budget_after=after,
            assessed_by=supply.house.pic, assessed_at=DECIDED,
        )  # fmt: skip


@settings(max_examples=200)
@given(
    found=st.lists(
        st.tuples(st.sampled_from(["inbound", "journey", "stored"]), st.integers(0, 900)), min_size=1, max_size=12
    )
)
def test_i12_whatever_is_assessed_nothing_is_given_back(found: list[tuple[str, int]]) -> None:
    rows = [ExposureAssessment(leg=leg, minutes_outside=Decimal(minutes)) for leg, minutes in found]
    totals = [spent(rows[:count]) for count in range(len(rows) + 1)]

    assert totals == sorted(totals)
    assert totals[-1] == sum(max(m for leg, m in found if leg == one) for one in {leg for leg, _ in found})


@pytest.mark.usefixtures("arrived")
def test_a_window_of_ones_own_is_a_parameter(supply: Supply) -> None:
    until = DISPATCHED + timedelta(hours=2)

    one = keep(supply, journey(9.4, steps=7), window_from=DISPATCHED.isoformat(), window_until=until.isoformat())

    assert (one.finding, one.readings, one.ends_at) == ("in_range", 13, until)
    assert one.figures["window"] == {
        "storage": "refrigerated", "method": "trapezoid", "activation": 83.144, "begins": "2026-03-04T14:00:00Z",
        "ends": "2026-03-04T16:00:00Z", "until": "2026-03-04T16:00:00Z",
    }  # fmt: skip
