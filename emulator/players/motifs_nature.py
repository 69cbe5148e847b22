"""How people draw plants, animals and the sky: one function a class, with its usual variants."""

from collections.abc import Callable

import numpy as np

from emulator.players.shapes import CENTRE, Hand, Point, Stroke, at_angle, join_coordinates


def _bumps(hand: Hand, centre: Point, radii: Point, bumps: int) -> Stroke:
    """Draw the outline of a cloud or a tree's crown: different half circles around an ellipse."""
    along = np.linspace(0, bumps, bumps * 6 + 1)[:-1]
    heights = 0.14 + 0.2 * hand.rng.random(bumps)
    return hand.outline(
        centre, radii, 0.76 + heights[along.astype(int)] * np.abs(np.sin(np.pi * along))
    )


def _apple(hand: Hand) -> list[Stroke]:
    angle = np.linspace(0, 1, 33)[:-1]
    from_top = np.minimum(angle, 1 - angle)
    dip = hand.uniform(0.05, 0.4) * np.exp(-((from_top / 0.07) ** 2))
    foot = hand.uniform(0.0, 0.16) * np.exp(-(((from_top - 0.5) / 0.05) ** 2))
    body = hand.outline((0.5, 0.6), (hand.uniform(0.34, 0.44), 0.38), 1 - dip - foot)
    lean = hand.uniform(-0.08, 0.12)
    notch = 0.6 - 0.38 * (1 - dip[0])
    strokes = [
        body,
        hand.line(
            (0.5, notch + 0.03), (0.5 + lean / 3, 0.18), (0.5 + lean, hand.uniform(0.0, 0.1))
        ),
    ]
    if hand.chance(0.55):
        x = 0.5 + lean / 2
        strokes.append(hand.loop((x, 0.14), (x + 0.12, 0.02), (x + 0.28, 0.06), (x + 0.16, 0.16)))
    return strokes


def _tree(hand: Hand) -> list[Stroke]:
    half = hand.uniform(0.05, 0.1)
    kind = hand.choose(fir=0.2, bushy=0.52, round=0.21, scribbled=0.07)
    radii = (hand.uniform(0.3, 0.46), hand.uniform(0.24, 0.34))
    foot = 0.28 + radii[1] * 0.9
    if kind == "fir":
        strokes = []
        foot = 0.7
        tiers = hand.integer(1, 3)
        for tier in range(tiers):
            top, bottom = foot * tier / tiers, foot * (tier + 1) / tiers
            width = 0.16 + 0.2 * (tier + 1) / tiers
            strokes.append(
                hand.loop((0.5, max(0.0, top - 0.06)), (0.5 + width, bottom), (0.5 - width, bottom))
            )
    elif kind == "bushy":
        strokes = [_bumps(hand, (0.5, 0.3), radii, hand.integer(6, 10))]
    elif kind == "round":
        strokes = [hand.ring((0.5, 0.3), *radii)]
    else:
        strokes = [hand.scribble((0.5, 0.3), radii, hand.integer(9, 16))]
    flare = hand.uniform(0.0, 0.1)
    strokes.append(hand.line((0.5 - half, foot), (0.5 - half, 0.85), (0.5 - half - flare, 1.0)))
    strokes.append(hand.line((0.5 + half, foot), (0.5 + half, 0.85), (0.5 + half + flare, 1.0)))
    if hand.chance(0.3):
        strokes.append(hand.line((0.5 - half - flare, 1.0), (0.5 + half + flare, 1.0)))
    return strokes


def _flower(hand: Hand) -> list[Stroke]:
    if hand.chance(0.12):  # a tulip
        cup = (
            (0.3, 0.05),
            (0.4, 0.2),
            (0.5, 0.03),
            (0.6, 0.2),
            (0.7, 0.05),
            (0.68, 0.34),
            (0.5, 0.44),
            (0.32, 0.34),
        )
        strokes = [hand.loop(*cup), hand.line((0.5, 0.44), (0.5, 1.0))]
        return [
            *strokes,
            hand.loop((0.5, 0.95), (0.72, 0.6), (0.56, 0.8)),
            hand.loop((0.5, 0.95), (0.28, 0.6), (0.44, 0.8)),
        ]
    stem = hand.chance(0.75)
    petals = hand.integer(4, 7)
    heart, reach = hand.uniform(0.07, 0.11), hand.uniform(0.16, 0.22)
    middle = (0.5, 0.33)
    strokes = [hand.ring(middle, heart)]
    turned = hand.uniform(0, 1)
    size = min(0.14, reach * np.sin(np.pi / petals) * 1.15)
    for petal in range(petals):
        centre = at_angle(middle, reach, (petal + turned) / petals)
        strokes.append(hand.ring(centre, size * hand.uniform(0.85, 1.15)))
    if stem:
        strokes.append(hand.line((0.5, 0.33 + reach + size), (hand.uniform(0.45, 0.55), 1.0)))
        for side in (-1, 1):
            if hand.chance(0.4):
                y = hand.uniform(0.78, 0.92)
                strokes.append(
                    hand.loop((0.5, y), (0.5 + side * 0.12, y - 0.12), (0.5 + side * 0.24, y - 0.1))
                )
    return strokes


