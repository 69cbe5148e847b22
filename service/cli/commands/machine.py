"""The commands that run Redraw, or parts of it, on this machine, and the one that checks it."""

from pathlib import Path

import click

from service.cli.commands.parameters import FOLDER, PORT


@click.command()
@click.option(
    "--raw",
    type=FOLDER,
    help="Folder with Quick, Draw! .npy files. Default: REDRAW_RAW_DIR; "
    "if unset, they are downloaded, or sketched if that fails.",
)
@click.option(
    "--data-dir",
    type=FOLDER,
    default=Path("data"),
    show_default=True,
    help="Folder for everything that is written.",
)
@click.option(
    "--corrections",
    type=FOLDER,
    help="Folder with corrections.jsonl and objects/; by default they are generated.",
)
def demo(raw: Path | None, data_dir: Path, corrections: Path | None) -> None:
    """Run the whole loop on this machine: train, correct, retrain, judge, release."""
    from service.cli.demo import demo as run_demo

    run_demo(raw, data_dir, corrections)


@click.command()
@click.option(
    "--data-dir",
    type=FOLDER,
    help="Folder for everything that is written; default: REDRAW_DATA_DIR or ./data.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page to draw on in a browser.")
def up(data_dir: Path | None, *, opens: bool) -> None:
    """Keep emulators, Redis, a worker, beat and the service running until Ctrl-C."""
    from service.cli.up import up as run_up

    run_up(data_dir, opens=opens)


@click.command()
@click.option(
    "--faults", type=click.IntRange(1), default=200, show_default=True, help="How many to inject."
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="The same one gives the same faults in the same order; their timing differs.",
)
@click.option(
    "--data-dir",
    type=FOLDER,
    help="An empty folder for everything that is written; default: a temporary one.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    help="Begin no further fault after so long; default: no limit.",
)
def drill(faults: int, seed: int, data_dir: Path | None, minutes: float | None) -> None:
    """Kill, stall and damage a whole Redraw on this machine, and check what must hold."""
    from service.cli.drill.drill import drill as run_drill

    run_drill(faults, seed, data_dir, minutes)


@click.command()
@click.option("--host", help="The address to listen on; default: REDRAW_HOST.")
@click.option("--port", type=PORT, help="The port; default: REDRAW_PORT.")
def serve(host: str | None, port: int | None) -> None:
    """Run the HTTP service until Ctrl-C."""
    from pipeline.starting import Role, settings_to_start
    from service.cli.interrupts import acknowledge
    from service.server import serve as run_server

    settings = settings_to_start(Role.SERVICE)
    try:
        run_server(settings, host or settings.host, settings.port if port is None else port)
    except KeyboardInterrupt:
        acknowledge()  # it was asked to end, and it has ended


@click.group(invoke_without_command=True)
@click.option(
    "--data-dir",
    type=FOLDER,
    help="Folder for documents and objects; without it they are lost at the end.",
)
@click.option("--firestore-port", type=PORT, default=8080, show_default=True)
@click.option("--storage-port", type=PORT, default=9199, show_default=True)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; a container network needs another one.",
)
@click.option(
    "--official",
    is_flag=True,
    help="Use Google's own Firestore emulator, if it is installed; it stores nothing.",
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
    help="Folder with corrections.jsonl and objects/; by default they are generated.",
)
@click.option(
    "--raw",
    type=FOLDER,
    help="Drawings to generate them from. Default: REDRAW_RAW_DIR; if unset, sketches.",
)
@click.option(
    "--count", type=click.IntRange(1), default=200, show_default=True, help="How many to generate."
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Another seed gives other corrections.",
)
def seed(corrections: Path | None, raw: Path | None, count: int, seed: int) -> None:
    """Fill running emulators with players' corrections and canvases."""
    from service.cli.emulators import seed_emulators

    new = seed_emulators(corrections, raw, count, seed)
    click.echo(f"{new} corrections are new and pending; those that existed before are unchanged")


@click.command()
def rules() -> None:
    """Print Firestore's security rules for the classes of REDRAW_CATEGORIES."""
    from emulator.rules import render_rules
    from pipeline.settings_reading import load_settings

    click.echo(render_rules(load_settings().categories), nl=False)


@click.command()
@click.option(
    "--quick", is_flag=True, help="Leave out what reads all data: data set, log, release files."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document at the end.")
@click.option(
    "--role",
    type=click.Choice(["worker", "service", "beat"]),
    default="worker",
    show_default=True,
    help="What this machine is for; only a worker needs the data folder and its memory.",
)
@click.option(
    "--backups", metavar="PLACE", help="Also look whether PLACE holds a new backup of this project."
)
def doctor(role: str, backups: str | None, *, quick: bool, as_json: bool) -> None:
    """Check everything that Redraw needs, and say what is wrong and what to do.

    Nothing is changed. ok: well; BAD: do what the line says, the runbook says more; ??: it could
    not be looked at. Each check is waited for 15 seconds, one that reads all data for half an hour.
    """
    from pipeline.starting import Role
    from service.cli.doctor import Wish, fail_for, print_checks, print_json

    show = print_json if as_json else print_checks
    fail_for(show(Wish(Role(role), quick, backups)))


@click.command()
def indexes() -> None:
    """Print the Firestore indexes to deploy, for the game's collection and field names."""
    import json

    from pipeline.corrections.game_schema import read_schema
    from pipeline.settings_reading import load_settings

    settings = load_settings()
    listed = read_schema(settings.game, settings.categories).list_indexes()
    click.echo(json.dumps({"indexes": listed, "fieldOverrides": []}, indent=2))


COMMANDS = (demo, up, drill, serve, emulators, rules, indexes, doctor)
