"""Collect a batch of corrections: fetch the canvases, normalise them, and return a harvest.

Corrections that cannot be used are refused. The harvests of the batches are then joined.
"""

import base64
import json
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.corrections.batches import Batch, PendingCorrection
from pipeline.corrections.validation import refuse
from pipeline.drawings import SIDE, Images, Labels, image_digest, normalize_canvas
from pipeline.errors import InvalidDrawing, ObjectMissing, ObjectTooLarge
from pipeline.npz import dump_arrays, load_arrays
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.reasons import DrawingReason, RefusalReason
from pipeline.records.corrections import CorrectionState, Verdict
from pipeline.records.storage import ObjectContent
from pipeline.settings import Settings

FETCHERS = 16
"""Threads that fetch canvases: enough to hide 60 ms of network while others are normalised."""
MAX_AHEAD = 4 * FETCHERS
"""Canvases that are fetched, or being fetched, before they are needed. It bounds the memory."""

FetchedCanvas: TypeAlias = ObjectContent | Verdict | None
"""The canvas of a correction; the verdict if it cannot be used; None if strokes were sent."""


class UsableCorrection(NamedTuple):
    """A correction with its drawing.

    drawing: uint8 `(28, 28)`. generation: of the canvas in Storage, 0 if strokes were sent.
    """

    correction: PendingCorrection
    drawing: Images
    generation: int


class Harvest(NamedTuple):
    """The corrections that a run collected, in order of id; all arrays have the same length n.

    The names are also the names in the stored file.

    images: uint8 `(n, 28, 28)`.
    labels: uint8 `(n,)`, the class that the player says the drawing shows.
    ids: str `(n,)`, of the corrections.
    players: str `(n,)`, hashed.
    guesses: uint8 `(n,)`, the class that the model guessed; 255 for none.
    confidences: float32 `(n,)`, the probability of that guess; NaN if it is unknown.
    versions: str `(n,)`, of the model; "" if it is unknown.
    asked: uint8 `(n,)`, why the game asked the player (ASKED_CODES); 255 if it does not say.
    chances: float32 `(n,)`, the probability with which it asked; NaN if it is unknown.
    generations: int64 `(n,)`, of the canvas in Storage; 0 if the player's client sent strokes.
    sent_at: float64 `(n,)`, POSIX seconds.
    contradicted: int64 `(n,)`, how many earlier corrections of the player were contradicted.
    unusable: verdicts on the corrections that cannot be used, by id; they have no row above. Most
        are refused; those whose canvas may still come stay pending.
    """

    images: Images
    labels: Labels
    ids: NDArray[np.str_]
    players: NDArray[np.str_]
    guesses: Labels
    confidences: NDArray[np.float32]
    versions: NDArray[np.str_]
    asked: NDArray[np.uint8]
    chances: NDArray[np.float32]
    generations: NDArray[np.int64]
    sent_at: NDArray[np.float64]
    contradicted: NDArray[np.int64]
    unusable: dict[str, Verdict]


COLUMNS = Harvest._fields[:-1]
"""The arrays of a harvest: one row for each usable correction."""


def collect_batch(
    batch: Batch, artefacts: ArtefactStore, settings: Settings, on_progress: OnProgress = silent
) -> Harvest:
    """Fetch the canvases of a batch and return its harvest.

    A correction that cannot be used is refused, and the others are still collected. One whose
    canvas may still be on its way stays pending.

    Args:
        batch: the corrections.
        artefacts: where the canvases are.
        settings: the largest size of a canvas in bytes.
        on_progress: called after each correction.

    Raises:
        Retryable: Storage does not answer.
    """
    usable: list[UsableCorrection] = []
    unusable = dict(batch.refused)
    fetch = partial(_fetch_canvas, artefacts=artefacts, max_bytes=settings.max_canvas_bytes)
    fetched = _fetch_concurrently(fetch, batch.corrections)
    total = len(batch.corrections) + len(batch.refused)
    for done, (correction, canvas) in enumerate(fetched, start=len(batch.refused) + 1):
        result = _read_drawing(correction, canvas)
        if isinstance(result, Verdict):
            unusable[correction.id] = result
        else:
            usable.append(result)
        on_progress("collecting corrections", done, total)
    return _build_harvest(usable, unusable)


def _build_harvest(usable: list[UsableCorrection], unusable: dict[str, Verdict]) -> Harvest:
    """Return corrections as the columns of a harvest."""
    corrections = [item.correction for item in usable]
    return Harvest(
        images=np.stack([item.drawing for item in usable])
        if usable
        else np.empty((0, SIDE, SIDE), np.uint8),
        labels=np.array([correction.label for correction in corrections], np.uint8),
        ids=np.array([correction.id for correction in corrections], np.str_),
        players=np.array([correction.player for correction in corrections], np.str_),
        guesses=np.array([correction.guess for correction in corrections], np.uint8),
        confidences=_fill_unknown(correction.confidence for correction in corrections),
        versions=np.array([correction.version for correction in corrections], np.str_),
        asked=np.array([correction.asked for correction in corrections], np.uint8),
        chances=_fill_unknown(correction.chance for correction in corrections),
        generations=np.array([item.generation for item in usable], np.int64),
        sent_at=np.array([correction.sent_at for correction in corrections], np.float64),
        contradicted=np.array([correction.contradicted for correction in corrections], np.int64),
        unusable=unusable,
    )


