"""What a training process is told, and what it says: the two directions of its pipes."""

from pathlib import Path
from typing import Literal

from pipeline.records.base import Record
from pipeline.records.runs import NewRecipe

CHECKPOINT, MODEL, CURVES, LOCK, LOG = (
    "training.checkpoint",
    "model.h5",
    "curves.json",
    "lock",
    "training.log",
)
"""The names of the files in the folder of a training."""


class TrainingJob(Record):
    """What to train, and where.

    The first line that the process reads from its standard input is this, as JSON. Each later line
    is a sign of life of the process that started it.
    """

    dataset: Path
    digest: str
    """Of the revision that the data set must hold."""
    recipe: NewRecipe
    epochs: int | None = None
    """Instead of the recipe's own; None changes nothing. So are the two that follow."""
    batch_size: int | None = None
    canvas_copies: int | None = None
    seed: int
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    answer_share: float
    """The share of all weight that answers have at least, see `answers.choose_mean_weight`."""
    possible: tuple[float, float] = (0.0, 1.0)
    """Between what the champion's accuracy on players' drawings can be. `eagerness`: the highest
    ratio of readiness. Both say what an answer stands for, see `pipeline.sampling`."""
    eagerness: float
    folder: Path
    """For the checkpoint, the result and the log."""
    silence_seconds: float
    """The process ends itself when it has read nothing for so long."""


class Report(Record):
    """A line that the process writes to its standard output, as JSON: progress, or its end."""

    message: str = ""
    done: int = 0
    total: int = 0
    fault: str | None = None
    """The name of the error that ended the training; `message` is its text."""
    finished: bool = False
    """Whether model and curves are complete."""
