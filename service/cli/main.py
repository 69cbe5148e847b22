"""The command `redraw`: all its subcommands, and how their errors are reported."""

import logging
import os
import sys

import click

from pipeline.errors import InvalidSettings, RedrawError
from pipeline.formatting import escape_unprintable
from pipeline.own_version import find_version
from service.cli.commands import (
    admins,
    backups,
    baseline,
    cancelling,
    corrections,
    forgetting,
    keys,
    lineage,
    machine,
    notifications,
    releases,
    retention,
    retraining,
    sign_in_link,
    trials,
)
from service.cli.interrupts import acknowledge, repeat_interrupts


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(find_version(), prog_name="redraw", message="%(prog)s %(version)s")
def commands() -> None:
    """Redraw turns players' corrections into a better model, safely, and lets you undo it."""


INTERRUPTED = 130
"""The exit code after Ctrl-C or SIGTERM."""


def run() -> None:
    """Run `redraw` as a process of its own: after an interrupt it ends at once.

    All is stopped and written by then. Python's own way out would let gRPC wait for the call that
    was interrupted, and nothing answers that any more (`_ChannelCallState.__del__`).
    """
    try:
        main()
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)


def main() -> None:
    """Run `redraw`, and exit with a code if it does not succeed.

    1: it failed; one line says why and what to do, or one for each wrong setting. 2: the command
    line is wrong. 130: it was interrupted by Ctrl-C or SIGTERM.
    """
    repeat_interrupts()
    # The commands themselves name documents that cannot be read; without a handler, Python would
    # print the log's lines as well.
    logging.getLogger("pipeline.records.reading").addHandler(logging.NullHandler())
    try:
        commands(standalone_mode=False)
    except click.exceptions.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        acknowledge()
        click.echo("redraw: interrupted", err=True)
        sys.exit(INTERRUPTED)
    except InvalidSettings as error:
        for problem in error.problems:
            click.echo(f"redraw: {escape_unprintable(problem)}", err=True)
        sys.exit(1)
    except RedrawError as error:
        click.echo(f"redraw: {escape_unprintable(str(error))}", err=True)
        sys.exit(1)
    except OSError as error:
        advice = "check that the disk has free space and that you may write there"
        click.echo(f"redraw: {error}: {advice}", err=True)
        sys.exit(1)


for subject in (
    machine,
    baseline,
    retraining,
    cancelling,
    releases,
    trials,
    corrections,
    keys,
    lineage,
    retention,
    backups,
    forgetting,
    admins,
    sign_in_link,
    notifications,
):
    for command in subject.COMMANDS:
        commands.add_command(command)

if __name__ == "__main__":
    run()
