"""Collect the guesses that the gate decides on, and decide."""

from pathlib import Path
from typing import NamedTuple

from pipeline.dataset import hdf5
from pipeline.dataset.origins import SplitOrigins, read_shared_players, read_split_origins
from pipeline.gate import decide
from pipeline.gate.inputs import GateInputs
from pipeline.gate.paired import find_rows_of
from pipeline.gate.predicting import (
    Competitors,
    guess_held_out,
    join_clean,
    predict_test,
    predict_val,
)
from pipeline.gate.weighing import SentAnswers, join_answers, weigh
from pipeline.model.answers import PairedGuesses
from pipeline.model.metrics import measure
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.records.metrics import Comparison
from pipeline.records.runs import Decision
from pipeline.settings import Settings


class CrossedGuesses(NamedTuple):
    """Guesses of answers that the challenger was fitted to.

    guesses: of the answers of train that were merged after `since`, in order of merging; the
        challenger's are by heads that were fitted without the player. None at all if the fit does
        not make such heads.
    since: the revision that the champion learned from.
    """

    guesses: PairedGuesses
    since: int


def judge(
    competitors: Competitors,
    crossed: CrossedGuesses | None,
    path: Path,
    settings: Settings,
    *,
    possible: tuple[float, float] | None = None,
    on_progress: OnProgress = silent,
) -> Decision:
    """Return the gate's decision on a challenger.

    Args:
        competitors: the models to compare.
        crossed: what both models say of the answers that the challenger was fitted to; None if no
            such heads were fitted, as for a new baseline.
        path: the data set.
        settings: the gate's rules.
        possible: between what the champion's accuracy on players' drawings can be, see `weigh`.
        on_progress: called after each step.
    """
    test, val = (
        predict_split(competitors, path, on_progress)
        for predict_split in (predict_test, predict_val)
    )
    clean = join_clean(test, val)
    # The golden set is of test alone: the baseline's training was watched on val.
    golden = decide.choose_golden_rows(test.baseline, test.labels)
    shared = read_shared_players(path)
    held_out = SentAnswers.of(
        guess_held_out(competitors, path, on_progress), read_split_origins(path, Split.TEST)
    )
    groups = [held_out.select(~find_rows_of(held_out.players, shared))]
    if crossed is not None and crossed.guesses.rows:
        origins = read_split_origins(path, Split.TRAIN)
        is_new = origins.revisions > crossed.since
        new = SplitOrigins(*(column[is_new] for column in origins))
        groups.append(SentAnswers.of(crossed.guesses, new))
    accuracy = float(clean.champion_right.mean()) if clean.rows else 0.0
    inputs = GateInputs(
        clean=clean,
        answers=weigh(join_answers(groups), accuracy, settings.gate, possible),
        golden=PairedGuesses.from_probabilities(
            test.labels[golden], test.baseline[golden], test.challenger[golden]
        ),
        since_baseline=(
            None if competitors.baseline is None else join_clean(test, val, baseline=True)
        ),
        shared=shared,
    )
    categories = hdf5.describe(path).categories
    # Measured on test alone, so that the figures of versions can be compared.
    base = Comparison(
        champion=measure(test.champion, test.labels, categories),
        challenger=measure(test.challenger, test.labels, categories),
    )
    return decide.decide(inputs, settings.gate, base, categories)
