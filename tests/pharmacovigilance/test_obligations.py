"""Obligations, transmissions and follow-ups: every move, and what is refused."""

import re
from datetime import date, timedelta

import pytest

from cases.deadlines.models import Deadline
from cases.lifecycle.errors import NotPermitted, NotPossible, RequirementsUnmet
from cases.lifecycle.guard import edges
from cases.lifecycle.verbs import VERBS
from pharmacovigilance.models import Obligation, Transmission
from tests.cases.custody.builders import build_supply
from tests.pharmacovigilance.builders import DAY, HEARD, LOCKED, Safety, signed_in
from tests.written import refused_and_nothing_written

SUPPLIER = "GB.supplier.serious"


def unmet(refusal: object) -> list[str]:
    return sorted(line.code for line in refusal.value.unmet)  # type: ignore[attr-defined]


def test_the_tests_below_take_every_move() -> None:
    assert edges(Obligation, "state") == [
        ("open", "done"),
        ("open", "done_late"),
        ("open", "not_required"),
        ("open", "superseded"),
        ("open", "waived"),
    ]
    assert edges(Transmission, "state") == [
        ("no_answer", "accepted"),
        ("no_answer", "rejected"),
        ("prepared", "sent"),
        ("sent", "accepted"),
        ("sent", "no_answer"),
        ("sent", "rejected"),
    ]


def test_is_done_when_reported_in_time(safety: Safety) -> None:
    safety.locked()
    obligation = safety.obligation(SUPPLIER)
    safety.send(safety.prepare(obligation))

    # Recorded days after it happened: the moment of the report decides, not the moment of the entry.
    done = safety.discharge(obligation, at=HEARD + 10 * DAY, now=HEARD + 30 * DAY)

    assert (done.state, done.discharged_at) == ("done", HEARD + 10 * DAY)
    deadline = Deadline.objects.get(pk=done.deadline_id)
    assert (deadline.state, deadline.met_at) == ("met", HEARD + 10 * DAY)


def test_the_form_offers_when_it_was_sent_and_not_when_it_is_typed(safety: Safety) -> None:
    safety.locked()
    obligation = safety.obligation(SUPPLIER)
    client = signed_in(safety.coordinator)
    form = f"/cases/{safety.supply.case.reference}/do/pharmacovigilance.obligation.discharge/?on={obligation.label}"
    safety.send(safety.prepare(obligation), now=HEARD + DAY)
    safety.send(safety.prepare(obligation), now=HEARD + 2 * DAY)

    page = client.get(form).content.decode()

    assert 'value="21 Mar 2026 10:00"' in page


def test_is_done_late_one_second_after_its_date(safety: Safety) -> None:
    safety.locked()
    obligation = safety.obligation(SUPPLIER)
    safety.send(safety.prepare(obligation))
    assert obligation.deadline is not None
    late = obligation.deadline.due_at + timedelta(seconds=1)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.discharge(obligation, at=late)
    done = safety.discharge(obligation, at=late, late_reason="The portal was closed.")

    assert unmet(refusal) == ["LateReasonGiven"]
    assert done.state == "done_late"
    assert Deadline.objects.get(pk=done.deadline_id).state == "met_late"


def test_is_not_done_without_evidence(safety: Safety) -> None:
    safety.locked()
    obligation = safety.obligation(SUPPLIER)
    safety.prepare(obligation)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.discharge(obligation, at=LOCKED)

    assert unmet(refusal) == ["EvidenceOfReport"]
    assert safety.obligation(SUPPLIER).state == "open"


def test_is_not_done_in_the_future(safety: Safety) -> None:
    safety.locked()
    obligation = safety.obligation(SUPPLIER)
    safety.send(safety.prepare(obligation))

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.discharge(obligation, at=LOCKED + DAY, now=LOCKED)

    assert unmet(refusal) == ["SafetyMomentIsPast"]


