"""What the evidence holds of wrong and of honest corrections, and what a poisoner achieves with it and without.

Run with `python -m benchmarks.screening --raw FOLDER`. Champion and referee are trained on 55 % of the drawings, players draw
from another 30 %, and recall is measured on the rest.
"""

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from emulator.players.canvases import SentCorrection, canvas_png, player_corrections
from emulator.players.liars import Poisoner, doodles, mislabelled
from pipeline.categories import CATEGORIES, LABELS
from pipeline.corrections.collect import Harvest
from pipeline.dataset.hdf5 import NO_GUESS, Rows, read_base
from pipeline.drawings import centroid_crop, normalize_canvas
from pipeline.fit.choice import Validation, choose_hyperparameters
from pipeline.fit.lesson import Hyperparameters, build_training_set
from pipeline.model.features import compute_features
from pipeline.model.file import read_predictor
from pipeline.model.predict import Predictor
from pipeline.records.dataset import Split
from pipeline.screening.bursts import find_bursts
from pipeline.screening.label_check import LabelChecks, check_labels
from pipeline.screening.quarantine import quarantine
from pipeline.screening.referee import load_referee
from pipeline.settings import Settings

SHARES = (0.55, 0.85)  # up to here base rows, up to there players' drawings, the rest to judge by
WRONG = 0.05
POISON = 0.05
DOODLES = 800
MANY = 50_000
HELD_BACK = 8  # a fit chooses how strongly by one in so many


class Sent(NamedTuple):
    """Corrections as the pipeline sees them, and what was drawn."""

    images: Any
    labels: Any
    players: Any
    truth: Any

    def some(self, rows: Any) -> "Sent":
        """Those rows."""
        return Sent(*(part[rows] for part in self))


class Screened(NamedTuple):
    """What a process of its own found, in how many seconds, and its largest memory."""

    found: LabelChecks
    copies: Any
    seconds: float
    megabytes: float


def main() -> None:
    """Trains, draws, screens, and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--count", type=int, default=10_000, help="corrections")
    parser.add_argument(
        "--samples-per-class",
        type=int,
        default=70_000,
        help="of base rows, at most; the demo has 400",
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shares = split(options.raw, folder / "base", options.seed)
        champion = trained(folder, options.samples_per_class, options.seed)
        honest_and_wrong(folder, champion, shares[0], options.count, options.seed)
        poisoned(folder, champion, shares, options.count, options.seed)


def split(raw: Path, base: Path, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Writes the base rows; the players' drawings and those to judge by, by category."""
    base.mkdir()
    rng, played, judged = np.random.default_rng(seed), {}, {}
    for category in CATEGORIES:
        rows = rng.permutation(np.load(raw / f"{category}.npy"))
        first, second = (int(share * len(rows)) for share in SHARES)
        np.save(base / f"{category}.npy", rows[:first])
        played[category], judged[category] = rows[first:second], rows[second:]
    return played, judged


def trained(folder: Path, samples: int, seed: int) -> bytes:
    """The champion's file; the referee's is left in the folder."""
    from pipeline.dataset.preprocess import preprocess
    from pipeline.model.cnn import dump_model
    from pipeline.screening.referee import dump_referee
    from pipeline.screening.referee_training import train_referee
    from pipeline.training.train import train

    dataset = folder / "data.h5"
    rows = preprocess(folder / "base", dataset, samples_per_class=samples, seed=seed).rows
    model, _ = train(dataset, seed=seed)
    wall, processor = time.monotonic(), time.process_time()
    (folder / "referee.npz").write_bytes(dump_referee(train_referee(dataset, seed=seed)))
    wall, processor = time.monotonic() - wall, time.process_time() - processor
    print(
        f"referee: {rows[Split.TRAIN]:,} rows, {wall:.0f} s ({processor:.0f} s of processor)",
        flush=True,
    )
    return dump_model(model)


def received(sent: Iterable[SentCorrection], truths: Iterable[str]) -> Sent:
    """What becomes of canvases."""
    found = [
        (
            normalize_canvas(each.png or b""),
            LABELS[str(each.fields["correctedLabel"])],
            each.fields["userId"],
            LABELS[truth],
        )
        for each, truth in zip(sent, truths, strict=True)
    ]
    images, labels, players, truth = (np.array(part) for part in zip(*found, strict=True))
    return Sent(images, labels.astype(np.uint8), players, truth.astype(np.uint8))


def honest_and_wrong(
    folder: Path, champion: bytes, played: dict[str, Any], count: int, seed: int
) -> None:
    """The first part."""
    honest = list(player_corrections(played, count, seed, "v1.0.0", players=80, faulty=0))
    sent = received(
        mislabelled(honest, WRONG, seed), [str(each.fields["correctedLabel"]) for each in honest]
    )
    guesses = read_predictor(champion).probabilities(sent.images).argmax(1)
    missed = guesses != sent.truth
    screened = apart(folder, sent)
    print(f"{count:,} corrections, {WRONG:.0%} wrong; the champion is wrong on {missed.mean():.1%}")
    told(screened.found.contradicted, sent, missed)
    print(
        f"{screened.seconds / count * 1e3:.2f} ms a drawing, peak memory {screened.megabytes:.0f} MB"
    )
    wrong = sent.labels != sent.truth
    print(f"fit no class: {screened.found.no_class[~wrong].mean():.2%} of the honest, ", end="")
    rng = np.random.default_rng(seed)
    images = np.stack([normalize_canvas(canvas_png(row, rng)) for row in doodles(DOODLES, rng)])
    said = rng.integers(len(CATEGORIES), size=DOODLES)
    strange = apart(
        folder, Sent(images, said.astype(np.uint8), np.full(DOODLES, "doodler"), said)
    ).found
    print(
        f"{strange.no_class.mean():.1%} of doodles; held for either reason: "
        f"{(strange.no_class | strange.contradicted).mean():.1%}"
    )
    copies = screened.copies
    print(f"in bursts: {(copies >= 0).mean():.2%} (rows are drawn more than once)")
    telling = sent.some(missed | wrong)
    print("only those that the champion gets wrong, and wrong labels:")
    told(apart(folder, telling).found.contradicted, telling, np.ones(len(telling.labels), bool))
    many = apart(folder, sent.some(np.arange(MANY) % count))
    print(
        f"{MANY:,} corrections: {many.seconds:.0f} s, peak memory {many.megabytes:.0f} MB",
        flush=True,
    )


