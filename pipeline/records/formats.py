"""What was decided about the int8 file of a version."""

from pipeline.records.base import Record


class Int8Decision(Record):
    """Whether a version has an int8 file, and what its guesses are like.

    `reasons` are the sentences of the checks that decided. `rows` is the number of clean drawings
    that were compared, `differing` on how many of them the guess is another than that of the .h5
    file, `difference` the largest of a probability, 0 to 1.
    """

    allowed: bool
    reasons: list[str]
    rows: int = 0
    differing: int = 0
    difference: float = 0.0
