"""Draw how well the released versions recognise drawings, over time."""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from pipeline.formatting import format_percent
from pipeline.pages.figures import choose_scale
from service.versions.past_releases import PastRelease

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 270, 52, 16, 14, 46
WIDE, NARROW = 980, 350
"""Widths: the chart is drawn for both, so that its letters can be read on a phone too."""
LABEL = 52
"""Room that the name of a version takes below the chart."""
ONE_PERCENT = 0.01
SERIES = (("clean", "blue", "clean drawings"), ("players", "orange", "players' drawings"))


def draw_releases(past: Sequence[PastRelease], now: datetime, width: int) -> Markup | None:
    """Draw a line for clean and one for players' drawings; None if nothing is known of any version.

    A line is level while a version is released. A circle that is not filled is a release that went
    back to an earlier version.

    Args:
        past: releases, the oldest first.
        now: the end of the last one.
        width: of the picture.
    """
    known = [share for each in past for share in (each.clean, each.players) if share is not None]
    if not known:
        return None
    low, high, step = choose_scale(min(known), max(known))
    start = past[0].at
    seconds = max((now - start).total_seconds(), 1.0)

    def x_of(at: datetime) -> float:
        share = (at - start).total_seconds() / seconds
        return LEFT + (width - LEFT - RIGHT) * min(max(share, 0.0), 1.0)

    def y_of(share: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (share - low) / (high - low)

    parts = []
    for index in range(round((high - low) / step) + 1):
        value = low + index * step
        parts.append(
            Markup(
                '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
                '<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
            ).format(
                LEFT,
                width - RIGHT,
                y_of(value),
                y_of(value),
                LEFT - 7,
                y_of(value) + 4,
                format_percent(value, 0 if step >= ONE_PERCENT else 1),
            )
        )
    xs = [x_of(each.at) for each in past]
    parts += _draw_names(past, xs, width)
    parts += _draw_ends(start, now, width)
    ends = [*xs[1:], float(width - RIGHT)]
    for field, colour, _ in SERIES:
        shares = [getattr(each, field) for each in past]
        parts.append(_draw_line(xs, ends, [s if s is None else y_of(s) for s in shares], colour))
        for each, x, share in zip(past, xs, shares, strict=True):
            if share is not None:
                parts.append(_draw_dot(each, (x, y_of(share)), colour, share))
    return Markup(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>'
    ).format(describe_chart(past), width, HEIGHT, width, HEIGHT, Markup().join(parts))


def describe_chart(past: Sequence[PastRelease]) -> str:
    """Return in a sentence what the chart shows."""
    parts = []
    for field, _, name in SERIES:
        shares = [share for each in past if (share := getattr(each, field)) is not None]
        if shares:
            parts.append(f"{name} from {format_percent(shares[0])} to {format_percent(shares[-1])}")
    return f"Recognised by the released version over time: {', '.join(parts)}"


def _draw_line(
    starts: Sequence[float], ends: Sequence[float], ys: Sequence[float | None], colour: str
) -> Markup:
    """Draw a line that is level while a version is released; where nothing is known, it ends."""
    path, joined = [], False
    for start, end, y in zip(starts, ends, ys, strict=True):
        if y is not None:
            path.append(f"{'L' if joined else 'M'}{start:.1f},{y:.1f} L{end:.1f},{y:.1f}")
        joined = y is not None
    return Markup('<path class="line {}" d="{}"/>').format(colour, " ".join(path))


def _draw_dot(each: PastRelease, place: tuple[float, float], colour: str, share: float) -> Markup:
    what = "went back to" if each.back else "released"
    return Markup(
        '<circle class="{} {}" cx="{:.1f}" cy="{:.1f}" r="{}"><title>{} {}: {}</title></circle>'
    ).format(
        "back" if each.back else "dot",
        colour,
        *place,
        5 if each.back else 4,
        what,
        each.version,
        format_percent(share),
    )


def _draw_names(past: Sequence[PastRelease], xs: Sequence[float], width: int) -> list[Markup]:
    """Draw the names of versions below; from the newest on, those for which there is room."""
    parts: list[Markup] = []
    free_until = float("inf")
    for each, x in reversed(list(zip(past, xs, strict=True))):
        anchor, room = ("middle", LABEL / 2) if x + LABEL / 2 <= width else ("end", 0.0)
        if x + room > free_until:
            continue
        free_until = x + room - LABEL
        parts.append(
            Markup('<text class="name" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
                x, HEIGHT - BOTTOM + 18, anchor, each.version
            )
        )
    return parts


def _draw_ends(start: datetime, now: datetime, width: int) -> list[Markup]:
    words = ((LEFT, "start", f"{start:%Y-%m-%d}"), (width - RIGHT, "end", f"{now:%Y-%m-%d}"))
    return [
        Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>').format(
            x, HEIGHT - 8, anchor, text
        )
        for x, anchor, text in words
    ]
