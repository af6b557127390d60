"""The picture of a journey: drawn from numbers, alike for page, phone and paper, without losing a peak."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import typst
from hypothesis import given
from hypothesis import strategies as st

from cases.custody.cold_chain.chart import PAPER, PHONE, HandOver, View, chart, charts, lasted, letters
from cases.custody.cold_chain.figures import assess
from cases.custody.cold_chain.mappings import mappings
from cases.custody.cold_chain.outline import outline
from cases.custody.cold_chain.record import Parameters, judge
from cases.custody.cold_chain.series import Series
from cases.print.svg import on_paper
from cases.print.typeset import FONTS
from tests.cases.custody.loggers import exported

BEGINS = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MARKS = [
    HandOver(BEGINS, "dispatched", "Skyline Invented Cargo"),
    HandOver(BEGINS + 40 * HOUR, "arrived", "Fairhaven General Hospital"),
]


def journey(*, warm: range = range(60, 72), left_out: range = range(0)) -> Series:
    """Forty hours, a reading every ten minutes."""
    return Series.of(
        ((BEGINS + index * HOUR / 6).timestamp(), 11.5 if index in warm else 5.0)
        for index in range(241)
        if index not in left_out
    )


def drawn(series: Series, **more: object) -> str:
    figures = assess(series, "refrigerated")
    view = replace(View.whole(figures, MARKS, "Europe/London"), **more)  # type: ignore[arg-type]
    return str(chart(series, figures, MARKS, view, about="consignment C-1, logger 4410-2207"))


def test_says_what_it_shows_to_those_who_do_not_see_it() -> None:
    picture = ElementTree.fromstring(on_paper(drawn(journey(left_out=range(120, 130)))))  # noqa: S314 - our own text
    title, description = (picture.findtext(f"{{http://www.w3.org/2000/svg}}{name}") for name in ("title", "desc"))

    assert picture.get("role") == "img"
    assert title == "Temperature of consignment C-1, logger 4410-2207, 4 March 2026 to 6 March 2026"
    assert description == (
        "231 readings, 5.0 to 11.5 °C. Allowed 2 to 8 °C. "
        "Excursion A: too warm, 11.5 °C, 2 h 01 min from 2026-03-04 21:54. 1 h 50 min without readings."
    )


def test_marks_limits_excursions_gaps_and_who_held_it() -> None:
    words = re.findall(r">([^<>]+)</text>", drawn(journey(left_out=range(120, 130))))

    assert {"allowed 2 to 8 °C", "A", "11.5 °C, 2 h 01 min", "1 h 50 min without readings"} <= set(words)
    assert {"1 dispatched", "2 arrived", "1 Skyline Invented Cargo", "Thu 5 Mar", "2", "8"} <= set(words)


def test_a_name_is_text_and_never_markup() -> None:
    marks = [HandOver(BEGINS, "<b>&", "</svg><script>")]
    figures = assess(journey(), "refrigerated")
    picture = str(chart(journey(), figures, marks, View.whole(figures, marks, "UTC"), about='"><script>'))

    assert "<script" not in picture
    assert "<b>" not in picture


def test_no_part_of_it_carries_a_style_or_a_script() -> None:
    assert not re.search(r"style=|<script|href=|on[a-z]+=", drawn(journey()))


def test_a_phone_has_a_picture_of_its_own() -> None:
    figures = assess(journey(), "refrigerated")
    both = str(charts(journey(), figures, MARKS, View.whole(figures, MARKS, "UTC"), about="C-1"))

    assert (both.count("<svg"), both.count('class="wide-only"'), both.count('class="narrow-only"')) == (2, 1, 1)
    assert len(set(re.findall(r'id="([^"]+)"', both))) == len(re.findall(r'id="([^"]+)"', both))
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)"', drawn(journey(), width=PHONE))) >= 11


def test_a_nearer_look_keeps_the_degrees_and_shows_the_hours() -> None:
    near = drawn(journey(), begins=BEGINS + 9 * HOUR, ends=BEGINS + 13 * HOUR)
    words = re.findall(r">([^<>]+)</text>", near)

    assert {"22:00", "23:00", "8", "2", "A"} <= set(words)
    assert "2 arrived" not in words


def test_a_look_between_two_readings_shows_the_line_between_them() -> None:
    series = Series.of([(BEGINS.timestamp(), 4.0), ((BEGINS + 4 * HOUR).timestamp(), 8.0)])
    runs = outline(series, (BEGINS + HOUR).timestamp(), (BEGINS + 2 * HOUR).timestamp(), steps=100)

    assert runs == [[((BEGINS + HOUR).timestamp(), 5.0), ((BEGINS + 2 * HOUR).timestamp(), 6.0)]]


def test_nothing_is_drawn_where_nothing_was_measured() -> None:
    series = journey(left_out=range(120, 130))
    figures = assess(series, "refrigerated")
    ((begins, ends),) = figures.gaps
    whole = outline(series, series.at[0], series.at[-1], steps=1000, gaps=[begins.timestamp()])
    within = outline(series, begins.timestamp() + 60, ends.timestamp() - 60, steps=1000, gaps=[begins.timestamp()])

    assert [(run[0][0], run[-1][0]) for run in whole] == [
        (series.at[0], begins.timestamp()),
        (ends.timestamp(), series.at[-1]),
    ]
    assert within == []


@given(
    celsius=st.lists(st.floats(-40, 40), min_size=2, max_size=3000),
    steps=st.integers(2, 40),
)
def test_a_long_log_is_drawn_short_and_loses_no_extreme(celsius: list[float], steps: int) -> None:
    series = Series.of((600.0 * index, value) for index, value in enumerate(celsius))
    (run,) = outline(series, series.at[0], series.at[-1], steps=steps)
    values = [value for _, value in run]

    assert (min(values), max(values)) == (min(celsius), max(celsius))
    assert len(run) <= 2 * (steps + 1)
    assert [at for at, _ in run] == sorted(at for at, _ in run)


def test_half_a_million_readings_make_a_picture_of_some_kilobytes() -> None:
    series = Series.of((60.0 * index, 5.0 if index != 377_777 else 9.9) for index in range(500_000))
    figures = assess(series, "refrigerated")
    picture = str(chart(series, figures, [], View.whole(figures, [], "UTC"), about="C-1"))

    assert len(picture) < 60_000
    assert "9.9 °C" in picture


def test_a_log_that_swings_about_the_limit_makes_no_endless_picture_and_no_endless_record() -> None:
    series = Series.of((60.0 * index, 7.9 if index % 2 else 8.2) for index in range(60_000))
    figures = assess(series, "refrigerated")
    picture = str(chart(series, figures, [], View.whole(figures, [], "UTC"), about="C-1"))
    content = exported((7.9 if index % 2 else 8.2 for index in range(60_000)), every=timedelta(minutes=1))
    record = judge(content, mappings()["iso-comma"], Parameters("refrigerated")).record

    assert len(figures.excursions) == 30_000
    assert picture.count('class="f-harm-bg') == 1
    assert len(picture) < 60_000
    assert (len(record["excursions"]), record["excursions_in_all"]) == (1_000, 30_000)


def test_stretches_that_lie_apart_are_drawn_apart() -> None:
    picture = drawn(journey(warm=range(60, 72)))
    peaks = (60, 120, 180)
    far = drawn(Series.of(((BEGINS + i * HOUR / 6).timestamp(), 11.5 if i in peaks else 5.0) for i in range(241)))

    assert (picture.count('class="f-harm-bg'), far.count('class="f-harm-bg')) == (1, 3)


def test_the_typesetter_takes_it_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "picture.svg").write_text(on_paper(drawn(journey(), width=PAPER)), encoding="utf-8")
    (tmp_path / "page.typ").write_text('#set document(title: "t")\n#image("picture.svg", alt: "Temperature")\n')

    pdf = typst.compile(
        str(tmp_path / "page.typ"), font_paths=[str(FONTS)], ignore_system_fonts=True, pdf_standards=["ua-1"]
    )
    assert pdf.startswith(b"%PDF")


def test_durations_are_said_as_people_say_them() -> None:
    given_ = [0, 0.3, 50, 60, 170, 230, 48 * 60, 52 * 60]
    said = ["0 min", "under 1 min", "50 min", "1 h", "2 h 50 min", "3 h 50 min", "2 days", "2 days 4 h"]
    assert [lasted(minutes) for minutes in given_] == said


def test_excursions_are_lettered_beyond_z() -> None:
    named = [letter for letter, _ in zip(letters(), range(28), strict=False)]
    assert (named[0], named[25], named[26], named[27]) == ("A", "Z", "AA", "AB")
