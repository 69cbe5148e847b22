"""Measure what the screening finds, and what a poisoner achieves with it and without it.

    python -m benchmarks.screening --raw FOLDER

Champion and referee are trained on 55 % of the drawings, players draw from another 30 %, and recall
is measured on the rest.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.screening_world import (
    NO_CLASS,
    Corrections,
    find_quarantined,
    guess_after_retraining,
    read_sent,
    screen_in_a_process,
    split_drawings,
    train_models,
)
from emulator.players.bad_labels import Poisoner, add_label_noise, draw_doodles
from emulator.players.canvases import canvas_png, player_corrections
from pipeline.categories import CATEGORIES
from pipeline.dataset.hdf5 import Rows
from pipeline.drawings import centroid_crop, normalize_canvas
from pipeline.model.file import read_predictor
from pipeline.records.dataset import NO_GUESS

WRONG_SHARE = 0.05
POISON_SHARE = 0.05
DOODLES = 800
LARGE_COUNT = 50_000


def main() -> None:
    """Train, draw, screen and print."""
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
        played, test = split_drawings(options.raw, folder / "base", options.seed)
        champion = train_models(folder, options.samples_per_class, options.seed)
        measure_honest_and_wrong(folder, champion, played, options.count, options.seed)
        measure_poisoning(folder, champion, (played, test), options.count, options.seed)


def measure_honest_and_wrong(
    folder: Path, champion: bytes, played: dict[str, Any], count: int, seed: int
) -> None:
    """Measure how many wrong labels, honest corrections and doodles the screening quarantines."""
    honest = list(player_corrections(played, count, seed, "v1.0.0", players=80, faulty=0))
    truths = [str(correction.fields["correctedLabel"]) for correction in honest]
    sent = read_sent(add_label_noise(honest, WRONG_SHARE, seed), truths)
    guesses = read_predictor(champion).probabilities(sent.images).argmax(1)
    missed = guesses != sent.truth
    screened = screen_in_a_process(folder, sent)
    print(
        f"{count:,} corrections, {WRONG_SHARE:.0%} wrong; "
        f"the champion is wrong on {missed.mean():.1%}"
    )
    print_shares(screened.checks.contradicted, sent, missed)
    print(
        f"{screened.seconds / count * 1e3:.2f} ms a drawing, "
        f"peak memory {screened.megabytes:.0f} MB"
    )
    wrong = sent.labels != sent.truth
    print(f"fit no class: {screened.checks.no_class[~wrong].mean():.2%} of the honest, ", end="")
    rng = np.random.default_rng(seed)
    rows = draw_doodles(DOODLES, rng)
    images = np.stack([normalize_canvas(canvas_png(row, rng)) for row in rows])
    labels = rng.integers(len(CATEGORIES), size=DOODLES)
    doodles = Corrections(
        images,
        labels.astype(np.uint8),
        np.full(DOODLES, NO_GUESS, np.uint8),
        np.full(DOODLES, "doodler"),
        np.full(DOODLES, NO_CLASS, np.uint8),
    )
    checks = screen_in_a_process(folder, doodles).checks
    print(
        f"{checks.no_class.mean():.1%} of doodles; quarantined for either reason: "
        f"{(checks.no_class | checks.contradicted).mean():.1%}"
    )
    print(f"in bursts: {(screened.originals >= 0).mean():.2%} (rows are drawn more than once)")
    hard = sent.select(missed | wrong)
    print("only those that the champion gets wrong, and wrong labels:")
    hard_checks = screen_in_a_process(folder, hard).checks
    print_shares(hard_checks.contradicted, hard, np.ones(len(hard.labels), bool))
    large = screen_in_a_process(folder, sent.select(np.arange(LARGE_COUNT) % count))
    print(
        f"{LARGE_COUNT:,} corrections: {large.seconds:.0f} s, peak memory {large.megabytes:.0f} MB",
        flush=True,
    )


def print_shares(quarantined: Any, sent: Corrections, missed: Any) -> None:
    """Print the shares of wrong and of honest corrections that are quarantined."""
    wrong = sent.labels != sent.truth
    print(
        f"wrong labels quarantined {quarantined[wrong].mean():.1%} of {wrong.sum()}, "
        f"honest {quarantined[~wrong].mean():.2%}, "
        f"honest where the champion is wrong {quarantined[~wrong & missed].mean():.1%}"
    )
    shares = {
        name: quarantined[~wrong & (sent.truth == label)].mean()
        for label, name in enumerate(CATEGORIES)
    }
    worst = sorted(shares, key=lambda name: -shares[name])[:4]
    print(
        "  most honest ones quarantined:",
        ", ".join(f"{name} {shares[name]:.1%}" for name in worst),
        flush=True,
    )


def measure_poisoning(
    folder: Path,
    champion: bytes,
    drawings: tuple[dict[str, Any], dict[str, Any]],
    count: int,
    seed: int,
) -> None:
    """Measure the recall of the attacked class after retraining with and without screening."""
    poisoner, (played, unseen) = Poisoner(), drawings
    wrong = int(count * POISON_SHARE)
    sent = list(player_corrections(played, count - wrong, seed, "v1.0.0", players=80, faulty=0))
    honest = read_sent(sent, [str(correction.fields["correctedLabel"]) for correction in sent])
    rows = played[poisoner.drawn]
    poison = read_sent(
        poisoner.generate_corrections(rows, wrong, seed + 1, "v1.0.0"), [poisoner.drawn] * wrong
    )
    both = Corrections(*(np.concatenate(parts) for parts in zip(honest, poison, strict=True)))
    quarantined = find_quarantined(both, screen_in_a_process(folder, both))
    print(
        f"poisoner: {wrong} of {count:,} say that a {poisoner.drawn} is a {poisoner.claimed}; "
        f"quarantined {quarantined[-wrong:].mean():.1%}"
    )
    tests = [
        Rows(
            centroid_crop(rows.reshape(-1, 28, 28)),
            np.full(len(rows), CATEGORIES.index(name), np.uint8),
        )
        for name, rows in unseen.items()
    ]
    test = Rows(*(np.concatenate(parts) for parts in zip(*tests, strict=True)))
    for name, corrections in {
        "champion": None,
        "retrained, no poisoner": honest,
        "retrained, not screened": both,
        "retrained, screened": both.select(~quarantined),
    }.items():
        right = guess_after_retraining(folder, champion, corrections, test.images) == test.labels
        recall = right[test.labels == CATEGORIES.index(poisoner.drawn)].mean()
        print(
            f"  {name}: {poisoner.drawn} recall {recall:.1%}, accuracy {right.mean():.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
