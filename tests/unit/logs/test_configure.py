"""The log of a process: where it goes, from which severity on, and what else is caught."""

import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipeline.logs.configure import OURS, TOLD, configure_logs
from tests.unit.logs._records import settings_of

Read = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Read]:
    """Read the lines that the process has written; afterwards logging is as it was."""
    loggers = [logging.getLogger(name) for name in ("", "google", *OURS, *TOLD)]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    hooks = sys.excepthook, threading.excepthook
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers = handlers


def test_ours_say_what_they_do_and_libraries_only_what_is_wrong(written: Read) -> None:
    logging.getLogger("google").propagate = False  # as Google's clients leave it
    configure_logs(settings_of("json"))
    for name in ("pipeline.runs", "workers.tasks", "service.app", "uvicorn.error", "celery.beat"):
        logging.getLogger(name).debug("hidden")
        logging.getLogger(name).info("shown")
    for name in ("google.auth", "urllib3", "kombu"):
        logging.getLogger(name).info("hidden")
        logging.getLogger(name).warning("shown")
    assert [line["message"] for line in written()] == ["shown"] * 8


@pytest.mark.parametrize(
    ("level", "shown"),
    [("debug", ["debug", "info", "error"]), ("warning", ["error"]), ("error", ["error"])],
)
def test_the_level_is_a_setting(written: Read, level: str, shown: list[str]) -> None:
    settings = settings_of("json")
    configure_logs(settings.with_changes(log={"format": "json", "level": level}))
    log = logging.getLogger("pipeline.runs")
    log.debug("debug")
    log.info("info")
    log.error("error")
    logging.getLogger("celery").debug("never: it names arguments of tasks")
    assert [line["message"] for line in written()] == shown


def test_configured_twice_a_line_is_written_once(written: Read) -> None:
    for _ in range(2):
        configure_logs(settings_of("json"))
    logging.getLogger("service").warning("once")
    assert len(written()) == 1


def test_what_strangers_can_cause_is_limited_where_it_is_asked_for(written: Read) -> None:
    configure_logs(settings_of("json"), limit_repeats=True)
    for number in range(1_000):
        logging.getLogger("service").warning("request %d", number)
    assert len(written()) == 10


def test_an_error_that_nothing_catches_is_one_line(written: Read) -> None:
    configure_logs(settings_of("json"))
    error = ValueError("this was not expected")
    sys.excepthook(ValueError, error, None)
    [line] = written()
    assert (line["severity"], line["logger"]) == ("CRITICAL", "pipeline.logs.configure")
    assert "ValueError: this was not expected" in line["stack_trace"]


def test_an_error_in_a_thread_is_one_line(written: Read) -> None:
    configure_logs(settings_of("json"))

    def fail() -> None:
        raise ValueError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    [line] = written()
    assert "ValueError: in a thread" in line["stack_trace"]


def test_warnings_of_python_are_lines_too(written: Read) -> None:
    configure_logs(settings_of("json"))
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("this will change", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(False)
    [line] = written()
    assert "this will change" in line["message"]
