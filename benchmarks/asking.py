"""What 500 answers of players teach: asked for by the policy, or at random. Run with `python -m benchmarks.asking --raw DIR`.

A baseline is made of 55 % of the drawings of each class. The others become players' canvases: some to test on, the rest guesses
that players may be asked about. The policy is what would be published with the baseline; the fit is that of a run. Each pool of
guesses serves all ways of choosing, so their differences are paired.
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
from pipeline.fit.training_set import Hyperparameters, build_training_set
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
ALONE = ", corrections alone"  # of the answers, as confirmations are kept apart


class Seen(NamedTuple):
    """Drawings as the backbone sees them. features: float32 `(n, 1600)`."""

    compute_features: NDArray[np.float32]
    labels: Labels

    def part(self, rows: Any) -> "Seen":
        """Some of them."""
        return Seen(self.features[rows], self.labels[rows])

    def accuracy(self, head: Head) -> float:
        """Of a head on them, in points."""
        return 100 * float(np.mean(head.probabilities(self.features).argmax(axis=1) == self.labels))


class World(NamedTuple):
    """A baseline's head and what it has to do with."""

    head: Head
    base: Seen
    val: Seen
    clean: Seen
    players: Seen
    guesses: Seen


def main() -> None:
    """Measures seed by seed and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--seeds", type=int, default=3, help="baselines, each with other drawings")
    parser.add_argument("--pools", type=int, default=4, help="pools of guesses a baseline")
    settings = Settings(_env_file=None)
    parser.add_argument("--budget", type=float, default=settings.ask_budget)
    options = parser.parse_args()
    settings = settings.model_copy(update={"ask_budget": options.budget})
    found = np.concatenate(
        [measured(options.raw, seed, options.pools, settings) for seed in range(options.seeds)]
    )
    pools = len(found)
    print(
        f"\npoints on players' drawings, and on clean ones; {pools} pools; +- is the spread; then the gain on the champion"
    )
    for name, each in zip(ways(), np.moveaxis(found, 1, 0), strict=True):
        print(
            f"{name:40} {_spread(each[:, 0])}   {_spread(each[:, 1])}   "
            f"{each[:, 2].mean():+.2f} {each[:, 3].mean():+.2f} by {each[:, 4].mean():.0f} rows"
        )
    names = list(ways())
    for one, other in ((POLICY, RANDOM), (POLICY + ALONE, RANDOM + ALONE), (POLICY, GAME)):
        gains = found[:, names.index(one), :2] - found[:, names.index(other), :2]
        told = [f"{gain.mean():+.2f} +- {gain.std(ddof=1) / pools**0.5:.2f}" for gain in gains.T]
        print(
            f"{one} minus {other}: {told[0]} on players', {told[1]} on clean (+- is the standard error of the paired mean)"
        )


def ways() -> dict[str, Callable[[NDArray[np.bool_], NDArray[np.bool_]], NDArray[np.bool_]]]:
    """How rows may be chosen, of a pool in random order: whether it is asked about, whether the guess is wrong, to chosen."""
    return {
        RANDOM: lambda asked, _: _first(np.ones_like(asked)),
        POLICY: lambda asked, _: _first(asked),
        GAME: lambda _, wrong: _first(wrong),
        RANDOM + ALONE: lambda asked, wrong: _first(np.ones_like(asked)) & wrong,
        POLICY + ALONE: lambda asked, wrong: _first(asked) & wrong,
    }


def measured(raw: Path, seed: int, pools: int, settings: Settings) -> NDArray[np.float64]:
    """float64 `(pools, ways, 5)`: accuracy on players' and clean drawings, gains on the champion (points); rows taught."""
    world, rng = made(raw, seed), np.random.default_rng([seed, 1])
    policy = calibrate(world.head.probabilities(world.val.features), budget=settings.ask_budget)
    said = world.head.probabilities(world.guesses.features)
    asked, wrong = should_ask(policy, said), said.argmax(axis=1) != world.guesses.labels
    champion = world.players.accuracy(world.head), world.clean.accuracy(world.head)
    print(
        f"seed {seed}: champion {champion[0]:.2f} on {TEST} players' drawings, {champion[1]:.2f} on clean; a budget of "
        f"{settings.ask_budget:.0%} asks about {asked.mean():.1%} of players' guesses, {wrong[asked].mean():.0%} of them wrong "
        f"(of all: {wrong.mean():.0%})",
        flush=True,
    )
    found = []
    for number in range(pools):
        pool = rng.permutation(GUESSES)[:POOL]
        chosen = {name: pool[choose(asked[pool], wrong[pool])] for name, choose in ways().items()}
        heads = {name: fitted(world, rows, settings) for name, rows in chosen.items()}
        after = {
            name: (world.players.accuracy(head), world.clean.accuracy(head))
            for name, head in heads.items()
        }
        found.append(
            [
                (*each, *np.subtract(each, champion), len(chosen[name]))
                for name, each in after.items()
            ]
        )
        told = (f"{name} {players:.2f} {clean:.2f}" for name, (players, clean) in after.items())
        print(f"  pool {number}: {'; '.join(told)}", flush=True)
    later = heads[POLICY]
    policy = calibrate(later.probabilities(world.val.features), budget=settings.ask_budget)
    share = should_ask(policy, later.probabilities(world.players.features)).mean()
    print(f"  the next version's policy asks about {share:.1%} of players' guesses", flush=True)
    return np.array(found)


