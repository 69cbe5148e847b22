"""Read players' answers out of the data set."""

from pathlib import Path

import numpy as np

from pipeline.dataset.hdf5 import read_correction_labels
from pipeline.dataset.origins import SplitOrigins, read_split_origins
from pipeline.drawings import Labels
from pipeline.records.dataset import Split
from pipeline.sampling.rows import AnswerRows


def read_answers(path: Path, since: int = -1) -> AnswerRows:
    """Read all answers that were merged after the revision `since`, split by split."""
    parts = []
    for split in Split:
        origins = read_split_origins(path, split)
        rows = join_answers(origins, read_correction_labels(path, split))
        parts.append(rows.select(origins.revisions > since))
    return AnswerRows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def join_answers(origins: SplitOrigins, labels: Labels) -> AnswerRows:
    """Return the answers with these origins and these labels, uint8 `(n,)`."""
    return AnswerRows(labels == origins.guesses, origins.chances, origins.asked, origins.players)