def told(held: Any, sent: Sent, missed: Any) -> None:
    """Prints shares."""
    wrong = sent.labels != sent.truth
    print(f"wrong labels held {held[wrong].mean():.1%} of {wrong.sum()}, ", end="")
    print(
        f"honest {held[~wrong].mean():.2%}, honest where the champion is wrong {held[~wrong & missed].mean():.1%}"
    )
    shares = {
        name: held[~wrong & (sent.truth == label)].mean() for label, name in enumerate(CATEGORIES)
    }
    worst = sorted(shares, key=lambda name: -shares[name])[:4]
    print(
        "  most honest ones held:",
        ", ".join(f"{name} {shares[name]:.1%}" for name in worst),
        flush=True,
    )


def poisoned(
    folder: Path,
    champion: bytes,
    shares: tuple[dict[str, Any], dict[str, Any]],
    count: int,
    seed: int,
) -> None:
    """The second part."""
    poisoner, (played, judged) = Poisoner(), shares
    lies = int(count * POISON)
    sent = list(player_corrections(played, count - lies, seed, "v1.0.0", players=80, faulty=0))
    honest = received(sent, [str(each.fields["correctedLabel"]) for each in sent])
    poison = received(
        poisoner.corrections(played[poisoner.drawn], lies, seed + 1, "v1.0.0"),
        [poisoner.drawn] * lies,
    )
    both = Sent(*(np.concatenate(parts) for parts in zip(honest, poison, strict=True)))
    held = quarantined(both, apart(folder, both))
    print(
        f"poisoner: {lies} of {count:,} say that a {poisoner.drawn} is a {poisoner.said}; held {held[-lies:].mean():.1%}"
    )
    tests = [
        Rows(centroid_crop(rows.reshape(-1, 28, 28)), np.full(len(rows), LABELS[name], np.uint8))
        for name, rows in judged.items()
    ]
    test = Rows(*(np.concatenate(parts) for parts in zip(*tests, strict=True)))
    for name, taught in {
        "champion": None,
        "retrained, no poisoner": honest,
        "retrained, not screened": both,
        "retrained, screened": both.some(~held),
    }.items():
        right = retrained(folder, champion, taught, test.images) == test.labels
        recall = right[test.labels == LABELS[poisoner.drawn]].mean()
        print(
            f"  {name}: {poisoner.drawn} recall {recall:.1%}, accuracy {right.mean():.1%}",
            flush=True,
        )


def quarantined(sent: Sent, screened: Screened) -> Any:
    """Which of them a run holds, bool `(n,)`: by evidence, bursts, and the records of their players."""
    count = len(sent.labels)
    nothing = np.zeros(count)
    ids = np.array([f"{each:06d}" for each in range(count)])
    guesses, versions = np.full(count, NO_GUESS, np.uint8), np.full(count, "")
    harvest = Harvest(
        sent.images,
        sent.labels,
        ids,
        sent.players,
        guesses,
        nothing,
        versions,
        nothing,
        nothing,
        {},
    )
    verdicts = quarantine(
        harvest, screened.found, screened.copies, {}, most_of_a_class=Settings().player_class_cap
    )
    return np.isin(ids, list(verdicts))


def retrained(folder: Path, champion: bytes, taught: Sent | None, images: Any) -> Any:
    """What the champion with a head fitted as a run does it guesses."""
    settings = Settings()
    model = read_predictor(champion)
    head = model.head
    if taught is not None:
        base, val = (
            read_base(folder / "data.h5", Split.TRAIN, settings.fit.base_rows),
            read_base(folder / "data.h5", Split.VAL),
        )
        back = np.arange(len(taught.labels)) % HELD_BACK == 0
        learned, judged = taught.some(~back), taught.some(back)
        lesson = build_training_set(seen(model, base), seen(model, learned), head)
        usual = Hyperparameters(settings.fit.correction_weight, settings.fit.anchor_strength)
        head = choose_hyperparameters(
            lesson, usual, Validation(seen(model, val), seen(model, judged))
        ).head
    return head.probabilities(compute_features(model, images)).argmax(1)


def seen(model: Predictor, rows: Rows | Sent) -> tuple[Any, Any]:
    """Features and labels."""
    return compute_features(model, rows.images), rows.labels


def apart(folder: Path, sent: Sent) -> Screened:
    """The evidence, found by a process of its own, whose memory is that of nothing else."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(screened_here, (folder / "referee.npz", sent))


def screened_here(referee: Path, sent: Sent) -> Screened:
    """In that process."""
    began = time.monotonic()
    found = check_labels(sent.images, sent.labels, sent.players, load_referee(referee.read_bytes()))
    copies = find_bursts(sent.images, sent.labels)
    return Screened(found, copies, time.monotonic() - began, peak_megabytes())


def peak_megabytes() -> float:
    """The largest memory of this process; `getrusage` tells that of the process that started it, if that is larger."""
    (line,) = (
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    )
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
