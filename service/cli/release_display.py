"""Show the history of releases in the terminal."""

from collections.abc import Sequence

from rich.table import Table

from pipeline.runs.slot import format_time
from pipeline.versions.periods import ReleasePeriod
from service.cli.display import make_table


def periods_table(periods: Sequence[ReleasePeriod]) -> Table:
    """Return a table with one line for each release."""
    return make_table(
        ("version", "from", "until", "by", "why"),
        [
            (
                period.version,
                format_time(period.at),
                "now" if period.until is None else format_time(period.until),
                period.by,
                period.why,
            )
            for period in periods
        ],
    )
