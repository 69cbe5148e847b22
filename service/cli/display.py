"""What the command line prints: a progress bar, and tables of runs, versions and results."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from pipeline.corrections.listing import ListedCorrection, encode_id
from pipeline.formatting import format_percent
from pipeline.progress import OnProgress
from pipeline.records.metrics import Metrics
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import ModelVersion

ID_WIDTH = 20  # characters: the ids that Firestore makes are this long and stay on one line

console = Console(highlight=False)

MERGED_REASONS = ("merged", "confirmation")


@contextmanager
def progress_bar(description: str) -> Iterator[OnProgress]:
    """Show a bar with the progress of a long step, and the time left, until the block ends.

    Yields:
        The function to report progress to.
    """
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(description, total=None)

        def report_progress(message: str, done: int = 0, total: int = 0) -> None:
            bar.update(task, description=message, completed=done, total=total or None)

        yield report_progress


def runs_table(runs: Sequence[Run]) -> Table:
    """Return a table with one line for each run.

    Ids are never cut off, as `redraw runs ID` needs them whole.
    """
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(
        "run",
        no_wrap=True,
        overflow="ignore",
        min_width=max((len(run.id) for run in runs), default=0),
    )
    for column in ("state", "asked for", "by", "corrections", "version"):
        table.add_column(column)
    for run in runs:
        table.add_row(
            run.id,
            run.state,
            f"{run.requested_at:%m-%d %H:%M}",
            run.trigger,
            str(run.counts.collected),
            run.version or "",
        )
    return table


def corrections_table(corrections: Sequence[ListedCorrection]) -> Table:
    """Return a table with one line for each correction: label, guess, reason and decision."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(
        "id",
        overflow="fold",
        min_width=min(
            max((len(encode_id(correction.id)) for correction in corrections), default=0), ID_WIDTH
        ),
    )
    for column in ("says", "guess", "reason", "decided"):
        table.add_column(column, overflow="fold")
    for correction in corrections:
        decision = correction.decision
        cells = (
            encode_id(correction.id),
            correction.corrected_label,
            correction.original_prediction,
            correction.reason,
            (decision.label or decision.action) if decision else "",
        )
        # As Text, since rich would interpret a plain string as markup, and players write these.
        table.add_row(*(Text(cell or "") for cell in cells))
    return table


def models_table(models: Sequence[ModelVersion]) -> Table:
    """Return a table with one line for each version."""
    table = Table(
        "version",
        "status",
        "released",
        "clean drawings",
        "players' corrections",
        "corrections",
        "from",
    )
    for model in models:
        metrics = model.metrics
        table.add_row(
            model.version,
            model.status,
            "yes" if model.active else "",
            _format_if_known(metrics.accuracy if metrics else None),
            _format_if_known(metrics.players_accuracy if metrics else None),
            str(metrics.corrections) if metrics else "",
            model.parent or "",
        )
    return table


def metrics_table(metrics: Metrics) -> Table:
    """Return a table with recall, precision and the most frequent wrong guess of each class."""
    names = list(metrics.recall)  # in the order of their labels
    table = Table("class", "recognised", "right when guessed", "taken for most often")
    for truth, name in enumerate(names):
        row = metrics.confusion[truth * len(names) : (truth + 1) * len(names)]
        count, guess = max((count, guess) for guess, count in enumerate(row) if guess != truth)
        table.add_row(
            name,
            format_percent(metrics.recall[name]),
            format_percent(metrics.precision[name]),
            f"{names[guess]} ({count})" if count else "",
        )
    return table


def result_table(run: Run) -> Table:
    """Return a table of what a run did: the gate's checks, corrections, seconds of each step."""
    released = run.version if run.state is RunState.PROMOTED else "nothing"
    table = Table(
        title=f"{run.id}: {run.state}, released: {released}",
        show_header=False,
        title_justify="left",
    )
    table.add_row("asked for", run.trigger + (f": {run.purpose}" if run.purpose else ""))
    if run.decision is not None:
        for check in run.decision.checks:
            table.add_row(
                check.name, f"{check.standing}: {check.reason.removeprefix(f'{check.name}: ')}"
            )
    counts = run.counts
    reasons = ", ".join(
        f"{count} {reason}"
        for reason, count in sorted(counts.reasons.items())
        if reason not in MERGED_REASONS
    )
    confirmed = counts.reasons.get("confirmation", 0)
    merged = f"{counts.merged} merged" + (
        f" ({confirmed} of them confirmations, kept as a control sample)" if confirmed else ""
    )
    table.add_row(
        "corrections", f"{merged}, {counts.quarantined} quarantined, {counts.refused} refused"
    )
    if reasons:
        table.add_row("not merged", reasons)
    table.add_row(
        "seconds", ", ".join(f"{step} {seconds:.1f}" for step, seconds in sort_steps(run.seconds))
    )
    if reason := _find_reason(run):
        table.add_row("because", reason)
    return table


def _find_reason(run: Run) -> str | None:
    """Return why the run ended so, without the reasons that the gate's checks give themselves."""
    decision = run.decision
    if decision is None or run.reason != "; ".join(decision.reasons):
        return run.reason
    return decision.reasons[-1] if decision.outcome is RunState.HELD else None


def sort_steps(seconds: dict[str, float]) -> list[tuple[str, float]]:
    """Return steps with their seconds in the order in which a run executes them."""
    return [(state, seconds[state]) for state in RunState if state in seconds]


def _format_if_known(share: float | None) -> str:
    return "" if share is None else format_percent(share)
