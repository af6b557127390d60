"""What somebody typed: read as far as it can be read, kept as it came where it cannot."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pharmacovigilance.said import LABELS, LONGEST, Asked, day_of_parts, read
from pharmacovigilance.terms import OUTCOMES, SERIOUSNESS
from pharmacovigilance.web.reporting.typed import HOW_BAD, HOW_NOW, LANGUAGES

NOW = datetime(2026, 3, 20, 14, 0, tzinfo=UTC)
YES_NO = frozenset({"yes", "no", "not_known"})
ASKED = Asked(
    codes={
        "criteria": frozenset(code for code, _ in SERIOUSNESS),
        "after": frozenset({"dose:4", "pack:9", "other", "not_known"}),
        "outcome": frozenset("012345"),
        "had_reaction": YES_NO,
        "situations": frozenset({"overdose", "pregnancy_exposure"}),
        "qualification": frozenset("12345"),
        "channel": frozenset({"telephone"}),
        "papers": frozenset({"D-1"}),
    },
    zone=ZoneInfo("America/New_York"),
    now=NOW,
)


@pytest.mark.parametrize(
    ("name", "typed", "facts"),
    [
        ("verbatim", "Fieber seit gestern.", {"verbatim": "Fieber seit gestern."}),
        ("language", "de", {"language": "de"}),
        ("began", "18 Mar 2026", {"began": "2026-03-18"}),
        ("began", "March 2026", {"began": "2026-03"}),
        ("began", "2026", {"began": "2026"}),
        ("began", "not_known", {}),
        ("criteria", ["hospitalisation"], {"criteria": ["hospitalisation"], "seriousness": "hospitalisation"}),
        ("criteria", ["not_serious"], {"seriousness": "not_serious"}),
        ("criteria", ["not_known"], {"seriousness": "not_known"}),
        ("after", "dose:4", {"dose": "4"}),
        ("after", "pack:9", {"pack": "9"}),
        ("after", "other", {}),
        ("after", "not_known", {}),
        ("lot_said", " 7K04B8  or so ", {"lot_said": "7K04B8 or so"}),
        ("outcome", "5", {"outcome": "5"}),
        ("had_reaction", "no", {"had_reaction": "no"}),
        ("situations", ["overdose", "pregnancy_exposure"], {"situations": ["overdose", "pregnancy_exposure"]}),
        ("pregnancy_due_on", "4 Dec 2026", {"pregnancy_due_on": "2026-12-04"}),
        ("qualification", "5", {"qualification": "5"}),
        ("channel", "telephone", {"channel": "telephone"}),
        ("received_at", "20 Mar 2026 9:30", {"received_at": "2026-03-20T13:30:00+00:00"}),
        ("received_at", "20 Mar 2026 9:30 Z", {"received_at": "2026-03-20T09:30:00+00:00"}),
    ],
)
def test_is_read(name: str, typed: str | list[str], facts: dict[str, object]) -> None:
    said = read({name: typed}, ASKED)

    assert (said.facts, said.unread) == (facts, [])


@pytest.mark.parametrize(
    ("name", "typed", "line"),
    [
        (
            "began",
            "31 Feb 2026",
            "When it began: “31 Feb 2026” was not read. “31 Feb 2026” is not a day of the calendar: February 2026 has "
            "28 days.",
        ),
        (
            "began",
            "4/12/2026",
            "When it began: “4/12/2026” was not read. “4/12/2026” can be read as two days. Write the month as a word, "
            "for example 4 Dec 2026.",
        ),
        (
            "received_at",
            "20 Mar 2026 10:01",
            "When we first heard of it: “20 Mar 2026 10:01” was not read. It is still to come; the time of sending was "
            "kept.",
        ),
        ("outcome", "77", "How the patient is: “77” was not read. There is no such answer."),
        ("criteria", ["sudden"], "How bad it is: “sudden” was not read. There is no such answer."),
        ("after", "dose:5", "After which dose or pack: “dose:5” was not read. It was not supplied to this patient."),
        ("language", "the local one", "Language: “the local one” was not read. Write two letters, for example en."),
    ],
)
def test_is_kept_as_it_came_where_it_cannot_be_read(name: str, typed: str | list[str], line: str) -> None:
    said = read({name: typed, "verbatim": "A rash."}, ASKED)

    assert (said.facts, said.unread) == ({"verbatim": "A rash."}, [line])


def test_costs_nothing_of_the_rest() -> None:
    said = read(dict.fromkeys(LABELS, "nonsense"), ASKED)

    assert said.facts == {"verbatim": "nonsense", "lot_said": "nonsense"}
    assert [line.partition(":")[0] for line in said.unread] == [
        "Language", "When it began", "How bad it is", "After which dose or pack", "How the patient is",
        "Was there a reaction", "Kind of report", "Expected day of birth", "Who said it", "How it reached us",
        "When we first heard of it", "Papers with it",
    ]  # fmt: skip


def test_takes_the_gravest_criterion_and_says_what_stands_against_it() -> None:
    said = read({"criteria": ["death", "not_serious", "hospitalisation"]}, ASKED)

    assert said.facts == {"criteria": ["death", "hospitalisation"], "seriousness": "death"}
    assert said.unread == ["How bad it is: “not serious” was ticked beside a criterion of seriousness."]


def test_keeps_what_is_too_long_or_cannot_be_kept() -> None:
    said = read({"verbatim": "a\x00b" + "c" * LONGEST, "lot_said": "x" * 201}, ASKED)

    assert said.facts == {"verbatim": "a\ufffdb" + "c" * (LONGEST - 3), "lot_said": "x" * 200}
    assert said.unread == [
        "What happened: NUL characters cannot be kept and are shown as \ufffd.",
        f"What happened, from character {LONGEST + 1} on: ccc",
        "Pack or lot, as said, from character 201 on: x",
    ]


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("18", "Mar", "2026"), "18 Mar 2026"),
        (("", "Mar", "2026"), "Mar 2026"),
        (("", "", ""), ""),
        ((" ", "", "2026"), "2026"),
    ],
)
def test_a_day_in_three_boxes_is_one_text(parts: tuple[str, str, str], text: str) -> None:
    assert day_of_parts(*parts) == text


def test_the_plain_words_of_the_form_stand_for_every_code() -> None:
    assert sorted(code for code, _ in HOW_BAD) == sorted(code for code, _ in SERIOUSNESS)
    assert sorted(code for code, _ in HOW_NOW) == sorted(code for code, _ in OUTCOMES)
    assert len({code for code, _ in LANGUAGES}) == len(LANGUAGES)
