"""Figures of a report, as SVG and inline pictures: each a small function from numbers to text that needs nothing else."""

import base64
import io
import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.drawings import Images
from pipeline.records.metrics import ReliabilityBin

WIDTH, HEIGHT = 520, 280
LEFT, RIGHT, TOP, BOTTOM = 66, 18, 14, 44
CELL, NAMES = 27, 92  # of the matrix: a square, and the room for names
FAINTEST = 0.005  # of a row: below that a cell stays empty
FULL_PERCENT = 0.01
HALF = 0.55  # of full colour: from there on a number is light
LINES = 5  # of a scale, at most, between its ends


def percent(share: float, digits: int = 1) -> str:
    """84.5 %."""
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def times(count: int) -> str:
    """Once, or 7 times."""
    return "once" if count == 1 else f"{count:,} times"


def escape_name(name: str) -> str:
    """The name of a class as people read it, safe within the page."""
    return escape(name.replace("_", " "))


def picture(drawing: Images, told: str) -> str:
    """A drawing, uint8 `(28, 28)`, as an image in the page itself: dark ink on light paper. `told`: safe within the page."""
    data = base64.b64encode(png(255 - drawing)).decode()
    return f'<img class="drawing" alt="{told}" src="data:image/png;base64,{data}"/>'


def png(image: Images) -> bytes:
    """A grey image, uint8 `(height, width)`, as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def curves(lines: Mapping[str, Sequence[float]], axis: str, *, shares: bool) -> str:
    """One line for each entry, over epochs; its key is also its CSS class. `shares`: values are shares of one."""
    values = [value for line in lines.values() for value in line]
    low, high, step = _round_scale(min(values) if shares else 0.0, max(values))
    epochs = max(map(len, lines.values()))
    drawn = [_frame(axis, "epoch: one pass over all drawings")]
    for each in range(round((high - low) / step) + 1):
        value = low + each * step
        text = (
            percent(value, 0 if step >= FULL_PERCENT else 1)
            if shares
            else f"{value:.2f}".rstrip("0").rstrip(".")
        )
        drawn.append(_tick_left(_up((value - low) / (high - low)), text))
    drawn += [
        _tick_below(_along(epoch, epochs), str(epoch))
        for epoch in range(1, epochs + 1, max(1, epochs // 8))
    ]
    for name, line in lines.items():
        points = [
            (_along(at, epochs), _up((value - low) / (high - low)))
            for at, value in enumerate(line, start=1)
        ]
        drawn.append(
            f'<polyline class="line {name}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'
        )
        for (x, y), (at, value) in zip(points, enumerate(line, start=1), strict=True):
            told = f"epoch {at}: {percent(value) if shares else f'{value:.3f}'}"
            drawn.append(
                f'<circle class="dot {name}" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{told}</title></circle>'
            )
    return _svg(WIDTH, HEIGHT, f"{axis} after each epoch", drawn)


def calibration(bins: Sequence[ReliabilityBin]) -> str:
    """How often guesses of each confidence were right, as bars, against the diagonal where the two are equal."""
    drawn = [_frame("share that was right", "how sure the model said it was")]
    for step in range(0, 11, 2):
        drawn.append(_tick_left(_up(step / 10), percent(step / 10, 0)))
        drawn.append(_tick_below(_across(step / 10), percent(step / 10, 0)))
    most = max((each.rows for each in bins), default=1)
    for each in bins:
        left = min(int(each.confidence * 10), 9) / 10
        told = f"{each.rows:,} guesses, {percent(each.confidence)} sure on average: {percent(each.accuracy)} were right"
        x, y, width = _across(left) + 2, _up(each.accuracy), _across(0.1) - _across(0) - 4
        shade = 0.3 + 0.7 * (each.rows / most) ** 0.5
        drawn.append(
            f'<rect class="bar unseen" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_up(0) - y:.1f}" '
            f'opacity="{shade:.2f}"><title>{told}</title></rect>'
        )
    drawn.append(
        f'<line class="ideal" x1="{_across(0)}" y1="{_up(0)}" x2="{_across(1)}" y2="{_up(1)}"/>'
    )
    return _svg(WIDTH, HEIGHT, "how often the model is right, by how sure it says it is", drawn)


def matrix(counts: NDArray[np.int64], names: Sequence[str]) -> str:
    """The confusion matrix: a row for each class drawn, a column for each guess, shaded by the share of the row."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    worst = max(float((shares - np.diag(shares.diagonal())).max()), FAINTEST)
    drawn = []
    for row, truth in enumerate(names):
        y = NAMES + row * CELL
        drawn.append(
            f'<text class="name" x="{NAMES - 8}" y="{y + CELL / 2 + 4}" text-anchor="end">{escape_name(truth)}</text>'
        )
        x = NAMES + row * CELL + CELL / 2 + 4
        drawn.append(
            f'<text class="name" transform="translate({x},{NAMES - 8}) rotate(-90)">{escape_name(truth)}</text>'
        )
        for column, guess in enumerate(names):
            share, right = float(shares[row, column]), row == column
            shade = (
                0.15 + 0.85 * share
                if right
                else (share / worst) ** 0.6
                if share >= FAINTEST
                else 0.0
            )
            told = f"{escape_name(truth)} drawn, {escape_name(guess)} guessed: {times(int(counts[row, column]))}, {percent(share)}"
            box = f'x="{NAMES + column * CELL + 1}" y="{y + 1}" width="{CELL - 2}" height="{CELL - 2}" rx="3"'
            kind = "right" if right else "wrong"
            drawn.append(
                f'<rect class="paper" {box}/><rect class="{kind}" {box} opacity="{shade:.2f}"><title>{told}</title></rect>'
            )
            if share >= FAINTEST:
                place = f'x="{NAMES + column * CELL + CELL / 2}" y="{y + CELL / 2 + 3.5}"'
                on = "on-dark" if shade > HALF else "on-light"
                drawn.append(
                    f'<text class="count {on}" {place}>{max(1, round(100 * share))}</text>'
                )
    side = NAMES + CELL * len(names) + 2
    return _svg(
        side, side, "how often each class was guessed for each class drawn, in percent", drawn
    )


def _round_scale(low: float, high: float) -> tuple[float, float, float]:
    """A scale of round numbers around two values: its ends, and its step."""
    span = max(high - low, 0.01)
    power = 10.0 ** math.floor(math.log10(span / LINES))
    step = next(power * each for each in (1, 2, 5, 10) if span / (power * each) <= LINES)
    bottom = math.floor(low / step + 1e-9) * step
    return bottom, max(math.ceil(high / step - 1e-9) * step, bottom + step), step


def _svg(width: int, height: int, told: str, drawn: Sequence[str]) -> str:
    head = f'<svg role="img" aria-label="{escape(told)}" viewBox="0 0 {width} {height}" style="max-width:{width}px">'
    return head + "".join(drawn) + "</svg>"


def _frame(left: str, below: str) -> str:
    middle = (TOP + HEIGHT - BOTTOM) / 2
    return (
        f'<text class="axis" transform="translate(14,{middle}) rotate(-90)" text-anchor="middle">{escape(left)}</text>'
        f'<text class="axis" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(below)}</text>'
    )


def _tick_left(y: float, text: str) -> str:
    line = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return (
        f'{line}<text class="tick" x="{LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
    )


def _tick_below(x: float, text: str) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{text}</text>'


def _across(share: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _along(epoch: int, epochs: int) -> float:
    return _across((epoch - 1) / (epochs - 1)) if epochs > 1 else _across(0.5)


def _up(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share
