"""Players who slant what they draw."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from emulator.players.canvases import player_corrections
from emulator.players.sketches import sketch_rows
from emulator.players.slant import slant


def bar(ground: str) -> bytes:
    """Return a canvas with a vertical bar of black ink, on white or on nothing."""
    canvas = Image.new("RGBA", (280, 280), (255, 255, 255, 255) if ground == "white" else 0)
    canvas.paste((0, 0, 0, 255), (135, 60, 145, 220))
    buffer = io.BytesIO()
    canvas.save(buffer, "PNG")
    return buffer.getvalue()


def ink(png: bytes) -> Any:
    canvas = Image.open(io.BytesIO(png))
    white = Image.new("RGBA", canvas.size, "white")
    return np.asarray(Image.alpha_composite(white, canvas).convert("L")) < 128


@pytest.mark.parametrize("ground", ["white", "nothing"])
def test_a_bar_leans_and_nothing_else_turns_into_ink(ground: str) -> None:
    before, after = ink(bar(ground)), ink(slant(bar(ground)))
    rows = np.flatnonzero(after.any(axis=1))
    top, bottom = (np.flatnonzero(after[row]).mean() for row in (rows[5], rows[-5]))
    # 6 degrees and a shear of a tenth are about a fifth of the height.
    assert abs(top - bottom) / np.ptp(rows) == pytest.approx(0.2, abs=0.04)
    assert after.sum() == pytest.approx(before.sum(), rel=0.1)


def test_slanted_players_say_the_same_of_other_canvases() -> None:
    rows = {"cat": sketch_rows("cat", 3, 0)}
    upright, slanted = (
        [*player_corrections(rows, 8, 1, "v1.0.0", faulty=0, slanted=slanted)]
        for slanted in (False, True)
    )
    assert [each.fields for each in upright] == [each.fields for each in slanted]
    assert all(one.png != other.png for one, other in zip(upright, slanted, strict=True))
