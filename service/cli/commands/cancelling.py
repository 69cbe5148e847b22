"""The command to cancel a run."""

import time

import click

from pipeline.errors import NotFound
from pipeline.ports import RunStore
from pipeline.records.runs import Run
from service.cli.commands.parameters import connect_project

BY = "command line"
LOOK_SECONDS = 1.0


@click.command()
@click.argument("run_id", required=False)
def cancel(run_id: str | None) -> None:
    """Cancel the run under way, or the one that is named, and wait until it has ended.

    A run can be cancelled from any step, until its version is ready. Its corrections stay pending.
    """
    _, ports = connect_project()
    run = ports.runs.cancel(run_id or find_under_way(ports.runs), BY)
    if not run.state.ended:
        click.echo(f"run {run.id} is {run.state}: its worker is told, and ends it within seconds")
        run = wait_for_end(run.id, ports.runs)
    click.echo(f"run {run.id} is {run.reason}; its corrections stay pending for the next run")


def find_under_way(runs: RunStore) -> str:
    """Return the id of the run under way.

    Raises:
        NotFound: there is none.
    """
    run_id = runs.slot().slot.run_id
    if run_id is None:
        raise NotFound("no run is under way: `redraw runs` lists those that have ended")
    return run_id


def wait_for_end(run_id: str, runs: RunStore) -> Run:
    """Return a run that is being cancelled once it has ended so.

    The request is repeated: that changes nothing, but ends a run whose worker hangs.

    Raises:
        TooLateToCancel: it has ended in another way.
    """
    while not (run := runs.cancel(run_id, BY)).state.ended:
        time.sleep(LOOK_SECONDS)
    return run


COMMANDS = (cancel,)