def test_is_waived_by_two_people_only(safety: Safety) -> None:
    safety.locked()
    obligation = safety.obligation(SUPPLIER)
    with refused_and_nothing_written(RequirementsUnmet) as unproposed:
        safety.take("obligation.waive", by=safety.pic, now=LOCKED, subject=obligation)
    safety.take("obligation.propose_waiver", now=LOCKED, subject=obligation, reason="MHRA asked for one report only.")
    with refused_and_nothing_written(RequirementsUnmet) as alone:
        safety.take("obligation.waive", now=LOCKED, subject=obligation)

    assert safety.obligation(SUPPLIER).state == "open"
    safety.take("obligation.waive", by=safety.pic, now=LOCKED, subject=obligation)

    waived = safety.obligation(SUPPLIER)
    assert (unmet(unproposed), unmet(alone)) == (["WaiverProposed"], ["WaiverAgreedByAnother"])
    assert (waived.state, waived.waived_by, waived.second_person) == ("waived", safety.coordinator, safety.pic)
    assert Deadline.objects.get(pk=waived.deadline_id).state == "cancelled"


def test_is_judged_not_required_by_the_pharmacist_in_charge(safety: Safety) -> None:
    safety.locked()
    obligation = safety.obligation("CONTRACT.silent")
    with refused_and_nothing_written(NotPermitted):
        safety.take("obligation.judge_not_required", now=LOCKED, subject=obligation, reason="No agreement.")

    safety.take(
        "obligation.judge_not_required", by=safety.pic, now=LOCKED, subject=obligation, reason="There is no agreement."
    )

    judged = safety.obligation("CONTRACT.silent")
    assert judged.state == "not_required"
    assert Deadline.objects.get(pk=judged.deadline_id).state == "cancelled"


def test_is_superseded_only_by_one_that_is_due_no_later(safety: Safety) -> None:
    safety.locked()
    later = HEARD + DAY
    with refused_and_nothing_written(RequirementsUnmet) as alone:
        safety.take("obligation.supersede", now=LOCKED, subject=safety.obligation(SUPPLIER), reason="Carried.")
    safety.follow_up(now=later, received_at=later, serious="no", seriousness_criterion="")
    safety.assess(2, now=later, serious="no", seriousness_criterion="")
    safety.lock(2, now=later)

    assert unmet(alone) == ["LaterObligationCarriesIt"]
    safety.follow_up(2, now=later, kind="follow_up", received_at=later)
    safety.assess(3, now=later)
    safety.lock(3, now=later)
    # The third version meets the rule again and carries the first one's date.
    assert safety.obligation(SUPPLIER).state == "superseded"
    assert safety.obligation(SUPPLIER, 3).day0 == date(2026, 3, 20)


def test_is_superseded_by_a_person_when_a_later_one_tells_the_same_recipient_earlier(db: None) -> None:
    supply = build_supply(country="AU", zone="Australia/Sydney")
    safety = Safety(supply)
    safety.locked()
    fifteen_days = safety.obligation("AU.sponsor.serious")
    heard_again = HEARD + DAY
    safety.follow_up(now=heard_again, received_at=heard_again, seriousness_criterion="death")
    safety.assess(2, now=heard_again, seriousness_criterion="death")
    safety.lock(2, now=heard_again)

    seven, fifteen = (
        safety.obligation("AU.sponsor.fatal-lt", 2),
        safety.obligation("AU.sponsor.fatal-lt, second stage", 2),
    )
    assert (seven.deadline.due_on, fifteen.deadline.due_on) == (  # type: ignore[union-attr]
        date(2026, 3, 28),
        date(2026, 4, 5),
    )
    assert safety.obligation("AU.sponsor.serious").state == "open"
    safety.take("obligation.supersede", now=heard_again, subject=fifteen_days, reason="The seven-day report tells it.")

    superseded = safety.obligation("AU.sponsor.serious")
    assert superseded.state == "superseded"
    assert Deadline.objects.get(pk=superseded.deadline_id).state == "cancelled"


