"""The tables of the command line show ids whole: one that is cut off cannot be typed again."""

from datetime import UTC, datetime

import pytest
from rich.console import Console

from pipeline.records.runs import Run, RunState
from service.cli.display import runs_table

RUN = Run(
    id="run-20261124T163205-3f6853c6",
    requested_at=datetime(2026, 11, 24, 16, 32, tzinfo=UTC),
    state=RunState.PROMOTED,
)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_run_s_id_is_never_cut(width: int) -> None:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(runs_table([RUN]))
    assert RUN.id in captured.get()


def test_no_runs_are_a_table_without_lines() -> None:
    assert runs_table([]).row_count == 0
