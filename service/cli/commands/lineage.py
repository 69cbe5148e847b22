"""The commands about how versions came about: show one, its corrections, and rebuild it."""

from pathlib import Path

import click

from pipeline.errors import RedrawError
from pipeline.formatting import escape_unprintable
from service.cli.commands.corrections import corrections
from service.cli.commands.parameters import FOLDER, connect_project
from service.cli.commands.retraining import models


@click.command()
@click.argument("version")
@click.option(
    "--out",
    type=FOLDER,
    help="Folder for the rebuilt files and the data set; default: rebuilt/VERSION in the data"
    " folder.",
)
def rebuild(version: str, out: Path | None) -> None:
    """Make VERSION again from Storage alone, and compare it byte for byte.

    Nothing is published. The exit code is 0 only if everything is equal.
    """
    from pipeline.rebuilding.rebuild import rebuild as run_rebuild
    from pipeline.records.versions import VersionNumber
    from service.cli.display import progress_bar

    VersionNumber.parse(version)
    settings, ports = connect_project()
    folder = out or settings.data_dir / "rebuilt" / version
    with progress_bar("reading the version") as report_progress:
        report = run_rebuild(version, ports.artefacts, folder, settings, report_progress)
    for ancestor in report.ancestors:
        click.echo(f"rebuilt first, as Storage has lost it: {ancestor}")
    for finding in report.findings:
        if not finding.problems:
            click.echo(f"equal    {finding.name}")
        for problem in finding.problems:
            click.echo(escape_unprintable(f"DIFFERS  {finding.name}: {problem}"))
    for text in report.taken:
        click.echo(escape_unprintable(f"recorded {text}"))
    for text in report.elsewhere:
        click.echo(escape_unprintable(f"here     {text}"))
    click.echo(f"the rebuilt files: {folder}")
    if not report.equal:
        differing = sum(bool(finding.problems) for finding in report.findings)
        raise RedrawError(
            f"{version} is not rebuilt as it was published, {differing} of"
            f" {len(report.findings)} differ: the lines marked DIFFERS say how"
        )
    click.echo(f"{version} is rebuilt as it was published, byte for byte")


@models.command("show")
@click.argument("version")
@click.option(
    "--corrections", "listing", is_flag=True, help="List the corrections that its data set holds."
)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=200,
    show_default=True,
    help="The largest number of corrections to list.",
)
@click.option("--after", metavar="PLACE", help="Only those after this place: the next page.")
def show_version(version: str, *, listing: bool, limit: int, after: str | None) -> None:
    """Show how VERSION came about, or which corrections took part in it and how."""
    from functools import cache

    from pipeline.errors import NotFound
    from pipeline.lineage.learned import list_learned
    from pipeline.lineage.parts import count_parts
    from pipeline.lineage.reading import read_lineage
    from pipeline.records.versions import VersionNumber
    from service.cli.display import print_table
    from service.cli.lineage_display import learned_table, version_table

    VersionNumber.parse(version)
    _, ports = connect_project()
    if listing:
        page = list_learned(version, ports.artefacts, after=after, limit=limit)
        if not page.corrections:
            click.echo(f"no correction took part in {version}")
            return
        print_table(learned_table(page.corrections))
        if page.next_after is not None:
            click.echo(f"there are more: --after {page.next_after}")
        return
    model = ports.models.get(version)
    find = cache(lambda name: read_lineage(name, ports.artefacts))
    try:
        lineage, problem = find(version), None
    except NotFound as missing:
        lineage, problem = None, str(missing)
    counts = None if lineage is None else count_parts(lineage, find)
    print_table(version_table(model, lineage, counts))
    if problem is not None:
        click.echo(problem)


@corrections.command("show")
@click.argument("correction_id", metavar="ID")
def show_correction(correction_id: str) -> None:
    """Show the correction ID, and the versions that learned from it.

    Write the ID as `redraw corrections` shows it.
    """
    from pipeline.corrections import listing
    from pipeline.lineage.learners import find_learners
    from pipeline.records.corrections import CorrectionState
    from service.cli.display import print_table
    from service.cli.lineage_display import correction_table

    settings, ports = connect_project()
    name = listing.decode_id(correction_id)
    listed = listing.get_correction(ports.corrections, name)
    merged = None
    if listed.state is CorrectionState.MERGED:
        merged = find_learners(name, listed.run_id, ports, settings.dataset_name)
    print_table(correction_table(listed, merged))


COMMANDS = (rebuild,)
