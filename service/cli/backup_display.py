"""What `redraw backup` and `redraw restore` print."""

import shlex
from collections.abc import Sequence

import click

from pipeline.backup.compare import Comparison, Standing
from pipeline.backup.digests import ContentDigest
from pipeline.backup.make import Backup
from pipeline.backup.manifests import list_ids, read_manifest
from pipeline.backup.prune import Pruned
from pipeline.backup.restore import Existing, Restoring
from pipeline.backup_errors import DamagedBackup
from pipeline.formatting import count_objects, escape_unprintable, format_size
from pipeline.ports import ArtefactStore
from pipeline.ports.raw import RawProject
from pipeline.records.backups import BackupManifest, Counts


def print_backups(target: ArtefactStore) -> None:
    """Print a line for each complete backup, the newest first."""
    ids = list_ids(target)
    for backup_id in ids:
        try:
            click.echo(f"{backup_id} {_describe(read_manifest(backup_id, target))}")
        except DamagedBackup as error:
            click.echo(f"{backup_id} {error}")
    if not ids:
        click.echo("there is no complete backup there")


def print_verified(manifest: BackupManifest, problems: Sequence[str]) -> None:
    """Print a line for each thing that is wrong with a backup, or that it is whole."""
    for problem in problems:
        click.echo(f"damaged: {problem}")
    if problems:
        click.echo(f"{manifest.id}: {len(problems):,} files are damaged; restore another backup")
    else:
        click.echo(f"{manifest.id} is whole: {_describe(manifest)}")


def print_made(made: Backup, place: str) -> None:
    """Print the receipt of a backup."""
    manifest = made.manifest
    seconds = (manifest.finished_at - manifest.started_at).total_seconds()
    click.echo(f"backup {manifest.id} in {place}: {_describe(manifest)}")
    click.echo(
        f"documents as of {manifest.read_time:%Y-%m-%d %H:%M:%S} UTC;"
        f" {count_objects(made.copied)} copied, {format_size(made.written)} added,"
        f" {seconds:.1f} seconds"
    )
    for path in manifest.missing:
        click.echo(f"missing in the project, and so in the backup: {escape_unprintable(path)}")
    if manifest.missing:
        click.echo(
            "versions name these files: if a run deleted them meanwhile, make another backup;"
            " `redraw doctor` says more"
        )
    click.echo("not in it: settings (.env), the player key, signing keys; keep them elsewhere")


def print_pruned(pruned: Pruned) -> None:
    """Print what was deleted."""
    for backup_id in pruned.backups:
        click.echo(f"deleted: {backup_id}")
    if pruned.busy:
        click.echo("another backup is under way: contents are deleted next time")
    else:
        click.echo(f"{format_size(pruned.freed)} freed")


def print_restoring(manifest: BackupManifest, project: RawProject, *, drill: bool) -> None:
    """Print what is restored from where to where."""
    click.echo(f"backup {manifest.id}: {_describe(manifest)}")
    click.echo(f"of the project {manifest.project} with the bucket {manifest.bucket}")
    where = "empty emulators that are thrown away: " if drill else ""
    click.echo(f"into {where}the project {project.project} with the bucket {project.bucket}")


def print_plan(plan: Comparison, restoring: Restoring, players: Sequence[str]) -> None:
    """Print how a backup stands to the project, and whose data is left out."""
    words = {
        Standing.MISSING: "to be written",
        Standing.EQUAL: "there already",
        Standing.DIFFERENT: _say_different(restoring.existing),
        Standing.EXTRA: "in the project alone, left as they are",
    }
    for standing, what in words.items():
        documents = plan.counts.get(("documents", standing), 0)
        objects = plan.counts.get(("objects", standing), 0)
        if documents or objects:
            click.echo(f"{_count_documents(documents)} and {count_objects(objects)} {what}")
    forgotten = restoring.forgotten
    if forgotten.receipts:
        click.echo(
            f"not restored: {len(forgotten.paths):,} documents and canvases of players who were"
            f" forgotten since ({', '.join(forgotten.receipts)}); rows of the data set and versions"
            " are restored as they were, so forget these players again:"
        )
        for player in players:
            click.echo(f"  redraw forget {shlex.quote(escape_unprintable(player))}")


def print_restored(restoring: Restoring, expected: ContentDigest, found: ContentDigest) -> bool:
    """Print whether the project equals the backup, and return it."""
    equal = expected.hexdigest() == found.hexdigest()
    if equal:
        click.echo(f"restored, and equal by digest: {_count(found.counts)}, {found.hexdigest()}")
    elif restoring.existing is Existing.KEEP:
        click.echo(
            "restored; documents or objects that were there differ from the backup, as asked for"
        )
    else:
        click.echo(
            f"redraw: the project does not equal the backup: {_count(found.counts)} instead of"
            f" {_count(expected.counts)}: is something else writing to it? Start the restore again",
            err=True,
        )
    return equal or restoring.existing is Existing.KEEP


def _describe(manifest: BackupManifest) -> str:
    return f"{_count(manifest.counts)}, digest {manifest.digest}"


def _count(counts: Counts) -> str:
    return (
        f"{_count_documents(counts.documents)}, {count_objects(counts.objects)},"
        f" {format_size(counts.size)}"
    )


def _count_documents(number: int) -> str:
    return "1 document" if number == 1 else f"{number:,} documents"


def _say_different(existing: Existing) -> str:
    return {
        Existing.REFUSE: "that are not as in the backup",
        Existing.KEEP: "that are not as in the backup, left as they are",
        Existing.REPLACE: "that are not as in the backup, to be written over",
    }[existing]
