"""Render an evaluation as the report: an HTML page that explains each figure to a game's owner."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from pipeline.drawings import Images
from pipeline.model.metrics import ConfusedPair, WrongGuess, find_confused_pairs
from pipeline.pages import words
from pipeline.pages.figures import draw_calibration, draw_confusion_matrix, draw_curves
from pipeline.pages.rendering import render_template
from pipeline.records.metrics import Metrics

MAX_PAIRS = 6
MAX_EXAMPLES = 7  # wrong guesses that are shown of a class


class Speed(NamedTuple):
    """Seconds per drawing.

    batch: among many at once in Keras. single: alone, as `pipeline.model.predict` answers it.
    """

    batch: float
    single: float


class Evaluation(NamedTuple):
    """What a report is about.

    images: uint8 `(n, 28, 28)`, the rows that were evaluated. wrong: those guessed wrong, the most
    confident first. history: a value for each epoch, by the name of the curve. training_rows: how
    many drawings the model learned from. categories: the names of the classes.
    """

    metrics: Metrics
    images: Images
    wrong: Sequence[WrongGuess]
    history: dict[str, list[float]]
    training_rows: int
    categories: tuple[str, ...]


class Example(NamedTuple):
    """A drawing that was guessed wrong, uint8 `(28, 28)`, with the names of class and guess."""

    image: Images
    truth: str
    guess: str
    confidence: float


class ClassRow(NamedTuple):
    """A class in the table. taken_for: its most frequent wrong guess, None where there is none."""

    name: str
    recall: float
    precision: float
    taken_for: str | None
    taken_for_share: float


class ConfusedCard(NamedTuple):
    """A pair of classes, with an example and the number of mistakes for each way that occurred."""

    pair: ConfusedPair
    ways: list[tuple[Example, int]]


class GalleryRow(NamedTuple):
    """The wrong guesses of one class. wrong_count: all of them, not only the examples."""

    name: str
    wrong_count: int
    examples: list[Example]


def render_report(evaluation: Evaluation, speed: Speed | None = None) -> str:
    """Return the report as an HTML page. The same evaluation gives the same text.

    Args:
        evaluation: what the model did on drawings that it had never seen.
        speed: left out of the page where None, as no two measurements are equal.
    """
    metrics, categories = evaluation.metrics, evaluation.categories
    confusion = np.array(metrics.confusion, np.int64).reshape(len(categories), len(categories))
    pairs = find_confused_pairs(metrics, MAX_PAIRS, categories)
    return render_template(
        "report.html.jinja",
        headline=words.describe_result(metrics),
        summary=words.summarize_result(metrics, categories),
        metrics=metrics,
        training_rows=evaluation.training_rows,
        class_count=len(categories),
        speed=speed,
        accuracy_curves=_draw_history(evaluation, "recognised", "accuracy", shares=True),
        loss_curves=_draw_history(evaluation, "loss", "loss", shares=False),
        learning=words.describe_learning(evaluation.history),
        classes=_list_classes(evaluation),
        confusions=words.describe_confusions(pairs),
        pairs=[_make_pair_card(pair, evaluation) for pair in pairs],
        matrix=draw_confusion_matrix(confusion, categories),
        certainty=words.describe_certainty(metrics) if metrics.reliability else None,
        calibration=draw_calibration(metrics.reliability),
        gallery=_list_gallery(evaluation),
    )


def _draw_history(evaluation: Evaluation, axis: str, curve: str, *, shares: bool) -> Markup | None:
    """Draw a curve of training (orange) and its curve of validation (blue); None without both."""
    named = (("orange", curve), ("blue", f"val_{curve}"))
    history = evaluation.history
    lines = {colour: history[name] for colour, name in named if history.get(name)}
    return draw_curves(lines, axis, shares=shares) if lines else None


def _list_classes(evaluation: Evaluation) -> list[ClassRow]:
    """List the classes by rising recall."""
    metrics, names = evaluation.metrics, evaluation.categories
    mistakes = np.array(metrics.confusion).reshape(len(names), len(names))
    totals = mistakes.sum(axis=1)
    np.fill_diagonal(mistakes, 0)
    rows = []
    for name in sorted(names, key=lambda name: metrics.recall[name]):
        truth = names.index(name)
        guess = int(mistakes[truth].argmax())
        count = int(mistakes[truth, guess])
        rows.append(
            ClassRow(
                name=name,
                recall=metrics.recall[name],
                precision=metrics.precision[name],
                taken_for=names[guess] if count else None,
                taken_for_share=count / max(int(totals[truth]), 1),
            )
        )
    return rows


def _make_pair_card(pair: ConfusedPair, evaluation: Evaluation) -> ConfusedCard:
    ways = (
        (pair.one, pair.other, pair.one_as_other),
        (pair.other, pair.one, pair.other_as_one),
    )
    return ConfusedCard(
        pair,
        [(_find_example(evaluation, truth, guess), count) for truth, guess, count in ways if count],
    )


def _find_example(evaluation: Evaluation, truth: str, guess: str) -> Example:
    """Return the most confident wrong guess of that kind; there must be one."""
    kind = (evaluation.categories.index(truth), evaluation.categories.index(guess))
    return next(
        _make_example(wrong, evaluation)
        for wrong in evaluation.wrong
        if (wrong.truth, wrong.guess) == kind
    )


def _list_gallery(evaluation: Evaluation) -> list[GalleryRow]:
    """List the classes that have wrong guesses, with the most confident of those."""
    rows = []
    for index, name in enumerate(evaluation.categories):
        wrong = [guess for guess in evaluation.wrong if guess.truth == index]
        if wrong:
            examples = [_make_example(guess, evaluation) for guess in wrong[:MAX_EXAMPLES]]
            rows.append(GalleryRow(name, len(wrong), examples))
    return rows


def _make_example(wrong: WrongGuess, evaluation: Evaluation) -> Example:
    names = evaluation.categories
    return Example(
        evaluation.images[wrong.row], names[wrong.truth], names[wrong.guess], wrong.confidence
    )
