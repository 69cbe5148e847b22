"""The commands that run a whole Redraw, or parts of it, on this machine, and look whether all is well."""

from pathlib import Path

import click

from pipeline.errors import RedrawError
from service.cli.commands.parameters import FOLDER, PORT


@click.command()
@click.option(
    "--raw",
    type=FOLDER,
    help="Folder with Quick, Draw! .npy files; else REDRAW_RAW_DIR, else fetched, else sketched.",
)
@click.option(
    "--data-dir",
    type=FOLDER,
    default=Path("data"),
    show_default=True,
    help="Everything goes into this folder.",
)
@click.option(
    "--corrections",
    type=FOLDER,
    help="Folder with corrections.jsonl and objects/; else they are made on the spot.",
)
def demo(raw: Path | None, data_dir: Path, corrections: Path | None) -> None:
    """The whole loop on this machine: train, correct, retrain, judge, release."""
    from service.cli.demo import demo as run_demo

    run_demo(raw, data_dir, corrections)


@click.command()
@click.option(
    "--data-dir", type=FOLDER, help="Folder of everything; default: REDRAW_DATA_DIR or ./data."
)
def up(data_dir: Path | None) -> None:
    """Keep emulators, Redis, a worker, beat and the service running until Ctrl-C."""
    from service.cli.up import up as run_up

    run_up(data_dir)


@click.group(invoke_without_command=True)
@click.option(
    "--data-dir",
    type=FOLDER,
    help="Documents and objects are kept here; without it nothing is kept.",
)
@click.option("--firestore-port", type=PORT, default=8080, show_default=True)
@click.option("--storage-port", type=PORT, default=9199, show_default=True)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Loopback, unless a container network needs another.",
)
@click.option(
    "--official",
    is_flag=True,
    help="Firestore from Google's own emulator, where it is installed; it keeps nothing.",
)
@click.pass_context
def emulators(
    context: click.Context,
    *,
    data_dir: Path | None,
    firestore_port: int,
    storage_port: int,
    host: str,
    official: bool,
) -> None:
    """Serve Firestore and Storage until Ctrl-C."""
    if context.invoked_subcommand is None:
        from service.cli.emulators import serve_emulators

        serve_emulators(data_dir, firestore_port, storage_port, host, official=official)


@emulators.command()
@click.option(
    "--corrections",
    type=FOLDER,
    help="Folder with corrections.jsonl and objects/; else they are made on the spot.",
)
@click.option(
    "--raw",
    type=FOLDER,
    help="Drawings to make them of; else REDRAW_RAW_DIR, else synthetic sketches.",
)
@click.option(
    "--count", type=click.IntRange(1), default=200, show_default=True, help="How many to make."
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Another seed, other corrections.",
)
def seed(corrections: Path | None, raw: Path | None, count: int, seed: int) -> None:
    """Fill running emulators with players' corrections and canvases."""
    from service.cli.emulators import seed_emulators

    new = seed_emulators(corrections, raw, count, seed)
    click.echo(
        f"{new} corrections are new and pending; those that were there before were left alone"
    )


@click.command()
def doctor() -> None:
    """See whether everything that Redraw needs answers."""
    from service.cli.doctor import examine

    faults = 0
    for what, fault in examine():
        click.echo(f"{'ok ' if fault is None else 'BAD'} {what}" + (f": {fault}" if fault else ""))
        faults += fault is not None
    if faults:
        raise RedrawError(f"{faults} of the above {'needs' if faults == 1 else 'need'} mending")


COMMANDS = (demo, up, emulators, doctor)
