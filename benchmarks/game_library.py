"""Read the heads of a world, and make pairs of champion and challenger of any two of them."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.gate_answers import Pair
from pipeline.model.answers import PairedGuesses

BASELINE = 0
"""The index of the head that every game starts with."""
ALL = {
    100: "100 answers",
    300: "300 answers",
    500: "500 answers",
    1000: "1000 answers",
    1500: "1500 answers",
    2500: "2500 labelled",
    5000: "5000 labelled",
    13_000: "13000 labelled",
}
"""By number of answers: the heads that are fitted to all answers, as a run does now."""
CORRECTIONS = {1500: "corrections alone"}
"""The one that is fitted to the corrections among some 1,600 answers, as runs did before."""


class Library(NamedTuple):
    """The heads of a world.

    name: of the file, such as `pairs_0_shifted`.
    arrays: those of the file, see `benchmarks.gate_pairs.dump_pairs`.
    numbers: the index of each head by its name.
    accuracies: of each head on players' drawings, 0 to 1.
    """

    name: str
    arrays: dict[str, Any]
    numbers: dict[str, int]
    accuracies: NDArray[np.float64]

    def find_head(self, heads: dict[int, str], answers: int) -> int:
        """Return the head that was fitted to the most answers, but not to more than `answers`."""
        fitting = [name for size, name in heads.items() if size <= answers]
        return self.numbers[fitting[-1]] if fitting else BASELINE

    def choose_other(self, rng: np.random.Generator) -> int:
        """Return a head that no game should release: overfitted, noisy, poisoned, ruined ..."""
        others = set(self.numbers) - {"champion", *ALL.values(), *CORRECTIONS.values()}
        return int(rng.choice(sorted(self.numbers[name] for name in others)))

    def find_best(self, heads: dict[int, str], answers: int) -> float:
        """Return the accuracy of the best head up to so many answers."""
        fitting = [self.numbers[name] for size, name in heads.items() if size <= answers]
        return float(self.accuracies[[BASELINE, *fitting]].max())

    def gain(self, champion: int, challenger: int) -> float:
        """Return the true gain of the challenger for players, as a share."""
        return float(self.accuracies[challenger] - self.accuracies[champion])

    def pair(self, champion: int, challenger: int) -> Pair:
        """Return the guesses of two heads."""
        labels, guesses = self.arrays["labels"], self.arrays["guesses"]
        clean, of_clean = self.arrays["clean_labels"], self.arrays["clean_guesses"]
        baseline = PairedGuesses(clean, of_clean[BASELINE], of_clean[challenger])
        return Pair(
            kinds=(str(champion), str(challenger)),
            players=PairedGuesses(labels, guesses[champion], guesses[challenger]),
            asked=self.arrays["asked"][champion],
            clean=PairedGuesses(clean, of_clean[champion], of_clean[challenger]),
            since_baseline=None if champion == BASELINE else baseline,
            golden=self.arrays["golden"],
            poison=(255, 255, 0.0),
        )


def read_libraries(folder: Path) -> list[Library]:
    """Read all files of a folder that `benchmarks.gate_pairs` wrote."""
    libraries = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        numbers = {kind: number for number, kind in enumerate(arrays["kinds"].tolist())}
        accuracies = (arrays["guesses"] == arrays["labels"]).mean(axis=1)
        libraries.append(Library(path.stem, arrays, numbers, accuracies))
    return libraries
