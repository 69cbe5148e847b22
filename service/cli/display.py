"""What the command line shows: a progress bar, and tables of runs, models and results."""

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

from pipeline.categories import CATEGORIES
from pipeline.corrections.listing import ListedCorrection, encode_id
from pipeline.formatting import format_percent
from pipeline.progress import OnProgress
from pipeline.records.metrics import Metrics
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import ModelVersion

ID = 20  # characters: as Firestore makes ids, and those stay on one line

console = Console(highlight=False)

USED = ("merged", "confirmation")


@contextmanager
def progress_bar(what: str) -> Iterator[OnProgress]:
    """A bar that shows what a long step says, with the time that is left, until the block ends."""
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)

        def told(message: str, done: int = 0, total: int = 0) -> None:
            bar.update(task, description=message, completed=done, total=total or None)

        yield told


def runs_table(runs: Sequence[Run]) -> Table:
    """One line a run, the newest first. The id is never cut: `redraw runs <id>` wants it whole."""
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
        at = f"{run.requested_at:%m-%d %H:%M}"
        table.add_row(
            run.id, run.state, at, run.trigger, str(run.counts.collected), run.version or ""
        )
    return table


def corrections_table(corrections: Sequence[ListedCorrection]) -> Table:
    """One line a correction: what the player says that it shows, what the model guessed, and why it is where it is."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(
        "id",
        overflow="fold",
        min_width=min(max((len(encode_id(each.id)) for each in corrections), default=0), ID),
    )
    for column in ("says", "guess", "reason", "decided"):
        table.add_column(column, overflow="fold")
    for each in corrections:
        decided = (each.decision.label or each.decision.action) if each.decision else ""
        cells = (
            encode_id(each.id),
            each.corrected_label,
            each.original_prediction,
            each.reason,
            decided,
        )
        table.add_row(*(Text(cell or "") for cell in cells))  # rich takes plain text for markup
    return table


def models_table(models: Sequence[ModelVersion]) -> Table:
    """One line a version, the highest first."""
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
    """How each class is recognised, and what it is taken for most often."""
    names, table = (
        CATEGORIES,
        Table("class", "recognised", "right when guessed", "taken for most often"),
    )
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
    """What a run did: accuracy before and after, corrections, seconds a step."""
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
        if reason not in USED
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
        "seconds", ", ".join(f"{step} {seconds:.1f}" for step, seconds in in_order(run.seconds))
    )
    if reason := _reason(run):
        table.add_row("because", reason)
    return table


def _reason(run: Run) -> str | None:
    """Why it ended so, but for what the checks of the gate say themselves."""
    decision = run.decision
    if decision is None or run.reason != "; ".join(decision.reasons):
        return run.reason
    return decision.reasons[-1] if decision.outcome is RunState.HELD else None


def in_order(seconds: dict[str, float]) -> list[tuple[str, float]]:
    """Steps and their seconds in the order in which a run takes them."""
    return [(state, seconds[state]) for state in RunState if state in seconds]


def _format_if_known(share: float | None) -> str:
    return "" if share is None else format_percent(share)
