"""The commands to retrain, and to look at runs and versions."""

from collections.abc import Callable
from functools import partial
from typing import get_args

import click

from pipeline.baseline_extra import require_tensorflow
from pipeline.errors import RedrawError, Retryable
from pipeline.ports import Ports, RunStore
from pipeline.records.runs import NewRecipe, Run, RunKind, RunState
from pipeline.run_errors import RunInProgress
from pipeline.settings import Settings
from service.cli.commands.parameters import connect_project

LIMIT = click.option(
    "--limit",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="The largest number to list.",
)


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
    if method == "keras":
        require_tensorflow("--method keras")
    settings, ports = connect_project()
    if method is not None:
        settings = settings.with_changes(fit={"method": method})
    execute_here(_request_or_continue(ports.runs, RunKind.RETRAIN), ports, settings)


@click.command()
@click.option(
    "--recipe",
    type=click.Choice(get_args(NewRecipe)),
    help="How to train; default: REDRAW_REBASELINE_RECIPE.",
)
def rebaseline(recipe: NewRecipe | None) -> None:
    """Train all layers anew, in a run like that of retrain.

    It learns from the base rows and all answers that are merged, for minutes or hours. If the gate
    finds the new baseline better, it is released as the next MINOR version. Called again after an
    interruption, it goes on after the last whole epoch.
    """
    require_tensorflow("redraw rebaseline")
    settings, ports = connect_project()
    execute_here(_request_or_continue(ports.runs, RunKind.BASELINE, recipe), ports, settings)


def execute_here(run: Run, ports: Ports, settings: Settings) -> Run:
    """Execute a run here, show what it did, and return it.

    Raises:
        RedrawError: it failed, or was stopped by a temporary fault.
    """
    from pipeline.notifications.finding import find_notifications
    from pipeline.notifications.notify import notify
    from service.cli.display import print_table, progress_bar
    from service.cli.forget_display import run_table
    from workers.execution import execute

    # Before the first look, nothing is known of which the end of this run could be new.
    _tell(partial(find_notifications, ports, settings))
    try:
        with progress_bar(_FIRST_STEP[run.kind]) as report_progress:
            ended = execute(run.id, ports, settings, report_progress, early=True)
    except Retryable as error:
        raise RedrawError(
            f"run {run.id} stopped: {error}; what it has done is kept, and "
            f"`redraw {COMMAND_OF[run.kind]}` goes on with it"
        ) from error
    print_table(run_table(ended))
    _tell(partial(notify, ports, settings))
    if ended.state is RunState.FAILED:
        raise RedrawError(f"the run failed: {ended.reason}")
    return ended


def _tell(work: Callable[[], object]) -> None:
    """Notify the owner's receiver, if there is one; a run that has ended needs no webhook."""
    try:
        work()
    except RedrawError as error:
        click.echo(f"notifications come later: {error}", err=True)


COMMAND_OF = {
    RunKind.RETRAIN: "retrain",
    RunKind.BASELINE: "rebaseline",
    RunKind.FORGET: "forget PLAYER",
}


_FIRST_STEP = {
    RunKind.RETRAIN: "collecting corrections",
    RunKind.BASELINE: "collecting corrections",
    RunKind.FORGET: "looking for what is the player's",
}


def _request_or_continue(runs: RunStore, kind: RunKind, recipe: NewRecipe | None = None) -> Run:
    """Request a run, or take the one in the slot if no worker executes it, of whatever kind.

    Raises:
        RunInProgress: a worker executes the run in the slot.
    """
    from pipeline.runs.requests import request_run

    try:
        return request_run(runs, "command line", kind=kind, recipe=recipe)
    except RunInProgress as occupied:
        if occupied.live:
            raise
        left = runs.get(occupied.run_id)
    click.echo(f"run {left.id} was left unfinished ({left.state}): going on with it")
    if left.kind is not kind:
        wanted = COMMAND_OF[kind]
        click.echo(f"it is a {left.kind}: call `redraw {wanted}` again when it has ended")
    return left


@click.command()
@click.argument("run_id", required=False)
@LIMIT
def runs(run_id: str | None, limit: int) -> None:
    """List the newest runs, or show one."""
    from pipeline.corrections.statuses import describe_foreign
    from pipeline.pages.run_words import describe_trouble
    from service.cli.display import console, print_table, print_unreadable, runs_table
    from service.cli.forget_display import run_table
    from service.cli.progress_display import describe_progress

    _, ports = connect_project()
    if run_id:
        run = ports.runs.get(run_id)
        print_table(run_table(run))
        if words := describe_progress(run, [] if run.state.ended else ports.runs.list()):
            console.print(f"{run.id} {words}")
        return
    page = ports.runs.page(limit=limit)
    print_table(runs_table(page.records))
    print_unreadable(page.unreadable)
    for run in page.records:
        if words := describe_trouble(run) or describe_progress(run, page.records):
            console.print(f"{run.id} {words}")
    remarks = page.records[0].remarks if page.records else []
    for remark in remarks:
        console.print(f"the last run: {remark}")
    # Where no run has started, as nothing is pending, this alone says why.
    foreign = describe_foreign(ports.corrections.count_statuses())
    if foreign is not None and foreign not in remarks:
        console.print(foreign)
    if page.next_after is not None:
        console.print(f"there are older ones: --limit {2 * limit}")
    console.print("to see what a run did, and why it ended so: redraw runs RUN")


@click.group(invoke_without_command=True)
@LIMIT
@click.pass_context
def models(context: click.Context, limit: int) -> None:
    """List the versions, the highest number first, or show one."""
    if context.invoked_subcommand is None:
        _list_models(limit)


def _list_models(limit: int) -> None:
    from service.cli.display import console, models_table, print_table, print_unreadable

    _, ports = connect_project()
    page = ports.models.page(limit=limit)
    print_table(models_table(page.records))
    print_unreadable(page.unreadable)
    if page.next_after is not None:
        console.print(f"there are more: --limit {2 * limit}")
    console.print("to see how a version came about: redraw models show VERSION")


COMMANDS = (retrain, rebaseline, runs, models)
