"""Compare what 500 answers of players teach when the policy or chance chooses whom to ask.

    python -m benchmarks.asking --raw DIR

A baseline is trained on 55 % of the drawings of each class. The others become players' canvases:
some to test on, the rest guesses that players may be asked about. The policy is the one that would
be published with the baseline; the fit is that of a run. Each pool of guesses serves all ways of
choosing, so their differences are paired.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emulator.players.canvases import canvas_png
from pipeline.categories import CATEGORIES
from pipeline.dataset.hdf5 import Rows, read_base
from pipeline.dataset.preprocess import preprocess
from pipeline.dataset.raw_drawings import open_raw
from pipeline.drawings import SIDE, Images, Labels, normalize_canvas
from pipeline.fit.training_set import Answers, Hyperparameters, build_training_set
from pipeline.model.cnn import dump_model
from pipeline.model.features import compute_features
from pipeline.model.file import read_predictor
from pipeline.model.head import Head
from pipeline.records.dataset import Split
from pipeline.settings import Settings
from pipeline.training.train import train
from pipeline.versions.asking import calibrate, should_ask

BASE_SHARE = 0.55
TEST, GUESSES, POOL, ANSWERS = 4000, 9500, 6000, 500
RANDOM, POLICY, GAME = "at random", "by the policy", "where the model was wrong"
ALONE = ", corrections alone"  # without the answers that confirm, which a fit does not use


class LabelledFeatures(NamedTuple):
    """The backbone's features of drawings, float32 `(n, 1600)`, and their labels."""

    features: NDArray[np.float32]
    labels: Labels

    def part(self, rows: Any) -> "LabelledFeatures":
        """Return the selected rows."""
        return LabelledFeatures(self.features[rows], self.labels[rows])

    def accuracy(self, head: Head) -> float:
        """Return the accuracy of a head on them, in points."""
        return 100 * float(np.mean(head.probabilities(self.features).argmax(axis=1) == self.labels))


class World(NamedTuple):
    """A baseline's head and the drawings to train and test it with."""

    head: Head
    base: LabelledFeatures
    val: LabelledFeatures
    clean: LabelledFeatures
    players: LabelledFeatures
    guesses: LabelledFeatures


