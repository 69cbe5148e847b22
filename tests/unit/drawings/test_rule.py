"""The rule has a number: a change of any pixel of its results has to raise it."""

import hashlib
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.drawings import normalize_canvas, render_strokes
from pipeline.drawings.rule import RULE_VERSION, describe_rule
from tests._examples import examples
from tests.unit.drawings._canvases import Picture, png_of
from tests.unit.drawings._made import made_canvases, scrawl

# Of all results below. They may only change together with RULE_VERSION, and with the golden
# drawings of clients/web.
DIGESTS = {2: "fca5f1c565af81db0ad20f633623448a88974cff32d29dc63db8d2c754082a6e"}
STROKES = [
    [{"x": [0, 30, 55, 20], "y": [10, 90, 40, 5]}, {"x": [60, 61], "y": [80, 95]}],
    [{"x": [7], "y": [7]}],
    [{"x": [0.5, 1000.25], "y": [3, 4]}, {"x": [400, 500, 700.125], "y": [-300, 200, 350]}],
]


@pytest.mark.slow
def test_the_same_canvases_give_the_same_bytes_as_long_as_the_rule_has_the_same_number() -> None:
    state = hashlib.sha256()
    for name, picture in made_canvases():
        drawing = normalize_canvas(png_of(picture))
        assert drawing.max() > 200, name
        state.update(drawing.tobytes())
    for strokes in STROKES:
        state.update(render_strokes(strokes).tobytes())
    assert state.hexdigest() == DIGESTS[RULE_VERSION]


def test_the_rule_as_data_is_json_and_says_its_number() -> None:
    assert json.loads(json.dumps(describe_rule())) == describe_rule()
    assert describe_rule()["rule"] == RULE_VERSION


def in_mode(picture: Picture, mode: str) -> bytes:
    """A PNG of a grey picture, in the mode."""
    if mode == "RGBA":
        return png_of(np.dstack([picture] * 3 + [np.full_like(picture, 255)]))
    if mode == "LA":
        return png_of(np.dstack([picture, np.full_like(picture, 255)]))
    if mode == "RGB":
        return png_of(np.dstack([picture] * 3))
    return png_of(picture) if mode == "L" else palette_png(picture)


def palette_png(picture: Picture) -> bytes:
    indexed = Image.fromarray(255 - picture)
    indexed.putpalette(np.repeat(np.arange(256, dtype=np.uint8)[::-1], 3).tobytes())
    buffer = io.BytesIO()
    indexed.save(buffer, "PNG")
    return buffer.getvalue()


@given(
    st.integers(0, 2**32),
    st.integers(40, 120),
    st.integers(40, 120),
    st.sampled_from(["RGB", "RGBA", "LA", "P"]),
)
@settings(deadline=None, max_examples=examples(25))
def test_a_picture_gives_the_same_drawing_in_every_mode_of_a_png(
    seed: int, height: int, width: int, mode: str
) -> None:
    picture = 230 - scrawl(height, width, 4, seed) // 2
    if np.ptp(picture):
        assert np.array_equal(
            normalize_canvas(in_mode(picture, mode)), normalize_canvas(in_mode(picture, "L"))
        )
