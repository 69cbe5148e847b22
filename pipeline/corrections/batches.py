"""Split the pending corrections of a run into batches that are stored in Storage.

Each document is read once and validated here, before a canvas is fetched. `collect.py` then works
on the batches alone, so a document that changes later does not change the run.
"""

import base64
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Self

from pydantic import Field, ValidationError

from pipeline.corrections.players import hash_player
from pipeline.corrections.validation import (
    CorrectionRefused,
    check_id,
    parse_label,
    read_correction,
)
from pipeline.dataset.hdf5 import NO_GUESS
from pipeline.drawings import render_strokes
from pipeline.errors import InvalidDataset, InvalidDrawing, ObjectExists, ObjectMissing
from pipeline.ports import ArtefactStore, CorrectionSource
from pipeline.progress import OnProgress, silent
from pipeline.records.base import Record
from pipeline.records.corrections import CorrectionDocument, Verdict
from pipeline.settings import Settings
from pipeline.storage_paths import BATCH, PLAN

MAX_VERSION_LENGTH = 32
"""Characters of a document's `modelVersion` that are kept."""


class StoredRecord(Record):
    """A record that is stored in Storage as a JSON object, with the same keys as in Firestore."""

    def dump(self) -> bytes:
        """Return the record as JSON."""
        return self.model_dump_json(by_alias=True).encode()

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Return the record that `dump` wrote.

        Raises:
            InvalidDataset: the bytes are anything else.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            problem = error.errors()[0]["msg"]
            raise InvalidDataset(
                f"what Storage holds of the run is damaged ({problem}): request another run"
            ) from None


class PendingCorrection(Record):
    """A pending correction that passed validation, with only the fields that a run needs.

    A player can write a large document; this record stays small, and it does not name the player.
    """

    id: str
    player: str
    """The hashed id of the player."""
    label: int
    """The class that the player says the drawing shows, as an index."""
    path: str
    """The path of the canvas in Storage."""
    guess: int
    """The class that the model guessed, as an index; 255 (NO_GUESS) if it is no class."""
    confidence: float | None
    """The probability that the model gave its guess, 0 to 1; None if it is unknown."""
    version: str
    """The version of the model, or "" if it is unknown."""
    sent_at: float
    """When the player sent the correction, in POSIX seconds."""
    updated_at: datetime | None
    """When Firestore last wrote the document."""
    drawing: str | None = Field(None, alias="drawn")
    """The 784 bytes of the drawing in base64, if the client sent strokes; otherwise None.

    Strokes are rendered while the documents are read, as a drawing is smaller than its strokes. In
    the stored file the name is `drawn`.
    """


class Batch(StoredRecord):
    """Corrections with consecutive ids: those to collect, and the verdicts on the others."""

    last: str
    """The highest id in the batch. The next batch starts after it."""
    corrections: list[PendingCorrection] = Field(alias="found")
    """Those that passed validation; `found` in the stored file."""
    refused: dict[str, Verdict]
    """Verdicts on the corrections that failed validation, by id."""


class Plan(StoredRecord):
    """The batches of a run. A plan is stored when all of its batches are."""

    sizes: list[int]
    """The number of corrections in each batch."""


def read_plan(run_id: str, artefacts: ArtefactStore) -> Plan:
    """Return the plan of a run.

    Raises:
        ObjectMissing: the documents are still being read.
        InvalidDataset: the stored plan is damaged.
    """
    return Plan.load(artefacts.read(PLAN.fill(run_id=run_id)))


