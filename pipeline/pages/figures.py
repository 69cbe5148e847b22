"""Draw the figures of the report as SVG: functions from numbers to markup that needs nothing else.

Colours come from the style sheet of the page, by class. `Markup.format` escapes every value.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from pipeline.formatting import format_category, format_percent
from pipeline.pages.words import format_times
from pipeline.records.metrics import ReliabilityBin

WIDTH, HEIGHT = 520, 280
LEFT, RIGHT, TOP, BOTTOM = 66, 18, 14, 44  # margins around the plotted area, for ticks and titles
MAX_STEPS = 5  # of a scale, between its ends
MAX_EPOCH_LABELS = 8
ONE_PERCENT = 0.01
CELL, NAMES = 27, 92  # of the matrix: the side of a cell, and the least room for names
LETTER = 7  # width of a letter of a name, at most
MOST_FULL = 40  # classes; in a larger matrix, pairs that never occurred are left out
FAINTEST_SHARE = 0.005  # of a row; cells below stay empty
MEDIUM_SHADE, FULL_SHADE = 0.61, 0.9
"""Of full colour: from the first on, numbers are black in both colour schemes, from the second on
they are white in light mode. So each number has a contrast of 4.5 or more to its cell."""


def draw_curves(
    lines: Mapping[str, Sequence[float | None]],
    axis: str,
    *,
    shares: bool,
    versions: Sequence[str] | None = None,
) -> Markup:
    """Draw values over epochs or versions, one line for each entry.

    Args:
        lines: values of the epochs 1, 2 and so on, by the name of a colour: `orange` or `blue`.
            None: there is no value; the line goes on with the next one.
        axis: what the values are.
        shares: whether the values are shares of one, to be shown in percent.
        versions: the names of versions that stand in the place of epochs.
    """
    values = [value for line in lines.values() for value in line if value is not None]
    low, high, step = choose_scale(min(values) if shares else 0.0, max(values))
    epochs = max(map(len, lines.values()))
    names = versions or [f"epoch {epoch}" for epoch in range(1, epochs + 1)]
    bottom = "version" if versions else "epoch: one pass over all drawings"
    parts = [_draw_axis_titles(axis, bottom)]
    for index in range(round((high - low) / step) + 1):
        value = low + index * step
        label = f"{value:.2f}".rstrip("0").rstrip(".")
        if shares:
            label = format_percent(value, 0 if step >= ONE_PERCENT else 1)
        parts.append(_draw_left_tick(_y((value - low) / (high - low)), label))
    parts += [
        _draw_bottom_tick(
            _x_of_epoch(epoch, epochs), versions[epoch - 1] if versions else str(epoch)
        )
        for epoch in range(1, epochs + 1, max(1, epochs // MAX_EPOCH_LABELS))
    ]
    for colour, line in lines.items():
        places = [
            (_x_of_epoch(epoch, epochs), _y((value - low) / (high - low)), names[epoch - 1], value)
            for epoch, value in enumerate(line, start=1)
            if value is not None
        ]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y, *_ in places)
        parts.append(Markup('<polyline class="line {}" points="{}"/>').format(colour, points))
        for x, y, name, value in places:
            text = format_percent(value) if shares else f"{value:.3f}"
            parts.append(
                Markup(
                    '<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="3">'
                    "<title>{}: {}</title></circle>"
                ).format(colour, x, y, name, text)
            )
    title = f"{axis} by version" if versions else f"{axis} after each epoch"
    return wrap_svg(WIDTH, HEIGHT, title, parts)


def draw_calibration(bins: Sequence[ReliabilityBin]) -> Markup:
    """Draw a reliability diagram: the accuracy in each bin of confidence as a bar.

    Bars of a well calibrated model end on the dashed diagonal, where accuracy equals confidence.
    """
    parts = [_draw_axis_titles("share that was right", "how sure the model said it was")]
    for tenths in range(0, 11, 2):
        label = format_percent(tenths / 10, 0)
        parts.append(_draw_left_tick(_y(tenths / 10), label))
        parts.append(_draw_bottom_tick(_x(tenths / 10), label))
    most_rows = max((group.rows for group in bins), default=1)
    for group in bins:
        # A confidence of exactly 1 belongs to the last bin.
        left = min(int(group.confidence * 10), 9) / 10
        # The square root keeps bins with few guesses visible beside one that holds nearly all.
        shade = 0.3 + 0.7 * (group.rows / most_rows) ** 0.5
        parts.append(
            Markup(
                '<rect class="bar blue" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" '
                'opacity="{:.2f}"><title>{:,} guesses, {} sure on average: {} were right'
                "</title></rect>"
            ).format(
                _x(left) + 2,
                _y(group.accuracy),
                _x(0.1) - _x(0) - 4,
                _y(0) - _y(group.accuracy),
                shade,
                group.rows,
                format_percent(group.confidence),
                format_percent(group.accuracy),
            )
        )
    parts.append(
        Markup('<line class="ideal" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
            _x(0), _y(0), _x(1), _y(1)
        )
    )
    title = "how often the model is right, by how sure it says it is"
    return wrap_svg(WIDTH, HEIGHT, title, parts)


def draw_confusion_matrix(counts: NDArray[np.int64], categories: Sequence[str]) -> Markup:
    """Draw the confusion matrix, shaded by the share of each row.

    Args:
        counts: `(classes, classes)`, a row for each class drawn, a column for each guess.
        categories: the names of the classes.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    worst = max(float((shares - np.diag(shares.diagonal())).max()), FAINTEST_SHARE)
    names = [format_category(category) for category in categories]
    room = max(NAMES, LETTER * max(map(len, names)) + 8)
    parts = []
    for row, truth in enumerate(names):
        parts.append(draw_matrix_names(truth, row, room))
        for column, guess in enumerate(names):
            # 255 classes have 65,025 cells, nearly all of them empty.
            if len(names) > MOST_FULL and row != column and not counts[row, column]:
                continue
            share = float(shares[row, column])
            if row == column:
                shade = 0.15 + 0.85 * share
            else:
                # Mistakes are rare, so their shades are relative to the worst of them; the
                # exponent below 1 lifts the small ones.
                shade = (share / worst) ** 0.6 if share >= FAINTEST_SHARE else 0.0
            times = format_times(int(counts[row, column]))
            title = f"{truth} drawn, {guess} guessed: {times}, {format_percent(share)}"
            colour = "blue" if row == column else "orange"
            parts.append(_draw_matrix_cell((row, column), room, colour, shade, title))
            if share >= FAINTEST_SHARE:
                parts.append(_draw_matrix_number((row, column), room, share, shade))
    side = room + CELL * len(names) + 2
    title = "how often each class was guessed for each class drawn, in percent"
    return wrap_svg(side, side, title, parts)


