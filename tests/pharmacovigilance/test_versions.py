"""Versions of a safety case and what each owes."""

import hashlib
import json
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from cases.audit.context import acting
from cases.deadlines.models import Deadline
from cases.lifecycle.errors import NotPossible, RequirementsUnmet
from cases.lifecycle.guard import edges
from pharmacovigilance.models import CaseVersion, Obligation
from tests.cases.custody.builders import GTIN
from tests.pharmacovigilance.builders import ASSESSED, ASSESSMENT, DAY, HEARD, LOCKED, Safety
from tests.written import refused_and_nothing_written


def owed(version: int) -> list[tuple[str, str, str, str]]:
    rows = Obligation.objects.filter(version__number=version).select_related("deadline").order_by("number")
    return [(row.rule, row.responsible_party, row.recipient, row.state) for row in rows]


def test_every_move_has_a_verb() -> None:
    assert edges(CaseVersion, "state") == [
        ("assessed", "assessed"),
        ("assessed", "locked"),
        ("draft", "assessed"),
        ("locked", "superseded"),
    ]


def test_goes_from_draft_to_locked(safety: Safety) -> None:
    version = safety.locked()

    assert (version.state, version.locked_by, version.locked_at) == ("locked", safety.coordinator, LOCKED)
    assert (version.causality, version.expected) == ("related", False)


def test_is_not_locked_before_it_is_assessed(safety: Safety) -> None:
    safety.attach(safety.receive())

    with refused_and_nothing_written(NotPossible):
        safety.lock()

    assert safety.version().state == "draft"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"seriousness_criterion": ""}, "Serious: no criterion was named."),
        ({"serious": "no"}, "Not serious, and yet: hospitalisation."),
    ],
)
def test_needs_a_criterion_exactly_when_serious(safety: Safety, facts: dict[str, str], words: str) -> None:
    safety.attach(safety.receive())

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.assess(**facts)

    assert [(line.code, line.fact) for line in refusal.value.unmet] == [  # type: ignore[attr-defined]
        ("SeriousnessCriterionNamed", words)
    ]


def test_is_not_locked_without_a_narrative(safety: Safety) -> None:
    safety.attach(safety.receive())
    safety.assess(narrative="")

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.lock()

    assert [line.code for line in refusal.value.unmet] == ["NarrativeWritten"]  # type: ignore[attr-defined]


