"""The commands to list corrections and to decide on those that are quarantined."""

from pathlib import Path

import click

from pipeline.formatting import escape_unprintable
from pipeline.records.corrections import CorrectionState, OwnerAction
from service.cli.commands.parameters import FILE, connect_project

STATES = tuple(state.value for state in CorrectionState)
ACTIONS = tuple(action.value for action in OwnerAction)
UNDO = "undo"
OWNER = "command line"


@click.group(invoke_without_command=True)
@click.option("--state", type=click.Choice(STATES), default="quarantined", show_default=True)
@click.option(
    "--reason", metavar="REASON", help="Only those with this reason, for example no_class."
)
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=200,
    show_default=True,
    help="The largest number to list.",
)
@click.option("--after", metavar="ID", help="Only those after this id: the next page.")
@click.option(
    "--sheet",
    "page",
    type=FILE,
    help="Write an HTML page with their drawings to this file instead of a table.",
)
@click.pass_context
def corrections(
    context: click.Context,
    *,
    state: str,
    reason: str | None,
    limit: int,
    after: str | None,
    page: Path | None,
) -> None:
    """List the corrections that wait for a decision, or write a page with their drawings."""
    if context.invoked_subcommand is None:
        _list_corrections(state, reason, limit, after, page)


def _list_corrections(
    state: str, reason: str | None, limit: int, after: str | None, page: Path | None
) -> None:
    from pipeline.corrections import listing
    from service.cli.display import corrections_table, print_table, progress_bar

    settings, ports = connect_project()
    listed = listing.list_corrections(
        ports.corrections,
        CorrectionState(state),
        reason=reason,
        after=None if after is None else listing.decode_id(after),
        limit=limit,
    )
    if page is not None:
        from pipeline.files import write_atomically
        from pipeline.pages.sheet import render_sheet

        with progress_bar("fetching drawings") as report_progress:
            drawings = listing.make_drawings(
                [correction.id for correction in listed.corrections],
                ports.corrections,
                ports.artefacts,
                settings,
                report_progress,
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
    print_table(corrections_table(listed.corrections))
    if listed.next_after is not None:
        click.echo(f"there are more: --after {listing.encode_id(listed.next_after)}")
    click.echo(
        "to see the drawings: redraw corrections --sheet FILE.html; "
        "to decide: redraw decide ID accept"
    )


@corrections.command()
@click.option(
    "--reason", required=True, metavar="REASON", help="Why they are refused, as missing_image."
)
@click.option(
    "--limit", type=click.IntRange(1), default=10_000, show_default=True, help="At most so many."
)
def reopen(reason: str, limit: int) -> None:
    """Make refused corrections pending again, for the next run.

    For example after uploads that failed were repeated, or a class was added.
    """
    from pipeline.corrections.statuses import reopen_refused
    from pipeline.runs.triggers import format_count

    _, ports = connect_project()
    reopened = reopen_refused(ports.corrections, reason, limit)
    more = "; more are refused for this reason: the same again" if reopened.more else ""
    click.echo(f"{format_count(reopened.number)} pending again{more}")


@corrections.command()
@click.option(
    "--status",
    required=True,
    metavar="STATUS",
    help="Their status as `redraw doctor` shows it: new, or JSON such as null.",
)
@click.option(
    "--limit", type=click.IntRange(1), default=10_000, show_default=True, help="At most so many."
)
def adopt(status: str, limit: int) -> None:
    """Make corrections pending whose status is one that Redraw does not know."""
    from pipeline.corrections.statuses import adopt_foreign
    from pipeline.runs.triggers import format_count

    _, ports = connect_project()
    adopted = adopt_foreign(ports.corrections, status, limit)
    more = "; there may be more: the same again" if adopted == limit else ""
    click.echo(f"{format_count(adopted)} pending now{more}")


@click.command()
@click.argument("correction_id", metavar="ID")
@click.argument("action", type=click.Choice((*ACTIONS, UNDO)))
@click.option("--label", metavar="CLASS", help="What the drawing shows; for relabel.")
def decide(correction_id: str, action: str, label: str | None) -> None:
    """Accept, relabel or refuse a quarantined correction, or undo that.

    Write the ID as `redraw corrections` shows it. What a run has merged cannot be undone.
    """
    from pipeline.corrections.decisions import check_label
    from pipeline.corrections.listing import decode_id
    from pipeline.errors import InvalidLabel
    from pipeline.records.corrections import OwnerChoice

    if (label is not None) != (action == "relabel"):
        raise click.UsageError(
            "to relabel, say what the drawing shows: relabel --label cat; "
            "accept, refuse and undo take no label"
        )
    if action == UNDO:
        _undo(decode_id(correction_id))
        return
    choice = OwnerChoice(action=OwnerAction(action), label=label)
    settings, ports = connect_project()
    try:
        check_label(choice, settings.categories)
    except InvalidLabel as error:
        raise click.UsageError(str(error)) from None
    decision = ports.corrections.decide(decode_id(correction_id), choice, OWNER)
    click.echo(
        f"{decision.action}, decided by {escape_unprintable(decision.by)} "
        f"on {decision.at:%Y-%m-%d at %H:%M} UTC"
    )


def _undo(correction_id: str) -> None:
    _, ports = connect_project()
    undone = ports.corrections.undecide([correction_id])
    for error in undone.kept.values():
        raise error
    for decision in undone.decisions:
        click.echo(f"taken back: {decision.action}, decided by {escape_unprintable(decision.by)}")
    if not undone.decisions:
        click.echo("it is quarantined, and no decision was there to take back")


COMMANDS = (corrections, decide)
