"""A batch of corrections to a harvest: canvases fetched and normalised, those that cannot be used refused; harvests joined."""

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
from pipeline.corrections.validation import refusal
from pipeline.drawings import SIDE, Images, Labels, image_digest, normalize_canvas
from pipeline.errors import InvalidDrawing, ObjectMissing, ObjectTooLarge
from pipeline.npz import dump_arrays, load_arrays
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records.corrections import Verdict
from pipeline.records.storage import ObjectContent
from pipeline.settings import Settings

FETCHERS = 16  # enough to hide 60 ms of network behind the drawing of what is there
AHEAD = 4 * FETCHERS  # canvases that may be in memory

Canvas: TypeAlias = ObjectContent | Verdict | None
"""What Storage gave for a correction; None when there was nothing to ask for."""


class Usable(NamedTuple):
    """A correction that can be learned from. drawing: uint8 `(28, 28)`. generation: of the canvas, 0 when there is none."""

    found: PendingCorrection
    drawing: Images
    generation: int


class Harvest(NamedTuple):
    """What was collected, in order of correction id; all arrays of one length.

    images: uint8 `(n, 28, 28)`. labels: uint8 `(n,)`. ids, players (hashed): str `(n,)`. guesses: uint8 `(n,)`, the class that
    the model guessed, 255 for none. confidences: float32 `(n,)` of that guess, NaN when unknown. versions: str `(n,)`, of the
    model, "" when unknown. generations: int64 `(n,)`, of the canvas in Storage, 0 when the drawing was sent as strokes.
    sent_at: float64 `(n,)`, POSIX seconds. refused: verdicts by correction id.
    """

    images: Images
    labels: Labels
    ids: NDArray[np.str_]
    players: NDArray[np.str_]
    guesses: Labels
    confidences: NDArray[np.float32]
    versions: NDArray[np.str_]
    generations: NDArray[np.int64]
    sent_at: NDArray[np.float64]
    refused: dict[str, Verdict]


COLUMNS = Harvest._fields[:-1]


def collect_batch(
    batch: Batch, artefacts: ArtefactStore, settings: Settings, on_progress: OnProgress = silent
) -> Harvest:
    """Fetches the canvases of a batch. A correction that cannot be used is refused and stops nothing.

    Raises errors.Retryable when Storage does not answer.
    """
    usable: list[Usable] = []
    refused = dict(batch.refused)
    fetched = _concurrently(
        partial(_fetched, artefacts=artefacts, max_bytes=settings.max_canvas_bytes), batch.found
    )
    for done, (found, canvas) in enumerate(fetched, start=len(batch.refused) + 1):
        result = _drawn(found, canvas)
        if isinstance(result, Verdict):
            refused[found.id] = result
        else:
            usable.append(result)
        on_progress("collecting corrections", done, len(batch.found) + len(batch.refused))
    return _harvest(usable, refused)


def _harvest(usable: list[Usable], refused: dict[str, Verdict]) -> Harvest:
    return Harvest(
        images=np.stack([each.drawing for each in usable])
        if usable
        else np.empty((0, SIDE, SIDE), np.uint8),
        labels=np.array([each.found.label for each in usable], np.uint8),
        ids=np.array([each.found.id for each in usable], np.str_),
        players=np.array([each.found.player for each in usable], np.str_),
        guesses=np.array([each.found.guess for each in usable], np.uint8),
        confidences=np.array([_or_nan(each.found.confidence) for each in usable], np.float32),
        versions=np.array([each.found.version for each in usable], np.str_),
        generations=np.array([each.generation for each in usable], np.int64),
        sent_at=np.array([each.found.sent_at for each in usable], np.float64),
        refused=refused,
    )


def _concurrently(
    fetch: Callable[[PendingCorrection], Canvas], corrections: Iterable[PendingCorrection]
) -> Iterator[tuple[PendingCorrection, Canvas]]:
    """Canvases in the order of `corrections`, a bounded number of them ahead.

    Other threads wait for Storage, and nothing else: when they draw too, they take the interpreter from each other, and
    collecting takes a fifth longer.
    """
    with ThreadPoolExecutor(FETCHERS) as pool:
        ahead: deque[tuple[PendingCorrection, Future[Canvas]]] = deque()
        for found in corrections:
            ahead.append((found, pool.submit(fetch, found)))
            if len(ahead) >= AHEAD:
                first, canvas = ahead.popleft()
                yield first, canvas.result()
        while ahead:
            first, canvas = ahead.popleft()
            yield first, canvas.result()


def _fetched(found: PendingCorrection, artefacts: ArtefactStore, max_bytes: int) -> Canvas:
    if found.drawn is not None:
        return None
    try:
        return artefacts.fetch(found.path, max_bytes)
    except ObjectMissing:
        return refusal("missing_image", f"there is no canvas {found.path} in Storage")
    except ObjectTooLarge as fault:
        return refusal("image_too_large", str(fault))


def _drawn(found: PendingCorrection, canvas: Canvas) -> Usable | Verdict:
    if isinstance(canvas, Verdict):
        return canvas
    try:
        if canvas is not None:
            return Usable(found, normalize_canvas(canvas.data), canvas.generation)
        drawn = base64.b64decode(found.drawn or "")
        return Usable(found, np.frombuffer(drawn, np.uint8).reshape(SIDE, SIDE), 0)
    except InvalidDrawing as fault:
        return refusal(fault.reason, str(fault))


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def join_harvests(parts: Iterable[Harvest]) -> Harvest:
    """One harvest of those of batches that follow each other. A drawing counts once: later copies are refused as duplicates."""
    kept: list[Harvest] = []
    refused: dict[str, Verdict] = {}
    first: dict[str, str] = {}
    for part in parts:
        refused |= part.refused
        fresh = np.ones(len(part.ids), bool)
        for at, (name, image) in enumerate(zip(part.ids.tolist(), part.images, strict=True)):
            if (copied := first.setdefault(image_digest(image), name)) != name:
                fresh[at] = False
                refused[name] = refusal("duplicate", f"the same drawing as correction {copied}")
        kept.append(
            part._replace(
                **{column: getattr(part, column)[fresh] for column in COLUMNS}, refused={}
            )
        )
    if not kept:
        kept.append(_harvest([], {}))
    return Harvest(
        **{column: np.concatenate([getattr(part, column) for part in kept]) for column in COLUMNS},
        refused=refused,
    )


def dump_harvest(harvest: Harvest) -> bytes:
    """As stored for the later steps of the run: an .npz file."""
    refused = json.dumps({name: verdict.document() for name, verdict in harvest.refused.items()})
    arrays: dict[str, Any] = {
        **harvest._asdict(),
        "refused": np.frombuffer(refused.encode(), np.uint8),
    }
    return dump_arrays(arrays)


def load_harvest(data: bytes) -> Harvest:
    """What `dump_harvest` wrote. Raises InvalidDataset when the bytes are anything else."""
    fields = load_arrays(
        data, Harvest._fields, "the collected corrections of the run", "request another run"
    )
    refused = json.loads(fields["refused"].tobytes())
    fields["refused"] = {name: Verdict.from_document(verdict) for name, verdict in refused.items()}
    return Harvest(**fields)
