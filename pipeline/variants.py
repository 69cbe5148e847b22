"""Corrections as their players might as well have drawn them: moved, turned, stretched a little, the same each time."""

import numpy as np

from pipeline.drawings import Images
from pipeline.warp import warped, warps

STRENGTH = 1.0
COPIES = 4  # of each correction, besides itself
MOST = 20_000  # variants in all: with many corrections there is less need of them


def variant(images: Images, copy: int, first: int = 0) -> Images:
    """The `copy`-th variant of drawings, uint8 `(n, 28, 28)`; copy 0 is the drawings themselves.

    Args:
        images: some of the corrections, in order of merging.
        copy: 0 or more; another copy moves them another way.
        first: the position of the first of them among all corrections: chance hangs on it and on `copy` alone.
    """
    if not copy:
        return images
    return warped(images, warps(len(images), np.random.default_rng([copy, first]), STRENGTH))


def copies_of(corrections: int) -> int:
    """How many variants of each correction are learned from."""
    return min(COPIES, MOST // max(1, corrections))