def main() -> None:
    """Measure seed by seed and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--seeds", type=int, default=3, help="baselines, each with other drawings")
    parser.add_argument("--pools", type=int, default=4, help="pools of guesses a baseline")
    settings = Settings(_env_file=None)
    parser.add_argument("--budget", type=float, default=settings.ask.budget)
    options = parser.parse_args()
    settings = settings.with_changes(ask={"budget": options.budget})
    results = np.concatenate(
        [measure(options.raw, seed, options.pools, settings) for seed in range(options.seeds)]
    )
    pools = len(results)
    print(
        f"\npoints on players' drawings, and on clean ones; {pools} pools; +- is the spread; "
        "then the gain on the champion"
    )
    for name, values in zip(ways(), np.moveaxis(results, 1, 0), strict=True):
        print(
            f"{name:40} {_spread(values[:, 0])}   {_spread(values[:, 1])}   "
            f"{values[:, 2].mean():+.2f} {values[:, 3].mean():+.2f} "
            f"by {values[:, 4].mean():.0f} rows"
        )
    names = list(ways())
    for one, other in ((POLICY, RANDOM), (POLICY + ALONE, RANDOM + ALONE), (POLICY, GAME)):
        gains = results[:, names.index(one), :2] - results[:, names.index(other), :2]
        means = [f"{gain.mean():+.2f} +- {gain.std(ddof=1) / pools**0.5:.2f}" for gain in gains.T]
        print(
            f"{one} minus {other}: {means[0]} on players', {means[1]} on clean "
            "(+- is the standard error of the paired mean)"
        )


def ways() -> dict[str, Callable[[NDArray[np.bool_], NDArray[np.bool_]], NDArray[np.bool_]]]:
    """Return the ways to choose rows from a pool in random order.

    Each takes two masks, whether the policy asks about a guess and whether the guess is wrong, and
    returns a mask of the chosen rows.
    """
    return {
        RANDOM: lambda asked, _: _first(np.ones_like(asked)),
        POLICY: lambda asked, _: _first(asked),
        GAME: lambda _, wrong: _first(wrong),
        RANDOM + ALONE: lambda asked, wrong: _first(np.ones_like(asked)) & wrong,
        POLICY + ALONE: lambda asked, wrong: _first(asked) & wrong,
    }


def measure(raw: Path, seed: int, pools: int, settings: Settings) -> NDArray[np.float64]:
    """Measure each way of choosing on several pools of guesses.

    Returns:
        float64 `(pools, ways, 5)`: accuracy on players' and on clean drawings, the gains of both
        over the champion (all in points), and the number of rows in the fit.
    """
    world, rng = make_world(raw, seed), np.random.default_rng([seed, 1])
    policy = calibrate(
        world.head.probabilities(world.val.features),
        budget=settings.ask.budget,
        categories=CATEGORIES,
    )
    probabilities = world.head.probabilities(world.guesses.features)
    asked = should_ask(policy, probabilities, CATEGORIES)
    wrong = probabilities.argmax(axis=1) != world.guesses.labels
    champion = world.players.accuracy(world.head), world.clean.accuracy(world.head)
    print(
        f"seed {seed}: champion {champion[0]:.2f} on {TEST} players' drawings, "
        f"{champion[1]:.2f} on clean; a budget of {settings.ask.budget:.0%} asks about "
        f"{asked.mean():.1%} of players' guesses, {wrong[asked].mean():.0%} of them wrong "
        f"(of all: {wrong.mean():.0%})",
        flush=True,
    )
    results = []
    for number in range(pools):
        pool = rng.permutation(GUESSES)[:POOL]
        chosen = {name: pool[choose(asked[pool], wrong[pool])] for name, choose in ways().items()}
        heads = {name: fit(world, rows, settings) for name, rows in chosen.items()}
        after = {
            name: (world.players.accuracy(head), world.clean.accuracy(head))
            for name, head in heads.items()
        }
        results.append(
            [
                (*accuracies, *np.subtract(accuracies, champion), len(chosen[name]))
                for name, accuracies in after.items()
            ]
        )
        parts = (f"{name} {players:.2f} {clean:.2f}" for name, (players, clean) in after.items())
        print(f"  pool {number}: {'; '.join(parts)}", flush=True)
    later = heads[POLICY]
    policy = calibrate(
        later.probabilities(world.val.features), budget=settings.ask.budget, categories=CATEGORIES
    )
    share = should_ask(policy, later.probabilities(world.players.features), CATEGORIES).mean()
    print(f"  the next version's policy asks about {share:.1%} of players' guesses", flush=True)
    return np.array(results)


def make_world(raw: Path, seed: int) -> World:
    """Train the baseline and draw the canvases; base, players and test have no row in common."""
    rng = np.random.default_rng([seed, 0])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unseen: list[Images] = []
        for category in CATEGORIES:
            rows = rng.permutation(open_raw(raw / f"{category}.npy"))
            cut = int(len(rows) * BASE_SHARE)
            np.save(folder / f"{category}.npy", rows[:cut])
            unseen.append(rows[cut:])
        dataset = folder / "data.h5"
        preprocess(folder, dataset, categories=CATEGORIES, samples_per_class=70_000, seed=seed)
        data = dump_model(train(dataset, seed=seed)[0])
        model = read_predictor(data)
        base = read_base(dataset, Split.TRAIN, Settings(_env_file=None).fit.base_rows)
        val, test = read_base(dataset, Split.VAL), read_base(dataset, Split.TEST)
    labels = np.repeat(np.arange(len(unseen), dtype=np.uint8), [len(rows) for rows in unseen])
    order = rng.permutation(len(labels))[: TEST + GUESSES]
    rows = np.concatenate(unseen)[order].reshape(-1, SIDE, SIDE)
    played = Rows(np.stack([normalize_canvas(canvas_png(row, rng)) for row in rows]), labels[order])

    def featurize(rows: Rows) -> LabelledFeatures:
        return LabelledFeatures(compute_features(model, rows.images), rows.labels)

    players = featurize(played)
    return World(
        model.head,
        featurize(base),
        featurize(val),
        featurize(test),
        players.part(slice(TEST)),
        players.part(slice(TEST, None)),
    )


def fit(world: World, rows: NDArray[np.int64], settings: Settings) -> Head:
    """Fit the head as a run does, from these guesses with their true labels."""
    taught = world.guesses.part(rows)
    lesson = build_training_set(
        (world.base.features, world.base.labels),
        Answers(taught.features, taught.labels),
        world.head,
    )
    return lesson.fit(Hyperparameters(settings.fit.answer_weight, settings.fit.anchor_strength))


def _first(rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask of the first 500 rows.

    Raises:
        ValueError: when there are fewer, as the comparison would not be fair.
    """
    if rows.sum() < ANSWERS:
        raise ValueError(
            f"only {rows.sum()} of {POOL} guesses qualify: a larger --budget is needed"
        )
    return rows & (np.cumsum(rows) <= ANSWERS)


def _spread(values: NDArray[np.float64]) -> str:
    return f"{values.mean():.2f} +- {values.std(ddof=1):.2f}"


if __name__ == "__main__":
    main()
