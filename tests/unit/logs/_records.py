"""Records, and how a process would write them."""

import json
import logging
import sys
from typing import Any

from pipeline.logs.configure import make_formatter
from pipeline.settings import Settings


def settings_of(style: str, **changes: Any) -> Settings:
    return Settings(_env_file=None, **changes).with_changes(log={"format": style})


def record_of(message: object, *args: object, error: bool = False, **extra: Any) -> Any:
    """Return a record, with the error that is being handled if `error` says so."""
    record = logging.LogRecord(
        "uvicorn.error",
        logging.WARNING,
        "x.py",
        1,
        message,
        args,
        sys.exc_info() if error else None,
    )
    record.__dict__.update(extra)
    return record


def write(record: logging.LogRecord, style: str, **changes: Any) -> str:
    return make_formatter(settings_of(style, **changes)).format(record)


def read(record: logging.LogRecord, **changes: Any) -> dict[str, Any]:
    """Return the members that the JSON of a record has."""
    line = write(record, "json", **changes)
    assert len(line.splitlines()) == 1
    members: dict[str, Any] = json.loads(line)
    return members
