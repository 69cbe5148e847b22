"""Draw a check of the gate: what may be lost, what is certain, and what was measured."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from pipeline.formatting import format_points
from pipeline.records.runs import Check, CheckStanding

WIDTH, HEIGHT, EDGE = 320, 34, 12
MIDDLE = HEIGHT // 2
LEAST_SPAN = 0.0005
"""Shares: a narrower interval is not drawn wider than it is."""
COLOURS = {
    CheckStanding.PASSED: "blue",
    CheckStanding.OPEN: "orange",
    CheckStanding.HARMFUL: "bad",
}
CHIPS = {CheckStanding.PASSED: "good", CheckStanding.OPEN: "", CheckStanding.HARMFUL: "bad"}


class ShownCheck(NamedTuple):
    """A check as the page shows it.

    picture, figures: None where the check compares nothing, or is of an early Redraw.
    """

    name: str
    standing: str
    chip: str
    reason: str
    picture: Markup | None
    figures: str | None


def show_checks(checks: Sequence[Check]) -> list[ShownCheck]:
    """Return the checks of a decision, in their order."""
    return [_show(check) for check in checks]


def _show(check: Check) -> ShownCheck:
    reason = check.reason.removeprefix(f"{check.name}: ")
    return ShownCheck(
        name=check.name[:1].upper() + check.name[1:],
        standing=str(check.standing),
        chip=CHIPS[check.standing],
        reason=reason[:1].upper() + reason[1:] + ("" if reason.endswith(".") else "."),
        picture=draw_interval(check),
        figures=describe_figures(check),
    )


def describe_figures(check: Check) -> str | None:
    """Return the figures of the picture in words; None where the check compares nothing."""
    if check.difference is None or check.low is None or check.high is None:
        return None
    measured, low, high = (_sign(value) for value in (check.difference, check.low, check.high))
    words = f"measured {measured}, certainly {low} to {high}"
    if check.allowed is None:
        return f"{words} points"
    bound = format_points(abs(check.allowed))
    return f"{words} points; {bound} {'may be lost' if check.allowed >= 0 else 'must be gained'}"


def draw_interval(check: Check) -> Markup | None:
    """Draw the interval of a check on a scale of its own; None where it compares nothing.

    The shaded part is what may be: a check is passed where the whole interval lies in it.
    """
    words = describe_figures(check)
    if words is None or check.difference is None or check.low is None or check.high is None:
        return None
    places = [check.low, check.high, check.difference, 0.0]
    if check.allowed is not None:
        places.append(-check.allowed)
    least, span = min(places), max(max(places) - min(places), LEAST_SPAN)

    def place(value: float) -> float:
        return EDGE + (WIDTH - 2 * EDGE) * (value - least) / span

    parts = [Markup('<rect class="paper" y="4" width="{}" height="{}" rx="6"/>').format(
        WIDTH, HEIGHT - 8
    )]  # fmt: skip
    if check.allowed is not None:
        bound = place(-check.allowed)
        parts.append(
            Markup(
                '<rect class="allowed" x="{0:.1f}" y="4" width="{1:.1f}" height="{2}"/>'
                '<line class="bound" x1="{0:.1f}" x2="{0:.1f}" y1="1" y2="{3}"/>'
            ).format(bound, WIDTH - bound, HEIGHT - 8, HEIGHT - 1)
        )
    parts.append(
        Markup('<line class="zero" x1="{0:.1f}" x2="{0:.1f}" y1="1" y2="{1}"/>').format(
            place(0.0), HEIGHT - 1
        )
    )
    parts.append(
        Markup(
            '<line class="certain {0}" x1="{1:.1f}" x2="{2:.1f}" y1="{3}" y2="{3}"/>'
            '<circle class="measured {0}" cx="{4:.1f}" cy="{3}" r="5.5"/>'
        ).format(
            COLOURS[check.standing],
            place(check.low),
            place(check.high),
            MIDDLE,
            place(check.difference),
        )
    )
    return Markup(
        '<svg class="interval" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}"'
        ' height="{}">{}</svg>'
    ).format(f"{check.name}: {words}", WIDTH, HEIGHT, WIDTH, HEIGHT, Markup().join(parts))


def _sign(share: float) -> str:
    text = format_points(share, unit=False)
    return f"+{text}" if share > 0 and text != "0" else text.replace("-", "\N{MINUS SIGN}")
