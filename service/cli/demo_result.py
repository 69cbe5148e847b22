"""What the demo says at its end: the result of the run, and in three lines what happened."""

from pathlib import Path

from pipeline.gate.summary import describe_players
from pipeline.pages.run_words import describe_end
from pipeline.ports import Ports
from pipeline.records.runs import Run, RunState
from service.cli.display import console, print_step, print_table, result_table


def print_result(run: Run, ports: Ports, data_dir: Path) -> None:
    """Print the table of results, and what to try next."""
    print_table(result_table(run))
    if run.version:
        version = ports.models.get(run.version)
        print_step(
            "files in Storage",
            "  ".join(f"{file.path} ({file.size:,} bytes)" for file in version.files),
        )
    print_step(
        "next",
        f"the same again: redraw demo --data-dir {data_dir}; "
        f"keep it running: redraw up --data-dir {data_dir}; "
        f"start again from nothing: rm -r {data_dir}",
    )


def print_summary(run: Run, released: str | None, seconds: float) -> None:
    """Print in three lines what happened.

    Args:
        run: the run of the demo, which has ended.
        released: the version that is released now.
        seconds: how long the demo took.
    """
    console.print()
    for line in summarize(run, released, seconds):
        console.print(line, soft_wrap=True)


def summarize(run: Run, released: str | None, seconds: float) -> tuple[str, str, str]:
    """Return what players sent, what became of it, and which version is released."""
    counts = run.counts
    learned = "" if run.decision is None else f" {describe_players(run.decision)}"
    stays = "" if run.state is RunState.PROMOTED else f"; {released or 'nothing'} stays released"
    sent = (
        f"Players answered {counts.collected} guesses of {run.champion}: {counts.merged} answers "
        f"joined the data set, {counts.quarantined} wait for your decision, "
        f"{counts.refused} could not be used."
    )
    return (
        sent,
        f"A new model learned from them in {sum(run.seconds.values()):.0f} s.{learned}",
        f"{describe_end(run)}{stays}. All of this took {seconds:.0f} s.",
    )
