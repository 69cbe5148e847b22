"""Recognise pictures of 28 x 28 that are drawings already: Google's bitmaps, and our results."""

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.arrays import SIDE, Images
from pipeline.drawings.centring import INK_THRESHOLD, centre_idempotently
from pipeline.drawings.quantiles import find_quantile

# Google scales the longer side of every drawing to 272/304 of 28 pixels: 25.05. So 25 or 26 rows
# (columns) have ink, and the 2 or 3 others are without, together: 1,498 of 1,500 real bitmaps.
FREE_LINES = (2, 3)
# Google's pen is 1.47 pixels wide, so along a stroke the ink is strong. A tenth of the pixels with
# ink are at least this strong; of 1,500 real bitmaps 247, of dots far apart 162 or more.
MIN_STRONG_INK = 150
STRONG_QUANTILE = 90  # hundredths
MAX_OFF_CENTRE = 1  # pixels by which the margins around a bitmap of Google's differ


def read_bitmap(pixels: Images) -> Images | None:
    """Return the ink of a picture that is a drawing already; None if it is not one.

    A game that squeezes its canvas to 28 x 28 sends a picture of the same size, whose strokes are
    too thin, and which hardly ever fills it as Google's do.

    The border cannot tell paper from ink here, because a centred drawing's ink may be wrapped
    around to the opposite side. But a drawing has at least one row and one column without ink. So
    it is taken for black on white if only that view leaves a row and a column free, and else for
    white on black.

    Args:
        pixels: uint8 `(28, 28, channels)`.

    Returns:
        uint8 `(28, 28)`, 0 is paper.
    """
    if pixels.shape[:2] != (SIDE, SIDE) or np.ptp(pixels, axis=2).any():  # grey has equal channels
        return None
    light, dark = pixels[..., 0].copy(), 255 - pixels[..., 0]  # as seen on black, and on white
    ink = dark if _has_free_lines(dark) and not _has_free_lines(light) else light
    return ink if _looks_like_google_s(ink) else None


def _has_free_lines(ink: Images) -> bool:
    """Return whether at least one row and one column hold no ink."""
    paper = ink <= INK_THRESHOLD
    return bool(paper.all(axis=0).any() and paper.all(axis=1).any())


def _looks_like_google_s(ink: Images) -> bool:
    """Return whether ink has the extent, the place and the strength of Google's bitmaps.

    Google's have the box of their ink in the middle. Our results are centred already.
    """
    inked = ink > INK_THRESHOLD
    if not inked.any():
        return False
    profiles = [np.asarray(inked.any(axis=axis)) for axis in (0, 1)]
    return (
        any(np.isin(_measure_gaps(profile), FREE_LINES).any() for profile in profiles)
        and find_quantile(ink[inked], STRONG_QUANTILE) >= MIN_STRONG_INK
        and (
            all(_measure_offset(profile) <= MAX_OFF_CENTRE for profile in profiles)
            or np.array_equal(centre_idempotently(ink), ink)
        )
    )


def _measure_gaps(profile: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many lines without ink follow each line with ink, across the edge too."""
    lines = np.flatnonzero(profile)
    gaps: NDArray[np.int64] = np.diff(lines, append=lines[0] + SIDE) - 1
    return gaps


def _measure_offset(profile: NDArray[np.bool_]) -> int:
    """Return by how many lines the margins before and after the ink differ."""
    lines = np.flatnonzero(profile)
    return abs(int(lines[0]) - (SIDE - 1 - int(lines[-1])))
