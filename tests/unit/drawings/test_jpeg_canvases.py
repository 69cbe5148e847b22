"""JPEG canvases are read like PNGs, and no JPEG can make the reader do more than it should."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.drawings import normalize_canvas
from tests._examples import examples
from tests.unit.drawings._canvases import (
    Picture,
    assert_drawing_or_refusal,
    canvas,
    difference,
    png_of,
    reason_for,
)

SAME = 12.0  # grey levels, mean, as in test_canvas_laws; JPEG blurs edges
SIZE = struct.pack(">HH", 120, 120)  # as the frame's header has it


def jpeg_of(picture: Picture, mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).convert(mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


DRAWN = 255 - canvas(120)
JPEG = jpeg_of(DRAWN)
PROGRESSIVE = jpeg_of(DRAWN, progressive=True)
EXIF = Image.Exif()
EXIF[0x0112] = 6  # turned by a quarter


@pytest.mark.parametrize(
    "jpeg",
    [
        pytest.param(JPEG, id="baseline"),
        pytest.param(PROGRESSIVE, id="progressive"),
        pytest.param(jpeg_of(DRAWN, "L"), id="grey"),
        pytest.param(jpeg_of(DRAWN, quality=30), id="low quality"),
        pytest.param(jpeg_of(DRAWN, subsampling=0, quality=95), id="high quality"),
        pytest.param(jpeg_of(DRAWN, restart_marker_rows=1), id="restart marks"),
        pytest.param(jpeg_of(DRAWN, exif=EXIF.tobytes()), id="turned by its EXIF"),
        pytest.param(jpeg_of(DRAWN, comment=b"x" * 5000), id="comment"),
        pytest.param(JPEG + b"a second picture", id="more after its end"),
    ],
)
def test_a_jpeg_gives_the_drawing_of_the_same_png(jpeg: bytes) -> None:
    assert difference(normalize_canvas(jpeg), normalize_canvas(png_of(DRAWN))) <= SAME


@pytest.mark.parametrize("jpeg", [JPEG, PROGRESSIVE], ids=["baseline", "progressive"])
@pytest.mark.parametrize("size", [(0, 120), (120, 0), (8193, 8), (5000, 5000), (65535, 65535)])
def test_a_size_that_is_not_read_is_refused_by_the_header(
    jpeg: bytes, size: tuple[int, int]
) -> None:
    assert jpeg.count(SIZE) == 1
    assert reason_for(jpeg.replace(SIZE, struct.pack(">HH", *size))) == "unreadable_image"


def test_a_jpeg_of_many_scans_is_refused_undecoded() -> None:
    scan = PROGRESSIVE.rindex(b"\xff\xda")
    many = PROGRESSIVE[:scan] + PROGRESSIVE[scan:-2] * 1000 + PROGRESSIVE[-2:]
    assert reason_for(many) == "unreadable_image"


def test_a_jpeg_for_print_is_refused() -> None:
    assert reason_for(jpeg_of(DRAWN, "CMYK")) == "unreadable_image"


@pytest.mark.parametrize("kind", [0xC3, 0xC9, 0xCA], ids="{:x}".format)
def test_a_jpeg_of_a_rare_kind_is_refused(kind: int) -> None:
    assert reason_for(JPEG.replace(b"\xff\xc0", bytes([0xFF, kind]))) == "unreadable_image"


def test_a_second_frame_cannot_smuggle_in_a_larger_size() -> None:
    start = JPEG.index(b"\xff\xc0")
    frame = JPEG[start : start + 19]
    larger = frame.replace(SIZE, struct.pack(">HH", 60_000, 60_000))
    assert reason_for(JPEG[:start] + frame + larger + JPEG[start + 19 :]) == "unreadable_image"


def test_a_jpeg_cut_off_anywhere_is_unreadable() -> None:
    for length in range(3, len(JPEG), 7):
        assert reason_for(JPEG[:length]) == "unreadable_image", length


@given(st.data())
@settings(deadline=None, max_examples=examples(300))
def test_a_jpeg_with_flipped_bits_never_raises_anything_but_invalid_drawing(data: Any) -> None:
    jpeg = bytearray(data.draw(st.sampled_from([JPEG, PROGRESSIVE])))
    for _ in range(data.draw(st.integers(1, 4))):
        bit = data.draw(st.integers(0, 8 * len(jpeg) - 1))
        jpeg[bit // 8] ^= 1 << bit % 8
    assert_drawing_or_refusal(bytes(jpeg))


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=examples(200))
def test_random_bytes_after_a_jpeg_s_mark_never_raise_anything_but_invalid_drawing(
    data: bytes,
) -> None:
    assert_drawing_or_refusal(b"\xff\xd8\xff" + data)


def test_a_jpeg_twice_as_large_as_what_is_worked_on_gives_the_same_drawing() -> None:
    large = np.kron(DRAWN, np.ones((20, 20), np.uint8))
    assert difference(normalize_canvas(jpeg_of(large)), normalize_canvas(png_of(DRAWN))) <= SAME
