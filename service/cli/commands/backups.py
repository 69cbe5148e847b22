"""The commands `redraw backup` and `redraw restore`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from pipeline.backup.restore import Existing
from pipeline.backup.scope import Omission
from pipeline.backup_errors import InvalidPlaceForBackups
from pipeline.files import create_folder, private_folder
from service.cli.running import load_settings_beside_running

_CHOICES = click.Choice([each.value for each in Omission])


@click.command()
@click.argument("place")
@click.option("--list", "listing", is_flag=True, help="Only list the backups that are there.")
@click.option(
    "--verify", is_flag=True, help="Only compare a backup there with its digests; make none."
)
@click.option("--id", "backup_id", metavar="ID", help="With --verify: of which backup.")
@click.option(
    "--keep",
    type=click.IntRange(1),
    metavar="N",
    help="Afterwards delete all backups there but the newest N, and what only they needed.",
)
@click.option(
    "--without", multiple=True, type=_CHOICES, help="Leave out the game's corrections or canvases."
)
@click.option(
    "--also-collection",
    multiple=True,
    metavar="NAME",
    help="Another collection of the game, with all below it; may be given more than once.",
)
@click.option(
    "--also-folder",
    multiple=True,
    metavar="FOLDER/",
    help="Another folder of the game in Storage; may be given more than once.",
)
def backup(
    place: str,
    *,
    listing: bool,
    verify: bool,
    backup_id: str | None,
    keep: int | None,
    without: tuple[str, ...],
    also_collection: tuple[str, ...],
    also_folder: tuple[str, ...],
) -> None:
    """Back the project up to PLACE: a folder, or gs://bucket/folder.

    Copied are all documents of Redraw as they are at one moment, the game's corrections and
    canvases, and all files of Redraw in Storage. Runs may go on meanwhile. PLACE keeps many
    backups, and what they share once: the next one copies only what is new. If it is interrupted,
    the next one goes on where it was. Settings and private keys are in no backup.
    """
    from pipeline.backup.make import make_backup
    from pipeline.backup.manifests import choose_backup
    from pipeline.backup.prune import prune
    from pipeline.backup.scope import choose_scope
    from pipeline.backup.verify import verify_backup
    from pipeline.bootstrap import connect_raw, open_backups
    from service.cli import backup_display

    settings = load_settings_beside_running()
    create_folder(settings.data_dir)
    target = open_backups(place, settings)
    if listing:
        backup_display.print_backups(target)
        return
    if verify:
        manifest = choose_backup(target, backup_id)
        with _progress() as report:
            problems = verify_backup(manifest, target, settings.data_dir, report)
        backup_display.print_verified(manifest, problems)
        if problems:
            sys.exit(1)
        return
    if f"{place}/".startswith(f"gs://{settings.bucket}/"):
        raise InvalidPlaceForBackups(
            f"{place} is in the project's own bucket, and would be lost with it: name another one"
        )
    omissions = [Omission(each) for each in without]
    scope = choose_scope(settings.game, omissions, also_collection, also_folder)
    with _progress() as report:
        made = make_backup(connect_raw(settings), target, scope, settings.data_dir, report)
    backup_display.print_made(made, place)
    if keep is not None:
        backup_display.print_pruned(prune(target, keep))


@click.command()
@click.argument("place")
@click.option("--id", "backup_id", metavar="ID", help="Which backup; by default the newest.")
@click.option(
    "--yes/--dry-run",
    default=False,
    help="--dry-run, the default: only verify, compare and say what is done; --yes: do it.",
)
@click.option(
    "--existing",
    type=click.Choice([each.value for each in Existing]),
    default=Existing.REFUSE.value,
    help="What is done if the project holds something that is not as in the backup: refuse to"
    " restore (the default), keep it, or replace what differs. Nothing is ever deleted.",
)
@click.option(
    "--try",
    "drill",
    is_flag=True,
    help="Restore into empty emulators on this machine, which are thrown away: the project of the"
    " settings is not touched. For a drill.",
)
def restore(place: str, *, backup_id: str | None, yes: bool, existing: str, drill: bool) -> None:
    """Restore a backup from PLACE into the project of the settings, which should be empty.

    The backup is verified first, and everything is read back in the end and compared with the
    backup by digest. The release is written last. If it is interrupted, start it again. Stop
    workers and beat before.
    """
    from pipeline.backup.forgotten import find_forgotten, find_players
    from pipeline.backup.manifests import choose_backup
    from pipeline.backup.restore import Restoring
    from pipeline.backup.verify import require_whole
    from pipeline.bootstrap import connect_raw, open_backups
    from service.cli import backup_display

    settings = load_settings_beside_running()
    create_folder(settings.data_dir)
    target = open_backups(place, settings)  # before emulators take the place of the project
    manifest = choose_backup(target, backup_id)
    with _empty_emulators(settings.data_dir) if drill else nullcontext():
        project = connect_raw(settings)
        scratch = settings.data_dir
        backup_display.print_restoring(manifest, project, drill=drill)
        with _progress() as report:
            require_whole(manifest, target, scratch, report)
            with private_folder(scratch) as folder:
                forgotten = find_forgotten(manifest, target, project, folder)
            restoring = Restoring(
                manifest, target, project, forgotten, Existing(existing), scratch, report
            )
            plan = restoring.plan()
        players = find_players(manifest, target, forgotten, settings.game)
        backup_display.print_plan(plan, restoring, players)
        restoring.check(plan)
        if not (yes or drill):
            click.echo("nothing is written yet: redraw restore --yes")
            return
        with _progress() as report:
            restoring = replace(restoring, report_progress=report)
            restoring.write()
            expected, found = restoring.measure()
        if not backup_display.print_restored(restoring, expected, found):
            sys.exit(1)


@contextmanager
def _empty_emulators(data_dir: Path) -> Iterator[None]:
    """Let Google's clients that are made in the block talk to empty emulators."""
    from emulator.servers import run_emulators

    with private_folder(data_dir) as folder, run_emulators(folder) as emulators:
        before = dict(os.environ)
        os.environ.update(emulators.environment())
        try:
            yield
        finally:
            for name in emulators.environment():
                os.environ.pop(name)
                if name in before:
                    os.environ[name] = before[name]


@contextmanager
def _progress() -> Iterator[Any]:
    from pipeline.progress import silent
    from service.cli.display import console, progress_bar

    if not console.is_terminal:  # in a file a bar would only leave an empty line
        yield silent
        return
    with progress_bar("connecting") as report:
        yield report


COMMANDS = (backup, restore)
