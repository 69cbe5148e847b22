"""Guesses of both models for the tests of the gate, and its decisions on them."""

from typing import Any

import numpy as np

from pipeline.categories import CATEGORIES
from pipeline.gate.decide import decide
from pipeline.gate.inputs import Answers, GateInputs
from pipeline.gate.paired import concatenate_guesses
from pipeline.model.answers import PairedGuesses
from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import Decision
from pipeline.settings import Settings

RULES = Settings(_env_file=None).gate  # type: ignore[call-arg]
NO_METRICS = Metrics(rows=0, accuracy=0, loss=0, recall={}, precision={}, confusion=[])
METRICS = Comparison(champion=NO_METRICS, challenger=NO_METRICS)


def make_guesses(
    both: int = 0,
    gained: int = 0,
    lost: int = 0,
    neither: int = 0,
    *,
    players: int = 0,
    classes: int = 20,
    prefix: str = "p",
) -> PairedGuesses:
    """Make rows that both models guess right, only the challenger, only the champion, or neither.

    The rows are divided among so many players; with 0, they have no players.
    """
    counts = [both, gained, lost, neither]
    rows = sum(counts)
    labels = (np.arange(rows) % classes).astype(np.uint8)
    wrong = labels + np.uint8(classes)
    champion = np.where(np.repeat([True, False, True, False], counts), labels, wrong)
    challenger = np.where(np.repeat([True, True, False, False], counts), labels, wrong)
    names = [f"{prefix}{row % players}" for row in range(rows)] if players else None
    return PairedGuesses(
        labels, champion, challenger, None if names is None else np.array(names, np.str_)
    )


def make_answers(
    corrections: PairedGuesses | None = None,
    confirmations: PairedGuesses | None = None,
    *,
    ratios: tuple[float, float, float] = (1.0, 2.0, 4.0),
) -> Answers:
    """Weigh confirmations for the lowest, the likely and the highest ratio; corrections count 1."""
    groups = [group for group in (corrections, confirmations) if group is not None]
    guesses = concatenate_guesses(groups) if groups else PairedGuesses(*np.zeros((3, 0), np.uint8))
    confirmed = np.arange(guesses.rows) >= (corrections.rows if corrections else 0)
    weights = (np.where(confirmed, ratio, 1.0).astype(np.float32) for ratio in ratios)
    return Answers(guesses, confirmed, *weights)


def decide_on(clean: PairedGuesses, **others: Any) -> Decision:
    return decide(GateInputs(clean, **others), RULES, METRICS, CATEGORIES)


CLEAN = make_guesses(128_000, 1000, 1000, 10_000)
SMALL_CLEAN = make_guesses(676, 8, 8, 68)
CORRECTIONS = make_guesses(0, 180, 0, 320, players=80)
CONFIRMATIONS = make_guesses(590, 0, 10, players=80)
ANSWERS = make_answers(CORRECTIONS, CONFIRMATIONS)
