"""What the command line prints: a progress bar, and tables of runs, versions and results."""

from collections.abc import Iterable, Iterator, Sequence
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
from pipeline.formatting import format_percent, shorten
from pipeline.pages.run_words import describe_result, describe_trouble, find_reason, sort_steps
from pipeline.pages.sample_words import explain_sample
from pipeline.progress import OnProgress
from pipeline.reasons import MergedReason
from pipeline.records.metrics import Metrics
from pipeline.records.reading import Unreadable
from pipeline.records.runs import Run, RunKind, RunState
from pipeline.records.versions import ModelVersion

WORD_WIDTH = 40  # characters: ids of runs have fewer and stay on one line
ID_WIDTH = 20  # characters: the ids that Firestore makes are this long and stay on one line

MAX_WORDS = 5000  # characters of a text that are shown: more than the longest id has, encoded

# No markup: paths, players' texts and other documents may hold what looks like it.
console = Console(highlight=False, markup=False, emoji=False)

MERGED_REASONS = tuple(MergedReason)


def print_table(table: Table) -> None:
    """Print a table; on a narrow terminal its lines go on in the next one, and nothing is cut."""
    console.print(table, crop=False)


def print_step(head: str, text: str) -> None:
    """Print a line that begins with words in bold."""
    console.print(Text.assemble((head, "bold"), " ", _text(text)))


def print_unreadable(unreadable: Sequence[Unreadable]) -> None:
    """Print a line for each document that cannot be read, with what is wrong."""
    for each in unreadable:
        console.print(_text(f"cannot be read: {each.path}: {each.problem}"), soft_wrap=True)


@contextmanager
def progress_bar(description: str) -> Iterator[OnProgress]:
    """Show a bar with the progress of a long step, and the time left, until the block ends.

    Yields:
        The function to report progress to.
    """
    columns = (
        TextColumn("  {task.description}", markup=False),
        BarColumn(bar_width=16),
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
    table = _new_table("run", "state", "asked for", "by", "corrections", "version")
    for run in runs:
        _add_row(
            table,
            run.id,
            run.state,
            f"{run.requested_at:%m-%d %H:%M}",
            run.trigger if run.kind is RunKind.RETRAIN else f"{run.trigger}, {run.kind}",
            str(run.counts.collected),
            run.version,
        )
    return _keep_words(table)


def corrections_table(corrections: Sequence[ListedCorrection]) -> Table:
    """Return a table with one line for each correction: label, guess, reason and decision."""
    table = _new_table("id", "says", "guess", "reason", "decided")
    for correction in corrections:
        decision = correction.decision
        _add_row(
            table,
            encode_id(correction.id),
            correction.corrected_label,
            correction.original_prediction,
            correction.reason,
            (decision.label or decision.action) if decision else "",
        )
    return _keep_words(table, ID_WIDTH)


def models_table(models: Sequence[ModelVersion]) -> Table:
    """Return a table with one line for each version."""
    table = _new_table(
        "version",
        "status",
        "released",
        "clean drawings",
        "players' drawings",
        "corrections",
        "from",
    )
    for model in models:
        metrics = model.metrics
        _add_row(
            table,
            model.version,
            model.status,
            "yes" if model.active else "",
            _format_if_known(metrics.accuracy if metrics else None),
            _format_if_known(metrics.players_accuracy if metrics else None),
            str(metrics.corrections) if metrics else "",
            model.parent,
        )
    return _keep_words(table)


def metrics_table(metrics: Metrics) -> Table:
    """Return a table with recall, precision and the most frequent wrong guess of each class."""
    names = list(metrics.recall)  # in the order of their labels
    table = Table("class", "recognised", "right when guessed", "taken for most often")
    for truth, name in enumerate(names):
        row = metrics.confusion[truth * len(names) : (truth + 1) * len(names)]
        count, guess = max((count, guess) for guess, count in enumerate(row) if guess != truth)
        _add_row(
            table,
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
        title=_text(f"{run.id}: {run.state}, released: {released}"),
        show_header=False,
        title_justify="left",
    )
    _add_row(table, "asked for", run.trigger + (f": {run.purpose}" if run.purpose else ""))
    if run.kind is RunKind.BASELINE:
        recipe = f" by the recipe {run.recipe}" if run.recipe else ""
        _add_row(table, "made", f"a new baseline, all layers trained{recipe}")
    _add_judgements(table, run)
    counts = run.counts
    reasons = ", ".join(
        f"{count} {reason}"
        for reason, count in sorted(counts.reasons.items())
        if reason not in MERGED_REASONS
    )
    confirmed = counts.reasons.get(MergedReason.CONFIRMATION, 0)
    merged = f"{counts.merged} merged" + (
        f" ({confirmed} of them confirmations)" if confirmed else ""
    )
    _add_row(
        table,
        "corrections",
        f"{merged}, {counts.quarantined} quarantined, {counts.refused} refused",
    )
    if reasons:
        _add_row(table, "not merged", reasons)
    if run.sample is not None:
        _add_row(table, "answers", explain_sample(run.sample))
    if counts.waiting:
        _add_row(table, "waiting for a canvas", str(counts.waiting))
    for remark in run.remarks:
        _add_row(table, "look at", remark)
    _add_row(
        table,
        "seconds",
        ", ".join(f"{step} {seconds:.1f}" for step, seconds in sort_steps(run.seconds)),
    )
    if waiting := describe_trouble(run):
        table.add_row("now", Text(waiting))
    if reason := find_reason(run):
        _add_row(table, "because", reason)
    return table


def _add_judgements(table: Table, run: Run) -> None:
    """Add what the run found about a trial, and what the gate decided about its challenger."""
    if run.trial is not None:
        _add_row(table, "trial", run.trial.sentence)
    if run.decision is not None:
        _add_row(table, "result", describe_result(run, run.decision))
        for check in run.decision.checks:
            _add_row(
                table,
                check.name,
                f"{check.standing}: {check.reason.removeprefix(f'{check.name}: ')}",
            )


def make_table(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Table:
    """Return a table of texts; no word of them is broken."""
    table = _new_table(*columns)
    for cells in rows:
        _add_row(table, *cells)
    return _keep_words(table)


def _new_table(*columns: str) -> Table:
    """Return an empty table that leaves as much of 80 columns as it can to its cells."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _keep_words(table: Table, longest: int = WORD_WIDTH) -> Table:
    """Return `table` with columns that are never narrower than their longest word.

    Rich would cut words off, or break them, to make a table fit, and an id must be typed whole.
    Words of more than `longest` characters may be broken: players' words have no limit.
    """
    for column in table.columns:
        words = [word for cell in (column.header, *column.cells) for word in str(cell).split()]
        column.min_width = min(max(map(len, words), default=0), longest)
    return table


def _format_if_known(share: float | None) -> str:
    return "" if share is None else format_percent(share)


def _add_row(table: Table, *cells: str | None) -> None:
    """Add a row of texts, which may come from outside."""
    table.add_row(*(_text(cell or "") for cell in cells))


def _text(words: str) -> Text:
    """Return words as they are: without markup, and with what would not show escaped."""
    return Text(shorten(words, MAX_WORDS))
