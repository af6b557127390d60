"""Late entries and days gone by: each refused by name or kept with its reason, and nothing else changed."""

from typing import Any

import pytest

from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from cases.models import CaseEvent
from regulatory.models import Authorization, Filing, PathwayEvent
from tests.factories import build_case, build_paper
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

KEY = "AU-SAS-B"
DECIDED = at("2026-03-05 02:00")


@laid
def filed(db: None) -> Ground:
    ground = build_ground(KEY, now=at("2026-03-01 22:00"), country="AU", zone="Australia/Sydney")
    ground.ready(kind="application", authority="TGA", quantity="6")
    ground.submit(at("2026-03-02 05:00"))
    return ground


def refused(ground: Ground, verb: str, **facts: Any) -> list[tuple[str, str]]:
    before = ground.written()
    with pytest.raises(RequirementsUnmet) as refusal:
        ground.take(verb, **facts)
    assert ground.written() == before
    return [(line.code, line.fact) for line in refusal.value.unmet]


def test_a_grant_whose_window_is_over_says_why_it_is_recorded(filed: Ground) -> None:
    letter = filed.paper("authorisation_letter")
    facts: dict[str, Any] = {
        "subject": filed.filing,
        "now": DECIDED,
        "happened_at": DECIDED,
        "channel": "written",
        "letter": letter,
        "valid_from": "2025-03-05",
        "valid_until": "2026-03-04",
        "covers": ["patient", "prescriber", "product", "indication"],
    }
    assert refused(filed, "regulatory.filing.grant", **facts) == [
        (
            "WindowIsNotOver",
            "Its last day, 2026-03-04, is over: it is 2026-03-05 for the authority. Say why it is recorded so late, or "
            "correct the day.",
        )
    ]
    assert (filed.filing.state, Authorization.objects.count()) == ("submitted", 0)
    filed.take("regulatory.filing.grant", **facts | {"why_late": "The letter was lost in the post."})
    assert filed.authorization.valid_until.isoformat() == "2026-03-04"
    event = CaseEvent.objects.get(case=filed.case, verb="regulatory.filing.granted")
    assert event.facts["why_late"] == "The letter was lost in the post."


@pytest.mark.parametrize(
    ("moment", "ok"), [("2026-03-06 03:00", True), ("2026-03-06 01:00", False)], ids=["30 days before", "a day more"]
)
def test_what_happened_long_ago_is_recorded_with_a_reason(filed: Ground, moment: str, ok: bool) -> None:
    now = at("2026-04-05 03:00") if ok else at("2026-04-06 03:00")
    facts: dict[str, Any] = {"subject": filed.filing, "now": now, "happened_at": at(moment)}
    if ok:
        filed.take("regulatory.filing.acknowledge", **facts)
        return
    assert refused(filed, "regulatory.filing.acknowledge", **facts) == [
        (
            "LateEntryHasReason",
            "2026-03-06 01:00 UTC is 31 days before it is recorded. Say why it is recorded so late, or correct the "
            "moment.",
        )
    ]
    assert filed.filing.acknowledged_at is None
    filed.take("regulatory.filing.acknowledge", **facts | {"why_late": "Found in the junk folder."})
    assert filed.filing.acknowledged_at == at(moment)


@pytest.mark.parametrize("verb", ["open", "renew", "vary"])
def test_a_filing_is_not_planned_for_a_day_gone_by(filed: Ground, verb: str) -> None:
    filed.grant(DECIDED, valid_until="2027-03-04")
    asked: dict[str, dict[str, Any]] = {
        "open": {"kind": "application", "authority": "TGA"},
        "renew": {"renews": filed.filing},
        "vary": {"varies": filed.authorization, "changes": ["dose"], "change_note": "From 150 to 300 mg."},
    }
    facts = asked[verb]
    # In Canberra it is 6 March already.
    now = at("2026-03-05 14:00")
    assert refused(filed, f"regulatory.filing.{verb}", now=now, planned_on="2026-03-05", **facts) == [
        (
            "PlannedDayIsAhead",
            "2026-03-05 is planned; it is 2026-03-06 for the authority. Plan today or a later day.",
        )
    ]
    assert Filing.objects.count() == 1
    filed.take(f"regulatory.filing.{verb}", now=now, planned_on="2026-03-06", **facts)
    assert filed.filing.planned_on is not None
    assert filed.filing.planned_on.isoformat() == "2026-03-06"


def test_a_filing_is_not_made_ready_for_a_day_gone_by(filed: Ground) -> None:
    filed.take("regulatory.filing.open", kind="application", authority="TGA")
    codes = refused(filed, "regulatory.filing.make_ready", subject=filed.filing, now=DECIDED, planned_on="2026-03-04")
    assert "PlannedDayIsAhead" in [code for code, _ in codes]
    assert filed.filing.state == "preparing"


def test_a_treatment_ends_on_one_day(filed: Ground) -> None:
    record = "regulatory.pathway_event.record"
    first = at("2026-03-04 02:00")
    filed.take(record, now=first, name="treatment_ended", happened_at=first)
    again = at("2026-03-05 03:00")
    assert refused(filed, record, now=again, name="treatment_ended", happened_at=again) == [
        (
            "HappensOnce",
            "Treatment ended is recorded on 2026-03-04 already. Withdraw that event with its reason, then record the "
            "right day.",
        )
    ]
    event = PathwayEvent.objects.get(case=filed.case, name="treatment_ended")
    filed.take("regulatory.pathway_event.withdraw", now=again, event=event, reason="Another patient's note.")
    filed.take(record, now=again, name="treatment_ended", happened_at=again)
    standing = PathwayEvent.objects.filter(case=filed.case, name="treatment_ended", withdrawn_at__isnull=True)
    assert [event.happened_at for event in standing] == [again]


def test_a_condition_is_not_met_before_the_letter_that_states_it(filed: Ground) -> None:
    filed.grant(DECIDED, conditions="Report the outcome.")
    condition = filed.case.grant_conditions.get()
    filed.take("regulatory.grant_condition.sort", subject=condition, now=DECIDED, kind="gate")
    early, evidence = at("2026-03-04 02:00"), filed.paper("fee_receipt")
    assert refused(
        filed, "regulatory.grant_condition.meet", subject=condition, happened_at=early, evidence=evidence
    ) == [
        (
            "MomentsInOrder",
            "2026-03-04 02:00 UTC is before the decision that states K-1 on 2026-03-05 02:00 UTC.",
        )
    ]
    condition = filed.case.grant_conditions.get()
    assert (condition.state, condition.met_at) == ("standing", None)


def test_a_paper_of_another_case_shows_nothing_here(filed: Ground) -> None:
    other = build_case(filed.house, KEY, number=2, version=filed.case.profile_version)
    strange = build_paper(filed.house, other, "authorisation_letter", now=filed.now)
    before = filed.written()
    with pytest.raises(FactsInvalid) as wrong:
        filed.grant(DECIDED, letter=strange)
    (told,) = wrong.value.errors["letter"]
    assert told == (
        "This is no accepted paper of this case, or not of a kind that is asked for here; the paper of another case "
        "shows nothing in this one. Choose one of those listed, or send it to this case first."
    )
    assert other.reference not in told
    assert (filed.filing.state, filed.written()) == ("submitted", before)
