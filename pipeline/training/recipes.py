"""How the baseline is trained: three recipes for one and the same CNN."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from pipeline.settings import RecipeName


@dataclass(frozen=True)
class TrainingConfig:
    """How one network is fitted.

    learning_rate: the first one where plateaus lower it, else the peak of one cycle (linear up, cosine down to nothing).
    plateaus: halves the rate after two epochs without progress, stops after three, and goes back to the best epoch.
    normalised: trains the arrangement of `trainee`, which is folded into the CNN; else the CNN itself.
    warped: turns, stretches and mirrors each drawing a little, differently each epoch.
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
    """The course of the CNN, and that of the teacher whose guesses it learns from, where there is one."""

    name: RecipeName
    student: TrainingConfig
    teacher: TrainingConfig | None = None

    def with_course(self, *, epochs: int | None, batch_size: int | None) -> "Recipe":
        """The same with another number of epochs or rows a step for the CNN; None leaves it as it is."""
        course = self.student
        return replace(
            self,
            student=replace(
                course, epochs=epochs or course.epochs, batch_size=batch_size or course.batch_size
            ),
        )

    def document(self) -> dict[str, Any]:
        """For JSON: what a training hangs on besides data set and seed."""
        return asdict(self)


PLAIN = Recipe(
    RecipeName.PLAIN,
    TrainingConfig(
        epochs=15, batch_size=128, learning_rate=1e-3, dropout=0.5, plateaus=True, normalised=False
    ),
)
FAST = Recipe(
    RecipeName.FAST, TrainingConfig(epochs=4, batch_size=128, learning_rate=1e-2, dropout=0.1)
)
BEST = Recipe(
    RecipeName.BEST,
    TrainingConfig(epochs=20, batch_size=128, learning_rate=8e-3, dropout=0.1, warped=True),
    teacher=TrainingConfig(epochs=8, batch_size=128, learning_rate=4e-3, dropout=0.4, warped=True),
)
RECIPES = {recipe.name: recipe for recipe in (PLAIN, FAST, BEST)}
