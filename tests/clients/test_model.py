"""The web client computes what Redraw's predictor computes."""

from base64 import b64encode

import numpy as np
import pytest

from emulator.players.sketches import sketch_rows
from pipeline.categories import CATEGORIES
from pipeline.drawings import centroid_crop
from tests.clients._models import dump_head, dump_weights, make_predictor
from tests.clients._node import ask_node, needs_node

pytestmark = needs_node


@pytest.mark.parametrize("classes", [2, 20, 255])
def test_each_probability_is_the_predictor_s(classes: int) -> None:
    model, other = make_predictor(1, classes), make_predictor(2, classes)
    rows = np.concatenate([sketch_rows(name, 2, 3) for name in CATEGORIES])
    drawings = np.concatenate(
        [
            centroid_crop(rows.reshape(-1, 28, 28)),
            np.zeros((1, 28, 28), np.uint8),
            np.full((1, 28, 28), 255, np.uint8),
            np.random.default_rng(0).integers(0, 256, (2, 28, 28), np.uint8),
        ]
    )
    question = {
        "weights": b64encode(dump_weights(model)).decode(),
        "head": b64encode(dump_head(other)).decode(),
        "drawings": [b64encode(drawing.tobytes()).decode() for drawing in drawings],
    }
    answer = ask_node("guess.mjs", question)
    np.testing.assert_allclose(answer["own"], model.probabilities(drawings), rtol=0, atol=1e-5)
    with_other_head = model._replace(head_weights=other.head_weights, head_bias=other.head_bias)
    np.testing.assert_allclose(
        answer["other"], with_other_head.probabilities(drawings), rtol=0, atol=1e-5
    )
    assert len(np.unique(np.argmax(answer["own"], axis=1))) > 1
