"""Write a record as one line: in JSON for programs, or as text for people."""

import logging
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from pipeline.formatting import escape_unprintable
from pipeline.logs.cleaning import Cleaning
from pipeline.logs.context import current_ids

LONGEST_MESSAGE, LONGEST_TRACE = 4_000, 8_000
"""Characters. Docker cuts lines after 16 kB."""
MARGIN = 1_000
"""Characters that are cleaned, but not written: so no secret is cut before it is found."""


class JsonLines(JsonFormatter):
    """A record as a JSON object. Cloud Logging reads these names, other programs are told them.

    Nothing else of the record is written: a library may add what should not be seen.

    Args:
        clean: removes what must not be seen from a text.
        version: of Redraw.
    """

    def __init__(self, clean: Cleaning, version: str) -> None:
        super().__init__()
        self._clean, self._version = clean, version

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Fill in the members of the object."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = record.message or str(record.msg)
        log_data |= {
            "time": at.replace("+00:00", "Z"),
            "severity": record.levelname,
            "logger": record.name,
            "message": _clean_message(self._clean, message),
            **{name: self._clean(text) for name, text in current_ids().items()},
            "process": record.process,
            "redraw_version": self._version,
        }
        trace = message_dict.get("exc_info") or message_dict.get("stack_info")
        if isinstance(trace, str):
            log_data["stack_trace"] = _clean_trace(self._clean, trace)


class TextLines(logging.Formatter):
    """A record as a line; the lines of a traceback follow it, indented.

    So no line that a message brings along looks like a record.
    """

    def __init__(self, clean: Cleaning) -> None:
        super().__init__()
        self._clean = clean

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the traceback if there is one."""
        at = datetime.fromtimestamp(record.created, UTC)
        message = escape_unprintable(_clean_message(self._clean, record.getMessage()))
        ids = " ".join(f"{name}={text}" for name, text in current_ids().items())
        line = f"{at:%Y-%m-%d %H:%M:%S} {record.levelname} {record.name}: {message}"
        if ids:
            line = f"{line} [{escape_unprintable(self._clean(ids))}]"
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        if not trace and record.stack_info:
            trace = self.formatStack(record.stack_info)
        lines = _clean_trace(self._clean, trace).splitlines()
        return "\n".join([line, *(f"    {escape_unprintable(part)}" for part in lines)])


def _clean_message(clean: Cleaning, text: str) -> str:
    text = clean(text[: LONGEST_MESSAGE + MARGIN])
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}..."


def _clean_trace(clean: Cleaning, text: str) -> str:
    """Clean a traceback, and cut off its beginning: the error stands at the end."""
    text = clean(text[-LONGEST_TRACE - MARGIN :])
    return text if len(text) <= LONGEST_TRACE else f"...{text[-LONGEST_TRACE:]}"
