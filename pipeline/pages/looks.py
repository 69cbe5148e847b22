"""Draw what the looks at a trial have seen: an interval each, the oldest first."""

from collections.abc import Sequence

from markupsafe import Markup

from pipeline.formatting import format_points
from pipeline.pages.figures import wrap_svg
from pipeline.pages.trial_words import format_difference
from pipeline.records.trials import TrialLook

WIDTH, LINE, LEFT, RIGHT, TOP, BOTTOM = 640, 34, 130, 20, 8, 40
SMALLEST_SPAN = 0.01
"""One point each way is shown at least."""
ROOM = 1.1
"""So much wider than the widest interval is the scale."""


def draw_looks(looks: Sequence[TrialLook]) -> Markup:
    """Draw the difference of the two accuracies as each look saw it, with its bounds.

    Looks before the first planned one know no bounds: their line is dashed, over the whole width.

    Args:
        looks: at least one.
    """
    ends = [
        abs(value)
        for look in looks
        for value in ([look.estimate] + ([look.low, look.high] if _is_bounded(look) else []))
        if value is not None
    ]
    span = ROOM * max([SMALLEST_SPAN, *ends])
    height = TOP + LINE * len(looks) + BOTTOM
    bottom = height - BOTTOM
    parts = [
        Markup('<line class="{}" x1="{x:.1f}" x2="{x:.1f}" y1="{}" y2="{}"/>').format(
            "ideal" if value == 0 else "grid", TOP, bottom, x=_x(value, span)
        )
        + Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            _x(value, span), bottom + 18, "equal" if value == 0 else _format_tick(value)
        )
        for value in (-span / ROOM, 0.0, span / ROOM)
    ]
    parts.append(
        Markup('<text class="axis" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            _x(0, span), height - 4, "worse  ←  this version  →  better"
        )
    )
    for number, look in enumerate(looks):
        parts.append(_draw_look(look, TOP + LINE * (number + 0.5), span))
    label = "the difference of the two versions on players' drawings, at each look"
    return wrap_svg(WIDTH, height, label, parts)


def _draw_look(look: TrialLook, y: float, span: float) -> Markup:
    """Draw one look: its name, its interval, and what was measured."""
    name = f"{look.answers:,} answers"
    drawn = Markup('<text class="name" x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(
        LEFT - 12, y + 4, name
    )
    bounded = _is_bounded(look)
    low, high = (look.low, look.high) if bounded else (-span, span)
    colour = "orange" if bounded and (high or 0) < 0 else "blue"
    drawn += Markup(
        '<line class="interval {}" x1="{:.1f}" x2="{:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
    ).format(colour if bounded else "open", _x(low or 0.0, span), _x(high or 0.0, span), y=y)
    if look.estimate is not None:
        said = format_difference(look.estimate, look.low, look.high)
        drawn += Markup(
            '<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="5"><title>{}: {}</title></circle>'
        ).format(colour, _x(look.estimate, span), y, name, said)
    return drawn


def _is_bounded(look: TrialLook) -> bool:
    return look.low is not None and look.high is not None and look.low > -1


def _format_tick(value: float) -> str:
    return f"{'+' if value > 0 else ''}{format_points(value)}"


def _x(value: float, span: float) -> float:
    """Return the horizontal place of a difference; beyond the scale, its end."""
    share = (min(max(value, -span), span) + span) / (2 * span)
    return LEFT + (WIDTH - LEFT - RIGHT) * share
