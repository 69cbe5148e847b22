"""The table of a card that tells how well each class is recognised."""

from typing import NamedTuple

import numpy as np

from pipeline.records.cards import Card


class ClassLine(NamedTuple):
    """A class in the table. change: of the recall since the parent; None: there is no parent."""

    name: str
    recall: float
    change: float | None
    drawings: int


def list_classes(card: Card) -> list[ClassLine]:
    """List the classes: those that lost most first; without a parent, the hardest first."""
    changes = card.since_parent.recall if card.since_parent else {}
    counts = np.array(card.clean.confusion).reshape(len(card.categories), -1).sum(axis=1)
    lines = [
        ClassLine(name, card.clean.recall[name], changes.get(name), int(count))
        for name, count in zip(card.categories, counts, strict=True)
    ]
    return sorted(lines, key=lambda line: (line.change or 0.0, line.recall))
