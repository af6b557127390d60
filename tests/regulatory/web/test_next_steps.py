"""The filings page names what can be recorded next of each filing, in the words of the trade, and nothing else."""

from cases.lifecycle.steps import next_step, possible_steps
from regulatory.web.next_steps import StepsOnOne, steps_on_records
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground


@laid
def ground(db: None) -> Ground:
    ground = build_ground("UK-SPECIALS", now=at("2026-02-26 09:00"), country="GB", zone="Europe/London")
    ground.take("cases.case.begin_filing")
    return ground


def steps(ground: Ground) -> dict[str, StepsOnOne]:
    found = possible_steps(ground.case, by=ground.house.coordinator, now=ground.now)
    return steps_on_records(ground.case, found, next_step(ground.case, found))


def do(ground: Ground, verb: str, on: str = "") -> str:
    return f"/cases/{ground.case.reference}/do/{verb}/" + (f"?on={on}" if on else "")


def test_before_the_first_filing_the_next_step_is_to_open_one(ground: Ground) -> None:
    opening = ("Open a filing", do(ground, "regulatory.filing.open"))
    assert steps(ground) == {"": StepsOnOne(opening)}


def test_a_notification_in_its_window_lapses_or_meets_an_objection_and_is_never_granted(ground: Ground) -> None:
    ground.ready(quantity="6")
    ground.submit(at("2026-02-26 11:00"))
    ground.take("cases.case.await_authorization")
    ground.acknowledge(at("2026-03-02 10:04"))
    one = steps(ground)["F-1"]
    assert one.following == ("Record no objection to F-1 by lapse", do(ground, "regulatory.filing.lapse", "F-1"))
    assert sorted(label for label, _ in one.others) == [
        "Correct the acknowledgement of F-1",
        "Record a question about F-1",
        "Record an objection to F-1",
        "Record that the window of F-1 was waived",
        "Withdraw F-1",
    ]


def test_a_step_is_offered_once_the_case_has_the_record_it_rests_on(ground: Ground) -> None:
    rests = {
        "regulatory.filing.renew",
        "regulatory.filing.vary",
        "custody.milestone.plan",
        "pharmacovigilance.transmission.prepare",
    }

    def offered() -> set[str]:
        found = possible_steps(ground.case, by=ground.house.coordinator, now=ground.now)
        return rests & {step.verb.code for step in found}

    assert offered() == set()
    ground.ready(quantity="6")
    ground.submit(at("2026-02-26 11:00"))
    assert offered() == {"regulatory.filing.renew"}
