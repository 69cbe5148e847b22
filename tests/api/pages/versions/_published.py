"""Versions with all their files, published in memory: on eight drawings of two classes."""

import html
import re
from typing import Any

import numpy as np

from pipeline.cards.files import list_describing_files
from pipeline.cards.gather import CardParts
from pipeline.dataset.samples import Samples, dump_samples
from pipeline.records.dataset import Split
from pipeline.records.versions import FIRST_VERSION, ModelMetrics, ModelVersion
from pipeline.storage_paths import BASE_DIGEST, SAMPLES
from pipeline.versions.contents import list_files
from pipeline.versions.guesses import GUESSES, Guesses
from pipeline.versions.publish import next_patch
from tests._small_model import make_model
from tests.unit.lineage._lineages import make_lineage
from tests.unit.pages.test_card import FIRST, PICTURES, make_card
from tests.unit.versions._publishing import EVALUATION, POLICY, publish_in

DATASET, BASE = "quickdraw_20cat", "ab12"
CLASSES = ("apple", "sun")
LABELS = [0, 0, 0, 0, 1, 1, 1, 1]
WHY = {"by": "owner", "why": "it is better"}


def make_guesses(guesses: list[int], base: str = BASE) -> Guesses:
    """The guesses of a version on the eight drawings, the later ones surer."""
    sure = np.arange(100, 100 + len(guesses), dtype=np.uint8)
    return Guesses(base, np.array(LABELS, np.uint8), np.array(guesses, np.uint8), sure)


def publish_version(ports: Any, guesses: list[int] | None, **changes: Any) -> ModelVersion:
    """Publish the next version, with what it guesses; None: without that file.

    Args:
        ports: in memory.
        guesses: of the eight drawings.
        changes: of the publication; `base`: of the guesses.
    """
    base = changes.pop("base", BASE)
    existing = len(ports.models.list())
    parent = f"v1.0.{existing - 1}" if existing else None
    card = make_card(CLASSES, **({"parent": parent} if parent else FIRST))
    files = list_files(
        make_model(classes=2),
        EVALUATION,
        POLICY,
        lineage=make_lineage("", None, {Split.TRAIN: 7}, fitted=7),
    )
    described = list_describing_files(
        CardParts(card, PICTURES, make_guesses(guesses or LABELS, base))
    )
    if guesses is None:
        del described[GUESSES]
    right = np.equal(guesses or LABELS, LABELS).mean()
    metrics = ModelMetrics(
        accuracy=float(right), loss=0.3, training_samples=100, corrections=7, players_accuracy=0.8
    )
    arguments = {
        "run_id": f"run-{existing}", "files": {**files, **described}, "metrics": metrics,
        "parent": parent, "categories": CLASSES,
        "choose_number": next_patch if existing else lambda _: FIRST_VERSION,
    }  # fmt: skip
    return publish_in(ports, **(arguments | changes))


def store_samples(ports: Any, rows: int = len(LABELS)) -> None:
    """Store pictures of the first drawings, so many of them."""
    drawings = np.zeros((rows, 28, 28), np.uint8)
    drawings[:, 10:18, 10:18] = 255
    labels = np.array(LABELS[:rows], np.uint8)
    samples = Samples(drawings, labels, drawings, labels, np.arange(rows, dtype=np.int32))
    ports.artefacts.create(BASE_DIGEST.fill(dataset=DATASET), BASE.encode())
    ports.artefacts.create(SAMPLES.fill(dataset=DATASET, digest=BASE), dump_samples(samples))


def text_of(page: str) -> str:
    """What a reader sees of a page, in one line."""
    content = page.partition("<main")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", content)).split())
