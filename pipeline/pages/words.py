"""The sentences of a report: what each figure means, for somebody who owns a game and has never trained a model."""

from collections.abc import Sequence

from pipeline.model.metrics import ConfusedPair
from pipeline.pages.figures import escape_name, percent, times
from pipeline.records.metrics import Metrics

TITLE = "How good is the model?"
HARDEST = 3
NEARLY = 0.01  # certainty off by less is as good as exact
STILL_RISING = 0.002  # of accuracy, in the last epoch

CURVES = {
    "recognised": "Higher is better. The orange line may lie below the blue one: while it learns, the model works with half of "
    "its signals switched off, so that it does not learn drawings by heart.",
    "loss": "Lower is better. Loss also counts how sure the model was: a wrong guess made with great certainty costs most.",
}
CLASSES = (
    "The hardest classes come first. <b>Recognised</b>: of all drawings of this class, how many the model named rightly. "
    "<b>Right when guessed</b>: when the model says this word, how often it is true."
)
MATRIX = (
    "Read it by rows: the drawings of a class, and in percent what they were taken for. Blue is right, orange is a mix-up; the "
    "stronger the orange, the more frequent."
)
CERTAINTY = "With each guess the model says how sure it is. That number is worth something only if it keeps its word."
GALLERY = (
    "For each class the mistakes of which the model was most sure, with its guess below. Look at them: where you would have "
    "guessed the same, the drawing is to blame. Where you would not, corrections by your players will help most. (Bits of "
    "ink at an edge left on the other side when the drawing was centred; the model sees them like this.)"
)
NOTHING_WRONG = "None. With so good a result, make sure that these drawings were not among those it learned from."
GLOSSARY = (
    (
        "Unseen drawings",
        "Kept aside before training, never learned from, never used to choose anything. They stand for your players.",
    ),
    ("Accuracy", "The share of drawings whose first guess is right; here called recognised."),
    (
        "Recall, precision",
        "The usual names of “recognised” and “right when guessed”, class by class.",
    ),
    (
        "Calibration",
        "Whether the model is right as often as it says it is. Its error is the average gap between the two.",
    ),
    ("Points", "The difference of two percentages: from 90 % to 92 % are two points."),
)
LICENCE = (
    "Made by Redraw. Where drawings come from Google's Quick, Draw! data set, they are under "
    '<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.'
)


def points(share: float) -> str:
    """1.2 points."""
    return f"{100 * share:.1f} points"


def headline(metrics: Metrics) -> str:
    """The result in one line."""
    return f"It recognises {100 * metrics.accuracy:.0f} of 100 drawings"


def lede(metrics: Metrics, categories: Sequence[str]) -> str:
    """What to know if nothing else is read."""
    order = sorted(categories, key=lambda name: metrics.recall[name])
    hardest, easiest = (
        map(escape_name, order[:HARDEST]),
        map(escape_name, order[: -HARDEST - 1 : -1]),
    )
    return (
        f"Shown {metrics.rows:,} drawings that it had never seen, the model named {round(metrics.accuracy * metrics.rows):,} "
        f"rightly with its first guess. It is best at {listed(list(easiest))}; it finds {listed(list(hardest))} hardest."
    )


def learning(history: dict[str, list[float]]) -> str:
    """What the curves show."""
    checked = history.get("val_accuracy", [])
    if not checked:
        return ""
    best = checked.index(max(checked))
    told = (
        f"The model went {len(checked)} times through all its drawings. On drawings kept aside it recognised "
        f"{percent(checked[0])} after the first time and {percent(checked[best])} at best, in epoch {best + 1}. "
    )
    rising = (
        len(checked) > 1 and best == len(checked) - 1 and checked[-1] - checked[-2] > STILL_RISING
    )
    return told + (
        "It was still getting better when it stopped: more epochs may help."
        if rising
        else "More of the same would not help much."
    )


def mixed_up(pairs: Sequence[ConfusedPair]) -> str:
    """Which pairs the model takes for each other."""
    if not pairs:
        return "Nothing: every guess was right."
    named = listed(
        [
            f"{escape_name(pair.one)} and {escape_name(pair.other)} ({times(pair.times)})"
            for pair in pairs[:HARDEST]
        ]
    )
    return f"Most of all {named}. For each pair, the drawings of which the model was most sure and still wrong:"


def certainty(metrics: Metrics) -> str:
    """How far the model's certainty can be believed."""
    gap = (
        sum(each.rows * (each.confidence - each.accuracy) for each in metrics.reliability)
        / metrics.rows
    )
    sure = metrics.reliability[-1]
    if (metrics.calibration_error or 0.0) < NEARLY:
        told = "You can: it is right as often as it says it is, nearly to the point."
    elif gap > 0:
        told = f"Not quite: it is too sure of itself, by {points(gap)} on average."
    else:
        told = f"More than it says: it is too modest, by {points(-gap)} on average."
    return (
        f"<strong>{told}</strong> Each bar is the guesses of about one certainty, its height the share of them that was right. "
        f"A bar that ends on the dashed line keeps its word; one below it claims too much. Strong colour: many guesses. "
        f"The rightmost bar holds {sure.rows:,} of {metrics.rows:,} guesses: {percent(sure.accuracy)} of them were right."
    )


def listed(names: Sequence[str]) -> str:
    """One, two and three."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
