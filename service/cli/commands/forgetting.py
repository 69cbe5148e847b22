"""The command to forget a player."""

import sys
from typing import Any

import click

from pipeline.records.runs import Run
from pipeline.run_errors import RunInProgress
from service.cli.commands.parameters import connect_project
from service.cli.commands.retraining import execute_here


@click.command()
@click.argument("player")
@click.option("--preview", is_flag=True, help="Only count what would be deleted.")
def forget(player: str, preview: bool) -> None:
    """Forget a player: corrections, canvases, rows of the data set, and what models learned.

    PLAYER is the userId of the corrections. With - it is read from standard input, so that it does
    not stay in the history of the shell. This executes a run here, without workers; called again
    after an interruption, it goes on. What is deleted does not come back.
    """
    from pipeline.forgetting.requests import check_player

    if player == "-":
        player = sys.stdin.readline()
    player = check_player(player)
    settings, ports = connect_project()
    if preview:
        _show_preview(player, settings, ports)
        return
    ended = execute_here(_request(player, settings, ports), ports, settings)
    _show_receipt(ended, ports)


def _request(player: str, settings: Any, ports: Any) -> Run:
    """Request the run; one that was left unfinished is finished first, of whatever kind it is.

    Raises:
        RunInProgress: a worker executes the run in the slot.
    """
    from pipeline.forgetting.requests import request_forgetting

    while True:
        try:
            return request_forgetting(ports.runs, player, "command line")
        except RunInProgress as occupied:
            if occupied.live:
                raise
            left = ports.runs.get(occupied.run_id)
        click.echo(f"run {left.id} was left unfinished ({left.state}): going on with it first")
        execute_here(left, ports, settings)


def _show_preview(player: str, settings: Any, ports: Any) -> None:
    from pipeline.forgetting.preview import preview_forgetting
    from service.cli.display import print_table, progress_bar
    from service.cli.forget_display import preview_table

    with progress_bar("looking for what is the player's") as report_progress:
        found = preview_forgetting(player, ports, settings, report_progress)
    print_table(preview_table(found))


def _show_receipt(run: Run, ports: Any) -> None:
    from pipeline.records.forgetting import Receipt
    from service.cli.display import console, print_table
    from service.cli.forget_display import MOST_SHOWN, removed_table

    if run.forgotten is None:
        return
    receipt = Receipt.model_validate_json(ports.artefacts.read(run.forgotten.receipt))
    if receipt.removed:
        print_table(removed_table(receipt.removed))
    more = len(receipt.removed) - MOST_SHOWN
    if more > 0:
        console.print(f"and {more:,} more, in the receipt")
    console.print(
        f"listed again: {receipt.proof.objects:,} objects, {receipt.proof.documents:,} corrections,"
        f" {receipt.proof.rows:,} rows; nothing of the player is left"
    )
    console.print(f"the receipt in Storage: {run.forgotten.receipt}")


COMMANDS = (forget,)
