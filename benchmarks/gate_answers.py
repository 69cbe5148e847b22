"""Draw from the guesses of a real pair what the gate would see of it: players' answers, clean rows.

Players are drawn with replacement from those who are held out, and the clean drawings likewise. So
what is true of the pair is known: the accuracies on all of them.
"""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.gate_pairs import CONFIRMED, CORRECTED, DRAWINGS_PER_PLAYER
from pipeline.gate import weighing
from pipeline.gate.inputs import Answers, GateInputs
from pipeline.gate.weighing import SentAnswers
from pipeline.model.answers import PairedGuesses
from pipeline.records.corrections import NOT_SAID
from pipeline.settings import Settings

AUDITED = 0.01
"""The share of all drawings that the game asks about at random, beside those of the policy."""
ANSWERED = 0.5
"""The share of the questions that players answer."""
ANSWERS_BESIDE = 200
"""Answers beside those about disagreements."""


class Sending(StrEnum):
    """How answers come about."""

    UNASKED = "unasked"
    """Players correct 30 % of wrong guesses and confirm 10 % of right ones; no chance is known."""
    ASKED = "asked"
    """The game asks by the champion's policy, and about 1 % of the others, and says the chance."""
    AUDIT = "audit"
    """The game asks about drawings at random."""
    DISAGREEMENTS = "disagreements"
    """The game asks where champion and challenger disagree."""


class Pair(NamedTuple):
    """A champion and a challenger on the same drawings.

    kinds: how the two heads were made.
    players: guesses of all drawings of players who are held out.
    asked: bool `(n,)`, whether the champion's policy asks about each.
    clean, since_baseline: guesses of all clean drawings; the latter None if the champion is the
        baseline.
    golden: the golden set, rows of `clean`.
    poison: the class whose labels some players swap, what they say instead, and their share.
    """

    kinds: tuple[str, str]
    players: PairedGuesses
    asked: NDArray[np.bool_]
    clean: PairedGuesses
    since_baseline: PairedGuesses | None
    golden: NDArray[np.int64]
    poison: tuple[int, int, float]

    @property
    def effect(self) -> float:
        """What players gain, in points of accuracy."""
        return 100 * float(self.players.gains.mean())

    @property
    def clean_effect(self) -> float:
        """What is gained on clean drawings, in points of accuracy."""
        return 100 * float(self.clean.gains.mean())