def _sun(hand: Hand) -> list[Stroke]:
    radius = hand.uniform(0.16, 0.3)
    strokes = [hand.ring(CENTRE, radius)]
    rays = hand.integer(6, 13)
    near, far = radius + hand.uniform(-0.02, 0.09), hand.uniform(0.43, 0.52)
    pointed = hand.chance(0.12)
    turned = hand.uniform(0, 1)
    for ray in range(rays):
        angle = (ray + turned + hand.uniform(-0.2, 0.2)) / rays
        tip = at_angle(CENTRE, far * hand.uniform(0.85, 1.1), angle)
        feet = [
            at_angle(CENTRE, near, angle + aside)
            for aside in ((-0.04, 0.04) if pointed else (0.0,))
        ]
        strokes.append(hand.line(feet[0], tip, *feet[1:]))
    if hand.chance(0.08):
        strokes += [
            hand.dot((0.43, 0.45)),
            hand.dot((0.57, 0.45)),
            hand.arc(CENTRE, (0.1, 0.1), 0.1, 0.4),
        ]
    return strokes


def _moon(hand: Hand) -> list[Stroke]:
    if hand.chance(0.18):  # full, with craters
        craters = [
            ((hand.uniform(0.2, 0.75), hand.uniform(0.25, 0.75)), hand.uniform(0.03, 0.08))
            for _ in range(hand.integer(1, 6))
        ]
        return [hand.ring(CENTRE, 0.46), *(hand.ring(place, size) for place, size in craters)]
    start = hand.uniform(0.16, 0.26)
    outer = hand.arc(CENTRE, (0.45, 0.5), start, 1 - start)
    if hand.chance(0.08):  # only the outer edge was drawn
        return [outer]
    (top_x, top_y), (end_x, end_y) = outer[-1], outer[0]
    along = np.linspace(0, 1, 14)
    hollow = (
        hand.uniform(0.35, 0.85) if hand.chance(0.75) else hand.uniform(-0.4, 0.2)
    )  # a crescent, or about half a moon
    bend = hollow * ((top_x + end_x) / 2 - 0.05) * np.sin(np.pi * along)
    inner = join_coordinates(
        top_x + (end_x - top_x) * along - bend, top_y + (end_y - top_y) * along
    )
    strokes = [np.concatenate((outer, inner))]
    if hand.chance(0.1):
        strokes += [
            hand.ring((hand.uniform(0.12, 0.2), y), hand.uniform(0.03, 0.06)) for y in (0.4, 0.6)
        ]
    return strokes


def _star(hand: Hand) -> list[Stroke]:
    kind = hand.choose(pentagram=0.55, outline=0.35, few_or_many=0.1)
    points = hand.integer(4, 6) if kind == "few_or_many" else 5
    tips = [at_angle(CENTRE, 0.5, k / points - 0.25) for k in range(points)]
    if kind == "pentagram":  # without lifting the pen
        first = hand.integer(0, 4)
        return [hand.loop(*(tips[(first + 2 * k) % 5] for k in range(5)), slip=0.06)]
    depth = hand.uniform(0.17, 0.26)
    dents = [at_angle(CENTRE, depth, (k + 0.5) / points - 0.25) for k in range(points)]
    return [
        hand.loop(*(point for pair in zip(tips, dents, strict=True) for point in pair), slip=0.04)
    ]


def _cloud(hand: Hand) -> list[Stroke]:
    outline = _bumps(hand, CENTRE, (0.5, hand.uniform(0.26, 0.4)), hand.integer(5, 9))
    if hand.chance(0.25):  # flat below
        outline[:, 1] = np.minimum(outline[:, 1], hand.uniform(0.58, 0.64))
    return [outline]


