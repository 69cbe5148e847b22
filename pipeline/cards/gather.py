"""Gather what the card of a version says, from the data set, both models and the parent's card."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from pipeline.cards.limits import describe_limits
from pipeline.dataset import hdf5
from pipeline.dataset.origins import read_split_origins
from pipeline.drawings import Images
from pipeline.drawings.rule import RULE_VERSION
from pipeline.errors import ObjectMissing
from pipeline.gate.predicting import Competitors, guess_held_out, predict_test
from pipeline.model.answers import PairedGuesses
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records.cards import (
    CARD_JSON,
    Card,
    CardGate,
    CardPoint,
    ChangeCounts,
    ChangedRow,
    LearnedFrom,
    SinceParent,
)
from pipeline.records.dataset import Split
from pipeline.records.metrics import Metrics
from pipeline.records.runs import Decision
from pipeline.records.versions import ModelVersion
from pipeline.storage_paths import VERSION_FILE
from pipeline.versions.guesses import Guesses

MOST_POINTS = 40
"""Ancestors in the curve; older ones are left out."""
MOST_EXAMPLES = 24
"""Drawings that are shown of each kind of change."""


class Parent(NamedTuple):
    """The version that a version comes from.

    version: its record. card: the bytes of its card; None: it has none. since: the revision of the
    data set that it learned from.
    """

    version: ModelVersion
    card: bytes | None
    since: int


def read_card(version: str, artefacts: ArtefactStore) -> bytes | None:
    """Return the card of a version; None: an older Redraw published it, and it has none."""
    try:
        return artefacts.read(VERSION_FILE.fill(version=version, name=CARD_JSON))
    except ObjectMissing:
        return None


class CardParts(NamedTuple):
    """What a version says about itself.

    pictures: the drawings that the card shows: uint8 `(28, 28)`, by their row.
    guesses: on the base rows of test.
    """

    card: Card
    pictures: dict[int, Images]
    guesses: Guesses


def gather_first(path: Path, clean: Metrics, guesses: Guesses) -> CardParts:
    """Return the card of a baseline without a parent.

    Args:
        path: the data set that it was trained on.
        clean: its metrics on the base rows of test.
        guesses: of the same rows.
    """
    held = hdf5.describe(path)
    card = Card(
        categories=held.categories,
        history=[CardPoint(version="", accuracy=clean.accuracy)],
        clean=clean,
        learned_from=_count_learned(path, since=held.revision),
    )
    return CardParts(_add_limits(card), {}, guesses)


def gather(
    parent: Parent,
    competitors: Competitors,
    decision: Decision,
    path: Path,
    *,
    retrained: bool,
    on_progress: OnProgress = silent,
) -> CardParts:
    """Return the card of a version that comes from a parent. The same inputs give the same card.

    Args:
        parent: the champion when it was made.
        competitors: both models.
        decision: the gate's.
        path: the data set.
        retrained: whether only the last layer was fitted.
        on_progress: called while features are loaded.
    """
    predicted = predict_test(competitors, path, on_progress)
    guesses = PairedGuesses.from_probabilities(
        predicted.labels, predicted.champion, predicted.challenger
    )
    held = hdf5.describe(path)
    now_right = _choose(guesses, guesses.gains > 0, held.categories)
    now_wrong = _choose(guesses, guesses.gains < 0, held.categories)
    before, after = decision.base.champion.recall, decision.base.challenger.recall
    players = guess_held_out(competitors, path, on_progress)
    since = SinceParent(
        clean=_count(guesses),
        recall={name: after[name] - before[name] for name in after if name in before},
        now_right=now_right,
        now_wrong=now_wrong,
        players=_count(players) if players.rows else None,
        players_held_out=0 if players.players is None else len(np.unique(players.players)),
    )
    clean = decision.base.challenger
    own = CardPoint(version="", accuracy=clean.accuracy, players_accuracy=decision.players_after)
    card = Card(
        parent=parent.version.version,
        retrained=retrained,
        categories=held.categories,
        history=[*_read_history(parent, decision), own],
        clean=clean,
        learned_from=_count_learned(path, parent.since),
        since_parent=since,
        gate=CardGate(outcome=decision.outcome, reasons=decision.reasons, checks=decision.checks),
    )
    rows = [changed.row for changed in (*now_right, *now_wrong)]
    own_guesses = Guesses.from_probabilities(
        hdf5.read_base_digest(path), predicted.labels, predicted.challenger
    )
    return CardParts(_add_limits(card), _read_pictures(path, rows), own_guesses)


def _add_limits(card: Card) -> Card:
    return card.model_copy(update={"limits": describe_limits(card)})


def _count(guesses: PairedGuesses) -> ChangeCounts:
    before, after = guesses.champion_right, guesses.challenger_right
    return ChangeCounts(
        both=int((before & after).sum()),
        now_right=int((~before & after).sum()),
        now_wrong=int((before & ~after).sum()),
        neither=int((~before & ~after).sum()),
    )


def _choose(
    guesses: PairedGuesses, changed: NDArray[np.bool_], categories: Sequence[str]
) -> list[ChangedRow]:
    """Choose drawings to show: the first of each class, then the second of each, and so on."""
    rows = np.flatnonzero(changed)
    labels = guesses.labels[rows]
    turns = np.array([(labels[:place] == label).sum() for place, label in enumerate(labels)], int)
    chosen = np.lexsort((rows, labels, turns))[:MOST_EXAMPLES]
    return [
        ChangedRow(
            row=int(row),
            truth=categories[guesses.labels[row]],
            before=categories[guesses.champion[row]],
            after=categories[guesses.challenger[row]],
        )
        for row in rows[chosen].tolist()
    ]


def _read_history(parent: Parent, decision: Decision) -> list[CardPoint]:
    """Return the curve up to the parent: that of its card, or the parent alone."""
    if parent.card is not None:
        try:
            return Card.model_validate_json(parent.card).history[-MOST_POINTS:]
        except ValidationError:  # of another Redraw; the curve then begins with the parent
            pass
    metrics = parent.version.metrics
    return [
        CardPoint(
            version=parent.version.version,
            accuracy=decision.base.champion.accuracy,
            players_accuracy=metrics.players_accuracy if metrics else None,
        )
    ]


def _count_learned(path: Path, since: int) -> LearnedFrom:
    """Count what a version that learned from the data set could learn from."""
    origins = read_split_origins(path, Split.TRAIN)
    is_new = origins.revisions > since
    return LearnedFrom(
        base_rows=hdf5.read_base_counts(path)[Split.TRAIN],
        answers=len(origins.players),
        players=len(np.unique(origins.players)),
        new_answers=int(is_new.sum()),
        new_players=len(np.unique(origins.players[is_new])),
        dataset_revision=hdf5.describe(path).revision,
        canvas_rule=RULE_VERSION,
    )


def _read_pictures(path: Path, rows: Sequence[int]) -> dict[int, Images]:
    """Read base rows of test, one copy of each."""
    if not rows:
        return {}
    images = hdf5.read_base(path, Split.TEST, max(rows) + 1).images
    return {row: images[row].copy() for row in rows}
