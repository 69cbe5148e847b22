"""How people draw faces and eyes: one function a class, with its usual variants."""

from collections.abc import Callable

import numpy as np

from emulator.players.shapes import CENTRE, Hand, Stroke, at_angle


def _eye(hand: Hand) -> list[Stroke]:
    up, low = hand.uniform(0.2, 0.34), hand.uniform(0.14, 0.3)
    lid = hand.arc(CENTRE, (0.5, up), 0.5, 1.0)
    below = hand.arc(CENTRE, (0.5, low), 0.0, 0.5)
    # The corners of an eye are pointed: an ellipse that gets flatter towards its ends.
    for edge in (lid, below):
        edge[:, 1] = 0.5 + (edge[:, 1] - 0.5) * (1 - 0.5 * np.abs(2 * edge[:, 0] - 1) ** 2)
    iris = min(up, low) * hand.uniform(0.65, 0.95)
    x = hand.uniform(0.45, 0.55)
    strokes = [lid, below, hand.ring((x, 0.49), iris)]
    if hand.chance(0.75):
        pupil = iris * hand.uniform(0.2, 0.45)
        filled = hand.scribble((x, 0.49), (pupil, pupil), 6)
        strokes.append(filled if hand.chance(0.5) else hand.ring((x, 0.49), pupil))
    if hand.chance(0.55):
        lashes = hand.integer(4, 8)
        for lash in range(lashes):
            angle = 0.58 + 0.34 * lash / (lashes - 1)
            longer = (0.66, up * 0.92 + hand.uniform(0.1, 0.18))
            strokes.append(
                hand.line(
                    at_angle(CENTRE, (0.5, up * 0.92), angle), at_angle(CENTRE, longer, angle)
                )
            )
    elif hand.chance(0.3):
        strokes.append(hand.arc((0.5, 0.45 - up), (0.45, 0.14), 0.55, 0.95))
    return strokes


def _smiley_face(hand: Hand) -> list[Stroke]:
    strokes = []
    apart, up = hand.uniform(0.13, 0.2), hand.uniform(0.32, 0.42)
    eyes = hand.choose(dots=0.4, lines=0.35, rings=0.25)
    for x in (0.5 - apart, 0.5 + apart):
        if eyes == "dots":
            strokes.append(hand.dot((x, up)))
        elif eyes == "lines":
            strokes.append(hand.line((x, up - 0.08), (x, up + 0.05)))
        else:
            strokes.append(hand.ring((x, up), hand.uniform(0.04, 0.07)))
    wide, deep, y = hand.uniform(0.2, 0.32), hand.uniform(0.12, 0.26), hand.uniform(0.55, 0.64)
    mouth = hand.arc((0.5, y), (wide, deep), 0.02, 0.48)
    strokes = [mouth, *strokes] if hand.chance(0.04) else [hand.ring(CENTRE, 0.48), *strokes, mouth]
    if hand.chance(0.15):
        strokes.append(hand.line((0.5 - wide, y), (0.5 + wide, y)))
    if hand.chance(0.15):
        strokes.append(hand.line((0.5, 0.46), (0.47, 0.56), (0.52, 0.56)))
    return strokes


FACES: dict[str, Callable[[Hand], list[Stroke]]] = {
    "eye": _eye,
    "smiley_face": _smiley_face,
}
