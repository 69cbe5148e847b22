"""What many drawings a day need: the page shows what the script works out."""

from pathlib import Path

import pytest

from benchmarks.ceiling import SIZES, render, work_out
from pipeline.settings import Settings

PAGE = Path(__file__).parents[3] / "docs" / "machines.md"
SETTINGS = Settings(_env_file=None)


def test_the_page_shows_the_table_of_the_script() -> None:
    table = render(SETTINGS)
    assert table in PAGE.read_text(), f"put this into {PAGE.name}:\n{table}"


@pytest.mark.parametrize("name", ["reads_of_runs", "reads_of_clock", "writes", "disk", "dollars"])
def test_a_larger_game_needs_more(name: str) -> None:
    needs = [getattr(work_out(drawings, SETTINGS), name) for drawings in SIZES]
    assert needs == sorted(needs)
    assert needs[0] < needs[-1]


def test_a_run_takes_all_that_was_answered_since_the_one_before() -> None:
    for drawings in SIZES:
        need = work_out(drawings, SETTINGS)
        assert need.runs * need.of_a_run == pytest.approx(need.answers)


def test_checks_that_come_less_often_read_less() -> None:
    often, seldom = (
        work_out(SIZES[-1], SETTINGS.with_changes(check_seconds=seconds)).reads_of_clock
        for seconds in (600, 3_600)
    )
    assert seldom < often / 2
