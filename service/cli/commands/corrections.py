"""The commands by which the owner looks at corrections and decides on those that are quarantined."""

from pathlib import Path

import click

from pipeline.categories import CATEGORIES
from pipeline.records.corrections import CorrectionState, OwnerAction
from service.cli.commands.parameters import FILE, project

STATES = tuple(state.value for state in CorrectionState)
ACTIONS = tuple(action.value for action in OwnerAction)
OWNER = "command line"


@click.command()
@click.option("--state", type=click.Choice(STATES), default="quarantined", show_default=True)
@click.option(
    "--reason", metavar="REASON", help="Those alone that are there for this reason, as no_class."
)
@click.option(
    "--limit", type=click.IntRange(1), default=200, show_default=True, help="How many, at most."
)
@click.option(
    "--sheet",
    "page",
    type=FILE,
    help="Write a page with their drawings, for a browser, instead of a table.",
)
def corrections(state: str, reason: str | None, limit: int, page: Path | None) -> None:
    """List the corrections that wait for a decision, or look at them."""
    from pipeline.corrections import listing
    from service.cli.display import console, corrections_table, progress_bar

    settings, ports = project()
    found = listing.list_corrections(
        ports.corrections, CorrectionState(state), reason=reason, after=None, limit=limit
    )
    if page is not None:
        from pipeline.files import write_atomically
        from pipeline.pages.sheet import render_sheet

        with progress_bar("fetching drawings") as told:
            drawings = listing.make_drawings(
                found.documents, ports.artefacts, settings.max_canvas_bytes, told
            )
        write_atomically(
            page,
            render_sheet(found.corrections, drawings, more=found.next_after is not None).encode(),
        )
        click.echo(f"{page}: {len(found.corrections)} corrections, for a browser")
        return
    if not found.corrections:
        click.echo(f"no correction is {state}" + (f" for the reason {reason}" if reason else ""))
        return
    console.print(corrections_table(found.corrections))
    if found.next_after is not None:
        click.echo(f"there are more: --limit {2 * limit}")
    click.echo(
        "to see the drawings: redraw corrections --sheet FILE.html; to decide: redraw decide ID accept"
    )


@click.command()
@click.argument("correction_id", metavar="ID")
@click.argument("action", type=click.Choice(ACTIONS))
@click.option("--label", type=click.Choice(CATEGORIES), help="What the drawing shows; to relabel.")
def decide(correction_id: str, action: str, label: str | None) -> None:
    """Accept, relabel or refuse a quarantined correction. ID is spelled as `redraw corrections` shows it."""
    from pipeline.corrections.listing import decode_id
    from pipeline.records.corrections import OwnerChoice

    if (label is not None) != (action == "relabel"):
        raise click.UsageError(
            "to relabel, say what the drawing shows: relabel --label cat; accept and refuse take no label"
        )
    _, ports = project()
    choice = OwnerChoice(action=OwnerAction(action), label=label)
    decision = ports.corrections.decide(decode_id(correction_id), choice, OWNER)
    click.echo(
        f"{decision.action}, decided by {decision.by} on {decision.at:%Y-%m-%d at %H:%M} UTC"
    )


COMMANDS = (corrections, decide)
