"""The commands to retrain, to look at runs and versions, and to release a version."""

import click

from pipeline.errors import RedrawError, Retryable, RunInProgress
from pipeline.ports import RunStore
from service.cli.commands.parameters import connect_project


@click.command()
@click.option(
    "--method",
    type=click.Choice(["anchored", "keras"]),
    help="How the head is fitted; keras is the plain recipe.",
)
def retrain(method: str | None) -> None:
    """Execute one retraining run here, without workers.

    A run that was left unfinished, by an interrupted call or a worker that died, is continued.
    """
    from pipeline.records.runs import RunState
    from service.cli.display import print_table, progress_bar, result_table
    from workers.execution import execute

    settings, ports = connect_project()
    if method is not None:
        settings = settings.with_changes(fit={"method": method})
    run_id = _request_or_continue(ports.runs)
    try:
        with progress_bar("collecting corrections") as report_progress:
            run = execute(run_id, ports, settings, report_progress, early=True)
    except Retryable as error:
        raise RedrawError(
            f"run {run_id} stopped: {error}; what it has done is kept, and `redraw retrain` goes "
            "on with it"
        ) from error
    print_table(result_table(run))
    if run.state is RunState.FAILED:
        raise RedrawError(f"the run failed: {run.reason}")


def _request_or_continue(runs: RunStore) -> str:
    """Request a run, or take the one in the slot if no worker executes it; return its id.

    Raises:
        RunInProgress: a worker executes the run in the slot.
    """
    from pipeline.runs.requests import request_run

    try:
        return request_run(runs, "command line").id
    except RunInProgress as occupied:
        if occupied.live:
            raise
        click.echo(
            f"run {occupied.run_id} was left unfinished ({occupied.state}): going on with it"
        )
        return occupied.run_id


@click.command()
@click.argument("run_id", required=False)
def runs(run_id: str | None) -> None:
    """List the runs, or show one."""
    from service.cli.display import console, describe_trouble, print_table, result_table, runs_table

    _, ports = connect_project()
    if run_id:
        print_table(result_table(ports.runs.get(run_id)))
    else:
        listed = ports.runs.list()
        print_table(runs_table(listed))
        for run in listed:
            if waiting := describe_trouble(run):
                console.print(f"{run.id} {waiting}", markup=False)
        console.print("to see what a run did, and why it ended so: redraw runs RUN")


@click.command()
def models() -> None:
    """List the versions."""
    from service.cli.display import models_table, print_table

    _, ports = connect_project()
    print_table(models_table(ports.models.list()))


@click.command()
@click.argument("version")
def promote(version: str) -> None:
    """Release a version; releasing an older one is a rollback."""
    from pipeline.records.versions import VersionNumber

    VersionNumber.parse(version)
    _, ports = connect_project()
    release = ports.models.promote(version)
    click.echo(f"{release.version} is released; before it: {release.previous or 'nothing'}")


COMMANDS = (retrain, runs, models, promote)
