"""Fit the challenger's head to the data set, and predict drawings that the gate can judge it by."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.baseline_extra import require_tensorflow
from pipeline.dataset import hdf5
from pipeline.dataset.origins import SplitOrigins
from pipeline.drawings import Labels
from pipeline.fit.choice import Trial, Validation, choose_hyperparameters
from pipeline.fit.crossfit import LEARNED_BEFORE, NewAnswers, assign_folds, cross_fit
from pipeline.fit.feature_cache import FeatureCache, load_base_features, open_cache
from pipeline.fit.stored_answers import StoredAnswers, load_answers
from pipeline.fit.training_set import Hyperparameters, TrainingSet, build_training_set
from pipeline.model.answers import FeatureSource, PairedGuesses, predict_both
from pipeline.model.head import Head
from pipeline.model.predict import Predictor
from pipeline.npz import dump_arrays, load_arrays
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.settings import Settings
from pipeline.versions.asking import MOST_ROWS

_NO_LABELS = np.empty(0, np.uint8)
_NO_GUESSES = PairedGuesses(_NO_LABELS, _NO_LABELS, _NO_LABELS, np.empty(0, "S64"))


class FittedHead(NamedTuple):
    """A challenger's head, how it was chosen, and guesses for the gate.

    head: the head.
    hyperparameters: those chosen; None for the plain recipe.
    trials: all that were tried, in their order; none for the plain recipe.
    cross_fitted: guesses of all new answers of train in order of merging, each by a head that was
        fitted without its player; none for the plain recipe.
    """

    head: Head
    hyperparameters: Hyperparameters | None
    trials: list[Trial]
    cross_fitted: PairedGuesses


def fit_challenger(
    cache: FeatureCache,
    path: Path,
    settings: Settings,
    *,
    since: int,
    possible: tuple[float, float] | None = None,
    on_progress: OnProgress = silent,
) -> FittedHead:
    """Fit the head to base rows and to players' answers, the newest ones if there are very many.

    Args:
        cache: the champion's feature cache.
        path: the data set.
        settings: the method, the default hyperparameters, the numbers of rows, and the gate's
            eagerness, which bounds what a confirmation stands for.
        since: the revision that the champion learned from. Answers merged later are new.
        possible: between what the champion's accuracy on players' drawings can be, see
            `StoredAnswers.weigh`.
        on_progress: called after each step.
    """
    if settings.fit.method == "keras":
        head = _fit_plain_head(cache, path, settings, on_progress)
        return FittedHead(head, None, [], _NO_GUESSES)
    lesson = load_lesson(
        cache, path, settings, since=since, possible=possible, on_progress=on_progress
    )
    default = Hyperparameters(settings.fit.answer_weight, settings.fit.anchor_strength)
    chosen = choose_hyperparameters(lesson.training_set, default, lesson.validation, on_progress)
    # The gate judges by new answers only. The champion has learned from the older ones, so they
    # would favour it, and each fold's head may learn from them too.
    is_new = lesson.fitted.revisions > since
    folds = np.full(len(is_new), LEARNED_BEFORE, np.int64)
    folds[is_new] = assign_folds(lesson.fitted.players[is_new])
    players = lesson.new.origins.players
    predicted = cross_fit(
        lesson.training_set,
        chosen.hyperparameters,
        chosen.head,
        folds,
        NewAnswers(lesson.new.features, lesson.new.labels, assign_folds(players)),
        on_progress=on_progress,
    )
    cross_fitted = PairedGuesses.from_probabilities(*predicted, players)
    return FittedHead(chosen.head, chosen.hyperparameters, chosen.trials, cross_fitted)


def _fit_plain_head(
    cache: FeatureCache, path: Path, settings: Settings, on_progress: OnProgress
) -> Head:
    require_tensorflow("REDRAW_FIT_METHOD=keras")
    from pipeline.fit.plain_finetune import fit_plain_head  # loads TensorFlow

    return fit_plain_head(
        cache.model,
        hdf5.read_base(path, Split.TRAIN),
        hdf5.read_corrections(path, Split.TRAIN),
        seed=settings.seed,
        on_progress=on_progress,
    )


class Lesson(NamedTuple):
    """What a head is fitted to and judged by.

    training_set: base rows and answers of train.
    validation: base rows and answers of val.
    fitted: the origins of the training set's answers.
    new: all answers of train that the champion has not learned from.
    """

    training_set: TrainingSet
    validation: Validation
    fitted: SplitOrigins
    new: StoredAnswers


def load_lesson(
    cache: FeatureCache,
    path: Path,
    settings: Settings,
    *,
    since: int,
    possible: tuple[float, float] | None = None,
    on_progress: OnProgress = silent,
) -> Lesson:
    """Load base rows, and of each split the newest answers, weighed, see `fit_challenger`.

    Of val's base rows only some choose hyperparameters, see `count_choosing_rows`.
    """
    anchor, most = cache.model.head, settings.fit.most_answers
    train = _load_base(cache, path, Split.TRAIN, settings.fit.base_rows, on_progress)
    choosing = count_choosing_rows(path)
    # All of val is loaded, as the gate needs the others.
    features, labels = _load_base(cache, path, Split.VAL, None, on_progress)
    val = features[:choosing], labels[:choosing]
    accuracy = float(np.mean(predict_both(*val, anchor, anchor).champion.argmax(1) == val[1]))
    stored = load_answers(cache, path, Split.TRAIN, most=most, since=since, on_progress=on_progress)
    held_back = load_answers(cache, path, Split.VAL, most=most, on_progress=on_progress)
    fitted = stored.newest(most)
    taught, asked = (
        answers.weigh(accuracy, settings.gate.eagerness, possible)
        for answers in (fitted, held_back)
    )
    return Lesson(
        build_training_set(train, taught, anchor),
        Validation(val, asked),
        fitted.origins,
        stored.select(stored.origins.revisions > since),
    )


def count_choosing_rows(path: Path) -> int:
    """Return how many of the first base rows of val hyperparameters are chosen by.

    Nothing is chosen by the others, so the gate may judge by them. A small base is halved.
    """
    return min(MOST_ROWS, (hdf5.read_base_counts(path)[Split.VAL] + 1) // 2)


def _load_base(
    cache: FeatureCache, path: Path, split: Split, limit: int | None, on_progress: OnProgress
) -> tuple[FeatureSource, Labels]:
    features = load_base_features(cache, path, split, limit, on_progress)
    return features, hdf5.read_labels(path, split, len(features))


_ARRAY_FIELDS: dict[str, Any] = {
    "head": Head,
    "cross_fitted": PairedGuesses,
}
"""The fields of a FittedHead that are stored as arrays, and their types."""


def dump_fitted(fitted: FittedHead) -> bytes:
    """Return the fit as an .npz file. The same fit gives the same bytes."""
    choice = {"hyperparameters": fitted.hyperparameters, "trials": fitted.trials}
    arrays = {
        f"{field}_{name}": array
        for field in _ARRAY_FIELDS
        for name, array in getattr(fitted, field)._asdict().items()
    }
    return dump_arrays({"choice": np.array(json.dumps(choice)), **arrays})


def load_fitted(data: bytes) -> FittedHead:
    """Read a fit that `dump_fitted` wrote.

    Raises:
        InvalidDataset: the bytes are not such a file.
    """
    names = [f"{field}_{name}" for field, kind in _ARRAY_FIELDS.items() for name in kind._fields]
    arrays = load_arrays(
        data, ("choice", *names), "the fitted head of the run", "request another run"
    )
    choice = json.loads(str(arrays["choice"]))
    head, cross_fitted = (
        kind(*(arrays[f"{field}_{name}"] for name in kind._fields))
        for field, kind in _ARRAY_FIELDS.items()
    )
    chosen = choice["hyperparameters"]
    return FittedHead(
        head,
        Hyperparameters(*chosen) if chosen else None,
        [Trial(Hyperparameters(*tried), *results) for tried, *results in choice["trials"]],
        cross_fitted,
    )


def open_champion_cache(
    settings: Settings, model: Predictor, keep: Sequence[FeatureCache] | None = ()
) -> FeatureCache:
    """Open the feature cache for the champion's model and the base of this data set.

    The caches of other backbones are removed, except those of `keep`; None keeps all.
    """
    base_digest = hdf5.read_base_digest(settings.dataset_file)
    return open_cache(settings.features_dir, model, base_digest, keep=keep)
