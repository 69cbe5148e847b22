"""Guess one drawing as `redraw.js` does: the same label, classes and question to the player."""

import base64

import numpy as np

from pipeline.drawings import Images
from pipeline.pages.pictures import encode_png
from pipeline.records.corrections import Asked
from pipeline.versions.asking import decide_asking
from service.schemas.predict import Ask, Guess, LikelyClass
from service.versions.predictors import Serving


def guess(
    serving: Serving, drawing: Images, drawing_id: str, player: str | None, top: int
) -> Guess:
    """Return what a drawing shows, and whether to ask its player.

    Args:
        serving: the versions that guess.
        drawing: uint8 `(28, 28)`.
        drawing_id: decides on the audit.
        player: decides on a trial; None: unknown.
        top: how many classes to list.
    """
    shown, beside = serving.choose(player)
    probabilities = shown.model.probabilities(drawing)
    tried = None if beside is None else beside.model.probabilities(drawing)
    asking = decide_asking(shown.policy, probabilities, shown.categories, drawing_id, tried)
    # Of equal probabilities the first class comes first, as in JavaScript.
    best = np.argsort(-probabilities, kind="stable")[:top].tolist()
    likely = [
        LikelyClass(label=shown.categories[place], confidence=float(probabilities[place]))
        for place in best
    ]
    other = None
    if tried is not None and beside is not None and tried.argmax() != best[0]:
        other = beside.categories[int(tried.argmax())]
    return Guess(
        drawing_id=drawing_id,
        label=likely[0].label,
        confidence=likely[0].confidence,
        top=likely,
        version=shown.version,
        ask=None
        if asking.asked is Asked.NONE or asking.chance is None
        else Ask(reason=asking.asked, chance=asking.chance),
        other=other,
    )


def write_png(drawing: Images) -> str:
    """Return a drawing, uint8 `(28, 28)`, as a PNG in base64."""
    return base64.b64encode(encode_png(drawing)).decode()
