"""The command to rebuild a version from Storage alone."""

from pathlib import Path

import click

from pipeline.errors import RedrawError
from pipeline.formatting import escape_unprintable
from service.cli.commands.parameters import FOLDER, connect_project


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


COMMANDS = (rebuild,)
