"""How people draw man-made things: one function a class, with its usual variants."""

from collections.abc import Callable

import numpy as np

from emulator.players.shapes import CENTRE, Hand, Stroke, at_angle


def _house(hand: Hand) -> list[Stroke]:
    eaves, left, right = hand.uniform(0.32, 0.5), hand.uniform(0.08, 0.2), hand.uniform(0.8, 0.92)
    over = hand.uniform(0.0, 0.12) if hand.chance(0.6) else 0.0
    peak = hand.uniform(0.42, 0.58)
    strokes = [hand.line((left, eaves), (left, 1.0), (right, 1.0), (right, eaves))]
    strokes.append(
        hand.line((left - over, eaves), (peak, hand.uniform(0.0, 0.1)), (right + over, eaves))
    )
    if hand.chance(0.85):
        strokes.append(hand.line((left - over, eaves), (right + over, eaves)))
    if hand.chance(0.65):
        door = hand.uniform(0.3, 0.6)
        strokes.append(hand.line((door, 1.0), (door, 0.7), (door + 0.15, 0.7), (door + 0.15, 1.0)))
    if hand.chance(0.4):
        x = hand.uniform(0.2, 0.28)
        strokes.append(hand.loop((x, 0.56), (x + 0.14, 0.56), (x + 0.14, 0.7), (x, 0.7)))
        if hand.chance(0.5):
            strokes.append(
                hand.loop((x + 0.4, 0.56), (x + 0.54, 0.56), (x + 0.54, 0.7), (x + 0.4, 0.7))
            )
    if hand.chance(0.2):
        strokes.append(hand.line((0.68, 0.24), (0.68, 0.06), (0.79, 0.06), (0.79, 0.33)))
    return strokes


def _car(hand: Hand) -> list[Stroke]:
    bonnet, roof = hand.uniform(0.38, 0.46), hand.uniform(0.1, 0.22)
    kind = hand.choose(saloon=0.6, van=0.2, beetle=0.2)
    if kind == "saloon":
        a, b, c, d = (
            hand.uniform(0.18, 0.28),
            hand.uniform(0.3, 0.38),
            hand.uniform(0.6, 0.68),
            hand.uniform(0.72, 0.82),
        )
        outline = [
            (0.02, bonnet),
            (a, bonnet),
            (b, roof),
            (c, roof),
            (d, bonnet),
            (1.0, bonnet + 0.04),
        ]
    elif kind == "van":
        outline = [(0.0, roof), (0.7, roof), (0.84, bonnet), (1.0, bonnet + 0.04)]
    else:  # a round roof on a box
        outline = [(0.0, bonnet), (1.0, bonnet)]
    strokes = [hand.loop((0.0, 0.62), *outline, (1.0, 0.62))]
    if kind == "beetle":
        strokes.append(
            hand.arc((0.5, bonnet), (hand.uniform(0.24, 0.32), bonnet - roof + 0.06), 0.5, 1.0)
        )
    radius = hand.uniform(0.09, 0.13)
    for x in (hand.uniform(0.18, 0.28), hand.uniform(0.72, 0.82)):
        strokes.append(hand.ring((x, 0.65), radius))
        if hand.chance(0.2):
            strokes.append(hand.ring((x, 0.65), radius * 0.4))
    if hand.chance(0.5):
        strokes.append(hand.line((0.5, roof), (0.5, bonnet)))
        strokes.append(hand.line((0.28, bonnet), (0.74, bonnet)))
    return strokes


