"""A log line."""

import logging
import sys

from config.logs import LineFormatter


def line(message: str, *arguments: object, exc_info: object = None) -> str:
    record = logging.LogRecord("cases.web", logging.ERROR, "views.py", 1, message, arguments, exc_info)
    record.created, record.msecs = 1_790_000_000.25, 250.0
    return LineFormatter().format(record)


def test_has_the_time_in_utc_the_level_and_the_logger():
    assert line("Sweep took %s ms", 12) == "2026-09-21T14:13:20.250Z ERROR cases.web Sweep took 12 ms"


def test_is_one_line_with_its_traceback():
    try:
        raise ValueError("bad\nvalue")
    except ValueError:
        text = line("Failed", exc_info=sys.exc_info())

    assert "\n" not in text
    assert text.endswith("ValueError: bad | value")


def test_holds_no_query_and_no_mail_address():
    text = line("GET /search/?q=Doe&born=1950-01-01 for ada.doe@hospital.invalid")

    assert text.endswith("GET /search/?[removed] for [address]")


def test_keeps_a_question_mark_that_is_no_query():
    assert line("Did you import the task? Or not?").endswith("Did you import the task? Or not?")
