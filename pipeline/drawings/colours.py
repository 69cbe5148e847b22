"""Find the colours of the ink of a canvas, and which pixels have each of them."""

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.drawings.arrays import Images

Mask = NDArray[np.bool_]
Colours = NDArray[np.int16]

LEVELS_SHIFT = 5  # bits; colours are counted in steps of 32 levels a channel
FLAT = 12  # a flat pixel differs by at most this from the next ones to the right and below
MAIN_SHARE = 0.96  # of flat ink in one colour: then the drawing has one colour
MIN_COLOUR_SHARE = 0.01  # of flat ink, for a colour that counts
MIN_THIN_SHARE = 0.004  # of the ink, beyond the colours of soft edges
MAX_COLOURS = 24
SAMPLED = 2_048  # ink pixels, about, that are looked at
SAME_COLOUR = 40  # levels in any channel, between pixels of one colour


class Palette(NamedTuple):
    """The colours of the flat pixels, and to which of them each pixel is nearest.

    `colours`: int16 `(n, channels)`; the first is the paper. `nearest`: int64 `(height, width)`,
    the index of the colour; -1 where none is near.
    """

    colours: Colours
    nearest: NDArray[np.int64]


def sample_ink(pixels: Images, ink: Mask) -> tuple[Images, Mask]:
    """Return ink pixels, and which of them are flat: no edge to the right or below.

    Returns:
        uint8 `(n, channels)` and bool `(n,)`.
    """
    height, width = ink.shape
    places = np.flatnonzero(ink[: height - 1])
    places = places[:: -(-len(places) // SAMPLED) or 1]
    flat = np.ones(len(places), bool)
    sampled = np.empty((len(places), pixels.shape[2]), np.uint8)
    for channel in range(pixels.shape[2]):
        values = pixels[..., channel].ravel()
        sampled[:, channel] = values[places]
        level = sampled[:, channel].astype(np.int16)
        flat &= np.abs(values[places + 1] - level) <= FLAT
        flat &= np.abs(values[places + width] - level) <= FLAT
    return sampled, flat


def find_colours(sampled: Images, flat: Mask, paper: Colours) -> list[Colours]:
    """Return the main colours of the ink, int16 `(channels,)` each.

    They are those of flat pixels. If these have hardly more than one, the ink may still be too thin
    to be flat anywhere: then those of the pixels count whose colour is not between the two, as the
    colours of soft edges are.

    Args:
        sampled: uint8 `(n, channels)`, ink pixels.
        flat: bool `(n,)`.
        paper: int16 `(channels,)`.
    """
    colours, counts = _count_colours(sampled[flat])
    if not len(counts) or counts[0] < MAIN_SHARE * counts.sum():
        return colours
    ends = np.stack([paper, colours[0]])
    low, high = ends.min(axis=0) - SAME_COLOUR, ends.max(axis=0) + SAME_COLOUR
    beyond = np.zeros(len(sampled), bool)
    for channel in range(sampled.shape[1]):
        values = sampled[:, channel].astype(np.int16)
        beyond |= (values < low[channel]) | (values > high[channel])
    if np.count_nonzero(beyond) < MIN_THIN_SHARE * len(sampled):
        return colours[:1]
    return colours[:1] + _count_colours(sampled[beyond])[0]


def _count_colours(inked: Images) -> tuple[list[Colours], NDArray[np.int64]]:
    """Return the colours of pixels, the most frequent first, and their counts.

    Args:
        inked: uint8 `(n, channels)`.
    """
    codes = np.zeros(len(inked), np.int64)
    for channel in inked.T:
        codes = codes << 8 - LEVELS_SHIFT | channel >> LEVELS_SHIFT
    counts = np.bincount(codes)
    order = np.argsort(-counts, kind="stable")[:MAX_COLOURS]
    order = order[counts[order] > MIN_COLOUR_SHARE * len(codes)]
    colours: list[Colours] = []
    for code in order:
        colour = _find_median(inked[codes == code])
        # Noise that lies across two steps is one colour.
        if all(np.abs(colour - other).max() > SAME_COLOUR // 2 for other in colours):
            colours.append(colour)
    return colours, counts[order]


def _find_median(inked: Images) -> Colours:
    """Return the median of each channel, rounded down: int16 `(channels,)`."""
    ordered = np.sort(inked, axis=0).astype(np.int16)
    median: Colours = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) // 2
    return median


def assign_colours(pixels: Images, colours: list[Colours]) -> Palette:
    """Find for each pixel the nearest of the colours."""
    channels = [channel.astype(np.int16) for channel in np.moveaxis(pixels, 2, 0)]
    distances = np.stack([measure_distances(channels, colour) for colour in colours])
    nearest = np.where(distances.min(axis=0) <= SAME_COLOUR, distances.argmin(axis=0), -1)
    return Palette(np.array(colours), nearest)


def measure_distances(channels: list[Colours], colour: Colours) -> Colours:
    """Return the distance from a colour, in the channel where it is largest."""
    away = (np.abs(channel - value) for channel, value in zip(channels, colour, strict=True))
    return functools.reduce(np.maximum, away)


def count_contacts(nearest: NDArray[np.int64], colours: int) -> NDArray[np.int64]:
    """Return along how many pixels each two colours touch, int64 `(colours, colours)`.

    Pixels of soft edges, which are near to no colour, count as the nearest pixel that is near to
    one; of equally near pixels, as the leftmost, and of these as the upper one.
    """
    places = ndimage.distance_transform_edt(
        nearest < 0, return_distances=False, return_indices=True
    )
    full = nearest[tuple(places)]
    pairs = np.concatenate(
        [
            (full[:, :-1] * colours + full[:, 1:]).ravel(),
            (full[:-1] * colours + full[1:]).ravel(),
        ]
    )
    counts = np.bincount(pairs, minlength=colours * colours).reshape(colours, colours)
    contacts: NDArray[np.int64] = counts + counts.T
    np.fill_diagonal(contacts, 0)
    return contacts