def _lightning(hand: Hand) -> list[Stroke]:
    if hand.chance(0.4):  # a single line
        turns = hand.integer(1, 3)
        points = [(hand.uniform(0.3, 0.45), 0.0)]
        for k in range(turns):
            y = (k + 1) / (turns + 1)
            points += [
                (hand.uniform(0.2, 0.3), y),
                (hand.uniform(0.6, 0.72), y - hand.uniform(-0.02, 0.1)),
            ]
        return [hand.line(*points, (hand.uniform(0.35, 0.55), 1.0))]
    wide, step = hand.uniform(0.18, 0.3), hand.uniform(0.42, 0.52)
    bolt = [
        (0.36, 0.0),
        (0.16, step),
        (0.36, step - 0.02),
        (0.22, 1.0),
        (0.36 + wide * 1.5, step - 0.14),
        (0.4 + wide, step - 0.14),
    ]
    strokes = [hand.loop(*bolt, (0.4 + wide * 1.5, 0.0), slip=0.035)]
    if hand.chance(0.07):
        strokes.append(_bumps(hand, (0.5, -0.12), (0.45, 0.2), 6))
    return strokes


def _cat(hand: Hand) -> list[Stroke]:
    if hand.chance(0.12):  # the whole animal, from the side
        strokes = [hand.ring((0.5, 0.55), 0.28, 0.14), hand.ring((0.16, 0.36), 0.14)]
        strokes += [
            hand.line((0.06, 0.27), (0.06, 0.12), (0.14, 0.22)),
            hand.line((0.19, 0.22), (0.26, 0.12), (0.27, 0.28)),
        ]
        strokes += [hand.line((x, 0.66), (x, 0.9)) for x in (0.3, 0.4, 0.6, 0.7)]
        return [*strokes, hand.line((0.76, 0.5), (0.92, 0.4), (0.94, hand.uniform(0.1, 0.25)))]
    across, down = hand.uniform(0.34, 0.42), hand.uniform(0.3, 0.38)
    strokes = [hand.ring((0.5, 0.6), across, down)]
    inner, tip = hand.uniform(0.06, 0.16), hand.uniform(0.0, 0.12)
    for side in (-1, 1):
        ear = (
            (0.5 + side * across * 0.92, 0.5),
            (0.5 + side * 0.34, tip),
            (0.5 + side * inner, 0.6 - down * 0.94),
        )
        strokes.append(hand.line(*ear, slip=0.03))
        eye = (0.5 + side * 0.15, 0.52)
        strokes.append(hand.ring(eye, 0.05) if hand.chance(0.5) else hand.dot(eye))
    if hand.chance(0.8):
        strokes.append(hand.loop((0.46, 0.64), (0.54, 0.64), (0.5, 0.69), slip=0.01))
    if hand.chance(0.7):
        strokes.append(hand.line((0.36, 0.76), (0.43, 0.8), (0.5, 0.72), (0.57, 0.8), (0.64, 0.76)))
    if hand.chance(0.8):
        out = hand.uniform(0.42, 0.56)
        for side in (-1, 1):
            for k in range(hand.integer(2, 3)):
                strokes.append(
                    hand.line(
                        (0.5 + side * 0.16, 0.66 + 0.04 * k),
                        (0.5 + side * out, 0.58 + 0.09 * k),
                        slip=0.025,
                    )
                )
    return strokes


def _fish(hand: Hand) -> list[Stroke]:
    down = hand.uniform(0.16, 0.27)
    knot, span = hand.uniform(0.68, 0.74), hand.uniform(0.12, 0.24)
    back = hand.arc((knot / 2, 0.5), (knot / 2, down), 0.98, 0.5)
    belly = hand.arc((knot / 2, 0.5), (knot / 2, down), 0.5, 0.02)
    if hand.chance(0.45):  # in one go: the lines cross at the tail
        strokes = [
            np.concatenate(
                (
                    hand.line((1.0, 0.5 + span)),
                    back,
                    belly,
                    hand.line((1.0, 0.5 - span), (1.0, 0.5 + span)),
                )
            )
        ]
    else:
        tail = ((knot, 0.5), (1.0, 0.5 - span), (hand.uniform(0.86, 0.98), 0.5), (1.0, 0.5 + span))
        strokes = [np.concatenate((back, belly)), hand.loop(*tail)]
    if hand.chance(0.8):
        strokes.append(
            hand.dot((0.15, 0.45)) if hand.chance(0.6) else hand.ring((0.16, 0.45), 0.04)
        )
    if hand.chance(0.25):
        strokes.append(hand.line((0.3, 0.52 - down), (0.45, 0.4 - down), (0.5, 0.52 - down)))
    if hand.chance(0.25):
        strokes.append(hand.arc((0.22, 0.5), (0.07, down * 0.8), -0.2, 0.2))
    if hand.chance(0.15):
        strokes.append(hand.line((0.02, 0.56), (0.12, 0.57)))
    return strokes


NATURE: dict[str, Callable[[Hand], list[Stroke]]] = {
    "apple": _apple,
    "tree": _tree,
    "flower": _flower,
    "sun": _sun,
    "moon": _moon,
    "star": _star,
    "cloud": _cloud,
    "lightning": _lightning,
    "cat": _cat,
    "fish": _fish,
}