def _fill_unknown(shares: Iterable[float | None]) -> NDArray[np.float32]:
    """Return shares as float32 `(n,)`, with NaN for those that are unknown."""
    return np.array([math.nan if share is None else share for share in shares], np.float32)


def _fetch_concurrently(
    fetch: Callable[[PendingCorrection], FetchedCanvas], corrections: Iterable[PendingCorrection]
) -> Iterator[tuple[PendingCorrection, FetchedCanvas]]:
    """Yield each correction with its canvas, in the order of `corrections`.

    An error of `fetch` is raised when its correction is reached.
    """
    # The threads only wait for Storage. The caller normalises the canvases in its own thread: if
    # the others did that too, they would compete for the interpreter, and collecting would take a
    # fifth longer. The queue holds the requests in order. It is never longer than MAX_AHEAD, so
    # memory does not grow with the batch; a new request starts when the caller takes a canvas.
    with ThreadPoolExecutor(FETCHERS) as pool:
        queue: deque[tuple[PendingCorrection, Future[FetchedCanvas]]] = deque()
        for correction in corrections:
            queue.append((correction, pool.submit(fetch, correction)))
            if len(queue) >= MAX_AHEAD:
                first, canvas = queue.popleft()
                yield first, canvas.result()
        while queue:
            first, canvas = queue.popleft()
            yield first, canvas.result()


def _fetch_canvas(
    correction: PendingCorrection, artefacts: ArtefactStore, max_bytes: int
) -> FetchedCanvas:
    """Fetch the canvas of a correction, unless it has a drawing already."""
    if correction.drawing is not None:
        return None
    try:
        return artefacts.fetch(correction.path, max_bytes)
    except ObjectMissing:
        missing = refuse(
            RefusalReason.MISSING_IMAGE, f"there is no canvas {correction.path} in Storage"
        )
        if not correction.may_wait:
            return missing
        return missing.model_copy(
            update={
                "state": CorrectionState.PENDING,
                "explanation": f"{missing.explanation} yet: a later run looks again",
            }
        )
    except ObjectTooLarge as error:
        return refuse(DrawingReason.IMAGE_TOO_LARGE, str(error))


def _read_drawing(
    correction: PendingCorrection, canvas: FetchedCanvas
) -> UsableCorrection | Verdict:
    """Return the correction with its drawing, or the verdict if there is no usable one."""
    if isinstance(canvas, Verdict):
        return canvas
    if canvas is None:
        pixels = np.frombuffer(base64.b64decode(correction.drawing or ""), np.uint8)
        return UsableCorrection(correction, pixels.reshape(SIDE, SIDE), 0)
    try:
        return UsableCorrection(correction, normalize_canvas(canvas.data), canvas.generation)
    except InvalidDrawing as error:
        return refuse(error.reason, str(error))


def join_harvests(parts: Iterable[Harvest]) -> Harvest:
    """Join the harvests of consecutive batches to one.

    Of identical drawings the first by id is kept, and the others are refused as duplicates.
    """
    kept: list[Harvest] = []
    unusable: dict[str, Verdict] = {}
    # Duplicates are looked for here and not in each batch: a copy may be in any later batch, and
    # the result must not depend on the size of the batches. An unusable correction has no drawing
    # here, so a later copy of it is not refused as its duplicate.
    first_ids: dict[str, str] = {}  # by digest of the drawing
    for part in parts:
        unusable |= part.unusable
        new = np.ones(len(part.ids), bool)
        for row, (correction_id, image) in enumerate(
            zip(part.ids.tolist(), part.images, strict=True)
        ):
            first_id = first_ids.setdefault(image_digest(image), correction_id)
            if first_id != correction_id:
                new[row] = False
                unusable[correction_id] = refuse(
                    RefusalReason.DUPLICATE, f"the same drawing as correction {first_id}"
                )
        kept.append(part._replace(**{name: getattr(part, name)[new] for name in COLUMNS}))
    if not kept:
        kept.append(_build_harvest([], {}))
    return Harvest(
        **{name: np.concatenate([getattr(part, name) for part in kept]) for name in COLUMNS},
        unusable=unusable,
    )


def dump_harvest(harvest: Harvest) -> bytes:
    """Return the harvest as the bytes of an .npz file; the verdicts are JSON in an array."""
    unusable = json.dumps({name: verdict.document() for name, verdict in harvest.unusable.items()})
    arrays: dict[str, Any] = {
        **harvest._asdict(),
        "unusable": np.frombuffer(unusable.encode(), np.uint8),
    }
    return dump_arrays(arrays)


def load_harvest(data: bytes) -> Harvest:
    """Return the harvest that `dump_harvest` wrote.

    Raises:
        InvalidDataset: the bytes are anything else.
    """
    fields = load_arrays(
        data, Harvest._fields, "the collected corrections of the run", "request another run"
    )
    unusable = json.loads(fields["unusable"].tobytes())
    fields["unusable"] = {
        name: Verdict.from_document(verdict) for name, verdict in unusable.items()
    }
    return Harvest(**fields)
