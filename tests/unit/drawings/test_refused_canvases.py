"""A canvas that cannot be used is refused with its reason, whatever its bytes are."""

import io
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from emulator.players.canvases import blank_png
from pipeline.drawings import normalize_canvas
from tests._examples import examples
from tests.unit.drawings._canvases import (
    SIGNATURE,
    assert_drawing_or_refusal,
    canvas,
    chunk,
    chunks_of,
    header,
    png_of,
    reason_for,
)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP"])
def test_a_picture_that_is_neither_png_nor_jpeg_is_unreadable(kind: str) -> None:
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
    ("width", "height"),
    [(0, 28), (28, 0), (8193, 28), (28, 8193), (4097, 4096), (2**31 - 1, 1), (2**32 - 1, 3)],
)
def test_a_size_that_is_not_read_is_refused_by_the_header_alone(width: int, height: int) -> None:
    assert reason_for(SIGNATURE + header(width, height)) == "unreadable_image"


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_a_text_or_profile_that_unpacks_to_megabytes_is_never_unpacked(kind: bytes) -> None:
    head = {b"zTXt": b"k\0\0", b"iTXt": b"k\0\1\0\0\0", b"iCCP": b"k\0\0"}[kind]
    bomb = chunk(kind, head + zlib.compress(bytes(50_000_000)))
    parts = [chunk(*part) for part in chunks_of(png_of(canvas()))]
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
        pytest.param(png_of(np.zeros((280, 280, 4))), id="transparent"),
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
    assert_drawing_or_refusal(SIGNATURE + data if signed else data)


@given(st.data())
@settings(deadline=None, max_examples=examples(300))
def test_a_png_with_flipped_bits_never_raises_anything_but_invalid_drawing(data: Any) -> None:
    png = bytearray(png_of(canvas()))
    for _ in range(data.draw(st.integers(1, 4))):
        bit = data.draw(st.integers(0, 8 * len(png) - 1))
        png[bit // 8] ^= 1 << bit % 8
    assert_drawing_or_refusal(bytes(png))


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
    assert_drawing_or_refusal(
        SIGNATURE + header(width, height, depth, colour) + body + pixels + chunk(b"IEND", b"")
    )
