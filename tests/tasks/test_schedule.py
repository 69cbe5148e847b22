"""Beat's table: what is called when, and what is dropped when it was late."""

import pytest

from pipeline.settings import Settings
from workers.names import CHECK, CLEAN, NIGHTLY_CHECK, SWEEP, TIDY
from workers.schedule import beat_schedule

SETTINGS = Settings(_env_file=None, nightly_hour=4, sweep_seconds=7, check_seconds=9)


def test_the_nightly_check_comes_once_a_day_at_the_hour_of_utc_that_is_set() -> None:
    nightly = beat_schedule(SETTINGS)["nightly check"]
    assert (nightly["task"], nightly["schedule"].hour, nightly["schedule"].minute) == (
        NIGHTLY_CHECK,
        {4},
        {0},
    )


@pytest.mark.parametrize(
    ("name", "task", "seconds"), [("sweep", SWEEP, 7), ("check", CHECK, 9), ("tidy", TIDY, 600)]
)
def test_what_waited_until_its_next_time_is_dropped(name: str, task: str, seconds: int) -> None:
    entry = beat_schedule(SETTINGS)[name]
    assert (entry["task"], entry["schedule"], entry["options"]["expires"]) == (
        task,
        seconds,
        seconds,
    )


def test_what_nothing_needs_is_deleted_half_an_hour_after_the_nightly_check() -> None:
    entry = beat_schedule(SETTINGS)["clean"]
    assert (entry["task"], entry["schedule"].hour, entry["schedule"].minute) == (CLEAN, {4}, {30})


def test_nothing_is_deleted_by_the_clock_where_that_is_switched_off() -> None:
    assert "clean" not in beat_schedule(SETTINGS.with_changes(retention={"nightly": False}))
