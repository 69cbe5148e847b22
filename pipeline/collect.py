"""A batch of corrections to a harvest: canvases fetched and normalised, those that cannot be used refused; harvests joined."""

import base64
import io
import json
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.corrections.snapshot import Batch, Found
from pipeline.dataset import Labels, image_digest, stored_arrays
from pipeline.drawings import SIDE, Images, normalize_canvas
from pipeline.errors import InvalidDrawing, ObjectMissing, ObjectTooLarge
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records import Verdict
from pipeline.screening import Refused, refusal
from pipeline.settings import Settings

FETCHERS = 8


class Usable(NamedTuple):
    """A correction that can be learned from. drawing: uint8 `(28, 28)`. generation: of the canvas, 0 when there is none."""

    found: Found
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


def collect_batch(batch: Batch, artefacts: ArtefactStore, settings: Settings, on_progress: OnProgress = silent) -> Harvest:
    """Fetches the canvases of a batch. A correction that cannot be used is refused and stops nothing.

    Raises errors.Retryable when Storage does not answer.
    """
    usable: list[Usable] = []
    refused = dict(batch.refused)

    def examine(found: Found) -> Usable | Verdict:
        try:
            return _examine(found, artefacts, settings.max_canvas_bytes)
        except Refused as fault:
            return fault.verdict

    for done, (name, result) in enumerate(_concurrently(examine, batch.found), start=len(batch.refused) + 1):
        if isinstance(result, Verdict):
            refused[name] = result
        else:
            usable.append(result)
        on_progress("collecting corrections", done, len(batch.found) + len(batch.refused))
    return _harvest(usable, refused)


def _harvest(usable: list[Usable], refused: dict[str, Verdict]) -> Harvest:
    return Harvest(
        images=np.stack([each.drawing for each in usable]) if usable else np.empty((0, SIDE, SIDE), np.uint8),
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
    examine: Callable[[Found], Usable | Verdict], corrections: Iterable[Found]
) -> Iterator[tuple[str, Usable | Verdict]]:
    """Results in the order of `corrections`, a bounded number of them ahead."""
    with ThreadPoolExecutor(FETCHERS) as pool:
        ahead: deque[tuple[str, Future[Usable | Verdict]]] = deque()
        for found in corrections:
            ahead.append((found.id, pool.submit(examine, found)))
            if len(ahead) >= 4 * FETCHERS:
                name, result = ahead.popleft()
                yield name, result.result()
        while ahead:
            name, result = ahead.popleft()
            yield name, result.result()


def _examine(found: Found, artefacts: ArtefactStore, max_bytes: int) -> Usable:
    if found.drawn is not None:
        return Usable(found, np.frombuffer(base64.b64decode(found.drawn), np.uint8).reshape(SIDE, SIDE), 0)
    try:
        data, generation = artefacts.fetch(found.path, max_bytes)
        return Usable(found, normalize_canvas(data), generation)
    except ObjectMissing:
        raise Refused("missing_image", f"there is no canvas {found.path} in Storage") from None
    except ObjectTooLarge as fault:
        raise Refused("image_too_large", str(fault)) from None
    except InvalidDrawing as fault:
        raise Refused(fault.reason, str(fault)) from None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def joined(parts: Iterable[Harvest]) -> Harvest:
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
        kept.append(part._replace(**{column: getattr(part, column)[fresh] for column in COLUMNS}, refused={}))
    if not kept:
        kept.append(_harvest([], {}))
    return Harvest(**{column: np.concatenate([getattr(part, column) for part in kept]) for column in COLUMNS}, refused=refused)


def dump_harvest(harvest: Harvest) -> bytes:
    """As stored for the later steps of the run: an .npz file."""
    refused = json.dumps({name: verdict.document() for name, verdict in harvest.refused.items()})
    arrays: dict[str, Any] = {**harvest._asdict(), "refused": np.frombuffer(refused.encode(), np.uint8)}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def load_harvest(data: bytes) -> Harvest:
    """What `dump_harvest` wrote. Raises InvalidDataset when the bytes are anything else."""
    fields = stored_arrays(data, Harvest._fields, "request another run")
    refused = json.loads(fields["refused"].tobytes())
    fields["refused"] = {name: Verdict.from_document(verdict) for name, verdict in refused.items()}
    return Harvest(**fields)
