"""Centring is bit for bit the plain reference; a canvas becomes a drawing or an InvalidDrawing, whatever its bytes."""

import io
import struct
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from emulator.players.canvases import blank_png, canvas_png
from emulator.players.sketches import sketch_rows
from pipeline.drawings import centroid_crop, normalize_canvas
from pipeline.errors import InvalidDrawing
from tests._examples import examples

Picture = NDArray[np.uint8]
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def reference_crop(image: Picture) -> Picture:
    """DESIGN 3.3, in the fewest words."""
    rows, columns = np.nonzero(image > 25)
    if not len(rows):
        return image
    rolled: Picture = np.roll(image, (14 - int(rows.mean()), 14 - int(columns.mean())), (0, 1))
    return rolled


def png_of(picture: Any, mode: str = "L", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(picture, np.uint8), mode if mode != "RGBA" else None).save(
        buffer, "PNG", **options
    )
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, depth: int = 8, colour: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def chunks_of(png: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        found.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def canvas(side: int = 60) -> Picture:
    """White ink on black: a ring with a tail."""
    y, x = np.mgrid[:side, :side]
    away = np.hypot(y - side / 2, x - side / 2)
    ink = (np.abs(away - side / 4) < 2) | (
        (np.abs(y - side / 2) < 1) & (x > side / 2) & (x < side - 8)
    )
    return ink.astype(np.uint8) * 255


def reason_for(png: bytes) -> str:
    with pytest.raises(InvalidDrawing) as refused:
        normalize_canvas(png)
    assert "\n" not in str(refused.value)
    return refused.value.reason


def outcome(png: bytes) -> None:
    """Whatever the bytes are: a drawing, or InvalidDrawing. Any other error fails the test."""
    try:
        drawing = normalize_canvas(png)
    except InvalidDrawing as fault:
        assert fault.reason in {"unreadable_image", "blank", "scribble"}  # noqa: PT017
    else:
        assert (drawing.shape, drawing.dtype) == ((28, 28), np.uint8)
        assert drawing.max() > 25


# Centring


@given(npst.arrays(np.uint8, st.tuples(st.integers(0, 4), st.just(28), st.just(28))))
@settings(deadline=None, max_examples=examples(50))
def test_centring_equals_the_plain_reference_bit_for_bit(images: Picture) -> None:
    cropped = centroid_crop(images)
    assert cropped.dtype == np.uint8
    assert np.array_equal(
        cropped,
        np.array([reference_crop(image) for image in images], np.uint8).reshape(images.shape),
    )


@given(
    st.lists(st.tuples(st.integers(0, 27), st.integers(0, 27), st.integers(0, 255)), max_size=12)
)
@settings(deadline=None)
@example([(0, 0, 25)])
@example([(0, 0, 26)])
@example([(27, 27, 255)])
def test_centring_sparse_ink_equals_the_plain_reference(dots: list[tuple[int, int, int]]) -> None:
    image = np.zeros((28, 28), np.uint8)
    for row, column, value in dots:
        image[row, column] = value
    assert np.array_equal(centroid_crop(image[None])[0], reference_crop(image))


def test_centring_thousands_of_random_drawings_equals_the_plain_reference() -> None:
    rng = np.random.default_rng(0)
    images = (
        rng.integers(0, 256, (3000, 28, 28))
        * (rng.random((3000, 28, 28)) < rng.random((3000, 1, 1)))
    ).astype(np.uint8)
    assert np.array_equal(
        centroid_crop(images), np.array([reference_crop(image) for image in images])
    )


def test_a_drawing_without_ink_is_unchanged_by_centring() -> None:
    faint = np.zeros((1, 28, 28), np.uint8)
    faint[0, 3, 4] = 25
    assert np.array_equal(centroid_crop(faint), faint)


def test_centring_leaves_its_argument_alone() -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
    before = images.copy()
    centroid_crop(images)[:] = 0
    assert np.array_equal(images, before)


# Canvases that are refused


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "BMP", "WEBP"])
def test_a_picture_that_is_no_png_is_unreadable(kind: str) -> None:
    buffer = io.BytesIO()
    Image.fromarray(canvas()).save(buffer, kind)
    assert reason_for(buffer.getvalue()) == "unreadable_image"


@pytest.mark.parametrize(
    "data", [b"", b"\x89", SIGNATURE, b"<svg/>", b"\x00" * 1000, SIGNATURE + b"\xff" * 50]
)
def test_bytes_that_are_no_picture_are_unreadable(data: bytes) -> None:
    assert reason_for(data) == "unreadable_image"


