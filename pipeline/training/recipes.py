"""Three recipes to train the CNN. All of them give the same layers, with different weights."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from pipeline.settings import RecipeName

COPIES = 100_000
"""Base rows that `fast` and `best` also show as drawn on a canvas; docs/decisions/0017."""


@dataclass(frozen=True)
class TrainingConfig:
    """How one network is trained.

    learning_rate: of Adam. The first one where `plateaus` lowers it; else the peak of one cycle,
        which rises linearly and falls as a cosine to zero.
    plateaus: halves the rate after two epochs without progress, stops after three, and restores the
        weights of the best epoch.
    normalised: trains the network of `trainee.py`, with batch normalization, which is folded into
        the CNN afterwards; else trains the CNN itself.
    warped: augments the drawings: each is rotated, stretched and mirrored at random in each epoch.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    dropout: float
    plateaus: bool = False
    normalised: bool = True
    warped: bool = False


@dataclass(frozen=True)
class Recipe:
    """The config of the CNN (the student), and of a teacher network that it learns from, if any.

    copies: how many base rows are shown once more as they would come from a player's canvas
        (`copies.py`), at most: to both networks, once in each epoch.
    """

    name: RecipeName
    student: TrainingConfig
    teacher: TrainingConfig | None = None
    copies: int = 0

    def with_overrides(
        self, *, epochs: int | None, batch_size: int | None, copies: int | None = None
    ) -> "Recipe":
        """Return the recipe with other epochs or batch size of the CNN, or another `copies`.

        None changes nothing.
        """
        student = replace(
            self.student,
            epochs=epochs or self.student.epochs,
            batch_size=batch_size or self.student.batch_size,
        )
        return replace(self, student=student, copies=self.copies if copies is None else copies)

    def document(self) -> dict[str, Any]:
        """Return the recipe for JSON: all that a training depends on besides data set and seed."""
        return asdict(self)


PLAIN = Recipe(
    RecipeName.PLAIN,
    TrainingConfig(
        epochs=15, batch_size=128, learning_rate=1e-3, dropout=0.5, plateaus=True, normalised=False
    ),
)
FAST = Recipe(
    RecipeName.FAST,
    TrainingConfig(epochs=4, batch_size=128, learning_rate=1e-2, dropout=0.1),
    copies=COPIES,
)
BEST = Recipe(
    RecipeName.BEST,
    TrainingConfig(epochs=20, batch_size=128, learning_rate=8e-3, dropout=0.1, warped=True),
    teacher=TrainingConfig(epochs=8, batch_size=128, learning_rate=4e-3, dropout=0.4, warped=True),
    copies=COPIES,
)
RECIPES = {recipe.name: recipe for recipe in (PLAIN, FAST, BEST)}
