"""Pending corrections to a harvest: documents checked, canvases fetched and normalised, those that cannot be used refused."""

import hmac
import io
import json
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.categories import LABELS
from pipeline.dataset import NO_GUESS, Labels, image_digest, stored_arrays
from pipeline.drawings import SIDE, Images, normalize_canvas
from pipeline.errors import InvalidDrawing, ObjectMissing, ObjectTooLarge
from pipeline.ports import ArtefactStore, CorrectionSource
from pipeline.progress import OnProgress, silent
from pipeline.records import CorrectionDocument, Verdict
from pipeline.screening import Refused, read_correction, refusal
from pipeline.settings import Settings

FETCHERS = 8


class Usable(NamedTuple):
    """A correction that can be learned from. drawing: uint8 `(28, 28)`. player: hashed."""

    id: str
    player: str
    label: int
    drawing: Images
    guess: int
    confidence: float
    model_version: str


class Harvest(NamedTuple):
    """What one run collected, in order of correction id.

    images: uint8 `(n, 28, 28)`; labels: uint8 `(n,)`; ids, players (hashed), model_versions: str `(n,)`; guesses: uint8 `(n,)`,
    label index of the model's guess or NO_GUESS; confidences: float32 `(n,)`, of that guess, or nan; refused:
    verdicts by correction id.
    """

    images: Images
    labels: Labels
    ids: NDArray[np.str_]
    players: NDArray[np.str_]
    guesses: Labels
    confidences: NDArray[np.float32]
    model_versions: NDArray[np.str_]
    refused: dict[str, Verdict]


def collect(
    corrections: CorrectionSource, artefacts: ArtefactStore, settings: Settings, on_progress: OnProgress = silent
) -> Harvest:
    """Reads every pending correction and its canvas. A correction that cannot be used is refused and stops nothing.

    Within the harvest a drawing counts once: its later copies are refused as duplicates.
    """
    total = corrections.count_pending()
    usable: list[Usable] = []
    refused: dict[str, Verdict] = {}
    first: dict[str, str] = {}
    key = settings.player_key.get_secret_value().encode()

    def examine(document: CorrectionDocument) -> Usable | Verdict:
        try:
            return _examine(document, artefacts, settings.max_canvas_bytes, key)
        except Refused as fault:
            return fault.verdict

    for done, (name, found) in enumerate(_concurrently(examine, corrections.pending()), start=1):
        if isinstance(found, Verdict):
            refused[name] = found
        elif (copied := first.setdefault(image_digest(found.drawing), name)) != name:
            refused[name] = refusal("duplicate", f"the same drawing as correction {copied}")
        else:
            usable.append(found)
        on_progress("collecting corrections", done, total)
    return Harvest(
        images=np.stack([each.drawing for each in usable]) if usable else np.empty((0, SIDE, SIDE), np.uint8),
        labels=np.array([each.label for each in usable], np.uint8),
        ids=np.array([each.id for each in usable], np.str_),
        players=np.array([each.player for each in usable], np.str_),
        guesses=np.array([each.guess for each in usable], np.uint8),
        confidences=np.array([each.confidence for each in usable], np.float32),
        model_versions=np.array([each.model_version for each in usable], np.str_),
        refused=refused,
    )


def _concurrently(
    examine: Callable[[CorrectionDocument], Usable | Verdict], documents: Iterator[CorrectionDocument]
) -> Iterator[tuple[str, Usable | Verdict]]:
    """Results in the order of `documents`, a bounded number of them ahead."""
    with ThreadPoolExecutor(FETCHERS) as pool:
        ahead: deque[tuple[str, Future[Usable | Verdict]]] = deque()
        for document in documents:
            ahead.append((document.id, pool.submit(examine, document)))
            if len(ahead) >= 4 * FETCHERS:
                name, result = ahead.popleft()
                yield name, result.result()
        while ahead:
            name, result = ahead.popleft()
            yield name, result.result()


def _examine(document: CorrectionDocument, artefacts: ArtefactStore, max_bytes: int, key: bytes) -> Usable:
    if "\0" in document.id:  # a player can choose the id; neither NumPy's text nor HDF5's holds a zero
        raise Refused("unsafe_id", "the document's id holds a zero character")
    correction = read_correction(document.fields)
    try:
        drawing = normalize_canvas(artefacts.read(correction.image_storage_path, max_bytes))
    except ObjectMissing:
        raise Refused("missing_image", f"there is no canvas {correction.image_storage_path} in Storage") from None
    except ObjectTooLarge as fault:
        raise Refused("image_too_large", str(fault)) from None
    except InvalidDrawing as fault:
        raise Refused(fault.reason, str(fault)) from None
    # A player is known by a keyed hash alone: the data set must not name anybody.
    player = hmac.new(key, correction.user_id.encode(), "sha256").hexdigest()
    return Usable(
        document.id,
        player,
        LABELS[correction.corrected_label],
        drawing,
        LABELS.get(correction.original_prediction or "", NO_GUESS),
        np.nan if correction.confidence is None else correction.confidence,
        correction.model_version or "",
    )


def dump_harvest(harvest: Harvest) -> bytes:
    """As stored for the later steps of the run: an .npz file."""
    refused = json.dumps({name: verdict.document() for name, verdict in harvest.refused.items()})
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, allow_pickle=False, **{**harvest._asdict(), "refused": np.frombuffer(refused.encode(), np.uint8)}
    )
    return buffer.getvalue()


def load_harvest(data: bytes) -> Harvest:
    """What `dump_harvest` wrote. Raises InvalidDataset when the bytes are anything else."""
    fields = stored_arrays(data, Harvest._fields, "request another run")
    refused = json.loads(fields["refused"].tobytes())
    fields["refused"] = {name: Verdict.from_document(verdict) for name, verdict in refused.items()}
    return Harvest(**fields)
