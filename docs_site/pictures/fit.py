"""Pictures of a fit: what it changes of the network, and what it learns from."""

import math

from docs_site.pictures.drawing import draw_arrow, draw_box, draw_picture, draw_text
from pipeline.categories import CATEGORIES
from pipeline.drawings import SIDE
from pipeline.model.network import SHAPES
from pipeline.model.predict import FEATURES
from pipeline.settings import Settings

BOX, STEP, TOP = 150, 180, 60


def draw_layers() -> str:
    """Return the picture of the network: which parameters a retrain keeps, and which it fits."""
    classes = len(CATEGORIES)
    first, second = (math.prod(SHAPES[at]) + math.prod(SHAPES[at + 1]) for at in (0, 2))
    boxes = [
        (("drawing", f"{SIDE} x {SIDE}"), "box"),
        (("convolution", f"{SHAPES[0][-1]} filters", f"{first:,} parameters"), "box"),
        (("convolution", f"{SHAPES[2][-1]} filters", f"{second:,} parameters"), "box"),
        (("features", f"{FEATURES:,} numbers", "kept in a cache"), "box"),
        (("head", f"{classes} classes", f"{(FEATURES + 1) * classes:,} parameters"), "chosen"),
    ]
    parts = [
        draw_box(20 + STEP * number, TOP, BOX, 80, lines, kind=kind)
        for number, (lines, kind) in enumerate(boxes)
    ]
    parts += [
        draw_arrow((20 + STEP * n + BOX, TOP + 40), (20 + STEP * (n + 1), TOP + 40))
        for n in range(len(boxes) - 1)
    ]
    parts += [
        draw_text(20 + STEP, 38, "as they are since the baseline", "soft"),
        draw_text(20 + STEP * 4, 38, "fitted by each run", "blue", bold=True),
    ]
    return draw_picture(
        STEP * 5 + 10,
        166,
        "What a retrain changes of the network",
        "A drawing passes two layers of convolutions, which stay as they are. They make the"
        " features, and the head makes a probability of each class of them. A retrain fits the head"
        " alone.",
        parts,
    )


def draw_parts() -> str:
    """Return the picture of what pulls at the head while it is fitted."""
    fit = Settings(_env_file=None).fit
    boxes = [
        ("Players' answers", f"the newest {fit.most_answers:,}", "each by what it stands for"),
        ("Base rows", f"{fit.base_rows:,} of them", "so that nothing is forgotten"),
        ("The champion", "a pull towards its head", "so that few answers change little"),
    ]
    parts = []
    for number, lines in enumerate(boxes):
        y = 20 + 92 * number
        parts += [
            draw_box(20, y, 250, 76, lines),
            draw_arrow((270, y + 38), (350, y + 38)),
        ]
    parts += [
        draw_box(350, 20, 160, 260, ("One optimum", "found by L-BFGS"), kind="chosen"),
        draw_arrow((510, 150), (570, 150)),
        draw_box(570, 112, 130, 76, ("Challenger", "to the gate")),
    ]
    return draw_picture(
        720,
        300,
        "What a head is fitted to",
        "Three things: the players' answers, base rows, and the champion's head. Together they"
        " have one optimum, which is the challenger's head.",
        parts,
    )
