"""Beat's table: what is called when, and what is dropped when it was late."""

import pytest

from pipeline.settings import Settings
from workers.names import CHECK, NIGHTLY_CHECK, SWEEP
from workers.schedule import beat_schedule

SETTINGS = Settings(_env_file=None, nightly_hour=4, sweep_seconds=7, check_seconds=9)


def test_the_nightly_check_comes_once_a_day_at_the_hour_of_utc_that_is_set() -> None:
    nightly = beat_schedule(SETTINGS)["nightly check"]
    assert (nightly["task"], nightly["schedule"].hour, nightly["schedule"].minute) == (
        NIGHTLY_CHECK,
        {4},
        {0},
    )


@pytest.mark.parametrize(("name", "task", "seconds"), [("sweep", SWEEP, 7), ("check", CHECK, 9)])
def test_what_waited_until_its_next_time_is_dropped(name: str, task: str, seconds: int) -> None:
    entry = beat_schedule(SETTINGS)[name]
    assert (entry["task"], entry["schedule"], entry["options"]["expires"]) == (
        task,
        seconds,
        seconds,
    )
