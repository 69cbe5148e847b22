"""Gather the evidence of a trial: what both versions guess of the answers that came since it began.

Nothing that players say about a guess is taken on trust: both guesses are computed from the stored
drawings. Features are not cached. The versions may have different backbones, and the fresh answers
are few: 1,000 of them take less than a second.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset import hdf5
from pipeline.dataset.origins import read_split_origins, read_split_versions
from pipeline.drawings import Images, Labels
from pipeline.model.answers import Players
from pipeline.model.features import compute_features
from pipeline.model.predict import Predictor
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.trial.arms import ArmEvidence
from pipeline.trial.standing import TrialEvidence

BLOCK_ROWS = 4096
"""Drawings whose features are in memory at once: 26 MB for each backbone."""


class ComparedModels(NamedTuple):
    """The models of a trial.

    shown: of the released version. shadow: of the version on trial, or in a watch of the version
    that was released before.
    """

    shown: Predictor
    shadow: Predictor


class FreshAnswers(NamedTuple):
    """Answers that were merged after a revision, in order of merging; arrays `(n,)`.

    players: hashes. labels: what the drawings show. guesses: what the game showed, 255 if unknown.
    asked, chances: how each answer came about, see `dataset.origins.SplitOrigins`.
    versions: the version whose guess the game showed, as it says, in bytes.
    shown, shadow: the guesses of both models, uint8.
    """

    players: Players
    labels: Labels
    guesses: Labels
    asked: NDArray[np.uint8]
    chances: NDArray[np.float32]
    versions: NDArray[np.bytes_]
    shown: Labels
    shadow: Labels

    @property
    def confirmed(self) -> NDArray[np.bool_]:
        """Bool `(n,)`: whether the player said that the guess in the game is right."""
        return np.equal(self.labels, self.guesses)

    def pair(self) -> TrialEvidence:
        """Return the evidence of a trial whose version only guesses beside the released one."""
        return TrialEvidence(
            self.players,
            np.equal(self.shown, self.labels),
            np.equal(self.shadow, self.labels),
            np.not_equal(self.shown, self.shadow),
            self.confirmed,
            self.asked,
            self.chances,
        )

    def divide(self, version: str, against: str) -> ArmEvidence:
        """Return the evidence of a canary: the answers about what each version has guessed.

        Which version the game showed is what the game says. An answer counts only if that version
        does guess, by Redraw's own computation, what the game says it guessed.
        """
        tried, released = (
            np.equal(self.versions, name.encode()) & np.equal(self.guesses, guesses)
            for name, guesses in ((version, self.shadow), (against, self.shown))
        )
        counted = tried | released
        return ArmEvidence(
            self.players[counted],
            tried[counted],
            self.confirmed[counted],
            self.chances[counted],
            self.asked[counted],
        )


def gather_answers(
    models: ComparedModels, path: Path, since: int, on_progress: OnProgress = silent
) -> FreshAnswers:
    """Gather the answers that were merged after revision `since`, of all splits.

    Neither model has learned from them, so those of every split count.

    Args:
        models: the models.
        path: the data set.
        since: the revision at which the trial began.
        on_progress: called after each block.

    Raises:
        InvalidDataset: the data set cannot be read.
    """
    parts = [
        part
        for split in Split
        if (part := _gather_split(models, path, split, since, on_progress)) is not None
    ]
    if not parts:
        return _none()
    revisions = np.concatenate([revisions for revisions, _ in parts])
    # In order of arrival: those of one run keep the order of the splits.
    order = np.argsort(revisions, kind="stable")
    columns = zip(*(answers for _, answers in parts), strict=True)
    return FreshAnswers(*(np.concatenate(column)[order] for column in columns))


def _gather_split(
    models: ComparedModels, path: Path, split: Split, since: int, on_progress: OnProgress
) -> tuple[NDArray[np.int32], FreshAnswers] | None:
    """Return the fresh answers of a split with their revisions; None if there are none."""
    origins = read_split_origins(path, split)
    # Rows are appended in order of merging, so the fresh ones are the last ones.
    first = int(np.searchsorted(origins.revisions, since, side="right"))
    if first == len(origins.revisions):
        return None
    rows = len(origins.revisions) - first
    start = hdf5.read_base_counts(path)[split] + first
    guesses = [
        (labels, *_guess_both(models, images))
        for images, labels in _read_blocks(path, split, start, rows, on_progress)
    ]
    labels, shown, shadow = (np.concatenate(column) for column in zip(*guesses, strict=True))
    answers = FreshAnswers(
        origins.players[first:],
        labels,
        origins.guesses[first:],
        origins.asked[first:],
        origins.chances[first:],
        read_split_versions(path, split)[first:],
        shown,
        shadow,
    )
    return origins.revisions[first:], answers


def _read_blocks(
    path: Path, split: Split, start: int, rows: int, on_progress: OnProgress
) -> Iterator[hdf5.Rows]:
    for done in range(0, rows, BLOCK_ROWS):
        end = min(done + BLOCK_ROWS, rows)
        yield hdf5.read_rows(path, split, start + done, start + end)
        on_progress("comparing the versions of the trial", end, rows)


def _guess_both(models: ComparedModels, images: Images) -> tuple[Labels, Labels]:
    """Return the guesses of both models, uint8 `(n,)` each; a backbone in common works once."""
    shown, shadow = models
    features = compute_features(shown, images)
    others = (
        features
        if shadow.backbone_digest == shown.backbone_digest
        else compute_features(shadow, images)
    )
    guesses = (
        model.head.scores(values).argmax(axis=1).astype(np.uint8)
        for model, values in ((shown, features), (shadow, others))
    )
    first, second = guesses
    return first, second


def _none() -> FreshAnswers:
    no_labels = np.empty(0, np.uint8)
    names = np.empty(0, "S1")
    chances = np.empty(0, np.float32)
    return FreshAnswers(
        names, no_labels, no_labels, no_labels, chances, names, no_labels, no_labels
    )
