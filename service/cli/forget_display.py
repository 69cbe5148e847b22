"""What the command line says about a run that forgot a player."""

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

from pipeline.formatting import shorten
from pipeline.records.forgetting import Counts, Preview, Removed
from pipeline.records.runs import Run, RunKind
from service.cli.display import make_table, result_table

MOST_SHOWN = 20
"""Deleted objects and documents that are shown; the receipt has all."""


MAX_WORDS = 1000  # characters of a text that are shown


def run_table(run: Run) -> Table:
    """Return a table of what a run of any kind did."""
    return forgotten_table(run) if run.kind is RunKind.FORGET else result_table(run)


def forgotten_table(run: Run) -> Table:
    """Return a table of what a run that forgets a player has done."""
    facts: list[tuple[str, str]] = [("asked for", f"{run.trigger}, to forget a player")]
    if run.forgotten is not None:
        facts += _list_counts(run.forgotten.counts)
        refit = run.forgotten.refit
        if refit is not None:
            made = refit.version or f"nothing ({refit.outcome})"
            facts.append(("fitted again", f"from {refit.ancestor}: {made}"))
        facts += [
            ("withdrawn", ", ".join(run.forgotten.withdrawn)),
            ("kept", ", ".join(run.forgotten.kept)),
            ("receipt", run.forgotten.receipt),
        ]
    facts.append(("because", run.reason or ""))
    return _make_facts(f"{run.id}: {run.state}", [fact for fact in facts if fact[1]])


def preview_table(preview: Preview) -> Table:
    """Return a table of what would be deleted."""
    facts = _list_counts(preview)
    if preview.learned:
        verb = "stay" if preview.keep_versions else "would be withdrawn"
        facts.append(("learned from them", f"{', '.join(preview.learned)}: {verb}"))
    if preview.ancestor is not None:
        again = f"{preview.ancestor}, instead of {preview.released}"
        facts.append(("would be fitted again from", again))
    elif preview.released is not None:
        facts.append(("stays released", preview.released))
    return _make_facts("what would be deleted", facts)


def removed_table(removed: Sequence[Removed]) -> Table:
    """Return a table with a line for each of the first things that were deleted."""
    rows = [
        (str(each.kind), each.path, "" if each.size is None else f"{each.size:,}",
         (each.sha256 or "")[:16])
        for each in removed[:MOST_SHOWN]
    ]  # fmt: skip
    return make_table(("deleted", "path", "bytes", "sha256"), rows)


def _make_facts(title: str, facts: Iterable[tuple[str, str]]) -> Table:
    table = Table(title=Text(title), show_header=False, title_justify="left")
    for fact in facts:
        table.add_row(*(Text(shorten(words, MAX_WORDS)) for words in fact))
    return table


def _list_counts(counts: Counts) -> list[tuple[str, str]]:
    return [
        ("corrections", f"{counts.documents:,}"),
        ("decisions on them", f"{counts.decisions:,}"),
        ("canvases", f"{counts.canvases:,}"),
        ("rows of the data set", f"{counts.rows:,} in {counts.revisions:,} revisions"),
        ("objects of ended runs", f"{counts.staging:,}"),
        ("versions that learned", f"{counts.versions:,}"),
    ]