def made(raw: Path, seed: int) -> World:
    """The baseline and the drawings: those of base, players and test have no row in common."""
    rng = np.random.default_rng([seed, 0])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        held: list[Images] = []
        for category in CATEGORIES:
            rows = rng.permutation(open_raw(raw / f"{category}.npy"))
            cut = int(len(rows) * BASE_SHARE)
            np.save(folder / f"{category}.npy", rows[:cut])
            held.append(rows[cut:])
        dataset = folder / "data.h5"
        preprocess(folder, dataset, samples_per_class=70_000, seed=seed)
        data = dump_model(train(dataset, seed=seed)[0])
        model = read_predictor(data)
        base = read_base(dataset, Split.TRAIN, Settings(_env_file=None).fit_base_rows)
        val, test = read_base(dataset, Split.VAL), read_base(dataset, Split.TEST)
    labels = np.repeat(np.arange(len(held), dtype=np.uint8), [len(rows) for rows in held])
    order = rng.permutation(len(labels))[: TEST + GUESSES]
    rows = np.concatenate(held)[order].reshape(-1, SIDE, SIDE)
    played = Rows(np.stack([normalize_canvas(canvas_png(row, rng)) for row in rows]), labels[order])

    def seen(rows: Rows) -> Seen:
        return Seen(compute_features(model, rows.images), rows.labels)

    players = seen(played)
    return World(
        model.head,
        seen(base),
        seen(val),
        seen(test),
        players.part(slice(TEST)),
        players.part(slice(TEST, None)),
    )


def fitted(world: World, rows: NDArray[np.int64], settings: Settings) -> Head:
    """The head of a run that learns from these guesses, each with its true label."""
    taught = world.guesses.part(rows)
    lesson = build_training_set(
        (world.base.features, world.base.labels), (taught.features, taught.labels), world.head
    )
    return lesson.fit(
        Hyperparameters(settings.fit.correction_weight, settings.fit.anchor_strength)
    )


def _first(wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The first 500 of them. Raises ValueError when there are fewer: then the comparison would not be fair."""
    if wanted.sum() < ANSWERS:
        raise ValueError(
            f"only {wanted.sum()} of {POOL} guesses qualify: a larger --budget is needed"
        )
    return wanted & (np.cumsum(wanted) <= ANSWERS)


def _spread(values: NDArray[np.float64]) -> str:
    return f"{values.mean():.2f} +- {values.std(ddof=1):.2f}"


if __name__ == "__main__":
    main()
