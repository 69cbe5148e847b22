"""Tell in which way merged corrections took part in a version, from lineages alone.

A head is fitted to the newest answers of train, and its hyperparameters are chosen by the newest
ones of val. So how many these were says which ones they were. Older answers count through the
ancestors that the head is anchored at.
"""

from collections.abc import Callable, Iterator

from pipeline.errors import NotFound
from pipeline.records.dataset import Split
from pipeline.records.learning import Part
from pipeline.records.lineage import Lineage

FindLineage = Callable[[str], Lineage]
"""Returns the lineage of a version, or raises NotFound."""

_OWN = {Split.TRAIN: Part.FITTED, Split.VAL: Part.CHOSE}


def find_own_span(lineage: Lineage, split: Split) -> range:
    """Return which answers of a split a version learned from itself.

    They are positions in order of merging: 0 is the oldest answer of the split.
    """
    total = lineage.dataset.answers.get(split, 0)
    if split is Split.TEST:
        return range(0)
    if lineage.fit is None:  # all layers were trained on all answers of train
        return range(total if split is Split.TRAIN else 0)
    used = lineage.fit.answers if split is Split.TRAIN else lineage.fit.choosing_answers
    return range(max(0, total - used), total)


def find_ancestors(lineage: Lineage, find: FindLineage) -> Iterator[Lineage]:
    """Yield the versions whose heads a version's is anchored at, the nearest first.

    The last one is a baseline; or the last that has a lineage.
    """
    while lineage.fit is not None and lineage.parent is not None:
        try:
            lineage = find(lineage.parent)
        except NotFound:
            return
        yield lineage


def find_part(lineage: Lineage, split: Split, position: int, find: FindLineage) -> Part:
    """Return the part of one answer in a version whose revision holds it.

    Args:
        lineage: the version's.
        split: the answer's.
        position: in order of merging, among the answers of the split.
        find: for the ancestors. It is asked only about answers that are not the newest ones.
    """
    if split is Split.TEST:
        return Part.JUDGED
    if position in find_own_span(lineage, split):
        return _OWN[split]
    for ancestor in find_ancestors(lineage, find):
        if position >= ancestor.dataset.answers.get(split, 0):
            break  # merged after this one, and so after all before it
        if position in find_own_span(ancestor, split):
            return Part.INHERITED
    return Part.UNUSED


def count_parts(lineage: Lineage, find: FindLineage) -> dict[Part, int]:
    """Return how many of a version's corrections and confirmations took part in which way."""
    answers = lineage.dataset.answers
    counts = {_OWN[split]: len(find_own_span(lineage, split)) for split in (Split.TRAIN, Split.VAL)}
    counts[Part.JUDGED] = answers.get(Split.TEST, 0)
    # Positions below the lowest that was reached so far, as later ancestors reach further back.
    inherited = 0
    for split in (Split.TRAIN, Split.VAL):
        own = find_own_span(lineage, split)
        lowest = own.start if len(own) else answers.get(split, 0)
        if not lowest:
            continue
        for ancestor in find_ancestors(lineage, find):
            span = find_own_span(ancestor, split)
            if len(span) and span.start < lowest:
                inherited += min(span.stop, lowest) - span.start
                lowest = span.start
    counts[Part.INHERITED] = inherited
    counts[Part.UNUSED] = sum(answers.values()) - sum(counts.values())
    return counts
