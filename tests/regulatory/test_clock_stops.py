"""A question of the authority stops the window of a real case where its pathway says so, and only there."""

from typing import Any

from cases.deadlines.models import DeadlineMove
from cases.models import Hold
from tests.laid import laid
from tests.regulatory.changes.ground import UK, signed_with
from tests.regulatory.ground import Ground, at, build_ground

OPENED = at("2026-02-26 09:00")


def stops(raw: dict[str, Any]) -> None:
    raw["deadlines"][1]["on_question"] = "stops"


@laid
def asked(db: None) -> Ground:
    """Acknowledged on Mon 2 March; two questions on the 10th and the 12th."""
    ground = build_ground(UK, now=OPENED, country="GB", zone="Europe/London", version=signed_with(stops))
    ground.ready(quantity="6")
    ground.submit(at("2026-02-26 11:00"))
    ground.acknowledge(at("2026-03-02 10:00"))
    for day in ("2026-03-10", "2026-03-12"):
        moment = at(f"{day} 09:00")
        ground.take(
            "regulatory.filing.receive_question",
            subject=ground.filing,
            now=moment,
            text="Which dose?",
            happened_at=moment,
        )
    return ground


def answer(ground: Ground, number: int, day: str) -> None:
    question = ground.filing.questions.get(number=number)
    moment = at(f"{day} 09:00")
    ground.take(
        "regulatory.filing.answer_question",
        subject=ground.filing,
        now=moment,
        question=question,
        answer="150 mg.",
        happened_at=moment,
    )


def test_the_window_stands_still_until_the_last_question_is_answered(asked: Ground) -> None:
    assert asked.deadline("objection_window").state == "paused"
    assert not Hold.objects.filter(case=asked.case).exists()
    answer(asked, 1, "2026-03-15")
    assert (asked.deadline("objection_window").state, asked.filing.state) == ("paused", "question")
    answer(asked, 2, "2026-03-20")
    window = asked.deadline("objection_window")
    # 28 days to Mon 30 March, and the ten days from the 10th up to the 20th.
    assert (window.state, window.due_on.isoformat()) == ("running", "2026-04-09")
    line = asked.line("GateOpen:may_import", "cases.case.begin_sourcing")
    assert "It opens on Fri 10 Apr 2026" in line.fact
    assert DeadlineMove.objects.filter(deadline=window, what="resumed").count() == 1
