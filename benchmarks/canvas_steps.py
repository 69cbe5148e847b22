"""Where the processor time of a canvas goes, step by step, beside what a plain reading costs.

    python -m benchmarks.canvas_steps --raw DIR

The same canvases, as players send them, go through `normalize_canvas`, step by step, and through
two shorter ways: decoding the file with Pillow and nothing else, and what the game did: put it on
white, resize it to 28 x 28 with Pillow and centre it. Medians of each step; none uses BLAS.
"""

import argparse
import io
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import ParamSpec, TypeVar

import numpy as np
from PIL import Image

from benchmarks.canvas import read_test_drawings, resize_as_the_game
from emulator.players.canvases import canvas_png
from pipeline.drawings import Images, centroid_crop, normalize_canvas
from pipeline.drawings.canvas_file import Canvas, read_canvas
from pipeline.drawings.ink import find_ink
from pipeline.drawings.layers import lay_on_sheets
from pipeline.drawings.pen import redraw_with_standard_pen
from pipeline.drawings.scribble import is_scribble
from pipeline.drawings.specks import remove_specks

SEED = 1
ROUNDS = 3
Inputs = ParamSpec("Inputs")
Result = TypeVar("Result")


class Clock:
    """The processor time of this thread, in ms, by step."""

    def __init__(self) -> None:
        self.times: defaultdict[str, list[float]] = defaultdict(list)

    def measure(
        self,
        step: str,
        function: Callable[Inputs, Result],
        *inputs: Inputs.args,
        **named: Inputs.kwargs,
    ) -> Result:
        """Return the function's result, and note its time."""
        start = time.thread_time()
        result = function(*inputs, **named)
        self.times[step].append(1e3 * (time.thread_time() - start))
        return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--canvases", type=int, default=400)
    options = parser.parse_args()
    rng = np.random.default_rng(SEED)
    bitmaps, _ = read_test_drawings(options.raw, options.canvases)
    pngs = [canvas_png(row, rng) for row in bitmaps]
    clock = Clock()
    for _ in range(ROUNDS):
        for png in pngs:  # one after the other, so that a busy machine slows all alike
            clock.measure("normalize_canvas", normalize_canvas, png)
            clock.measure("Pillow alone: decode", decode, png)
            clock.measure("the game: decode, resize, centre", resize, png)
            measure_steps(clock, png)
    print(f"{len(pngs):,} canvases, {ROUNDS} rounds; ms of processor time, median")
    for step, times in clock.times.items():
        print(f"{step:36} {median(times):6.2f}")


def measure_steps(clock: Clock, png: bytes) -> None:
    """Do what `normalize_canvas` does, and note each step; the canvas has ink and no noise."""
    canvas = clock.measure("  read", read_canvas, png)
    sheet = clock.measure("  lay on its sheet", take_first_sheet, canvas)
    found = clock.measure("  find the ink", find_ink, sheet)
    if found is None:
        return
    shape = clock.measure("  remove specks", remove_specks, *found)
    clock.measure("  noise?", is_scribble, shape)
    drawn = clock.measure("  redraw with the standard pen", redraw_with_standard_pen, shape)
    clock.measure("  centre", centroid_crop, drawn[None])


def take_first_sheet(canvas: Canvas) -> Images:
    """Return the likeliest sheet of a canvas."""
    return next(lay_on_sheets(canvas))


def decode(png: bytes) -> Image.Image:
    """Decode a PNG to RGBA."""
    return Image.open(io.BytesIO(png)).convert("RGBA")


def resize(png: bytes) -> Images:
    """Return the drawing as the game made it."""
    drawing: Images = centroid_crop(resize_as_the_game(png)[None])[0]
    return drawing


if __name__ == "__main__":
    main()
