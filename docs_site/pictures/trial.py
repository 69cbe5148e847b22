"""The picture of a trial: when it is looked at, and what each look asks for."""

from itertools import islice

import numpy as np

from docs_site.pictures.drawing import draw_curve, draw_dot, draw_line, draw_picture, draw_text
from pipeline.gate.paired import ConfidenceInterval, PlayerTotals, difference_interval
from pipeline.trial.looks import Look, decide, plan_looks
from pipeline.trial.standing import Verdict
from pipeline.version_settings import GateSettings

MARGIN = GateSettings().players_margin
SHARE = 0.05
"""Of all drawings, those on which the two versions differ; the picture takes it for known."""
LOOKS = 6
SEED = 3
RIGHT_SHARE = 0.62
"""How often the new version is right in the example, where the two differ."""
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 720, 70, 30, 50, 290


def find_verdict(look: Look, won: int) -> Verdict:
    """Return what a look finds if the new version won so many of its answers, each by a player."""
    gains = np.full(look.size, -1.0)
    gains[:won] = 1
    totals = PlayerTotals(gains, np.ones(look.size), look.size)
    lower, upper = (difference_interval(totals, 1 - level) for level in (look.better, look.worse))
    difference = ConfidenceInterval(SHARE * lower.estimate, SHARE * lower.low, SHARE * upper.high)

    def most_gain() -> float:
        return SHARE * difference_interval(totals, 0.95).high

    return decide(look, difference, MARGIN, most_gain)


def find_bounds(look: Look) -> tuple[float, float]:
    """Return from which share of won answers on a look finds better, and up to which worse."""
    verdicts = [find_verdict(look, won) for won in range(look.size + 1)]
    better = verdicts.index(Verdict.BETTER)
    worse = max((won for won, each in enumerate(verdicts) if each is Verdict.WORSE), default=0)
    return better / look.size, worse / look.size


def draw_looks() -> str:
    """Return the picture of the looks, with an example that is found better."""
    looks = [*islice(plan_looks(), LOOKS)]
    bounds = [find_bounds(look) for look in looks]

    def x(number: float) -> float:
        return LEFT + (number + 0.5) / LOOKS * (WIDTH - LEFT - RIGHT)

    def y(share: float) -> float:
        return BOTTOM - share * (BOTTOM - TOP)

    right = np.random.default_rng(SEED).random(looks[-1].size) < RIGHT_SHARE
    shares = [float(right[: look.size].mean()) for look in looks]
    found = next(
        number
        for number, (look, share) in enumerate(zip(looks, shares, strict=True))
        if find_verdict(look, round(share * look.size)) is Verdict.BETTER
    )
    parts = [
        *(draw_line((LEFT, y(v / 4)), (WIDTH - RIGHT, y(v / 4)), "grid") for v in range(5)),
        *(draw_text(LEFT - 8, y(v / 4) + 5, f"{25 * v}%", "soft", anchor="end") for v in range(5)),
        draw_text(20, 28, "how often the new version is right where the two differ", "soft"),
        draw_curve([(x(n), y(better)) for n, (better, _) in enumerate(bounds)], "on"),
        draw_curve([(x(n), y(worse)) for n, (_, worse) in enumerate(bounds)], "off"),
        draw_text(x(0.6), y(bounds[0][0]) + 14, "better from here on", "blue"),
        draw_text(x(0.6), y(bounds[0][1]) - 2, "worse up to here", "orange"),
        draw_curve([(x(n), y(share)) for n, share in enumerate(shares[: found + 1])], "between"),
        *(draw_dot(x(n), y(share), "soft") for n, share in enumerate(shares[:found])),
        draw_dot(x(found), y(shares[found]), "blue"),
        draw_text(x(found) + 8, y(shares[found]) - 12, "found better", "blue", bold=True),
        *(
            draw_text(x(n), BOTTOM + 22, f"{look.size:,}", "soft", anchor="middle")
            for n, look in enumerate(looks)
        ),
        draw_text(
            WIDTH - RIGHT, BOTTOM + 42, "answers about drawings on which the two differ", "soft",
            anchor="end",
        ),
    ]  # fmt: skip
    return draw_picture(
        WIDTH,
        BOTTOM + 56,
        "The looks at a trial",
        f"At {looks[0].size} answers only a very clear advantage counts; the more answers there"
        " are, the smaller it may be. The version of the example is found better at"
        f" {looks[found].size}.",
        parts,
    )
