"""When a run that was started for a trial fits too."""

from datetime import timedelta

import pytest

from pipeline.settings import Settings
from pipeline.trial.alone import is_fit_due

SETTINGS = Settings(_env_file=None)  # 500 at once, 100 at night, one after a week


@pytest.mark.parametrize(
    ("unlearned", "hours", "due"),
    [
        (500, 0, True),
        (499, 23, False),
        (100, 24, True),
        (99, 24, False),
        (99, 168, True),
        (1, 167, False),
        (1, 168, True),
        (0, 10_000, False),
        (1, None, True),
        (0, None, False),
    ],
)
def test_it_fits_when_as_many_pending_answers_would_have_started_a_run(
    unlearned: int, hours: int | None, *, due: bool
) -> None:
    waited = None if hours is None else timedelta(hours=hours)
    assert is_fit_due(unlearned, waited, SETTINGS) is due
