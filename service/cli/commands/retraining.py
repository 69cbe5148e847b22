"""The commands to retrain, to look at runs and versions, and to release a version."""

import click

from pipeline.errors import RedrawError
from service.cli.commands.parameters import connect_project


@click.command()
@click.option(
    "--method",
    type=click.Choice(["anchored", "keras"]),
    help="How the head is fitted; keras is the plain recipe.",
)
def retrain(method: str | None) -> None:
    """Execute one retraining run here, without workers."""
    from pipeline.records.runs import RunState
    from pipeline.runs.requests import request_run
    from service.cli.display import console, progress_bar, result_table
    from workers.execution import execute

    settings, ports = connect_project()
    if method is not None:
        settings = settings.with_changes(fit={"method": method})
    run = request_run(ports.runs, "command line")
    with progress_bar("collecting corrections") as report_progress:
        run = execute(run.id, ports, settings, report_progress)
    console.print(result_table(run))
    if run.state is RunState.FAILED:
        raise RedrawError(f"the run failed: {run.reason}")


@click.command()
@click.argument("run_id", required=False)
def runs(run_id: str | None) -> None:
    """List the runs, or show one."""
    from pipeline.corrections.statuses import describe_foreign
    from service.cli.display import console, result_table, runs_table

    _, ports = connect_project()
    if run_id:
        console.print(result_table(ports.runs.get(run_id)))
    else:
        listed = ports.runs.list()
        console.print(runs_table(listed))
        remarks = listed[0].remarks if listed else []
        for remark in remarks:
            console.print(f"the last run: {remark}", markup=False)
        # Where no run has started, as nothing is pending, this alone says why.
        foreign = describe_foreign(ports.corrections.count_statuses())
        if foreign is not None and foreign not in remarks:
            console.print(foreign, markup=False)
        console.print("to see what a run did, and why it ended so: redraw runs RUN")


@click.command()
def models() -> None:
    """List the versions."""
    from service.cli.display import console, models_table

    _, ports = connect_project()
    console.print(models_table(ports.models.list()))


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
