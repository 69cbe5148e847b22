"""The command `redraw`: all its commands, and what becomes of their errors."""

import sys

import click

from pipeline.errors import RedrawError
from service.cli.commands import corrections, machine, making, retraining
from service.cli.interrupts import acknowledge, repeat_interrupts


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Redraw: turns players' corrections into a better model, safely, and lets you undo it."""


def main() -> None:
    """Runs `redraw`: exit code 0 done, 1 failed with one line that says what to do, 2 called wrongly, 130 stopped by Ctrl-C."""
    repeat_interrupts()
    try:
        commands(standalone_mode=False)
    except click.exceptions.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        acknowledge()
        click.echo("stopped", err=True)
        sys.exit(130)
    except RedrawError as fault:
        click.echo(f"redraw: {fault}", err=True)
        sys.exit(1)
    except OSError as fault:
        click.echo(
            f"redraw: {fault}: see that the disk has room and that you may write there", err=True
        )
        sys.exit(1)


for subject in (machine, making, retraining, corrections):
    for command in subject.COMMANDS:
        commands.add_command(command)

if __name__ == "__main__":
    main()
