"""Pictures of screening: its rules in their order, and how unlikely a label must be."""

import math

import numpy as np

from docs_site.pictures.drawing import (
    draw_arrow,
    draw_box,
    draw_curve,
    draw_line,
    draw_picture,
    draw_text,
)
from pipeline.reasons import QuarantineReason
from pipeline.screening.limits import (
    CAUGHT_SHARE,
    ENOUGH_ROWS,
    FEW_ROWS,
    compute_chance_loss,
    find_limits,
    measure_lack,
)

RULES = {
    QuarantineReason.BURST: ("Copies?", "five alike or more"),
    QuarantineReason.NO_CLASS: ("A drawing?", "far from all known"),
    QuarantineReason.CONTRADICTED_LABEL: ("The label?", "looks like another"),
    QuarantineReason.PLAYER_RECORD: ("The player?", "half contradicted"),
    QuarantineReason.FLOOD: ("Too many?", "of one player"),
}
"""What each rule asks, in the order in which `quarantine_corrections` tries them."""
WAITS = "quarantined: waits until you accept, relabel or refuse it"
CLASSES = 20
ROWS = (50, 100, 200, 300, 500, 700, 1_000, 2_000, 5_000)
LIKELY, UNLIKELY = 0.2, 0.001
"""The largest and the smallest probability of the picture's scale."""


def draw_rules() -> str:
    """Return the picture of the rules that a usable correction passes."""
    width, step, box = 920, 148, 132
    all_rules = step * len(RULES)
    parts = [draw_text(20, 34, "A correction that can be used", bold=True)]
    for number, (reason, lines) in enumerate(RULES.items()):
        x = 20 + step * number
        parts += [
            draw_box(x, 56, box, 62, lines),
            draw_arrow((x + box, 87), (x + step, 87)),
            draw_arrow((x + box / 2, 118), (x + box / 2, 178)),
            draw_text(x + box / 2 + 8, 150, "yes", "soft"),
            draw_text(x + box / 2, 202, reason, "orange", anchor="middle"),
        ]
    parts += [
        draw_box(20 + all_rules, 56, 142, 62, ("merged", "and learned from"), kind="chosen"),
        draw_box(20, 222, all_rules - 16, 40, (WAITS,), kind="aside"),
    ]
    return draw_picture(
        width,
        282,
        "The rules of screening, in their order",
        "A correction that no rule stops is merged. One that a rule stops is quarantined with the"
        " reason of that rule, and waits for the owner.",
        parts,
    )


def find_limit(rows: int, typical: float) -> float:
    """Return the probability below which a label is contradicted.

    Args:
        rows: base rows of each class that the referee was trained on.
        typical: the probability that it gives to most wrong labels.
    """
    wrong = np.full(100, -math.log(typical), np.float32)
    limits = find_limits(wrong, np.zeros(1), CLASSES, measure_lack(rows))
    return math.exp(-float(limits[0]))


def draw_limits() -> str:
    """Return the picture of how unlikely a label must be, by what the referee knows."""
    width, left, right, top, bottom = 720, 90, 30, 54, 280
    scale = math.log(ROWS[-1] / ROWS[0])

    def x(rows: float) -> float:
        return left + math.log(rows / ROWS[0]) / scale * (width - left - right)

    def y(share: float) -> float:
        return top + math.log(LIKELY / share) / math.log(LIKELY / UNLIKELY) * (bottom - top)

    chance = math.exp(-compute_chance_loss(CLASSES))
    marks = (0.1, chance, 0.01, chance / 10, 0.001)
    parts = [
        *(draw_line((left, y(mark)), (width - right, y(mark)), "grid") for mark in marks),
        *(draw_text(left - 8, y(mark) + 5, f"{mark:.1%}", "soft", anchor="end") for mark in marks),
        draw_text(20, 30, "how likely the other players' answers make the label", "soft"),
        draw_line((left, y(chance)), (width - right, y(chance)), "rule"),
        draw_text(width - right, y(chance) - 8, f"chance: 1 of {CLASSES}", "soft", anchor="end"),
        draw_curve([(x(rows), y(find_limit(rows, chance))) for rows in ROWS], "off"),
        draw_text(x(130), y(chance / 10) + 24, "below the line: contradicted", "orange"),
        *(
            draw_text(x(rows), bottom + 22, f"{rows:,}", "soft", anchor="middle")
            for rows in (50, 100, FEW_ROWS, ENOUGH_ROWS, 5_000)
        ),
        draw_text(width - right, bottom + 42, "base rows of each class", "soft", anchor="end"),
    ]
    return draw_picture(
        width,
        bottom + 56,
        "How unlikely a label must be to be contradicted",
        f"With {FEW_ROWS} base rows of each class or fewer, ten times less likely than chance; with"
        f" {ENOUGH_ROWS:,} or more, less likely than chance. Where drawings are easy to tell"
        f" apart the line lies lower, so that {CAUGHT_SHARE:.0%} of wrong labels lie below it.",
        parts,
    )
