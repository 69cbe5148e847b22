"""The commands to list corrections and to decide on those that are quarantined."""

from pathlib import Path

import click

from pipeline.records.corrections import CorrectionState, OwnerAction
from service.cli.commands.parameters import FILE, connect_project

STATES = tuple(state.value for state in CorrectionState)
ACTIONS = tuple(action.value for action in OwnerAction)
OWNER = "command line"


@click.command()
@click.option("--state", type=click.Choice(STATES), default="quarantined", show_default=True)
@click.option(
    "--reason", metavar="REASON", help="Only those with this reason, for example no_class."
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    help="The largest number to list.",
)
@click.option(
    "--sheet",
    "page",
    type=FILE,
    help="Write an HTML page with their drawings to this file instead of a table.",
)
def corrections(state: str, reason: str | None, limit: int, page: Path | None) -> None:
    """List the corrections that wait for a decision, or write a page with their drawings."""
    from pipeline.corrections import listing
    from service.cli.display import console, corrections_table, progress_bar

    settings, ports = connect_project()
    listed = listing.list_corrections(
        ports.corrections, CorrectionState(state), reason=reason, after=None, limit=limit
    )
    if page is not None:
        from pipeline.files import write_atomically
        from pipeline.pages.sheet import render_sheet

        with progress_bar("fetching drawings") as report_progress:
            drawings = listing.make_drawings(
                listed.documents, ports.artefacts, settings.max_canvas_bytes, report_progress
            )
        write_atomically(
            page,
            render_sheet(listed.corrections, drawings, more=listed.next_after is not None).encode(),
        )
        click.echo(f"{page}: {len(listed.corrections)} corrections; open it in a browser")
        return
    if not listed.corrections:
        click.echo(f"no correction is {state}" + (f" for the reason {reason}" if reason else ""))
        return
    console.print(corrections_table(listed.corrections))
    if listed.next_after is not None:
        click.echo(f"there are more: --limit {2 * limit}")
    click.echo(
        "to see the drawings: redraw corrections --sheet FILE.html; "
        "to decide: redraw decide ID accept"
    )


@click.command()
@click.argument("correction_id", metavar="ID")
@click.argument("action", type=click.Choice(ACTIONS))
@click.option("--label", metavar="CLASS", help="What the drawing shows; for relabel.")
def decide(correction_id: str, action: str, label: str | None) -> None:
    """Accept, relabel or refuse a quarantined correction.

    Write the ID as `redraw corrections` shows it.
    """
    from pipeline.corrections.decisions import check_label
    from pipeline.corrections.listing import decode_id
    from pipeline.errors import InvalidLabel
    from pipeline.records.corrections import OwnerChoice

    if (label is not None) != (action == "relabel"):
        raise click.UsageError(
            "to relabel, say what the drawing shows: relabel --label cat; "
            "accept and refuse take no label"
        )
    choice = OwnerChoice(action=OwnerAction(action), label=label)
    settings, ports = connect_project()
    try:
        check_label(choice, settings.categories)
    except InvalidLabel as error:
        raise click.UsageError(str(error)) from None
    decision = ports.corrections.decide(decode_id(correction_id), choice, OWNER)
    click.echo(
        f"{decision.action}, decided by {decision.by} on {decision.at:%Y-%m-%d at %H:%M} UTC"
    )


COMMANDS = (corrections, decide)
