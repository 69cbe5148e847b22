"""What one revision adds to the data set, as it is stored in Storage; without HDF5."""

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Images, Labels
from pipeline.drawings.rule import FIRST_RULE
from pipeline.npz import dump_arrays, load_arrays
from pipeline.records.forms import refuse_newer

FORMAT = 1
"""The form of the file. An array `format` in it says a later one; without it, it has the first."""


class Additions(NamedTuple):
    """What one revision adds to its parent; all arrays of one length, in order of merging.

    run_id: the run that adds them. revision: the number of the new revision. parent: the digest of
    the revision before.
    images: uint8 `(n, 28, 28)`. labels: uint8 `(n,)`. ids, players (hashed) and splits: str
    `(n,)`. guesses, confidences and versions: `(n,)`, of the guess that was corrected or
    confirmed, and asked and chances, as in `hdf5.Provenance`.
    rule: the number of the rule (`drawings.rule`) by which the images were made of canvases.
    """

    run_id: str
    revision: int
    parent: str
    images: Images
    labels: Labels
    ids: NDArray[np.str_]
    players: NDArray[np.str_]
    splits: NDArray[np.str_]
    guesses: Labels
    confidences: NDArray[np.float32]
    versions: NDArray[np.str_]
    asked: NDArray[np.uint8]
    chances: NDArray[np.float32]
    rule: int = FIRST_RULE

    @property
    def digest(self) -> str:
        """The digest of the new revision: sha256 of its parent's digest and all that is added.

        The run is not part of it: two runs that add the same make the same revision. Nor is the
        rule: it decides the images, which are.
        """
        state = hashlib.sha256(f"{self.parent} {self.revision}".encode())
        for part in (
            self.images, self.labels, self.guesses, self.confidences, self.asked, self.chances,
        ):  # fmt: skip
            state.update(np.ascontiguousarray(part).tobytes())
        for names in (self.ids, self.players, self.splits, self.versions):
            state.update("\n".join(names.tolist()).encode())
        return state.hexdigest()


def dump_additions(additions: Additions) -> bytes:
    """Return the additions as an .npz file; the same additions give the same bytes."""
    return dump_arrays(additions._asdict())


def load_additions(data: bytes, what: str = "the additions of a revision") -> Additions:
    """Read what `dump_additions` wrote.

    Args:
        data: the content of the object.
        what: which additions they are, for the error message.

    Raises:
        InvalidDataset: the bytes are not an .npz file with these fields.
        NewerDocument: a newer Redraw wrote them.
    """
    advice = "restore the object in Storage from a backup"
    form = load_arrays(data, ["format"], what, advice, defaults={"format": FORMAT})
    refuse_newer(what, int(form["format"]), FORMAT)
    fields = load_arrays(data, Additions._fields, what, advice, defaults=Additions._field_defaults)
    for name, kind in (("run_id", str), ("revision", int), ("parent", str), ("rule", int)):
        fields[name] = kind(fields[name])
    return Additions(**fields)
