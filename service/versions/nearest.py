"""Find the drawings of the base that a version sees as most like another one.

Likeness is the cosine of the angle between the features of the version's backbone. The features of
the sample drawings are computed in the background, once for each backbone.
"""

import logging
import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Images, Labels
from pipeline.model.predict import FEATURES, Predictor
from service.backends.budget import leave_budget
from service.backends.single_flight import SingleFlight
from service.backends.slow_result import StillWorking
from service.versions.sample_drawings import KnownSamples, SampleDrawings

log = logging.getLogger(__name__)

MOST_DRAWINGS = 6000
"""Sample drawings whose features are kept: 19 MB. With many classes there are fewer of each."""
BLOCK = 8
"""Drawings that are computed together."""
PAUSE_SECONDS = 0.002
"""Between two blocks, so that requests get their turn: half a second for 2,000 drawings."""


class _Index(NamedTuple):
    """The sample drawings as one backbone sees them; features are float16 of length one."""

    backbone: str
    images: Images
    labels: Labels
    features: NDArray[np.float16]


class NearestDrawings:
    """The sample drawings, and how the released version sees them.

    Args:
        samples: the drawings of the base.
    """

    def __init__(self, samples: SampleDrawings) -> None:
        self._samples = samples
        self._wanted: Predictor | None = None
        self._index: _Index | None = None
        self._fault: Exception | None = None
        self._none_stored = False
        self._computing = SingleFlight(self._compute)

    def find(
        self, model: Predictor, drawing: Images, labels: Sequence[int], number: int
    ) -> dict[int, Images] | None:
        """Return the nearest sample drawings of each of these classes, the nearest first.

        Args:
            model: whose backbone looks at the drawings.
            drawing: uint8 `(28, 28)`.
            labels: the classes.
            number: how many of each class, at most.

        Returns:
            By class: uint8 `(n, 28, 28)`. None: no run has stored sample drawings yet.

        Raises:
            StillWorking: the features of the samples are being computed.
            RedrawError: the samples cannot be read; the next call tries again.
        """
        index = self._index
        if index is None or index.backbone != model.backbone_digest:
            fault, none_stored = self._fault, self._none_stored
            self._fault, self._none_stored, self._wanted = None, False, model
            self._computing()
            if fault is not None:
                raise fault
            if none_stored:
                return None
            raise StillWorking("the features of the sample drawings are being computed")
        seen = _scale(model.features(drawing[None]))[0]
        return {label: _choose(index, label, seen, number) for label in labels}

    def _compute(self) -> None:
        """Compute the features of the samples; in a thread, one backbone at a time."""
        leave_budget()
        model = self._wanted
        assert model is not None  # noqa: S101 - it was set before
        try:
            known = self._samples.get()
            self._none_stored = known is None
            if known is not None:
                self._index = _make_index(model, known)
        except Exception as fault:
            log.warning("the nearest drawings cannot be found: %s", fault)
            self._fault = fault
            raise


def _make_index(model: Predictor, known: KnownSamples) -> _Index:
    images, labels = known.drawings.train_images, known.drawings.train_labels
    of_each = MOST_DRAWINGS // max(1, len(np.unique(labels)))
    chosen = [np.flatnonzero(labels == label)[:of_each] for label in np.unique(labels)]
    rows = np.concatenate([np.empty(0, np.int64), *chosen])
    images, labels = images[rows], labels[rows]
    features = np.empty((len(rows), FEATURES), np.float16)
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        features[block] = _scale(model.features(images[block]))
        time.sleep(PAUSE_SECONDS)
    return _Index(model.backbone_digest, images, labels, features)


def _choose(index: _Index, label: int, seen: NDArray[np.float32], number: int) -> Images:
    rows = np.flatnonzero(index.labels == label)
    likeness = index.features[rows].astype(np.float32) @ seen
    nearest: Images = index.images[rows[np.argsort(-likeness, kind="stable")[:number]]]
    return nearest


def _scale(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return features `(n, 1600)` scaled to length one; those of blank paper stay zero."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = features / np.maximum(length, np.float32(1e-12))
    return scaled
