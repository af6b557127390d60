"""Where nobody knows what a question does to the window: three dates told, the latest counted, and the hold stays."""

import pytest

from cases.lifecycle.errors import NotPossible, RequirementsUnmet
from cases.models import Hold
from regulatory.models import HoldGround
from regulatory.profiles.loader import load
from regulatory.profiles.what_if import Asked, answer, read
from tests.laid import laid
from tests.regulatory.changes.ground import UK
from tests.regulatory.ground import Ground, at, build_ground

OPENED = at("2026-02-26 09:00")
NOT_KNOWN = "Not known whether a question of the authority stops the count since the authority's acknowledgement"
TOLD = (
    f"{NOT_KNOWN}: ask the authority. If it runs on, the first open day is Tue 31 Mar 2026; if it stops, the first "
    "open day is Sun 5 Apr 2026; if it begins anew with the answer, the first open day is Mon 13 Apr 2026. The last is "
    "safe and is counted here."
)


@laid
def asked(db: None) -> Ground:
    """Acknowledged on Mon 2 March, asked on the 10th."""
    ground = build_ground(UK, now=OPENED, country="GB", zone="Europe/London")
    ground.ready(quantity="6")
    ground.submit(at("2026-02-26 11:00"))
    ground.acknowledge(at("2026-03-02 10:00"))
    moment = at("2026-03-10 09:00")
    ground.take(
        "regulatory.filing.receive_question", subject=ground.filing, now=moment, text="Which dose?", happened_at=moment
    )
    return ground


def answered(ground: Ground) -> None:
    moment = at("2026-03-15 09:00")
    question = ground.filing.questions.get()
    ground.take(
        "regulatory.filing.answer_question",
        subject=ground.filing,
        now=moment,
        question=question,
        answer="150 mg.",
        happened_at=moment,
    )


def word(ground: Ground, clock: str, *, now: str = "2026-03-16 09:00") -> None:
    ground.take(
        "regulatory.filing.record_clock_word",
        subject=ground.filing,
        now=at(now),
        clock=clock,
        said_by="A. Fenwick, import unit",
        source="Mail of 16 March 2026",
        happened_at=at(now),
    )


def test_the_case_tells_the_dates_of_the_what_if_in_its_sentence(asked: Ground) -> None:
    answered(asked)
    line = asked.line("GateOpen:may_import", "cases.case.begin_sourcing", now=at("2026-04-01 09:00"))
    assert line.state == "unmet"
    assert TOLD in line.fact
    assert "It opens on Mon 13 Apr 2026 if nothing else happens." in line.fact
    events = ["submitted=2026-02-26", "acknowledged=2026-03-02"]
    question = Asked("2026-04-01", event=events, plan=["import_day=2026-05-01"], question=["2026-03-10..2026-03-15"])
    library = load()
    found = answer(read(library.profile(UK), question, library=library), library=library).to_json()
    gate = next(one for one in found["gates"] if one["gate"] == "may_import")
    assert any(TOLD in item["sentence"] for item in gate["missing"])
    assert gate["opens_on"] == "2026-04-13"


def test_while_the_question_is_open_no_day_is_safe(asked: Ground) -> None:
    line = asked.line("GateOpen:may_import", "cases.case.begin_sourcing", now=at("2026-04-01 09:00"))
    assert line.state == "unmet"
    assert (
        f"{NOT_KNOWN}: ask the authority. If it runs on, the first open day is Tue 31 Mar 2026; if it stops, none "
        "before the answer; if it begins anew with the answer, none before the answer. No day is safe before the "
        "answer."
    ) in line.fact
    assert asked.deadline("objection_window").state == "paused"


def test_the_window_is_dated_by_the_latest_count_once_it_is_answered(asked: Ground) -> None:
    answered(asked)
    window = asked.deadline("objection_window")
    assert (window.state, window.due_on.isoformat()) == ("running", "2026-04-12")


@pytest.mark.parametrize(
    ("clock", "due"), [("runs_on", "2026-03-30"), ("stops", "2026-04-04"), ("restarts", "2026-04-12")]
)
def test_the_authoritys_word_settles_the_date(asked: Ground, clock: str, due: str) -> None:
    answered(asked)
    word(asked, clock)
    assert asked.deadline("objection_window").due_on.isoformat() == due
    line = asked.line("GateOpen:may_import", "cases.case.begin_sourcing")
    assert "Not known" not in line.fact


def test_the_hold_is_not_lifted_before_the_word_or_the_answer(asked: Ground) -> None:
    hold = Hold.objects.get(case=asked.case)
    assert HoldGround.objects.get(hold=hold).filing == asked.filing
    assert hold.until == "the authority's word on the window is recorded, or every question is answered"
    before = asked.written()
    for by in (asked.house.coordinator, asked.house.pic):
        with pytest.raises(RequirementsUnmet) as refused:
            asked.take("cases.hold.lift", by=by, subject=hold, reason="It will be fine.")
        assert [(line.code, line.fact, line.remedy) for line in refused.value.unmet] == [
            (
                "WordOnTheClockIsThere",
                "Not known whether the question on F-1 stops the waiting window: ask the authority, and record its "
                "word or the answer to the question.",
                ("Record the authority's word", "regulatory.filing.record_clock_word/F-1"),
            )
        ]
    hold.refresh_from_db()
    assert (hold.lifted_at, asked.written()) == (None, before)
    word(asked, "runs_on", now="2026-03-11 09:00")
    line = asked.line("WordOnTheClockIsThere", "cases.hold.lift", subject=hold)
    assert (line.state, line.fact) == ("met", "A. Fenwick, import unit: it runs on (Mail of 16 March 2026).")
    asked.take("cases.hold.lift", subject=hold, reason="The MHRA's mail.")
    hold.refresh_from_db()
    assert hold.lifted_at is not None


def test_the_answer_lets_the_hold_be_lifted_and_the_latest_date_stands(asked: Ground) -> None:
    answered(asked)
    hold = Hold.objects.get(case=asked.case)
    asked.take("cases.hold.lift", subject=hold, reason="Answered.")
    line = asked.line("GateOpen:may_import", "cases.case.begin_sourcing", now=at("2026-04-01 09:00"))
    assert line.state == "unmet"


def test_a_word_before_the_question_is_refused(asked: Ground) -> None:
    before = asked.written()
    with pytest.raises(RequirementsUnmet) as refused:
        asked.take(
            "regulatory.filing.record_clock_word",
            subject=asked.filing,
            clock="stops",
            said_by="A. Fenwick",
            source="Mail",
            happened_at=at("2026-03-09 09:00"),
        )
    assert [line.fact for line in refused.value.unmet] == [
        "2026-03-09 09:00 UTC is before question 1 on 2026-03-10 09:00 UTC."
    ]
    assert (asked.filing.clock_word, asked.written()) == ("", before)


def test_where_the_pathway_says_it_no_word_is_asked(db: None) -> None:
    ground = build_ground("AU-SAS-B", now=at("2026-03-02 01:00"), country="AU", zone="Australia/Sydney")
    ground.ready(kind="application", authority="TGA")
    ground.submit(at("2026-03-02 02:00"))
    with pytest.raises(NotPossible):
        word(ground, "stops")
    assert not Hold.objects.filter(case=ground.case).exists()