def _airplane(hand: Hand) -> list[Stroke]:
    thin = hand.uniform(0.06, 0.1)
    if hand.chance(0.45):  # from above
        strokes = [hand.ring(CENTRE, 0.5, thin)]
        sweep, span, root = (
            hand.uniform(0.08, 0.26),
            hand.uniform(0.32, 0.46),
            hand.uniform(0.36, 0.44),
        )
        for side in (-1, 1):
            wing = (
                (root, 0.5 + side * thin),
                (root + sweep, 0.5 + side * span),
                (root + sweep + 0.1, 0.5 + side * span),
            )
            strokes.append(hand.line(*wing, (root + 0.22, 0.5 + side * thin)))
            fin = (
                (0.86, 0.5 + side * thin * 0.6),
                (0.97, 0.5 + side * 0.17),
                (1.02, 0.5 + side * 0.17),
                (0.97, 0.5),
            )
            strokes.append(hand.line(*fin))
        return strokes
    nose = (
        (0.86, 0.5 - thin),
        (0.2, 0.5 - thin),
        (0.0, 0.5),
        (0.18, 0.5 + thin),
        (0.86, 0.5 + thin * 0.6),
    )
    strokes = [
        hand.line(*nose),
        hand.line((0.86, 0.5 - thin), (0.96, hand.uniform(0.16, 0.28)), (1.04, 0.26), (0.86, 0.54)),
    ]
    drop = hand.uniform(0.22, 0.34)
    strokes.append(hand.line((0.36, 0.52), (0.56, 0.5 + drop), (0.67, 0.5 + drop), (0.58, 0.52)))
    if hand.chance(0.55):
        strokes.append(
            hand.line(
                (0.4, 0.5 - thin),
                (0.54, 0.5 - drop * 0.8),
                (0.62, 0.5 - drop * 0.8),
                (0.58, 0.5 - thin),
            )
        )
    if hand.chance(0.45):
        strokes += [hand.dot((x, 0.48)) for x in (0.24, 0.34, 0.44, 0.54)]
    return strokes


def _bicycle(hand: Hand) -> list[Stroke]:
    radius = hand.uniform(0.16, 0.22)
    hub, far = (radius, 0.72), (1 - radius, 0.72)
    strokes = []
    for centre in (hub, far):
        strokes.append(hand.ring(centre, radius))
        if hand.chance(0.2):
            strokes.append(hand.line((centre[0] - radius, 0.72), (centre[0] + radius, 0.72)))
            strokes.append(hand.line((centre[0], 0.72 - radius), (centre[0], 0.72 + radius)))
    saddle, pedal, head = (
        (hand.uniform(0.34, 0.4), 0.42),
        (hand.uniform(0.44, 0.5), 0.72),
        (hand.uniform(0.66, 0.72), 0.42),
    )
    if hand.chance(0.75):
        strokes.append(hand.line(hub, saddle, head, pedal, hub))
        strokes.append(hand.line(pedal, saddle))
    else:
        strokes.append(hand.line(hub, saddle, head))
    top = (head[0] - 0.03, hand.uniform(0.24, 0.32))
    strokes.append(hand.line(far, head, top))
    strokes.append(hand.line((top[0] - 0.1, top[1] + 0.02), top, (top[0] + 0.08, top[1] - 0.04)))
    seat = (saddle[0] - 0.02, hand.uniform(0.3, 0.36))
    return [
        *strokes,
        hand.line(saddle, seat),
        hand.line((seat[0] - 0.09, seat[1]), (seat[0] + 0.08, seat[1])),
    ]


def _umbrella(hand: Hand) -> list[Stroke]:
    rim, top = hand.uniform(0.42, 0.52), hand.uniform(0.02, 0.1)
    strokes = [hand.arc((0.5, rim), (0.48, rim - top), 0.5, 1.0)]
    scallops = 0 if hand.chance(0.33) else hand.integer(2, 5)
    if scallops == 0:
        strokes.append(hand.line((0.02, rim), (0.98, rim)))
    else:
        half = 0.48 / scallops
        arcs = [
            hand.arc((0.02 + half * (2 * k + 1), rim), (half, 0.07), 0.5, 1.0)
            for k in range(scallops)
        ]
        strokes.append(np.concatenate(arcs))
    hook, start = hand.uniform(0.06, 0.12), rim if hand.chance(0.7) else top
    shaft = hand.line((0.5, start), (0.5, 0.88))
    strokes.append(
        np.concatenate((shaft, hand.arc((0.5 - hook, 0.9), (hook, 0.1), 0.0, 0.5)))
        if hand.chance(0.85)
        else shaft
    )
    if hand.chance(0.3):
        strokes += [hand.line((0.5, top), (x, rim)) for x in (0.32, 0.68)]
    if hand.chance(0.3):
        strokes.append(hand.line((0.5, top), (0.5, top - 0.07)))
    return strokes


