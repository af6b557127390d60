"""Each event against each suspect product, by method and by side; nothing is overwritten."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from cases.audit.context import acting
from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from pharmacovigilance.models import AdverseEvent, Assessment, ReferenceSafetyInformation, ReportedProduct
from tests.pharmacovigilance.builders import ASSESSED, NOTHING_KNOWN, READ, Safety
from tests.written import refused_and_nothing_written


def unmet(refusal: Any) -> list[tuple[str, str]]:
    return [(line.code, line.fact) for line in refusal.value.unmet]


def pair(**more: Any) -> dict[str, Any]:
    return {"event": AdverseEvent.objects.get(number=1), "product": ReportedProduct.objects.get(number=1)} | more


def judged() -> list[tuple[str, str, str, int | None, str]]:
    rows = Assessment.objects.order_by("number")
    return [(one.label, one.source, one.method, one.score, one.result) for one in rows]


def edition(safety: Safety, dated_on: date = date(2025, 11, 1)) -> ReferenceSafetyInformation:
    safety.take("reference.add", now=READ, title="Investigator's brochure", edition="7", dated_on=dated_on)
    return ReferenceSafetyInformation.objects.get()


def test_naranjo_is_added_up_from_its_ten_answers(safety: Safety) -> None:
    safety.attach(safety.receive())
    answers = NOTHING_KNOWN | {"after_product": "yes", "better_on_stopping": "yes", "other_cause": "no"}
    safety.take("assessment.naranjo", now=READ, **pair(source="pharmacist"), **answers)

    assert judged() == [("AS-1", "pharmacist", "naranjo", 5, "probable")]
    assert Assessment.objects.get().answers == answers


def test_naranjo_asks_for_every_answer_and_offers_not_known(safety: Safety) -> None:
    safety.attach(safety.receive())
    with refused_and_nothing_written(FactsInvalid) as refusal:
        safety.take("assessment.naranjo", now=READ, **pair(source="pharmacist"))
    assert set(refusal.value.errors) == set(NOTHING_KNOWN)  # type: ignore[attr-defined]


def test_reporter_and_pharmacist_stand_beside_each_other(safety: Safety) -> None:
    safety.attach(safety.receive())
    safety.take("assessment.who_umc", now=READ, **pair(source="reporter", result="probable"))
    safety.take("assessment.who_umc", now=READ, **pair(source="pharmacist", result="unlikely"))
    safety.take("assessment.who_umc", now=READ, **pair(source="pharmacist", result="possible"))

    assert judged() == [
        ("AS-1", "reporter", "who_umc", None, "probable"),
        ("AS-2", "pharmacist", "who_umc", None, "unlikely"),
        ("AS-3", "pharmacist", "who_umc", None, "possible"),
    ]
    safety.assess()
    snapshot = safety.lock().snapshot
    assert snapshot is not None
    assert [(one["source"], one["method"], one["result"]) for one in snapshot["assessments"]] == [
        ("reporter", "who_umc", "probable"),
        ("pharmacist", "who_umc", "possible"),
        ("pharmacist", "expectedness", "unexpected"),
    ]


def test_a_reporters_suspicion_is_not_argued_away(safety: Safety) -> None:
    safety.attach(safety.receive())
    safety.take("assessment.who_umc", now=READ, **pair(source="reporter", result="possible"))

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.assess(causality="not_related")
    assert unmet(refusal) == [("SummaryAgreesWithPairs", "Related by AS-1 (the reporter, WHO-UMC).")]


def test_what_is_said_of_the_whole_is_said_of_each_pair_that_was_not_judged(safety: Safety) -> None:
    safety_case = safety.attach(safety.receive())
    safety.take("event.add", now=READ, safety_case=safety_case, verbatim="Rash.", outcome="1", criteria=[])
    safety.take("assessment.who_umc", now=READ, **pair(source="pharmacist", result="possible"))
    safety.assess()
    safety.assess()

    assert [(one.event.label, one.method, one.result) for one in Assessment.objects.order_by("number")] == [
        ("AE-1", "who_umc", "possible"),
        ("AE-1", "expectedness", "unexpected"),
        ("AE-2", "whole", "related"),
        ("AE-2", "expectedness", "unexpected"),
    ]


def test_may_be_said_anew_until_the_version_is_locked(safety: Safety) -> None:
    safety.attach(safety.receive())
    safety.assess(expected="not_known")
    version = safety.assess(causality="not_related", expected="not_known")

    assert (version.state, version.causality) == ("assessed", "not_related")
    assert judged() == [
        ("AS-1", "pharmacist", "whole", None, "related"),
        ("AS-2", "pharmacist", "whole", None, "not_related"),
    ]


def test_expected_needs_the_dated_edition_that_lists_it(safety: Safety) -> None:
    safety.attach(safety.receive())
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.assess(expected="yes")
    assert unmet(refusal) == [("EditionNamed", "Expected, and no edition is named.")]

    safety.assess(expected="yes", reference=edition(safety))
    snapshot = safety.lock().snapshot
    assert snapshot is not None
    assert [(one["expected"], one["reference"]) for one in snapshot["assessments"]] == [
        (None, None),
        (True, "Investigator's brochure, edition 7, 2025-11-01"),
    ]


def test_an_edition_of_a_later_day_is_not_in_force_yet(safety: Safety) -> None:
    safety.attach(safety.receive())
    later = edition(safety, date(2026, 3, 21))

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.take("assessment.expectedness", now=READ, **pair(result="expected", reference=later))
    assert unmet(refusal) == [
        ("EditionNamed", "Investigator's brochure, edition 7, 2026-03-21 is not in force yet."),
    ]


def test_a_pair_is_of_one_safety_case(safety: Safety) -> None:
    safety.attach(safety.receive())
    safety.attach(safety.receive())
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.take(
            "assessment.who_umc", now=READ, event=AdverseEvent.objects.get(number=1),
            product=ReportedProduct.objects.get(number=2), source="pharmacist", result="possible",
        )  # fmt: skip
    assert unmet(refusal) == [("PairIsOfOneSafetyCase", "AE-1 and MP-2 were chosen.")]


def test_every_serious_event_is_judged_before_the_lock(safety: Safety) -> None:
    safety_case = safety.attach(safety.receive())
    safety.assess()
    safety.take(
        "event.add", now=ASSESSED, safety_case=safety_case, verbatim="Stroke.", outcome="3", criteria=["disability"]
    )
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.lock()
    assert unmet(refusal) == [("EveryPairIsJudged", "Not judged: AE-2 × MP-1.")]


@pytest.mark.parametrize("kind", [Assessment, ReferenceSafetyInformation])
def test_are_written_once(kind: Any, safety: Safety) -> None:
    safety.attach(safety.receive())
    safety.assess(expected="yes", reference=edition(safety))

    for attempt in (lambda row: row.save(), lambda row: row.delete()):
        with (
            acting(by=safety.coordinator, verb="tests.tampered", business_at=ASSESSED),
            pytest.raises(DatabaseError, match="Cannot"),
            transaction.atomic(),
        ):
            attempt(kind.objects.first())


def test_the_patient_is_described_without_identity(safety: Safety) -> None:
    safety.attach(safety.receive())
    safety.take(
        "version.describe_patient", now=READ, subject=safety.version(), sex="2", age=34, age_unit="a", age_group="",
        weight_kg="61.50", history="None known.",
    )  # fmt: skip

    assert safety.version().patient == {
        "sex": "2", "age": {"value": "34", "unit": "a"}, "age_group": "", "weight_kg": "61.5", "history": "None known.",
    }  # fmt: skip
    safety.assess()
    safety.lock()
    assert safety.follow_up(now=ASSESSED).patient == safety.version().patient