def plan_batches(
    run_id: str,
    corrections: CorrectionSource,
    artefacts: ArtefactStore,
    settings: Settings,
    on_progress: OnProgress = silent,
    *,
    on_batch_ready: Callable[[int], None] | None = None,
) -> Plan:
    """Read the pending corrections into batches and store them; return the plan.

    A run is planned once. When this is called again, it returns the stored plan, or continues
    after the last stored batch if there is no plan yet. Corrections that arrive with a lower id
    than the last one read are left for the next run.

    Args:
        run_id: the run.
        corrections: where to read them.
        artefacts: where to store the batches.
        settings: the size of a batch and the key that hashes players.
        on_progress: called after each batch.
        on_batch_ready: called with the number of each batch that this call has stored, once it
            has stored the next one too. So it is not called for the last batch.

    Raises:
        Retryable: Firestore or Storage does not answer; call it again.
        InvalidDataset: a stored batch or plan is damaged.
    """
    try:
        return read_plan(run_id, artefacts)
    except ObjectMissing:
        corrections.adopt()
    key = settings.player_key.get_secret_value().encode()
    sizes: list[int] = []
    documents: Iterator[CorrectionDocument] | None = None
    last_id: str | None = None
    previous: int | None = None
    # The batches form a chain: each one starts after the last id of the stored batch before it.
    # First the loop follows the stored batches of an attempt that died. Where they end, it opens
    # a query after `last_id`, and reads and stores new ones.
    #
    # Two readers may do this at once. Each name can be created only once, so one of them wins. The
    # other drops the documents that it has read, takes the stored batch, and opens a new query
    # after that batch. It must not go on with its old query: the stored batch may end at another
    # id, so corrections would be left out or taken twice. In this way both store the same chain.
    while True:
        name = BATCH.fill(run_id=run_id, number=len(sizes))
        batch = _load_batch(name, artefacts) if documents is None else None
        if batch is None:
            documents = documents or corrections.pending(last_id)
            batch = _read_batch(islice(documents, settings.collect_batch), settings.categories, key)
            if batch is None:
                break
            try:
                artefacts.create(name, batch.dump(), "application/json")
            except ObjectExists:
                documents = None
                continue
            if on_batch_ready is not None and previous is not None:
                on_batch_ready(previous)
            previous = len(sizes)
        last_id = batch.last
        sizes.append(len(batch.corrections) + len(batch.refused))
        on_progress("reading corrections", sum(sizes))
    with suppress(ObjectExists):
        artefacts.create(PLAN.fill(run_id=run_id), Plan(sizes=sizes).dump(), "application/json")
    return read_plan(run_id, artefacts)  # the stored one, if another reader was first


def _load_batch(name: str, artefacts: ArtefactStore) -> Batch | None:
    """Return the stored batch, or None if there is none yet."""
    try:
        return Batch.load(artefacts.read(name))
    except ObjectMissing:
        return None


def _read_batch(
    documents: Iterable[CorrectionDocument], categories: tuple[str, ...], key: bytes
) -> Batch | None:
    """Validate these documents and return them as a batch; None if there are none."""
    usable: list[PendingCorrection] = []
    refused: dict[str, Verdict] = {}
    last = None
    for document in documents:
        last = document.id
        try:
            check_id(last)
            usable.append(_convert(document, categories, key))
        except CorrectionRefused as error:
            refused[last] = error.verdict
    return None if last is None else Batch(last=last, corrections=usable, refused=refused)


def _convert(
    document: CorrectionDocument, categories: tuple[str, ...], key: bytes
) -> PendingCorrection:
    """Validate a document and return its correction in the form that a run needs.

    Fields that a run can do without never refuse a correction: what is wrong there is dropped.

    Raises:
        CorrectionRefused: `read_correction` refuses it, or its strokes are no drawing.
    """
    correction = read_correction(document.fields, categories)
    guess = parse_label(correction.original_prediction or "", categories)
    confidence = math.nan if correction.confidence is None else correction.confidence
    return PendingCorrection(
        id=document.id,
        player=hash_player(correction.user_id, key),
        label=categories.index(correction.corrected_label),
        path=correction.image_storage_path,
        guess=NO_GUESS if guess is None else guess,
        confidence=confidence if 0 <= confidence <= 1 else None,
        # HDF5's strings end at a zero character, and NumPy's lose one at their end.
        version=(correction.model_version or "")[:MAX_VERSION_LENGTH].replace("\0", ""),
        sent_at=correction.timestamp.timestamp(),
        updated_at=document.updated_at,
        drawing=None if correction.strokes is None else _render(correction.strokes),
    )


def _render(strokes: object) -> str:
    """Return the drawing that strokes make: 784 bytes in base64. Raises CorrectionRefused."""
    try:
        return base64.b64encode(render_strokes(strokes).tobytes()).decode()
    except InvalidDrawing as error:
        raise CorrectionRefused(error.reason, str(error)) from None
