"""Drawings, models and screened corrections for `benchmarks.screening`."""

import multiprocessing
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from emulator.players.canvases import SentCorrection
from pipeline.categories import CATEGORIES
from pipeline.corrections.collect import Harvest
from pipeline.dataset.hdf5 import NO_GUESS, Rows, read_base
from pipeline.drawings import normalize_canvas
from pipeline.fit.choice import Validation, choose_hyperparameters
from pipeline.fit.training_set import Answers, Hyperparameters, build_training_set
from pipeline.model.features import compute_features
from pipeline.model.file import read_predictor
from pipeline.model.predict import Predictor
from pipeline.records.corrections import NOT_SAID
from pipeline.records.dataset import Split
from pipeline.screening.bursts import find_bursts
from pipeline.screening.label_check import LabelChecks, check_labels
from pipeline.screening.quarantine import quarantine_corrections
from pipeline.screening.referee import load_referee
from pipeline.settings import Settings

SHARES = (0.55, 0.85)
"""Where the base rows end and where the players' drawings end; the rest is the test set."""
HELD_BACK = 8
"""A fit holds one in so many corrections back, to choose its hyperparameters by."""


class Corrections(NamedTuple):
    """Corrections as the pipeline reads them, with the true labels in `truth`."""

    images: Any
    labels: Any
    players: Any
    truth: Any

    def select(self, rows: Any) -> "Corrections":
        """Return the selected rows."""
        return Corrections(*(part[rows] for part in self))


class Screened(NamedTuple):
    """What the screening of corrections found, with its wall time and the peak memory."""

    checks: LabelChecks
    originals: Any
    seconds: float
    megabytes: float


def split_drawings(raw: Path, base: Path, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write the base rows; return the players' drawings and those of the test set, by category."""
    base.mkdir()
    rng, played, test = np.random.default_rng(seed), {}, {}
    for category in CATEGORIES:
        rows = rng.permutation(np.load(raw / f"{category}.npy"))
        first, second = (int(share * len(rows)) for share in SHARES)
        np.save(base / f"{category}.npy", rows[:first])
        played[category], test[category] = rows[first:second], rows[second:]
    return played, test


def train_models(folder: Path, samples: int, seed: int) -> bytes:
    """Train the champion and return its file; write the referee's file to the folder."""
    from pipeline.dataset.preprocess import preprocess
    from pipeline.model.cnn import dump_model
    from pipeline.screening.referee import dump_referee
    from pipeline.screening.referee_training import train_referee
    from pipeline.training.train import train

    dataset = folder / "data.h5"
    rows = preprocess(
        folder / "base", dataset, categories=CATEGORIES, samples_per_class=samples, seed=seed
    ).rows
    model, _ = train(dataset, seed=seed)
    wall, processor = time.monotonic(), time.process_time()
    (folder / "referee.npz").write_bytes(dump_referee(train_referee(dataset, seed=seed)))
    wall, processor = time.monotonic() - wall, time.process_time() - processor
    print(
        f"referee: {rows[Split.TRAIN]:,} rows, {wall:.0f} s ({processor:.0f} s of processor)",
        flush=True,
    )
    return dump_model(model)


def read_sent(sent: Iterable[SentCorrection], truths: Iterable[str]) -> Corrections:
    """Read sent corrections as the pipeline does."""
    rows = [
        (
            normalize_canvas(correction.png or b""),
            CATEGORIES.index(str(correction.fields["correctedLabel"])),
            correction.fields["userId"],
            CATEGORIES.index(truth),
        )
        for correction, truth in zip(sent, truths, strict=True)
    ]
    images, labels, players, truth = (np.array(part) for part in zip(*rows, strict=True))
    return Corrections(images, labels.astype(np.uint8), players, truth.astype(np.uint8))


def screen_in_a_process(folder: Path, corrections: Corrections) -> Screened:
    """Screen corrections in a fresh process, whose peak memory is then that of the screening."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(screen, (folder / "referee.npz", corrections))


def screen(referee: Path, corrections: Corrections) -> Screened:
    """Screen corrections in this process."""
    started = time.monotonic()
    images, labels, players, _ = corrections
    checks = check_labels(images, labels, players, load_referee(referee.read_bytes()))
    originals = find_bursts(images, labels)
    return Screened(checks, originals, time.monotonic() - started, read_peak_megabytes())


def find_quarantined(corrections: Corrections, screened: Screened) -> Any:
    """Return which corrections a run would quarantine, bool `(n,)`, for any reason."""
    count = len(corrections.labels)
    ids = np.array([f"{number:06d}" for number in range(count)])
    harvest = Harvest(
        images=corrections.images,
        labels=corrections.labels,
        ids=ids,
        players=corrections.players,
        guesses=np.full(count, NO_GUESS, np.uint8),
        confidences=np.full(count, np.nan, np.float32),
        versions=np.full(count, ""),
        asked=np.full(count, NOT_SAID, np.uint8),
        chances=np.full(count, np.nan, np.float32),
        generations=np.zeros(count, np.int64),
        sent_at=np.zeros(count),
        contradicted=np.zeros(count, np.int64),
        unusable={},
    )
    verdicts = quarantine_corrections(
        harvest,
        screened.checks,
        screened.originals,
        {},
        categories=CATEGORIES,
        most_of_a_class=Settings().player_class_cap,
    )
    return np.isin(ids, list(verdicts))


def guess_after_retraining(
    folder: Path, champion: bytes, corrections: Corrections | None, images: Any
) -> Any:
    """Retrain the champion's head as a run does and return its guesses; None: do not retrain."""
    settings = Settings()
    model = read_predictor(champion)
    head = model.head
    if corrections is not None:
        base, val = (
            read_base(folder / "data.h5", Split.TRAIN, settings.fit.base_rows),
            read_base(folder / "data.h5", Split.VAL),
        )
        back = np.arange(len(corrections.labels)) % HELD_BACK == 0
        learned, judged = corrections.select(~back), corrections.select(back)
        taught, asked = (Answers(*featurize(model, rows)) for rows in (learned, judged))
        lesson = build_training_set(featurize(model, base), taught, head)
        usual = Hyperparameters(settings.fit.answer_weight, settings.fit.anchor_strength)
        validation = Validation(featurize(model, val), asked)
        head = choose_hyperparameters(lesson, usual, validation).head
    return head.probabilities(compute_features(model, images)).argmax(1)


def featurize(model: Predictor, rows: Rows | Corrections) -> tuple[Any, Any]:
    """Compute the features of rows, and return them with the labels."""
    return compute_features(model, rows.images), rows.labels


def read_peak_megabytes() -> float:
    """Return the peak memory of this process.

    `getrusage` would return that of the parent process if it is larger.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
