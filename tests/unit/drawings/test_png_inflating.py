"""The fast way to unpack a PNG gives Pillow's pixels; what it cannot unpack, Pillow judges."""

import io
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from pipeline.drawings.png_file import open_png
from pipeline.drawings.png_inflating import store_plainly
from tests._examples import examples
from tests.unit.drawings._canvases import Picture, chunks_of, png_of

HEADER = (5, 4, 8, 2, 0)  # 5 x 4 pixels of 8 bits, red, green and blue
ROWS = bytes(4 * (1 + 5 * 3))


@given(npst.arrays(np.uint8, st.tuples(st.integers(1, 300), st.integers(1, 9), st.just(4))))
@settings(deadline=None, max_examples=examples(40))
def test_pixels_come_out_as_pillow_reads_them(picture: Picture) -> None:
    png = png_of(picture)
    assert np.array_equal(np.asarray(open_png(png)), np.asarray(Image.open(io.BytesIO(png))))


def test_pixels_of_more_than_one_stored_block_come_out_too() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (300, 301, 4), np.uint8)
    assert np.array_equal(np.asarray(open_png(png_of(picture))), picture)


def test_the_content_of_a_stored_stream_is_the_same() -> None:
    packed = b"".join(data for kind, data in chunks_of(png_of(np.ones((9, 7)))) if kind == b"IDAT")
    stored = store_plainly(packed, (7, 9, 8, 0, 0))
    assert stored is not None
    assert zlib.decompress(stored) == zlib.decompress(packed)


@pytest.mark.parametrize(
    ("packed", "header"),
    [
        pytest.param(zlib.compress(ROWS)[:-5], HEADER, id="cut off"),
        pytest.param(zlib.compress(ROWS)[:-1] + b"?", HEADER, id="another checksum"),
        pytest.param(b"no stream", HEADER, id="no stream"),
        pytest.param(b"", HEADER, id="nothing"),
        pytest.param(zlib.compress(ROWS[:-1]), HEADER, id="too few bytes"),
        pytest.param(zlib.compress(ROWS + b"?"), HEADER, id="too many bytes"),
        pytest.param(zlib.compress(ROWS), (*HEADER[:4], 1), id="interlaced"),
        pytest.param(zlib.compress(ROWS), (5, 4, 8, 1, 0), id="no such colours"),
        pytest.param(zlib.compress(bytes(10**7)), (4096, 4096, 8, 6, 0), id="large"),
    ],
)
def test_what_is_not_as_the_header_says_is_left_to_pillow(
    packed: bytes, header: tuple[int, int, int, int, int]
) -> None:
    assert store_plainly(packed, header) is None
