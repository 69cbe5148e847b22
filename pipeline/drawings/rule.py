"""The rule by which a canvas becomes a drawing: its number, and the rule itself as plain data."""

from pipeline.drawings import distances, pen, resizing
from pipeline.drawings.arrays import SIDE
from pipeline.drawings.centring import CENTRE, INK_THRESHOLD
from pipeline.drawings.pixel_budget import MAX_CANVAS_SIDE, MAX_PIXELS, WORKING_LIMIT

RULE_VERSION = 2
"""Raise it with every change that gives any canvas other bytes (docs/canvas.md).

1 was computed by Pillow's resizing, and its bytes depended on Pillow's version."""
FIRST_RULE = 1
"""What holds where no number is recorded."""


def describe_rule() -> dict[str, object]:
    """Return the rule as data for JSON: for clients, and so that a change shows in a manifest."""
    return {
        "rule": RULE_VERSION,
        "canvas": {
            "formats": ["png", "jpeg"],
            "maxSide": MAX_CANVAS_SIDE,
            "maxPixels": MAX_PIXELS,
            "workingSide": WORKING_LIMIT,
        },
        "inkThreshold": INK_THRESHOLD,
        "pen": {
            "workingSide": pen.WORKING_SIDE,
            "margin": pen.MARGIN,
            "partsOfAPixel": distances.UNIT,
            "quantile": pen.PEN_QUANTILE,
            "largestHalf": pen.MAX_HALF_PEN,
            "box": pen.BOX_SIDE,
            "width": pen.PEN_WIDTH,
            "paper": pen.PAPER_SIDE,
        },
        "resizing": {"bits": resizing.BITS, "passes": ["rows", "columns"]},
        "centring": {"method": "centroid", "centre": CENTRE, "integerPart": True},
        "input": {
            "shape": [SIDE, SIDE, 1],
            "dtype": "float32",
            "range": [0, 1],
            "divideBy": 255,
            "ink": "white on black",
        },
    }
