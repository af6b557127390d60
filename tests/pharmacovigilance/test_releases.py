"""Releases of the reporting rules: loaded once, later ones add and retire, and what was opened by a rule keeps it."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import call_command

from cases.audit.context import acting
from cases.people.models import Pharmacy, User
from pharmacovigilance.library import DEFAULT, Release, read_release, release, rule_library
from pharmacovigilance.models import Obligation, ReportingRuleVersion
from pharmacovigilance.releases import Loaded, TextChanged, load_release
from pharmacovigilance.rulebook import in_force, rule_as_opened, rulebook, said_on
from tests.factories import NOW
from tests.pharmacovigilance.builders import DAY, LOCKED, Safety

RULE = "GB.supplier.serious"
LATER = "2026-12-01"
BEFORE = date(2026, 3, 1)


@pytest.fixture
def setup(db: None) -> User:
    return User.objects.service("setup")


def later(without: str = "", *, amount: int | None = None, version: str = LATER) -> Release:
    """A later release: without one rule, or with another limit of it."""
    texts: dict[str, Any] = {rule: text for rule, text in release().texts.items() if rule != without}
    if amount is not None:
        texts[RULE] = texts[RULE] | {"clock": texts[RULE]["clock"] | {"amount": amount}}
    return Release(version, texts)


def test_every_rule_becomes_a_row_once(db: None) -> None:
    said = io.StringIO()
    call_command("load_reporting_rules", stdout=said)
    call_command("load_reporting_rules", stdout=said)

    assert said.getvalue().splitlines() == [
        "Reporting rules: 164 loaded as drafts, 0 already there.",
        "Reporting rules: 0 loaded as drafts, 164 already there.",
    ]
    rows = ReportingRuleVersion.objects.all()
    assert {row.rule: row.data for row in rows} == dict(release().texts)
    assert {(row.origin, row.release, row.in_force_from, row.proposed_by.email) for row in rows} == {
        ("shipped", "2026-11-22", None, "setup@service.invalid")
    }


def test_counts_the_same_before_and_after_it_is_loaded(setup: User) -> None:
    before = in_force(BEFORE)
    load_release(by=setup, now=NOW)

    assert before == in_force(BEFORE) == rule_library()


def test_a_changed_text_is_another_version_from_the_day_it_is_loaded(setup: User) -> None:
    load_release(by=setup, now=NOW)
    loaded = load_release(by=setup, now=NOW + DAY, brought=later(amount=3))

    assert loaded == Loaded(added=1, retired=0, unchanged=163)
    day = (NOW + DAY).date()
    limits = {at: (said := said_on(RULE, day=at).rule).clock["amount"] or said.version for at in (NOW.date(), day)}
    assert limits == {NOW.date(): release().texts[RULE]["clock"]["amount"] or "2026-11-22", day: 3}
    assert said_on(RULE, day=day).rule.version == LATER
    assert said_on(DEFAULT, day=day).rule.version == "2026-11-22"


@pytest.mark.parametrize(
    ("zones", "day"),
    [
        ((), "2026-03-11"),
        (("America/New_York",), "2026-03-10"),
        (("Asia/Tokyo",), "2026-03-11"),
        (("Asia/Tokyo", "America/New_York"), "2026-03-10"),
    ],
)
def test_the_day_it_is_loaded_is_the_pharmacies_own(zones: tuple[str, ...], day: str, setup: User) -> None:
    """At 02:00 UTC it is still the evening before in New York, and a report heard there then has that day 0."""
    with acting(by=setup, verb="tests.pharmacies", business_at=NOW):
        for number, zone in enumerate(zones):
            Pharmacy.objects.create(name=f"Pharmacy {number}", code=f"PH{number}", time_zone=zone)
    load_release(by=setup, now=datetime(2026, 3, 1, tzinfo=UTC))
    load_release(by=setup, now=datetime(2026, 3, 11, 2, tzinfo=UTC), brought=later(amount=3))

    (row,) = ReportingRuleVersion.objects.filter(release=LATER)
    assert row.in_force_from == date.fromisoformat(day)
    assert said_on(RULE, day=row.in_force_from).rule.version == LATER
    assert said_on(RULE, day=row.in_force_from - DAY).rule.version == "2026-11-22"


def test_a_rule_that_a_release_has_no_longer_is_retired_from_that_day(setup: User) -> None:
    load_release(by=setup, now=NOW)
    loaded = load_release(by=setup, now=NOW + DAY, brought=later(RULE))

    assert loaded == Loaded(added=0, retired=1, unchanged=163)
    book = rulebook()
    assert RULE in {rule.id for rule in book.on(NOW.date()).rules}
    assert RULE not in {rule.id for rule in book.on((NOW + DAY).date()).rules}
    assert not said_on(RULE, day=(NOW + DAY).date()).counts
    again = load_release(by=setup, now=NOW + 2 * DAY, brought=later(RULE))
    assert again == Loaded(added=0, retired=0, unchanged=163)


def test_a_rule_that_comes_back_counts_again(setup: User) -> None:
    load_release(by=setup, now=NOW)
    load_release(by=setup, now=NOW + DAY, brought=later(RULE))
    load_release(by=setup, now=NOW + 2 * DAY, brought=later(version="2027-01-01"))

    found = ReportingRuleVersion.objects.filter(rule=RULE).order_by("version")
    assert [(row.version, row.release, row.is_retirement) for row in found] == [
        (1, "2026-11-22", False), (2, LATER, True), (3, "2027-01-01", False),
    ]  # fmt: skip
    assert said_on(RULE, day=(NOW + 2 * DAY).date()).counts


def test_other_words_under_the_same_release_load_nothing(setup: User) -> None:
    load_release(by=setup, now=NOW)

    with pytest.raises(TextChanged, match=f"The text of {RULE} changed under the same release, 2026-11-22."):
        load_release(by=setup, now=NOW, brought=replace(later(amount=3), version="2026-11-22"))

    assert ReportingRuleVersion.objects.count() == 164


def test_an_older_release_changes_nothing(setup: User) -> None:
    load_release(by=setup, now=NOW, brought=later(RULE))

    assert load_release(by=setup, now=NOW).newer == LATER
    assert ReportingRuleVersion.objects.count() == 163


def test_texts_kept_before_the_first_loading_are_of_that_release(setup: User) -> None:
    load_release(by=setup, now=NOW, brought=Release(release().version, {RULE: release().texts[RULE]}))
    assert in_force(BEFORE) == rule_library()

    load_release(by=setup, now=NOW + DAY)

    assert not ReportingRuleVersion.objects.exclude(in_force_from=None).exists()


def test_a_release_needs_its_default_rule_and_one_text_for_each() -> None:
    raw = {"version": "x", "default_rule": {"id": "OTHER"}, "rules": []}
    with pytest.raises(ValueError, match="The default rule is 'OTHER'"):
        read_release(raw)
    with pytest.raises(ValueError, match="Two reporting rules have one id"):
        read_release({"version": "x", "default_rule": {"id": DEFAULT}, "rules": [{"id": DEFAULT}]})


# -- What was opened by a rule that is gone.


def test_what_was_opened_by_a_retired_rule_is_carried_with_its_text(safety: Safety) -> None:
    setup = User.objects.service("setup")
    load_release(by=setup, now=NOW)
    safety.locked()
    first = safety.obligation(RULE)
    load_release(by=setup, now=NOW, brought=later(RULE))

    safety.follow_up(now=LOCKED + DAY, kind="amendment")
    safety.assess(2, now=LOCKED + DAY)
    safety.lock(2, now=LOCKED + DAY)

    carried = safety.obligation(RULE, version=2)
    assert first.deadline is not None
    assert carried.deadline is not None
    assert (carried.rule_version, carried.deadline.due_at) == ("2026-11-22", first.deadline.due_at)
    assert Obligation.objects.get(pk=first.pk).state == Obligation.State.SUPERSEDED


def test_who_was_told_by_a_retired_rule_is_told_that_it_is_less_grave(safety: Safety) -> None:
    setup = User.objects.service("setup")
    load_release(by=setup, now=NOW)
    safety.locked()
    safety.send(safety.prepare(safety.obligation(RULE)))
    safety.discharge(safety.obligation(RULE), at=LOCKED)
    load_release(by=setup, now=NOW, brought=later(RULE))

    safety.follow_up(now=LOCKED + DAY, serious="no", seriousness_criterion="")
    safety.assess(2, now=LOCKED + DAY, serious="no", seriousness_criterion="")
    safety.lock(2, now=LOCKED + DAY)

    told = safety.obligation(RULE, version=2)
    assert (told.is_downgrade, told.rule_version) == (True, "2026-11-22")


def test_a_rule_of_which_nobody_has_that_version_is_read_by_its_oldest_text(setup: User) -> None:
    load_release(by=setup, now=NOW, brought=later(amount=3))

    assert rule_as_opened(f"{RULE}, second stage", "1999-01-01").clock["amount"] == 3
    unknown = rule_as_opened("XX.gone", "1999-01-01")
    assert (unknown.id, unknown.version, unknown.clock["amount"]) == ("XX.gone", "1999-01-01", 15)