def _clock(hand: Hand) -> list[Stroke]:
    square = hand.chance(0.06)
    edges = ((0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98))
    strokes = [hand.loop(*edges) if square else hand.ring(CENTRE, 0.48)]
    hour = hand.uniform(0, 1)
    minute = hour + hand.uniform(0.15, 0.5)
    tips = (
        at_angle(CENTRE, hand.uniform(0.16, 0.26), hour),
        at_angle(CENTRE, hand.uniform(0.28, 0.4), minute),
    )
    strokes.append(hand.line(tips[0], CENTRE, tips[1]))
    marks = (0, 4, 4, 12)[hand.integer(0, 3)]
    inner = hand.uniform(0.3, 0.38)
    places = [mark / marks for mark in range(marks)]
    strokes += [
        hand.line(at_angle(CENTRE, inner, place), at_angle(CENTRE, 0.42, place), slip=0.015)
        for place in places
    ]
    if hand.chance(0.08):  # an alarm clock
        strokes += [hand.arc((x, 0.06), (0.12, 0.12), 0.45, 1.05) for x in (0.2, 0.8)]
    return strokes


def _cup(hand: Hand) -> list[Stroke]:
    taper, top, right = hand.uniform(0.0, 0.12), hand.uniform(0.1, 0.25), hand.uniform(0.62, 0.72)
    strokes = [hand.line((0.0, top), (taper, 1.0), (right - taper, 1.0), (right, top))]
    if hand.chance(0.5):
        strokes.append(hand.ring((right / 2, top), right / 2, hand.uniform(0.05, 0.1)))
    else:
        strokes.append(hand.line((0.0, top), (right, top)))
    if hand.chance(0.82):
        height, out = hand.uniform(0.16, 0.26), hand.uniform(0.2, 0.32)
        x, y = right - taper / 2, hand.uniform(0.48, 0.6)
        strokes.append(hand.arc((x, y), (out, height), -0.25, 0.25))
        if hand.chance(0.4):
            strokes.append(hand.arc((x, y), (out * 0.6, height * 0.6), -0.25, 0.25))
    if hand.chance(0.15):
        strokes += [
            hand.line((x, 0.06), (x + 0.04, 0.0), (x, -0.07), (x + 0.04, -0.13))
            for x in (0.2, 0.34, 0.48)
        ]
    return strokes


def _shoe(hand: Hand) -> list[Stroke]:
    kind = hand.choose(heeled=0.15, boot=0.25, low=0.6)
    if kind == "heeled":
        sole = ((1.0, 0.72), (0.98, 0.82), (0.62, 0.82), (0.2, 0.5), (0.12, 0.85), (0.04, 0.85))
        return [hand.loop((0.02, 0.2), (0.3, 0.45), (0.7, 0.66), *sole)]
    shaft = hand.uniform(-0.1, 0.1) if kind == "boot" else hand.uniform(0.28, 0.42)
    toe, throat = hand.uniform(0.52, 0.62), hand.uniform(0.34, 0.46)
    upper = (
        (0.02, 0.8),
        (0.03, shaft),
        (throat, shaft),
        (throat + 0.06, 0.48),
        (0.74, toe - 0.02),
        (0.94, toe + 0.06),
        (1.0, 0.8),
    )
    strokes = [hand.loop(*upper)]
    if hand.chance(0.6):
        thick = hand.uniform(0.07, 0.12)
        strokes.append(hand.line((0.02, 0.8), (0.02, 0.8 + thick), (1.0, 0.8 + thick), (1.0, 0.8)))
    if hand.chance(0.45):
        for k in range(hand.integer(2, 4)):
            x, y = throat + 0.02 + 0.09 * k, 0.47 + 0.03 * k
            strokes.append(hand.line((x, y - 0.05), (x - 0.07, y + 0.11)))
    return strokes


THINGS: dict[str, Callable[[Hand], list[Stroke]]] = {
    "house": _house,
    "car": _car,
    "airplane": _airplane,
    "bicycle": _bicycle,
    "umbrella": _umbrella,
    "clock": _clock,
    "cup": _cup,
    "shoe": _shoe,
}
