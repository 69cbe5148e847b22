"""The challenger's head: from the data set and the champion, by features kept on disk, with what its judges need to know."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset import hdf5
from pipeline.dataset.splits import player_split
from pipeline.fit.choice import Trial, Validation, choose_hyperparameters
from pipeline.fit.crossfit import LEARNED_BEFORE, ConfirmationRows, assign_folds, cross_fit
from pipeline.fit.feature_cache import FeatureCache, base_features, correction_features, open_cache
from pipeline.fit.lesson import Hyperparameters, TrainingSet, build_training_set
from pipeline.model.answers import PairedGuesses, predict_both
from pipeline.model.head import Head
from pipeline.model.predict import Predictor
from pipeline.npz import dump_arrays, load_arrays
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.settings import Settings
from pipeline.versions.asking import MOST_ROWS


class FittedHead(NamedTuple):
    """A challenger's head, how it came about, and what it says about drawings that only the fit can hide from it.

    course: what was chosen; None by the plain recipe. trials: all that was tried. crossed: the new corrections of train, each
    guessed by a head that did not see its player; none by the plain recipe. confirmations: those of held-out players, and the
    new ones of others, guessed in the same way.
    """

    head: Head
    course: Hyperparameters | None
    trials: list[Trial]
    crossed: PairedGuesses
    confirmations: PairedGuesses


def fit_challenger(
    cache: FeatureCache,
    path: Path,
    settings: Settings,
    *,
    since: int,
    on_progress: OnProgress = silent,
) -> FittedHead:
    """Fits the head to the base and to all corrections merged so far.

    Args:
        cache: of the champion's features.
        path: the data set.
        settings: method, usual course, base rows.
        since: the revision that the champion learned from: corrections merged later are new.
        on_progress: told of each step.
    """
    known = hdf5.read_provenance(path)
    shown, shown_players = load_confirmations(cache, path, known, since, on_progress)
    if settings.fit.method == "keras":
        from pipeline.fit.plain_finetune import fit_plain_head  # loads TensorFlow

        base, played = hdf5.read_base(path, Split.TRAIN), hdf5.read_corrections(path, Split.TRAIN)
        head = fit_plain_head(
            cache.model, base, played, seed=settings.seed, on_progress=on_progress
        )
        said = predict_both(shown.features, shown.labels, cache.model.head, head)
        nothing = np.empty(0, np.uint8)
        return FittedHead(
            head,
            None,
            [],
            PairedGuesses(nothing, nothing, nothing, np.empty(0, np.str_)),
            PairedGuesses.of(*said, shown_players),
        )
    lesson = load_training_set(cache, path, settings.fit.base_rows, on_progress)
    usual = Hyperparameters(settings.fit.correction_weight, settings.fit.anchor_strength)
    head, course, trials = choose_hyperparameters(
        lesson, usual, load_validation(cache, path, on_progress), on_progress
    )
    train = known.splits == str(Split.TRAIN)  # in order of merging, as the rows are
    players, new = known.players[train], known.revisions[train] > since
    folds = np.where(new, assign_folds(players), LEARNED_BEFORE)
    crossed, beside = cross_fit(lesson, course, head, folds, beside=shown, on_progress=on_progress)
    taught = PairedGuesses.of(*crossed.rows(new), players[new].astype(np.str_))
    return FittedHead(head, course, trials, taught, PairedGuesses.of(*beside, shown_players))


def load_confirmations(
    cache: FeatureCache,
    path: Path,
    known: hdf5.Provenance,
    since: int,
    on_progress: OnProgress = silent,
) -> tuple[ConfirmationRows, NDArray[np.str_]]:
    """The confirmations that weigh against the corrections that a challenger is judged on, and their players.

    Those are all of held-out players, and the new ones of others; taken in any other way, one kind would outnumber the other
    with every run.
    """
    control = known.splits == str(Split.CONTROL)
    players, new = known.players[control], known.revisions[control] > since
    chosen = new | np.array(
        [player_split(player) is Split.TEST for player in players.tolist()], bool
    )
    rows = hdf5.read_corrections(path, Split.CONTROL)
    features = correction_features(cache, Split.CONTROL, rows.images, on_progress)
    return ConfirmationRows(
        features[chosen], rows.labels[chosen], assign_folds(players[chosen])
    ), players[chosen].astype(np.str_)


def load_training_set(
    cache: FeatureCache, path: Path, most: int, on_progress: OnProgress = silent
) -> TrainingSet:
    """At most that many base rows of train, and all its corrections."""
    features = base_features(cache, path, Split.TRAIN, most, on_progress)
    labels = hdf5.read_labels(path, Split.TRAIN, len(features))
    played = hdf5.read_corrections(path, Split.TRAIN)
    shown = correction_features(cache, Split.TRAIN, played.images, on_progress)
    return build_training_set((features, labels), (shown, played.labels), cache.model.head)


def load_validation(
    cache: FeatureCache, path: Path, on_progress: OnProgress = silent
) -> Validation:
    """Rows of val, base and players'."""
    features = base_features(cache, path, Split.VAL, MOST_ROWS, on_progress)
    labels = hdf5.read_labels(path, Split.VAL, len(features))
    played = hdf5.read_corrections(path, Split.VAL)
    return Validation(
        (features, labels),
        (correction_features(cache, Split.VAL, played.images, on_progress), played.labels),
    )


PARTS: dict[str, Any] = {"head": Head, "crossed": PairedGuesses, "confirmations": PairedGuesses}


def dump_fitted(fitted: FittedHead) -> bytes:
    """As stored: an .npz file, the same bytes for the same fit."""
    told = {"course": fitted.course, "trials": fitted.trials}
    arrays = {
        f"{whole}_{name}": part
        for whole in PARTS
        for name, part in getattr(fitted, whole)._asdict().items()
    }
    return dump_arrays({"told": np.array(json.dumps(told)), **arrays})


def load_fitted(data: bytes) -> FittedHead:
    """What `dump_fitted` wrote. Raises InvalidDataset when the bytes are anything else."""
    names = [f"{whole}_{name}" for whole, kind in PARTS.items() for name in kind._fields]
    found = load_arrays(data, ("told", *names), "the fitted head of the run", "request another run")
    told = json.loads(str(found["told"]))
    head, crossed, confirmations = (
        kind(*(found[f"{whole}_{name}"] for name in kind._fields)) for whole, kind in PARTS.items()
    )
    return FittedHead(
        head,
        Hyperparameters(*told["course"]) if told["course"] else None,
        [Trial(Hyperparameters(*course), *rest) for course, *rest in told["trials"]],
        crossed,
        confirmations,
    )


def open_champion_cache(settings: Settings, model: Predictor) -> FeatureCache:
    """The cache of this Redraw for the champion's model."""
    return open_cache(settings.features_dir, model, hdf5.read_base_digest(settings.dataset_file))
