"""The SVG writer: what is drawn, in which colours, and that it can be read by those who do not see it."""

import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.print import svg
from cases.web import pictures, runway

STATIC = Path(__file__).parents[3] / "cases" / "static" / "npp"
FIRST, TODAY = date(2026, 11, 10), date(2026, 12, 2)


def parse(drawn: str) -> list[ET.Element]:
    return list(ET.fromstring(f"<all>{drawn}</all>"))  # noqa: S314  (our own drawing)


def described(drawn: str) -> list[str]:
    return [element.findtext("desc") or "" for element in parse(drawn)]


def test_the_colours_are_those_of_the_style_sheet() -> None:
    sheet = (STATIC / "tokens.css").read_text()
    light = sheet[: sheet.index("@media")]
    named = {"2": "ink-2", "3": "ink-3"}
    lines = {"harm", "care", "good", "wait", "hold", "draft"}
    for name, colour in svg.COLOURS.items():
        token = f"{name}-line" if name in lines else named.get(name, name)
        assert f"--{token}: {colour};" in light, token
    for name in lines:
        assert f"--{name}: {svg.TEXT_COLOURS[name]};" in light


def test_every_class_of_the_writer_is_in_the_style_sheet() -> None:
    sheet = (STATIC / "components.css").read_text() + (STATIC / "house.css").read_text()
    drawn = str(pictures.slack_bar(needed_days=9, days_to_harm=7, key="a")) + picture(run_out=date(2026, 12, 18))
    for name in {one for found in re.findall(r'class="([^"]*)"', drawn) for one in found.split()}:
        assert f".{name} " in sheet or f".{name}{{" in sheet or f".{name}," in sheet, name


def test_there_is_no_style_and_no_script_in_a_picture() -> None:
    drawn = picture(run_out=date(2026, 12, 18)) + str(pictures.page_thumb())
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=", drawn)


@pytest.mark.parametrize(
    ("needed", "to_harm", "ground"),
    [(9, 7, "f-harm"), (1.5, 1.92, "f-care-bg"), (30, 38, "f-good-bg"), (0, 7, "f-good-bg"), (0, 6.9, "f-care-bg")],
)
def test_the_slack_bar_shows_what_is_left_or_missing(needed: float, to_harm: float, ground: str) -> None:
    drawn = str(pictures.slack_bar(needed_days=needed, days_to_harm=to_harm, key="k"))
    found = {one for one in ("f-harm", "f-care-bg", "f-good-bg") if f'class="{one}' in drawn}
    assert found == {ground}


def test_the_slack_bar_is_to_scale() -> None:
    (bar,) = parse(pictures.slack_bar(needed_days=21, days_to_harm=42, key="k"))
    needed, left = bar.findall("rect")
    assert (needed.get("width"), left.get("x"), left.get("width")) == ("56", "56", "56")


def test_the_slack_bar_is_silent_because_the_row_already_says_it() -> None:
    (bar,) = parse(pictures.slack_bar(needed_days=1, days_to_harm=2, key="k"))
    assert bar.get("aria-hidden") == "true"


@given(st.floats(-100, 400), st.floats(-100, 400))
def test_the_slack_bar_never_leaves_its_frame(needed: float, to_harm: float) -> None:
    (bar,) = parse(pictures.slack_bar(needed_days=needed, days_to_harm=to_harm, key="k"))
    for box in bar.findall("rect"):
        assert 0 <= float(box.get("x", "")) <= float(box.get("x", "")) + float(box.get("width", "")) <= 128


@pytest.mark.parametrize(
    ("today", "finding"),
    [
        (date(2026, 11, 9), "28 days from Tue 10 Nov 2026 to Mon 7 Dec 2026; not begun."),
        (date(2026, 11, 10), "Day 1 of 28; the last day is Mon 7 Dec 2026."),
        (date(2026, 12, 2), "Day 23 of 28; the last day is Mon 7 Dec 2026."),
        (date(2026, 12, 7), "Day 28 of 28; the last day is Mon 7 Dec 2026."),
        (date(2026, 12, 8), "All 28 days have passed; the last was Mon 7 Dec 2026."),
    ],
)
def test_a_window_says_which_day_it_is(today: date, finding: str) -> None:
    assert described(pictures.window(key="w", first_day=FIRST, length=28, today=today, title="Silence")) == [finding]


def test_a_window_fills_passed_days_rings_today_and_hatches_pauses() -> None:
    drawn = str(pictures.window(key="w", first_day=FIRST, length=33, today=TODAY, title="Silence", paused_days=5))
    assert drawn.count('class="f-wait s-wait"') == 22
    assert drawn.count('class="f-wait-bg s-wait"') == 33 - 22 - 5
    assert drawn.count('fill="url(#wh)"') == 5
    assert drawn.count('class="f-none s-ink"') == 1


