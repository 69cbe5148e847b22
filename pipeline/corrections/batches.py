"""Split the pending corrections of a run into batches that are stored in Storage.

Each document is read once and validated here, before a canvas is fetched. `collect.py` then works
on the batches alone, so a document that changes later does not change the run.
"""

import base64
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import Self

from pydantic import Field, ValidationError

from pipeline.corrections.canvas_paths import CanvasPlace
from pipeline.corrections.own_drawings import draw_own
from pipeline.corrections.players import hash_player
from pipeline.corrections.validation import (
    CorrectionRefused,
    check_id,
    parse_label,
    read_correction,
)
from pipeline.errors import InvalidDataset, ObjectExists, ObjectMissing
from pipeline.ports import ArtefactStore, CorrectionSource
from pipeline.progress import OnProgress, silent
from pipeline.records.base import Record
from pipeline.records.corrections import (
    ASKED_CODES,
    NOT_SAID,
    Correction,
    CorrectionDocument,
    Verdict,
)
from pipeline.records.dataset import NO_GUESS
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
    """The path of the canvas in Storage; "" if there is none."""
    guess: int
    """The class that the model guessed, as an index; 255 (NO_GUESS) if it is no class."""
    confidence: float | None
    """The probability that the model gave its guess, 0 to 1; None if it is unknown."""
    version: str
    """The version of the model, or "" if it is unknown."""
    asked: int = NOT_SAID
    """Why the game asked the player, as a number (ASKED_CODES); 255 if it does not say."""
    chance: float | None = None
    """The probability with which the game asked, 0 to 1; None if it does not say."""
    sent_at: float
    """When the player sent the correction, in POSIX seconds."""
    contradicted: int = 0
    """How many earlier corrections of the player were contradicted (`players.CONTRADICTED`)."""
    drawing: str | None = Field(None, alias="drawn")
    """The 784 bytes of the drawing in base64, if the document holds its strokes or canvas.

    They are drawn while the documents are read, as a drawing is smaller than its strokes. In the
    stored file the name is `drawn`.
    """
    may_wait: bool = False
    """Whether a missing canvas may still be on its way: the document is not old enough."""


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
        settings: the size of a batch, the key that hashes players, the bucket of canvases, their
            largest size, and how long they may be missing.
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
    records = _PlayerLookup(corrections)
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
            batch = _read_batch(islice(documents, settings.collect_batch), settings, records)
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


class _PlayerLookup:
    """Looks up each player's contradicted corrections once while a run is planned.

    It must happen here: what a run stores has only the hash of a player, which no query can find.
    """

    def __init__(self, corrections: CorrectionSource) -> None:
        self._corrections = corrections
        self._counts: dict[str, int] = {}

    def count(self, users: Collection[str]) -> Mapping[str, int]:
        """Return the counts by `userId`, at least of these players."""
        unknown = [user for user in users if user not in self._counts]
        if unknown:
            self._counts |= dict.fromkeys(unknown, 0) | self._corrections.contradicted(unknown)
        return self._counts


def _read_batch(
    documents: Iterable[CorrectionDocument], settings: Settings, records: _PlayerLookup
) -> Batch | None:
    """Validate these documents and return them as a batch; None if there are none."""
    usable: list[PendingCorrection] = []
    users: list[str] = []
    refused: dict[str, Verdict] = {}
    last = None
    for document in documents:
        last = document.id
        try:
            check_id(last)
            correction = read_correction(
                document.fields, CanvasPlace.of(settings), settings.categories
            )
            usable.append(_convert(document, correction, settings))
            users.append(correction.user_id)
        except CorrectionRefused as error:
            refused[last] = error.verdict
    if last is None:
        return None
    counts = records.count(dict.fromkeys(users))
    found = [
        each.model_copy(update={"contradicted": counts[user]})
        for each, user in zip(usable, users, strict=True)
    ]
    return Batch(last=last, corrections=found, refused=refused)


def _convert(
    document: CorrectionDocument, correction: Correction, settings: Settings
) -> PendingCorrection:
    """Return a validated correction in the form that a run needs.

    Raises:
        CorrectionRefused: it holds no drawing, and names none.
    """
    drawing = draw_own(correction.canvas, settings.max_canvas_bytes)
    guess = parse_label(correction.guess or "", settings.categories)
    return PendingCorrection(
        id=document.id,
        player=hash_player(correction.user_id, settings.player_key.get_secret_value().encode()),
        label=correction.label,
        path=correction.canvas.path or "",
        guess=NO_GUESS if guess is None else guess,
        confidence=correction.confidence,
        # HDF5's strings end at a zero character, and NumPy's lose one at their end.
        version=correction.version[:MAX_VERSION_LENGTH].replace("\0", ""),
        asked=NOT_SAID if correction.asked is None else ASKED_CODES[correction.asked],
        chance=correction.chance,
        sent_at=correction.timestamp.timestamp(),
        drawing=None if drawing is None else base64.b64encode(drawing.tobytes()).decode(),
        may_wait=may_wait(document, settings),
    )


def may_wait(document: CorrectionDocument, settings: Settings) -> bool:
    """Return whether the canvas of a document may still be on its way.

    Both times are the server's, so a client's clock changes nothing. The creation counts, as a
    run that finds no canvas writes so into the document.
    """
    if document.created_at is None or document.read_at is None:
        return False
    grace = timedelta(hours=settings.canvas_grace_hours)
    return document.read_at - document.created_at < grace
