"""The challenger's head: from the data set and the champion, by features kept on disk, with what its judges need to know."""

import io
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline import dataset
from pipeline.choice import Trial, Validation, choose
from pipeline.crossfit import cross_fitted, folds_of
from pipeline.feature_cache import FeatureCache, base_features, correction_features, open_cache
from pipeline.head import Head
from pipeline.lesson import Course, Lesson, lesson_of
from pipeline.predict import Predictor
from pipeline.progress import OnProgress, silent
from pipeline.records import Split
from pipeline.settings import Settings
from pipeline.side_by_side import Both

VALIDATED_ROWS = 20_000  # base rows of val that a course is judged on, at most


class Fitted(NamedTuple):
    """A challenger's head and how it came about.

    course: what was chosen; None by the plain recipe. trials: all that was tried. unseen: what champion and held-out heads say
    about each new correction of train, whose id is in `ids`, str `(n,)`; none by the plain recipe.
    """

    head: Head
    course: Course | None
    trials: list[Trial]
    ids: NDArray[np.str_]
    unseen: Both


def fit_challenger(
    cache: FeatureCache, path: Path, settings: Settings, *, since: int, on_progress: OnProgress = silent
) -> Fitted:
    """Fits the head to the base and to all corrections merged so far.

    Args:
        cache: of the champion's features.
        path: the data set.
        settings: method, usual course, base rows.
        since: the revision that the champion learned from: corrections merged later are new.
        on_progress: told of each step.
    """
    if settings.fit_method == "keras":
        from pipeline.plain_finetune import plain_head  # loads TensorFlow

        base, played = dataset.read_base(path, Split.TRAIN), dataset.read_corrections(path, Split.TRAIN)
        head = plain_head(cache.model, base, played, seed=settings.seed, on_progress=on_progress)
        nothing = np.empty((0, len(head.bias)), np.float32)
        return Fitted(head, None, [], np.empty(0, np.str_), Both(played.labels[:0], nothing, nothing))
    lesson = lesson_at(cache, path, settings.fit_base_rows, on_progress)
    usual = Course(settings.correction_weight, settings.anchor_strength)
    head, course, trials = choose(lesson, usual, validation_at(cache, path, on_progress), on_progress)
    known = dataset.read_provenance(path)
    train = known.splits == str(Split.TRAIN)  # in order of merging, as the rows are
    new = known.revisions[train] > since
    unseen = cross_fitted(lesson, course, head, np.where(new, folds_of(known.players[train]), -1), on_progress)
    return Fitted(head, course, trials, known.ids[train][new].astype(np.str_), Both(*(part[new] for part in unseen)))


def lesson_at(cache: FeatureCache, path: Path, most: int, on_progress: OnProgress = silent) -> Lesson:
    """At most that many base rows of train, and all its corrections."""
    features = base_features(cache, path, Split.TRAIN, most, on_progress)
    labels = dataset.read_labels(path, Split.TRAIN, len(features))
    played = dataset.read_corrections(path, Split.TRAIN)
    shown = correction_features(cache, Split.TRAIN, played.images, on_progress)
    return lesson_of((features, labels), (shown, played.labels), cache.model.head)


def validation_at(cache: FeatureCache, path: Path, on_progress: OnProgress = silent) -> Validation:
    """Rows of val, base and players'."""
    features = base_features(cache, path, Split.VAL, VALIDATED_ROWS, on_progress)
    labels = dataset.read_labels(path, Split.VAL, len(features))
    played = dataset.read_corrections(path, Split.VAL)
    return Validation((features, labels), (correction_features(cache, Split.VAL, played.images, on_progress), played.labels))


def dump_fitted(fitted: Fitted) -> bytes:
    """As stored: an .npz file, the same bytes for the same fit."""
    told = {"course": fitted.course, "trials": fitted.trials}
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        allow_pickle=False,
        told=np.array(json.dumps(told)),
        ids=fitted.ids,
        **{f"head_{name}": part for name, part in fitted.head._asdict().items()},
        **{f"unseen_{name}": part for name, part in fitted.unseen._asdict().items()},
    )
    return buffer.getvalue()


def load_fitted(data: bytes) -> Fitted:
    """What `dump_fitted` wrote. Raises InvalidDataset when the bytes are anything else."""
    names = ("told", "ids", *(f"head_{name}" for name in Head._fields), *(f"unseen_{name}" for name in Both._fields))
    found = dataset.stored_arrays(data, names, "delete the run's object and run again")
    told = json.loads(str(found["told"]))
    return Fitted(
        Head(*(found[f"head_{name}"] for name in Head._fields)),
        Course(*told["course"]) if told["course"] else None,
        [Trial(Course(*course), *rest) for course, *rest in told["trials"]],
        found["ids"],
        Both(*(found[f"unseen_{name}"] for name in Both._fields)),
    )


def cached_for(settings: Settings, model: Predictor) -> FeatureCache:
    """The cache of this Redraw for the champion's model."""
    return open_cache(settings.features_dir, model, dataset.base_digest(settings.dataset_file))