@pytest.mark.parametrize("verb", ["accept", "reject"])
@pytest.mark.parametrize("after_silence", [False, True])
def test_a_transmission_is_answered(safety: Safety, verb: str, after_silence: bool) -> None:
    safety.locked()
    transmission = safety.send(safety.prepare(safety.obligation(SUPPLIER)))
    watch = Deadline.objects.get(key="pharmacovigilance.report.answer_expected:T-1")
    assert watch.due_on == date(2026, 3, 24)  # two working days after Friday, 20 March
    if after_silence:
        safety.take("transmission.note_no_answer", now=LOCKED + DAY, subject=transmission, reason="Nothing came.")
        assert Transmission.objects.get().state == "no_answer"

    safety.take(f"transmission.{verb}", now=LOCKED + DAY, subject=transmission, acknowledgement="AE-77 received")

    answered = Transmission.objects.get()
    assert (answered.state, answered.acknowledgement) == (f"{verb}ed", "AE-77 received")
    assert Deadline.objects.get(pk=watch.pk).state == ("cancelled" if after_silence else "met")
    assert Deadline.objects.filter(key="pharmacovigilance.report.resend:T-1").exists() == (verb == "reject")
    assert safety.obligation(SUPPLIER).state == "open"


def test_a_rejected_transmission_is_sent_again(safety: Safety) -> None:
    safety.locked()
    obligation = safety.obligation(SUPPLIER)
    first = safety.send(safety.prepare(obligation))
    safety.take("transmission.reject", now=LOCKED, subject=first, acknowledgement="Field missing.")

    safety.send(safety.prepare(obligation, now=LOCKED + DAY), now=LOCKED + DAY)

    assert Deadline.objects.get(key="pharmacovigilance.report.resend:T-1").state == "met"


def test_a_transmission_carries_the_fingerprint_of_the_locked_version(safety: Safety) -> None:
    version = safety.locked()

    transmission = safety.prepare(safety.obligation(SUPPLIER))

    assert transmission.artefact_sha256 == version.snapshot_sha256
    assert transmission.state == "prepared"
    with refused_and_nothing_written(NotPossible):
        safety.take("transmission.accept", now=LOCKED, subject=transmission, acknowledgement="x")


def test_duties_outlive_a_closed_case_and_follow_up_questions_do_not(safety: Safety) -> None:
    safety.locked()
    close = {"by": safety.coordinator, "now": LOCKED, "reason": "Treatment ended.", "outcome": "completed"}

    with pytest.raises(RequirementsUnmet) as refused:
        safety.supply.take("cases.case.close", **close)
    assert [(line.code, line.fact, line.overridable) for line in refused.value.unmet] == [
        ("SafetyDutiesDone", "Open: O-1, O-2, O-3.", True)
    ]

    house, asked = safety.supply.house, {"verb": "cases.case.close", "record": "", "requirement": "SafetyDutiesDone"}
    told = {"reason": "The maker reports them; the dates stay with us.", **asked}
    safety.supply.take("cases.override.propose", by=house.pic, now=LOCKED, **told)
    override = safety.supply.case.overrides.get()
    safety.supply.take("cases.override.confirm", by=house.second_pharmacist, now=LOCKED, subject=override)
    safety.supply.take("cases.case.close", **close)

    duties = Deadline.objects.filter(kind="pharmacovigilance.report.obligation")
    assert {duty.state for duty in duties} == {"running"}
    assert duties.count() == 3
    assert {one.state for one in Deadline.objects.filter(kind="pharmacovigilance.follow_up")} == {"cancelled"}


@pytest.mark.parametrize(
    ("verb", "name"),
    [
        ("report.receive", "received_at"),
        ("version.follow_up", "received_at"),
        ("obligation.discharge", "discharged_at"),
        ("transmission.send", "sent_at"),
        ("follow_up.answer", "answered_at"),
    ],
)
def test_no_hint_speaks_of_utc_where_a_page_takes_the_readers_own_time(verb: str, name: str) -> None:
    (ask,) = (ask for ask in VERBS[f"pharmacovigilance.{verb}"].asks if ask.name == name)

    assert "UTC" not in ask.hint


def test_is_named_with_its_number_and_version_where_one_is_chosen(safety: Safety) -> None:
    """Two stages of one rule, or two versions, owe the same recipient the same report by different dates."""
    safety.locked()
    page = signed_in(safety.coordinator).get(
        f"/cases/{safety.supply.case.reference}/do/pharmacovigilance.transmission.prepare/"
    )

    offered = re.findall(r"<option value=\"\d+\">([^<]*)</option>", page.content.decode())
    assert offered == [
        "O-1 of V-1: coordinating pharmacy to Invented Biologics",
        "O-2 of V-1: health professional to MHRA",
        "O-3 of V-1: person who sells or supplies to MHRA",
    ]
