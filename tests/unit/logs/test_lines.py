"""A record is one line, whatever its message holds."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.logs.configure import make_formatter
from pipeline.logs.context import log_context
from pipeline.logs.lines import JsonLines, TextLines
from pipeline.own_version import find_version
from pipeline.settings import Settings
from tests.unit.logs._records import read, record_of, settings_of, write

FORMATTERS = [make_formatter(settings_of(style)) for style in ("json", "text")]
HOSTILE = "a\nFAKE 2026-01-01 line\r\n\x1b[31m\u2028b\u202e\x00"


def test_json_has_the_fields_that_programs_look_for() -> None:
    with log_context(request_id="r-1", run_id="run-1", correction_id="c-1", task="redraw.retrain"):
        members = read(record_of("run %s failed", "run-1"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", members.pop("time"))
    assert members == {
        "severity": "WARNING",
        "logger": "uvicorn.error",
        "message": "run run-1 failed",
        "request_id": "r-1",
        "run_id": "run-1",
        "correction_id": "c-1",
        "task": "redraw.retrain",
        "process": os.getpid(),
        "redraw_version": find_version(),
    }


def test_text_names_the_ids_behind_the_message() -> None:
    with log_context(request_id="r-1", run_id="run-1"):
        line = write(record_of("run %s failed", "run-1"), "text")
    assert line.endswith(" WARNING uvicorn.error: run run-1 failed [request_id=r-1 run_id=run-1]")
    assert write(record_of("ready"), "text").endswith(" WARNING uvicorn.error: ready")


@given(st.text(), st.text())
def test_one_record_is_one_line(message: str, request_id: str) -> None:
    with log_context(request_id=request_id):
        for formatter in FORMATTERS:
            assert len(formatter.format(record_of("%s", message)).splitlines()) == 1


def test_a_message_of_a_stranger_changes_neither_line_nor_terminal() -> None:
    line = write(record_of("%s", HOSTILE), "text")
    assert "a\\nFAKE 2026-01-01 line\\r\\n\\x1b[31m\\u2028b\\u202e\\x00" in line
    assert read(record_of("%s", HOSTILE))["message"] == HOSTILE


def fail(message: str = HOSTILE) -> None:
    raise ValueError(message)


def test_a_traceback_is_inside_the_json() -> None:
    try:
        fail()
    except ValueError:
        members = read(record_of("failed", error=True))
    assert "Traceback" in members["stack_trace"]
    assert "in fail" in members["stack_trace"]
    assert "ValueError: a\nFAKE" in members["stack_trace"]


def test_in_text_no_line_of_a_traceback_looks_like_a_record() -> None:
    try:
        fail()
    except ValueError:
        first, *others = write(record_of("failed", error=True), "text").splitlines()
    assert "WARNING" in first
    assert len(others) > 3
    assert all(line.startswith("    ") for line in others)
    assert any("FAKE" in line for line in others)


@pytest.mark.parametrize("style", ["json", "text"])
def test_a_line_has_a_largest_length(style: str) -> None:
    try:
        fail("b" * 1_000_000 + " at the end")
    except ValueError:
        line = write(record_of("%s", "a" * 1_000_000, error=True), style)
    assert len(line) < 16_000
    assert "at the end" in line


@pytest.mark.parametrize(
    ("message", "said"),
    [({"a": 1}, "{'a': 1}"), (ValueError("odd"), "odd"), (None, "None"), ("100%", "100%")],
)
def test_a_library_may_log_what_is_no_text(message: object, said: str) -> None:
    assert read(record_of(message))["message"] == said
    assert said in write(record_of(message), "text")


def test_what_a_library_adds_to_a_record_is_not_written() -> None:
    line = write(record_of("failed", data={"args": ["pia"]}, user="pia"), "json")
    assert "pia" not in line


def test_auto_is_json_in_production_alone() -> None:
    development = settings_of("auto")
    production = development.with_changes(environment="production")
    assert isinstance(make_formatter(development), TextLines)
    assert isinstance(make_formatter(production), JsonLines)
    assert isinstance(make_formatter(settings_of("json")), JsonLines)
    assert Settings(_env_file=None).log.format == "auto"


def test_the_version_is_the_one_that_is_installed() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", find_version())
