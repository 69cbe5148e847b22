"""Sentences of the report that depend on its figures, for owners who have never trained a model."""

from collections.abc import Mapping, Sequence

from pipeline.formatting import format_category, format_percent, format_points
from pipeline.model.metrics import ConfusedPair
from pipeline.records.metrics import Metrics

NAMED = 3  # classes or pairs that a sentence names
WELL_CALIBRATED = 0.01  # a smaller calibration error is called none
STILL_RISING = 0.002  # validation accuracy gained in the last epoch


def describe_result(metrics: Metrics) -> str:
    """Return the result in one line."""
    return f"It recognises {100 * metrics.accuracy:.0f} of 100 drawings"


def summarize_result(metrics: Metrics, categories: Sequence[str]) -> str:
    """Return the accuracy in words, with the easiest and the hardest classes by recall."""
    hardest_first = [
        format_category(name) for name in sorted(categories, key=lambda name: metrics.recall[name])
    ]
    right = round(metrics.accuracy * metrics.rows)
    return (
        f"The model saw {metrics.rows:,} drawings for the first time and named {right:,} of them "
        f"correctly with its first guess. It is best at {join_names(hardest_first[::-1][:NAMED])}. "
        f"The hardest are {join_names(hardest_first[:NAMED])}."
    )


def describe_learning(history: Mapping[str, Sequence[float]]) -> str:
    """Return what the curve of the validation accuracy shows; the empty text without that curve."""
    accuracies = history.get("val_accuracy", [])
    if not accuracies:
        return ""
    best = max(accuracies)
    epoch = accuracies.index(best) + 1
    still_rising = (
        len(accuracies) > 1
        and epoch == len(accuracies)
        and accuracies[-1] - accuracies[-2] > STILL_RISING
    )
    outlook = (
        "It was still getting better when training stopped: more epochs may help."
        if still_rising
        else "More epochs would not help much."
    )
    return (
        f"The model went through all its drawings {format_times(len(accuracies))}. Of the drawings "
        f"kept aside it recognised {format_percent(accuracies[0])} after the first epoch and "
        f"{format_percent(best)} at best, after epoch {epoch}. {outlook}"
    )


def describe_confusions(pairs: Sequence[ConfusedPair]) -> str:
    """Return which pairs of classes the model confuses most often.

    Args:
        pairs: the most frequent first.
    """
    if not pairs:
        return "Nothing: every guess was right."
    names = [
        f"{format_category(f'{pair.one} and {pair.other}')} ({format_times(pair.times)})"
        for pair in pairs[:NAMED]
    ]
    return (
        f"Most of all {join_names(names)}. For each pair you see the wrong guesses of which the "
        "model was most sure:"
    )


def describe_certainty(metrics: Metrics) -> str:
    """Return whether the model's confidence is too high, too low or right.

    Args:
        metrics: with at least one bin of `reliability`.
    """
    if (metrics.calibration_error or 0.0) < WELL_CALIBRATED:
        return "You can: it is right about as often as it says."
    # Mean confidence minus accuracy. Unlike the calibration error it keeps its sign.
    gap = (
        sum(group.rows * (group.confidence - group.accuracy) for group in metrics.reliability)
        / metrics.rows
    )
    if gap > 0:
        return f"Not quite: it is too sure of itself, by {format_points(gap)} on average."
    return f"More than it says: it is too modest, by {format_points(-gap)} on average."


def format_times(count: int) -> str:
    """Return `once`, or a number such as `7 times`."""
    return "once" if count == 1 else f"{count:,} times"


def join_names(names: Sequence[str]) -> str:
    """Return the names as one text: `one, two and three`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