def draw_matrix_names(name: str, index: int, room: int) -> Markup:
    """Draw the name of a class before its row and, turned, above its column."""
    middle = room + (index + 0.5) * CELL + 4
    return Markup(
        '<text class="name" x="{0}" y="{1}" text-anchor="end">{2}</text>'
        '<text class="name" transform="translate({1},{0}) rotate(-90)">{2}</text>'
    ).format(room - 8, middle, name)


def _draw_matrix_cell(
    place: tuple[int, int], room: int, colour: str, shade: float, title: str
) -> Markup:
    row, column = place
    box = Markup('x="{}" y="{}" width="{}" height="{}" rx="3"').format(
        room + column * CELL + 1, room + row * CELL + 1, CELL - 2, CELL - 2
    )
    return Markup(
        '<rect class="paper" {0}/><rect class="{1}" {0} opacity="{2:.2f}"><title>{3}</title></rect>'
    ).format(box, colour, shade, title)


def _draw_matrix_number(place: tuple[int, int], room: int, share: float, shade: float) -> Markup:
    row, column = place
    return Markup('<text class="count {}" x="{}" y="{}">{}</text>').format(
        name_ground(shade),
        room + (column + 0.5) * CELL,
        room + (row + 0.5) * CELL + 3.5,
        max(1, round(100 * share)),
    )


def name_ground(shade: float) -> str:
    """Return the class of a number on a cell of this shade."""
    if shade > FULL_SHADE:
        return "on-dark"
    return "on-medium" if shade > MEDIUM_SHADE else "on-light"


def choose_scale(low: float, high: float) -> tuple[float, float, float]:
    """Choose a scale of round numbers that holds both values: its ends and its step.

    The step is 1, 2, 5 or 10 times a power of ten: the smallest that needs at most `MAX_STEPS`.
    """
    span = max(high - low, 0.01)
    power = 10.0 ** math.floor(math.log10(span / MAX_STEPS))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= MAX_STEPS)
    # The small terms keep a value that is a multiple of the step, but for rounding, on its line.
    bottom = math.floor(low / step + 1e-9) * step
    return bottom, max(math.ceil(high / step - 1e-9) * step, bottom + step), step


def wrap_svg(width: int, height: int, label: str, parts: Sequence[Markup]) -> Markup:
    """Return a figure with these parts; `label` says to screen readers what it shows."""
    return Markup(
        # No style attribute: the policy of the dashboard refuses it.
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}">{}</svg>'
    ).format(label, width, height, width, Markup().join(parts))


def _draw_axis_titles(left: str, bottom: str) -> Markup:
    return Markup(
        '<text class="axis" transform="translate(14,{}) rotate(-90)" text-anchor="middle">{}</text>'
        '<text class="axis" x="{}" y="{}" text-anchor="middle">{}</text>'
    ).format((TOP + HEIGHT - BOTTOM) / 2, left, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, bottom)


def _draw_left_tick(y: float, label: str) -> Markup:
    return Markup(
        '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
        '<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
    ).format(LEFT, WIDTH - RIGHT, y, y, LEFT - 7, y + 4, label)


def _draw_bottom_tick(x: float, label: str) -> Markup:
    return Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
        x, HEIGHT - BOTTOM + 18, label
    )


def _x(share: float) -> float:
    """Return the horizontal place of a share of the plotted width."""
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _x_of_epoch(epoch: int, epochs: int) -> float:
    return _x((epoch - 1) / (epochs - 1)) if epochs > 1 else _x(0.5)


def _y(share: float) -> float:
    """Return the vertical place of a share of the plotted height; SVG counts downwards."""
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share