def test_locks_a_snapshot_with_its_fingerprint(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose()))
    safety.assess()

    version = safety.lock()

    assert version.snapshot is not None
    canonical = json.dumps(version.snapshot, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert version.snapshot_sha256 == hashlib.sha256(canonical.encode()).hexdigest()
    assert version.snapshot["products"][0]["lines"] == [
        {
            "number": 1,
            "lot": {
                "number": "7K04B8",
                "gtin": GTIN,
                "expires_on": "2027-08-31",
                "supplier": "Northway Invented Wholesale",
                "supplier_country": "US",
            },
            "lot_status": "linked",
            "lot_said": "",
            "reason": "",
            "first_given_at": "2026-03-06",
            "last_given_at": "2026-03-06",
            "amount": "150 mg",
            "consignment": "C-1",
            "serials": ["SN-1-1"],
            "temperature": "in_range",
            "warning": "",
        }
    ]
    assert version.snapshot["reports"][0]["verbatim"] == "Fever since yesterday."
    assert "Ada" not in canonical
    assert "Example1" not in canonical


def test_cannot_be_changed_or_deleted_once_locked(safety: Safety) -> None:
    version = safety.locked()
    rows = CaseVersion.objects.filter(pk=version.pk)

    for attempt in (
        lambda: rows.update(serious=False),
        lambda: rows.update(snapshot={}),
        lambda: rows.update(day0=date(2026, 4, 1)),
        lambda: rows.delete(),
    ):
        with (
            acting(by=safety.coordinator, verb="tests.tampered", business_at=LOCKED),
            pytest.raises(DatabaseError, match=r"cannot be changed|Cannot delete"),
            transaction.atomic(),
        ):
            attempt()


def test_owes_what_the_rules_of_the_destination_and_the_contract_say(safety: Safety) -> None:
    safety.locked()

    assert owed(1) == [
        ("CONTRACT.silent", "coordinating pharmacy", "Invented Biologics", "open"),
        ("GB.professional.serious", "health professional", "MHRA", "open"),
        ("GB.supplier.serious", "person who sells or supplies", "MHRA", "open"),
    ]


def test_dates_each_obligation_where_its_recipient_is(safety: Safety) -> None:
    safety.locked()

    contract, supplier = safety.obligation("CONTRACT.silent"), safety.obligation("GB.supplier.serious")
    assert contract.deadline is not None
    assert supplier.deadline is not None
    assert contract.deadline.due_at == HEARD + timedelta(hours=24)
    assert (contract.deadline.zone, contract.is_certain, contract.deadline.holder) == (
        "America/New_York",
        False,
        safety.coordinator,
    )
    assert (supplier.day0, supplier.deadline.due_on, supplier.deadline.zone) == (
        date(2026, 3, 20),
        date(2026, 4, 4),
        "Europe/London",
    )
    # 4 April 2026 is a Saturday before Easter: the date stands. The number is the house's working figure.
    assert supplier.deadline.force == "house_target"
    assert supplier.deadline.label == "O-3: person who sells or supplies to tell MHRA (draft rule)"
    assert (supplier.rule_status, supplier.rule_confidence, supplier.rule_version) == (
        "draft_unreviewed",
        "medium",
        "2026-11-22",
    )
    assert safety.obligation("GB.professional.serious").deadline.holder == safety.supply.house.doctor  # type: ignore[union-attr]


def test_hands_the_date_over_from_the_provisional_deadline(safety: Safety) -> None:
    safety.locked()

    provisional = Deadline.objects.get(kind="pharmacovigilance.report.provisional")
    assert (provisional.state, provisional.met_at) == ("met", LOCKED)


def test_that_is_not_serious_still_owes_the_default(safety: Safety) -> None:
    safety.attach(safety.receive(seriousness="not_serious"), serious="no", seriousness_criterion="")
    safety.assess(serious="no", seriousness_criterion="")

    safety.lock()

    assert [row[0] for row in owed(1)] == ["CONTRACT.silent", "DEFAULT.15D"]
    assert safety.obligation("DEFAULT.15D").deadline.due_on == date(2026, 4, 4)  # type: ignore[union-attr]


def test_follows_up_with_a_version_and_a_clock_of_its_own(safety: Safety) -> None:
    safety.locked()
    for rule in ("CONTRACT.silent", "GB.professional.serious", "GB.supplier.serious"):
        obligation = safety.obligation(rule)
        safety.send(safety.prepare(obligation))
        safety.discharge(obligation, at=LOCKED)
    heard_again = HEARD + 10 * DAY

    second = safety.follow_up(now=heard_again, received_at=heard_again)
    safety.assess(2, now=heard_again)
    safety.lock(2, now=heard_again)

    assert (second.version, second.kind, second.aware_at) == (2, "follow_up", heard_again)
    assert safety.version(1).state == "superseded"
    assert sorted(row[0] for row in owed(2)) == [
        "CONTRACT.follow-up",
        "CONTRACT.silent",
        "GB.professional.serious",
        "GB.supplier.serious",
    ]
    assert safety.obligation("GB.supplier.serious", 2).deadline.due_on == date(2026, 4, 14)  # type: ignore[union-attr]
    assert [row[3] for row in owed(1)] == ["done", "done", "done"]


def test_carries_an_open_obligation_without_moving_its_date(safety: Safety) -> None:
    safety.locked()
    before = safety.obligation("GB.supplier.serious")
    heard_again = HEARD + 5 * DAY

    safety.follow_up(now=heard_again, received_at=heard_again)
    safety.assess(2, now=heard_again)
    safety.lock(2, now=heard_again)

    after = safety.obligation("GB.supplier.serious", 2)
    assert before.deadline is not None
    assert after.deadline is not None
    assert after.deadline.due_at == before.deadline.due_at
    assert after.day0 == before.day0
    assert safety.obligation("GB.supplier.serious").state == "superseded"
    assert Deadline.objects.get(pk=before.deadline.pk).state == "cancelled"


def test_leaves_an_obligation_open_that_the_new_version_no_longer_meets(safety: Safety) -> None:
    safety.locked()
    later = HEARD + DAY

    safety.follow_up(now=later, received_at=later, serious="no", seriousness_criterion="")
    safety.assess(2, now=later, serious="no", seriousness_criterion="")
    safety.lock(2, now=later)

    assert safety.obligation("GB.supplier.serious").state == "open"
    assert safety.obligation("GB.supplier.serious").deadline.state == "running"  # type: ignore[union-attr]
    assert [row[0] for row in owed(2)] == ["CONTRACT.follow-up", "CONTRACT.silent", "ICH.E2D.follow-up"]


def told_all(safety: Safety, version: int, at: datetime) -> None:
    for row in Obligation.objects.filter(version__number=version, state="open").order_by("number"):
        safety.send(safety.prepare(row, now=at), now=at)
        late = {"late_reason": "Told with the rest."} if row.deadline and at > row.deadline.due_at else {}
        safety.discharge(row, at=at, **late)


def test_an_upgrade_starts_the_grave_clock_on_the_day_it_was_heard(safety: Safety) -> None:
    safety.attach(safety.receive(seriousness="not_serious"), serious="no", seriousness_criterion="")
    safety.assess(serious="no", seriousness_criterion="")
    safety.lock()
    heard = HEARD + 20 * DAY

    safety.follow_up(now=heard, received_at=heard)
    safety.assess(2, now=heard)
    safety.lock(2, now=heard)

    upgraded = safety.obligation("GB.supplier.serious", 2)
    assert upgraded.deadline is not None
    assert (upgraded.day0, upgraded.deadline.due_on, upgraded.is_downgrade) == (
        date(2026, 4, 9), date(2026, 4, 24), False,
    )  # fmt: skip


def test_a_downgrade_is_told_once_more_to_whoever_was_told_and_then_no_more(safety: Safety) -> None:
    safety.locked()
    told_all(safety, 1, LOCKED)
    heard = HEARD + 10 * DAY
    for number in (1, 2):
        at = heard + number * DAY
        safety.follow_up(number, now=at, received_at=at, serious="no", seriousness_criterion="")
        safety.assess(number + 1, now=at, serious="no", seriousness_criterion="")
        safety.lock(number + 1, now=at)
        told_all(safety, number + 1, at)

    downgrades = Obligation.objects.filter(is_downgrade=True).order_by("number")
    assert [(one.version.number, one.rule, one.day0, one.deadline.due_on) for one in downgrades if one.deadline] == [
        (2, "GB.professional.serious", date(2026, 3, 31), date(2026, 4, 15)),
        (2, "GB.supplier.serious", date(2026, 3, 31), date(2026, 4, 15)),
    ]


def test_amends_without_a_clock_of_its_own(safety: Safety) -> None:
    safety.locked()
    safety.follow_up(now=LOCKED + DAY, kind="amendment")
    safety.assess(2, now=LOCKED + DAY)
    version = safety.lock(2, now=LOCKED + DAY)

    assert version.aware_at == HEARD
    assert sorted(row[0] for row in owed(2)) == ["CONTRACT.silent", "GB.professional.serious", "GB.supplier.serious"]
    assert safety.obligation("CONTRACT.silent", 2).deadline.due_at == HEARD + timedelta(hours=24)  # type: ignore[union-attr]


def test_nullifies_towards_whoever_was_told(safety: Safety) -> None:
    safety.locked()
    told = safety.obligation("GB.supplier.serious")
    safety.send(safety.prepare(told))
    safety.discharge(told, at=LOCKED)
    later = LOCKED + DAY

    safety.follow_up(now=later, kind="nullification")
    safety.assess(2, now=later)
    safety.lock(2, now=later)

    assert owed(2) == [("DEFAULT.15D", "person who sells or supplies", "MHRA", "open")]
    assert safety.obligation("CONTRACT.silent").state == "open"


def test_amends_once_what_two_earlier_versions_left_open(safety: Safety) -> None:
    """Nullified twice, the same duty stands twice; an amendment carries one of it, by the earlier date."""
    safety.locked()
    told = safety.obligation("GB.supplier.serious")
    safety.send(safety.prepare(told))
    safety.discharge(told, at=LOCKED)
    for number, kind in ((1, "nullification"), (2, "nullification"), (3, "amendment")):
        later = LOCKED + number * DAY
        safety.follow_up(number, now=later, kind=kind)
        safety.assess(number + 1, now=later)
        safety.lock(number + 1, now=later)

    first, second, carried = (safety.obligation("DEFAULT.15D", version=version) for version in (2, 3, 4))
    dates = [one.deadline for one in (first, second, carried) if one.deadline]
    assert [one.state for one in (first, second, carried)] == ["superseded", "superseded", "open"]
    assert [date.state for date in dates] == ["cancelled", "cancelled", "running"]
    assert dates[0].due_at == dates[2].due_at < dates[1].due_at
    assert [date.moves.latest("number").reason for date in dates[:2]] == [
        f"Carried by {carried.label}, with the same date.",
        f"Carried by {carried.label}, with an earlier date.",
    ]


def test_is_followed_up_once_at_a_time(safety: Safety) -> None:
    safety.locked()
    safety.follow_up(now=LOCKED)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.follow_up(now=LOCKED)

    assert [line.code for line in refusal.value.unmet] == ["NoOtherVersionOpen"]  # type: ignore[attr-defined]


def test_is_superseded_by_a_later_locked_version_only(safety: Safety) -> None:
    safety.locked()

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.take("version.supersede", now=LOCKED, subject=safety.version(), reason="Old.")

    assert [line.code for line in refusal.value.unmet] == ["LaterVersionLocked"]  # type: ignore[attr-defined]


def test_moves_the_provisional_date_earlier_when_judged_and_never_later(safety: Safety) -> None:
    safety.attach(safety.receive())
    before = Deadline.objects.get(kind="pharmacovigilance.report.provisional").due_at

    safety.assess(now=ASSESSED, **(ASSESSMENT | {"serious": "no", "seriousness_criterion": ""}))

    after = Deadline.objects.filter(kind="pharmacovigilance.report.provisional", state="running")
    assert min(after.values_list("due_at", flat=True)) == before
