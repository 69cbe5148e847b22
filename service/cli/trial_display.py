"""The tables of the command line about trials."""

from collections.abc import Sequence

from rich.table import Table

from pipeline.formatting import format_percent
from pipeline.pages.trial_words import format_difference
from pipeline.records.trials import Trial
from service.cli.display import make_table


def trials_table(trials: Sequence[Trial]) -> Table:
    """Return a table with one line for each trial."""
    columns = ("version", "beside", "kind", "share", "since", "state", "looks", "because")
    rows = (
        (
            trial.version,
            trial.against,
            trial.kind,
            format_percent(trial.share, 0),
            f"{trial.started_at:%m-%d %H:%M}",
            str(trial.state).replace("_", " "),
            str(len(trial.looks)),
            trial.reason,
        )
        for trial in trials
    )
    return make_table(columns, rows)


def looks_table(trial: Trial) -> Table:
    """Return a table with what each run has seen of a trial."""
    columns = ("run", "at", "answers", "differing", "players", "difference", "verdict")
    rows = (
        (
            look.run_id,
            f"{look.at:%m-%d %H:%M}",
            str(look.answers),
            str(look.disagreements),
            str(look.players),
            format_difference(look.estimate, look.low, look.high),
            look.verdict,
        )
        for look in trial.looks
    )
    return make_table(columns, rows)