def test_a_png_that_asks_for_12000_by_12000_pixels_is_refused_without_the_memory() -> None:
    bomb = (
        SIGNATURE
        + header(12000, 12000)
        + chunk(b"IDAT", zlib.compress(bytes(12001 * 12000)))
        + chunk(b"IEND", b"")
    )
    tracemalloc.start()
    try:
        assert reason_for(bomb) == "unreadable_image"
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.filterwarnings("ignore:Image size")
def test_a_second_header_cannot_smuggle_in_a_bomb() -> None:
    pixels = chunk(b"IDAT", zlib.compress(bytes(100)))
    assert (
        reason_for(SIGNATURE + header(28, 28) + header(12000, 12000) + pixels + chunk(b"IEND", b""))
        == "unreadable_image"
    )


@pytest.mark.parametrize(
    ("width", "height"), [(0, 28), (28, 0), (2049, 28), (28, 2049), (2**31 - 1, 1), (2**32 - 1, 3)]
)
def test_a_size_that_is_not_read_is_refused_by_the_header_alone(width: int, height: int) -> None:
    assert reason_for(SIGNATURE + header(width, height)) == "unreadable_image"


def test_a_canvas_of_16_bits_a_channel_is_refused() -> None:
    buffer = io.BytesIO()
    Image.fromarray(canvas().astype(np.uint16) * 257).save(buffer, "PNG")
    assert reason_for(buffer.getvalue()) == "unreadable_image"


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_a_text_or_profile_that_unpacks_to_megabytes_is_never_unpacked(kind: bytes) -> None:
    head = {b"zTXt": b"k\0\0", b"iTXt": b"k\0\1\0\0\0", b"iCCP": b"k\0\0"}[kind]
    bomb = chunk(kind, head + zlib.compress(bytes(50_000_000)))
    parts = [chunk(*each) for each in chunks_of(png_of(canvas()))]
    tracemalloc.start()
    try:
        drawing = normalize_canvas(SIGNATURE + parts[0] + bomb * 20 + b"".join(parts[1:]))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert np.array_equal(drawing, normalize_canvas(png_of(canvas())))


def test_an_animation_is_refused() -> None:
    buffer = io.BytesIO()
    frames = [Image.fromarray(canvas()), Image.fromarray(255 - canvas())]
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
    assert reason_for(buffer.getvalue()) == "unreadable_image"


def test_a_canvas_cut_off_anywhere_is_unreadable() -> None:
    png = png_of(canvas())
    for length in range(len(png)):
        assert reason_for(png[:length]) == "unreadable_image", length


@pytest.mark.parametrize(
    "png",
    [
        pytest.param(blank_png(), id="white"),
        pytest.param(png_of(np.zeros((280, 280, 4)), "RGBA"), id="transparent"),
        pytest.param(png_of(np.zeros((280, 280))), id="black"),
        pytest.param(png_of(np.full((40, 40), 128)), id="grey"),
        pytest.param(png_of(np.full((1, 1), 0)), id="one pixel"),
    ],
)
def test_a_canvas_without_ink_is_blank(png: bytes) -> None:
    assert reason_for(png) == "blank"


@given(st.binary(max_size=300), st.booleans())
@settings(deadline=None, max_examples=examples(200))
def test_random_bytes_never_raise_anything_but_invalid_drawing(data: bytes, signed: bool) -> None:
    outcome(SIGNATURE + data if signed else data)


