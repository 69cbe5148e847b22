"""Pictures of the gate: its intervals are those of the gate's own function."""

from itertools import pairwise

import numpy as np

from docs_site.pictures.drawing import draw_curve, draw_dot, draw_line, draw_picture, draw_text
from pipeline.gate.paired import ConfidenceInterval, PlayerTotals, difference_interval
from pipeline.version_settings import GateSettings

RULES = GateSettings()
DRAWINGS_OF_A_PLAYER = 4
EXAMPLES = (("A", 75, 25), ("B", 46, 42), ("C", 22, 70))
"""Three challengers: a name, on how many drawings only it was right, and only the champion."""
ANSWERS = 2_000
STEPS = (100, 200, 400, 700, 1_000, 1_500, 2_000, 2_500)
GAINED, LOST = 0.030, 0.020
"""Of all answers, in the picture of how much evidence is enough."""
LEFT, RIGHT, WIDTH = 150, 30, 720


def estimate(gained: int, lost: int, answers: int) -> ConfidenceInterval:
    """Return what the gate finds if each change is of another player."""
    players = max(answers // DRAWINGS_OF_A_PLAYER, gained + lost)
    gains = np.zeros(players)
    gains[:gained], gains[gained : gained + lost] = 1, -1
    weights = np.full(players, answers / players)
    return difference_interval(PlayerTotals(gains, weights, answers), RULES.confidence)


def name_verdict(interval: ConfidenceInterval) -> tuple[str, str]:
    """Return what follows from the players' check alone, and the colour of it."""
    if interval.high < 0:
        return "harmful: rejected", "orange"
    if interval.low > -RULES.players_margin and interval.estimate > 0:
        return "passed: released", "blue"
    return "open: held", "soft"


LINES = {"blue": "on", "orange": "off", "soft": "between"}


def draw_verdicts() -> str:
    """Return the picture of three challengers, each with its interval."""
    span, top, row = 0.06, 64, 62
    bottom = top + row * len(EXAMPLES)

    def place(value: float) -> float:
        return LEFT + (value + span) / (2 * span) * (WIDTH - LEFT - RIGHT)

    margin = -RULES.players_margin
    parts = [
        *(
            draw_line((place(v / 100), 50), (place(v / 100), bottom), "grid")
            for v in (-4, -2, 2, 4)
        ),
        draw_line((place(0), 40), (place(0), bottom), "between"),
        draw_line((place(margin), 40), (place(margin), bottom), "rule"),
        draw_text(place(0) + 5, 34, "as good", "soft"),
        draw_text(place(margin) - 5, 34, "the loss that is allowed", "soft", anchor="end"),
    ]
    for number, (name, gained, lost) in enumerate(EXAMPLES):
        interval = estimate(gained, lost, ANSWERS)
        verdict, colour = name_verdict(interval)
        y = top + row * (number + 0.5)
        parts += [
            draw_text(20, y - 4, f"Challenger {name}", bold=True),
            draw_text(20, y + 15, f"{gained} won, {lost} lost", "soft"),
            draw_line((place(interval.low), y), (place(interval.high), y), LINES[colour], 4),
            draw_dot(place(interval.estimate), y, colour),
            draw_text(place(interval.low) - 10, y + 5, verdict, colour, anchor="end"),
        ]
    parts += [
        draw_text(
            place(v / 100), bottom + 20, f"{v:+d} points" if v else "0", "soft", anchor="middle"
        )
        for v in (-4, -2, 0, 2, 4)
    ]
    return draw_picture(
        WIDTH,
        bottom + 36,
        "Three challengers and what the gate does with them",
        f"Each was compared with the champion on {ANSWERS:,} answers of players. The interval of A"
        " lies above the allowed loss, that of B reaches below it, and all of C's is below zero.",
        parts,
    )


def draw_evidence() -> str:
    """Return the picture of how the interval narrows as answers come in."""
    low, high, top, bottom = -0.05, 0.075, 46, 290

    def x(answers: int) -> float:
        return LEFT - 70 + answers / STEPS[-1] * (WIDTH - LEFT - RIGHT + 40)

    def y(value: float) -> float:
        return bottom - (min(max(value, low), high) - low) / (high - low) * (bottom - top)

    found = [estimate(round(GAINED * n), round(LOST * n), n) for n in STEPS]
    enough = next(
        n for n, each in zip(STEPS, found, strict=True) if name_verdict(each)[1] == "blue"
    )
    margin = -RULES.players_margin
    parts = [
        *(
            draw_line((x(0), y(v / 100)), (x(STEPS[-1]), y(v / 100)), "grid")
            for v in (-4, -2, 2, 4)
        ),
        draw_line((x(0), y(0)), (x(STEPS[-1]), y(0)), "between"),
        draw_line((x(0), y(margin)), (x(STEPS[-1]), y(margin)), "rule"),
        draw_text(x(STEPS[-1]), y(margin) + 16, "the loss that is allowed", "soft", anchor="end"),
        *(
            draw_text(72, y(v / 100) + 5, f"{v:+d}" if v else "0", "soft", anchor="end")
            for v in (-4, -2, 0, 2, 4)
        ),
        draw_text(20, 26, "points, and what is sure of them", "soft"),
    ]
    for n, interval in zip(STEPS, found, strict=True):
        colour = name_verdict(interval)[1]
        parts += [
            draw_line((x(n), y(interval.low)), (x(n), y(interval.high)), LINES[colour], 4),
            draw_dot(x(n), y(interval.estimate), colour),
        ]
    for first, second in pairwise(zip(STEPS, found, strict=True)):
        parts.append(draw_curve([(x(n), y(each.low)) for n, each in (first, second)], "grid"))
    parts += [
        draw_text(x(n), bottom + 20, f"{n:,}", "soft", anchor="middle")
        for n in STEPS
        if n != STEPS[1]
    ]
    parts.append(draw_text(x(STEPS[-1]), bottom + 40, "answers of players", "soft", anchor="end"))
    return draw_picture(
        WIDTH,
        bottom + 54,
        "How many answers the gate needs",
        f"A challenger that gains one point. With {enough:,} answers its interval lies above the"
        " allowed loss for the first time; with fewer it is held.",
        parts,
    )
