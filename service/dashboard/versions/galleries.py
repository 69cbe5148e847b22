"""Drawings on which two versions differ, as pictures."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Images
from pipeline.versions.guesses import SURE
from service.dashboard.frame.parts import Part, read_part
from service.dashboard.versions.pairs import Compared
from service.versions.sample_drawings import KnownSamples
from service.wiring import Wiring

FEW, AT_ONCE = 12, 48
"""Pictures beside other things, and on a page of their own."""


class Picture(NamedTuple):
    """A clean drawing, uint8 `(28, 28)`, and what two versions guess of it.

    truth, before, after: names of classes. sure_before, sure_after: how sure each version was, 0 to
    1.
    """

    image: Images
    truth: str
    before: str
    sure_before: float
    after: str
    sure_after: float


class Gallery(NamedTuple):
    """Some drawings.

    total: how many there are. shown: those with a picture that this page shows. pictured: of how
    many there is a picture. more: where the next part begins; None: this is the last.
    """

    title: str
    total: int
    shown: list[Picture]
    pictured: int
    more: int | None


def read_samples(wiring: Wiring, compared: Compared) -> Part[KnownSamples | None]:
    """Return the drawings of the base that the versions were measured on; None: there are none."""

    def read() -> KnownSamples | None:
        known = wiring.samples.get()
        return known if known is not None and known.base == compared.after.base else None

    return read_part(read, "Storage")


def make_gallery(
    title: str,
    rows: NDArray[np.int64],
    compared: Compared,
    samples: KnownSamples | None,
    *,
    most: int,
    after: int = 0,
) -> Gallery:
    """Show drawings of which the later version is surest first.

    Args:
        title: of the gallery.
        rows: of the base rows of test.
        compared: both versions.
        samples: the drawings of which there are pictures; None: of none.
        most: pictures, at most.
        after: how many pictures to leave out.
    """
    if samples is None:
        return Gallery(title, len(rows), [], 0, None)
    known, count = samples.drawings.test_rows, len(rows)
    rows = rows[np.isin(rows, known)]
    rows = rows[np.argsort(-compared.after.certainties[rows].astype(np.int64), kind="stable")]
    shown = rows[after : after + most]
    places = np.searchsorted(known, shown)
    pictures = [
        _make_picture(samples.drawings.test_images[place], row, compared)
        for place, row in zip(places.tolist(), shown.tolist(), strict=True)
    ]
    more = after + most if after + most < len(rows) else None
    return Gallery(title, count, pictures, len(rows), more)


def _make_picture(image: Images, row: int, compared: Compared) -> Picture:
    names, before, after = compared.categories, compared.before, compared.after
    return Picture(
        image,
        names[after.labels[row]],
        names[before.guesses[row]],
        int(before.certainties[row]) / SURE,
        names[after.guesses[row]],
        int(after.certainties[row]) / SURE,
    )