@given(st.data())
@settings(deadline=None, max_examples=examples(300))
def test_a_png_with_flipped_bits_never_raises_anything_but_invalid_drawing(data: Any) -> None:
    png = bytearray(png_of(canvas()))
    for _ in range(data.draw(st.integers(1, 4))):
        bit = data.draw(st.integers(0, 8 * len(png) - 1))
        png[bit // 8] ^= 1 << bit % 8
    outcome(bytes(png))


KINDS = st.sampled_from(
    b"PLTE tRNS IDAT gAMA iCCP tEXt zTXt iTXt acTL fcTL fdAT pHYs cHRM sRGB eXIf IEND xxxx".split(),
)


@given(
    st.integers(0, 40),
    st.integers(0, 40),
    st.sampled_from([1, 2, 4, 8]),
    st.sampled_from([0, 2, 3, 4, 6]),
    st.lists(st.tuples(KINDS, st.binary(max_size=60), st.booleans()), max_size=4),
)
@settings(deadline=None, max_examples=examples(300))
@pytest.mark.filterwarnings("ignore:Invalid APNG")
def test_well_summed_chunks_of_any_content_never_raise_anything_but_invalid_drawing(
    width: int, height: int, depth: int, colour: int, parts: list[tuple[bytes, bytes, bool]]
) -> None:
    body = b"".join(
        chunk(kind, zlib.compress(data) if packed else data) for kind, data, packed in parts
    )
    pixels = chunk(b"IDAT", zlib.compress(bytes(range(256)) * 40))
    outcome(SIGNATURE + header(width, height, depth, colour) + body + pixels + chunk(b"IEND", b""))


# Canvases that become drawings


def on_white(ink: Picture) -> bytes:
    return png_of(255 - ink)


def on_transparent(ink: Picture) -> bytes:
    picture = np.zeros((*ink.shape, 4), np.uint8)
    picture[..., 3] = ink
    return png_of(picture, "RGBA")


def white_on_transparent(ink: Picture) -> bytes:
    picture = np.full((*ink.shape, 4), 255, np.uint8)
    picture[..., 3] = ink
    return png_of(picture, "RGBA")


@pytest.mark.parametrize("polarity", [on_white, on_transparent, white_on_transparent])
def test_ink_of_every_polarity_gives_the_same_drawing(polarity: Callable[[Picture], bytes]) -> None:
    assert np.array_equal(normalize_canvas(polarity(canvas())), normalize_canvas(png_of(canvas())))


@given(st.integers(0, 140), st.integers(0, 140))
@settings(deadline=None, max_examples=examples(40))
def test_where_on_the_canvas_the_ink_lies_makes_no_difference(down: int, right: int) -> None:
    sheet = np.zeros((202, 202), np.uint8)
    sheet[1 + down : 61 + down, 1 + right : 61 + right] = canvas()
    assert np.array_equal(normalize_canvas(on_white(sheet)), normalize_canvas(on_white(canvas())))


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=examples(30))
def test_a_players_canvas_becomes_a_drawing_with_full_ink(seed: int) -> None:
    row = sketch_rows("cat", 1, seed)[0].reshape(28, 28)
    drawing = normalize_canvas(canvas_png(row, np.random.default_rng(seed)))
    assert (drawing.shape, drawing.dtype, drawing.max()) == ((28, 28), np.uint8, 255)


@pytest.mark.parametrize("pen", [1, 4, 11, 20])
def test_a_line_is_as_long_and_as_wide_as_google_draws_it(pen: int) -> None:
    sheet = np.zeros((400, 300), np.uint8)
    sheet[10:390, 100 : 100 + pen] = 255
    drawing = normalize_canvas(png_of(sheet)) / 255
    width, length = drawing.sum(axis=1).max(), drawing.max(axis=1).sum() / drawing.max()
    assert abs(width - 28 * 16 / 304) < 0.35
    assert abs(length - 28 * 272 / 304) < 0.5


def test_two_dots_on_the_largest_canvas_are_a_drawing() -> None:
    sheet = np.zeros((2048, 2048), np.uint8)
    sheet[2, 2] = sheet[2045, 2045] = 255
    assert ndimage.label(normalize_canvas(png_of(sheet)))[1] == 2


@given(st.integers(3, 120), st.integers(3, 120), st.integers(0, 2**32))
@settings(deadline=None, max_examples=examples(40))
def test_ink_of_any_shape_becomes_a_drawing_or_is_refused(
    height: int, width: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    ink = np.zeros((height, width), np.uint8)
    ink[1:-1, 1:-1] = (rng.random((height - 2, width - 2)) < 0.05) * 255
    ink[1, 1] = 255
    outcome(png_of(ink))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_every_colour_mode_of_8_bits_gives_the_same_drawing(mode: str) -> None:
    buffer = io.BytesIO()
    Image.fromarray(canvas()).convert(mode).save(buffer, "PNG")
    assert np.array_equal(normalize_canvas(buffer.getvalue()), normalize_canvas(png_of(canvas())))


@pytest.mark.skipif(
    sys.platform != "linux", reason="the peak of one process alone is read from /proc"
)
def test_a_process_that_reads_the_largest_canvas_full_of_noise_stays_below_300_megabytes() -> None:
    # Not getrusage: a child's ru_maxrss begins with the peak of the process that forked it, which may have loaded TensorFlow.
    script = (
        "import io, numpy as np; from contextlib import suppress; from pathlib import Path; from PIL import Image\n"
        "from pipeline.drawings import normalize_canvas; from pipeline.errors import InvalidDrawing\n"
        "b = io.BytesIO(); a = np.random.default_rng(0).integers(0, 256, (2048, 2048, 4), np.uint8)\n"
        "Image.fromarray(a).save(b, 'PNG', compress_level=0); del a\n"
        "with suppress(InvalidDrawing): normalize_canvas(b.getvalue())\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    used = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert int(used.stdout) * 1024 < 300_000_000