# Heads that take the champion's place beside the first; the others challenge each of them.
CHAMPIONS = ("champion", "500 answers", "2500 labelled", "13000 labelled")
RIVALS = (
    "champion", "100 answers", "500 answers", "1500 answers", "2500 labelled", "5000 labelled",
    "13000 labelled", "corrections alone", "plain recipe, 500",
)  # fmt: skip


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yield the pairs of a file of `benchmarks.gate_pairs`."""
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    kinds = arrays["kinds"].tolist()
    for champion, name in enumerate(kinds):
        if name not in CHAMPIONS:
            continue
        for challenger, rival in enumerate(kinds):
            if champion == challenger or (champion and rival not in RIVALS):
                continue
            clean = arrays["clean_labels"], arrays["clean_guesses"]
            label, becomes = (int(number) for number in arrays["poison_classes"][challenger])
            yield Pair(
                (name, rival),
                PairedGuesses(
                    arrays["labels"], arrays["guesses"][champion], arrays["guesses"][challenger]
                ),
                arrays["asked"][champion],
                PairedGuesses(clean[0], clean[1][champion], clean[1][challenger]),
                PairedGuesses(clean[0], clean[1][0], clean[1][challenger]) if champion else None,
                arrays["golden"],
                (label, becomes, float(arrays["poison_shares"][challenger])),
            )


def draw_inputs(
    pair: Pair,
    sending: Sending,
    count: int,
    rng: np.random.Generator,
    *,
    of: int | None = None,
    clean_rows: int | None = None,
) -> GateInputs:
    """Draw so many answers, and clean drawings, as the gate would see them.

    Args:
        pair: the pair.
        sending: how the answers come about.
        count: how many answers.
        rng: decides who is drawn.
        of: the answers are the first of so many; None: they are all. With the same `rng` and `of`,
            fewer answers are the first of more.
        clean_rows: how many clean drawings there are; None: as many as the pair has.
    """
    clean = rng.integers(0, pair.clean.rows, clean_rows or pair.clean.rows)
    if sending is Sending.DISAGREEMENTS:
        # Beside them there are a few answers to show how often the models disagree.
        answers = _draw_answers(pair, Sending.UNASKED, ANSWERS_BESIDE, rng)
        disagreements = _draw_answers(pair, sending, count, rng).guesses
    else:
        answers, disagreements = _draw_answers(pair, sending, count, rng, of), None
    return GateInputs(
        clean=_select(pair.clean, clean),
        answers=answers,
        disagreements=disagreements,
        golden=_select(pair.clean, pair.golden),
        since_baseline=pair.since_baseline and _select(pair.since_baseline, clean),
    )


def _draw_answers(
    pair: Pair,
    sending: Sending,
    count: int,
    rng: np.random.Generator,
    of: int | None = None,
) -> Answers:
    """Draw answers, take the first ones, and weigh them as a run does."""
    sent = _draw_sent(pair, sending, of or count, rng)
    rows, labels, players, chances = (column[:count] for column in sent)
    guesses = PairedGuesses(
        labels, pair.players.champion[rows], pair.players.challenger[rows], players
    )
    return weigh(guesses, float(pair.clean.champion_right.mean()), chances)


def weigh(
    guesses: PairedGuesses, clean_accuracy: float, chances: NDArray[np.float32] | None = None
) -> Answers:
    """Weigh answers to the champion's guesses as a run does.

    Args:
        guesses: of the drawings that were answered, with players.
        clean_accuracy: the champion's on clean drawings, 0 to 1.
        chances: of the answers; None or NaN where they are not known.
    """
    nothing = np.full(guesses.rows, np.nan, np.float32)
    sent = SentAnswers(
        guesses,
        guesses.champion_right,
        np.full(guesses.rows, NOT_SAID, np.uint8),
        nothing if chances is None else chances,
    )
    return weighing.weigh(sent, clean_accuracy, Settings(_env_file=None).gate)  # type: ignore[call-arg]


def _draw_sent(
    pair: Pair, sending: Sending, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.str_], NDArray[np.float32]]:
    """Return rows, labels, players and chances of answers, `(count,)` each."""
    drawings = pair.players.rows
    probabilities, chances = _describe_sending(pair, sending)
    # Enough players for so many answers with near certainty.
    most = int(
        (count + 6 * count**0.5 + 50) / max(probabilities.mean(), 1e-3) / DRAWINGS_PER_PLAYER
    )
    drawn = rng.integers(0, drawings // DRAWINGS_PER_PLAYER, most + 1)
    rows = (drawn[:, None] * DRAWINGS_PER_PLAYER + np.arange(DRAWINGS_PER_PLAYER)).ravel()
    numbers = np.repeat(np.arange(most + 1), DRAWINGS_PER_PLAYER)
    labels, sent = pair.players.labels[rows], rng.random(len(rows)) < probabilities[rows]
    label, becomes, share = pair.poison
    if share:
        lied = (rng.random(most + 1) < share)[numbers] & (labels == label)
        sent = np.where(lied, rng.random(len(rows)) < CORRECTED, sent)
        labels = np.where(lied, becomes, labels).astype(np.uint8)
    chosen = np.flatnonzero(sent)[:count]
    names = np.array([f"p{number}" for number in range(most + 1)])
    return rows[chosen], labels[chosen], names[numbers[chosen]], chances[rows[chosen]]


def _describe_sending(
    pair: Pair, sending: Sending
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return with what probability each drawing is answered, and the chance that the game says."""
    drawings = pair.players.rows
    if sending is Sending.ASKED:
        chances = np.where(pair.asked, 1.0, AUDITED)
        return chances * ANSWERED, chances.astype(np.float32)
    if sending is Sending.AUDIT:
        return np.full(drawings, 0.05), np.full(drawings, 0.05, np.float32)
    unknown = np.full(drawings, np.nan, np.float32)
    if sending is Sending.DISAGREEMENTS:
        return (pair.players.champion != pair.players.challenger).astype(np.float64), unknown
    return np.where(pair.players.champion_right, CONFIRMED, CORRECTED), unknown


def _select(guesses: PairedGuesses, rows: NDArray[np.int64]) -> PairedGuesses:
    return PairedGuesses(guesses.labels[rows], guesses.champion[rows], guesses.challenger[rows])
