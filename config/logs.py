"""One line per log record, without what could identify a person."""

import logging
import re
import time

QUERY = re.compile(r"\?[^\s\"'=]+=[^\s\"']*")
MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


class LineFormatter(logging.Formatter):
    """Time in UTC, level, logger, message; tracebacks folded into the line, query strings and addresses removed."""

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%S")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        return f"{super().formatTime(record, datefmt)}.{int(record.msecs):03d}Z"

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        text = MAIL_ADDRESS.sub("[address]", QUERY.sub("?[removed]", text))
        return " | ".join(line.strip() for line in text.splitlines() if line.strip())
