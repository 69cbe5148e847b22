"""Pending corrections to batches in Storage: each document read once and checked, before any canvas is; fetches none."""

import base64
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Self

from pydantic import ValidationError

from pipeline.categories import LABELS
from pipeline.corrections.players import player_hash
from pipeline.corrections.validation import Refused, check_id, label_of, read_correction
from pipeline.dataset.hdf5 import NO_GUESS
from pipeline.drawings import render_strokes
from pipeline.errors import InvalidDataset, InvalidDrawing, ObjectExists, ObjectMissing
from pipeline.ports import ArtefactStore, CorrectionSource
from pipeline.progress import OnProgress, silent
from pipeline.records.base import Record
from pipeline.records.corrections import Correction, CorrectionDocument, Verdict
from pipeline.settings import Settings
from pipeline.storage_paths import BATCH, PLAN

LONGEST_VERSION = 32  # characters


class StoredRecord(Record):
    """A record that lies in Storage as JSON."""

    def dump(self) -> bytes:
        """As stored."""
        return self.model_dump_json(by_alias=True).encode()

    @classmethod
    def load(cls, data: bytes) -> Self:
        """What `dump` wrote. Raises InvalidDataset when the bytes are anything else."""
        try:
            return cls.model_validate_json(data)
        except ValidationError as fault:
            wrong = fault.errors()[0]["msg"]
            raise InvalidDataset(
                f"what Storage holds of the run is damaged ({wrong}): request another run"
            ) from None


class PendingCorrection(Record):
    """A pending correction as a run read it: checked, typed, and as small as the run can do with.

    player: hashed. label, guess: index into the classes; guess 255: none of them. sent_at: POSIX seconds. drawn: the drawing's
    784 bytes in base64 where strokes were sent, which are drawn at once, being larger than what comes of them; else None.
    """

    id: str
    player: str
    label: int
    path: str
    guess: int
    confidence: float | None
    version: str
    sent_at: float
    updated_at: datetime | None
    drawn: str | None = None


class Batch(StoredRecord):
    """Some corrections that follow each other by id: those to collect, and the verdicts on those that cannot be used."""

    last: str
    """The highest id: the next batch begins behind it."""
    found: list[PendingCorrection]
    refused: dict[str, Verdict]


class Plan(StoredRecord):
    """What a run collects, in batches: the mark that all of them are stored. sizes: corrections in each."""

    sizes: list[int]


def read_plan(run_id: str, artefacts: ArtefactStore) -> Plan:
    """The plan of a run. Raises ObjectMissing while there is none."""
    return Plan.load(artefacts.read(PLAN.fill(run_id=run_id)))


def plan_batches(
    run_id: str,
    corrections: CorrectionSource,
    artefacts: ArtefactStore,
    settings: Settings,
    on_progress: OnProgress = silent,
    *,
    on_another: Callable[[int], None] | None = None,
) -> Plan:
    """What the run collects: read when it first comes here, and the same ever after.

    Each batch begins behind the stored one before it, so an attempt that died is continued, and of two at once both write the
    same chain: no correction is left out or taken twice. What comes in behind the reader's back waits for the next run.
    `on_another` hears the number of each batch that this call has stored, as soon as there is another behind it.
    """
    try:
        return read_plan(run_id, artefacts)
    except ObjectMissing:
        corrections.adopt()
    key = settings.player_key.get_secret_value().encode()
    sizes: list[int] = []
    reading, behind, stored = None, None, None
    while True:
        name = BATCH.fill(run_id=run_id, number=len(sizes))
        batch = _stored(name, artefacts) if reading is None else None
        if batch is None:
            reading = reading or corrections.pending(behind)
            batch = _read(islice(reading, settings.collect_batch), key)
            if batch is None:
                break
            try:
                artefacts.create(name, batch.dump(), "application/json")
            except ObjectExists:
                reading = None
                continue
            if on_another is not None and stored is not None:
                on_another(stored)
            stored = len(sizes)
        behind = batch.last
        sizes.append(len(batch.found) + len(batch.refused))
        on_progress("reading corrections", sum(sizes))
    with suppress(ObjectExists):
        artefacts.create(PLAN.fill(run_id=run_id), Plan(sizes=sizes).dump(), "application/json")
    return read_plan(run_id, artefacts)


def _stored(name: str, artefacts: ArtefactStore) -> Batch | None:
    try:
        return Batch.load(artefacts.read(name))
    except ObjectMissing:
        return None


def _read(documents: Iterable[CorrectionDocument], key: bytes) -> Batch | None:
    """None when there are no more."""
    found: list[PendingCorrection] = []
    refused: dict[str, Verdict] = {}
    last = None
    for document in documents:
        last = document.id
        try:
            check_id(last)
            found.append(_found(document, read_correction(document.fields), key))
        except Refused as fault:
            refused[last] = fault.verdict
    return None if last is None else Batch(last=last, found=found, refused=refused)


def _found(document: CorrectionDocument, correction: Correction, key: bytes) -> PendingCorrection:
    guess = label_of(correction.original_prediction or "")
    confidence = math.nan if correction.confidence is None else correction.confidence
    return PendingCorrection(
        id=document.id,
        player=player_hash(correction.user_id, key),
        label=LABELS[correction.corrected_label],
        path=correction.image_storage_path,
        guess=NO_GUESS if guess is None else guess,
        confidence=confidence if 0 <= confidence <= 1 else None,
        version=(correction.model_version or "")[:LONGEST_VERSION].replace("\0", ""),
        sent_at=correction.timestamp.timestamp(),
        updated_at=document.updated_at,
        drawn=_drawn(correction.strokes),
    )


def _drawn(strokes: object) -> str | None:
    if strokes is None:
        return None
    try:
        return base64.b64encode(render_strokes(strokes).tobytes()).decode()
    except InvalidDrawing as fault:
        raise Refused(fault.reason, str(fault)) from None
