"""Canvases of large screens and of 16 bits a channel are read in bounded memory."""

import io
import subprocess
import sys
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from pipeline.drawings import normalize_canvas
from tests.unit.drawings._canvases import (
    SIGNATURE,
    Picture,
    canvas,
    chunk,
    difference,
    header,
    png_of,
)

SAME = 12.0  # grey levels, mean, as in test_canvas_laws
GREY, COLOUR, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 4, 6
DEEP = 16  # bits a channel
LARGEST = 300_000_000  # bytes, of a process that reads a canvas
PEAK = """
import sys
from contextlib import suppress
from pathlib import Path
from pipeline.drawings import normalize_canvas
from pipeline.errors import InvalidDrawing
with suppress(InvalidDrawing):
    normalize_canvas(sys.stdin.buffer.read())
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def on_screen(width: int, height: int, mode: str = "RGB") -> bytes:
    """The canvas of 120 x 120, enlarged and placed in the middle of a screen, black on white."""
    side = min(width, height) // 120 * 120
    drawn = Image.fromarray(255 - canvas(120)).resize((side, side), Image.Resampling.NEAREST)
    screen = Image.new("L", (width, height), 255)
    screen.paste(drawn, ((width - side) // 2, (height - side) // 2))
    buffer = io.BytesIO()
    screen.convert(mode).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("width", "height", "mode"),
    [
        pytest.param(2560, 1440, "RGBA", marks=pytest.mark.slow),
        pytest.param(1170, 2532, "RGB", marks=pytest.mark.slow),
        (2049, 300, "P"),
        pytest.param(4096, 2160, "L", marks=pytest.mark.slow),
        (8192, 240, "1"),
    ],
)
def test_a_canvas_of_a_large_screen_gives_the_drawing_of_a_small_one(
    width: int, height: int, mode: str
) -> None:
    drawing = normalize_canvas(on_screen(width, height, mode))
    assert difference(drawing, normalize_canvas(png_of(255 - canvas(120)))) <= SAME


def test_transparent_pixels_of_a_large_canvas_have_no_colour() -> None:
    picture = np.zeros((2400, 2400, 4), np.uint8)
    picture[..., :3] = (0, 200, 0)
    ink = np.kron(canvas(120), np.ones((20, 20), np.uint8))
    picture[ink > 0] = (0, 0, 0, 255)
    drawing = normalize_canvas(png_of(picture))
    assert difference(drawing, normalize_canvas(png_of(canvas(120)))) <= SAME


def test_two_dots_on_a_canvas_of_2048_are_a_drawing() -> None:
    sheet = np.zeros((2048, 2048), np.uint8)
    sheet[2, 2] = sheet[2045, 2045] = 255
    assert ndimage.label(normalize_canvas(png_of(sheet)))[1] == 2


def deep_png(ink: Picture, colour: int) -> bytes:
    """A PNG of 16 bits a channel: white ink on black, or black ink with the rest transparent."""
    wide = ink.astype(">u2") * 257
    alpha = colour in {GREY_ALPHA, COLOUR_ALPHA}
    channels = 3 if colour in {COLOUR, COLOUR_ALPHA} else 1
    planes = [wide * (not alpha)] * channels + [wide] * alpha
    rows = np.stack(planes, axis=-1).astype(">u2").reshape(len(ink), -1)
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    return (
        SIGNATURE
        + header(ink.shape[1], ink.shape[0], DEEP, colour)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("colour", [GREY, COLOUR, GREY_ALPHA, COLOUR_ALPHA])
def test_a_canvas_of_16_bits_gives_the_drawing_of_one_of_8(colour: int) -> None:
    assert np.array_equal(
        normalize_canvas(deep_png(canvas(), colour)), normalize_canvas(png_of(canvas()))
    )


def plain_png(side: int, depth: int, colour: int, values: int) -> bytes:
    """The header and pixels of a plain canvas; each row has `values` bytes."""
    packer = zlib.compressobj(1)
    row = b"\0" + b"\7" * values
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return (
        SIGNATURE + header(side, side, depth, colour) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def noise_png() -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (2048, 2048, 4), np.uint8)
    return png_of(noise)


def colours_png() -> bytes:
    """Squares of 24 colours, which are all compared with each other."""
    side = np.arange(2048) // 40
    colours = np.random.default_rng(1).integers(0, 256, (24, 3), np.uint8)
    return png_of(colours[np.add.outer(side, 7 * side) % 24])


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux", reason="the peak of one process alone is read from /proc"
)
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda: plain_png(4096, DEEP, COLOUR_ALPHA, 8 * 4096), id="most pixels"),
        pytest.param(colours_png, id="many colours"),
        pytest.param(noise_png, id="noise", marks=pytest.mark.slow),
    ],
)
def test_a_process_that_reads_the_largest_canvas_stays_below_300_megabytes(
    data: Callable[[], bytes],
) -> None:
    # Not getrusage: a child's ru_maxrss begins with the peak of the process that forked it, which
    # may have loaded TensorFlow.
    used = subprocess.run(
        [sys.executable, "-c", PEAK],
        input=data(),
        check=True,
        capture_output=True,
    )
    assert int(used.stdout) * 1024 < LARGEST
