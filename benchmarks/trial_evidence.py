"""Draw from the guesses of a real pair what a trial would see of it: fresh answers of players.

Drawings are drawn with replacement from those of players who are held out, so what is true of the
pair is known. Whether the challenger or the champion is right where only one of them is can be
decided anew (`Tilt`), so that the versions are exactly equal, or one worse by exactly so much,
while they differ on the drawings on which the real pair differs.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.gate_answers import ANSWERED, AUDITED, Pair
from benchmarks.gate_pairs import CONFIRMED, CORRECTED
from pipeline.records.corrections import ASKED_CODES, NOT_SAID, Asked
from pipeline.trial.standing import TrialEvidence

DRAWINGS_A_DAY_AND_PLAYER = 12
LIKENESS = 0.1
"""How alike a player's gains are, as an intraclass correlation, where the pair is tilted."""


class Tilt(NamedTuple):
    """Who is right where only one of the two is.

    effect: the true difference in accuracy that the trial's version is given, as a share.
    weekend: on two days of seven the effect is higher by so much, on the others lower, so that the
        mean is as said; as a share.
    """

    effect: float
    weekend: float = 0.0


class Behaviour(NamedTuple):
    """How players behave.

    name: what is printed.
    days: length, in days.
    a_day: drawings a day; on weekends as many times more as `busier` says.
    asked: whether the game asks where the two differ; else it asks nothing.
    heavy: share of all drawings that one player makes.
    flood: answers against the truth by one hostile player, where the two differ, on the third day.
    busier: how many times as much is drawn on a weekend.
    """

    name: str
    days: int = 60
    a_day: int = 1000
    asked: bool = True
    heavy: float = 0.0
    flood: int = 0
    busier: float = 1.0


class Drawn(NamedTuple):
    """Rows of a pair's drawings in order, who drew them, and on which day; all `(n,)`."""

    rows: NDArray[np.int64]
    players: NDArray[np.int64]
    days: NDArray[np.int64]


class Arrived(NamedTuple):
    """Fresh answers in order, and the day of each: int64 `(n,)`."""

    evidence: TrialEvidence
    days: NDArray[np.int64]


def draw_evidence(
    pair: Pair, behaviour: Behaviour, rng: np.random.Generator, tilt: Tilt | None = None
) -> Arrived:
    """Draw the fresh answers of a trial of the pair's challenger.

    Args:
        pair: the pair.
        behaviour: how players behave.
        rng: decides all else.
        tilt: None leaves the pair as it is.
    """
    drawn = _draw(pair.players.rows, behaviour, rng)
    guesses = pair.players
    differ = (guesses.champion != guesses.challenger)[drawn.rows]
    shown, shadow = (
        right[drawn.rows] for right in (guesses.champion_right, guesses.challenger_right)
    )
    if tilt is not None:
        shown, shadow = _tilt(shown, shadow, drawn, tilt, rng)
    chances = np.full(len(differ), np.nan)
    asked = np.full(len(differ), NOT_SAID, np.uint8)
    if behaviour.asked:
        by_policy = pair.asked[drawn.rows]
        chances = np.where(differ | by_policy, 1.0, AUDITED)
        reasons = np.where(by_policy, ASKED_CODES[Asked.MARGIN], ASKED_CODES[Asked.AUDIT])
        asked = np.where(differ, ASKED_CODES[Asked.DISAGREEMENT], reasons).astype(np.uint8)
        probability = chances * ANSWERED
    else:
        probability = np.where(shown, CONFIRMED, CORRECTED)
    answered = rng.random(len(differ)) < probability
    rows = np.flatnonzero(answered)
    evidence = TrialEvidence(
        np.char.mod("p%d", drawn.players[rows]).astype(np.bytes_),
        shown[rows],
        shadow[rows],
        differ[rows],
        shown[rows],
        asked[rows],
        chances[rows].astype(np.float32),
    )
    days = drawn.days[answered]
    if behaviour.flood:
        start = int((days < 2).sum())
        evidence = _flood(evidence, start, behaviour.flood, tilt)
        days = np.insert(days, start, np.full(behaviour.flood, 2))
    return Arrived(evidence, days)


def _draw(available: int, behaviour: Behaviour, rng: np.random.Generator) -> Drawn:
    """Draw who draws what, day by day. Most players come on one day, some on several."""
    is_weekend = np.arange(behaviour.days) % 7 >= 5
    counts = np.where(is_weekend, behaviour.busier, 1.0) * behaviour.a_day
    days = np.repeat(np.arange(behaviour.days), counts.astype(int))
    population = max(20, behaviour.a_day)
    # A few players draw much, most little: as in the benchmark of the gate.
    sizes = rng.dirichlet(np.full(population, 0.7))
    players = rng.choice(population, len(days), p=sizes)
    heavy = rng.random(len(days)) < behaviour.heavy
    return Drawn(rng.integers(0, available, len(days)), np.where(heavy, population, players), days)


def _tilt(
    shown: NDArray[np.bool_],
    shadow: NDArray[np.bool_],
    drawn: Drawn,
    tilt: Tilt,
    rng: np.random.Generator,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Decide anew which of the two is right where one is; each player leans to one of them."""
    one = shown != shadow
    is_weekend = drawn.days % 7 >= 5
    shift = np.where(is_weekend, 1.0, -is_weekend.mean() / (1 - is_weekend.mean())) * tilt.weekend
    wins = np.clip((1 + (tilt.effect + shift) / one.mean()) / 2, 0.001, 0.999)
    strength = 1 / LIKENESS - 1
    # The quantile of a player's own beta distribution would be slow; its logit is near normal.
    leaning = rng.beta(strength / 2, strength / 2, drawn.players.max() + 1)[drawn.players] - 0.5
    shadow_wins = rng.random(len(one)) < np.clip(wins + leaning, 0, 1)
    return np.where(one, ~shadow_wins, shown), np.where(one, shadow_wins, shadow)


def _flood(evidence: TrialEvidence, start: int, count: int, tilt: Tilt | None) -> TrialEvidence:
    """Add answers of a hostile player: against an equal version, and for one that is worse."""
    shadow_right = tilt is not None and tilt.effect < 0
    full = np.full(count, True)
    lies = TrialEvidence(
        np.full(count, b"hostile"),
        full & (not shadow_right),
        full & shadow_right,
        full,
        full & (not shadow_right),
        np.full(count, ASKED_CODES[Asked.DISAGREEMENT], np.uint8),
        np.ones(count, np.float32),
    )
    return TrialEvidence(
        *(
            np.concatenate([column[:start], lie, column[start:]])
            for column, lie in zip(evidence, lies, strict=True)
        )
    )