def test_a_window_that_is_over_rings_no_day() -> None:
    drawn = str(pictures.window(key="w", first_day=FIRST, length=28, today=date(2026, 12, 8), title="Silence"))
    assert drawn.count('class="f-wait s-wait"') == 28
    assert "s-ink" not in drawn


def test_a_window_without_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        pictures.window(key="w", first_day=FIRST, length=0, today=TODAY, title="Silence")


def picture(run_out: date | None = None) -> str:
    return str(
        runway.runway(
            runway.Runway(
                start=date(2026, 10, 26),
                end=date(2027, 1, 29),
                today=TODAY,
                recorded=[(date(2026, 10, 26), 53), (TODAY, 16)],
                forecast=[(TODAY, 16), (date(2026, 12, 14), 4), (date(2026, 12, 14), 32), (date(2027, 1, 15), 0)],
                title="Runway & <co>",
                finding="Reaches zero on Fri 18 Dec.",
                doses=[
                    runway.Mark(date(2026, 11, 6), 42, "dose 6 Nov"),
                    runway.Mark(TODAY, 16, "planned", planned=True),
                ],
                run_out=run_out,
                spans=[
                    runway.Span(date(2026, 11, 10), date(2026, 12, 8), "wait", "Silence, day 23 of 28", "then import")
                ],
            ),
            key="r",
        )
    )


def test_the_runway_is_drawn_for_a_desk_and_for_a_phone() -> None:
    wide, narrow = parse(picture())
    assert (wide.get("class"), narrow.get("class")) == ("wide-only", "narrow-only")
    assert (wide.get("viewBox", "").split()[2], narrow.get("viewBox", "").split()[2]) == ("1150", "328")
    assert wide.findtext("title") == "Runway & <co>"
    assert described(picture()) == ["Reaches zero on Fri 18 Dec."] * 2


def test_recorded_is_solid_and_forecast_dashed() -> None:
    wide, _ = parse(picture())
    known, ahead = [path for path in wide.findall("path") if path.get("class") == "f-none s-accent"]
    assert (known.get("stroke-dasharray"), ahead.get("stroke-dasharray")) == (None, "5 3")


def test_harm_has_a_line_a_diamond_and_words() -> None:
    wide, _ = parse(picture(run_out=date(2026, 12, 18)))
    assert [path.get("class") for path in wide.findall("path")].count("f-none s-harm") == 1
    assert [path.get("class") for path in wide.findall("path")].count("f-harm s-surface") == 1
    assert "runs out Fri 18 Dec" in [element.text for element in wide.findall("text")]
    assert "runs out" not in "".join(element.text or "" for element in parse(picture())[0].findall("text"))


def _of_today(drawn: ET.Element) -> list[tuple[float, float]]:
    """The upright lines in ink: from and to which height."""
    lines = [one for one in drawn.findall("line") if one.get("class") == "s-ink"]
    return [(float(one.get("y1", "")), float(one.get("y2", ""))) for one in lines]


def test_the_line_of_today_strikes_through_no_words() -> None:
    wide, narrow = parse(picture(run_out=date(2026, 12, 18)))
    ground, bar, label = 186, 218, 241
    assert _of_today(narrow) == [(20, ground), (bar - 3, bar + 13)]
    assert label - 8 > bar + 13
    assert _of_today(wide) == [(20, 242)]
    (today,) = [float(one.get("x1", "")) for one in wide.findall("line") if one.get("class") == "s-ink"]
    days = [float(one.get("x", "")) for one in wide.findall("text") if one.get("y") == "203"]
    assert days
    assert all(abs(day - today) >= 24 for day in days)


def test_type_is_never_below_eleven_units() -> None:
    sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)"', picture(run_out=TODAY + timedelta(16)))}
    assert min(sizes) >= 11


def test_ids_of_two_pictures_on_one_page_differ() -> None:
    drawn = picture() + str(pictures.window(key="w", first_day=FIRST, length=3, today=TODAY, title="x"))
    ids = re.findall(r'\sid="([^"]+)"', drawn)
    assert len(ids) == len(set(ids))


def test_a_square_code_is_redrawn_without_anything_foreign() -> None:
    foreign = (
        '<?xml version="1.0"?><svg width="37mm" viewBox="0 0 37 37"><script/><path d="M4,4H5V5H4z" id="qr-path"/></svg>'
    )
    drawn = str(pictures.qr_code(foreign, "Key"))
    assert drawn == (
        '<svg class="qr" viewBox="0 0 37 37" role="img" aria-label="Key"><path d="M4,4H5V5H4z" fill="#000"/></svg>'
    )


def test_a_square_code_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="square code"):
        pictures.qr_code("<svg></svg>", "Key")
