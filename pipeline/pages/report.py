"""An evaluation to one HTML page that the owner of a game can read: figures with a sentence beside each, nothing loaded."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.categories import CATEGORIES
from pipeline.drawings import Images
from pipeline.model.metrics import ConfusedPair, WrongGuess, find_confused_pairs
from pipeline.pages import words
from pipeline.pages.figures import calibration, curves, escape_name, matrix, percent, picture
from pipeline.pages.page import page, section
from pipeline.records.metrics import Metrics

PAIRS = 6
SHOWN = 7  # wrong drawings of a class


class Speed(NamedTuple):
    """Seconds for a drawing: among many at once in Keras, and alone as `pipeline.model.predict` answers it."""

    batch: float
    single: float


class Evaluation(NamedTuple):
    """All that a report shows.

    images: uint8 `(n, 28, 28)`, the rows that were judged. wrong: those guessed wrong, the most confident first.
    history: one number an epoch for each curve. training_rows: how many drawings it learned from.
    """

    metrics: Metrics
    images: Images
    wrong: Sequence[WrongGuess]
    history: dict[str, list[float]]
    training_rows: int
    categories: tuple[str, ...] = CATEGORIES


def render_report(seen: Evaluation, speed: Speed | None = None) -> str:
    """The page. The same evaluation gives the same text; `speed`, which no two measurements share, is left out where None."""
    parts = [
        _head(seen, speed),
        _learning(seen),
        _classes(seen),
        _confusion(seen),
        _certainty(seen),
        _gallery(seen),
        section(
            "What the words mean",
            "",
            "<dl>" + "".join(f"<dt>{a}</dt><dd>{b}</dd>" for a, b in words.GLOSSARY) + "</dl>",
        ),
        f"<footer>{words.LICENCE}</footer>",
    ]
    return page(f"{words.TITLE}: {percent(seen.metrics.accuracy)}", parts)


def _head(seen: Evaluation, speed: Speed | None) -> str:
    metrics = seen.metrics
    cards = [
        (
            "recognised",
            percent(metrics.accuracy),
            f"of {metrics.rows:,} drawings that it had never seen",
        ),
        ("learned from", f"{seen.training_rows:,}", f"drawings of {len(seen.categories)} classes"),
    ]
    if metrics.calibration_error is not None:
        cards.append(
            (
                "certainty off by",
                words.points(metrics.calibration_error),
                "between how sure it is and how often right",
            )
        )
    if speed is not None:
        cards.append(
            (
                "time per drawing",
                f"{1000 * speed.single:.1f} ms",
                f"alone, without TensorFlow; {1000 * speed.batch:.2f} ms among many, with it",
            )
        )
    told = "".join(
        f'<div class="card"><b>{a}</b><strong>{b}</strong><span>{c}</span></div>'
        for a, b, c in cards
    )
    return (
        f'<header><p class="eyebrow">{words.TITLE}</p><h1>{words.headline(metrics)}</h1>'
        f'<p class="lede">{words.lede(metrics, seen.categories)}</p><div class="cards">{told}</div></header>'
    )


def _learning(seen: Evaluation) -> str:
    figures = []
    for axis, names, shares in (
        ("recognised", ("accuracy", "val_accuracy"), True),
        ("loss", ("loss", "val_loss"), False),
    ):
        kinds = zip(("seen", "unseen"), names, strict=True)
        lines = {kind: seen.history[name] for kind, name in kinds if seen.history.get(name)}
        if lines:
            figures.append(_figure(curves(lines, axis, shares=shares), words.CURVES[axis]))
    key = '<p class="key"><i class="seen"></i>drawings it learns from<i class="unseen"></i>drawings kept aside to check</p>'
    return (
        section("How it learned", words.learning(seen.history), key + _side_by_side(figures))
        if figures
        else ""
    )


def _classes(seen: Evaluation) -> str:
    metrics, names = seen.metrics, seen.categories
    counts = np.array(metrics.confusion).reshape(len(names), len(names))
    rows = []
    for name in sorted(names, key=lambda name: metrics.recall[name]):
        truth = names.index(name)
        others = counts[truth].copy()
        others[truth] = 0
        guess = int(others.argmax())
        often = (
            f"{escape_name(names[guess])}, {percent(others[guess] / max(counts[truth].sum(), 1))}"
            if others[guess]
            else "nothing else"
        )
        rows.append(
            f"<tr><th>{escape_name(name)}</th><td>{_bar(metrics.recall[name], 'unseen')}</td>"
            f"<td>{_bar(metrics.precision[name], 'seen')}</td><td>{often}</td></tr>"
        )
    head = "<tr><th>class</th><th>recognised</th><th>right when guessed</th><th>most often taken for</th></tr>"
    return section(
        "Class by class",
        words.CLASSES,
        f'<div class="card"><table>{head}{"".join(rows)}</table></div>',
    )


def _confusion(seen: Evaluation) -> str:
    names = seen.categories
    counts = np.array(seen.metrics.confusion, np.int64).reshape(len(names), len(names))
    pairs = find_confused_pairs(seen.metrics, PAIRS, names)
    cards = "".join(_pair(pair, seen) for pair in pairs)
    figure = f'<div class="card wide">{matrix(counts, names)}<p>{words.MATRIX}</p></div>'
    return section(
        "What it mixes up", words.mixed_up(pairs), f'<div class="pairs">{cards}</div>{figure}'
    )


def _pair(pair: ConfusedPair, seen: Evaluation) -> str:
    ways = ((pair.one, pair.other, pair.one_as_other), (pair.other, pair.one, pair.other_as_one))
    told = "".join(_way(truth, guess, times, seen) for truth, guess, times in ways if times)
    return f'<div class="card pair"><b>{escape_name(pair.one)} and {escape_name(pair.other)}</b><div>{told}</div></div>'


def _way(truth: str, guess: str, times: int, seen: Evaluation) -> str:
    caption = (
        f"<figcaption>{escape_name(truth)} taken for {escape_name(guess)}: {times:,}</figcaption>"
    )
    return f"<figure>{_example(seen, truth, guess)}{caption}</figure>"


def _example(seen: Evaluation, truth: str, guess: str) -> str:
    wanted = (seen.categories.index(truth), seen.categories.index(guess))
    found = next(each for each in seen.wrong if (each.truth, each.guess) == wanted)
    return picture(seen.images[found.row], f"{escape_name(truth)} taken for {escape_name(guess)}")


def _certainty(seen: Evaluation) -> str:
    if not seen.metrics.reliability:
        return ""
    text = f"<p>{words.certainty(seen.metrics)}</p>"
    return section(
        "Can you believe it when it is sure?",
        words.CERTAINTY,
        _side_by_side(
            [_figure(calibration(seen.metrics.reliability), ""), f'<div class="said">{text}</div>']
        ),
    )


def _gallery(seen: Evaluation) -> str:
    rows = []
    for truth, name in enumerate(seen.categories):
        wrong = [each for each in seen.wrong if each.truth == truth]
        pictures = "".join(_wrong(each, seen) for each in wrong[:SHOWN])
        if wrong:
            rows.append(
                f'<div class="gallery"><h3>{escape_name(name)}<span>{len(wrong):,} wrong</span></h3><div>{pictures}</div></div>'
            )
    return section(
        "Drawings it got wrong",
        words.GALLERY if rows else words.NOTHING_WRONG,
        f'<div class="card">{"".join(rows)}</div>' if rows else "",
    )


def _wrong(mistake: WrongGuess, seen: Evaluation) -> str:
    truth, guess = seen.categories[mistake.truth], seen.categories[mistake.guess]
    return (
        f"<figure>{picture(seen.images[mistake.row], f'{escape_name(truth)} taken for {escape_name(guess)}')}"
        f"<figcaption>{escape_name(guess)}<small>{percent(mistake.confidence, 0)} sure</small></figcaption></figure>"
    )


def _bar(share: float, kind: str) -> str:
    return f'<span class="track"><i class="{kind}" style="width:{100 * share:.1f}%"></i></span><em>{percent(share)}</em>'


def _figure(drawn: str, told: str) -> str:
    return f'<div class="card">{drawn}{f"<p>{told}</p>" if told else ""}</div>'


def _side_by_side(parts: Iterable[str]) -> str:
    return f'<div class="two">{"".join(parts)}</div>'
